"""Expiry of points: a job for every night, oldest points first (feature E3)."""

from dataclasses import dataclass
from datetime import date, datetime

from db.queries import points as rows
from db.session import reading, transaction
from domain.clock import local_date, utc_now
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.points import EXPIRED, Entry, EntryKind, expiring, expiry_day
from services.points.ledger import write_entry
from services.system.installations import current_profile

SUBJECT = "expiry"


@dataclass(frozen=True)
class ExpiryReport:
    """Points earned before ``before`` that went: of how many members, how many in all."""

    before: date
    members: int
    points: int
    dry_run: bool = False


def expire_points(actor: Actor, dry_run: bool = False, now: datetime | None = None) -> ExpiryReport:
    """Let points expire that are older than the profile's months and were not redeemed; a second run finds none."""
    require(actor, Permission.POINTS_CLOSE)
    now = now or utc_now()
    before = expiry_day(local_date(now), current_profile().points.expiry_months.value)
    with reading(EVERYWHERE) as session:
        due = {account: expiring(*found) for account, found in rows.map_expiring(session, before).items()}
    due = {account: points for account, points in due.items() if points}
    gone = sum(due.values() if dry_run else (_expire(actor, account, before, now) for account in due))
    return ExpiryReport(before, len(due), gone, dry_run)


def _expire(actor: Actor, account_id: int, before: date, now: datetime) -> int:
    """What expires of an account, counted anew once it is held: a redemption may have come first."""
    with transaction(EVERYWHERE) as session:
        account = rows.lock_account_by_id(session, account_id)
        found = rows.map_expiring(session, before, account_id).get(account_id)
        points = min(expiring(*found), account.balance) if found else 0
        if points:
            entry = Entry(
                account_id, EntryKind.EXPIRE, account_id, EXPIRED, points, local_date(now), now, SUBJECT, None,
                by=actor.user_id or None,
            )  # fmt: skip
            write_entry(session, account, entry)
    return points
