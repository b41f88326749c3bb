"""Activities: signing up, checking in and out, hours (feature E2). Entries by hand: domain/hand_entries.py."""

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


def _check_on(slot: Slot, now: datetime) -> None:
    if activity_status(slot, now) in (ActivityStatus.CANCELLED, ActivityStatus.ENDED):
        raise ActivityOver()
