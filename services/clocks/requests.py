"""Asking for an extension or an exemption, and deciding on it (features C4, C5, decision 0111)."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from db.models import ClockApproval, ClockRequest, Incident
from db.queries.audit import add_audit_entry
from db.queries.clock_requests import get_request, is_asked, list_approvals, was_exemption_decided
from db.queries.handlers import list_handlers
from db.queries.incidents import get_incident_for_update, list_events
from db.session import transaction
from domain.clock import utc_now
from domain.clock_requests import (
    AlreadyAsked,
    ExemptedBefore,
    NoClock,
    NotOverdue,
    RequestKind,
    RequestSettled,
    RequestState,
    refuse_decider,
    refuse_late_extension,
    refuse_length,
    state_after,
)
from domain.clock_runs import Run, run_of
from domain.incidents import OPEN, ActionNotAllowed, IncidentAction, IncidentStatus, ReasonRequired
from domain.permissions import EVERYWHERE, Actor, Permission, may, require
from domain.texts import clean_text
from services.clocks.calendars import hold_calendar
from services.clocks.recounts import clock_entries
from services.clocks.request_views import (
    DECIDES,
    RequestView,
    list_requests,
    list_waiting_requests,
    view_in,
)
from services.incidents.records import add_record

SUBJECT = "clock_request"
REASON_LENGTH = 400
_K, _S = RequestKind, RequestState

__all__ = [
    "ask_exemption", "ask_extension", "decide_request", "list_requests", "list_waiting_requests", "withdraw_request",
]  # fmt: skip


def ask_extension(
    actor: Actor, incident_id: int, amount: float, reason: str, now: datetime | None = None
) -> RequestView:
    """The handler asks for more time, ``amount`` in the clock of the case's limit, before the deadline.

    Raises NotFound, ActionNotAllowed (somebody else's case), ReasonRequired, NoClock, ExtensionTooLate,
    ExtensionOutOfRange, AlreadyAsked.
    """
    require(actor, Permission.INCIDENT_HANDLE)
    now, reason = now or utc_now(), _reason(reason)
    with transaction(EVERYWHERE) as session:
        incident = get_incident_for_update(session, actor.scope, incident_id)
        if incident.handler_id != actor.user_id:
            raise ActionNotAllowed(action=_K.EXTENSION.value, role=actor.role.value)
        run = _running(session, incident)
        refuse_late_extension(incident.due_at, now)
        refuse_length(amount, run.limit.amount)
        return _ask(session, actor, incident, _K.EXTENSION, reason, now, float(amount))


def ask_exemption(actor: Actor, incident_id: int, reason: str, now: datetime | None = None) -> RequestView:
    """Who handled a case that was answered late, or who dispatches, asks to leave it out of the indicator.

    Raises NotFound, ActionNotAllowed, ReasonRequired, NotOverdue, ExemptedBefore, AlreadyAsked.
    """
    require(actor, Permission.INCIDENT_HANDLE)
    now, reason = now or utc_now(), _reason(reason)
    with transaction(EVERYWHERE) as session:
        incident = get_incident_for_update(session, actor.scope, incident_id)
        if actor.user_id not in list_handlers(session, incident) and not may(actor, Permission.INCIDENT_DISPATCH):
            raise ActionNotAllowed(action=_K.EXEMPTION.value, role=actor.role.value)
        _refuse_exemption(session, incident)
        return _ask(session, actor, incident, _K.EXEMPTION, reason, now, None)


def decide_request(
    actor: Actor, request_id: int, grant: bool, note: str = "", now: datetime | None = None
) -> RequestView:
    """Say yes or no. An extension needs one yes, an exemption those of two persons; a no needs words.

    Raises NotFound, PermissionDenied, RequestSettled, AskerMayNotDecide, ApprovedBefore, ReasonRequired, and what
    has come in between: NoClock, NotOverdue, ExemptedBefore.
    """
    now, note = now or utc_now(), clean_text(note, "note", REASON_LENGTH, required=False)
    require(actor, Permission.INCIDENT_SEE)
    with transaction(EVERYWHERE) as session:
        hold_calendar(session)
        incident, request = _locked(session, actor, request_id)
        require(actor, DECIDES[_K(request.kind)])
        if request.state != _S.WAITING.value:
            raise RequestSettled()
        refuse_decider(actor.accounts, request.asked_by, list_handlers(session, incident))
        if not grant and not note:
            raise ReasonRequired(action="decide_request")
        if not grant:
            _settle(request, _S.REFUSED, actor, note, now)
        elif request.kind == _K.EXTENSION.value:
            _extend(session, actor, incident, request, note, now)
        else:
            _approve(session, actor, incident, request, note, now)
        _audit(session, actor, request, "grant" if grant else "refuse", now)
        return view_in(session, actor, incident, request)


def withdraw_request(actor: Actor, request_id: int, now: datetime | None = None) -> RequestView:
    """The asker takes it back while nobody has decided. Raises NotFound, ActionNotAllowed, RequestSettled."""
    require(actor, Permission.INCIDENT_HANDLE)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        incident, request = _locked(session, actor, request_id)
        if request.asked_by != actor.user_id:
            raise ActionNotAllowed(action="withdraw_request", role=actor.role.value)
        if request.state != _S.WAITING.value:
            raise RequestSettled()
        _settle(request, _S.WITHDRAWN, actor, "", now)
        _audit(session, actor, request, "withdraw", now)
        return view_in(session, actor, incident, request)


def _reason(text: str) -> str:
    reason = clean_text(text, "reason", REASON_LENGTH, required=False)
    if not reason:
        raise ReasonRequired(action="ask_request")
    return reason


def _running(session: Session, incident: Incident) -> Run:
    """What the deadline of an open, unanswered case is counted from. Raises NoClock."""
    is_open = IncidentStatus(incident.status) in OPEN and incident.answered_at is None
    run = run_of(clock_entries(list_events(session, incident.id))) if is_open else None
    if run is None:
        raise NoClock()
    return run


def _refuse_exemption(session: Session, incident: Incident) -> None:
    if not incident.overdue_seconds:
        raise NotOverdue()
    if incident.exempted_at is not None or was_exemption_decided(session, incident.id):
        raise ExemptedBefore()


def _ask(
    session: Session, actor: Actor, incident: Incident, kind: RequestKind, reason: str, now: datetime,
    amount: float | None,
) -> RequestView:  # fmt: skip
    if is_asked(session, incident.id, kind):
        raise AlreadyAsked()
    request = ClockRequest(
        incident_id=incident.id, kind=kind.value, state=_S.WAITING.value, reason=reason, amount=amount, asked_at=now,
        asked_by=actor.user_id or None, decision="",
    )  # fmt: skip
    session.add(request)
    session.flush()
    _audit(session, actor, request, "ask", now)
    return view_in(session, actor, incident, request)


def _locked(session: Session, actor: Actor, request_id: int) -> tuple[Incident, ClockRequest]:
    """The case, locked, and the request as it is under that lock."""
    request = get_request(session, request_id)
    incident = get_incident_for_update(session, actor.scope, request.incident_id)
    session.refresh(request)
    return incident, request


def _extend(
    session: Session, actor: Actor, incident: Incident, request: ClockRequest, note: str, now: datetime
) -> None:
    run, amount = _running(session, incident), request.amount or 0
    longer = replace(run, extensions=(*run.extensions, amount))
    before, incident.due_at = incident.due_at, longer.deadline(hold_calendar(session)).due_at
    _settle(request, _S.GRANTED, actor, note, now)
    detail = {
        "added": {"amount": amount, "clock": run.limit.clock.value}, "due_from": before.isoformat() if before else None,
        "due_at": incident.due_at.isoformat(), "request": request.id, "asked_at": request.asked_at.isoformat(),
    }  # fmt: skip
    add_record(session, incident, actor, IncidentAction.EXTEND, now, request.reason, detail)


def _approve(
    session: Session, actor: Actor, incident: Incident, request: ClockRequest, note: str, now: datetime
) -> None:
    _refuse_exemption(session, incident)
    before = list_approvals(session, [request.id]).get(request.id, [])
    state = state_after([user_id for user_id, _ in before], actor.accounts)
    session.add(ClockApproval(request_id=request.id, incident_id=incident.id, user_id=actor.user_id, at=now))
    session.flush()
    if state is not _S.GRANTED:
        return
    _settle(request, state, actor, note, now)
    incident.exempted_at = now
    names = [name for _, name in before] + [actor.name]
    detail = {"request": request.id, "approvals": names, "overdue_seconds": incident.overdue_seconds}
    add_record(session, incident, actor, IncidentAction.EXEMPT, now, request.reason, detail)


def _settle(request: ClockRequest, state: RequestState, actor: Actor, note: str, now: datetime) -> None:
    request.state, request.decided_at, request.decision = state.value, now, note
    request.decided_by = actor.user_id or None


def _audit(session: Session, actor: Actor, request: ClockRequest, what: str, now: datetime) -> None:
    action = f"{SUBJECT}.{what}"
    add_audit_entry(
        session, actor.user_id, action, "incident", now, request.incident_id, f"{request.kind} {request.id}"
    )
    session.flush()
