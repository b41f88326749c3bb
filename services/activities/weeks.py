"""The weekly plan 活动计划表 of a station or an area (feature F3): days by rooms, or by parts of the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from db.queries import activities as rows
from db.queries.activities import ActivityFilter, ActivityRow
from db.queries.area_changes import list_predecessors
from db.queries.areas import get_area
from db.queries.calendars import read_calendar
from db.queries.rooms import RoomRow, list_rooms
from db.queries.stations import get_station_row
from db.session import reading
from domain.clock import day_start, local_date, to_local
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.series import PARTS, part_of_day

NO_ROOM = 0
MOST = 1000  # activities of one week; an area that has more is looked at by its grids


@dataclass(frozen=True)
class WeekColumn:
    """A column: a room (``key`` its id, NO_ROOM for none yet), or a part of the day (``key`` its place in PARTS)."""

    key: int
    name: str


@dataclass(frozen=True)
class WeekPlan:
    """The week that begins on ``monday``. ``cells``: (day, key of the column) → activities by their beginning.

    ``by_rooms``: the columns are rooms, else parts of the day; ``days_off``: day → name of the public holiday.
    """

    monday: date
    name: str
    by_rooms: bool
    columns: tuple[WeekColumn, ...]
    cells: dict[tuple[date, int], list[ActivityRow]]
    days_off: dict[date, str]

    @property
    def days(self) -> list[date]:
        """Monday to Sunday."""
        return [self.monday + timedelta(days=number) for number in range(7)]

    @property
    def activities(self) -> list[ActivityRow]:
        """All of the week, by their beginning."""
        found = [one for cell in self.cells.values() for one in cell]
        return sorted(found, key=lambda one: (one.starts_at, one.id))


def monday_of(day: date) -> date:
    """The Monday of the week that holds a day."""
    return day - timedelta(days=day.weekday())


def get_week(actor: Actor, day: date, *, station_id: int | None = None, area_id: int | None = None) -> WeekPlan:
    """The week that holds ``day``, of a station, or of an area with all that lies in it; cancelled ones left out.

    A station that has rooms is shown by rooms; a grid has what was held in those that it came of, too. Raises NotFound.
    """
    require(actor, Permission.ACTIVITY_SEE)
    monday = monday_of(day)
    start, end = day_start(monday), day_start(monday + timedelta(days=7))
    with reading(EVERYWHERE) as session:
        if station_id is not None:
            name, rooms = get_station_row(session, station_id).name, list_rooms(session, station_id, None)
            which = ActivityFilter(station_id=station_id, with_cancelled=False)
        else:
            area = get_area(session, area_id or 0)
            name, rooms = area.name, []
            before = tuple(list_predecessors(session, area.id))
            which = ActivityFilter(area_path=area.path, or_areas=before, with_cancelled=False)
        found = rows.list_activities_between(session, start, end, which, MOST)
        days_off = {one.day: one.name for one in read_calendar(session).days.values() if not one.working}
    columns = _rooms(rooms, found, monday) if rooms else _parts()
    cells: dict[tuple[date, int], list[ActivityRow]] = {}
    for one in found:
        key = (one.room_id or NO_ROOM) if rooms else PARTS.index(part_of_day(to_local(one.starts_at).time()))
        cells.setdefault((local_date(one.starts_at), key), []).append(one)
    off = {day: name for day, name in days_off.items() if monday <= day < monday + timedelta(days=7)}
    return WeekPlan(monday, name, bool(rooms), columns, cells, off)


def _rooms(rooms: Sequence[RoomRow], found: Sequence[ActivityRow], monday: date) -> tuple[WeekColumn, ...]:
    """Rooms that exist in the week or hold something in it, and a column for what has no room yet."""
    used = {one.room_id for one in found}
    shown = [room for room in rooms if room.id in used or room.valid_to is None or room.valid_to > monday]
    none = [WeekColumn(NO_ROOM, "")] if None in used else []
    return (*(WeekColumn(room.id, room.name) for room in shown), *none)


def _parts() -> tuple[WeekColumn, ...]:
    return tuple(WeekColumn(number, "") for number in range(len(PARTS)))
