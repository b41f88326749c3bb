"""Attendance: signing up, checking in and out, entries by hand and their second person (feature E2).

Whoever names a volunteer other than oneself needs ATTENDANCE_RECORD and must see that volunteer, or work for the
activity's area.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.models import Attendance
from db.queries import attendances as rows
from db.queries.activities import get_activity
from db.queries.audit import add_audit_entry
from db.queries.volunteers import get_volunteer
from db.session import reading, transaction
from domain import activities as rules
from domain import hand_entries
from domain.activities import AttendanceRecord, AttendanceSource, AttendanceStatus, attendance_status
from domain.clock import utc_now
from domain.errors import StaleRecord
from domain.permissions import EVERYWHERE, Actor, Permission, Scope, require
from domain.texts import clean_text
from services.activities.attendance_records import ceiling, opens_before, record_of, store_record
from services.activities.calendar import slot_of
from services.activities.recording import AttendanceView, Work, open_work, refuse_overlap, saved_view, scope_at, view_of
from services.activities.waiting import move_up_waiting
from services.points.earning import settle_attendance


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
        scope = scope_at(session, actor, get_activity(session, activity_id))
        return [view_of(actor, row) for row in rows.list_attendances_by_activity(session, activity_id, scope)]


def list_own_attendances(actor: Actor, limit: int = 50) -> list[AttendanceView]:
    """One's own, newest activity first; empty for somebody who is no volunteer."""
    require(actor, Permission.ACTIVITY_JOIN)
    if actor.person_id is None:
        return []
    with reading(Scope(person_id=actor.person_id)) as session:
        return [view_of(actor, row) for row in rows.list_attendances_by_person(session, actor.person_id, limit)]


def list_attendances_of(actor: Actor, volunteer_id: int, limit: int = 50) -> list[AttendanceView]:
    """A volunteer's, newest activity first. Raises NotFound for one whom the actor may not see."""
    require(actor, Permission.VOLUNTEER_SEE)
    with reading(EVERYWHERE) as session:
        volunteer = get_volunteer(session, volunteer_id, actor.scope)
        return [view_of(actor, row) for row in rows.list_attendances_by_person(session, volunteer.person_id, limit)]


def list_waiting_entries(actor: Actor) -> list[AttendanceView]:
    """Entries by hand that wait for a second person, oldest first."""
    require(actor, Permission.ATTENDANCE_RECORD)
    with reading(EVERYWHERE) as session:
        return [view_of(actor, row) for row in rows.list_waiting_entries(session, actor.scope)]


def sign_up(
    actor: Actor, activity_id: int, volunteer_id: int | None = None, now: datetime | None = None
) -> AttendanceView:
    """Sign up oneself, or a volunteer; where all places are taken on the waiting list, in order.

    Raises NotAVolunteer, ActivityOver, AlreadySignedUp, NotFound.
    """
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        work = open_work(session, actor, activity_id, volunteer_id, now)
        number = rows.next_queue_number(session, activity_id)
        record = rules.sign_up(slot_of(work.activity), work.taken(session), work.record, now, number)
        return work.save(session, actor, record, "sign_up", now)


def withdraw(
    actor: Actor, activity_id: int, volunteer_id: int | None = None, now: datetime | None = None
) -> AttendanceView:
    """Give the place back; the first who waits gets it. Raises NotSignedUp, AlreadyCheckedIn, ActivityOver."""
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        work = open_work(session, actor, activity_id, volunteer_id, now)
        record = rules.cancel_sign_up(slot_of(work.activity), work.record, now)
        saved = work.save(session, actor, record, "withdraw", now)
        move_up_waiting(session, work.activity, now)
        return saved


def check_in(actor: Actor, activity_id: int, volunteer_id: int, now: datetime | None = None) -> AttendanceView:
    """Record a volunteer who comes in, signed up or while a place is free. Oneself: services/activities/codes.py.

    Raises AlreadyCheckedIn, CheckInTooEarly, ActivityOver, ActivityFull, OnWaitingList.
    """
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        work = open_work(session, actor, activity_id, volunteer_id, now)
        record = rules.check_in(
            slot_of(work.activity),
            work.record,
            now,
            taken=work.taken(session),
            opens_before=opens_before(),
            source=AttendanceSource.LEADER,
        )
        work.leave_elsewhere(session, actor, now)
        return work.save(session, actor, record, "check_in", now)


def check_out(
    actor: Actor,
    activity_id: int,
    volunteer_id: int,
    *,
    at_the_end: bool = False,
    now: datetime | None = None,
) -> AttendanceView:
    """Record a volunteer who leaves; hours = out − in under the ceiling, and up to the grace after the end.

    Raises NotCheckedIn, AlreadyCheckedOut, CheckOutBeforeCheckIn.

    ``at_the_end``: for somebody who forgot; the planned end counts instead of the clock, once that is past.
    """
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        work = open_work(session, actor, activity_id, volunteer_id, now, past=True)
        left_at = _leaving(work, min(now, work.activity.ends_at) if at_the_end else now)
        return work.save(session, actor, rules.check_out(work.record, left_at), "check_out", now)


def _leaving(work: Work, at: datetime) -> datetime:
    """When who is said to leave ``at`` has left: not after the activity was called off."""
    cancelled, came = work.activity.cancelled_at, work.row.checked_in_at if work.row else None
    return at if cancelled is None else min(at, max(cancelled, came or cancelled))


def check_out_everybody(actor: Actor, activity_id: int, now: datetime | None = None) -> int:
    """Check out all who are in and whom the actor may record, once the activity is over at its planned end."""
    require(actor, Permission.ATTENDANCE_RECORD)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        scope = scope_at(session, actor, get_activity(session, activity_id, lock=True))
        inside = [
            row.volunteer_id
            for row in rows.list_attendances_by_activity(session, activity_id, scope)
            if attendance_status(record_of(row)) is AttendanceStatus.CHECKED_IN
        ]
        for volunteer_id in sorted(inside):  # one order everywhere: their accounts of points are held one by one
            work = open_work(session, actor, activity_id, volunteer_id, now, past=True)
            left_at = _leaving(work, min(now, work.activity.ends_at))
            work.save(session, actor, rules.check_out(work.record, left_at), "check_out", now)
    return len(inside)


def enter_attendance(actor: Actor, form: ManualForm, now: datetime | None = None) -> AttendanceView:
    """Write down an attendance afterwards; it counts once a second person confirms it.

    Raises InvalidText (a reason is needed), AlreadyCheckedIn, CheckOutBeforeCheckIn, TooManyHours, ActivityOver (it
    was cancelled), EntryOutsideActivity, EntryOverlaps, NotFound.
    """
    require(actor, Permission.ATTENDANCE_RECORD)
    now = now or utc_now()
    reason = clean_text(form.reason, "manual_reason", 400)
    with transaction(EVERYWHERE) as session:
        work = open_work(session, actor, form.activity_id, form.volunteer_id, now, past=True)
        if work.activity.cancelled_at is not None:
            raise rules.ActivityOver()
        record = hand_entries.enter_by_hand(
            work.record, form.came_at, form.left_at, entered_by=actor.user_id, now=now, ceiling=ceiling()
        )
        if form.came_at >= work.activity.ends_at or form.left_at <= work.activity.starts_at:
            raise hand_entries.EntryOutsideActivity()
        refuse_overlap(session, work.volunteer.id, work.activity.id, form.came_at, form.left_at)
        return work.save(session, actor, record, "enter", now, note=reason)


def confirm_entry(actor: Actor, attendance_id: int, version: int, now: datetime | None = None) -> AttendanceView:
    """Be the second person. Raises SecondPersonNeeded, NothingToConfirm, StaleRecord, NotFound."""
    require(actor, Permission.ATTENDANCE_RECORD)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        row, is_own = _waiting(session, actor, attendance_id, version)
        confirmed = hand_entries.confirm_entry(record_of(row), actor.user_id, actor.accounts, is_own)
        store_record(row, confirmed, get_activity(session, row.activity_id).ends_at)
        add_audit_entry(session, actor.user_id, "confirm", "attendance", now, row.id)
        settle_attendance(session, actor, row.id, now)
        return saved_view(session, actor, row)


def reject_entry(
    actor: Actor, attendance_id: int, reason: str, version: int, now: datetime | None = None
) -> AttendanceView:
    """Turn an entry by hand down: its times are taken out, the record of who entered and who refused what stays."""
    require(actor, Permission.ATTENDANCE_RECORD)
    now = now or utc_now()
    reason = clean_text(reason, "reject_reason", 400)
    with transaction(EVERYWHERE) as session:
        row, is_own = _waiting(session, actor, attendance_id, version)
        # who may not say yes may not say no either
        hand_entries.confirm_entry(record_of(row), actor.user_id, actor.accounts, is_own)
        detail = f"{row.checked_in_at} – {row.checked_out_at}, entered by {row.entered_by}: {row.note} / {reason}"
        store_record(row, AttendanceRecord(row.signed_up_at, now), get_activity(session, row.activity_id).ends_at)
        row.note = reason
        add_audit_entry(session, actor.user_id, "reject", "attendance", now, row.id, detail)
        settle_attendance(session, actor, row.id, now)
        return saved_view(session, actor, row)


def _waiting(session: Session, actor: Actor, attendance_id: int, version: int) -> tuple[Attendance, bool]:
    row = rows.get_attendance(session, attendance_id, actor.scope)
    if row.version != version:
        raise StaleRecord()
    volunteer = get_volunteer(session, row.volunteer_id, EVERYWHERE)
    return row, volunteer.person_id == actor.person_id
