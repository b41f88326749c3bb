"""What is done to an incident after it was logged: every step by its lane's table, with a timeline entry (C3, C11)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from config.calendar import calendar_for
from config.profiles import Profile
from db.models import Incident
from db.queries.incident_places import find_area_version
from db.queries.incidents import (
    get_incident_for_update,
    get_record,
    has_acted,
    list_events,
    list_users_by_role_and_area,
)
from db.session import reading, transaction
from domain.clock import local_date, utc_now
from domain.clocks import ClockKind, Limit, counted_between, due_at
from domain.errors import Refusal, StaleRecord
from domain.incidents import (
    ENDS,
    IncidentAction,
    IncidentStatus,
    Lane,
    ReasonRequired,
    allowed_actions,
    next_status,
)
from domain.permissions import EVERYWHERE, Actor, Permission, Role, require
from domain.texts import clean_line, clean_text
from services.incident_photos import Photo, add_photos, prepare_photos
from services.incident_places import place_of
from services.incident_reports import deadline_detail, holding_limit
from services.incident_views import AllowedAction, IncidentView, look_at, view_of
from services.installations import current_profile
from services.timelines import TimelineEntry, add_entry, detail_text

NOTE_LENGTH = 1000
_A, _S = IncidentAction, IncidentStatus
HANDLING = frozenset({_A.TAKE_OVER, _A.REPORT_IN, _A.FEED_BACK})
ASSIGNING = frozenset({_A.DISPATCH, _A.HAND_OVER})
TELLING = frozenset({_A.FEED_BACK, _A.ADD_NOTE})  # an entry without words or picture would say nothing
SHOWING_RESULTS = frozenset({_A.FEED_BACK, _A.VERIFY, _A.CLOSE, _A.EVALUATE})  # their photos show the place after
# To whom: first those on the spot.
_ORDER = (Role.GRID_LEADER, Role.COMMUNITY_SECRETARY, Role.DEPARTMENT, Role.COMMAND_CENTRE)


class AssigneeRequired(Refusal):
    """Nobody was chosen to hand the incident to."""

    code = "assignee_required"


class AssigneeNotSuitable(Refusal):
    """The account is not active, may not handle incidents, or works for another area."""

    code = "assignee_not_suitable"


class ResultRequired(Refusal):
    """A feedback says what was done, in words or by a photo."""

    code = "result_required"


@dataclass(frozen=True)
class Assignee:
    """Somebody an incident may be handed to."""

    user_id: int
    name: str
    role: Role
    area_name: str


@dataclass(frozen=True)
class _Step:
    """One call of ``act_on_incident``, cleaned."""

    actor: Actor
    action: IncidentAction
    note: str
    photos: list[Photo]
    assignee_id: int | None
    now: datetime


def act_on_incident(
    actor: Actor,
    incident_id: int,
    action: IncidentAction,
    version: int,
    note: str = "",
    photos: tuple[bytes, ...] = (),
    assignee_id: int | None = None,
    now: datetime | None = None,
) -> IncidentView:
    """Do one step of the incident's lane. ``version`` is the one that was on the screen.

    The same step sent twice by the same person is done once. Raises NotFound, StaleRecord, the refusals of
    domain.incidents.next_status, ResultRequired, AssigneeRequired, AssigneeNotSuitable, and those of texts and photos.
    """
    require(actor, Permission.INCIDENT_SEE)
    profile = current_profile()
    note = clean_text(note, "note", NOTE_LENGTH, required=False)
    step = _Step(actor, action, note, prepare_photos(photos), assignee_id, now or utc_now())
    with transaction(EVERYWHERE) as session:
        incident = get_incident_for_update(session, actor.scope, incident_id)
        if not _is_repeat(session, incident, step, version):
            _refuse_stale(incident, version)
            _do(session, profile, incident, step)
        return _view(session, profile, incident.id, step.now)


def _is_repeat(session: Session, incident: Incident, step: _Step, version: int) -> bool:
    if version >= incident.version or not step.actor.user_id:
        return False
    last = list_events(session, incident.id)[-1]
    return (last.user_id, last.action, last.note) == (step.actor.user_id, step.action.value, step.note)


def _refuse_stale(incident: Incident, version: int) -> None:
    if incident.version != version:
        raise StaleRecord()


def _do(session: Session, profile: Profile, incident: Incident, step: _Step) -> None:
    lane, before = profile.lane(incident.lane).lane, IncidentStatus(incident.status)
    after = _status_after(session, incident, lane, step)
    assignee = _assignee(session, incident, lane, step)
    detail = _new_deadline(session, profile, incident, step)
    if assignee is not None:
        detail["handler"] = assignee.name
    incident.handler_id = _handler_after(incident, step, after, assignee)
    incident.status = after.value
    incident.closed_at = step.now if after in ENDS else None
    if step.photos:
        stage = "after" if step.action in SHOWING_RESULTS else "before"
        detail["photos"] = add_photos(session, incident, step.actor, step.photos, stage, step.now)
    _add_entry(session, incident, step.actor, step.action, before, step.now, step.note, detail)


def _add_entry(
    session: Session, incident: Incident, actor: Actor, action: IncidentAction, before: IncidentStatus,
    now: datetime, note: str, detail: dict[str, object],
) -> None:  # fmt: skip
    after = IncidentStatus(incident.status)
    entry = TimelineEntry(now, actor.user_id or None, actor.name, action, before, after, note, detail_text(detail))
    add_entry(session, incident, actor, entry)
    session.flush()


def _status_after(session: Session, incident: Incident, lane: Lane, step: _Step) -> IncidentStatus:
    user_id, status = step.actor.user_id, IncidentStatus(incident.status)
    handled = incident.handler_id == user_id or has_acted(session, incident.id, user_id, HANDLING)
    after = next_status(lane, status, step.action, role=step.actor.role, reason=step.note, is_handler=handled)
    if step.action in TELLING and not step.note and not step.photos:
        raise ResultRequired()
    return after


def _handler_after(incident: Incident, step: _Step, after: IncidentStatus, assignee: Assignee | None) -> int | None:
    if assignee is not None:
        return assignee.user_id
    if step.action in (_A.TAKE_OVER, _A.REPORT_IN):
        return step.actor.user_id or None
    # Back with the dispatcher: nobody has it in hand.
    return None if after in (_S.REPORTED, _S.FILED) else incident.handler_id


def _new_deadline(session: Session, profile: Profile, incident: Incident, step: _Step) -> dict[str, object]:
    """A reopened incident gets its whole limit again, a resumed one what was left when its clock stopped."""
    limit = None
    if step.action is _A.REOPEN:
        limit = holding_limit(profile, incident.category, incident.urgency, step.now)
    elif step.action is _A.RESUME:
        limit = _limit_left(session, profile, incident)
    if limit is None:
        return {}
    incident.due_at = due_at(step.now, limit, calendar_for(profile))
    return deadline_detail(step.now, limit, incident.due_at)


def _limit_left(session: Session, profile: Profile, incident: Incident) -> Limit | None:
    stopped = next(e.at for e in reversed(list_events(session, incident.id)) if e.action == _A.SUSPEND.value)
    clock = holding_limit(profile, incident.category, incident.urgency, incident.reported_at).clock
    if incident.due_at is None or incident.due_at <= stopped:
        return None  # it was late already, and stays so
    left = counted_between(stopped, incident.due_at, clock, calendar_for(profile)).total_seconds() / 3600
    return Limit(left if clock in (ClockKind.EMERGENCY_HOUR, ClockKind.WORKING_HOUR) else left / 24, clock)


def _view(session: Session, profile: Profile, incident_id: int, now: datetime) -> IncidentView:
    return view_of(get_record(session, EVERYWHERE, incident_id), look_at(profile, now))


def list_assignees(actor: Actor, incident_id: int) -> list[Assignee]:
    """Who can be given the incident now: leaders of its areas first, then secretaries and departments."""
    require(actor, Permission.INCIDENT_SEE)
    profile = current_profile()
    with reading(EVERYWHERE) as session:
        incident = get_record(session, actor.scope, incident_id).incident
        return _assignees(session, incident, _receiving_roles(profile.lane(incident.lane).lane, incident))


def _receiving_roles(lane: Lane, incident: Incident) -> list[Role]:
    """Those who can go on: from the hands of a colleague by feeding back, else by taking the dispatched case over."""
    if incident.status == _S.HANDLING.value:
        return [role for role in _ORDER if _A.FEED_BACK in allowed_actions(lane, _S.HANDLING, role)]
    takes = {_A.TAKE_OVER, _A.REPORT_IN}
    return [role for role in _ORDER if takes & set(allowed_actions(lane, _S.DISPATCHED, role))]


def _assignees(session: Session, incident: Incident, roles: list[Role]) -> list[Assignee]:
    area = find_area_version(session, incident.area_id) if incident.area_id else None
    steps = [step for step in area.path.split("/") if step] if area else []
    paths = ["/" + "/".join(steps[: depth + 1]) + "/" for depth in range(len(steps))]
    rows = list_users_by_role_and_area(session, [role.value for role in roles], paths)
    nearest = sorted(rows, key=lambda row: (_ORDER.index(Role(row[0].role)), -len(row[2] or ""), row[0].id))
    return [Assignee(user.id, user.name, Role(user.role), name or "") for user, name, _ in nearest]


def _assignee(session: Session, incident: Incident, lane: Lane, step: _Step) -> Assignee | None:
    if step.action not in ASSIGNING:
        return None
    if step.assignee_id is None:
        raise AssigneeRequired()
    for assignee in _assignees(session, incident, _receiving_roles(lane, incident)):
        if assignee.user_id == step.assignee_id:
            return assignee
    raise AssigneeNotSuitable()


def actions_for(actor: Actor, lane: Lane, status: IncidentStatus, is_handler: bool) -> tuple[AllowedAction, ...]:
    """The buttons of a card for an actor, and what each needs."""
    return tuple(
        AllowedAction(
            action,
            needs_reason=bool((row := lane.transition(status, action)) and row.reason),
            needs_assignee=action in ASSIGNING,
            needs_result=action in TELLING,
            takes_photos=action in TELLING,
        )
        for action in allowed_actions(lane, status, actor.role, is_handler)
    )


def fix_place(
    actor: Actor,
    incident_id: int,
    version: int,
    *,
    lon: float | None = None,
    lat: float | None = None,
    area_id: int | None = None,
    place: str = "",
    note: str = "",
    now: datetime | None = None,
) -> IncidentView:
    """Give an open incident its right place: a point in degrees (WGS 84) or an area; its number and deadline stay.

    Raises NotFound, StaleRecord, ReasonRequired (no note), InvalidTransition (closed), the refusals of ``place_of``.
    """
    require(actor, Permission.INCIDENT_DISPATCH)
    now, profile = now or utc_now(), current_profile()
    note = clean_text(note, "note", NOTE_LENGTH, required=False)
    words = clean_line(place, "place", 200, required=False)
    with transaction(EVERYWHERE) as session:
        incident = get_incident_for_update(session, actor.scope, incident_id)
        _refuse_stale(incident, version)
        status, lane = IncidentStatus(incident.status), profile.lane(incident.lane).lane
        next_status(lane, status, _A.ADD_NOTE, role=actor.role)
        if not note:
            raise ReasonRequired(action=_A.ADD_NOTE.value)
        found = place_of(session, lon, lat, area_id, local_date(incident.reported_at))
        before = find_area_version(session, incident.area_id) if incident.area_id else None
        incident.lon, incident.lat, incident.area_id = found.lon, found.lat, found.area.id if found.area else None
        incident.place = words or incident.place
        moved = {"area_from": before and before.name, "area_to": found.area and found.area.name}
        _add_entry(session, incident, actor, _A.ADD_NOTE, status, now, note, dict(moved))
        return _view(session, profile, incident.id, now)
