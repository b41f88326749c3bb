"""Attendance: signing up, checking in and out, entries by hand and their second person (feature E2).

Whoever names a volunteer other than oneself needs ATTENDANCE_RECORD and must see that volunteer, or work for the
activity's area.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.models import Activity, Attendance, Volunteer
from db.queries import attendances as rows
from db.queries.activities import get_activity
from db.queries.areas import get_area
from db.queries.attendances import AttendanceRow
from db.queries.audit import add_audit_entry
from db.queries.volunteers import find_volunteer_by_person, get_volunteer
from db.session import reading, transaction
from domain import activities as rules
from domain.activities import AttendanceRecord, AttendanceSource, AttendanceStatus, attendance_status
from domain.clock import local_date, utc_now
from domain.errors import Refusal, StaleRecord
from domain.permissions import EVERYWHERE, Actor, Permission, Scope, may, require
from domain.texts import clean_text
from services.activities.attendance_records import ceiling, record_of, store_record
from services.activities.calendar import slot_of, works_for
from services.activities.waiting import move_up_waiting
from services.points.earning import settle_attendance
from services.system.installations import current_profile


class NotAVolunteer(Refusal):
    """The person is not on the roll of volunteers."""

    code = "not_a_volunteer"


class EntryOutsideActivity(Refusal):
    """An entry by hand whose time does not touch the activity's."""

    code = "entry_outside_activity"


@dataclass(frozen=True)
class AttendanceView(AttendanceRow):
    """An attendance as the actor sees it; ``may_confirm``: the actor is the second person that it waits for."""

    status: AttendanceStatus
    may_confirm: bool


@dataclass(frozen=True)
class ManualForm:
    """An attendance written down afterwards; instants aware, ``reason`` says why it was not recorded on the day."""

    activity_id: int
    volunteer_id: int
    came_at: datetime
    left_at: datetime
    reason: str


def list_attendances(actor: Actor, activity_id: int) -> list[AttendanceView]:
    """Who signed up and who came, as far as the actor's areas go; needs VOLUNTEER_SEE."""
    require(actor, Permission.VOLUNTEER_SEE)
    with reading(EVERYWHERE) as session:
        scope = _scope_at(session, actor, get_activity(session, activity_id))
        return [_view(actor, row) for row in rows.list_attendances_by_activity(session, activity_id, scope)]


def list_own_attendances(actor: Actor, limit: int = 50) -> list[AttendanceView]:
    """One's own, newest activity first; empty for somebody who is no volunteer."""
    require(actor, Permission.ACTIVITY_JOIN)
    if actor.person_id is None:
        return []
    with reading(Scope(person_id=actor.person_id)) as session:
        return [_view(actor, row) for row in rows.list_attendances_by_person(session, actor.person_id, limit)]


def list_attendances_of(actor: Actor, volunteer_id: int, limit: int = 50) -> list[AttendanceView]:
    """A volunteer's, newest activity first. Raises NotFound for one whom the actor may not see."""
    require(actor, Permission.VOLUNTEER_SEE)
    with reading(EVERYWHERE) as session:
        volunteer = get_volunteer(session, volunteer_id, actor.scope)
        return [_view(actor, row) for row in rows.list_attendances_by_person(session, volunteer.person_id, limit)]


def list_waiting_entries(actor: Actor) -> list[AttendanceView]:
    """Entries by hand that wait for a second person, oldest first."""
    require(actor, Permission.ATTENDANCE_RECORD)
    with reading(EVERYWHERE) as session:
        return [_view(actor, row) for row in rows.list_waiting_entries(session, actor.scope)]


def sign_up(
    actor: Actor, activity_id: int, volunteer_id: int | None = None, now: datetime | None = None
) -> AttendanceView:
    """Sign up oneself, or a volunteer; where all places are taken on the waiting list, in order.

    Raises NotAVolunteer, ActivityOver, AlreadySignedUp, NotFound.
    """
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        work = _open(session, actor, activity_id, volunteer_id, now)
        number = rows.next_queue_number(session, activity_id)
        record = rules.sign_up(slot_of(work.activity), work.taken(session), work.record, now, number)
        return work.save(session, actor, record, "sign_up", now)


def withdraw(
    actor: Actor, activity_id: int, volunteer_id: int | None = None, now: datetime | None = None
) -> AttendanceView:
    """Give the place back; the first who waits gets it. Raises NotSignedUp, AlreadyCheckedIn, ActivityOver."""
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        work = _open(session, actor, activity_id, volunteer_id, now)
        record = rules.cancel_sign_up(slot_of(work.activity), work.record, now)
        saved = work.save(session, actor, record, "withdraw", now)
        move_up_waiting(session, work.activity, now)
        return saved


def check_in(
    actor: Actor, activity_id: int, volunteer_id: int | None = None, now: datetime | None = None
) -> AttendanceView:
    """Come in, signed up or while a place is free. Raises AlreadyCheckedIn, CheckInTooEarly, ActivityOver, …Full,
    OnWaitingList.
    """
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        work = _open(session, actor, activity_id, volunteer_id, now)
        record = rules.check_in(
            slot_of(work.activity),
            work.record,
            now,
            taken=work.taken(session),
            opens_before=timedelta(minutes=current_profile().thresholds.check_in_minutes_before.value),
            source=AttendanceSource.SELF if work.is_own else AttendanceSource.LEADER,
        )
        return work.save(session, actor, record, "check_in", now)


def check_out(
    actor: Actor,
    activity_id: int,
    volunteer_id: int | None = None,
    *,
    at_the_end: bool = False,
    now: datetime | None = None,
) -> AttendanceView:
    """Leave; hours = out − in under the ceiling. Raises NotCheckedIn, AlreadyCheckedOut, CheckOutBeforeCheckIn.

    ``at_the_end``: for somebody who forgot; the planned end counts instead of the clock, once that is past.
    """
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        work = _open(session, actor, activity_id, volunteer_id, now, past=True)
        left_at = min(now, work.activity.ends_at) if at_the_end else now
        return work.save(session, actor, rules.check_out(work.record, left_at), "check_out", now)


def check_out_everybody(actor: Actor, activity_id: int, now: datetime | None = None) -> int:
    """Check out all who are in and whom the actor may record, once the activity is over at its planned end."""
    require(actor, Permission.ATTENDANCE_RECORD)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        scope = _scope_at(session, actor, get_activity(session, activity_id, lock=True))
        inside = [
            row.volunteer_id
            for row in rows.list_attendances_by_activity(session, activity_id, scope)
            if attendance_status(record_of(row)) is AttendanceStatus.CHECKED_IN
        ]
        for volunteer_id in sorted(inside):  # one order everywhere: their accounts of points are held one by one
            work = _open(session, actor, activity_id, volunteer_id, now, past=True)
            work.save(session, actor, rules.check_out(work.record, min(now, work.activity.ends_at)), "check_out", now)
    return len(inside)


def enter_attendance(actor: Actor, form: ManualForm, now: datetime | None = None) -> AttendanceView:
    """Write down an attendance afterwards; it counts once a second person confirms it.

    Raises InvalidText (a reason is needed), AlreadyCheckedIn, CheckOutBeforeCheckIn, TooManyHours, ActivityOver (it
    was cancelled), EntryOutsideActivity, NotFound.
    """
    require(actor, Permission.ATTENDANCE_RECORD)
    now = now or utc_now()
    reason = clean_text(form.reason, "manual_reason", 400)
    with transaction(EVERYWHERE) as session:
        work = _open(session, actor, form.activity_id, form.volunteer_id, now, past=True)
        if work.activity.cancelled_at is not None:
            raise rules.ActivityOver()
        record = rules.enter_by_hand(
            work.record, form.came_at, form.left_at, entered_by=actor.user_id, now=now, ceiling=ceiling()
        )
        if form.came_at >= work.activity.ends_at or form.left_at <= work.activity.starts_at:
            raise EntryOutsideActivity()
        return work.save(session, actor, record, "enter", now, note=reason)


def confirm_entry(actor: Actor, attendance_id: int, version: int, now: datetime | None = None) -> AttendanceView:
    """Be the second person. Raises SecondPersonNeeded, NothingToConfirm, StaleRecord, NotFound."""
    require(actor, Permission.ATTENDANCE_RECORD)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        row, is_own = _waiting(session, actor, attendance_id, version)
        store_record(row, rules.confirm_entry(record_of(row), actor.user_id, is_own))
        add_audit_entry(session, actor.user_id, "confirm", "attendance", now, row.id)
        settle_attendance(session, actor, row.id, now)
        return _saved(session, actor, row)


def reject_entry(
    actor: Actor, attendance_id: int, reason: str, version: int, now: datetime | None = None
) -> AttendanceView:
    """Turn an entry by hand down: its times are taken out, the record of who entered and who refused what stays."""
    require(actor, Permission.ATTENDANCE_RECORD)
    now = now or utc_now()
    reason = clean_text(reason, "reject_reason", 400)
    with transaction(EVERYWHERE) as session:
        row, is_own = _waiting(session, actor, attendance_id, version)
        rules.confirm_entry(record_of(row), actor.user_id, is_own)  # who may not say yes may not say no either
        detail = f"{row.checked_in_at} – {row.checked_out_at}, entered by {row.entered_by}: {row.note} / {reason}"
        store_record(row, AttendanceRecord(row.signed_up_at, now))
        row.note = reason
        add_audit_entry(session, actor.user_id, "reject", "attendance", now, row.id, detail)
        settle_attendance(session, actor, row.id, now)
        return _saved(session, actor, row)


@dataclass
class _Work:
    """One volunteer at one activity, both locked."""

    activity: Activity
    volunteer: Volunteer
    row: Attendance | None
    is_own: bool

    @property
    def record(self) -> AttendanceRecord | None:
        return record_of(self.row) if self.row else None

    def taken(self, session: Session) -> int:
        """Places held by others."""
        mine = self.row is not None and self.row.cancelled_at is None and self.row.queue_number is None
        return rows.count_taken_places(session, self.activity.id) - mine

    def save(
        self, session: Session, actor: Actor, record: AttendanceRecord, action: str, now: datetime, note: str = ""
    ) -> AttendanceView:
        row = self.row or Attendance(activity_id=self.activity.id, volunteer_id=self.volunteer.id)
        session.add(row)
        store_record(row, record)
        row.note = note or row.note or ""
        if not self.is_own and action != "enter":
            row.entered_by = actor.user_id or None
            if row.checked_in_at is not None:
                row.source = AttendanceSource.LEADER.value
        session.flush()
        if not self.is_own:
            add_audit_entry(session, actor.user_id, action, "attendance", now, row.id, note)
        if row.minutes is not None:
            settle_attendance(session, actor, row.id, now)
        return _saved(session, actor, row)


def _open(
    session: Session, actor: Actor, activity_id: int, volunteer_id: int | None, now: datetime, *, past: bool = False
) -> _Work:
    """The activity and the volunteer, locked, after asking whether the actor may record that volunteer there."""
    is_own = volunteer_id is None
    require(actor, Permission.ACTIVITY_JOIN if is_own else Permission.ATTENDANCE_RECORD)
    activity = get_activity(session, activity_id, lock=True)
    volunteer = _own(session, actor) if volunteer_id is None else _other(session, actor, activity, volunteer_id)
    day = local_date(activity.starts_at if past else now)
    if not (volunteer.joined_on <= day and (volunteer.left_on is None or day < volunteer.left_on)):
        raise NotAVolunteer()
    return _Work(activity, volunteer, rows.find_attendance(session, activity_id, volunteer.id, lock=True), is_own)


def _own(session: Session, actor: Actor) -> Volunteer:
    found = find_volunteer_by_person(session, actor.person_id) if actor.person_id is not None else None
    if found is None:
        raise NotAVolunteer()
    return found


def _other(session: Session, actor: Actor, activity: Activity, volunteer_id: int) -> Volunteer:
    """Somebody of the actor's areas, or somebody who already stands on the list of an activity held for them."""
    scope = _scope_at(session, actor, activity)
    if scope.everywhere and not actor.scope.everywhere:
        listed = rows.find_attendance(session, activity.id, volunteer_id) is not None
        scope = EVERYWHERE if listed else actor.scope
    return get_volunteer(session, volunteer_id, scope)


def _scope_at(session: Session, actor: Actor, activity: Activity) -> Scope:
    """What of an activity's attendance the actor may see: all of it where it is held for the actor's area."""
    path = get_area(session, activity.area_id).path if activity.area_id is not None else None
    return EVERYWHERE if works_for(actor, path, activity.created_by) else actor.scope


def _waiting(session: Session, actor: Actor, attendance_id: int, version: int) -> tuple[Attendance, bool]:
    row = rows.get_attendance(session, attendance_id, actor.scope)
    if row.version != version:
        raise StaleRecord()
    volunteer = get_volunteer(session, row.volunteer_id, EVERYWHERE)
    return row, volunteer.person_id == actor.person_id


def _saved(session: Session, actor: Actor, row: Attendance) -> AttendanceView:
    session.flush()
    return _view(actor, rows.get_attendance_row(session, row.id))


def _view(actor: Actor, row: AttendanceRow) -> AttendanceView:
    status = attendance_status(record_of(row))
    confirms = (
        status is AttendanceStatus.TO_CONFIRM
        and may(actor, Permission.ATTENDANCE_RECORD)
        and row.entered_by != actor.user_id
        and row.person_id != actor.person_id
    )
    return AttendanceView(**vars(row), status=status, may_confirm=confirms)
