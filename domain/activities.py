"""Activities: signing up, checking in and out, hours, and entries by hand (feature E2)."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import Refusal
from domain.periods import FIRST_YEAR, LAST_YEAR


class ActivityStatus(StrEnum):
    """Where an activity stands at an instant; computed, never stored."""

    PLANNED = "planned"
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"


class AttendanceSource(StrEnum):
    """Who recorded the coming and going. SELF is of the time before the codes: oneself, wherever one was."""

    SELF = "self"
    CODE = "code"
    LEADER = "leader"
    MANUAL = "manual"


class AttendanceStatus(StrEnum):
    """Where one person's attendance stands."""

    SIGNED_UP = "signed_up"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    TO_CONFIRM = "to_confirm"


class Cut(StrEnum):
    """Why fewer hours count than were spent."""

    CEILING = "ceiling"
    PAST_END = "past_end"


class InvalidActivityTime(Refusal):
    """An activity that ends before it starts, lasts longer than a day, or lies in a year of no calendar."""

    code = "invalid_activity_time"


class ActivityOver(Refusal):
    """The activity is cancelled or over."""

    code = "activity_over"


class ActivityFull(Refusal):
    """All places are taken."""

    code = "activity_full"


class OnWaitingList(Refusal):
    """The person waits for a place and has none yet."""

    code = "on_waiting_list"


class AlreadySignedUp(Refusal):
    """This person is signed up already."""

    code = "already_signed_up"


class NotSignedUp(Refusal):
    """There is nothing to cancel."""

    code = "not_signed_up"


class SignUpFirst(Refusal):
    """The code at the place, in the hand of somebody who is not signed up."""

    code = "sign_up_first"


class CheckInTooEarly(Refusal):
    """The doors are not open yet."""

    code = "check_in_too_early"


class AlreadyCheckedIn(Refusal):
    """A second check-in."""

    code = "already_checked_in"


class NotCheckedIn(Refusal):
    """A check-out without a check-in."""

    code = "not_checked_in"


class AlreadyCheckedOut(Refusal):
    """A second check-out."""

    code = "already_checked_out"


class CheckOutBeforeCheckIn(Refusal):
    """Out before in."""

    code = "check_out_before_check_in"


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


LONGEST = timedelta(hours=24)


@dataclass(frozen=True)
class Slot:
    """When an activity takes place (aware), how many may come (None = any number), and whether it was cancelled."""

    starts_at: datetime
    ends_at: datetime
    capacity: int | None = None
    cancelled_at: datetime | None = None

    def __post_init__(self) -> None:
        no_room = self.capacity is not None and self.capacity < 1
        known = FIRST_YEAR <= self.starts_at.year <= LAST_YEAR
        if no_room or not known or not self.starts_at < self.ends_at <= self.starts_at + LONGEST:
            raise InvalidActivityTime()


@dataclass(frozen=True)
class AttendanceRecord:
    """One person at one activity. Instants are aware; the two users are account ids.

    ``queue_number``: the turn on the waiting list, None for who has a place; ``moved_up_at``: when it became one.
    """

    signed_up_at: datetime | None = None
    cancelled_at: datetime | None = None
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    source: AttendanceSource = AttendanceSource.SELF
    entered_by: int | None = None
    confirmed_by: int | None = None
    queue_number: int | None = None
    moved_up_at: datetime | None = None


def activity_status(slot: Slot, now: datetime) -> ActivityStatus:
    """Where an activity stands."""
    if slot.cancelled_at is not None:
        return ActivityStatus.CANCELLED
    if now < slot.starts_at:
        return ActivityStatus.PLANNED
    return ActivityStatus.RUNNING if now < slot.ends_at else ActivityStatus.ENDED


def attendance_status(record: AttendanceRecord) -> AttendanceStatus:
    """Where an attendance stands. An entry by hand without its second person counts for nothing yet."""
    if record.source is AttendanceSource.MANUAL and record.confirmed_by is None:
        return AttendanceStatus.TO_CONFIRM
    if record.checked_out_at is not None:
        return AttendanceStatus.CHECKED_OUT
    if record.checked_in_at is not None:
        return AttendanceStatus.CHECKED_IN
    if record.cancelled_at is not None:
        return AttendanceStatus.CANCELLED
    return AttendanceStatus.SIGNED_UP if record.queue_number is None else AttendanceStatus.WAITING


def has_place(slot: Slot, taken: int) -> bool:
    """Whether one more may come; ``taken`` = places held by others."""
    return slot.capacity is None or taken < slot.capacity


def sign_up(
    slot: Slot, taken: int, record: AttendanceRecord | None, now: datetime, next_number: int = 1
) -> AttendanceRecord:
    """The record after signing up, on the waiting list as ``next_number`` where all places are taken.

    ``taken`` = places held by others, ``record`` = an earlier one of this person. Raises ActivityOver, AlreadySignedUp.
    """
    _check_on(slot, now)
    if record is not None and (record.cancelled_at is None or record.checked_in_at is not None):
        raise AlreadySignedUp()
    return AttendanceRecord(signed_up_at=now, queue_number=None if has_place(slot, taken) else next_number)


def move_up(record: AttendanceRecord, now: datetime) -> AttendanceRecord:
    """The record of who has waited and gets the place that became free."""
    return replace(record, queue_number=None, moved_up_at=now)


def cancel_sign_up(slot: Slot, record: AttendanceRecord | None, now: datetime) -> AttendanceRecord:
    """The record after giving up the place, or the waiting. Raises NotSignedUp, AlreadyCheckedIn, ActivityOver."""
    if record is None or record.cancelled_at is not None:
        raise NotSignedUp()
    if record.checked_in_at is not None:
        raise AlreadyCheckedIn()
    _check_on(slot, now)
    return replace(record, cancelled_at=now, queue_number=None)


def require_sign_up(record: AttendanceRecord | None) -> None:
    """Raise SignUpFirst for who has not signed up, or has withdrawn."""
    if record is None or (record.cancelled_at is not None and record.checked_in_at is None):
        raise SignUpFirst()


def check_in(
    slot: Slot,
    record: AttendanceRecord | None,
    now: datetime,
    *,
    taken: int = 0,
    opens_before: timedelta = timedelta(minutes=30),
    source: AttendanceSource = AttendanceSource.SELF,
) -> AttendanceRecord:
    """The record after coming in. Who is not signed up may still come while a place is free (``taken`` by others).

    Raises AlreadyCheckedIn, CheckInTooEarly, ActivityOver, ActivityFull, OnWaitingList.
    """
    if record is not None and record.checked_in_at is not None:
        raise AlreadyCheckedIn()
    if now < slot.starts_at - opens_before:
        raise CheckInTooEarly(minutes=round(opens_before.total_seconds() / 60))
    _check_on(slot, now)
    if record is not None and attendance_status(record) is AttendanceStatus.WAITING:
        raise OnWaitingList()
    if record is None or record.cancelled_at is not None:
        if not has_place(slot, taken):
            raise ActivityFull(capacity=slot.capacity)
        record = sign_up(slot, taken, record, now)
    return replace(record, checked_in_at=now, source=source)


def check_out(record: AttendanceRecord | None, now: datetime) -> AttendanceRecord:
    """The record after leaving. Raises NotCheckedIn, AlreadyCheckedOut, CheckOutBeforeCheckIn."""
    if record is None or record.checked_in_at is None:
        raise NotCheckedIn()
    if record.checked_out_at is not None:
        raise AlreadyCheckedOut()
    if now < record.checked_in_at:
        raise CheckOutBeforeCheckIn()
    return replace(record, checked_out_at=now)


def minutes_of(record: AttendanceRecord, ceiling: timedelta, until: datetime | None = None) -> int | None:
    """Whole minutes served: out − in, at most the ceiling. None while they do not count (not out, to confirm).

    ``until``: what a check-out by the clock counts to at the latest. What somebody entered and a second person
    confirmed, the times of a correction too, counts as it is.
    """
    if attendance_status(record) is not AttendanceStatus.CHECKED_OUT:
        return None
    came, left = record.checked_in_at, record.checked_out_at
    if came is None or left is None:
        return None
    if until is not None and record.source is not AttendanceSource.MANUAL:
        left = max(came, min(left, until))
    return int(min(left - came, ceiling).total_seconds() // 60)


def cut_of(record: AttendanceRecord, minutes: int | None, ceiling: timedelta) -> Cut | None:
    """Why fewer minutes count than a record's times say; None where all of them do."""
    whole = minutes_of(record, timedelta.max)
    if minutes is None or whole is None or minutes >= whole:
        return None
    return Cut.CEILING if minutes == ceiling.total_seconds() // 60 else Cut.PAST_END


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


def _check_on(slot: Slot, now: datetime) -> None:
    if activity_status(slot, now) in (ActivityStatus.CANCELLED, ActivityStatus.ENDED):
        raise ActivityOver()
