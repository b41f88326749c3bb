"""What the screens get to see of whistles, whom a whistle can call, and which report-ins are awaited (feature C6)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.models import Incident
from db.queries.incidents import get_record
from db.queries.whistles import (
    AnswerRecord,
    AwaitedAnswer,
    count_awaited_answers,
    list_answers,
    list_awaited_answers,
)
from db.queries.whistles import list_departments as query_departments
from db.session import reading
from domain.clock import utc_now
from domain.incidents import ENDS, IncidentStatus
from domain.permissions import EVERYWHERE, Actor, Permission, Role, may, require
from domain.whistles import Answer, AnswerState

LISTED = 100


@dataclass(frozen=True)
class WhistleView:
    """One department's answer to one whistle, and what the actor may do about it now.

    ``note``: the words of the whistle; ``late``: it reported in late, or is awaited past its deadline.
    """

    id: int
    incident_id: int
    answer: Answer
    state: AnswerState
    late: bool
    note: str
    department: str
    blown_by: str
    waived_by: str
    may_report_in: bool
    may_give_result: bool
    may_waive: bool
    may_rate: bool


@dataclass(frozen=True)
class Department:
    """A department that a whistle can call. ``awaited``: it is called to this case already and has not reported in."""

    user_id: int
    name: str
    awaited: bool


@dataclass(frozen=True)
class AwaitedCount:
    """How many departments are awaited in the actor's scope, and how many of them are late."""

    total: int
    late: int


def list_departments(actor: Actor, incident_id: int) -> list[Department]:
    """Whom a whistle for this case can call, by name. Raises NotFound."""
    require(actor, Permission.INCIDENT_WHISTLE)
    with reading(EVERYWHERE) as session:
        return departments_for(session, get_record(session, actor.scope, incident_id).incident)


def list_whistles(actor: Actor, incident_id: int, now: datetime | None = None) -> list[WhistleView]:
    """The answers to every whistle of a case in the actor's scope, oldest whistle first. Raises NotFound."""
    require(actor, Permission.INCIDENT_SEE)
    with reading(EVERYWHERE) as session:
        incident = get_record(session, actor.scope, incident_id).incident
        return views_of(session, actor, incident, now or utc_now())


def views_of(session: Session, actor: Actor, incident: Incident, now: datetime) -> list[WhistleView]:
    """The answers of a row, within a transaction."""
    is_open = IncidentStatus(incident.status) not in ENDS
    return [_view(actor, record, is_open, now) for record in list_answers(session, incident.id)]


def _view(actor: Actor, record: AnswerRecord, is_open: bool, now: datetime) -> WhistleView:
    answer, state, street = record.answer, record.answer.state, may(actor, Permission.INCIDENT_WHISTLE)
    own, awaited = is_own(actor, record), state is AnswerState.AWAITED and is_open
    return WhistleView(
        record.id, record.incident_id, answer, state,
        bool(answer.late_seconds) or (awaited and answer.due_at < now),
        record.note, record.department, record.blown_by or "", record.waived_by or "",
        may_report_in=own and awaited,
        may_give_result=own and state in (AnswerState.REPORTED_IN, AnswerState.ANSWERED) and answer.rating is None,
        may_waive=street and awaited,
        may_rate=street and state is AnswerState.ANSWERED and answer.rating is None,
    )  # fmt: skip


def count_awaited_report_ins(actor: Actor, now: datetime | None = None) -> AwaitedCount:
    """How many departments are awaited in the actor's open cases; a department counts what is awaited of itself."""
    require(actor, Permission.INCIDENT_SEE)
    with reading(actor.scope) as session:
        return AwaitedCount(*count_awaited_answers(session, actor.department_id, now or utc_now()))


def list_awaited_report_ins(actor: Actor, limit: int = LISTED) -> list[AwaitedAnswer]:
    """The same as a list, due ones first."""
    require(actor, Permission.INCIDENT_SEE)
    with reading(actor.scope) as session:
        return list_awaited_answers(session, actor.department_id, limit)


def departments_for(session: Session, incident: Incident) -> list[Department]:
    """Whom a whistle for a row can call, within a transaction."""
    return [Department(*row) for row in query_departments(session, incident.id)]


def is_own(actor: Actor, record: AnswerRecord) -> bool:
    """Whether the actor is the department that was called."""
    return actor.role is Role.DEPARTMENT and actor.user_id == record.answer.department_id
