"""What the big screen and the desk sum up. Each function is one statement; the sums are made by the database.

Days and windows come in as instants (UTC), so that no database has to know the Shanghai calendar.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from db.models import Area, Assignment, Attendance, Base, Incident, Person, Station
from db.queries.attendances import counted
from domain.incidents import TIMED, IncidentStatus

Window = tuple[datetime, datetime]  # [start, end)
_CLOSED = IncidentStatus.CLOSED.value


@dataclass(frozen=True)
class Rate:
    """A share as its two counts."""

    numerator: int
    denominator: int


@dataclass(frozen=True)
class Newest:
    """An incident as the public may see it: no title, no place, no name."""

    category: str
    area_name: str | None
    area_path: str | None
    reported_at: datetime
    status: str
    due_at: datetime | None
    closed_at: datetime | None
    main_id: int | None


@dataclass(frozen=True)
class Assigned:
    """A member and the path of the area they are assigned to, both days included."""

    person_id: int
    path: str
    starts_on: date
    ends_on: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.starts_on <= day and (self.ends_on is None or self.ends_on >= day)


@dataclass(frozen=True)
class Places:
    """Numbers of grids and stations, and the depth of the grids in the tree (None: there are none)."""

    grids: int
    stations: int
    grid_depth: int | None


@dataclass(frozen=True)
class AreaNode:
    """An area of the tree, without its shape."""

    id: int
    code: str
    name: str


def count_flow(session: Session, windows: Sequence[Window]) -> list[tuple[int, int]]:
    """For each window how many incidents were reported in it, and how many closed in it (void ones are not)."""
    first = min(start for start, _ in windows)
    columns = [_sum(_within(Incident.reported_at, window)) for window in windows]
    columns += [_sum(_within(Incident.closed_at, window), Incident.status == _CLOSED) for window in windows]
    recent = or_(Incident.reported_at >= first, Incident.closed_at >= first)
    counts = _row(session, Incident, columns, recent)
    return list(zip(counts[: len(windows)], counts[len(windows) :], strict=True))


def count_reported_by_area(session: Session, windows: Sequence[Window]) -> dict[str | None, list[int]]:
    """Path of the incident's area (None = outside every area) → how many were reported in each window."""
    first, last = min(start for start, _ in windows), max(end for _, end in windows)
    columns = [_sum(_within(Incident.reported_at, window)) for window in windows]
    statement = select(Area.path, *columns).outerjoin_from(Incident, Area, Area.id == Incident.area_id)
    reported = statement.where(_within(Incident.reported_at, (first, last))).group_by(Area.path)
    return {path: list(counts) for path, *counts in session.execute(reported)}


def count_reported_by_category(session: Session, window: Window) -> dict[str, int]:
    """Class of incident → how many were reported in the window."""
    statement = select(Incident.category, func.count()).where(_within(Incident.reported_at, window))
    return {category: count for category, count in session.execute(statement.group_by(Incident.category))}


def list_newest(session: Session, limit: int) -> list[Newest]:
    """The last reported incidents, newest first, without anything personal."""
    statement = (
        select(
            Incident.category, Area.name, Area.path, Incident.reported_at, Incident.status, Incident.due_at,
            Incident.closed_at, Incident.main_id,
        )
        .outerjoin(Area, Area.id == Incident.area_id)
        .order_by(Incident.reported_at.desc(), Incident.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [Newest(*row) for row in session.execute(statement)]


def count_on_time(session: Session, windows: Sequence[Window]) -> list[Rate]:
    """For each window (start, end]: closed in time, of all closed in it and all that were overdue and open at its end.

    A case without a deadline counts in neither.
    """
    first = min(start for start, _ in windows)
    columns: list[ColumnElement[int]] = []
    for start, end in windows:
        done = and_(Incident.closed_at > start, Incident.closed_at <= end, Incident.status == _CLOSED)
        late = and_(Incident.due_at < end, _open_at(end))
        columns += [_sum(done, Incident.closed_at <= Incident.due_at), _sum(or_(done, late))]
    touched = or_(Incident.closed_at > first, Incident.closed_at.is_(None))
    counts = _row(session, Incident, columns, Incident.due_at.is_not(None), touched)
    return [Rate(*pair) for pair in zip(counts[::2], counts[1::2], strict=True)]


def _open_at(moment: datetime) -> ColumnElement[bool]:
    timed = Incident.status.in_([status.value for status in TIMED])  # a suspended case's clock stands still
    return or_(and_(Incident.closed_at.is_(None), timed), Incident.closed_at > moment)


def list_assigned_since(session: Session, day: date) -> list[Assigned]:
    """Every assignment that held on the day or later."""
    statement = (
        select(Assignment.person_id, Area.path, Assignment.starts_on, Assignment.ends_on)
        .join(Area, Area.id == Assignment.area_id)
        .where(or_(Assignment.ends_on.is_(None), Assignment.ends_on >= day))
    )
    return [Assigned(*row) for row in session.execute(statement)]


def count_members(session: Session) -> int:
    """How many people are party members."""
    return session.scalar(select(func.count(Person.id)).where(Person.is_party_member.is_(True))) or 0


def count_service(session: Session, windows: Sequence[Window]) -> list[tuple[int, int]]:
    """For each window: minutes of volunteers who checked in in it, and the activities they came to."""
    first, last = min(start for start, _ in windows), max(end for _, end in windows)
    columns: list[ColumnElement[int]] = []
    for window in windows:
        out = _within(Attendance.checked_in_at, window)
        columns += [
            func.coalesce(func.sum(case((out, Attendance.minutes), else_=0)), 0),
            func.count(case((out, Attendance.activity_id)).distinct()),
        ]
    counts = _row(session, Attendance, columns, *counted(first, last))
    return list(zip(counts[::2], counts[1::2], strict=True))


def count_places(session: Session, grid_level: str) -> Places:
    """The areas of the grid level and the stations that there are now."""
    stations = select(func.count(Station.id)).where(Station.valid_to.is_(None)).scalar_subquery()
    grids = select(func.count(Area.id), stations, func.min(Area.depth))
    return Places(*session.execute(grids.where(Area.level == grid_level, Area.valid_to.is_(None))).one())


def count_areas_by_depth(session: Session, paths: Sequence[str]) -> dict[int, int]:
    """Depth in the tree → number of valid areas under the paths (no path: of all)."""
    statement = select(Area.depth, func.count()).where(*_under(paths)).group_by(Area.depth)
    return {depth: count for depth, count in session.execute(statement)}


def list_areas_at_depth(session: Session, paths: Sequence[str], depth: int) -> list[AreaNode]:
    """The valid areas of a depth under the paths (no path: of all), in the order of their codes."""
    statement = select(Area.id, Area.code, Area.name).where(Area.depth == depth, *_under(paths))
    return [AreaNode(*row) for row in session.execute(statement.order_by(Area.code))]


def _under(paths: Sequence[str]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Area.valid_to.is_(None)]
    return [*found, or_(*(Area.path.like(f"{path}%") for path in paths))] if paths else found


def _within(column: Any, window: Window) -> ColumnElement[bool]:
    return and_(column >= window[0], column < window[1])


def _sum(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((and_(*conditions), 1), else_=0)), 0)


def _row(
    session: Session, model: type[Base], columns: Sequence[ColumnElement[int]], *where: ColumnElement[bool]
) -> list[int]:
    return [int(count) for count in session.execute(select(*columns).select_from(model).where(*where)).one()]
