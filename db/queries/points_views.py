"""What pages show of points: entries with their reasons, members by name."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, true
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
    Station,
    Team,
    Volunteer,
)
from db.queries.points import StoredEntry, entry_columns, stored_entry
from domain.errors import NotFound
from domain.permissions import Scope


@dataclass(frozen=True)
class ReasonedEntry:
    """An entry with what it is about: the activity behind an attendance, good and station behind a redemption."""

    stored: StoredEntry
    activity_id: int | None
    activity: str | None
    good: str | None
    station: str | None


def list_reasoned_entries(session: Session, account_id: int, limit: int) -> list[ReasonedEntry]:
    """The entries of an account, newest first, each with its reason."""
    statement = _reasoned().where(PointsEntry.account_id == account_id).order_by(PointsEntry.id.desc())
    return [ReasonedEntry(stored_entry(row[:-4]), *row[-4:]) for row in session.execute(statement.limit(limit))]


def list_entries_between(
    session: Session, scope: Scope, first: date, last: date, limit: int
) -> list[tuple[str, ReasonedEntry]]:
    """Whose entry and the entry, of the days from ``first`` to ``last``, in the order of the ledger.

    Run EVERYWHERE: who serves in the scope may live elsewhere.
    """
    statement = (
        _reasoned()
        .join(PointsAccount, PointsAccount.id == PointsEntry.account_id)
        .join(Person, Person.id == PointsAccount.person_id)
        .add_columns(Person.name)
        .where(PointsEntry.day.between(first, last), true() if scope.everywhere else PointsEntry.visible_to(scope))
        .order_by(PointsEntry.id)
        .limit(limit)
    )
    return [(row[-1], ReasonedEntry(stored_entry(row[:-5]), *row[-5:-1])) for row in session.execute(statement)]


def _reasoned() -> Any:
    return (
        select(*entry_columns(), Activity.id, Activity.title, ShopGood.name, Station.name)
        .outerjoin(Attendance, _behind(Attendance.id, "attendance"))
        .outerjoin(Activity, Activity.id == Attendance.activity_id)
        .outerjoin(Redemption, _behind(Redemption.id, "redemption"))
        .outerjoin(ShopGood, ShopGood.id == Redemption.good_id)
        .outerjoin(Station, Station.id == Redemption.station_id)
    )


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
