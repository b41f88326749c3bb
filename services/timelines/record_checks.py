"""Whether what stands beside a timeline follows from it: whistles and their answers, call-backs (features C6, C10)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.orm import Session

from db.queries.call_backs import list_call_backs_between, list_called_between
from db.queries.whistles import list_answers_between
from domain.call_backs import CallBack, call_backs_after, columns_of, counted
from domain.incidents import IncidentAction
from domain.whistles import ANSWERING, Answer, answers_after

_READ = ANSWERING | {IncidentAction.CALL_BACK}


@dataclass(frozen=True)
class Records:
    """By incident: the answers, the call-backs, and what the incident itself says of the call-back that counts."""

    answers: dict[int, dict[int, Answer]]
    call_backs: dict[int, dict[int, CallBack]]
    called: dict[int, dict[str, Any]]


def read_records(session: Session, first: int, last: int) -> Records:
    """The records of the incidents from ``first`` to ``last``."""
    return Records(
        list_answers_between(session, first, last),
        list_call_backs_between(session, first, last),
        list_called_between(session, first, last),
    )


def wrong_record(records: Records, incident_id: int, events: Sequence[Any]) -> Literal["whistle", "call_back"] | None:
    """Which records of an incident are not those that its timeline leads to."""
    answers: dict[int, Answer] = {}
    call_backs: dict[int, CallBack] = {}
    for event in (event for event in events if event.action in _READ):
        entry = (IncidentAction(event.action), event.at, event.user_id, event.note, json.loads(event.detail or "{}"))
        answers, call_backs = answers_after(answers, *entry), call_backs_after(call_backs, *entry)
    if answers != records.answers.get(incident_id, {}):
        return "whistle"
    counts = columns_of(counted(call_backs.values()))
    says = records.called.get(incident_id, columns_of(None))
    return "call_back" if (call_backs, counts) != (records.call_backs.get(incident_id, {}), says) else None
