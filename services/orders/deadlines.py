"""Deadlines of many cases at once: the four clocks of domain/clocks.py on arrays (feature N1).

The same instants as ``domain.clocks.due_at`` (a test compares them), in one pass over a table of all working stretches.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config.profiles import Profile
from domain.clock import day_start, local_date
from domain.clocks import Calendar, ClockKind, Limit, due_at
from domain.errors import NotFound
from services.dictionaries.current import Asked, limit_of, limits_of
from services.orders.plan import Order

Seconds = NDArray[np.float64]
_ALWAYS = frozenset({ClockKind.EMERGENCY_HOUR, ClockKind.CALENDAR_DAY})
_DAYS_AHEAD = 60


def due_many(starts: Sequence[datetime], limit: Limit, calendar: Calendar) -> list[datetime]:
    """``due_at`` of each start; microseconds of the starts are dropped."""
    if not starts:
        return []
    begun = np.array([moment.timestamp() // 1 for moment in starts])
    length = limit.length.total_seconds()
    if limit.clock in _ALWAYS:
        found = begun + length
    else:
        first, last = local_date(min(starts)), local_date(max(starts))
        found = _counted(begun, length, limit.clock, _Table(calendar, first, last, length))
    late = [due_at(starts[at], limit, calendar).timestamp() if np.isnan(due) else due for at, due in enumerate(found)]
    return [datetime.fromtimestamp(due, UTC) for due in late]


class _Table:
    """Working stretches (``open`` to ``shut``, seconds) with what was counted before each; whole days likewise."""

    def __init__(self, calendar: Calendar, first: date, last: date, length: float) -> None:
        ahead = _DAYS_AHEAD + int(length / 3600)
        days = [first + timedelta(days=n) for n in range((last - first).days + ahead)]
        worked = [day for day in days if calendar.is_working(day)]
        midnights = np.array([day_start(day).timestamp() for day in worked])
        windows = np.array([(window.start * 60, window.end * 60) for window in calendar.hours], float)
        self.day_open = midnights
        self.day_shut = np.array([day_start(day + timedelta(days=1)).timestamp() for day in worked])
        self.open = (midnights[:, None] + windows[:, 0]).ravel()
        self.shut = (midnights[:, None] + windows[:, 1]).ravel()


def _counted(begun: Seconds, length: float, clock: ClockKind, table: _Table) -> Seconds:
    """NaN where the table ends too early."""
    if clock is ClockKind.WORKING_DAY:
        at = np.searchsorted(table.shut, begun, side="right")  # the stretch it lies in, or the next
        inside = np.minimum(at, len(table.open) - 1)
        begun = np.where(at < len(table.open), np.maximum(begun, table.open[inside]), np.nan)
        opened, shut = table.day_open, table.day_shut
    else:
        opened, shut = table.open, table.shut
    total = np.concatenate([[0.0], np.cumsum(shut - opened)])
    at = np.searchsorted(shut, begun, side="right")
    inside = np.minimum(at, len(opened) - 1)
    counted = total[inside] + np.maximum(0.0, begun - opened[inside])
    wanted = counted + length
    end = np.searchsorted(total, wanted, side="left") - 1
    known = np.isfinite(wanted) & (end < len(opened)) & (at < len(opened))
    end = np.clip(end, 0, len(opened) - 1)
    return np.where(known, opened[end] + (wanted - total[end]), np.nan)


@lru_cache(maxsize=64)
def limit_detail(limit: Limit) -> dict[str, object]:
    """A limit as the timeline's detail has it."""
    return {"amount": limit.amount, "clock": limit.clock.value}


def keep_unsaid_class(
    profile: Profile, orders: Sequence[Order], present: Mapping[str, Any], calendar: Calendar
) -> None:
    """Of orders that update cases: the class or urgency of which a row says nothing is the case's.

    A deadline that the file does not say is counted by what holds then.
    """
    for order in orders:
        case = present[order.number]
        if order.said and order.urgency_said:
            continue
        order.urgency = order.urgency if order.urgency_said else case.urgency
        if not order.said:
            order.category, order.dictionary_version = case.category, case.dictionary_version
        if order.limit is not None:
            _count_anew(profile, order, case, calendar)


def _count_anew(profile: Profile, order: Order, case: Any, calendar: Calendar) -> None:
    condition = "" if order.said else case.condition
    asked = Asked(order.category, order.urgency, condition, order.dictionary_version)
    try:
        limit = limit_of(profile, asked, order.reported_at, calendar)
    except NotFound:  # filed under what no version has: its deadline stays
        order.due_at, order.limit = case.due_at, None
    else:
        order.due_at, order.limit = due_at(order.reported_at, limit, calendar), limit_detail(limit)


def set_deadlines(profile: Profile, orders: Sequence[Order], calendar: Calendar) -> None:
    """The deadline that the file does not say: the earliest of the limits of the class and the urgency."""
    groups: dict[tuple[str, str], list[Order]] = {}
    for order in orders:
        if order.due_at is None or order.limit is not None:
            groups.setdefault((order.category, order.urgency), []).append(order)
    for (category, urgency), members in groups.items():
        starts = [order.reported_at for order in members]
        limits = limits_of(profile, Asked(category, urgency))
        ends = [due_many(starts, limit, calendar) for limit in limits]
        for at, order in enumerate(members):
            order.due_at, which = min((due[at], number) for number, due in enumerate(ends))
            order.limit = limit_detail(limits[which])
