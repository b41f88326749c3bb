"""Who may record whose attendance, and the one way in which it is written (feature E2)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.models import Activity, Attendance, Volunteer
from db.queries import attendances as rows
from db.queries.activities import get_activity
from db.queries.areas import get_area
from db.queries.attendances import AttendanceRow
from db.queries.audit import add_audit_entry
from db.queries.volunteers import find_volunteer_by_person, get_volunteer
from domain.activities import (
    AttendanceRecord,
    AttendanceSource,
    AttendanceStatus,
    Cut,
    attendance_status,
    check_out,
    cut_of,
)
from domain.clock import local_date, to_local
from domain.errors import Refusal
from domain.hand_entries import EntryOverlaps, is_second_person
from domain.permissions import EVERYWHERE, Actor, Permission, Scope, may, require
from services.activities.attendance_records import ceiling, record_of, store_record
from services.activities.calendar import works_for
from services.points.earning import settle_attendance


class NotAVolunteer(Refusal):
    """The person is not on the roll of volunteers."""

    code = "not_a_volunteer"


@dataclass(frozen=True)
class AttendanceView(AttendanceRow):
    """An attendance as the actor sees it; ``may_confirm``: the actor is the second person that it waits for.

    ``cut``: why fewer minutes count than its times say.
    """

    status: AttendanceStatus
    may_confirm: bool
    cut: Cut | None


@dataclass
class Work:
    """One volunteer at one activity, both locked."""

    activity: Activity
    volunteer: Volunteer
    row: Attendance | None
    is_own: bool

    @property
    def record(self) -> AttendanceRecord | None:
        """The record before this action."""
        return record_of(self.row) if self.row else None

    def taken(self, session: Session) -> int:
        """Places held by others."""
        mine = self.row is not None and self.row.cancelled_at is None and self.row.queue_number is None
        return rows.count_taken_places(session, self.activity.id) - mine

    def leave_elsewhere(self, session: Session, actor: Actor, now: datetime) -> None:
        """Nobody is at two places: who comes in here has left where they are still in, and is checked out there."""
        for row, title in rows.list_inside_elsewhere(session, self.volunteer.id, self.activity.id, now):
            _let_go(session, actor, row, now, f"came to activity {self.activity.id}, left {title}")

    def save(
        self, session: Session, actor: Actor, record: AttendanceRecord, action: str, now: datetime, note: str = ""
    ) -> AttendanceView:
        """Write the record; what somebody else does stands in the audit as well."""
        row = self.row or Attendance(activity_id=self.activity.id, volunteer_id=self.volunteer.id)
        session.add(row)
        store_record(row, record, self.activity.ends_at)
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
        return saved_view(session, actor, row)


def let_all_go(session: Session, actor: Actor, activity: Activity, now: datetime) -> int:
    """Check out whoever is in at an activity that is called off now; how many.

    What they served until then counts. Nobody stays in, where no code is shown any more and a check-out later would
    count time that did not take place.
    """
    inside = rows.list_inside(session, activity.id)
    for row in inside:
        _let_go(session, actor, row, now, "cancelled")
    return len(inside)


def _let_go(session: Session, actor: Actor, row: Attendance, now: datetime, why: str) -> None:
    ends_at = get_activity(session, row.activity_id).ends_at
    store_record(row, check_out(record_of(row), max(now, row.checked_in_at or now)), ends_at)
    add_audit_entry(session, actor.user_id, "check_out", "attendance", now, row.id, why)
    settle_attendance(session, actor, row.id, now)


def refuse_overlap(session: Session, volunteer_id: int, activity_id: int, came_at: datetime, left_at: datetime) -> None:
    """Refuse (EntryOverlaps) time in which the volunteer was elsewhere: no hour counts twice."""
    found = rows.find_overlap(session, volunteer_id, activity_id, came_at, left_at)
    if found is not None:
        title, came, left = found
        raise EntryOverlaps(title=title, starts=f"{to_local(came):%m-%d %H:%M}", ends=f"{to_local(left):%H:%M}")


def open_work(
    session: Session,
    actor: Actor,
    activity_id: int,
    volunteer_id: int | None,
    now: datetime,
    *,
    past: bool = False,
    lock: bool = True,
) -> Work:
    """The activity and the volunteer, locked, after asking whether the actor may record that volunteer there.

    ``volunteer_id`` None = oneself; ``past``: who was on the roll on the day of the activity; ``lock`` False: to look.
    """
    is_own = volunteer_id is None
    require(actor, Permission.ACTIVITY_JOIN if is_own else Permission.ATTENDANCE_RECORD)
    activity = get_activity(session, activity_id, lock=lock)
    volunteer = _own(session, actor) if volunteer_id is None else _other(session, actor, activity, volunteer_id)
    day = local_date(activity.starts_at if past else now)
    if not (volunteer.joined_on <= day and (volunteer.left_on is None or day < volunteer.left_on)):
        raise NotAVolunteer()
    return Work(activity, volunteer, rows.find_attendance(session, activity_id, volunteer.id, lock=lock), is_own)


def _own(session: Session, actor: Actor) -> Volunteer:
    found = find_volunteer_by_person(session, actor.person_id) if actor.person_id is not None else None
    if found is None:
        raise NotAVolunteer()
    return found


def _other(session: Session, actor: Actor, activity: Activity, volunteer_id: int) -> Volunteer:
    """Somebody of the actor's areas, or somebody who already stands on the list of an activity held for them."""
    scope = scope_at(session, actor, activity)
    if scope.everywhere and not actor.scope.everywhere:
        listed = rows.find_attendance(session, activity.id, volunteer_id) is not None
        scope = EVERYWHERE if listed else actor.scope
    return get_volunteer(session, volunteer_id, scope)


def scope_at(session: Session, actor: Actor, activity: Activity) -> Scope:
    """What of an activity's attendance the actor may see: all of it where it is held for the actor's area."""
    path = get_area(session, activity.area_id).path if activity.area_id is not None else None
    return EVERYWHERE if works_for(actor, path, activity.created_by) else actor.scope


def saved_view(session: Session, actor: Actor, row: Attendance) -> AttendanceView:
    """The row as it stands now."""
    session.flush()
    return view_of(actor, rows.get_attendance_row(session, row.id))


def view_of(actor: Actor, row: AttendanceRow) -> AttendanceView:
    """The row as the actor sees it."""
    status = attendance_status(record_of(row))
    confirms = status is AttendanceStatus.TO_CONFIRM and may_answer(actor, row.entered_by, row.person_id)
    cut = cut_of(record_of(row), row.minutes, ceiling())
    return AttendanceView(**vars(row), status=status, may_confirm=confirms, cut=cut)


def may_answer(actor: Actor, first: int | None, attendee: int) -> bool:
    """Whether the actor may be the second person for what an account (``first``) said of somebody's attendance."""
    second = is_second_person(first, actor.accounts, attendee == actor.person_id)
    return second and may(actor, Permission.ATTENDANCE_RECORD)
