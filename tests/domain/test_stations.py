"""Opening hours, and the windows they are made of."""

from datetime import date, datetime, time, timedelta

import pytest

from domain.clock import from_local
from domain.hours import InvalidHours, Window, format_windows, parse_windows
from domain.stations import (
    MOST_DAYS,
    HolidayHours,
    HolidaysContradict,
    InvalidHolidayDays,
    OpeningHours,
    exceptions_of,
    holidays_of,
    hours_from_json,
    hours_to_json,
    is_open,
    next_opening,
)

OFFICE = {
    "weekly": {day: "08:30-12:00, 14:00-17:30" for day in ("mon", "tue", "wed", "thu", "fri")} | {"sat": "09:00-12:00"},
    "exceptions": {"2026-10-01": "", "2026-10-04": "10:00-11:00"},
}
HOURS = hours_from_json(OFFICE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("08:30-12:00, 14:00-17:30", "08:30-12:00, 14:00-17:30"),
        ("14:00～17:30；8:30—12:00", "08:30-12:00, 14:00-17:30"),
        ("8：30至12：00、14：00至24：00", "08:30-12:00, 14:00-24:00"),
        ("9:00-12:00,12:00-18:00", "09:00-12:00, 12:00-18:00"),
        ("", ""),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, shown: str) -> None:
    assert format_windows(parse_windows(text)) == shown
    assert parse_windows(shown) == parse_windows(text)


@pytest.mark.parametrize(
    "text", ["9-12", "12:00-09:00", "09:00-09:00", "09:60-10:00", "09:00-25:00", "8:00-12:00,11:00-13:00", "closed"]
)
def test_hours_are_refused_when_unreadable_backwards_or_overlapping(text: str) -> None:
    with pytest.raises(InvalidHours):
        parse_windows(text)


@pytest.mark.parametrize(
    ("day", "clock", "open_now"),
    [
        ("2026-03-18", "08:29", False),
        ("2026-03-18", "08:30", True),
        ("2026-03-18", "12:00", False),
        ("2026-03-18", "17:29", True),
        ("2026-03-21", "09:30", True),
        ("2026-03-22", "09:30", False),
        ("2026-10-01", "09:30", False),
        ("2026-10-04", "10:30", True),
    ],
)
def test_station_is_open_by_week_and_exception(day: str, clock: str, open_now: bool) -> None:
    assert is_open(HOURS, from_local(date.fromisoformat(day), time.fromisoformat(clock))) is open_now


def test_station_open_till_midnight_is_closed_after_it() -> None:
    hours = hours_from_json({"weekly": {"mon": "20:00-24:00"}})
    assert is_open(hours, from_local(date(2026, 3, 16), time(23, 59)))
    assert not is_open(hours, from_local(date(2026, 3, 17), time(0, 0)))


def test_next_opening_passes_over_lunch_weekend_and_exception() -> None:
    friday, eve = date(2026, 3, 20), date(2026, 9, 30)
    assert next_opening(HOURS, from_local(friday, time(12, 10))) == (friday, Window(14 * 60, 17 * 60 + 30))
    assert next_opening(HOURS, from_local(date(2026, 3, 21), time(13, 0))) == (date(2026, 3, 23), Window(510, 720))
    assert next_opening(HOURS, from_local(eve, time(18, 0))) == (date(2026, 10, 2), Window(510, 720))


def test_hours_without_any_window_are_not_known() -> None:
    empty = hours_from_json({})
    assert not empty.known
    assert not is_open(empty, from_local(date(2026, 3, 18), time(10)))
    assert next_opening(empty, from_local(date(2026, 3, 18), time(10))) is None
    assert HOURS.known


def test_hours_survive_their_json() -> None:
    assert hours_to_json(HOURS) == OFFICE
    assert hours_from_json(hours_to_json(HOURS)) == HOURS


@pytest.mark.parametrize(
    "value",
    [
        {"weekly": {"monday": "09:00-10:00"}},
        {"weekly": ["09:00-10:00"]},
        {"weekly": {"mon": 9}},
        {"daily": {}},
        {"exceptions": {"1 Oct": ""}},
        {"weekly": {"mon": "9-10"}},
    ],
)
def test_json_is_refused_when_it_is_no_timetable(value: dict) -> None:
    with pytest.raises(InvalidHours):
        hours_from_json(value)


def test_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        is_open(HOURS, datetime(2026, 3, 18, 9))  # noqa: DTZ001


OCTOBER = HolidayHours(date(2026, 10, 1), date(2026, 10, 7))


@pytest.mark.parametrize(
    ("day", "clock", "open_now"),
    [
        ("2026-09-30", "09:00", True),  # the Wednesday before
        ("2026-10-01", "09:00", False),
        ("2026-10-07", "17:00", False),
        ("2026-10-08", "09:00", True),
        ("2026-10-10", "09:00", True),  # a Saturday worked instead: 08:30 instead of 09:00
        ("2026-10-10", "08:45", True),
        ("2026-10-10", "15:00", True),
        ("2026-10-17", "08:45", False),
        ("2026-10-17", "15:00", False),
    ],
)
def test_open_now_follows_holidays_and_worked_weekends(day: str, clock: str, open_now: bool) -> None:
    worked = HolidayHours(date(2026, 10, 10), date(2026, 10, 10), "08:30-12:00, 14:00-17:30")
    hours = OpeningHours(HOURS.weekly, exceptions_of([OCTOBER, worked]))
    assert is_open(hours, from_local(date.fromisoformat(day), time.fromisoformat(clock))) is open_now


def test_the_next_opening_lies_behind_the_holidays() -> None:
    hours = OpeningHours(HOURS.weekly, exceptions_of([OCTOBER]))
    eve = from_local(date(2026, 9, 30), time(18))
    assert next_opening(hours, eve) == (date(2026, 10, 8), Window(510, 720))


def test_ranges_become_days_and_days_ranges() -> None:
    short = HolidayHours(date(2026, 10, 8), date(2026, 10, 9), "10:00-11:00")
    hours = OpeningHours(HOURS.weekly, exceptions_of([short, OCTOBER]))
    assert len(hours.exceptions) == 9
    assert holidays_of(hours) == [OCTOBER, short]
    assert hours_from_json(hours_to_json(hours)) == hours
    parted = exceptions_of([OCTOBER, HolidayHours(date(2026, 10, 9), date(2026, 10, 9))])
    assert len(holidays_of(OpeningHours(HOURS.weekly, parted))) == 2
    assert holidays_of(OpeningHours(HOURS.weekly)) == []


def test_ranges_that_say_different_hours_of_a_day_are_refused() -> None:
    same = HolidayHours(date(2026, 10, 7), date(2026, 10, 8))
    assert len(exceptions_of([OCTOBER, same])) == 8
    with pytest.raises(HolidaysContradict) as refused:
        exceptions_of([OCTOBER, HolidayHours(date(2026, 10, 7), date(2026, 10, 9), "9:00-12:00")])
    assert refused.value.values == {"day": "2026-10-07", "one": "stations.closed", "other": "09:00-12:00"}


def test_impossible_ranges_are_refused() -> None:
    first = date(2026, 10, 1)
    for last in (date(2026, 9, 30), first + timedelta(days=MOST_DAYS)):
        with pytest.raises(InvalidHolidayDays):
            exceptions_of([HolidayHours(first, last)])
    assert len(exceptions_of([HolidayHours(first, first + timedelta(days=MOST_DAYS - 1))])) == MOST_DAYS
    with pytest.raises(InvalidHours):
        exceptions_of([HolidayHours(first, first, "in the morning")])


def test_week_has_seven_days() -> None:
    with pytest.raises(InvalidHours):
        OpeningHours(((),) * 6)
