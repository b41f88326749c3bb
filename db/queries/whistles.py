"""Whistles and the answers of the departments."""

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from db.models import Area, Incident, User, Whistle, WhistleAnswer
from domain.errors import NotFound
from domain.incidents import OPEN
from domain.permissions import Role
from domain.whistles import Answer

_ANSWER = tuple(
    getattr(Whistle if part.name in ("reason", "blown_at", "blown_by") else WhistleAnswer, part.name)
    for part in fields(Answer)
)


@dataclass(frozen=True)
class AnswerRecord:
    """An answer with the names that stand beside it. ``note``: the whistle's words."""

    id: int
    incident_id: int
    answer: Answer
    note: str
    department: str
    blown_by: str | None
    waived_by: str | None


@dataclass(frozen=True)
class AwaitedAnswer:
    """A department that is awaited, and for which case."""

    id: int
    incident_id: int
    number: str
    title: str
    category: str
    department_id: int
    department: str
    reason: str
    note: str
    due_at: datetime


def list_answers(session: Session, incident_id: int) -> list[AnswerRecord]:
    """Every answer of a case, whistle by whistle, departments by name."""
    blower, waiver = aliased(User), aliased(User)
    statement = (
        select(WhistleAnswer.id, WhistleAnswer.incident_id, Whistle.note, User.name, blower.name, waiver.name, *_ANSWER)
        .join(Whistle, Whistle.id == WhistleAnswer.whistle_id)
        .join(User, User.id == WhistleAnswer.department_id)
        .outerjoin(blower, blower.id == Whistle.blown_by)
        .outerjoin(waiver, waiver.id == WhistleAnswer.waived_by)
        .where(WhistleAnswer.incident_id == incident_id)
        .order_by(Whistle.id, User.name, WhistleAnswer.id)
    )
    return [
        AnswerRecord(row[0], row[1], Answer(*row[6:]), row[2], row[3], row[4], row[5])
        for row in session.execute(statement)
    ]


def list_answers_between(session: Session, first: int, last: int) -> dict[int, dict[int, Answer]]:
    """Incident id → answer id → answer, of the incidents from ``first`` to ``last``."""
    statement = (
        select(WhistleAnswer.incident_id, WhistleAnswer.id, *_ANSWER)
        .join(Whistle, Whistle.id == WhistleAnswer.whistle_id)
        .where(WhistleAnswer.incident_id.between(first, last))
    )
    found: dict[int, dict[int, Answer]] = defaultdict(dict)
    for row in session.execute(statement):
        found[row[0]][row[1]] = Answer(*row[2:])
    return found


def get_answer_row(session: Session, incident_id: int, answer_id: int) -> WhistleAnswer:
    """The row of an answer of this case. Raises NotFound."""
    row = session.get(WhistleAnswer, answer_id)
    if row is None or row.incident_id != incident_id:
        raise NotFound(subject="whistle")
    return row


def find_incident_of_answer(session: Session, answer_id: int) -> int:
    """The case that an answer belongs to. Raises NotFound, also for a number that is no id."""
    statement = select(WhistleAnswer.incident_id).where(WhistleAnswer.id == answer_id)
    found = session.scalar(statement) if 0 < answer_id < 2**31 else None
    if found is None:
        raise NotFound(subject="whistle")
    return found


def _is_awaited() -> list[ColumnElement[bool]]:
    return [WhistleAnswer.reported_at.is_(None), WhistleAnswer.waived_at.is_(None)]


def list_unanswered_departments(session: Session, incident_id: int) -> list[str]:
    """Names of those still awaited in a case or in one that is linked to it."""
    statement = (
        select(User.name)
        .distinct()
        .join(WhistleAnswer, WhistleAnswer.department_id == User.id)
        .join(Incident, Incident.id == WhistleAnswer.incident_id)
        .where(or_(Incident.id == incident_id, Incident.main_id == incident_id), *_is_awaited())
        .order_by(User.name)
    )
    return list(session.scalars(statement))


def list_departments(session: Session, incident_id: int) -> list[tuple[int, str, bool]]:
    """(id, name, whether its answer in this case is awaited) of the active accounts of departments, by name.

    Those that work for the whole street or for an area around the case.
    """
    own, place = aliased(Area), aliased(Area)
    inside = (
        select(Incident.id)
        .join(place, place.id == Incident.area_id)
        .where(Incident.id == incident_id, place.path.startswith(own.path))
    )
    awaited = select(WhistleAnswer.id).where(
        WhistleAnswer.incident_id == incident_id, WhistleAnswer.department_id == User.id, *_is_awaited()
    )
    statement = (
        select(User.id, User.name, awaited.correlate(User).exists())
        .outerjoin(own, own.id == User.area_id)
        .where(
            User.is_active.is_(True), User.role == Role.DEPARTMENT.value,
            or_(User.area_id.is_(None), inside.correlate(own).exists()),
        )
        .order_by(User.name, User.id)
    )  # fmt: skip
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def _awaited(department_id: int | None, *columns: Any) -> Select[Any]:
    own = [WhistleAnswer.department_id == department_id] if department_id is not None else []
    statement = select(*columns).select_from(WhistleAnswer).join(Incident, Incident.id == WhistleAnswer.incident_id)
    return statement.where(*_is_awaited(), *own, Incident.status.in_([status.value for status in OPEN]))


def count_awaited_answers(session: Session, department_id: int | None, now: datetime) -> tuple[int, int]:
    """How many report-ins are awaited in open cases, and how many of them are late; of one department or of all."""
    late = func.count(WhistleAnswer.id).filter(WhistleAnswer.due_at < now)
    row = session.execute(_awaited(department_id, func.count(WhistleAnswer.id), late)).one()
    return row[0], row[1]


def list_awaited_answers(session: Session, department_id: int | None, limit: int) -> list[AwaitedAnswer]:
    """Report-ins awaited in open cases, those due first before the others."""
    columns = (
        WhistleAnswer.id, Incident.id, Incident.number, Incident.title, Incident.category, User.id, User.name,
        Whistle.reason, Whistle.note, WhistleAnswer.due_at,
    )  # fmt: skip
    statement = (
        _awaited(department_id, *columns)
        .join(Whistle, Whistle.id == WhistleAnswer.whistle_id)
        .join(User, User.id == WhistleAnswer.department_id)
        .order_by(WhistleAnswer.due_at, WhistleAnswer.id)
        .limit(limit)
    )
    return [AwaitedAnswer(*row) for row in session.execute(statement)]


def list_incidents_awaiting(
    session: Session, due_from: datetime | None = None, department_id: int | None = None
) -> list[int]:
    """Open cases, by id, in which a report-in due from an instant on (None: at any) is awaited, of one or all."""
    statement = _awaited(department_id, Incident.id).distinct().order_by(Incident.id)
    return list(session.scalars(statement.where(WhistleAnswer.due_at >= due_from) if due_from else statement))
