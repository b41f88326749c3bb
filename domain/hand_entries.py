"""Entries by hand and corrections of attendances: what they may say, and their second person (feature E2)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from domain.activities import (
    AlreadyCheckedIn,
    AttendanceRecord,
    AttendanceSource,
    AttendanceStatus,
    CheckOutBeforeCheckIn,
    attendance_status,
    minutes_of,
)
from domain.errors import Refusal


class TooManyHours(Refusal):
    """An entry by hand over the ceiling, or in the future."""

    code = "too_many_hours"


class SecondPersonNeeded(Refusal):
    """An entry by hand is confirmed by somebody else than who entered it or whom it is about."""

    code = "second_person_needed"


class EntryOutsideActivity(Refusal):
    """An entry by hand, or a correction, whose time does not touch the activity's."""

    code = "entry_outside_activity"


class EntryOverlaps(Refusal):
    """An entry by hand, or a correction, for time in which the person served elsewhere. Values: title, starts, ends."""

    code = "entry_overlaps"


class NothingToCorrect(Refusal):
    """There are no hours yet that could be wrong, or they are what the correction says."""

    code = "nothing_to_correct"


class CorrectionWaits(Refusal):
    """A correction of this attendance waits for its second person."""

    code = "correction_waits"


class NothingToConfirm(Refusal):
    """The entry was not made by hand, or is answered already."""

    code = "nothing_to_confirm"


def enter_by_hand(
    record: AttendanceRecord | None,
    came_at: datetime,
    left_at: datetime,
    *,
    entered_by: int,
    now: datetime,
    ceiling: timedelta,
) -> AttendanceRecord:
    """An attendance written down afterwards; it counts once a second person confirms it.

    Raises AlreadyCheckedIn (the person did check in), CheckOutBeforeCheckIn, TooManyHours (over the ceiling, where a
    check-out by the clock is only cut, or not yet past).
    """
    if record is not None and record.checked_in_at is not None:
        raise AlreadyCheckedIn()
    _check_times(came_at, left_at, now, ceiling)
    signed_up_at = record.signed_up_at if record else None
    return AttendanceRecord(signed_up_at, None, came_at, left_at, AttendanceSource.MANUAL, entered_by)


def confirm_entry(
    record: AttendanceRecord, confirmed_by: int, accounts: Collection[int], confirmer_is_attendee: bool = False
) -> AttendanceRecord:
    """The record after its second person, with these ``accounts``, said yes.

    Raises NothingToConfirm, SecondPersonNeeded.
    """
    if attendance_status(record) is not AttendanceStatus.TO_CONFIRM:
        raise NothingToConfirm()
    check_second_person(True, record.entered_by, accounts, confirmer_is_attendee)
    return replace(record, confirmed_by=confirmed_by)


def check_second_person(
    is_waiting: bool, first: int | None, accounts: Collection[int], second_is_attendee: bool
) -> None:
    """Whether who has these ``accounts`` may be the second of two. Raises NothingToConfirm, SecondPersonNeeded."""
    if not is_waiting:
        raise NothingToConfirm()
    if not is_second_person(first, accounts, second_is_attendee):
        raise SecondPersonNeeded()


def is_second_person(first: int | None, accounts: Collection[int], second_is_attendee: bool) -> bool:
    """Whether a person with these ``accounts`` is another than the first (an account), and was not there."""
    return first not in accounts and not second_is_attendee


def correct(
    record: AttendanceRecord,
    came_at: datetime | None,
    left_at: datetime | None,
    now: datetime,
    ceiling: timedelta,
    minutes: int | None = None,
) -> AttendanceRecord:
    """The record as a correction would make it; both instants None = the person was not there.

    ``minutes``: those that count so far. The times may stay where fewer counted than they say, since the activity
    really ran for longer than planned.

    Raises NothingToCorrect, CheckOutBeforeCheckIn, TooManyHours (over the ceiling, or not yet past).
    """
    unchanged = (came_at, left_at) == (record.checked_in_at, record.checked_out_at)
    unchanged = unchanged and minutes in (None, minutes_of(record, ceiling))
    if attendance_status(record) is not AttendanceStatus.CHECKED_OUT or unchanged:
        raise NothingToCorrect()
    if came_at is not None or left_at is not None:
        _check_times(came_at, left_at, now, ceiling)
    return corrected(record, came_at, left_at, now)


def corrected(
    record: AttendanceRecord, came_at: datetime | None, left_at: datetime | None, now: datetime
) -> AttendanceRecord:
    """The record once a correction holds; who was not there counts as withdrawn."""
    withdrawn = now if came_at is None else None
    return replace(record, checked_in_at=came_at, checked_out_at=left_at, cancelled_at=withdrawn)


def _check_times(came_at: datetime | None, left_at: datetime | None, now: datetime, ceiling: timedelta) -> None:
    if came_at is None or left_at is None or left_at <= came_at:
        raise CheckOutBeforeCheckIn()
    if left_at - came_at > ceiling or left_at > now:
        raise TooManyHours(hours=f"{ceiling.total_seconds() / 3600:g}")
