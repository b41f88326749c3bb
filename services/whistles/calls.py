"""吹哨报到: the street calls departments to a case, they report in, say what they did, and are rated (feature C6)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.models import Incident, Whistle, WhistleAnswer
from db.queries.incidents import get_incident_for_update
from db.queries.whistles import (
    AnswerRecord,
    find_incident_of_answer,
    get_answer_row,
    list_answers,
    list_unanswered_departments,
)
from db.session import transaction
from domain.clock import utc_now
from domain.clocks import Limit, due_at
from domain.incidents import ENDS, ActionNotAllowed, IncidentAction, IncidentStatus, ReasonRequired
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.texts import clean_text
from domain.whistles import (
    AlreadyWhistled,
    Answer,
    DepartmentNotSuitable,
    DepartmentRequired,
    WhistleOnEndedCase,
    WhistleReason,
    WhistleUnanswered,
    answers_after,
    refuse_rating,
    refuse_result,
    refuse_settled,
)
from services.clocks.calendars import hold_calendar
from services.incidents.linked_cases import refuse_step_of_linked
from services.incidents.records import add_record
from services.system.installations import current_profile
from services.whistles.views import (
    Department,
    WhistleView,
    count_awaited_report_ins,
    departments_for,
    is_own,
    list_awaited_report_ins,
    list_departments,
    list_whistles,
    views_of,
)

__all__ = [
    "blow_whistle", "count_awaited_report_ins", "follow_answer", "give_result", "list_awaited_report_ins",
    "list_departments", "list_whistles", "rate_answer", "refuse_unanswered", "report_in", "waive_whistle",
]  # fmt: skip

NOTE_LENGTH = 1000
# Columns of a row that follow from its answer.
FOLLOWING = (
    "due_at", "reported_at", "reported_by", "result", "result_at", "waived_at", "waived_by", "waive_reason", "rating",
    "rated_at", "rated_by",
)  # fmt: skip
_A = IncidentAction


def blow_whistle(
    actor: Actor,
    incident_id: int,
    reason: WhistleReason,
    department_ids: Sequence[int],
    note: str = "",
    now: datetime | None = None,
) -> list[WhistleView]:
    """Call departments to an open case; each gets its own time to report in by the profile.

    Raises NotFound, WhistleOnEndedCase, DepartmentRequired, DepartmentNotSuitable, AlreadyWhistled,
    CaseIsLinked: the main is whistled for.
    """
    require(actor, Permission.INCIDENT_WHISTLE)
    note, now, reason = clean_text(note, "note", NOTE_LENGTH, required=False), now or utc_now(), WhistleReason(reason)
    with transaction(EVERYWHERE) as session:
        hold_calendar(session)
        incident = get_incident_for_update(session, actor.scope, incident_id)
        if IncidentStatus(incident.status) in ENDS:
            raise WhistleOnEndedCase()
        refuse_step_of_linked(session, incident, _A.WHISTLE)
        called = _chosen(session, incident, department_ids)
        whistle = Whistle(
            incident_id=incident.id, reason=reason.value, note=note, blown_at=now,
            blown_by=actor.user_id or None,
        )  # fmt: skip
        session.add(whistle)
        session.flush()
        detail = _add_answers(session, whistle, called, now)
        add_record(session, incident, actor, _A.WHISTLE, now, note, detail)
        return views_of(session, actor, incident, now)


def _chosen(session: Session, incident: Incident, department_ids: Sequence[int]) -> list[Department]:
    wanted = set(department_ids)
    if not wanted:
        raise DepartmentRequired()
    found = [department for department in departments_for(session, incident) if department.user_id in wanted]
    if len(found) != len(wanted):
        raise DepartmentNotSuitable()
    if twice := [department.name for department in found if department.awaited]:
        raise AlreadyWhistled(departments="、".join(twice))
    return found


def _add_answers(session: Session, whistle: Whistle, called: list[Department], now: datetime) -> dict[str, Any]:
    """The rows of a whistle's answers; returns the detail of its entry."""
    profile = current_profile()
    limit = profile.whistle_reason(whistle.reason).report_in.limit
    due = due_at(now, limit, hold_calendar(session, profile))
    rows = [
        WhistleAnswer(whistle_id=whistle.id, incident_id=whistle.incident_id, department_id=found.user_id, due_at=due)
        for found in called
    ]
    session.add_all(rows)
    session.flush()
    answers = [(row.id, found.user_id, found.name) for row, found in zip(rows, called, strict=True)]
    return whistle_detail(whistle.id, WhistleReason(whistle.reason), limit, due, answers)


def whistle_detail(
    whistle_id: int, reason: WhistleReason, limit: Limit, due: datetime, answers: Sequence[tuple[int, int, str]]
) -> dict[str, Any]:
    """What the entry of a whistle says; ``answers``: id, department and its name."""
    return {
        "whistle": {
            "id": whistle_id, "reason": reason.value,
            "answers": [[answer, department, due.isoformat()] for answer, department, _ in answers],
        },
        "report_in": {"due_at": due.isoformat(), "limit": {"amount": limit.amount, "clock": limit.clock.value}},
        "departments": [name for _, _, name in answers],
    }  # fmt: skip


def report_in(actor: Actor, answer_id: int, note: str = "", now: datetime | None = None) -> list[WhistleView]:
    """The department says that it is there. Raises NotFound, ActionNotAllowed, WhistleSettled, WhistleOnEndedCase."""
    require(actor, Permission.INCIDENT_HANDLE)
    return _answer(actor, answer_id, _A.ANSWER_WHISTLE, note, {}, now)


def give_result(actor: Actor, answer_id: int, result: str, now: datetime | None = None) -> list[WhistleView]:
    """The department says what it did; until it is rated it may say so again.

    Raises EmptyText, NotFound, ActionNotAllowed, NotReportedIn, AlreadyRated.
    """
    require(actor, Permission.INCIDENT_HANDLE)
    result = clean_text(result, "result", NOTE_LENGTH)
    return _answer(actor, answer_id, _A.ANSWER_WHISTLE, result, {"result": True}, now)


def waive_whistle(actor: Actor, answer_id: int, reason: str, now: datetime | None = None) -> list[WhistleView]:
    """The street does without a department. Raises NotFound, ReasonRequired, WhistleSettled, WhistleOnEndedCase."""
    require(actor, Permission.INCIDENT_WHISTLE)
    return _answer(actor, answer_id, _A.WAIVE_WHISTLE, reason, {}, now)


def rate_answer(
    actor: Actor, answer_id: int, rating: int, note: str = "", now: datetime | None = None
) -> list[WhistleView]:
    """The street says from 1 to 5 what the answer was worth, once. Raises NotFound and those of refuse_rating."""
    require(actor, Permission.INCIDENT_WHISTLE)
    return _answer(actor, answer_id, _A.RATE_ANSWER, note, {"rating": rating}, now)


def _answer(
    actor: Actor, answer_id: int, action: IncidentAction, note: str, said: dict[str, Any], now: datetime | None
) -> list[WhistleView]:
    note, now = clean_text(note, "note", NOTE_LENGTH, required=False), now or utc_now()
    with transaction(EVERYWHERE) as session:
        incident = get_incident_for_update(session, actor.scope, find_incident_of_answer(session, answer_id))
        record = next(found for found in list_answers(session, incident.id) if found.id == answer_id)
        _refuse(actor, incident, record, action, note, said)
        detail = {"answer": answer_id, "department": record.department} | said
        add_record(session, incident, actor, action, now, note, detail)
        after = answers_after({answer_id: record.answer}, action, now, actor.user_id or None, note, detail)
        follow_answer(get_answer_row(session, incident.id, answer_id), after[answer_id])
        session.flush()
        return views_of(session, actor, incident, now)


def follow_answer(row: WhistleAnswer, answer: Answer) -> None:
    """Set the columns of a row to an answer."""
    for name in FOLLOWING:
        setattr(row, name, getattr(answer, name))


def _refuse(
    actor: Actor, incident: Incident, record: AnswerRecord, action: IncidentAction, note: str, said: dict[str, Any]
) -> None:
    status = IncidentStatus(incident.status)
    if action is _A.ANSWER_WHISTLE and not is_own(actor, record):
        raise ActionNotAllowed(action=action.value, role=actor.role.value)
    if action is _A.RATE_ANSWER:
        refuse_rating(record.answer, record.department, said["rating"])
    elif said.get("result"):
        refuse_result(record.answer, record.department)
    else:
        refuse_settled(record.answer, record.department)
        if status in ENDS:
            raise WhistleOnEndedCase()
        if action is _A.WAIVE_WHISTLE and not note:
            raise ReasonRequired(action=action.value)


def refuse_unanswered(session: Session, incident: Incident) -> None:
    """Refuse (WhistleUnanswered) to end a case while a department has neither reported in nor been waived."""
    if names := list_unanswered_departments(session, incident.id):
        raise WhistleUnanswered(departments="、".join(names))
