"""Corrections of attendances: a new record each, confirmed by a second person, never written over (feature E2)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.models import Activity, Attendance, AttendanceCorrection, AttendanceCorrectionAnswer
from db.queries import corrections as rows
from db.queries.activities import get_activity
from db.queries.attendances import get_attendance, get_attendance_row
from db.queries.audit import add_audit_entry
from db.queries.corrections import CorrectionRow
from db.queries.receipts import add_receipt, find_receipt
from db.session import reading, transaction
from domain import activities as rules
from domain import hand_entries
from domain.clock import utc_now
from domain.errors import StaleRecord
from domain.hand_entries import EntryOutsideActivity
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.pledges import EvidenceKind
from domain.texts import clean_text
from services.activities.attendance_records import ceiling, record_of, store_record
from services.activities.recording import AttendanceView, may_answer, refuse_overlap, saved_view, scope_at
from services.pledges.earning import follow_record
from services.points.earning import settle_attendance


@dataclass(frozen=True)
class CorrectionForm:
    """What an attendance's times really were (aware), or both None = the person was not there. ``version`` as shown."""

    attendance_id: int
    came_at: datetime | None
    left_at: datetime | None
    reason: str
    version: int


@dataclass(frozen=True)
class CorrectionView(CorrectionRow):
    """A correction as the actor sees it; ``may_answer``: the actor is the second person that it waits for."""

    may_answer: bool


def correct_attendance(
    actor: Actor, form: CorrectionForm, form_key: str, now: datetime | None = None
) -> CorrectionView:
    """Ask for a correction; the same form again answers with the one that it made. Nothing counts otherwise yet.

    Raises InvalidText (a reason is needed), NothingToCorrect, CheckOutBeforeCheckIn, TooManyHours,
    EntryOutsideActivity, EntryOverlaps, CorrectionWaits, StaleRecord, NotFound.
    """
    require(actor, Permission.ATTENDANCE_RECORD)
    now = now or utc_now()
    reason = clean_text(form.reason, "correction_reason", 400)
    with transaction(EVERYWHERE) as session:
        correction_id = find_receipt(session, actor.user_id, "correction", form_key)
        if correction_id is None:
            correction_id = _ask(session, actor, form, reason, now)
            add_receipt(session, actor.user_id, "correction", form_key, correction_id, now)
            session.flush()
        return _view(actor, rows.get_correction(session, correction_id, EVERYWHERE))


def answer_correction(
    actor: Actor, correction_id: int, is_confirmed: bool, note: str = "", now: datetime | None = None
) -> AttendanceView:
    """Be the second person: with a yes the hours are the corrected ones from now on; a no needs a reason.

    Raises SecondPersonNeeded, NothingToConfirm, StaleRecord, InvalidText, NotFound.
    """
    require(actor, Permission.ATTENDANCE_RECORD)
    now = now or utc_now()
    note = clean_text(note, "reject_reason", 400, required=not is_confirmed)
    with transaction(EVERYWHERE) as session:
        asked = rows.get_correction(session, correction_id, EVERYWHERE)
        row, _ = _locked(session, actor, asked.attendance_id)
        asked = rows.get_correction(session, correction_id, EVERYWHERE)  # as it stands now that nobody else answers
        is_attendee = asked.person_id == actor.person_id
        hand_entries.check_second_person(asked.is_confirmed is None, asked.asked_by, actor.accounts, is_attendee)
        session.add(
            AttendanceCorrectionAnswer(
                correction_id=correction_id, is_confirmed=is_confirmed, note=note, answered_by=actor.user_id or None,
                answered_at=now,
            )
        )  # fmt: skip
        add_audit_entry(
            session, actor.user_id, "confirm" if is_confirmed else "reject", "correction", now, row.id, note
        )
        if is_confirmed:
            _apply(session, actor, row, asked, now)
        return saved_view(session, actor, row)


def list_corrections(actor: Actor, attendance_id: int) -> list[CorrectionView]:
    """The corrections of an attendance that the actor sees, oldest first; needs VOLUNTEER_SEE."""
    require(actor, Permission.VOLUNTEER_SEE)
    with reading(EVERYWHERE) as session:
        found = get_attendance_row(session, attendance_id)
        scope = scope_at(session, actor, get_activity(session, found.activity_id))
        return [_view(actor, row) for row in rows.list_corrections(session, attendance_id, scope)]


def list_own_corrections(actor: Actor) -> list[CorrectionView]:
    """Those of one's own attendances, newest first."""
    require(actor, Permission.ACTIVITY_JOIN)
    if actor.person_id is None:
        return []
    with reading(EVERYWHERE) as session:
        return [_view(actor, row) for row in rows.list_corrections_of_person(session, actor.person_id)]


def list_waiting_corrections(actor: Actor) -> list[CorrectionView]:
    """Those that wait for a second person, oldest first."""
    require(actor, Permission.ATTENDANCE_RECORD)
    with reading(EVERYWHERE) as session:
        return [_view(actor, row) for row in rows.list_waiting_corrections(session, actor.scope)]


def list_correction_faults(session: Session) -> list[str]:
    """For ``verify``: each confirmed correction begins where the one before ended, and the last is what counts.

    Whoever was corrected away may come in again or be entered by hand: nothing follows from such a correction.
    """
    found, faults = rows.list_corrected(session), []
    for row, after in zip(found, [*found[1:], None], strict=False):
        is_last = after is None or after.attendance_id != row.attendance_id
        follows = row.now if is_last or after is None else after.before
        if row.after[2] is not None and row.after != follows:
            faults.append(f"attendance {row.attendance_id}: what counts is not what its corrections say")
    return faults


def _ask(session: Session, actor: Actor, form: CorrectionForm, reason: str, now: datetime) -> int:
    row, activity = _locked(session, actor, form.attendance_id)
    if row.version != form.version:
        raise StaleRecord()
    if rows.is_correction_waiting(session, row.id):
        raise hand_entries.CorrectionWaits()
    before = record_of(row)
    after = hand_entries.correct(before, form.came_at, form.left_at, now, ceiling(), row.minutes)
    if form.came_at and form.left_at and (form.came_at >= activity.ends_at or form.left_at <= activity.starts_at):
        raise EntryOutsideActivity()
    if form.came_at and form.left_at:
        refuse_overlap(session, row.volunteer_id, activity.id, form.came_at, form.left_at)
    made = AttendanceCorrection(
        attendance_id=row.id, came_before=before.checked_in_at, left_before=before.checked_out_at,
        minutes_before=row.minutes, came_after=after.checked_in_at, left_after=after.checked_out_at,
        minutes_after=rules.minutes_of(after, ceiling()), reason=reason, asked_by=actor.user_id or None, asked_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    add_audit_entry(session, actor.user_id, "correct", "attendance", now, row.id, reason)
    return made.id


def _apply(session: Session, actor: Actor, row: Attendance, asked: CorrectionRow, now: datetime) -> None:
    before = record_of(row)
    if (before.checked_in_at, before.checked_out_at) != (asked.came_before, asked.left_before):
        raise StaleRecord()
    after = hand_entries.corrected(before, asked.came_after, asked.left_after, now)
    store_record(row, after, get_activity(session, row.activity_id).ends_at)
    row.minutes = asked.minutes_after  # of the times that the second person confirmed, past the planned end as well
    settle_attendance(session, actor, row.id, now)
    follow_record(session, actor, EvidenceKind.ACTIVITY, row.id, now)


def _locked(session: Session, actor: Actor, attendance_id: int) -> tuple[Attendance, Activity]:
    """The attendance, locked, and its activity; NotFound for who works neither for the volunteer nor the activity."""
    activity = get_activity(session, get_attendance_row(session, attendance_id).activity_id)
    return get_attendance(session, attendance_id, scope_at(session, actor, activity)), activity


def _view(actor: Actor, row: CorrectionRow) -> CorrectionView:
    waits = row.is_confirmed is None
    return CorrectionView(**vars(row), may_answer=waits and may_answer(actor, row.asked_by, row.person_id))
