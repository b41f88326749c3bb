"""Work orders as cases: their columns, and the timeline that the file tells (feature N1, decision 0141).

The entries are those of which the file gives the time: reported, dispatched, answered, closed. Nothing between them is
made up; what they lead to is domain/courses.py's rule, as for every other case.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple

from db.queries.receipts import next_numbers
from domain.clock import local_date
from domain.incidents import START, IncidentAction, IncidentStatus
from domain.orders import Ending
from domain.permissions import Actor
from services.incidents.numbers import incident_numbers, number_series
from services.orders.marks import kept_marks
from services.orders.plan import Order
from services.timelines.bulk import Columns, Step, chained, moment_text, witness
from services.timelines.entries import detail_text


def number_orders(session: Any, street: str, orders: Sequence[Order]) -> list[str]:
    """The program's own numbers for new cases, each in the series of the day it was reported."""
    days = [local_date(order.reported_at) for order in orders]
    counts = Counter(days)
    series = {day: number_series(street, day) for day in counts}
    first = next_numbers(session, {series[day]: count for day, count in counts.items()})
    ahead = {day: incident_numbers(street, day, first[series[day]], count) for day, count in counts.items()}
    return [next(ahead[day]) for day in days]


def report_detail(order: Order, area: str | None) -> str:
    """What the report's entry says besides the status: as ``detail_text`` writes it, which is slower."""
    place = f'"area": {quoted(area)}, ' if area else ""
    outside = ', "outside": true' if not area and order.lon is not None else ""
    counted = limit = due = ""
    if order.due_at is not None:
        due = f'"due_at": "{_iso(order.due_at)}", '
        if order.limit:
            counted = f'"counted_from": "{_iso(order.reported_at)}", '
            limit = f', "limit": {_limit_text(order.limit["amount"], order.limit["clock"])}'
    imported = f'"imported": {{"class": {quoted(order.said)}, "number": {quoted(order.number)}, "row": {order.row}}}'
    return f"{{{place}{counted}{due}{imported}{limit}{outside}}}"


def _iso(moment: datetime) -> str:
    """``isoformat`` of an instant in UTC, from the text that columns and hashes share."""
    text = moment_text(moment)
    return f"{text[:10]}T{text[11:].removesuffix('.000000')}+00:00"


@lru_cache(maxsize=256)
def _limit_text(amount: float, clock: str) -> str:
    return detail_text({"amount": amount, "clock": clock})


def _deadline(order: Order) -> dict[str, Any]:
    if order.due_at is None:
        return {}
    counted = {"counted_from": order.reported_at.isoformat(), "limit": order.limit} if order.limit else {}
    return {"due_at": order.due_at.isoformat(), **counted}


def ending_steps(order: Order) -> list[Step]:
    """From the report to the end that the file tells; none of an open one."""
    if order.closed_at is None:
        return []
    if order.ending is Ending.VOIDED:
        return [(moment_text(order.closed_at), "void", "reported", "voided", order.answer, "")]
    steps: list[Step] = []
    before = "reported"
    if order.dispatched_at:
        steps.append((moment_text(order.dispatched_at), "dispatch", before, "dispatched", "", ""))
        before = "dispatched"
    answered = order.answered_at or order.closed_at
    steps.append((moment_text(answered), "feed_back", before, "fed_back", order.answer, ""))
    steps.append((moment_text(order.closed_at), "close", "fed_back", "closed", "", ""))
    return steps


class End(NamedTuple):
    """What domain/courses.py makes of ``ending_steps``: a test compares them."""

    status: str
    dispatched_at: datetime | None
    answered_at: datetime | None
    overdue_seconds: int | None
    closed_at: datetime | None


def end_of(order: Order, due_at: datetime | None) -> End:
    """Where the steps lead, by the deadline that holds."""
    if order.closed_at is None:
        return End("reported", None, None, None, None)
    if order.ending is Ending.VOIDED:
        return End("voided", None, None, None, order.closed_at)
    answered = order.answered_at or order.closed_at
    late = int((answered - due_at).total_seconds()) if due_at else 0
    return End("closed", order.dispatched_at, answered, max(0, late), order.closed_at)


def new_case(
    order: Order, incident_id: int, number: str, source: str, lane: tuple[str, bool], area: str | None, actor: Actor,
    now: datetime,
) -> tuple[Columns, list[Columns], Columns]:  # fmt: skip
    """Columns of the case, of its entries and of the audit record. ``lane``: its key, and whether it files cases.

    A case that is over was accepted at its source, which counts as filed.
    """
    report: Step = (moment_text(order.reported_at), "report", None, "reported", "", report_detail(order, area))
    events, last = chained(incident_id, [report, *ending_steps(order)], actor)
    filed = report[0] if order.closed_at or not lane[1] else None
    end, at = end_of(order, order.due_at), moment_text(now)
    columns = (
        incident_id, number, order.category, order.urgency, source, order.title, order.description, order.place,
        order.lon, order.lat, order.area_id, lane[0], end.status, report[0], _said(order.due_at), _said(end.closed_at),
        actor.user_id or None, order.reporter_name, order.reporter_phone, "grid" if order.area_id else "street",
        order.number, order.digests, filed, _said(end.dispatched_at), _said(end.answered_at), end.overdue_seconds,
        len(events), last, 1, at, order.dictionary_version,
    )  # fmt: skip
    return columns, events, witness(events, at)


def _said(moment: datetime | None) -> str | None:
    return None if moment is None else moment_text(moment)


OWN_ACTIONS = (IncidentAction.REPORT.value, IncidentAction.UPDATE.value, IncidentAction.RECOUNT.value)
"""What stands in the timeline of an open case that nobody touched: the import's entries, and deadlines counted anew."""
_COLUMNS_OF = {
    "words": ("title", "description"),
    "class": ("category", "dictionary_version", "urgency"),
    "place": ("place", "lon", "lat", "area_id"),
    "reporter": ("reporter_name", "reporter_phone"),
}


def _silent_columns(order: Order, present: Any) -> set[str]:
    """Of contact, place and class what a row says nothing of: it is not written over. A known point keeps its area."""
    silent = {name for name in ("place", "reporter_name", "reporter_phone") if not getattr(order, name)}
    if not order.said:
        silent |= {"category", "dictionary_version"}
    if not order.urgency_said:
        silent.add("urgency")
    if order.lon is None and (present.lon is not None or order.area_id is None):
        silent |= {"lon", "lat", "area_id"}
    return silent


def updated_case(
    order: Order, present: Any, parts: Sequence[str], moved: bool, actor: Actor, now: datetime
) -> tuple[dict[str, Any], list[Columns], Columns, bool]:
    """Columns to write, entries, the audit record, and whether the source's end was taken over.

    It is taken over only where nobody here has ``moved`` the case since it was reported; so is another deadline.
    """
    status = IncidentStatus(present.status)
    untouched = status is START and not moved
    ends = "ending" in parts and untouched and order.closed_at is not None and order.closed_at >= present.reported_at
    detail: dict[str, Any] = {"imported": {"number": order.number, "row": order.row, "parts": list(parts)}}
    moves_deadline = "class" in parts and untouched and order.due_at != present.due_at
    detail |= _deadline(order) if moves_deadline else {}
    due_at = order.due_at if moves_deadline else present.due_at
    update: Step = (moment_text(now), "update", status.value, status.value, "", detail_text(detail))
    steps = [update, *(ending_steps(order) if ends else [])]
    events, last = chained(present.id, steps, actor, present.event_count, present.last_hash)
    silent = _silent_columns(order, present)
    changed = {name: getattr(order, name) for part in parts for name in _COLUMNS_OF.get(part, ()) if name not in silent}
    if ends:
        changed |= end_of(order, due_at)._asdict() | {"filed_at": present.filed_at or order.reported_at}
    changed |= {
        "id": present.id, "due_at": due_at, "import_digest": kept_marks(present.import_digest, order),
        "event_count": present.event_count + len(events), "last_hash": last, "updated_at": now,
    }  # fmt: skip
    return changed, events, witness(events, update[0]), ends
