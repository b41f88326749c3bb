"""Activities: the calendar, the lists, one activity (features E2, F3).

Planning is in services/activities/plans.py, who comes in services/activities/attendances.py.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from db.models import Activity
from db.queries import activities as rows
from db.queries.activities import ActivityFilter, ActivityRow
from db.queries.attendances import list_attendances_of_person, map_queue_places
from db.session import reading
from domain.activities import ActivityStatus, AttendanceStatus, Slot, activity_status, attendance_status
from domain.clock import day_end, day_start, local_date, utc_now
from domain.periods import months_after
from domain.permissions import EVERYWHERE, Actor, Permission, may, require
from services.activities.attendance_records import record_of


@dataclass(frozen=True)
class ActivityView(ActivityRow):
    """An activity as the actor sees it; ``mine`` is where one's own attendance stands.

    ``my_turn``: one's own place on the waiting list, 1 = next; 0 for who does not wait.
    """

    status: ActivityStatus
    mine: AttendanceStatus | None
    my_turn: int
    may_edit: bool
    may_record: bool

    @property
    def free(self) -> int | None:
        """Places left; None where any number may come."""
        return None if self.capacity is None else max(0, self.capacity - self.signed_up)

    @property
    def where(self) -> str:
        """The station with the room, or the place, in the words of who planned it."""
        return f"{self.station} {self.room}" if self.station and self.room else self.station or self.place


@dataclass(frozen=True)
class CalendarDay:
    """One day of the month: how many activities of each kind (cancelled ones not counted), and whether one is mine."""

    kinds: dict[str, int] = field(default_factory=dict)
    mine: bool = False

    @property
    def total(self) -> int:
        """How many activities."""
        return sum(self.kinds.values())


def get_activity(actor: Actor, activity_id: int, now: datetime | None = None) -> ActivityView:
    """One activity. Raises NotFound."""
    require(actor, Permission.ACTIVITY_SEE)
    with reading(EVERYWHERE) as session:
        return activity_views(session, actor, [rows.get_activity_row(session, activity_id)], now or utc_now())[0]


def list_month(
    actor: Actor, month: date, which: ActivityFilter = rows.ALL, now: datetime | None = None
) -> dict[date, CalendarDay]:
    """The calendar of the month that holds ``month``: Shanghai day → what is on; days without anything are absent."""
    require(actor, Permission.ACTIVITY_SEE)
    first = month.replace(day=1)
    following = months_after(first, 1)
    with reading(EVERYWHERE) as session:
        marks = rows.list_activity_marks(session, day_start(first), day_start(following), which)
        own = _own_ids(session, actor, [mark.id for mark in marks])
    kinds: dict[date, Counter[str]] = {}
    mine = set()
    for mark in marks:
        day = local_date(mark.starts_at)
        if not mark.is_cancelled:
            kinds.setdefault(day, Counter())[mark.kind] += 1
        if mark.id in own:
            mine.add(day)
    days = kinds.keys() | mine
    return {day: CalendarDay(dict(kinds.get(day, Counter()).most_common()), day in mine) for day in sorted(days)}


def list_activities_on(
    actor: Actor, day: date, which: ActivityFilter = rows.ALL, now: datetime | None = None, limit: int = 500
) -> list[ActivityView]:
    """What begins on a Shanghai day, cancelled ones too."""
    require(actor, Permission.ACTIVITY_SEE)
    with reading(EVERYWHERE) as session:
        found = rows.list_activities_between(session, day_start(day), day_end(day), which, limit)
        return activity_views(session, actor, found, now or utc_now())


def list_upcoming_activities(
    actor: Actor, which: ActivityFilter = rows.ALL, limit: int = 20, now: datetime | None = None
) -> list[ActivityView]:
    """What is running or still to come, earliest first."""
    require(actor, Permission.ACTIVITY_SEE)
    now = now or utc_now()
    with reading(EVERYWHERE) as session:
        return activity_views(session, actor, rows.list_upcoming_activities(session, now, which, limit), now)


def count_activities(actor: Actor, since: datetime, until: datetime, which: ActivityFilter = rows.ALL) -> int:
    """How many begin in [since, until); cancelled ones too unless the filter leaves them out."""
    require(actor, Permission.ACTIVITY_SEE)
    with reading(EVERYWHERE) as session:
        return rows.count_activities_between(session, since, until, which)


def list_clashes(
    actor: Actor, station_id: int, starts_at: datetime, ends_at: datetime, without: int | None = None,
    room_id: int | None = None,
) -> list[ActivityRow]:  # fmt: skip
    """What else is on at the station at that time, or in one room of it. In a room it is refused, else a warning."""
    require(actor, Permission.ACTIVITY_SEE)
    own = () if without is None else (without,)
    with reading(EVERYWHERE) as session:
        return rows.list_clashes(session, station_id, starts_at, ends_at, own, room_id)


def slot_of(activity: Activity | ActivityRow) -> Slot:
    """The activity for the rules of domain.activities."""
    return Slot(activity.starts_at, activity.ends_at, activity.capacity, activity.cancelled_at)


def works_for(actor: Actor, area_path: str | None, created_by: int | None = None) -> bool:
    """Whether the actor works for the area of an activity, or planned it."""
    if actor.scope.everywhere or (created_by is not None and created_by == actor.user_id):
        return True
    return area_path is not None and area_path.startswith(actor.scope.area_paths)


def activity_views(session: Session, actor: Actor, found: list[ActivityRow], now: datetime) -> list[ActivityView]:
    """Rows as the actor sees them; one more statement for any number, two where the actor waits for a place."""
    own = _own_ids(session, actor, [row.id for row in found])
    waits = [key for key, status in own.items() if status is AttendanceStatus.WAITING]
    turns = map_queue_places(session, actor.person_id or 0, waits) if waits else {}
    plans, records = may(actor, Permission.ACTIVITY_PLAN), may(actor, Permission.ATTENDANCE_RECORD)
    return [
        ActivityView(
            **vars(row),
            status=activity_status(slot_of(row), now),
            mine=own.get(row.id),
            my_turn=turns.get(row.id, 0),
            may_edit=plans and works_for(actor, row.area_path, row.created_by),
            may_record=records,
        )
        for row in found
    ]


def _own_ids(session: Session, actor: Actor, activity_ids: list[int]) -> dict[int, AttendanceStatus]:
    if actor.person_id is None or not activity_ids or not may(actor, Permission.ACTIVITY_JOIN):
        return {}
    found = list_attendances_of_person(session, actor.person_id, activity_ids)
    statuses = {row.activity_id: attendance_status(record_of(row)) for row in found}
    return {key: status for key, status in statuses.items() if status is not AttendanceStatus.CANCELLED}
