"""What is done to an incident after it was logged: every step by its lane's table, with a timeline entry (C3, C11)."""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session, object_session

from config.profiles import Profile
from db.models import Incident
from db.queries.handlers import list_done
from db.queries.incidents import (
    get_incident_for_update,
    get_record,
    list_events,
    list_photos,
)
from db.session import transaction
from domain.clock import local_date, to_local, utc_now
from domain.clock_runs import run_of
from domain.clocks import due_at
from domain.courses import Hands, Review
from domain.errors import Refusal, StaleRecord
from domain.incidents import (
    LEVEL_OF,
    ActionNotAllowed,
    IncidentAction,
    IncidentStatus,
    Lane,
    next_status,
    way_to_dispatch,
)
from domain.parts import CONCERNED, parts_played
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.pledges import EvidenceKind
from domain.texts import clean_text
from services.clocks.calendars import calendar_in, hold_calendar
from services.clocks.recounts import clock_entries
from services.dictionaries.current import limit_of
from services.dictionaries.work_items import refuse_unadmitted
from services.incidents.assignees import ASSIGNING, Assignee, chosen_assignee
from services.incidents.buttons import TELLING, is_called_only
from services.incidents.closings import refuse_closing
from services.incidents.courses import follow_step
from services.incidents.linked_cases import follow_main, refuse_step_of_linked
from services.incidents.photos import Photo, add_photos, prepare_photos
from services.incidents.regrids import to_present_area
from services.incidents.reports import deadline_detail
from services.incidents.views import IncidentView, look_at, view_of
from services.pledges.earning import follow_record
from services.system.installations import current_profile
from services.timelines.entries import TimelineEntry, add_entry, detail_text
from services.whistles.calls import refuse_unanswered

NOTE_LENGTH = 1000
_A, _S = IncidentAction, IncidentStatus
ENDING = frozenset({_A.VERIFY, _A.CLOSE})
_COUNTING = frozenset({_A.REOPEN, _A.RESUME})  # they set a deadline
SHOWING_RESULTS = frozenset({_A.FEED_BACK, _A.VERIFY, _A.CLOSE, _A.EVALUATE})  # their photos show the place after


class ResultRequired(Refusal):
    """A feedback says what was done, in words or by a photo."""

    code = "result_required"


class ReviewDateRequired(Refusal):
    """Who suspends a case says on which later day it is looked at again."""

    code = "review_date_required"


class IncidentChanged(StaleRecord):
    """Somebody did something to the case since it was shown. Values: name, action (key of its text), time."""

    code = "incident_changed"


class ReopenTooLate(Refusal):
    """It was closed longer ago than the profile's days: a new report is needed. Values: days."""

    code = "reopen_too_late"


@dataclass(frozen=True)
class _Step:
    """One call of ``act_on_incident``, cleaned."""

    actor: Actor
    action: IncidentAction
    note: str
    photos: list[Photo]
    assignee_id: int | None
    review_on: date | None
    standard_confirmed: bool
    now: datetime


def act_on_incident(
    actor: Actor,
    incident_id: int,
    action: IncidentAction,
    version: int,
    note: str = "",
    photos: tuple[bytes, ...] = (),
    assignee_id: int | None = None,
    review_on: date | None = None,
    standard_confirmed: bool = False,
    now: datetime | None = None,
) -> IncidentView:
    """Do one step of the incident's lane. ``version`` is the one that was on the screen.

    ``assignee_id``: to whom it goes, for SUSPEND who looks at it again on the Shanghai day ``review_on``.
    ``standard_confirmed``: who closes says that the closing standard of its class is met. DISPATCH does what the lane
    wants before it (way_to_dispatch) in the same transaction, each with its own entry.
    The same step sent twice by the same person is done once. Raises NotFound, IncidentChanged, the refusals of
    domain.incidents.next_status, ResultRequired, AssigneeRequired, AssigneeNotSuitable, NoSuchLevel,
    CaseIsLinked, ReviewDateRequired, ReopenTooLate, WhistleUnanswered, StandardNotConfirmed, PhotoRequired,
    WorkNotAdmitted, and those of texts and photos.
    """
    require(actor, Permission.INCIDENT_SEE)
    profile = current_profile()
    note = clean_text(note, "note", NOTE_LENGTH, required=False)
    step = _Step(actor, action, note, prepare_photos(photos), assignee_id, review_on, standard_confirmed,
                 now or utc_now())  # fmt: skip
    with transaction(EVERYWHERE) as session:
        if action in _COUNTING:
            hold_calendar(session, profile)
        incident = get_incident_for_update(session, actor.scope, incident_id)
        if not _is_repeat(session, incident, step, version):
            refuse_stale(incident, version)
            refuse_step_of_linked(session, incident, action)
            for part in _parts_of(profile, incident, step):
                _do(session, profile, incident, part)
        return view_in(session, profile, incident.id, step.now)


def _is_repeat(session: Session, incident: Incident, step: _Step, version: int) -> bool:
    if version >= incident.version or not step.actor.user_id:
        return False
    last = list_events(session, incident.id)[-1]
    if (last.user_id, last.action, last.note) != (step.actor.user_id, step.action.value, step.note):
        return False
    said = json.loads(last.detail or "{}")
    kept = {photo.sha256 for photo in list_photos(session, incident.id)}
    return (
        (step.assignee_id is None or step.assignee_id in (said.get("hands", [None])[0], said.get("review_by_id")))
        and (step.review_on is None or said.get("review_on") == step.review_on.isoformat())
        and {photo.sha256 for photo in step.photos} <= kept
    )


def refuse_stale(incident: Incident, version: int) -> None:
    """Refuse (IncidentChanged, saying who did what and when) when somebody changed the row since it was shown."""
    if incident.version == version:
        return
    session = object_session(incident)
    last = list_events(session, incident.id)[-1] if session else None
    if last is None:
        raise StaleRecord()
    name = last.actor_name if last.user_id else "case.program"
    raise IncidentChanged(name=name, action=f"case.done.{last.action}", time=f"{to_local(last.at):%m-%d %H:%M}")


def _parts_of(profile: Profile, incident: Incident, step: _Step) -> list[_Step]:
    """The step, after those that its lane wants before a dispatch."""
    if step.action is not _A.DISPATCH:
        return [step]
    way = way_to_dispatch(profile.lane(incident.lane).lane, IncidentStatus(incident.status))
    return [*(replace(step, action=action, note="", photos=[]) for action in way[:-1]), step]


def _do(session: Session, profile: Profile, incident: Incident, step: _Step) -> None:
    lane, before = profile.lane(incident.lane).lane, IncidentStatus(incident.status)
    after = _status_after(session, incident, lane, step)
    if step.action in ENDING:
        refuse_unanswered(session, incident)
    assignee = _assignee(session, incident, lane, step)
    _refuse_late_reopening(profile, incident, step)
    admitted = refuse_unadmitted(session, step.actor, incident, assignee.role, step.now) if assignee else {}
    detail, review = _new_deadline(session, profile, incident, step), _review(step, assignee)
    if step.action is _A.CLOSE:
        detail |= refuse_closing(session, incident, step.standard_confirmed, bool(step.photos))
    detail |= admitted
    if review is not None and assignee is not None:
        detail |= {"review_on": review.on.isoformat(), "review_by": assignee.name, "review_by_id": review.by}
    elif assignee is not None:
        detail["handler"] = assignee.name
    hands = _hands_after(step, assignee)
    if hands is not None:
        detail["hands"] = [hands.user_id, hands.level.value]
    if step.action is _A.REOPEN:
        detail["told"] = _told(session, incident)
        detail |= to_present_area(session, incident, local_date(step.now))
    follow_step(incident, step.action, after, step.now, hands=hands, review=review)
    if step.photos:
        stage = "after" if step.action in SHOWING_RESULTS else "before"
        detail["photos"] = add_photos(session, incident, step.actor, step.photos, stage, step.now)
    add_step(session, incident, step.actor, step.action, before, step.now, step.note, detail)
    if step.action is _A.REOPEN:
        follow_record(session, step.actor, EvidenceKind.INCIDENT, incident.id, step.now)
    follow_main(session, incident, step.actor, step.action, step.now, step.note, detail)


def _hands_after(step: _Step, assignee: Assignee | None) -> Hands | None:
    if assignee is not None and step.action in ASSIGNING:
        return Hands(assignee.user_id, LEVEL_OF[assignee.role])
    if step.action in (_A.TAKE_OVER, _A.REPORT_IN):
        return Hands(step.actor.user_id or None, LEVEL_OF[step.actor.role])
    return None


def add_step(
    session: Session, incident: Incident, actor: Actor, action: IncidentAction, before: IncidentStatus,
    now: datetime, note: str, detail: dict[str, object],
) -> None:  # fmt: skip
    """Write the entry of a step whose columns are set already."""
    after = IncidentStatus(incident.status)
    entry = TimelineEntry(now, actor.user_id or None, actor.name, action, before, after, note, detail_text(detail))
    add_entry(session, incident, actor, entry)
    session.flush()


def _status_after(session: Session, incident: Incident, lane: Lane, step: _Step) -> IncidentStatus:
    status, done = IncidentStatus(incident.status), list_done(session, [incident.id])
    parts = parts_played(done, step.actor.accounts, incident.handler_id)
    after = next_status(lane, status, step.action, role=step.actor.role, reason=step.note, parts=parts)
    if step.action is not _A.ADD_NOTE and is_called_only(step.actor, incident.handler_id):
        raise ActionNotAllowed(action=step.action.value, role=step.actor.role.value)
    if step.action in TELLING and not step.note and not step.photos:
        raise ResultRequired()
    return after


def _review(step: _Step, owner: Assignee | None) -> Review | None:
    """Who looks at a suspended case again, and when (C8)."""
    if step.action is not _A.SUSPEND or owner is None:
        return None
    if step.review_on is None or step.review_on <= local_date(step.now):
        raise ReviewDateRequired()
    return Review(step.review_on, owner.user_id)


def _refuse_late_reopening(profile: Profile, incident: Incident, step: _Step) -> None:
    days = profile.thresholds.reopen_days.value
    if step.action is _A.REOPEN and incident.closed_at and step.now - incident.closed_at > timedelta(days=days):
        raise ReopenTooLate(days=days)


def _told(session: Session, incident: Incident) -> list[str]:
    """Who hears of a reopening: those who handled and closed it, by the names in its timeline."""
    return sorted({event.actor_name for event in list_events(session, incident.id) if event.action in CONCERNED})


def _new_deadline(session: Session, profile: Profile, incident: Incident, step: _Step) -> dict[str, object]:
    """A reopened incident gets its whole limit again, a resumed one what was left when its clock stopped."""
    if step.action is _A.REOPEN:
        calendar = hold_calendar(session, profile)
        limit = limit_of(profile, incident, step.now, calendar)
        incident.due_at = due_at(step.now, limit, calendar)
        return deadline_detail(step.now, limit, incident.due_at)
    if step.action is not _A.RESUME or incident.due_at is None:
        return {}
    due = _resumed_due(session, profile, incident, step.now)
    if due == incident.due_at:
        return {}  # it was late already, and stays so
    incident.due_at = due
    return {"due_at": due.isoformat()} if due else {}


def _resumed_due(session: Session, profile: Profile, incident: Incident, now: datetime) -> datetime | None:
    events = list_events(session, incident.id)
    run = run_of(clock_entries(events))
    if run is not None:
        return run.resumed(now).deadline(hold_calendar(session, profile)).due_at
    stopped = next(event.at for event in reversed(events) if event.action == _A.SUSPEND.value)
    due = incident.due_at  # set by hand: it moves by as long as the clock stood
    return due + (now - stopped) if due and due > stopped else due


def view_in(session: Session, profile: Profile, incident_id: int, now: datetime) -> IncidentView:
    """The view of a row within the transaction that changed it."""
    record = get_record(session, EVERYWHERE, incident_id)
    return view_of(record, look_at(profile, now, calendar_in(session, profile)))


def _assignee(session: Session, incident: Incident, lane: Lane, step: _Step) -> Assignee | None:
    if step.action not in ASSIGNING and step.action is not _A.SUSPEND:
        return None
    return chosen_assignee(session, incident, lane, step.action, step.assignee_id)
