"""What the steps of a case have led to besides its status: in whose hands it is, when it was answered, how often it
came back (features C3, C5, C8, C9). One rule for the services, the import of histories and the demo towns.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from domain.incidents import ENDS, RECORDS, IncidentAction, IncidentLevel, IncidentStatus

_A, _S = IncidentAction, IncidentStatus
_ANSWERED = frozenset({_S.FED_BACK, _S.VERIFIED, _S.CLOSED})
_WITH_THE_DISPATCHER = frozenset({_S.REPORTED, _S.CHECKED, _S.FILED})
_MOMENTS = {_A.FILE: "filed_at", _A.DISPATCH: "dispatched_at", _A.SUPERVISE: "supervised_at"}


@dataclass(frozen=True)
class Hands:
    """Somebody who takes a case over or is given it, and the level at which they work."""

    user_id: int | None
    level: IncidentLevel


@dataclass(frozen=True)
class Review:
    """Who looks at a suspended case again, and on which Shanghai day."""

    on: date
    by: int


@dataclass(frozen=True)
class Course:
    """Columns of an incident that follow from its timeline; times in UTC.

    ``answered_at``: the feedback to the dispatcher, None again once it was returned or reopened. ``overdue_seconds``:
    from the deadline to that answer, 0 in time; an exemption does not touch it. ``returned_count``: by the handler to
    the dispatcher; ``failed_check_count``: answers that the check did not accept; ``reopened_count``: 返工, after
    closing.
    """

    status: str = _S.REPORTED.value
    level: str = IncidentLevel.GRID.value
    handler_id: int | None = None
    filed_at: datetime | None = None
    dispatched_at: datetime | None = None
    answered_at: datetime | None = None
    overdue_seconds: int | None = None
    supervised_at: datetime | None = None
    closed_at: datetime | None = None
    returned_count: int = 0
    failed_check_count: int = 0
    reopened_count: int = 0
    review_on: date | None = None
    review_by: int | None = None


def course_after(
    course: Course,
    action: IncidentAction,
    to: IncidentStatus,
    at: datetime,
    *,
    due_at: datetime | None = None,
    hands: Hands | None = None,
    review: Review | None = None,
    answered_at: datetime | None = None,
) -> Course:
    """The course after a step that led to the status ``to`` at ``at``.

    ``due_at``: the deadline that held then. ``hands``: who has the case now, None = as before. ``review`` for SUSPEND.
    ``answered_at`` for CLOSE_LINKED: when the main was answered, which answers a linked case as well. A record changes
    nothing.
    """
    if action in RECORDS:
        return course
    before = IncidentStatus(course.status)
    changed: dict[str, Any] = {"status": to.value, "closed_at": None}
    if to in ENDS:
        changed["closed_at"] = course.closed_at if before in ENDS else at
    if action in _MOMENTS:
        changed[_MOMENTS[action]] = at
    if action is _A.CLOSE_LINKED and course.answered_at is None:
        changed |= _answer(_A.FEED_BACK, to, answered_at or at, due_at)
    changed |= _answer(action, to, at, due_at) | _came_back(course, action, before) | _hands(action, to, hands)
    if action is not _A.ADD_NOTE:
        changed |= {"review_on": review.on if review else None, "review_by": review.by if review else None}
    return replace(course, **changed)


def _answer(action: IncidentAction, to: IncidentStatus, at: datetime, due_at: datetime | None) -> dict[str, Any]:
    if action is _A.FEED_BACK:
        late = int((at - due_at).total_seconds()) if due_at else 0
        return {"answered_at": at, "overdue_seconds": max(0, late)}
    return {} if to in _ANSWERED or to is _S.VOIDED else {"answered_at": None, "overdue_seconds": None}


def _came_back(course: Course, action: IncidentAction, before: IncidentStatus) -> dict[str, Any]:
    if action is _A.REOPEN:
        return {"reopened_count": course.reopened_count + 1}
    if action is not _A.RETURN:
        return {}
    if before in _ANSWERED:
        return {"failed_check_count": course.failed_check_count + 1}
    return {"returned_count": course.returned_count + 1} if before in (_S.DISPATCHED, _S.HANDLING) else {}


def _hands(action: IncidentAction, to: IncidentStatus, hands: Hands | None) -> dict[str, Any]:
    if hands is not None:
        return {"handler_id": hands.user_id, "level": hands.level.value}
    if to not in _WITH_THE_DISPATCHER:
        return {}
    # Called or sent back, it is the street's to dispatch; nobody has it in hand.
    called = action in (_A.CALL, _A.RETURN) and to is _S.FILED
    return {"handler_id": None} | ({"level": IncidentLevel.STREET.value} if called else {})
