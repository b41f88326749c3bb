"""The table of days: what may stand in it, and what a change of it changes."""

from datetime import date

import pytest

from domain.calendars import (
    CalendarDay,
    CalendarDayOutOfRange,
    CalendarDayTwice,
    CalendarEdit,
    CalendarTable,
    CalendarYearEmpty,
    ChangedDay,
    WorkdayNotOnWeekend,
    changed_days,
    checked_days,
    edited,
    needed_years,
)
from domain.clocks import CalendarContradiction
from domain.errors import NotFound

THURSDAY, FRIDAY, SATURDAY = date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 10)
OFF = CalendarDay(THURSDAY, False, "national_day")
WORKED = CalendarDay(SATURDAY, True, "national_day")
TABLE = CalendarTable({entry.day: entry for entry in (OFF, WORKED)}, frozenset({2026}))


def test_a_day_is_entered_once() -> None:
    assert checked_days([OFF, WORKED], 2026) == TABLE.days
    with pytest.raises(CalendarDayTwice) as refused:
        checked_days([OFF, WORKED, OFF], 2026)
    assert refused.value.values == {"day": "2026-10-01"}


def test_a_table_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(CalendarContradiction):
        checked_days([CalendarDay(SATURDAY, False, "中秋"), WORKED], 2026)
    with pytest.raises(CalendarContradiction):
        edited(TABLE, CalendarEdit(put=(CalendarDay(SATURDAY, False, "x"),)), 2026)
    with pytest.raises(CalendarDayTwice):
        edited(TABLE, CalendarEdit(put=(CalendarDay(THURSDAY, False, "x"),)), 2026)


def test_only_a_weekend_day_is_worked_instead() -> None:
    with pytest.raises(WorkdayNotOnWeekend) as refused:
        checked_days([CalendarDay(FRIDAY, True, "x")], 2026)
    assert refused.value.values == {"day": "2026-10-02"}


@pytest.mark.parametrize("year", [2003, 2030, 2062])
def test_a_slip_of_the_pen_is_refused(year: int) -> None:
    with pytest.raises(CalendarDayOutOfRange):
        checked_days([CalendarDay(date(year, 5, 1), False, "x")], 2026)


def test_a_moved_day_goes_and_comes_in_one_edit() -> None:
    moved = CalendarDay(FRIDAY, False, "national_day")
    after = edited(TABLE, CalendarEdit(frozenset({THURSDAY}), (moved,)), 2026)
    assert after.days == {FRIDAY: moved, SATURDAY: WORKED}
    assert changed_days(TABLE, after) == (
        ChangedDay(THURSDAY, "holiday", "", "national_day"),
        ChangedDay(FRIDAY, "", "holiday", "national_day"),
    )


def test_what_is_not_there_cannot_go() -> None:
    with pytest.raises(NotFound):
        edited(TABLE, CalendarEdit(frozenset({FRIDAY})), 2026)


def test_a_year_without_a_holiday_is_not_complete() -> None:
    with pytest.raises(CalendarYearEmpty):
        edited(TABLE, CalendarEdit(complete=frozenset({2027})), 2026)
    new_year = CalendarDay(date(2027, 1, 1), False, "new_year")
    assert edited(TABLE, CalendarEdit(put=(new_year,), complete=frozenset({2027})), 2026).years == {2026, 2027}


def test_digest_tells_tables_apart() -> None:
    other = CalendarTable(TABLE.days, frozenset({2026, 2027}))
    renamed = CalendarTable(TABLE.days | {THURSDAY: CalendarDay(THURSDAY, False, "国庆")}, TABLE.years)
    assert len({TABLE.digest, other.digest, renamed.digest}) == 3
    assert changed_days(TABLE, renamed) == ()


@pytest.mark.parametrize(
    ("today", "due", "years"),
    [
        (date(2026, 3, 18), [], [2026]),
        (date(2026, 11, 1), [], [2026]),
        (date(2026, 11, 2), [], [2026, 2027]),
        (date(2026, 3, 18), [date(2027, 1, 4)], [2026, 2027]),
        (date(2026, 3, 18), [date(2025, 1, 4)], [2026]),
    ],
)
def test_wanted_years(today: date, due: list[date], years: list[int]) -> None:
    assert list(needed_years(today, due)) == years
