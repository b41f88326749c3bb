"""What the screens get to see of requests about clocks, and which buttons they have (features C4, C5)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.models import ClockRequest, Incident
from db.queries.clock_requests import RequestRecord, list_approvals, list_requests_of, list_waiting
from db.queries.handlers import list_handlers
from db.queries.incidents import get_record
from db.session import reading
from domain.clock import utc_now
from domain.clock_requests import RequestKind, RequestState
from domain.incidents import OPEN, IncidentStatus
from domain.permissions import EVERYWHERE, Actor, Permission, may, require

LISTED = 100
_K, _S = RequestKind, RequestState
DECIDES = {_K.EXTENSION: Permission.INCIDENT_DISPATCH, _K.EXEMPTION: Permission.EXEMPTION_APPROVE}


@dataclass(frozen=True)
class RequestView:
    """A request. ``approvals`` are names; ``may_decide`` and ``may_withdraw`` are the actor's buttons."""

    id: int
    incident_id: int
    number: str
    title: str
    kind: RequestKind
    state: RequestState
    reason: str
    amount: float | None
    asked_at: datetime
    asked_by: str
    approvals: tuple[str, ...]
    decided_at: datetime | None
    decided_by: str
    decision: str
    may_decide: bool
    may_withdraw: bool


@dataclass(frozen=True)
class CaseRequests:
    """The requests of a case, oldest first, and which the actor may ask for now."""

    requests: tuple[RequestView, ...]
    may_ask: frozenset[RequestKind]


def list_requests(actor: Actor, incident_id: int, now: datetime | None = None) -> CaseRequests:
    """The requests of a case in the actor's scope, and what he may ask for now. Raises NotFound."""
    require(actor, Permission.INCIDENT_SEE)
    now = now or utc_now()
    with reading(EVERYWHERE) as session:
        incident = get_record(session, actor.scope, incident_id).incident
        records = list_requests_of(session, incident_id)
        handlers = list_handlers(session, incident) if records or incident.overdue_seconds else set()
        views = _views(session, actor, records, handlers)
    return CaseRequests(views, _askable(actor, incident, views, handlers, now))


def list_waiting_requests(actor: Actor, limit: int = LISTED) -> list[RequestView]:
    """What waits for this actor's decision in the cases of his scope, oldest first."""
    require(actor, Permission.INCIDENT_SEE)
    kinds = [kind.value for kind, permission in DECIDES.items() if may(actor, permission)]
    if not kinds:
        return []
    with reading(actor.scope) as session:
        return list(_views(session, actor, list_waiting(session, kinds, actor.accounts, limit), ()))


def view_in(session: Session, actor: Actor, incident: Incident, request: ClockRequest) -> RequestView:
    """The view of a row within the transaction that changed it."""
    records = [found for found in list_requests_of(session, incident.id) if found.request.id == request.id]
    return _views(session, actor, records, list_handlers(session, incident))[0]


def _views(
    session: Session, actor: Actor, records: Sequence[RequestRecord], handlers: Collection[int]
) -> tuple[RequestView, ...]:
    """``handlers``: who handled their case; () where the query has left out those that the actor handled."""
    approvals = list_approvals(session, [record.request.id for record in records]) if records else {}
    return tuple(_view(actor, record, approvals.get(record.request.id, []), handlers) for record in records)


def _view(
    actor: Actor, record: RequestRecord, approvals: list[tuple[int, str]], handlers: Collection[int]
) -> RequestView:
    row, waiting = record.request, record.request.state == _S.WAITING.value
    kind = _K(row.kind)
    barred = {row.asked_by, *handlers, *(user_id for user_id, _ in approvals)}
    return RequestView(
        row.id, row.incident_id, record.number, record.title, kind, _S(row.state), row.reason, row.amount,
        row.asked_at, record.asked_by or "", tuple(name for _, name in approvals), row.decided_at,
        record.decided_by or "", row.decision,
        may_decide=waiting and may(actor, DECIDES[kind]) and not actor.accounts & barred,
        may_withdraw=waiting and row.asked_by == actor.user_id,
    )  # fmt: skip


def _askable(
    actor: Actor, incident: Incident, views: Collection[RequestView], handlers: Collection[int], now: datetime
) -> frozenset[RequestKind]:
    """The buttons to ask with; the service itself refuses what these leave out."""
    if not may(actor, Permission.INCIDENT_HANDLE):
        return frozenset()
    waiting = {view.kind for view in views if view.state is _S.WAITING}
    runs = IncidentStatus(incident.status) in OPEN and incident.answered_at is None
    in_time = runs and incident.due_at is not None and now < incident.due_at
    found = {_K.EXTENSION} if incident.handler_id == actor.user_id and in_time else set()
    decided = any(view.kind is _K.EXEMPTION and view.state in (_S.GRANTED, _S.REFUSED) for view in views)
    concerned = actor.user_id in handlers or may(actor, Permission.INCIDENT_DISPATCH)
    if incident.overdue_seconds and concerned and not decided:
        found.add(_K.EXEMPTION)
    return frozenset(found - waiting)
