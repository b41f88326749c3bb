"""Requests about clocks: of one case, and those that wait for a decision."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from db.models import ClockApproval, ClockRequest, Incident, User
from db.queries.handlers import handled_by
from domain.clock_requests import RequestKind, RequestState
from domain.errors import NotFound


@dataclass(frozen=True)
class RequestRecord:
    """A request with its case and the names beside it."""

    request: ClockRequest
    number: str
    title: str
    asked_by: str | None
    decided_by: str | None


def get_request(session: Session, request_id: int) -> ClockRequest:
    """One request. Raises NotFound."""
    found = session.get(ClockRequest, request_id) if 0 < request_id < 2**31 else None
    if found is None:
        raise NotFound(subject="clock_request")
    return found


def list_requests_of(session: Session, incident_id: int) -> list[RequestRecord]:
    """Those of a case, oldest first."""
    statement = _records().where(ClockRequest.incident_id == incident_id).order_by(ClockRequest.id)
    return [RequestRecord(*row) for row in session.execute(statement)]


def list_waiting(
    session: Session, kinds: Collection[str], accounts: Collection[int], limit: int
) -> list[RequestRecord]:
    """Waiting ones of these kinds, oldest first, without those that a person with these accounts asked for or approved,
    and without the cases that they have or had in hand, themselves or their main.
    """
    approved = select(ClockApproval.request_id).where(ClockApproval.user_id.in_(accounts))
    statement = (
        _records()
        .where(
            ClockRequest.state == RequestState.WAITING.value, ClockRequest.kind.in_(kinds),
            or_(ClockRequest.asked_by.is_(None), ClockRequest.asked_by.not_in(accounts)),
            ClockRequest.id.not_in(approved), ~handled_by(accounts),
        )
        .order_by(ClockRequest.asked_at, ClockRequest.id)
        .limit(limit)
    )  # fmt: skip
    return [RequestRecord(*row) for row in session.execute(statement)]


def _records() -> Any:
    asker, decider = aliased(User), aliased(User)
    return (
        select(ClockRequest, Incident.number, Incident.title, asker.name, decider.name)
        .join(Incident, Incident.id == ClockRequest.incident_id)
        .outerjoin(asker, asker.id == ClockRequest.asked_by)
        .outerjoin(decider, decider.id == ClockRequest.decided_by)
    )


def list_approvals(session: Session, request_ids: Iterable[int]) -> dict[int, list[tuple[int, str]]]:
    """Request → those who approved it, in order: (user id, name)."""
    which = ClockApproval.request_id.in_(list(request_ids))
    statement = (
        select(ClockApproval.request_id, User.id, User.name)
        .join(User, User.id == ClockApproval.user_id)
        .where(which)
        .order_by(ClockApproval.id)
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for request_id, user_id, name in session.execute(statement):
        found.setdefault(request_id, []).append((user_id, name))
    return found


def was_exemption_decided(session: Session, incident_id: int) -> bool:
    """Whether an exemption of the case was granted or refused."""
    decided = (RequestState.GRANTED.value, RequestState.REFUSED.value)
    which = (
        ClockRequest.incident_id == incident_id, ClockRequest.kind == RequestKind.EXEMPTION.value,
        ClockRequest.state.in_(decided),
    )  # fmt: skip
    return session.scalar(select(ClockRequest.id).where(*which).limit(1)) is not None


def is_asked(session: Session, incident_id: int, kind: RequestKind) -> bool:
    """Whether one of the kind waits."""
    waiting = ClockRequest.state == RequestState.WAITING.value
    which = (ClockRequest.incident_id == incident_id, ClockRequest.kind == kind.value, waiting)
    return session.scalar(select(ClockRequest.id).where(*which).limit(1)) is not None
