"""The member's one-time code: six digits, five minutes, used once; only a keyed hash is kept (feature E4)."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.settings import settings
from db.models import RedemptionCode
from db.queries import points
from db.queries import redemptions as rows
from db.queries.audit import add_audit_entry
from db.queries.locks import hold
from db.session import transaction
from domain.clock import utc_now
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.shop import CODE_DIGITS, CODE_LASTS, TooManyCodes, check_code
from services.shop.members import own_person

WRONG = "shop.wrong_code"
WRONG_MOST = 10
WRONG_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class CodeView:
    """A code as its member sees it, once, and until when it serves."""

    code: str
    expires_at: datetime


def make_code(actor: Actor, now: datetime | None = None) -> CodeView:
    """A new code for one's own points; an earlier one is over."""
    require(actor, Permission.POINTS_OWN)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        account = points.lock_account(session, own_person(actor))
        rows.end_codes(session, account.id, now)
        code = _free_code(session, now)
        expires_at = now + CODE_LASTS
        session.add(RedemptionCode(account_id=account.id, code_hash=_hash(code), expires_at=expires_at))
        return CodeView(code, expires_at)


def forget_codes(actor: Actor, now: datetime | None = None) -> int:
    """Erase the codes that were over a day ago: they say who was at which counter when; how many."""
    require(actor, Permission.POINTS_CLOSE)
    with transaction(EVERYWHERE) as session:
        return rows.delete_codes(session, (now or utc_now()) - timedelta(days=1))


def take_code(session: Session, code: str, now: datetime) -> RedemptionCode:
    """The code, held, that may serve now. Raises CodeUnknown, CodeUsed, CodeExpired."""
    found = rows.find_code(session, _hash(clean_code(code)), lock=True)
    check_code((found.expires_at, found.used_at) if found else None, now)
    assert found is not None  # else check_code refused
    return found


def check_tries(session: Session, actor: Actor, now: datetime) -> None:
    """Refuse (TooManyCodes) an account that typed too many wrong codes: six digits could be guessed.

    Its tries follow each other: the next is counted once the one before is noted, in the same transaction.
    """
    hold(session, f"redemption codes/{actor.user_id}")
    if rows.count_tries(session, actor.user_id, WRONG, now - WRONG_WITHIN) >= WRONG_MOST:
        raise TooManyCodes(minutes=round(WRONG_WITHIN.total_seconds() / 60))


def note_wrong_code(session: Session, actor: Actor, now: datetime) -> None:
    """Record that an account typed a code that did not serve."""
    add_audit_entry(session, actor.user_id, WRONG, "redemption_code", now)


def clean_code(code: str) -> str:
    """The digits of what was typed."""
    return "".join(char for char in code if char.isdecimal())


def _free_code(session: Session, now: datetime) -> str:
    while True:
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        found = rows.find_code(session, _hash(code))
        if found is None or found.expires_at < now - WRONG_WITHIN:
            return code


def _hash(code: str) -> str:
    return hmac.new(settings().resolved_secret().encode(), f"redemption/{code}".encode(), hashlib.sha256).hexdigest()
