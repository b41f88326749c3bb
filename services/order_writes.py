"""Work orders as cases: their columns, and the timeline that the file tells (feature N1, decision 0141).

The entries are those of which the file gives the time: reported, dispatched, answered, closed. Nothing between them is
made up; what they lead to is domain/courses.py's rule, as for every other case.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from db.queries.receipts import next_numbers
from domain.clock import local_date
from domain.courses import Course, course_after
from domain.incidents import START, IncidentAction, IncidentLevel, IncidentStatus
from domain.orders import Ending
from domain.permissions import Actor
from services.incident_numbers import incident_number, number_series
from services.order_plan import Order
from services.timeline_bulk import Columns, chained, witness
from services.timelines import TimelineEntry, detail_text

_A, _S = IncidentAction, IncidentStatus
_NO_LIMIT: dict[str, Any] = {}
PARTS = ("words", "class", "place", "reporter", "ending")
"""The parts of a work order that a later file may change, in the order of ``Order.digests``."""


def number_orders(session: Any, street: str, orders: Sequence[Order]) -> list[str]:
    """The program's own numbers for new cases, each in the series of the day it was reported."""
    days = [local_date(order.reported_at) for order in orders]
    series = {day: number_series(street, day) for day in set(days)}
    counts: dict[str, int] = {}
    for day in days:
        counts[series[day]] = counts.get(series[day], 0) + 1
    ahead = next_numbers(session, counts)
    found = []
    for day in days:
        name = series[day]
        found.append(incident_number(street, day, ahead[name]))
        ahead[name] += 1
    return found


def first_entries(order: Order, area: str | None, actor: Actor) -> list[TimelineEntry]:
    """The timeline of a new case: its report, and the way to its end as far as the file tells it."""
    said: dict[str, Any] = {"imported": {"number": order.number, "row": order.row, "class": order.said}}
    said |= {"area": area} if area else ({"outside": True} if order.lon is not None else {})
    said |= _deadline(order)
    report = TimelineEntry(
        order.reported_at, actor.user_id or None, actor.name, _A.REPORT, None, START,
        detail=json.dumps(said, ensure_ascii=False, sort_keys=True),
    )  # fmt: skip
    return [report, *ending_entries(order, actor)]


def _deadline(order: Order) -> dict[str, Any]:
    if order.due_at is None:
        return {}
    counted = {"counted_from": order.reported_at.isoformat(), "limit": order.limit} if order.limit else _NO_LIMIT
    return {"due_at": order.due_at.isoformat(), **counted}


def ending_entries(order: Order, actor: Actor) -> list[TimelineEntry]:
    """From the report to the end that the file tells; none of an open one."""
    who = (actor.user_id or None, actor.name)
    if order.closed_at is None:
        return []
    if order.ending is Ending.VOIDED:
        return [TimelineEntry(order.closed_at, *who, _A.VOID, START, _S.VOIDED, order.answer)]
    entries, before = [], START
    if order.dispatched_at:
        entries.append(TimelineEntry(order.dispatched_at, *who, _A.DISPATCH, before, _S.DISPATCHED))
        before = _S.DISPATCHED
    answered = order.answered_at or order.closed_at
    entries.append(TimelineEntry(answered, *who, _A.FEED_BACK, before, _S.FED_BACK, order.answer))
    return [*entries, TimelineEntry(order.closed_at, *who, _A.CLOSE, _S.FED_BACK, _S.CLOSED)]


def course_through(start: Course, entries: Sequence[TimelineEntry], due_at: datetime | None) -> Course:
    """What the entries lead to."""
    for entry in entries:
        start = course_after(start, entry.action, entry.to_status, entry.at, due_at=due_at)
    return start


def new_case(
    order: Order, incident_id: int, number: str, source: str, lane: tuple[str, bool], area: str | None, actor: Actor,
    now: datetime,
) -> tuple[Columns, list[Columns], Columns]:  # fmt: skip
    """Columns of the case, of its entries and of the audit record. ``lane``: its key, and whether it files cases.

    A case that is over was accepted at its source, which counts as filed.
    """
    entries = first_entries(order, area, actor)
    events, last = chained(incident_id, entries)
    level = IncidentLevel.GRID if order.area_id else IncidentLevel.STREET
    filed = order.reported_at if order.closed_at or not lane[1] else None
    course = course_through(Course(level=level.value, filed_at=filed), entries[1:], order.due_at)
    columns = (
        incident_id, number, order.category, order.urgency, source, order.title, order.description, order.place,
        order.lon, order.lat, order.area_id, lane[0], course.status, order.reported_at, order.due_at, course.closed_at,
        actor.user_id or None, order.reporter_name, order.reporter_phone, course.level, order.number, order.digests,
        course.filed_at, course.dispatched_at, course.answered_at, course.overdue_seconds, len(events), last, 1, now,
        order.dictionary_version,
    )  # fmt: skip
    return columns, events, witness(events, now)


ERASED = "0" * 8  # in the place of the reporter's mark once the contact was erased: it is not imported again


def without_reporter(known: str | None) -> str | None:
    """The marks of a row without that of its reporter, from which a number could be guessed."""
    marks = (known or "").split(".")
    if len(marks) != len(PARTS):
        return known
    marks[PARTS.index("reporter")] = ERASED
    return ".".join(marks)


def changed_parts(known: str | None, order: Order) -> tuple[str, ...]:
    """The parts of a row that differ from those it had at the last import; all of a case that was never imported."""
    before = (known or "").split(".")
    if len(before) != len(PARTS):
        return PARTS
    after = order.digests.split(".")
    pairs = zip(PARTS, before, after, strict=True)
    return tuple(part for part, old, new in pairs if old != new and old != ERASED)


def _kept_marks(known: str | None, order: Order) -> str | None:
    erased = ERASED in (known or "").split(".")
    return without_reporter(order.digests) if erased else order.digests


_COLUMNS_OF = {
    "words": ("title", "description"),
    "class": ("category", "dictionary_version", "urgency"),
    "place": ("place", "lon", "lat", "area_id"),
    "reporter": ("reporter_name", "reporter_phone"),
}


def updated_case(
    order: Order, present: Any, parts: Sequence[str], actor: Actor, now: datetime
) -> tuple[dict[str, Any], list[Columns], Columns, bool]:
    """Columns to write, entries, the audit record, and whether the source's end was taken over.

    It is taken over only where nobody here has moved the case since it was reported; so is another deadline.
    """
    status = IncidentStatus(present.status)
    ends = "ending" in parts and order.closed_at is not None and status is START and present.main_id is None
    detail: dict[str, Any] = {"imported": {"number": order.number, "row": order.row, "parts": list(parts)}}
    moves_deadline = "class" in parts and status is START and order.due_at != present.due_at
    detail |= _deadline(order) if moves_deadline else {}
    due_at = order.due_at if moves_deadline else present.due_at
    entries = [
        TimelineEntry(now, actor.user_id or None, actor.name, _A.UPDATE, status, status, detail=detail_text(detail)),
        *(ending_entries(order, actor) if ends else []),
    ]
    events, last = chained(present.id, entries, present.event_count, present.last_hash)
    course = course_through(
        Course(level=present.level, filed_at=present.filed_at or order.reported_at), entries[1:], due_at
    )
    changed = {name: getattr(order, name) for part in parts for name in _COLUMNS_OF.get(part, ())}
    if ends:
        names = ("status", "filed_at", "dispatched_at", "answered_at", "overdue_seconds", "closed_at")
        changed |= {name: getattr(course, name) for name in names}
    changed |= {
        "id": present.id, "due_at": due_at, "import_digest": _kept_marks(present.import_digest, order),
        "event_count": present.event_count + len(events), "last_hash": last, "updated_at": now,
    }  # fmt: skip
    return changed, events, witness(events, now), ends
