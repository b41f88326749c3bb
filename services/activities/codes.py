"""Checking in and out by the code at the place: issue it, look at it, use it (feature E2)."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from config.settings import settings
from db.queries.activities import get_activity_row
from db.queries.attendances import find_own_attendance, list_attendances_by_activity
from db.session import reading, transaction
from domain import activities as rules
from domain.activities import ActivityOver, ActivityStatus, AttendanceSource
from domain.check_in_codes import CheckInCode, CodePurpose, read_code, step_at, write_code
from domain.clock import day_end, day_start, local_date, utc_now
from domain.errors import Refusal
from domain.names import surname_of
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.activities.attendance_records import opens_before
from services.activities.calendar import ActivityView, activity_views, list_activities_on, slot_of, works_for
from services.activities.plans import ActivityOutsideScope
from services.activities.recording import AttendanceView, Work, open_work, view_of

_LATEST = 6  # surnames that the place shows


@dataclass(frozen=True)
class Place:
    """What the tablet at the place shows: the code now, and how many came; of people the surnames of the latest."""

    activity: ActivityView
    code: str
    came: int
    inside: int
    latest: tuple[str, ...]


@dataclass(frozen=True)
class Offer:
    """What a code offers to who opened it: the press that is open (``ticket`` proves it), or why there is none.

    ``walk_in``: the person is not signed up, but a place is free; pressing takes it.
    """

    activity: ActivityView
    purpose: CodePurpose
    ticket: str
    walk_in: bool
    refusal: Refusal | None


def list_places(actor: Actor, now: datetime | None = None) -> list[ActivityView]:
    """Today's activities for which the actor may show a code, cancelled ones left out; needs ATTENDANCE_RECORD.

    One of yesterday that ended after midnight is there, too: whoever came has to go.
    """
    require(actor, Permission.ATTENDANCE_RECORD)
    now = now or utc_now()
    today = local_date(now)
    found = [one for day in (today - timedelta(days=1), today) for one in list_activities_on(actor, day, now=now)]
    return [
        one
        for one in found
        if one.status is not ActivityStatus.CANCELLED
        and _is_shown_on(one.starts_at, one.ends_at, now)
        and works_for(actor, one.area_path, one.created_by)
    ]


def get_place(actor: Actor, activity_id: int, purpose: CodePurpose, now: datetime | None = None) -> Place:
    """The code to show now. Raises ActivityOutsideScope, ActivityOver (cancelled, or not of today), NotFound."""
    require(actor, Permission.ATTENDANCE_RECORD)
    now = now or utc_now()
    with reading(EVERYWHERE) as session:
        row = get_activity_row(session, activity_id)
        if not works_for(actor, row.area_path, row.created_by):
            raise ActivityOutsideScope(area=row.area or "")
        if row.cancelled_at is not None or not _is_shown_on(row.starts_at, row.ends_at, now):
            raise ActivityOver()
        found = list_attendances_by_activity(session, activity_id, EVERYWHERE)
        view = activity_views(session, actor, [row], now)[0]
    came = sorted(
        (one for one in found if one.checked_in_at is not None and one.source != AttendanceSource.MANUAL),
        key=lambda one: one.checked_out_at or one.checked_in_at or now,
    )
    inside = sum(one.checked_out_at is None for one in came)
    latest = tuple(surname_of(one.name) for one in reversed(came[-_LATEST:]))
    code = write_code(_key(), CheckInCode(activity_id, purpose, step_at(now)))
    return Place(view, code, len(came), inside, latest)


def open_code(actor: Actor, text: str, now: datetime | None = None) -> Offer:
    """What the code at the place offers to the actor; nothing is written.

    Raises CodeForged, CodeExpired, NotAVolunteer, NotFound.
    """
    require(actor, Permission.ACTIVITY_JOIN)
    now = now or utc_now()
    code = read_code(_key(), text, now)
    refusal, walk_in = None, False
    with reading(EVERYWHERE) as session:
        work = open_work(session, actor, code.activity_id, None, now, past=code.purpose is CodePurpose.OUT, lock=False)
        view = activity_views(session, actor, [get_activity_row(session, code.activity_id)], now)[0]
        walk_in = code.purpose is CodePurpose.IN and view.mine is None
        try:
            _led_to(work, code.purpose, now, taken=work.taken(session), walk_in=walk_in)
        except Refusal as error:
            refusal = error
    ticket = write_code(_key(), replace(code, step=step_at(now), holder=actor.user_id))
    return Offer(view, code.purpose, ticket, walk_in, refusal)


def use_ticket(actor: Actor, ticket: str, *, walk_in: bool = False, now: datetime | None = None) -> AttendanceView:
    """Check in or out as the ticket says. ``walk_in``: take a free place first, which the person pressed for.

    Raises CodeForged, CodeExpired, SignUpFirst, and whatever check-in and check-out refuse; nothing is then written.
    """
    require(actor, Permission.ACTIVITY_JOIN)
    now = now or utc_now()
    code = read_code(_key(), ticket, now, holder=actor.user_id)
    with transaction(EVERYWHERE) as session:
        work = open_work(session, actor, code.activity_id, None, now, past=code.purpose is CodePurpose.OUT)
        record = _led_to(work, code.purpose, now, taken=work.taken(session), walk_in=walk_in)
        if code.purpose is CodePurpose.IN:
            work.leave_elsewhere(session, actor, now)
        return work.save(session, actor, record, f"check_{code.purpose}", now)


def get_own_attendance(actor: Actor, activity_id: int) -> AttendanceView | None:
    """Where the actor stands at an activity; None for who has nothing to do with it."""
    require(actor, Permission.ACTIVITY_JOIN)
    if actor.person_id is None:
        return None
    with reading(EVERYWHERE) as session:
        found = find_own_attendance(session, activity_id, actor.person_id)
    return view_of(actor, found) if found else None


def _led_to(work: Work, purpose: CodePurpose, now: datetime, *, taken: int, walk_in: bool) -> rules.AttendanceRecord:
    if purpose is CodePurpose.OUT:
        return rules.check_out(work.record, now)
    if not walk_in:
        rules.require_sign_up(work.record)
    return rules.check_in(
        slot_of(work.activity), work.record, now, taken=taken, opens_before=opens_before(), source=AttendanceSource.CODE
    )


def _is_shown_on(starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """From the day's beginning until the end of the day on which the activity ends."""
    return day_start(local_date(starts_at)) <= now < day_end(local_date(ends_at))


def _key() -> bytes:
    return hmac.new(settings().resolved_secret().encode(), b"check-in code", hashlib.sha256).digest()
