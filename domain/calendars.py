"""The table of days that differ from Monday to Friday: what may stand in it, and how it is changed (feature C4)."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from domain.clocks import CalendarContradiction
from domain.errors import NotFound, Refusal

# Of other years nobody has deadlines here; a slip of the pen (2062) is refused.
FIRST_YEAR, YEARS_AHEAD = 2004, 3


@dataclass(frozen=True, order=True)
class CalendarDay:
    """A day that differs from Monday to Friday, or a weekend day inside a holiday.

    ``name`` is the key of a public holiday (its text is ``clocks.holiday.<name>``), or a name somebody entered.
    """

    day: date
    working: bool
    name: str


class CalendarDayTwice(Refusal):
    """A day stands twice in what is entered, or stands in the table already. Values: day."""

    code = "calendar_day_twice"


class WorkdayNotOnWeekend(Refusal):
    """Only a Saturday or Sunday can be worked instead; Monday to Friday are worked anyway. Values: day."""

    code = "workday_not_on_weekend"


class CalendarDayOutOfRange(Refusal):
    """The day lies in a year for which no calendar is kept. Values: day, first, last."""

    code = "calendar_day_out_of_range"


class CalendarYearEmpty(Refusal):
    """A year without one holiday cannot be complete. Values: year."""

    code = "calendar_year_empty"


@dataclass(frozen=True)
class CalendarTable:
    """Every entered day, and the years whose schedule is entered completely."""

    days: Mapping[date, CalendarDay] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    @property
    def digest(self) -> str:
        """SHA-256 of the content: two tables with one digest count alike."""
        lines = [f"{entry.day} {entry.working:d} {entry.name}" for entry in sorted(self.days.values())]
        text = "\n".join([*lines, *map(str, sorted(self.years))])
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class CalendarEdit:
    """One change of the table: days that go, days that come, years that are complete with it.

    A day that is moved goes and comes in one edit.
    """

    remove: frozenset[date] = frozenset()
    put: tuple[CalendarDay, ...] = ()
    complete: frozenset[int] = frozenset()


@dataclass(frozen=True, order=True)
class ChangedDay:
    """What a day was and what it is now: "working", "holiday", or "" where nothing is entered."""

    day: date
    before: str
    after: str
    name: str


def checked_days(days: Iterable[CalendarDay], this_year: int) -> dict[date, CalendarDay]:
    """Days by date.

    Raises CalendarContradiction (a day is both), CalendarDayTwice, WorkdayNotOnWeekend, CalendarDayOutOfRange.
    """
    found: dict[date, CalendarDay] = {}
    for entry in days:
        _refuse_impossible(entry, this_year)
        if entry.day in found:
            _refuse_twice(found[entry.day], entry)
        found[entry.day] = entry
    return found


def _refuse_impossible(entry: CalendarDay, this_year: int) -> None:
    last = this_year + YEARS_AHEAD
    if not FIRST_YEAR <= entry.day.year <= last:
        raise CalendarDayOutOfRange(day=entry.day.isoformat(), first=FIRST_YEAR, last=last)
    if entry.working and entry.day.weekday() < 5:
        raise WorkdayNotOnWeekend(day=entry.day.isoformat())


def _refuse_twice(earlier: CalendarDay, entry: CalendarDay) -> None:
    both = earlier.working != entry.working
    raise (CalendarContradiction if both else CalendarDayTwice)(day=entry.day.isoformat())


def edited(table: CalendarTable, edit: CalendarEdit, this_year: int) -> CalendarTable:
    """The table after an edit. Raises NotFound, the refusals of ``checked_days``, CalendarYearEmpty."""
    if edit.remove - table.days.keys():
        raise NotFound(subject="calendar_day")
    left = {day: entry for day, entry in table.days.items() if day not in edit.remove}
    coming = checked_days(edit.put, this_year)
    for day, entry in coming.items():
        if day in left:
            _refuse_twice(left[day], entry)
    days = left | coming
    for year in sorted(edit.complete):
        if not any(entry.day.year == year and not entry.working for entry in days.values()):
            raise CalendarYearEmpty(year=year)
    return CalendarTable(days, table.years | edit.complete)


def changed_days(before: CalendarTable, after: CalendarTable) -> tuple[ChangedDay, ...]:
    """The days on which two tables differ in whether people work, in order; a new name alone is no difference."""
    days = sorted(before.days.keys() | after.days.keys())
    pairs = [(day, before.days.get(day), after.days.get(day)) for day in days]
    return tuple(
        ChangedDay(day, _kind(old), _kind(new), (new or old).name)  # type: ignore[union-attr]
        for day, old, new in pairs
        if _kind(old) != _kind(new)
    )


def _kind(entry: CalendarDay | None) -> str:
    return "" if entry is None else "working" if entry.working else "holiday"


@dataclass(frozen=True, order=True)
class CalendarStretch:
    """Days in a row, both inclusive, that are off or worked under one name."""

    first: date
    last: date
    working: bool
    name: str


def coming_stretches(days: Iterable[CalendarDay], today: date) -> list[CalendarStretch]:
    """The holidays and worked weekends that are not over, in order; one that has begun as a whole."""
    found: list[CalendarStretch] = []
    for entry in sorted(days):
        last = found[-1] if found else None
        goes_on = last and (last.working, last.name) == (entry.working, entry.name)
        if last and goes_on and last.last + timedelta(days=1) == entry.day:
            found[-1] = CalendarStretch(last.first, entry.day, entry.working, entry.name)
        else:
            found.append(CalendarStretch(entry.day, entry.day, entry.working, entry.name))
    return [stretch for stretch in found if stretch.last >= today]


def needed_years(today: date, due_days: Iterable[date] = ()) -> range:
    """The years of which the schedule is wanted: from today's to that of the last deadline, and to the one that begins
    within sixty days, since the next year's schedule comes out in November.
    """
    ahead = date.fromordinal(today.toordinal() + 60)
    return range(today.year, max([ahead, *due_days]).year + 1)
