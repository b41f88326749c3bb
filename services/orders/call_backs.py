"""Call-backs that work orders bring along (features C10, N1): one for each closing, changed by a later file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.models import CallBackRecord
from db.queries.bulk import reserve_ids
from db.queries.call_backs import ClosedHead, list_call_backs_of, list_heads, write_call_backs
from domain.call_backs import CallBack, CallBackSource, columns_of, counted, detail_of
from domain.incidents import IncidentAction, IncidentStatus
from domain.permissions import Actor
from services.orders.marks import without_call_back
from services.orders.plan import CalledBack, Order
from services.timelines.entries import SUBJECT, TimelineEntry, chain_entry, detail_text

_ACTION, _CLOSED = IncidentAction.CALL_BACK, IncidentStatus.CLOSED


@dataclass(frozen=True)
class _Said:
    """A call-back to write: of which case, under which id, and whether that id is new."""

    head: ClosedHead
    id: int
    is_new: bool
    call_back: CallBack


def add_call_backs(session: Session, orders: Sequence[Order], source: str, actor: Actor, now: datetime) -> None:
    """Write the call-backs of orders that are cases by now. One of a case that is open here waits for a later file."""
    told = {order.number: order.call_back for order in orders if order.call_back is not None}
    if not told:
        return
    heads = list_heads(session, source, list(told))
    waits = [head for head in heads if head.status != _CLOSED.value or head.closed_at is None]
    closed = [head for head in heads if head not in waits]
    present = list_call_backs_of(session, [head.id for head in closed])
    said = _changes(session, closed, told, present, actor)
    marks = [{"case": head.id, "import_digest": without_call_back(head.import_digest or "")} for head in waits]
    write_call_backs(session, marks, *_rows(said, present, actor, now))


def _changes(
    session: Session, closed: Sequence[ClosedHead], told: Mapping[str, CalledBack | None],
    present: Mapping[int, Mapping[int, CallBack]], actor: Actor,
) -> list[_Said]:  # fmt: skip
    wanted = [(head, _call_back_of(head, told[head.external_number], actor)) for head in closed]
    before = {head.id: _of_this_closing(head, present.get(head.id, {})) for head, _ in wanted}
    fresh = [head.id for head, _ in wanted if before[head.id] is None]
    new_ids = dict(zip(fresh, reserve_ids(session, CallBackRecord, len(fresh)) if fresh else [], strict=True))
    return [
        _Said(head, before[head.id] or new_ids[head.id], before[head.id] is None, found)
        for head, found in wanted
        if before[head.id] is None or present[head.id][before[head.id] or 0] != found
    ]


def _call_back_of(head: ClosedHead, said: CalledBack | None, actor: Actor) -> CallBack:
    """Never before the closing: nobody is called back about what is not done."""
    if said is None or head.closed_at is None:
        raise ValueError("no call-back of a closed case")
    at = max(said.at or head.closed_at, head.closed_at)
    content = said.satisfaction.value if said.satisfaction else None
    source = CallBackSource.ORDER.value
    return CallBack(at, actor.user_id or None, said.reached, said.responded, said.solved, content, source, "")


def _of_this_closing(head: ClosedHead, present: Mapping[int, CallBack]) -> int | None:
    """The id of the one that an earlier file brought since the case was closed."""
    brought = [
        number for number, one in present.items()
        if one.source == CallBackSource.ORDER.value and head.closed_at and one.at >= head.closed_at
    ]  # fmt: skip
    return brought[-1] if brought else None


def _rows(
    said: Sequence[_Said], present: Mapping[int, Mapping[int, CallBack]], actor: Actor, now: datetime
) -> tuple[list[dict[str, Any]], ...]:
    """New records, changed ones, columns of cases, entries, audit records."""
    new, changed, cases, events, audit = [], [], [], [], []
    for one in said:
        values = vars(one.call_back)
        if one.is_new:
            new.append({"id": one.id, "incident_id": one.head.id} | values)
        else:
            changed.append({"call_back": one.id} | {f"new_{name}": value for name, value in values.items()})
        event = _event(one, actor)
        events.append(event)
        audit.append({"at": now, "user_id": actor.user_id or None, "action": f"{SUBJECT}.{_ACTION}",
                      "subject": SUBJECT, "subject_id": one.head.id, "detail": event["hash"]})  # fmt: skip
        known = dict(present.get(one.head.id, {})) | {one.id: one.call_back}
        cases.append(
            columns_of(counted(known.values()))
            | {"case": one.head.id, "event_count": event["sequence"], "last_hash": event["hash"], "updated_at": now}
        )
    return new, changed, cases, events, audit


def _event(one: _Said, actor: Actor) -> dict[str, Any]:
    detail = detail_text(detail_of(one.id, one.call_back))
    entry = TimelineEntry(
        one.call_back.at, actor.user_id or None, actor.name, _ACTION, _CLOSED, _CLOSED, "", detail
    )  # fmt: skip
    return chain_entry(one.head.id, one.head.event_count + 1, entry, one.head.last_hash or None)
