"""Members assigned to grids, and which grids have one (features D1, A8)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from db.models import Area, Assignment, Person
from domain.assignments import Held, Span
from domain.errors import NotFound


@dataclass(frozen=True)
class AssignmentRow:
    """An assignment with the names that a list shows."""

    id: int
    person_id: int
    person: str
    area_id: int
    area_code: str
    area: str
    post: str
    starts_on: date
    ends_on: date | None
    reason: str
    end_reason: str
    version: int
    phone: str | None  # of the person, not for the screen: services mask it


@dataclass(frozen=True)
class GridRow:
    """A grid with the number of members who look after it on a day, and the area above it.

    The label point is in degrees, EPSG:4326.
    """

    id: int
    code: str
    name: str
    households: int | None
    lon: float | None
    lat: float | None
    members: int
    parent_id: int | None = None
    parent: str = ""
    search_key: str = ""
    kind: str = ""


@dataclass(frozen=True)
class MemberRow:
    """A party member: where home is (label point of the home area, EPSG:4326), skills, grids held on a day."""

    id: int
    name: str
    home: str | None
    lon: float | None
    lat: float | None
    skills: str
    grids: int


_ASSIGNMENT: tuple[Any, ...] = (
    Assignment.id, Person.id, Person.name, Area.id, Area.code, Area.name, Assignment.post, Assignment.starts_on,
    Assignment.ends_on, Assignment.reason, Assignment.end_reason, Assignment.version, Person.phone,
)  # fmt: skip
_ALL = Assignment.__table__  # past the filter of the scope, for what counts across it


def holds(day: date, of: Any = Assignment) -> ColumnElement[bool]:
    """Whether an assignment holds on a day (both ends included)."""
    columns = getattr(of, "c", of)
    return and_(columns.starts_on <= day, or_(columns.ends_on.is_(None), columns.ends_on >= day))


def holders_on(day: date) -> Select[tuple[int]]:
    """Who holds a grid on a day, whatever the scope."""
    return select(_ALL.c.person_id).where(holds(day, _ALL))


def list_assignments(
    session: Session,
    *,
    area_id: int | None = None,
    person_id: int | None = None,
    day: date | None = None,
) -> list[AssignmentRow]:
    """Assignments of a grid or a member, the newest first; only those that hold on ``day`` where it is given."""
    statement = (
        select(*_ASSIGNMENT)
        .join(Person, Person.id == Assignment.person_id)
        .join(Area, Area.id == Assignment.area_id)
        .order_by(Assignment.starts_on.desc(), Assignment.id.desc())
    )
    if area_id is not None:
        statement = statement.where(Assignment.area_id == area_id)
    if person_id is not None:
        statement = statement.where(Assignment.person_id == person_id)
    if day is not None:
        statement = statement.where(holds(day))
    return [AssignmentRow(*row) for row in session.execute(statement)]


def get_assignment(session: Session, assignment_id: int) -> Assignment:
    """The assignment, or NotFound."""
    found = session.get(Assignment, assignment_id)
    if found is None:
        raise NotFound(subject="assignment")
    return found


def list_held_by_person(session: Session, person_id: int) -> list[Held]:
    """Every assignment of a member, whatever the scope: overlaps count across it."""
    rows = select(_ALL.c.person_id, _ALL.c.area_id, _ALL.c.post, _ALL.c.starts_on, _ALL.c.ends_on)
    found = session.execute(rows.where(_ALL.c.person_id == person_id))
    return [Held(person, area, post, Span(start, end)) for person, area, post, start, end in found]


def list_grids(session: Session, level: str, day: date, area_paths: Collection[str] = ()) -> list[GridRow]:
    """The grids of a day under the paths (all without), with their members on that day, by code."""
    members = (
        select(Assignment.area_id, func.count(Assignment.person_id.distinct()).label("members"))
        .where(holds(day))
        .group_by(Assignment.area_id)
        .subquery()
    )
    above = aliased(Area)
    statement = (
        select(
            Area.id, Area.code, Area.name, Area.households, Area.label_lon, Area.label_lat,
            func.coalesce(members.c.members, 0), Area.parent_id, func.coalesce(above.name, ""), Area.name_key,
            Area.kind,
        )
        .outerjoin(members, members.c.area_id == Area.id)
        .outerjoin(above, above.id == Area.parent_id)
        .where(Area.level == level, Area.valid_from <= day, or_(Area.valid_to.is_(None), Area.valid_to > day))
        .order_by(Area.code)
    )  # fmt: skip
    if area_paths:
        statement = statement.where(or_(*(Area.path.startswith(path, autoescape=True) for path in area_paths)))
    return [GridRow(*row) for row in session.execute(statement)]


def list_members(session: Session, day: date, search: str = "") -> list[MemberRow]:
    """The party members in the scope with the grids they hold on ``day``, by name.

    ``search`` is part of a name, its pinyin or its initials. Grids outside the scope are counted: load is load.
    """
    held = (
        select(_ALL.c.person_id, func.count(_ALL.c.area_id.distinct()).label("grids"))
        .where(holds(day, _ALL))
        .group_by(_ALL.c.person_id)
        .subquery()
    )
    statement = (
        select(
            Person.id, Person.name, Area.name, Area.label_lon, Area.label_lat, Person.skills,
            func.coalesce(held.c.grids, 0),
        )
        .outerjoin(Area, Area.id == Person.area_id)
        .outerjoin(held, held.c.person_id == Person.id)
        .where(Person.is_party_member.is_(True))
        .order_by(Person.name_key, Person.id)
    )  # fmt: skip
    if search:
        statement = statement.where(Person.name_key.contains(search.casefold(), autoescape=True))
    return [MemberRow(*row) for row in session.execute(statement)]


def count_current_by_post(session: Session, day: date) -> dict[str, int]:
    """Post → assignments in the scope that hold on ``day``."""
    statement = select(Assignment.post, func.count(Assignment.id)).where(holds(day)).group_by(Assignment.post)
    return {row.post: row[1] for row in session.execute(statement)}


@dataclass(frozen=True)
class MemberCount:
    """Members of a day: who hold a grid of the scope, each once; party members of the scope; those without any grid."""

    holding: int
    registered: int
    unassigned: int


def count_members(session: Session, day: date) -> MemberCount:
    """The three numbers of a day. Who looks after a grid elsewhere is not without one."""
    holding = select(func.count(Assignment.person_id.distinct())).where(holds(day)).scalar_subquery()
    without = func.sum(case((Person.id.not_in(holders_on(day)), 1), else_=0))
    found = session.execute(select(holding, func.count(Person.id), without).where(Person.is_party_member.is_(True)))
    return MemberCount(*(int(number or 0) for number in found.one()))
