"""A year's schedule from a table, as offices pass it on: one row for each day off and each worked weekend day (C4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from config.calendar import holiday_key
from db.queries.calendars import find_calendar_version, read_calendar
from db.session import reading
from domain.calendars import CalendarDay, CalendarEdit, checked_days
from domain.clock import local_date, utc_now
from domain.errors import Refusal
from domain.orders import UnreadableCell, read_moment
from domain.permissions import EVERYWHERE, Actor, Permission, require
from geo.workbooks import Cell, read_sheets
from services.clocks.calendar_edits import CalendarReport, edit_calendar
from services.clocks.calendars import seed_table

_DAY = ("日期", "date", "day")
_KIND = ("类型", "种类", "类别", "安排", "kind", "type")
_NAME = ("名称", "节日", "假期", "name", "holiday")
_OFF = ("放假", "休", "休息", "holiday", "off")
_WORKED = ("上班", "班", "调休", "调休上班", "补班", "working", "work", "on")
_LONGEST = 800  # rows: more are no calendar


class CalendarColumnsMissing(Refusal):
    """No row names the columns 日期, 类型, 名称."""

    code = "calendar_columns_missing"


class CalendarRowUnreadable(Refusal):
    """A day or its kind cannot be read. Values: row (counted from 1), text."""

    code = "calendar_row_unreadable"


@dataclass(frozen=True)
class _Columns:
    header: int
    day: int
    kind: int
    name: int


def import_calendar(
    actor: Actor, name: str, raw: bytes, version: int, reason: str, now: datetime | None = None
) -> CalendarReport:
    """Put the years of a table in the place of what is entered for them; they are complete with it.

    A file that contradicts itself is refused as a whole, as every edit is. Raises CalendarColumnsMissing,
    CalendarRowUnreadable, the refusals of geo.workbooks.read_sheets and of edit_calendar.
    """
    require(actor, Permission.CALENDAR_EDIT)
    now = now or utc_now()
    days = checked_days(_days_of(name, raw), local_date(now).year)
    years = frozenset(day.year for day in days)
    with reading(EVERYWHERE) as session:
        filled = find_calendar_version(session) is not None
        present = read_calendar(session) if filled else seed_table()
    gone = frozenset(day for day in present.days if day.year in years)
    return edit_calendar(actor, CalendarEdit(gone, tuple(days.values()), years), version, reason, now)


def _days_of(name: str, raw: bytes) -> Iterable[CalendarDay]:
    rows = read_sheets(name, raw)[0].rows[:_LONGEST]
    columns = _columns(rows)
    for number, row in enumerate(rows[columns.header + 1 :], columns.header + 2):
        if any(cell is not None for cell in row):
            yield _day_of(number, row, columns)


def _columns(rows: Sequence[Sequence[Cell]]) -> _Columns:
    for number, row in enumerate(rows[:10]):
        names = [str(cell or "").strip().casefold() for cell in row]
        day, kind, name = (
            next((names.index(alias) for alias in aliases if alias in names), -1) for aliases in (_DAY, _KIND, _NAME)
        )
        if min(day, kind, name) >= 0:
            return _Columns(number, day, kind, name)
    raise CalendarColumnsMissing()


def _day_of(number: int, row: Sequence[Cell], columns: _Columns) -> CalendarDay:
    cells = [row[at] if at < len(row) else None for at in (columns.day, columns.kind, columns.name)]
    kind = str(cells[1] or "").strip().casefold()
    day = _date_of(cells[0])
    if day is None or kind not in (*_OFF, *_WORKED):
        raise CalendarRowUnreadable(row=number, text=" ".join(str(cell) for cell in row if cell is not None)[:60])
    return CalendarDay(day, kind in _WORKED, holiday_key(str(cells[2] or "").strip()))


def _date_of(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        moment = read_moment(cell)
    except UnreadableCell:
        return None
    return local_date(moment) if moment else None
