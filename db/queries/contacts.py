"""Reporters' contacts: those whose time is over, how many are held, and who looked at one (feature N6)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from db.models import AuditEntry, Incident, Person, User


def _has_contact() -> ColumnElement[bool]:
    return or_(Incident.reporter_name.is_not(None), Incident.reporter_phone.is_not(None))


def list_contacts_due(session: Session, before: datetime, after_id: int, limit: int, lock: bool) -> list[Incident]:
    """The next cases by id that hold a contact and ended at or before an instant, locked where asked for."""
    statement = (
        select(Incident)
        .where(_has_contact(), Incident.closed_at <= before, Incident.id > after_id)
        .order_by(Incident.id)
        .limit(limit)
    )
    return list(session.scalars(statement.with_for_update() if lock else statement))


@dataclass(frozen=True)
class ContactCounts:
    """How many cases hold a contact: open ones, ended ones, and of these those whose time is over."""

    still_open: int
    ended: int
    due: int


def count_contacts(session: Session, before: datetime) -> ContactCounts:
    """``due``: ended at or before an instant."""
    parts = (
        Incident.closed_at.is_(None),
        Incident.closed_at.is_not(None),
        and_(Incident.closed_at.is_not(None), Incident.closed_at <= before),
    )
    sums = (func.coalesce(func.sum(case((part, 1), else_=0)), 0) for part in parts)
    return ContactCounts(*(int(number) for number in session.execute(select(*sums).where(_has_contact())).one()))


def find_last_audit(session: Session, action: str) -> AuditEntry | None:
    """The newest record of an action."""
    statement = select(AuditEntry).where(AuditEntry.action == action)
    return session.scalar(statement.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(1))


def list_looks(
    session: Session, actions: Collection[str], user_id: int | None, offset: int, limit: int
) -> list[tuple[Any, ...]]:
    """(at, name of who looked, action, subject id, reason, number of the incident, name of the person), newest first.

    The number stands only beside an action on an incident, the name only beside one on a person.
    """
    statement = (
        select(
            AuditEntry.at, User.name, AuditEntry.action, AuditEntry.subject_id, AuditEntry.detail, Incident.number,
            Person.name,
        )
        .outerjoin(User, User.id == AuditEntry.user_id)
        .outerjoin(Incident, and_(AuditEntry.subject == "incident", Incident.id == AuditEntry.subject_id))
        .outerjoin(Person, and_(AuditEntry.subject == "person", Person.id == AuditEntry.subject_id))
        .where(*_looks(actions, user_id))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )  # fmt: skip
    return [tuple(row) for row in session.execute(statement.offset(offset).limit(limit))]


def count_looks_by_user(session: Session, actions: Collection[str]) -> list[tuple[int | None, str | None, int]]:
    """(user, name, looks), most looks first; no user is the program itself."""
    number = func.count()
    statement = (
        select(AuditEntry.user_id, User.name, number)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(*_looks(actions, None))
        .group_by(AuditEntry.user_id, User.name)
        .order_by(number.desc(), User.name)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def _looks(actions: Collection[str], user_id: int | None) -> list[ColumnElement[bool]]:
    by = [AuditEntry.user_id == user_id] if user_id is not None else []
    return [AuditEntry.action.in_(actions), *by]
