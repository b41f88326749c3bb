"""What a deadline is counted from, read off a timeline; and pauses and extensions for any limit."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.clock_runs import ClockEntry, Run, run_of
from domain.clocks import Calendar, ClockKind, Limit, Pause, SkipReason, deadline
from domain.hours import parse_windows
from domain.incidents import IncidentAction

A = IncidentAction
START = datetime(2026, 3, 18, 1, 0, tzinfo=UTC)  # Wednesday 9:00 in Shanghai
CALENDAR = Calendar(parse_windows("08:30-12:00, 14:00-17:30"), known_years=frozenset(range(2020, 2030)))
HOURS = Limit(4, ClockKind.WORKING_HOUR)


def counted(start: datetime, limit: Limit) -> dict[str, Any]:
    return {
        "counted_from": start.isoformat(), "due_at": deadline(start, limit, CALENDAR).due_at.isoformat(),
        "limit": {"amount": limit.amount, "clock": limit.clock.value},
    }  # fmt: skip


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


REPORT = ClockEntry(A.REPORT, START, counted(START, HOURS))
EXTEND = ClockEntry(A.EXTEND, at(1), {"added": {"amount": 2.0, "clock": "working_hour"}, "due_at": "x"})


def test_a_report_begins_a_run() -> None:
    assert run_of([REPORT]) == Run(START, HOURS)
    assert run_of([]) is None


def test_suspensions_and_extensions_are_kept() -> None:
    stands = run_of([REPORT, EXTEND, ClockEntry(A.SUSPEND, at(2), {})])
    assert stands == Run(START, HOURS, (2.0,), (), at(2))
    goes_on = run_of([REPORT, EXTEND, ClockEntry(A.SUSPEND, at(2), {}), ClockEntry(A.RESUME, at(5), {"due_at": "x"})])
    assert goes_on == Run(START, HOURS, (2.0,), (Pause(at(2), at(5)),))
    assert stands is not None
    assert stands.resumed(at(5)) == goes_on


def test_a_recount_moves_the_deadline_and_not_its_start() -> None:
    assert run_of([REPORT, ClockEntry(A.RECOUNT, at(1), {"due_at": "x"})]) == Run(START, HOURS)


def test_a_reopening_starts_without_the_extension() -> None:
    again = ClockEntry(A.REOPEN, at(30), counted(at(30), HOURS))
    assert run_of([REPORT, EXTEND, again]) == Run(at(30), HOURS)


def test_another_class_keeps_the_extension_only_on_the_same_clock() -> None:
    same = ClockEntry(A.UPDATE, at(1), counted(START, Limit(8, ClockKind.WORKING_HOUR)))
    other = ClockEntry(A.UPDATE, at(1), counted(START, Limit(1, ClockKind.WORKING_DAY)))
    assert run_of([REPORT, EXTEND, same]) == Run(START, Limit(8, ClockKind.WORKING_HOUR), (2.0,))
    assert run_of([REPORT, EXTEND, other]) == Run(START, Limit(1, ClockKind.WORKING_DAY))


def test_a_deadline_set_by_hand_is_counted_from_nothing() -> None:
    assert run_of([REPORT, ClockEntry(A.UPDATE, at(1), {"due_at": at(9).isoformat()})]) is None


moments = st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001
limits = st.builds(Limit, st.integers(1, 20), st.sampled_from(ClockKind))
lengths = st.timedeltas(timedelta(), timedelta(days=6))


@given(start=moments, limit=limits, before=lengths, stands=lengths)
def test_a_pause_never_shortens_and_what_counts_is_the_limit(
    start: datetime, limit: Limit, before: timedelta, stands: timedelta
) -> None:
    pause = Pause(start + before, start + before + stands)
    plain, found = deadline(start, limit, CALENDAR), deadline(start, limit, CALENDAR, [pause])
    assert found.due_at >= plain.due_at
    assert sum((part.counted for part in found.stretches), timedelta()) == limit.length
    assert found.stretches[0].start == start
    assert all(first.end == second.start for first, second in pairwise(found.stretches))
    assert not any(
        part.counted and part.start < pause.end and part.end > pause.start for part in found.stretches
    )  # nothing counts while it stands
    if pause.start >= plain.due_at:
        assert found == plain


@given(start=moments, limit=limits, more=st.integers(1, 10), before=lengths, stands=lengths)
def test_an_extension_counts_like_the_limit_itself(
    start: datetime, limit: Limit, more: int, before: timedelta, stands: timedelta
) -> None:
    pauses = (Pause(start + before, start + before + stands),)
    extended = Run(start, limit, (float(more),), pauses).deadline(CALENDAR)
    assert extended == deadline(start, Limit(limit.amount + more, limit.clock), CALENDAR, pauses)
    assert extended.due_at > Run(start, limit, (), pauses).deadline(CALENDAR).due_at


def test_suspended_time_shows_as_such() -> None:
    parts = deadline(START, HOURS, CALENDAR, [Pause(at(1), at(25))]).stretches
    assert [part.skipped for part in parts] == [None, SkipReason.SUSPENDED, None, SkipReason.OFF_HOURS, None]
