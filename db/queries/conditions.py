"""Conditions of domain/indicators.py as SQL on incidents; the seconds between two moments, on each database."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, false, func, not_, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement

from db.models import Area, Incident, Whistle, WhistleAnswer
from domain.incidents import RUNNING, TIMED
from domain.indicators import BASES, Part


@dataclass(frozen=True)
class Window:
    """A period as instants in UTC, [start, end), and as far as it has come: ``until`` is ``end``, or now.

    ``filing``: within which time a report is to be filed.
    """

    start: datetime
    end: datetime
    until: datetime
    filing: timedelta


@dataclass(frozen=True)
class Members:
    """Which values of an incident's column a group has; ``paths``: areas below them; ``none``: also where it is empty.

    ``column`` None: everything.
    """

    column: str | None = None
    values: frozenset[str | int] = frozenset()
    paths: tuple[str, ...] = ()
    none: bool = False


@dataclass(frozen=True)
class Counted:
    """Incidents that a figure counts: any of the parts in the window, within a group."""

    parts: tuple[Part, ...]
    window: Window
    members: Members = Members()


class seconds_between(FunctionElement[float]):
    """Seconds from the first moment to the second."""

    type = Float()
    inherit_cache = True
    name = "seconds_between"


@compiles(seconds_between, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    first, second = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(unixepoch({second}) - unixepoch({first}))"


@compiles(seconds_between, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    first, second = (compiler.process(clause, **options) for clause in element.clauses)
    return f"EXTRACT(EPOCH FROM {second} - {first})"


def clock_runs() -> list[ColumnElement[bool]]:
    """Cases whose clock runs: open, not suspended, not answered, with a deadline."""
    status = Incident.status.in_([status.value for status in RUNNING])
    # The last says nothing new: by it the index of closings, where those without one stand together, is found.
    return [status, Incident.due_at.is_not(None), Incident.closed_at.is_(None)]


def pressing() -> list[ColumnElement[bool]]:
    """Those whose time presses somebody: what is linked to another case is that one's matter (decision 0108)."""
    return [*clock_runs(), Incident.main_id.is_(None)]


def overdue(now: datetime) -> list[ColumnElement[bool]]:
    """超期, the one definition: list, desk, big screen and map go by it, and 超期未结 of the indicators equals it."""
    return [*pressing(), Incident.due_at < now]


def _column(name: str) -> Any:
    return getattr(Incident, name)


def _running(window: Window) -> ColumnElement[bool]:
    timed = Incident.status.in_([status.value for status in TIMED])  # a suspended case's clock stands still
    return or_(and_(Incident.closed_at.is_(None), timed), closed_late_after(window))


def closed_late_after(window: Window) -> ColumnElement[bool]:
    """Closed after the window and after its deadline: it ran late at the window's end. The index of late ones knows."""
    return and_(Incident.closed_at >= window.until, Incident.closed_at > Incident.due_at)


# Moments that stand in tables of their own: those incidents of which one lies in the period.
_ELSEWHERE: dict[str, tuple[Any, Any]] = {
    "whistle_blown_at": (Whistle.incident_id, Whistle.blown_at),
    "department_reported_at": (WhistleAnswer.incident_id, WhistleAnswer.reported_at),
    "answer_rated_at": (WhistleAnswer.incident_id, WhistleAnswer.rated_at),
}


def _in_period(name: str, window: Window) -> ColumnElement[bool]:
    of, column = _ELSEWHERE.get(name, (None, None))
    if of is None:
        return within(_column(name), window)
    return Incident.id.in_(select(of).where(within(column, window)))


def within(column: Any, window: Window) -> ColumnElement[bool]:
    """Whether a moment lies in the period."""
    return and_(column >= window.start, column < window.end)


_Made = Callable[[re.Match[str], Window], ColumnElement[bool]]
_FORMS: tuple[tuple[str, _Made], ...] = (
    (r"running at end", lambda _m, w: _running(w)),
    (r"(\w+) set", lambda m, _w: _column(m[1]).is_not(None)),
    (r"(\w+) empty", lambda m, _w: _column(m[1]).is_(None)),
    # No bare column: SQLite would take the index of "closed", which is nearly all, rather than that of the moment.
    (r"(\w+) is (\w+)", lambda m, _w: func.coalesce(_column(m[1]), "") == m[2]),
    (r"(\w+) not (?!by )(\w+)", lambda m, _w: _column(m[1]) != m[2]),
    (r"(\w+) = (\d+)", lambda m, _w: _column(m[1]) == int(m[2])),
    (r"(\w+) > (\d+)", lambda m, _w: _column(m[1]) > int(m[2])),
    (r"(\w+) <= ([a-z]\w+)", lambda m, _w: _column(m[1]) <= _column(m[2])),
    (r"(\w+) in period", lambda m, w: _in_period(m[1], w)),
    (r"(\w+) by end", lambda m, w: _column(m[1]) < w.until),
    (r"(\w+) not by end", lambda m, w: or_(_column(m[1]).is_(None), not_(_column(m[1]) < w.until))),
    (r"(\w+) filing limit before end", lambda m, w: _column(m[1]) < w.until - w.filing),
    (
        r"(\w+) within filing limit of (\w+)",
        lambda m, w: seconds_between(_column(m[2]), _column(m[1])) <= w.filing.total_seconds(),
    ),
)


def condition(text: str, window: Window) -> ColumnElement[bool]:
    """One condition as SQL. Raises ValueError for what the grammar does not have."""
    for form, make in _FORMS:
        if found := re.fullmatch(form, text):
            return make(found, window)
    raise ValueError(f"no condition: {text}")


def conditions(texts: Sequence[str], window: Window) -> list[ColumnElement[bool]]:
    """Several of them."""
    return [condition(text, window) for text in texts]


def counted_filter(counted: Counted) -> list[ColumnElement[bool]]:
    """Which incidents a figure counts: the WHERE of the list behind it."""
    window = counted.window
    parts = [and_(*conditions((*BASES[part.base], *part.conditions), window)) for part in counted.parts]
    return [or_(*parts), *_among(counted.members)]


def _among(members: Members) -> list[ColumnElement[bool]]:
    if members.column is None:
        return []
    column = _column(members.column)
    found = [column.is_(None)] if members.none else []
    if members.paths:
        found.append(column.in_(select(Area.id).where(or_(*(Area.path.like(f"{path}%") for path in members.paths)))))
    return [or_(false(), *found, column.in_(members.values))]
