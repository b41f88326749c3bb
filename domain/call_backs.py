"""回访: what the reporter says of a closed case when somebody calls back (feature C10).

Several attempts are allowed; the last one that reached the reporter counts. ``call_backs_after`` reads them off the
timeline, for the check of the columns.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.errors import Refusal
from domain.incidents import IncidentAction


class Satisfaction(StrEnum):
    """How content the reporter is."""

    SATISFIED = "satisfied"
    FAIRLY = "fairly"
    DISSATISFIED = "dissatisfied"


class CallBackSource(StrEnum):
    """How the reporter was asked. ORDER: the work order brought the answers along."""

    PHONE = "phone"
    VISIT = "visit"
    ORDER = "order"


class CallBackOnOpenCase(Refusal):
    """Only a closed case is called back about."""

    code = "call_back_on_open_case"


class HandlerMayNotCallBack(Refusal):
    """Whoever handled the case does not ask how it went."""

    code = "handler_may_not_call_back"


class CallBackIncomplete(Refusal):
    """Who was reached has said three things: whether somebody came, whether it is solved, how content they are."""

    code = "call_back_incomplete"


@dataclass(frozen=True)
class CallBack:
    """One attempt. ``responded``, ``solved`` and ``satisfaction`` are None where nobody was reached."""

    at: datetime
    by: int | None
    reached: bool
    responded: bool | None
    solved: bool | None
    satisfaction: str | None
    source: str
    note: str


def refuse_incomplete(reached: bool, said: Iterable[object]) -> None:
    """Refuse (CallBackIncomplete) a reached reporter who said less than all, and words of one who was not reached."""
    given = [answer is not None for answer in said]
    if not all(given) if reached else any(given):
        raise CallBackIncomplete()


def detail_of(call_back_id: int, call_back: CallBack) -> dict[str, Any]:
    """What its entry of the timeline says besides the words."""
    said = {name: getattr(call_back, name) for name in ("reached", "responded", "solved", "satisfaction", "source")}
    return {"call_back": {"id": call_back_id} | said}


def call_backs_after(
    found: Mapping[int, CallBack],
    action: IncidentAction,
    at: datetime,
    by: int | None,
    note: str,
    detail: Mapping[str, Any],
) -> dict[int, CallBack]:
    """The call-backs of a case (by id) after an entry of its timeline; other entries change nothing."""
    if action is not IncidentAction.CALL_BACK:
        return dict(found)
    said = dict(detail["call_back"])
    return dict(found) | {said.pop("id"): CallBack(at=at, by=by, note=note, **said)}


def counted(call_backs: Iterable[CallBack]) -> CallBack | None:
    """The one that counts: the last that reached somebody."""
    return next((found for found in reversed(list(call_backs)) if found.reached), None)


def columns_of(call_back: CallBack | None) -> dict[str, Any]:
    """What stands on the incident of the call-back that counts: 1 for yes, 0 for no."""
    if call_back is None:
        return dict.fromkeys(("called_at", "call_responded", "call_solved", "call_satisfaction"))
    return {
        "called_at": call_back.at, "call_responded": int(bool(call_back.responded)),
        "call_solved": int(bool(call_back.solved)), "call_satisfaction": call_back.satisfaction,
    }  # fmt: skip
