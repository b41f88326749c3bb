"""What pages show of points: entries with their reasons, members by name."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from db.models import (
    Activity,
    Area,
    Attendance,
    Person,
    PointsAccount,
    PointsEntry,
    Redemption,
    ShopGood,
    Team,
    Volunteer,
)
from db.queries.points import StoredEntry, entry_columns, stored_entry
from domain.errors import NotFound
from domain.permissions import Scope


@dataclass(frozen=True)
class ReasonedEntry:
    """An entry with what it is about: the activity behind an attendance, the good behind a redemption."""

    stored: StoredEntry
    activity_id: int | None
    activity: str | None
    good: str | None


def list_reasoned_entries(session: Session, account_id: int, limit: int) -> list[ReasonedEntry]:
    """The entries of an account, newest first, each with its reason."""
    statement = (
        select(*entry_columns(), Activity.id, Activity.title, ShopGood.name)
        .outerjoin(Attendance, _behind(Attendance.id, "attendance"))
        .outerjoin(Activity, Activity.id == Attendance.activity_id)
        .outerjoin(Redemption, _behind(Redemption.id, "redemption"))
        .outerjoin(ShopGood, ShopGood.id == Redemption.good_id)
        .where(PointsEntry.account_id == account_id)
        .order_by(PointsEntry.id.desc())
        .limit(limit)
    )
    return [ReasonedEntry(stored_entry(row[:-3]), *row[-3:]) for row in session.execute(statement)]


def _behind(column: Any, subject: str) -> ColumnElement[bool]:
    return and_(PointsEntry.subject == subject, column == PointsEntry.subject_id)


@dataclass(frozen=True)
class MemberRow:
    """A member and their balance."""

    person_id: int
    person: str
    area: str | None
    team: str | None
    balance: int


def list_members(session: Session, scope: Scope, search: str, limit: int, offset: int = 0) -> list[MemberRow]:
    """Members whom the scope shows, by name: never by their points."""
    statement = (
        select(Person.id, Person.name, Area.name, Team.name, PointsAccount.balance)
        .select_from(PointsAccount)
        .join(Person, Person.id == PointsAccount.person_id)
        .outerjoin(Volunteer, Volunteer.person_id == Person.id)
        .outerjoin(Area, Area.id == func.coalesce(Volunteer.area_id, Person.area_id))
        .outerjoin(Team, Team.id == Volunteer.team_id)
        .where(*_members(scope, search))
        .order_by(Person.name_key, Person.id)
    )
    return [MemberRow(*row) for row in session.execute(statement.limit(limit).offset(offset))]


def count_members(session: Session, scope: Scope, search: str) -> tuple[int, int]:
    """How many ``list_members`` would list in all, and the points that they hold."""
    statement = select(func.count(PointsAccount.id), func.coalesce(func.sum(PointsAccount.balance), 0))
    statement = statement.select_from(PointsAccount).join(Person, Person.id == PointsAccount.person_id)
    number, points = session.execute(statement.where(*_members(scope, search))).one()
    return int(number), int(points)


def get_person_name(session: Session, person_id: int) -> str:
    """The name of a person. Raises NotFound."""
    found = session.scalar(select(Person.name).where(Person.id == person_id))
    if found is None:
        raise NotFound(subject="person")
    return found


def _members(scope: Scope, search: str) -> list[ColumnElement[bool]]:
    found = [] if scope.everywhere else [PointsAccount.visible_to(scope)]
    words = search.strip().casefold()
    return [*found, Person.name_key.contains(words, autoescape=True)] if words else found
