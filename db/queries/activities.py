"""Activities: what is planned when and where, and what collides."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from db.models import Activity, Area, Attendance, Room, Station, Team, Volunteer
from domain.errors import NotFound


@dataclass(frozen=True)
class ActivityRow:
    """An activity with the names it refers to; ``signed_up`` counts who has a place."""

    id: int
    title: str
    kind: str
    description: str
    place: str
    station_id: int | None
    station: str | None
    room_id: int | None
    room: str | None
    series_id: int | None
    area_id: int | None
    area: str | None
    area_path: str | None
    team_id: int | None
    team: str | None
    starts_at: datetime
    ends_at: datetime
    capacity: int | None
    cancelled_at: datetime | None
    cancel_reason: str
    created_by: int | None
    version: int
    signed_up: int
    attended: int
    waiting: int


@dataclass(frozen=True)
class ActivityMark:
    """What the calendar needs of an activity."""

    id: int
    title: str
    kind: str
    starts_at: datetime
    is_cancelled: bool


@dataclass(frozen=True)
class ActivityFilter:
    """Which activities; None = all. ``area_path`` takes those in the subtree, ``person_id`` those one signed up for.

    ``or_areas``: ids of areas besides the subtree.
    """

    kind: str | None = None
    team_id: int | None = None
    station_id: int | None = None
    area_path: str | None = None
    or_areas: tuple[int, ...] = ()
    person_id: int | None = None
    with_cancelled: bool = True


ALL = ActivityFilter()


def get_activity(session: Session, activity_id: int, *, lock: bool = False) -> Activity:
    """The activity, or NotFound. ``lock``: others who want its last place wait (PostgreSQL; SQLite has one writer)."""
    found = session.get(Activity, activity_id, with_for_update=True if lock else None)
    if found is None:
        raise NotFound(subject="activity")
    return found


def get_activity_row(session: Session, activity_id: int) -> ActivityRow:
    """The activity with names and counts, or NotFound."""
    row = session.execute(_rows().where(Activity.id == activity_id)).first()
    if row is None:
        raise NotFound(subject="activity")
    return ActivityRow(*row)


def list_activities_between(
    session: Session, start: datetime, end: datetime, which: ActivityFilter = ALL, limit: int = 500
) -> list[ActivityRow]:
    """Activities that begin in [start, end), earliest first."""
    statement = _rows().where(Activity.starts_at >= start, Activity.starts_at < end, *_conditions(which))
    return [ActivityRow(*row) for row in session.execute(statement.order_by(*_IN_ORDER).limit(limit))]


def list_upcoming_activities(
    session: Session, now: datetime, which: ActivityFilter = ALL, limit: int = 20
) -> list[ActivityRow]:
    """Activities that are not over at ``now`` and not cancelled, earliest first."""
    statement = _rows().where(Activity.ends_at > now, Activity.cancelled_at.is_(None), *_conditions(which))
    return [ActivityRow(*row) for row in session.execute(statement.order_by(*_IN_ORDER).limit(limit))]


def list_activity_marks(
    session: Session, start: datetime, end: datetime, which: ActivityFilter = ALL
) -> list[ActivityMark]:
    """All activities that begin in [start, end), as little of each as a calendar shows."""
    statement = select(
        Activity.id, Activity.title, Activity.kind, Activity.starts_at, Activity.cancelled_at.is_not(None)
    ).where(Activity.starts_at >= start, Activity.starts_at < end, *_conditions(which))
    return [ActivityMark(*row) for row in session.execute(statement.order_by(*_IN_ORDER))]


def count_activities_between(session: Session, start: datetime, end: datetime, which: ActivityFilter = ALL) -> int:
    """How many activities begin in [start, end)."""
    statement = select(func.count(Activity.id)).where(
        Activity.starts_at >= start, Activity.starts_at < end, *_conditions(which)
    )
    return session.scalar(statement) or 0


def list_clashes(
    session: Session, station_id: int, start: datetime, end: datetime, without: Collection[int] = (),
    room_id: int | None = None,
) -> list[ActivityRow]:  # fmt: skip
    """Activities at the station that overlap [start, end) and are not cancelled; ``without`` leaves some out.

    ``room_id``: only those in that room.
    """
    statement = _rows().where(
        Activity.station_id == station_id,
        Activity.starts_at < end,
        Activity.ends_at > start,
        Activity.cancelled_at.is_(None),
        Activity.id.not_in(without),
        *([Activity.room_id == room_id] if room_id is not None else []),
    )
    return [ActivityRow(*row) for row in session.execute(statement.order_by(*_IN_ORDER).limit(20))]


def has_room_then(
    session: Session, activity_ids: Collection[int], room_id: int, start: datetime, end: datetime
) -> bool:
    """Whether one of the activities is in the room in exactly that time as the database has it."""
    statement = select(Activity.id).where(
        Activity.id.in_(activity_ids),
        Activity.room_id == room_id,
        Activity.starts_at == start,
        Activity.ends_at == end,
    )
    return session.scalar(statement.limit(1)) is not None


def list_following(session: Session, series_id: int, since: datetime) -> list[Activity]:
    """The activities of a series that begin at an instant or later and are not cancelled; locked, in the same order."""
    statement = select(Activity).where(
        Activity.series_id == series_id, Activity.starts_at >= since, Activity.cancelled_at.is_(None)
    )
    return list(session.scalars(statement.order_by(Activity.id).with_for_update()))


_IN_ORDER = (Activity.starts_at, Activity.id)


def _count(*conditions: ColumnElement[bool]) -> Any:
    found = select(func.count(Attendance.id)).where(
        Attendance.activity_id == Activity.id, Attendance.cancelled_at.is_(None), *conditions
    )
    return found.correlate(Activity).scalar_subquery()


def _rows() -> Any:
    columns = (
        Activity.id, Activity.title, Activity.kind, Activity.description, Activity.place,
        Activity.station_id, Station.name, Activity.room_id, Room.name, Activity.series_id,
        Activity.area_id, Area.name, Area.path, Activity.team_id, Team.name,
        Activity.starts_at, Activity.ends_at, Activity.capacity, Activity.cancelled_at, Activity.cancel_reason,
        Activity.created_by, Activity.version, _count(Attendance.queue_number.is_(None)),
        _count(Attendance.checked_in_at.is_not(None)), _count(Attendance.queue_number.is_not(None)),
    )  # fmt: skip
    return (
        select(*columns)
        .outerjoin(Station, Station.id == Activity.station_id)
        .outerjoin(Room, Room.id == Activity.room_id)
        .outerjoin(Area, Area.id == Activity.area_id)
        .outerjoin(Team, Team.id == Activity.team_id)
    )


def _conditions(which: ActivityFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if which.kind is not None:
        found.append(Activity.kind == which.kind)
    if which.team_id is not None:
        found.append(Activity.team_id == which.team_id)
    if which.station_id is not None:
        found.append(Activity.station_id == which.station_id)
    if which.area_path is not None:
        inside = Area.path.like(f"{which.area_path}%") | Area.id.in_(which.or_areas)
        found.append(Activity.area_id.in_(select(Area.id).where(inside)))
    if which.person_id is not None:
        found.append(Activity.id.in_(_signed_up_by(which.person_id)))
    if not which.with_cancelled:
        found.append(Activity.cancelled_at.is_(None))
    return found


def _signed_up_by(person_id: int) -> Any:
    return (
        select(Attendance.activity_id)
        .join(Volunteer, Volunteer.id == Attendance.volunteer_id)
        .where(Volunteer.person_id == person_id, Attendance.cancelled_at.is_(None))
    )
