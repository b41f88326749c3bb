"""Accounts and sessions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from db.models import Area, User, UserSession
from domain.errors import NotFound
from domain.permissions import Role


@dataclass(frozen=True)
class Office:
    """Whose an account is without saying who: a department by its name, else the area (``level``: a key) or "".

    ``role`` is a role's key.
    """

    role: str
    name: str
    level: str | None = None


@dataclass(frozen=True)
class SignedIn:
    """A user with the path of their area, as a session's token finds them."""

    user_id: int
    username: str
    name: str
    role: str
    person_id: int | None
    area_id: int | None
    area_path: str | None
    locale: str
    theme: str
    created_at: datetime
    expires_at: datetime
    others: frozenset[int]  # the same person's other accounts, those that are kept out as well


def find_signed_in(session: Session, token_hash: str, now: datetime) -> SignedIn | None:
    """The active user of a session that is neither revoked nor over."""
    other = aliased(User)
    rows = session.execute(
        select(User, Area.path, UserSession.created_at, UserSession.expires_at, other.id)
        .join(UserSession, UserSession.user_id == User.id)
        .outerjoin(Area, Area.id == User.area_id)
        .outerjoin(other, (other.person_id == User.person_id) & (other.id != User.id))
        .where(
            UserSession.token_hash == token_hash,
            UserSession.revoked_at.is_(None),
            UserSession.expires_at > now,
            User.is_active.is_(True),
        )
    ).all()
    if not rows:
        return None
    user, path, created, expires, _ = rows[0]
    return SignedIn(
        user.id,
        user.username,
        user.name,
        user.role,
        user.person_id,
        user.area_id,
        path,
        user.locale,
        user.theme,
        created,
        expires,
        frozenset(row[-1] for row in rows if row[-1] is not None),
    )


def find_user_by_name(session: Session, username: str) -> User | None:
    """The account with this name, active or not."""
    return session.scalar(select(User).where(User.username == username))


def get_user(session: Session, user_id: int) -> User:
    """The account, or NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(subject="user")
    return user


def map_offices(session: Session, user_ids: Collection[int]) -> dict[int, Office]:
    """Account id → its office. Of an account without an area only a department's name is that of an office."""
    statement = (
        select(User.id, User.role, User.name, Area.name, Area.level)
        .outerjoin(Area, Area.id == User.area_id)
        .where(User.id.in_(user_ids))
    )
    return {
        user_id: Office(role, name) if role == Role.DEPARTMENT else Office(role, area or "", level)
        for user_id, role, name, area, level in session.execute(statement)
    }


def list_users(session: Session) -> list[User]:
    """All accounts by name."""
    return list(session.scalars(select(User).order_by(User.username)))


def list_first_users_by_role(session: Session) -> dict[str, User]:
    """For each role the account with the smallest id (the buttons of a demo's sign-in page)."""
    first = select(func.min(User.id)).where(User.is_active.is_(True)).group_by(User.role)
    return {user.role: user for user in session.scalars(select(User).where(User.id.in_(first)))}


def count_users(session: Session) -> int:
    """How many accounts there are."""
    return session.scalar(select(func.count(User.id))) or 0


def count_active_administrators(session: Session) -> int:
    """How many accounts may manage the others."""
    statement = select(func.count(User.id)).where(User.role == "administrator", User.is_active.is_(True))
    return session.scalar(statement) or 0


def revoke_sessions(session: Session, now: datetime, token_hash: str | None = None, user_id: int | None = None) -> None:
    """End one session, or all of a user."""
    which = UserSession.token_hash == token_hash if token_hash else UserSession.user_id == user_id
    session.execute(update(UserSession).where(which, UserSession.revoked_at.is_(None)).values(revoked_at=now))


def prolong_session(session: Session, token_hash: str, until: datetime) -> None:
    """Let a session end later."""
    session.execute(update(UserSession).where(UserSession.token_hash == token_hash).values(expires_at=until))
