"""Sign-in: passwords, lock-out, sessions that can be ended (feature N5).

The password check takes as long for an unknown user as for a known one. A token is kept only as its SHA-256.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import lru_cache

from pwdlib import PasswordHash
from sqlalchemy.orm import Session

from config.settings import settings
from db.models import User, UserSession
from db.queries.locks import hold
from db.queries.receipts import next_number
from db.queries.users import (
    SignedIn,
    count_users,
    find_signed_in,
    find_user_by_name,
    get_user,
    list_first_users_by_role,
    prolong_session,
    revoke_sessions,
)
from db.session import reading, transaction
from domain.clock import utc_now
from domain.errors import PermissionDenied, Refusal
from domain.permissions import EVERYWHERE, Actor, Role
from domain.texts import clean_line
from services.accounts.lockout import attempts, is_marked_for, mark_browser, next_failure
from services.system.installations import current_installation

LONGEST = timedelta(days=30)  # after this a session in use ends as well
_passwords = PasswordHash.recommended()


class SignInFailed(Refusal):
    """Unknown name or wrong password: the two look alike on purpose."""

    code = "sign_in_failed"


class AccountLocked(Refusal):
    """Too many wrong passwords."""

    code = "account_locked"


class WeakPassword(Refusal):
    """A password shorter than ten characters, or equal to the name."""

    code = "weak_password"


class AlreadySetUp(Refusal):
    """The first administrator exists already."""

    code = "already_set_up"


def hash_password(password: str, username: str = "") -> str:
    """Argon2 hash; refuses a password under ten characters or equal to the name (WeakPassword)."""
    if len(password) < 10 or password.casefold() == username.casefold():
        raise WeakPassword(length=10)
    return _passwords.hash(password)


@lru_cache
def _dummy_hash() -> str:
    return _passwords.hash(secrets.token_hex(8))


def sign_in(username: str, password: str, now: datetime | None = None, mark: str | None = None) -> str:
    """Check a password and open a session; returns its token. Raises SignInFailed, AccountLocked.

    ``mark`` is the browser's, from ``browser_mark`` at an earlier sign-in: whoever has the account's is not kept out
    by the wrong passwords of others.
    """
    now, username = now or utc_now(), username.strip()
    right = _is_right(username, password)  # before the transaction: hashing takes long on purpose
    own = mark if mark and is_marked_for(mark, username) else None
    with transaction(EVERYWHERE) as session:
        hold(session, f"sign-in/{_hash(username)}")  # else of many tries at once some would not be counted
        user = find_user_by_name(session, username)
        failure: Refusal = SignInFailed()
        if _must_wait(user, username, own, now):
            failure = AccountLocked(minutes=settings().locked_minutes)
        elif user is not None and right and user.is_active:
            user.failed_attempts, user.locked_until = 0, None
            attempts.forget(own or "")
            return open_session(session, user, now)
        else:
            _count_failure(session, user, username, own, now)
    raise failure  # after the commit, so that the failure is counted


def browser_mark(username: str) -> str:
    """What a browser keeps after a sign-in as ``username``."""
    return mark_browser(username.strip())


def _is_right(username: str, password: str) -> bool:
    with reading(EVERYWHERE) as session:
        user = find_user_by_name(session, username)
        stored = user.password_hash if user else None
    return _passwords.verify(password, stored or _dummy_hash()) and stored is not None


def _must_wait(user: User | None, username: str, own_mark: str | None, now: datetime) -> bool:
    if own_mark is not None or user is None:
        return attempts.must_wait(own_mark or _nobody(username), now)
    return user.locked_until is not None and user.locked_until > now


def _count_failure(session: Session, user: User | None, username: str, own_mark: str | None, now: datetime) -> None:
    if own_mark is None and user is not None:
        user.failed_attempts, user.locked_until = next_failure(user.failed_attempts, now)
        return
    attempts.count(own_mark or _nobody(username), now)
    next_number(session, "sign-ins/refused")  # something is written for a name without account as well: equal times


def _nobody(username: str) -> str:
    return f"nobody/{_hash(username)}"


def open_session(session: Session, user: User, now: datetime) -> str:
    """A new session of a user whose right to it was checked by the caller; returns its token."""
    token = secrets.token_urlsafe(32)
    ends = now + timedelta(hours=settings().session_hours)
    session.add(UserSession(token_hash=_hash(token), user_id=user.id, created_at=now, expires_at=ends))
    return token


def sign_in_to_demo(role: Role, now: datetime | None = None) -> str:
    """Open a session as the demo's person of a role. Refused (PermissionDenied) unless the database is a demo."""
    if not current_installation().is_demo:
        raise PermissionDenied(permission="demo", role=role.value)
    with transaction(EVERYWHERE) as session:
        user = list_first_users_by_role(session).get(role.value)
        if user is None:
            raise SignInFailed()
        return open_session(session, user, now or utc_now())


def list_demo_roles() -> list[tuple[Role, str]]:
    """Each role of the demo with the invented name behind its button; empty in a real installation."""
    if not current_installation().is_demo:
        return []
    with reading(EVERYWHERE) as session:
        users = list_first_users_by_role(session)
    return [(role, users[role.value].name) for role in Role if role.value in users]


def sign_out(token: str, now: datetime | None = None) -> None:
    """End the session of a token; an unknown token is no error."""
    with transaction(EVERYWHERE) as session:
        revoke_sessions(session, now or utc_now(), token_hash=_hash(token))


def find_actor(token: str | None, now: datetime | None = None) -> Actor | None:
    """The actor of a token, or None when the session is unknown, ended or over."""
    if not token:
        return None
    now = now or utc_now()
    with reading(EVERYWHERE) as session:
        found = find_signed_in(session, _hash(token), now)
    if found is None:
        return None
    _keep_alive(found, _hash(token), now)
    return _actor(found)


def _keep_alive(found: SignedIn, token_hash: str, now: datetime) -> None:
    """A session in use goes on: past half of its time it is prolonged, up to LONGEST since the sign-in.

    So a wall that nobody touches survives the night, and the database is written once in hours.
    """
    length = timedelta(hours=settings().session_hours)
    until = min(now + length, found.created_at + LONGEST)
    if found.expires_at - now < length / 2 and until > found.expires_at:
        with transaction(EVERYWHERE) as session:
            prolong_session(session, token_hash, until)


def _actor(row: SignedIn) -> Actor:
    return Actor(
        row.user_id, row.username, row.name, Role(row.role),
        row.area_id, row.area_path, row.person_id, row.locale, row.theme, row.others,
    )  # fmt: skip


def needs_first_administrator() -> bool:
    """Whether a real installation has no account yet."""
    with reading(EVERYWHERE) as session:
        return count_users(session) == 0


def make_first_administrator(username: str, name: str, password: str, now: datetime | None = None) -> str:
    """Make the first account and sign it in; returns the token. Raises AlreadySetUp, WeakPassword, InvalidText."""
    username, name = clean_line(username, "username", 60), clean_line(name, "name", 60)
    hashed = hash_password(password, username)
    with transaction(EVERYWHERE) as session:
        hold(session, "first administrator")
        if count_users(session):
            raise AlreadySetUp()
        user = User(username=username, name=name, password_hash=hashed, role=Role.ADMINISTRATOR.value)
        session.add(user)
        session.flush()
        return open_session(session, user, now or utc_now())


def change_preferences(actor: Actor, *, locale: str | None = None, theme: str | None = None) -> None:
    """Keep the actor's language and theme."""
    with transaction(EVERYWHERE) as session:
        user = get_user(session, actor.user_id)
        user.locale, user.theme = locale or user.locale, theme or user.theme


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
