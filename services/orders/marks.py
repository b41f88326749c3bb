"""Marks of the parts of a work order: by them a later file's row shows what has changed (feature N1, decision 0141)."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import datetime
from zlib import crc32

from domain.orders import OrderField
from services.orders.plan import Order
from services.orders.said import call_back_mark

PARTS = ("words", "class", "place", "reporter", "ending", "call_back")
"""The parts of a work order that a later file may change, in the order of ``Order.digests``; new ones at the end."""
UNSAID = "-"  # in the place of the mark of a part of which a row says nothing: what is known of it stays
ERASED = "0" * 8  # in the place of the reporter's mark once the contact was erased: it is not imported again


def _known_marks(known: str | None) -> list[str]:
    """The mark of each part at the last import; "" where there was none. Older imports knew fewer parts."""
    marks = known.split(".") if known else []
    return [*marks, *[UNSAID] * (len(PARTS) - len(marks))] if len(marks) > 4 else [""] * len(PARTS)


def without_call_back(known: str) -> str:
    """The marks of a row whose call-back was not taken, so that the next file's is."""
    return ".".join([*_known_marks(known)[:-1], UNSAID])


def without_reporter(known: str | None) -> str | None:
    """The marks of a row without that of its reporter, from which a number could be guessed."""
    marks = _known_marks(known)
    if not any(marks):
        return known
    marks[PARTS.index("reporter")] = ERASED
    return ".".join(marks)


def changed_parts(known: str | None, order: Order) -> tuple[str, ...]:
    """The parts of a row that say something else than at the last import; all of a case that was never imported."""
    before, after = _known_marks(known), order.digests.split(".")
    pairs = zip(PARTS, before, after, strict=True)
    return tuple(part for part, old, new in pairs if new not in (old, UNSAID) and old != ERASED)


def kept_marks(known: str | None, order: Order) -> str | None:
    """The marks of a case after a later row: those of its parts, where it says nothing or nothing counts the known."""
    before, after = _known_marks(known), order.digests.split(".")
    if not any(before):
        return order.digests
    return ".".join(old if new == UNSAID or old == ERASED else new for old, new in zip(before, after, strict=True))


_F = OrderField
_TOLD_BY: Mapping[str, tuple[OrderField, ...]] = {
    "words": (_F.TITLE, _F.CONTENT),
    "class": (_F.CATEGORY, _F.URGENCY, _F.DUE_AT),
    "place": (_F.PLACE, _F.AREA, _F.LON, _F.LAT),
    "reporter": (_F.REPORTER_NAME, _F.REPORTER_PHONE),
    "call_back": (_F.CALL_VALID, _F.CALL_RESPONDED, _F.CALL_SOLVED, _F.CALL_SATISFACTION),
    "ending": (_F.STATUS, _F.DISPATCHED_AT, _F.ANSWERED_AT, _F.CLOSED_AT, _F.ANSWER),
}


def mark_orders(orders: Sequence[Order], columns: Container[OrderField]) -> None:
    """Set a short mark of each part of each row (PARTS): equal marks, equal content at the source.

    UNSAID stands for a part of which the file has no column, and for an empty class, place, contact or call-back.
    """
    marks = [
        _marks(map(_SAID[part], orders))
        if any(field in columns for field in _TOLD_BY[part])
        else [UNSAID] * len(orders)
        for part in PARTS
    ]
    for order, parts in zip(orders, zip(*marks, strict=True), strict=True):
        order.digests = ".".join(parts)


def _marks(texts: Iterator[str | None]) -> list[str]:
    known: dict[str | None, str] = {None: UNSAID}
    found = []
    for said in texts:
        mark = known.get(said)
        if mark is None and said is not None:
            mark = known[said] = f"{crc32(said.encode()):08x}"
        found.append(mark or UNSAID)
    return found


def _class_said(order: Order) -> str | None:
    said_due = order.due_at if order.limit is None else None
    if not order.said and not order.urgency_said and not said_due:
        return None
    return f"{order.category}\x1f{order.said}\x1f{order.urgency}\x1f{said_due}"


def _place_said(order: Order) -> str | None:
    if order.lon is None and not order.place and not order.area:
        return None
    return f"{order.place}\x1f{order.area}\x1f{order.lon}\x1f{order.lat}"


def _reporter_said(order: Order) -> str | None:
    if not order.reporter_name and not order.reporter_phone:
        return None
    return f"{order.reporter_name}\x1f{order.reporter_phone}"


def _ending_said(order: Order) -> str:
    times = (
        f"{_seconds(order.reported_at)}/{_seconds(order.dispatched_at)}/{_seconds(order.answered_at)}"
        f"/{_seconds(order.closed_at)}"
    )
    return f"{order.ending.value}\x1f{times}\x1f{order.answer}"


def _seconds(moment: datetime | None) -> str:
    return "" if moment is None else str(moment.timestamp())


_SAID: Mapping[str, Callable[[Order], str | None]] = {
    "words": lambda order: f"{order.title}\x1f{order.description}",
    "class": _class_said,
    "place": _place_said,
    "reporter": _reporter_said,
    "ending": _ending_said,
    "call_back": lambda order: call_back_mark(order) or None,
}
