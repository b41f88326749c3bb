"""Teams, volunteers, and their hours by team and by area.

What takes a ``scope`` names volunteers whose person lives in another area than they serve in: it is run EVERYWHERE
and filters by the volunteer alone. In the rest the session's scope decides.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from db.models import Area, Attendance, Person, Team, Volunteer
from db.queries.attendances import counted
from domain.errors import NotFound
from domain.permissions import Scope


@dataclass(frozen=True)
class VolunteerRow:
    """A volunteer with names."""

    id: int
    version: int
    person_id: int
    name: str
    team_id: int | None
    team: str | None
    area_id: int | None
    area: str | None
    joined_on: date
    left_on: date | None


@dataclass(frozen=True)
class VolunteerFilter:
    """Which volunteers; None = all. ``search`` is part of a name, its pinyin or its initials."""

    search: str = ""
    team_ids: tuple[int, ...] | None = None
    area_path: str | None = None
    with_left: bool = False


@dataclass(frozen=True)
class ServiceSum:
    """People on the roll, who of them served, how often, and minutes, of one team in one area (None = of none)."""

    team_id: int | None
    area_id: int | None
    people: int
    served: int
    times: int
    minutes: int


def get_team(session: Session, team_id: int) -> Team:
    """The team, or NotFound."""
    found = session.get(Team, team_id)
    if found is None:
        raise NotFound(subject="team")
    return found


def list_teams(session: Session) -> list[Team]:
    """All teams in the order in which they were entered."""
    return list(session.scalars(select(Team).order_by(Team.id)))


def get_volunteer(session: Session, volunteer_id: int, scope: Scope) -> Volunteer:
    """The volunteer, or NotFound, outside the scope as well."""
    found = session.scalar(select(Volunteer).where(Volunteer.id == volunteer_id, _visible(scope)))
    if found is None:
        raise NotFound(subject="volunteer")
    return found


def get_volunteer_row(session: Session, volunteer_id: int, scope: Scope) -> VolunteerRow:
    """The volunteer with names, or NotFound."""
    row = session.execute(_rows().where(Volunteer.id == volunteer_id, _visible(scope))).first()
    if row is None:
        raise NotFound(subject="volunteer")
    return VolunteerRow(*row)


def find_volunteer_by_person(session: Session, person_id: int) -> Volunteer | None:
    """The volunteer record of a person, ended or not."""
    return session.scalar(select(Volunteer).where(Volunteer.person_id == person_id))


def list_volunteers(
    session: Session, which: VolunteerFilter, scope: Scope, day: date, limit: int, offset: int = 0
) -> list[VolunteerRow]:
    """A page of the volunteers on the roll on a day, by name."""
    statement = _rows().where(_visible(scope), *_conditions(which, day)).order_by(Person.name_key, Volunteer.id)
    return [VolunteerRow(*row) for row in session.execute(statement.limit(limit).offset(offset))]


def count_volunteers(session: Session, which: VolunteerFilter, scope: Scope, day: date) -> int:
    """How many ``list_volunteers`` would list in all."""
    statement = select(func.count(Volunteer.id)).join(Person, Person.id == Volunteer.person_id)
    return session.scalar(statement.where(_visible(scope), *_conditions(which, day))) or 0


@dataclass(frozen=True)
class NamesakeRow:
    """A person of a name that was asked for; ``volunteer_id`` where they have, or had, a volunteer record."""

    person_id: int
    name: str
    area: str | None
    volunteer_id: int | None


def list_namesakes(session: Session, name: str, limit: int = 10) -> list[NamesakeRow]:
    """People of exactly this name."""
    statement = (
        select(Person.id, Person.name, Area.name, Volunteer.id)
        .outerjoin(Area, Area.id == Person.area_id)
        .outerjoin(Volunteer, Volunteer.person_id == Person.id)
        .where(Person.name == name)
        .order_by(Person.id)
    )
    return [NamesakeRow(*row) for row in session.execute(statement.limit(limit))]


def map_minutes_by_volunteer(
    session: Session, volunteer_ids: Collection[int], since: datetime, until: datetime
) -> dict[int, int]:
    """Volunteer id → minutes that count in [since, until); those without any are absent."""
    statement = (
        select(Attendance.volunteer_id, func.sum(Attendance.minutes))
        .where(Attendance.volunteer_id.in_(volunteer_ids), *counted(since, until))
        .group_by(Attendance.volunteer_id)
    )
    return {volunteer: int(minutes or 0) for volunteer, minutes in session.execute(statement)}


def sum_service(session: Session, since: datetime, until: datetime, day: date) -> list[ServiceSum]:
    """Of each team in each area, on whatever level that is, in which somebody is on the roll on ``day`` or served.

    Service in [since, until). The attendances are read once for both: first of each volunteer, then of the homes.
    """
    home = (Volunteer.team_id, Volunteer.area_id)
    of_volunteer = (
        select(
            Attendance.volunteer_id,
            func.count(Attendance.id).label("times"),
            func.sum(Attendance.minutes).label("minutes"),
        )
        .where(*counted(since, until))
        .group_by(Attendance.volunteer_id)
        .subquery()
    )
    service = (
        select(*home, func.count(), func.sum(of_volunteer.c.times), func.sum(of_volunteer.c.minutes))
        .join(of_volunteer, of_volunteer.c.volunteer_id == Volunteer.id)
        .group_by(*home)
    )
    people = select(*home, func.count(Volunteer.id)).where(_on_roll(day)).group_by(*home)
    on_roll = {(team, area): n for team, area, n in session.execute(people)}
    served = {(team, area): (n, int(times), int(most)) for team, area, n, times, most in session.execute(service)}
    keys = sorted(on_roll.keys() | served.keys(), key=lambda key: [(one is None, one or 0) for one in key])
    return [ServiceSum(key[0], key[1], on_roll.get(key, 0), *served.get(key, (0, 0, 0))) for key in keys]


def _visible(scope: Scope) -> ColumnElement[bool]:
    return true() if scope.everywhere else Volunteer.visible_to(scope)


def _on_roll(day: date) -> ColumnElement[bool]:
    return (Volunteer.joined_on <= day) & or_(Volunteer.left_on.is_(None), Volunteer.left_on > day)


def _conditions(which: VolunteerFilter, day: date) -> list[ColumnElement[bool]]:
    found = [] if which.with_left else [_on_roll(day)]
    if which.search.strip():
        found.append(Person.name_key.contains(which.search.strip().casefold(), autoescape=True))
    if which.team_ids is not None:
        found.append(Volunteer.team_id.in_(which.team_ids))
    if which.area_path is not None:
        found.append(Volunteer.area_id.in_(select(Area.id).where(Area.path.like(f"{which.area_path}%"))))
    return found


def _rows() -> Any:
    columns = (
        Volunteer.id, Volunteer.version, Volunteer.person_id, Person.name, Volunteer.team_id, Team.name,
        Volunteer.area_id, Area.name, Volunteer.joined_on, Volunteer.left_on,
    )  # fmt: skip
    return (
        select(*columns)
        .join(Person, Person.id == Volunteer.person_id)
        .outerjoin(Team, Team.id == Volunteer.team_id)
        .outerjoin(Area, Area.id == Volunteer.area_id)
    )


@dataclass(frozen=True)
class KnownVolunteer:
    """As much of a volunteer as tells whether a row of a table is about the same person."""

    name: str
    phone: str | None
    area_id: int | None


def list_people_off_roll(session: Session) -> list[tuple[int, str, str]]:
    """(id, name, phone) of the people of the scope who never were on the roll, where a phone is known; by id."""
    statement = select(Person.id, Person.name, Person.phone).outerjoin(Volunteer, Volunteer.person_id == Person.id)
    rows = session.execute(statement.where(Volunteer.id.is_(None), Person.phone.is_not(None)).order_by(Person.id))
    return [(row[0], row[1], row[2] or "") for row in rows]


def list_known_volunteers(session: Session) -> list[KnownVolunteer]:
    """Everybody who is, or was, on the roll."""
    statement = select(Person.name, Person.phone, Volunteer.area_id).join(Volunteer, Volunteer.person_id == Person.id)
    return [KnownVolunteer(*row) for row in session.execute(statement)]
