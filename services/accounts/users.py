"""Accounts: who may sign in, as which role, for which area (feature N5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from db.models import User
from db.queries.areas import AreaRow, get_area_by_code, list_areas_by_id
from db.queries.audit import add_audit_entry
from db.queries.locks import hold
from db.queries.people import get_person, map_names
from db.queries.users import count_active_administrators, find_user_by_name, list_users, revoke_sessions
from db.session import reading, transaction
from domain.clock import utc_now
from domain.errors import NotFound, Refusal, StaleRecord
from domain.permissions import EVERYWHERE, Actor, Permission, Role, require
from domain.texts import clean_line
from services.accounts.sessions import hash_password

# Roles that see the rows of their area and, without one, nothing.
AREA_ROLES = frozenset({Role.GRID_LEADER, Role.COMMUNITY_SECRETARY})


class UserExists(Refusal):
    """The account name is taken. Values: username."""

    code = "user_exists"


class UnknownRole(Refusal):
    """Values: role, known."""

    code = "unknown_role"


class AreaNeeded(Refusal):
    """A role that works for one area was given none. Values: role."""

    code = "area_needed"


class LastAdministrator(Refusal):
    """Without an administrator nobody could make accounts any more."""

    code = "last_administrator"


@dataclass(frozen=True)
class UserForm:
    """A new account. ``area`` is the code of the area whose rows it sees."""

    username: str
    name: str
    role: str
    password: str
    area: str | None = None


@dataclass(frozen=True)
class UserView:
    """An account as lists show it; never with anything of its password. ``person``: the name of whose it is, or ""."""

    id: int
    username: str
    name: str
    role: str
    area: str | None
    area_name: str | None
    is_active: bool
    is_locked: bool
    version: int
    person_id: int | None = None
    person: str = ""

    @property
    def standing(self) -> Literal["locked", "active", "off"]:
        """Whether it may sign in: kept out for a while after wrong passwords, yes, or switched off."""
        return "locked" if self.is_locked else "active" if self.is_active else "off"


def list_accounts(actor: Actor, now: datetime | None = None) -> list[UserView]:
    """Every account by name."""
    require(actor, Permission.USER_MANAGE)
    with reading(EVERYWHERE) as session:
        return _views(session, list_users(session), now or utc_now())


def add_user(actor: Actor, form: UserForm, now: datetime | None = None) -> UserView:
    """Make an account. Raises UserExists, UnknownRole, AreaNeeded, NotFound (area), InvalidText, WeakPassword."""
    require(actor, Permission.USER_MANAGE)
    username = clean_line(form.username, "username", 60)
    name = clean_line(form.name, "name", 60)
    role = _known_role(form.role)
    hashed = hash_password(form.password, username)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        if find_user_by_name(session, username):
            raise UserExists(username=username)
        user = User(
            username=username, name=name, role=role.value, password_hash=hashed,
            area_id=_area_id(session, role, form.area),
        )  # fmt: skip
        session.add(user)
        session.flush()
        add_audit_entry(session, actor.user_id, "user.add", "user", now, user.id, f"{username} {role.value}")
        return _views(session, [user], now)[0]


def set_password(actor: Actor, username: str, password: str, now: datetime | None = None) -> None:
    """Give an account a new password, unlock it and end its sessions. Raises NotFound, WeakPassword."""
    require(actor, Permission.USER_MANAGE)
    hashed, now = hash_password(password, username), now or utc_now()
    with transaction(EVERYWHERE) as session:
        user = _get(session, username)
        user.password_hash, user.failed_attempts, user.locked_until = hashed, 0, None
        revoke_sessions(session, now, user_id=user.id)
        add_audit_entry(session, actor.user_id, "user.password", "user", now, user.id)


def set_active(
    actor: Actor, username: str, active: bool, version: int | None = None, now: datetime | None = None
) -> UserView:
    """Let an account in or keep it out; keeping out ends its sessions at once.

    Raises NotFound, LastAdministrator, and StaleRecord when ``version`` is given and not the present one.
    """
    require(actor, Permission.USER_MANAGE)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        hold(session, "administrators")  # two who keep each other out at once would both find one left
        user = _get(session, username)
        if version is not None and user.version != version:
            raise StaleRecord()
        if not active and _is_last_administrator(session, user):
            raise LastAdministrator()
        user.is_active = active
        if not active:
            revoke_sessions(session, now, user_id=user.id)
        session.flush()
        add_audit_entry(session, actor.user_id, f"user.{'enable' if active else 'disable'}", "user", now, user.id)
        return _views(session, [user], now)[0]


def link_person(
    actor: Actor, username: str, person_id: int | None, version: int, now: datetime | None = None
) -> UserView:
    """Say whose an account is, or that it is nobody's (None): hours, points, pledges and cards are the person's.

    One person may have several accounts, and is one person in whatever takes two (decisions/0211). Raises NotFound,
    StaleRecord.
    """
    require(actor, Permission.USER_MANAGE)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        user = _get(session, username)
        if user.version != version:
            raise StaleRecord()
        if person_id is not None:
            get_person(session, person_id)
        detail = f"{user.person_id or '-'} → {person_id or '-'}"
        user.person_id = person_id
        session.flush()
        add_audit_entry(session, actor.user_id, "user.person", "user", now, user.id, detail)
        return _views(session, [user], now)[0]


def _get(session: Session, username: str) -> User:
    user = find_user_by_name(session, username.strip())
    if user is None:
        raise NotFound(subject="user")
    return user


def _known_role(role: str) -> Role:
    if role not in set(Role):
        raise UnknownRole(role=role, known=", ".join(Role))
    return Role(role)


def _area_id(session: Session, role: Role, code: str | None) -> int | None:
    if not code:
        if role in AREA_ROLES:
            raise AreaNeeded(role=role.value)
        return None
    return get_area_by_code(session, code).id


def _is_last_administrator(session: Session, user: User) -> bool:
    return user.role == Role.ADMINISTRATOR and user.is_active and count_active_administrators(session) == 1


def _views(session: Session, users: list[User], now: datetime) -> list[UserView]:
    areas = list_areas_by_id(session, {user.area_id for user in users if user.area_id is not None})
    names = map_names(session, {user.person_id for user in users if user.person_id is not None})
    return [_view(user, areas.get(user.area_id or 0), names.get(user.person_id or 0, ""), now) for user in users]


def _view(user: User, area: AreaRow | None, person: str, now: datetime) -> UserView:
    return UserView(
        id=user.id,
        username=user.username,
        name=user.name,
        role=user.role,
        area=area.code if area else None,
        area_name=area.name if area else None,
        is_active=user.is_active,
        is_locked=user.locked_until is not None and user.locked_until > now,
        version=user.version,
        person_id=user.person_id,
        person=person,
    )
