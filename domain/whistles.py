"""吹哨报到: the street whistles, departments report in, the street rates what they did (feature C6).

What an answer looks like follows from the timeline alone: ``answers_after`` is the one rule for the services, the
demo towns and the check of the timelines.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.errors import Refusal
from domain.incidents import IncidentAction

_A = IncidentAction
RATINGS = range(1, 6)
# The entries of a timeline from which the answers follow.
ANSWERING = frozenset({_A.WHISTLE, _A.ANSWER_WHISTLE, _A.WAIVE_WHISTLE, _A.RATE_ANSWER, _A.RECOUNT})


class WhistleReason(StrEnum):
    """The three cases in which a street may whistle (DOMAIN.md 2.5)."""

    PROMINENT_PROBLEM = "prominent_problem"
    JOINT_ENFORCEMENT = "joint_enforcement"
    EMERGENCY = "emergency"


class AnswerState(StrEnum):
    """How far one department's answer is."""

    AWAITED = "awaited"
    REPORTED_IN = "reported_in"
    ANSWERED = "answered"
    WAIVED = "waived"


class Frequency(StrEnum):
    """Whether an area whistles more or less than a street should: too few hides trouble, too many hands work on."""

    TOO_FEW = "too_few"
    USUAL = "usual"
    TOO_MANY = "too_many"


class AnswerPart(StrEnum):
    """Which answers of a department a figure counts: all, or those waived, in time, that came, that were rated."""

    CALLED = "called"
    WAIVED = "waived"
    IN_TIME = "in_time"
    CAME = "came"
    RATED = "rated"


class WhistleUnanswered(Refusal):
    """The case does not close while a department has neither reported in nor been waived. Values: departments."""

    code = "whistle_unanswered"


class AlreadyWhistled(Refusal):
    """A department is whistled for again while its answer is still awaited. Values: departments."""

    code = "already_whistled"


class DepartmentRequired(Refusal):
    """A whistle names at least one department."""

    code = "department_required"


class DepartmentNotSuitable(Refusal):
    """No active account of a department that works for the place of the case."""

    code = "department_not_suitable"


class WhistleOnEndedCase(Refusal):
    """The case is closed or voided: nobody is called any more."""

    code = "whistle_on_ended_case"


class WhistleSettled(Refusal):
    """The department has reported in already, or was waived. Values: department, state."""

    code = "whistle_settled"


class NotReportedIn(Refusal):
    """A result is given by those who have reported in. Values: department."""

    code = "not_reported_in"


class NoAnswerYet(Refusal):
    """There is no result to rate yet. Values: department."""

    code = "no_answer_yet"


class AlreadyRated(Refusal):
    """The answer was rated: it stands. Values: department."""

    code = "already_rated"


class InvalidRating(Refusal):
    """A rating is a whole number from 1 to 5."""

    code = "invalid_rating"


@dataclass(frozen=True)
class Answer:
    """One department's answer to one whistle. Times in UTC; users by id, None = the program itself.

    ``due_at``: until when it has to report in. ``result`` is what it did, in its words.
    """

    whistle_id: int
    reason: str
    blown_at: datetime
    blown_by: int | None
    department_id: int
    due_at: datetime
    reported_at: datetime | None = None
    reported_by: int | None = None
    result: str = ""
    result_at: datetime | None = None
    waived_at: datetime | None = None
    waived_by: int | None = None
    waive_reason: str = ""
    rating: int | None = None
    rated_at: datetime | None = None
    rated_by: int | None = None

    @property
    def state(self) -> AnswerState:
        """How far it is."""
        if self.waived_at:
            return AnswerState.WAIVED
        if self.result_at:
            return AnswerState.ANSWERED
        return AnswerState.REPORTED_IN if self.reported_at else AnswerState.AWAITED

    @property
    def late_seconds(self) -> int | None:
        """From the deadline to the report-in, 0 in time; None while there is none."""
        if self.reported_at is None:
            return None
        return max(0, int((self.reported_at - self.due_at).total_seconds()))


def frequency_of(per_thousand: float | None, few: float, many: float) -> Frequency | None:
    """Whistles a year and per 1,000 households against the two limits; None where there is no rate."""
    if per_thousand is None:
        return None
    if per_thousand < few:
        return Frequency.TOO_FEW
    return Frequency.TOO_MANY if per_thousand > many else Frequency.USUAL


def refuse_settled(answer: Answer, department: str) -> None:
    """Refuse (WhistleSettled) to report in or waive where one of both has happened."""
    if answer.state is not AnswerState.AWAITED:
        raise WhistleSettled(department=department, state=answer.state.value)


def refuse_result(answer: Answer, department: str) -> None:
    """Refuse a result before the report-in (NotReportedIn) and after the rating (AlreadyRated)."""
    if answer.reported_at is None:
        raise NotReportedIn(department=department)
    if answer.rating is not None:
        raise AlreadyRated(department=department)


def refuse_rating(answer: Answer, department: str, rating: int) -> None:
    """Refuse to rate nothing (NoAnswerYet), twice (AlreadyRated), or beyond 1 to 5 (InvalidRating)."""
    if answer.rating is not None:
        raise AlreadyRated(department=department)
    if answer.state is not AnswerState.ANSWERED:
        raise NoAnswerYet(department=department)
    if rating not in RATINGS:
        raise InvalidRating()


def answers_after(
    answers: Mapping[int, Answer],
    action: IncidentAction,
    at: datetime,
    by: int | None,
    note: str,
    detail: Mapping[str, Any],
) -> dict[int, Answer]:
    """The answers of a case (by id) after an entry of its timeline; other entries change nothing.

    WHISTLE says in ``detail`` the id of the whistle, its reason and [answer, department, until when] of each; the
    others say which answer; RECOUNT may say new deadlines by answer.
    """
    found = dict(answers)
    if action is _A.WHISTLE:
        said = detail["whistle"]
        for answer, department, due in said["answers"]:
            found[answer] = Answer(
                said["id"], said["reason"], at, by, department, datetime.fromisoformat(due)
            )  # fmt: skip
    elif action is _A.RECOUNT:
        for key, due in detail.get("whistles", {}).items():
            found[int(key)] = replace(found[int(key)], due_at=datetime.fromisoformat(due))
    elif action in _CHANGES:
        number = int(detail["answer"])
        found[number] = replace(found[number], **_CHANGES[action](at, by, note, detail))
    return found


def _answered(at: datetime, by: int | None, note: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    if detail.get("result"):
        return {"result": note, "result_at": at}
    return {"reported_at": at, "reported_by": by}


def _waived(at: datetime, by: int | None, note: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"waived_at": at, "waived_by": by, "waive_reason": note}


def _rated(at: datetime, by: int | None, note: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"rating": int(detail["rating"]), "rated_at": at, "rated_by": by}


_CHANGES = {_A.ANSWER_WHISTLE: _answered, _A.WAIVE_WHISTLE: _waived, _A.RATE_ANSWER: _rated}
