"""What the big screen and the desk sum up. Each function is one statement; the sums are made by the database.

Days and windows come in as instants (UTC), so that no database has to know the Shanghai calendar.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, union_all
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
class _Count:
    """Count, of the rows that ``where`` finds in an index, those that are ``which``.

    What stands in ``which`` cannot lead SQLite to another index: without statistics it takes the one of the status,
    which is that of nearly all rows.
    """

    where: Sequence[ColumnElement[bool]]
    which: Sequence[ColumnElement[bool]] = ()


@dataclass(frozen=True)
class AreaNode:
    """An area of the tree, without its shape."""

    id: int
    code: str
    name: str


def count_flow(session: Session, reported: Sequence[Window], closed: Sequence[Window]) -> tuple[list[int], list[int]]:
    """How many incidents were reported in each of the first windows, closed in each of the second (void ones not)."""
    pieces, others = _pieces(reported), _pieces(closed)
    wanted = [_Count([_within(Incident.reported_at, piece)]) for piece in pieces]
    wanted += [_Count([_within(Incident.closed_at, piece)], [Incident.status == _CLOSED]) for piece in others]
    counts = [count for count, _ in _counts(session, wanted)]
    return _added(reported, pieces, counts), _added(closed, others, counts[len(pieces) :])


def count_reported_by_area(session: Session, windows: Sequence[Window]) -> dict[str | None, list[int]]:
    """Path of the incident's area (None = outside every area) → how many were reported in each window."""
    branches = [
        select(literal(number).label("number"), Incident.area_id, func.count().label("count"))
        .where(_within(Incident.reported_at, window))
        .group_by(Incident.area_id)
        for number, window in enumerate(windows)
    ]
    found = union_all(*branches).subquery()
    statement = select(Area.path, found.c.number, found.c.count).select_from(found)
    counts: dict[str | None, list[int]] = {}
    for path, number, count in session.execute(statement.outerjoin(Area, Area.id == found.c.area_id)):
        counts.setdefault(path, [0] * len(windows))[number] += count
    return counts


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
    pieces = _pieces(windows)
    wanted = [*map(_closed_within, pieces), *(_Count(where) for _, end in windows for where in _late_at(end))]
    counts = _counts(session, wanted, Incident.closed_at <= Incident.due_at)
    done, in_time = ([count[place] for count in counts[: len(pieces)]] for place in (0, 1))
    late = [count for count, _ in counts[len(pieces) :]]
    below = zip(_added(windows, pieces, done), late[::2], late[1::2], strict=True)
    return [Rate(top, sum(parts)) for top, parts in zip(_added(windows, pieces, in_time), below, strict=True)]


def _closed_within(window: Window) -> _Count:
    start, end = window
    within = [Incident.closed_at > start, Incident.closed_at <= end]
    return _Count(within, [Incident.status == _CLOSED, Incident.due_at.is_not(None)])


def _late_at(moment: datetime) -> Iterator[list[ColumnElement[bool]]]:
    """Overdue and open at a moment: those still open (a suspended case's clock stands still), those closed since."""
    timed = Incident.status.in_([status.value for status in TIMED])
    yield [Incident.due_at < moment, timed, Incident.closed_at.is_(None)]
    yield [Incident.due_at < moment, Incident.closed_at > moment, Incident.closed_at > Incident.due_at]


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


def _pieces(windows: Sequence[Window]) -> list[Window]:
    """The stretches between all bounds of the windows: a window is the sum of those within it."""
    return list(pairwise(sorted({moment for window in windows for moment in window})))


def _added(windows: Sequence[Window], pieces: Sequence[Window], counts: Sequence[int]) -> list[int]:
    known = list(zip(pieces, counts, strict=False))
    return [sum(count for piece, count in known if start <= piece[0] and piece[1] <= end) for start, end in windows]


def _counts(
    session: Session, wanted: Sequence[_Count], also: ColumnElement[bool] | None = None
) -> list[tuple[int, int]]:
    """How many incidents meet each list of conditions, and how many of these one more; in one statement.

    Each is counted in the index that holds it, where conditional sums would read every row for every one.
    """
    branches = [
        select(literal(n), _count(*one.which), _count(*one.which, *([] if also is None else [also])))
        .select_from(Incident)
        .where(*one.where)
        for n, one in enumerate(wanted)
    ]
    found = {number: (count, narrowed) for number, count, narrowed in session.execute(union_all(*branches))}
    return [found[number] for number in range(len(wanted))]


def _count(*which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((and_(*which), 1))) if which else func.count()


def _within(column: Any, window: Window) -> ColumnElement[bool]:
    return and_(column >= window[0], column < window[1])


def _row(
    session: Session, model: type[Base], columns: Sequence[ColumnElement[int]], *where: ColumnElement[bool]
) -> list[int]:
    return [int(count) for count in session.execute(select(*columns).select_from(model).where(*where)).one()]
