"""The four clocks: golden cases that a street officer can check by hand, and what holds for any deadline.

Working hours are 8:30–12:00 and 14:00–17:30; holidays of 2026 as the State Council set them: National Day off from
Thursday 1 to Wednesday 7 October, worked for it Sunday 20 September and Saturday 10 October.
"""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.calendar import calendar_for
from config.profiles import load_profile
from domain.clock import from_local, to_local
from domain.clocks import (
    Calendar,
    CalendarContradiction,
    ClockKind,
    Limit,
    SkipReason,
    counted_between,
    deadline,
    due_at,
    earliest_due,
)
from domain.hours import parse_windows
from tests.domain.test_golden_clocks import GOLDEN as TABLE

CALENDAR = calendar_for(load_profile("licun"))
EMERGENCY, HOUR, DAY, PLAIN = ClockKind
MOMENT = "%Y-%m-%d %H:%M"


def at(text: str) -> datetime:
    moment = datetime.strptime(text, MOMENT)  # noqa: DTZ007  a wall-clock text of the table
    return from_local(moment.date(), moment.time())


# The golden table without suspensions and extensions: start, amount, clock, due.
GOLDEN = [
    (row.run.start, row.run.limit.amount, row.run.limit.clock, row.due_at)
    for row in TABLE
    if not row.run.pauses and row.asked_at is None
]


@pytest.mark.parametrize(("start", "amount", "clock", "due"), GOLDEN)
def test_time_between_start_and_due_is_the_limit(
    start: datetime, amount: float, clock: ClockKind, due: datetime
) -> None:
    limit = Limit(amount, clock)
    found = deadline(start, limit, CALENDAR)
    assert sum((stretch.counted for stretch in found.stretches), timedelta()) == limit.length
    if clock is not DAY:  # a working day begins at a working moment; the stretch before it is skipped
        assert counted_between(start, due, clock, CALENDAR) == limit.length
        assert counted_between(due, start, clock, CALENDAR) == -limit.length


def shown(start: str, amount: float, clock: ClockKind) -> list[tuple[str, str, str]]:
    found = deadline(at(start), Limit(amount, clock), CALENDAR)
    return [
        (to_local(part.start).strftime("%d %H:%M"), to_local(part.end).strftime("%d %H:%M"), part.skipped or "counted")
        for part in found.stretches
    ]


def test_stretches_tell_lunch_night_and_weekend_apart() -> None:
    assert shown("2026-03-20 11:00", 4.5, HOUR) == [
        ("20 11:00", "20 12:00", "counted"),
        ("20 12:00", "20 14:00", "off_hours"),
        ("20 14:00", "20 17:30", "counted"),
    ]
    assert shown("2026-03-20 17:00", 1, HOUR) == [
        ("20 17:00", "20 17:30", "counted"),
        ("20 17:30", "23 08:30", "weekend"),
        ("23 08:30", "23 09:00", "counted"),
    ]


def test_stretch_names_its_holiday() -> None:
    found = deadline(at("2026-09-30 17:00"), Limit(1, HOUR), CALENDAR)
    skipped = found.stretches[1]
    assert (skipped.skipped, skipped.holidays) == (SkipReason.HOLIDAY, ("national_day",))
    assert found.unknown_years == ()


def test_working_day_skips_what_lies_before_its_start() -> None:
    assert shown("2026-03-20 20:00", 1, DAY) == [
        ("20 20:00", "23 08:30", "weekend"),
        ("23 08:30", "24 08:30", "counted"),
    ]


def test_unknown_year_is_flagged_and_counted_as_weekdays() -> None:
    """1 January 2027 is a Friday: nobody knows here that it is off, and the answer says so."""
    found = deadline(at("2026-12-31 17:00"), Limit(1, HOUR), CALENDAR)
    assert to_local(found.due_at).strftime(MOMENT) == "2027-01-01 09:00"
    assert found.unknown_years == (2027,)
    assert deadline(at("2026-12-31 23:30"), Limit(2, EMERGENCY), CALENDAR).unknown_years == ()


def test_holiday_added_moves_the_deadline() -> None:
    days = dict(CALENDAR.holidays) | {date(2027, 1, 1): "new_year"}
    later = Calendar(CALENDAR.hours, days, CALENDAR.workdays, CALENDAR.known_years | {2027})
    found = deadline(at("2026-12-31 17:00"), Limit(1, HOUR), later)
    assert (to_local(found.due_at).strftime(MOMENT), found.unknown_years) == ("2027-01-04 09:00", ())


def test_earlier_limit_wins_when_there_are_two() -> None:
    limits = (Limit(5, DAY), Limit(2, EMERGENCY))
    assert earliest_due(at("2026-03-18 23:00"), limits, CALENDAR).due_at == at("2026-03-19 01:00")
    slow = (Limit(1, HOUR), Limit(8, HOUR))
    assert earliest_due(at("2026-03-18 09:00"), slow, CALENDAR).due_at == at("2026-03-18 10:00")


def test_calendar_is_refused_when_it_contradicts_itself() -> None:
    day = date(2026, 10, 1)
    with pytest.raises(CalendarContradiction) as refused:
        Calendar(CALENDAR.hours, {day: "national_day"}, frozenset({day}))
    assert refused.value.values == {"day": "2026-10-01"}


def test_nonsense_is_refused() -> None:
    for amount in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="limit"):
            Limit(amount, HOUR)
    with pytest.raises(ValueError, match="hours"):
        Calendar(())
    with pytest.raises(ValueError, match="naive"):
        due_at(datetime(2026, 3, 18), Limit(1, HOUR), CALENDAR)  # noqa: DTZ001


def test_calendar_without_working_days_is_noticed() -> None:
    every = {date(2026, 1, 1) + timedelta(days=number): "x" for number in range(41_000)}
    with pytest.raises(ValueError, match="no working days"):
        due_at(at("2026-03-18 09:00"), Limit(1, HOUR), Calendar(parse_windows("9:00-17:00"), every))


moments = st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001
limits = st.builds(Limit, st.integers(1, 40), st.sampled_from(ClockKind))


@given(start=moments, limit=limits, wait=st.timedeltas(timedelta(), timedelta(days=9)))
def test_any_deadline_is_whole_and_never_runs_backwards(start: datetime, limit: Limit, wait: timedelta) -> None:
    found = deadline(start, limit, CALENDAR)
    stretches = found.stretches
    assert stretches[0].start == start
    assert stretches[-1].end == found.due_at
    assert all(before.end == after.start for before, after in pairwise(stretches))
    assert sum((stretch.counted for stretch in stretches), timedelta()) == limit.length
    assert due_at(start + wait, limit, CALENDAR) >= found.due_at
    if limit.clock in (HOUR, DAY):
        due = to_local(found.due_at - timedelta(microseconds=1))
        assert CALENDAR.is_working(due.date())
    if limit.clock is HOUR:
        assert any(window.start <= due.hour * 60 + due.minute < window.end for window in CALENDAR.hours)


@given(
    start=moments,
    first=st.timedeltas(timedelta(), timedelta(days=9)),
    second=st.timedeltas(timedelta(), timedelta(days=9)),
)
def test_counted_time_adds_up(start: datetime, first: timedelta, second: timedelta) -> None:
    for clock in ClockKind:
        middle, end = start + first, start + first + second
        parts = counted_between(start, middle, clock, CALENDAR) + counted_between(middle, end, clock, CALENDAR)
        assert counted_between(start, end, clock, CALENDAR) == parts <= first + second


def test_due_soon_horizon_is_one_working_hour_ahead() -> None:
    """What look/LOOK.md calls 临期: less than one working hour left, over lunch and over night."""
    soon = load_profile("licun").thresholds.due_soon.limit
    assert due_at(at("2026-03-18 11:40"), soon, CALENDAR) == at("2026-03-18 14:40")
    assert due_at(at("2026-03-18 16:45"), soon, CALENDAR) == at("2026-03-19 08:45")


def test_clock_time_of_a_late_evening_stays_on_its_date() -> None:
    assert deadline(from_local(date(2026, 3, 18), time(23, 30)), Limit(1, PLAIN), CALENDAR).due_at == at(
        "2026-03-19 23:30"
    )
