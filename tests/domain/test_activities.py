"""Signing up, checking in and out, hours, entries by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.activities import (
    ActivityFull,
    ActivityOver,
    ActivityStatus,
    AlreadyCheckedIn,
    AlreadyCheckedOut,
    AlreadySignedUp,
    AttendanceRecord,
    AttendanceSource,
    AttendanceStatus,
    CheckInTooEarly,
    CheckOutBeforeCheckIn,
    Cut,
    InvalidActivityTime,
    NotCheckedIn,
    NotSignedUp,
    OnWaitingList,
    Slot,
    activity_status,
    attendance_status,
    cancel_sign_up,
    check_in,
    check_out,
    cut_of,
    minutes_of,
    move_up,
    sign_up,
)
from domain.hand_entries import (
    NothingToConfirm,
    NothingToCorrect,
    SecondPersonNeeded,
    TooManyHours,
    confirm_entry,
    correct,
    enter_by_hand,
)

START = datetime(2026, 3, 18, 6, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SLOT = Slot(START, START + 2 * HOUR, capacity=2)
CEILING = 8 * HOUR
BEFORE = START - 24 * HOUR


def test_status_follows_the_clock() -> None:
    moments = {BEFORE: "planned", START: "running", START + 119 * MINUTE: "running", START + 2 * HOUR: "ended"}
    assert {moment: activity_status(SLOT, moment) for moment in moments} == moments
    assert activity_status(replace(SLOT, cancelled_at=BEFORE), START) is ActivityStatus.CANCELLED


@pytest.mark.parametrize(
    ("length", "capacity"), [(timedelta(), None), (-HOUR, None), (25 * HOUR, None), (HOUR, 0), (HOUR, -1)]
)
def test_activity_is_refused_when_its_time_or_room_is_nonsense(length: timedelta, capacity: int | None) -> None:
    with pytest.raises(InvalidActivityTime):
        Slot(START, START + length, capacity)


@pytest.mark.parametrize("year", [1, 1900, 9999])
def test_activity_is_refused_in_a_year_of_no_calendar(year: int) -> None:
    with pytest.raises(InvalidActivityTime):
        Slot(START.replace(year=year, month=6), START.replace(year=year, month=6) + HOUR)


def test_sign_up_takes_a_place_while_there_is_one() -> None:
    record = sign_up(SLOT, 1, None, BEFORE)
    assert (record.signed_up_at, attendance_status(record)) == (BEFORE, AttendanceStatus.SIGNED_UP)
    assert record.queue_number is None
    assert sign_up(replace(SLOT, capacity=None), 9999, None, BEFORE).queue_number is None


def test_who_signs_up_for_a_full_activity_waits_and_moves_up() -> None:
    waiting = sign_up(SLOT, 2, None, BEFORE, 7)
    assert (waiting.queue_number, attendance_status(waiting)) == (7, AttendanceStatus.WAITING)
    with pytest.raises(AlreadySignedUp):
        sign_up(SLOT, 2, waiting, BEFORE)
    with pytest.raises(OnWaitingList):
        check_in(SLOT, waiting, START)
    gone = cancel_sign_up(SLOT, waiting, BEFORE + HOUR)
    assert (gone.queue_number, attendance_status(gone)) == (None, AttendanceStatus.CANCELLED)
    moved = move_up(waiting, BEFORE + HOUR)
    assert (moved.moved_up_at, attendance_status(moved)) == (BEFORE + HOUR, AttendanceStatus.SIGNED_UP)
    assert check_in(SLOT, moved, START, taken=2).checked_in_at == START


def test_sign_up_is_refused_when_made_twice_or_too_late() -> None:
    record = sign_up(SLOT, 0, None, BEFORE)
    with pytest.raises(AlreadySignedUp):
        sign_up(SLOT, 0, record, BEFORE)
    with pytest.raises(ActivityOver):
        sign_up(SLOT, 0, None, SLOT.ends_at)
    with pytest.raises(ActivityOver):
        sign_up(replace(SLOT, cancelled_at=BEFORE), 0, None, BEFORE)


def test_sign_up_may_be_cancelled_and_made_again() -> None:
    record = cancel_sign_up(SLOT, sign_up(SLOT, 0, None, BEFORE), BEFORE + HOUR)
    assert attendance_status(record) is AttendanceStatus.CANCELLED
    for nothing in (record, None):
        with pytest.raises(NotSignedUp):
            cancel_sign_up(SLOT, nothing, BEFORE + HOUR)
    again = sign_up(SLOT, 0, record, BEFORE + 2 * HOUR)
    assert attendance_status(again) is AttendanceStatus.SIGNED_UP
    with pytest.raises(AlreadyCheckedIn):
        cancel_sign_up(SLOT, check_in(SLOT, again, START), START)


def test_check_in_and_out_make_hours() -> None:
    record = check_in(SLOT, sign_up(SLOT, 0, None, BEFORE), START - 30 * MINUTE)
    assert attendance_status(record) is AttendanceStatus.CHECKED_IN
    assert minutes_of(record, CEILING) is None
    record = check_out(record, START + 2 * HOUR)
    assert (attendance_status(record), minutes_of(record, CEILING)) == (AttendanceStatus.CHECKED_OUT, 150)


def test_second_check_in_and_second_check_out_are_refused() -> None:
    record = check_in(SLOT, None, START)
    with pytest.raises(AlreadyCheckedIn):
        check_in(SLOT, record, START + MINUTE)
    record = check_out(record, START + HOUR)
    with pytest.raises(AlreadyCheckedIn):
        check_in(SLOT, record, START + HOUR)
    with pytest.raises(AlreadyCheckedOut):
        check_out(record, START + 2 * HOUR)


def test_out_is_refused_without_in_or_before_it() -> None:
    for nothing in (None, sign_up(SLOT, 0, None, BEFORE)):
        with pytest.raises(NotCheckedIn):
            check_out(nothing, START)
    with pytest.raises(CheckOutBeforeCheckIn):
        check_out(check_in(SLOT, None, START), START - MINUTE)


def test_check_in_is_refused_when_too_early_or_over() -> None:
    with pytest.raises(CheckInTooEarly) as refused:
        check_in(SLOT, None, START - 31 * MINUTE)
    assert refused.value.values == {"minutes": 30}
    for slot, moment in ((SLOT, SLOT.ends_at), (replace(SLOT, cancelled_at=BEFORE), START)):
        with pytest.raises(ActivityOver):
            check_in(slot, None, moment)


def test_check_in_without_sign_up_needs_a_free_place() -> None:
    walk_in = check_in(SLOT, None, START, taken=1, source=AttendanceSource.LEADER)
    assert (walk_in.signed_up_at, walk_in.source) == (START, AttendanceSource.LEADER)
    with pytest.raises(ActivityFull) as refused:
        check_in(SLOT, None, START, taken=2)
    assert refused.value.values == {"capacity": 2}
    assert check_in(SLOT, sign_up(SLOT, 1, None, BEFORE), START, taken=2).checked_in_at == START


@pytest.mark.parametrize(
    ("left", "minutes"),
    [(2 * HOUR, 120), (2.5 * HOUR, 150), (2.5 * HOUR + timedelta(seconds=59), 150), (6 * HOUR, 150)],
)
def test_a_check_out_by_the_clock_counts_to_the_end_and_its_grace(left: timedelta, minutes: int) -> None:
    record, until = check_out(check_in(SLOT, None, START), START + left), START + 2.5 * HOUR
    assert minutes_of(record, CEILING, until) == minutes
    assert record.checked_out_at == START + left, "the check-out is kept as it was"
    assert cut_of(record, minutes, CEILING) == (Cut.PAST_END if left > 3 * HOUR else None)


def test_what_a_second_person_confirmed_is_not_cut_at_the_end() -> None:
    record = confirm_entry(by_hand(START, START + 4 * HOUR), 2, (2,))
    assert minutes_of(record, CEILING, START + 2.5 * HOUR) == 240


def test_who_came_when_the_end_was_moved_before_counts_for_nothing() -> None:
    record = check_out(check_in(SLOT, None, START + HOUR), START + 2 * HOUR)
    assert minutes_of(record, CEILING, START) == 0


def test_times_that_counted_in_part_may_be_corrected_to_themselves() -> None:
    came, left = START, START + 4 * HOUR
    record = check_out(check_in(SLOT, None, came), left)
    assert correct(record, came, left, left, CEILING, 150) == record
    for counted in (240, None):
        with pytest.raises(NothingToCorrect):
            correct(record, came, left, left, CEILING, counted)


def test_hours_end_at_the_ceiling() -> None:
    record = check_out(check_in(SLOT, None, START), START + 30 * HOUR)
    assert minutes_of(record, CEILING) == 480


def by_hand(came: datetime = START, left: datetime = START + HOUR, record: AttendanceRecord | None = None):
    return enter_by_hand(record, came, left, entered_by=1, now=START + 48 * HOUR, ceiling=CEILING)


def test_entry_by_hand_counts_once_a_second_person_confirms() -> None:
    record = by_hand()
    assert (attendance_status(record), minutes_of(record, CEILING)) == (AttendanceStatus.TO_CONFIRM, None)
    with pytest.raises(SecondPersonNeeded):
        confirm_entry(record, 1, {1})
    with pytest.raises(SecondPersonNeeded):
        confirm_entry(record, 2, {2, 1})
    with pytest.raises(SecondPersonNeeded):
        confirm_entry(record, 2, {2}, confirmer_is_attendee=True)
    confirmed = confirm_entry(record, 2, {2})
    assert (confirmed.confirmed_by, minutes_of(confirmed, CEILING)) == (2, 60)
    with pytest.raises(NothingToConfirm):
        confirm_entry(confirmed, 3, {3})
    with pytest.raises(NothingToConfirm):
        confirm_entry(check_in(SLOT, None, START), 2, {2})


def test_entry_by_hand_is_refused_when_wrong() -> None:
    with pytest.raises(CheckOutBeforeCheckIn):
        by_hand(left=START)
    with pytest.raises(TooManyHours):
        by_hand(left=START + 9 * HOUR)
    with pytest.raises(TooManyHours):
        by_hand(came=START + 47 * HOUR, left=START + 49 * HOUR)
    with pytest.raises(AlreadyCheckedIn):
        by_hand(record=check_in(SLOT, None, START))


@given(stay=st.timedeltas(timedelta(), timedelta(days=3)), ceiling=st.timedeltas(timedelta(), timedelta(days=1)))
def test_minutes_never_exceed_stay_or_ceiling(stay: timedelta, ceiling: timedelta) -> None:
    minutes = minutes_of(check_out(check_in(SLOT, None, START), START + stay), ceiling)
    assert minutes is not None
    assert timedelta(minutes=minutes) <= min(stay, ceiling) < timedelta(minutes=minutes + 1)
