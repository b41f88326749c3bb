"""Sums of indicators, by months that are over kept in memory: a year is added up from its months (decision 0151).

A month is summed anew once a case was written that had been reported before its end: nothing that is done to a case
lies before its report, so no other month can have changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db.queries.conditions import Window
from db.queries.indicators import first_report_written_since, sum_base
from db.session import Database, database
from domain.clock import day_start, local_date, utc_now
from domain.indicators import BASES, INDICATORS, Base, Part
from domain.permissions import Scope
from services.indicators.groups import Grouping

Summed = dict[tuple[int, str, Part, str], float]  # (window, group, part, what is summed) → sum
MOST_KEPT, MOST_DATABASES = 3000, 3
# A transaction may have stamped its rows this long before others could see them.
OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True)
class _Piece:
    """Sums of one base over one window: a row of ``values`` for each key of the group's column."""

    keys: tuple[Any, ...]
    values: NDArray[np.float64]


_Key = tuple[Base, Window, str, Scope]


@dataclass
class _Kept:
    """Pieces of one database, right as of ``seen``."""

    pieces: dict[_Key, _Piece] = field(default_factory=dict)
    seen: datetime | None = None
    lock: Lock = field(default_factory=Lock)


_kept: dict[tuple[Database, str], _Kept] = {}


@dataclass(frozen=True)
class _Asked:
    """Who asks in which session for sums by which column, as of when."""

    session: Session
    kept: _Kept
    column: str
    scope: Scope
    now: datetime


def sum_windows(
    session: Session, windows: Sequence[Window], grouping: Grouping, scope: Scope, now: datetime, stamp: str
) -> Summed:
    """The sums of all parts of all indicators by window and group; ``stamp`` tells a rebuilt demo from an older one."""
    kept = _kept_of(database(), stamp)
    _forget_changed(session, kept)
    asked = _Asked(session, kept, grouping.column, scope, now)
    found: Summed = {}
    for base in BASES:
        wanted = _wanted(base)
        pieces = [list(_pieces(base, window)) for window in windows]
        known = _known(asked, base, wanted, [piece for few in pieces for piece in few])
        for number, few in enumerate(pieces):
            _add(found, number, wanted, [known[piece] for piece in few], grouping)
    return found


def _kept_of(target: Database, stamp: str) -> _Kept:
    if (target, stamp) not in _kept and len(_kept) >= MOST_DATABASES:
        _kept.clear()
    return _kept.setdefault((target, stamp), _Kept())


def forget() -> None:
    """Keep nothing: what is looked at next is summed anew."""
    _kept.clear()


def _wanted(base: Base) -> list[tuple[Part, str]]:
    """What one statement sums: the parts of a base that any indicator has, each once."""
    tops = [(part, indicator.measured) for indicator in INDICATORS for part in indicator.numerator]
    below = [(part, indicator.over) for indicator in INDICATORS for part in indicator.denominator]
    return [pair for pair in dict.fromkeys([*tops, *below]) if pair[0].base == base]


def _forget_changed(session: Session, kept: _Kept) -> None:
    moment = utc_now()
    if kept.seen is not None:
        first = first_report_written_since(session, kept.seen - OVERLAP)
        with kept.lock:
            if len(kept.pieces) > MOST_KEPT:
                kept.pieces.clear()
            for key in [key for key in kept.pieces if first is not None and key[1].end > first]:
                kept.pieces.pop(key, None)
    kept.seen = moment


def _pieces(base: Base, window: Window) -> Iterable[Window]:
    """A window as the months that it is made of; what is late at its end is a sum of its own."""
    if base == "late":
        return [window]
    cuts = [window.start, *_months_between(window.start, window.until), window.end]
    # Whatever was reported before the piece's end was to be filed by then: a later end changes nothing.
    filing = window.filing
    return [Window(start, end, min(window.until, end + filing), filing) for start, end in pairwise(cuts)]


def _months_between(start: datetime, end: datetime) -> list[datetime]:
    found: list[datetime] = []
    day: date = local_date(start).replace(day=1)
    while True:
        day = (day + timedelta(days=32)).replace(day=1)
        if (moment := day_start(day)) >= end:
            return found
        found.append(moment)


def _known(
    asked: _Asked, base: Base, wanted: Sequence[tuple[Part, str]], windows: Sequence[Window]
) -> dict[Window, _Piece]:
    """The pieces of the windows: those kept, and all others in one statement."""
    kept = asked.kept
    keys = {window: (base, window, asked.column, asked.scope) for window in windows}
    with kept.lock:
        found = {window: kept.pieces[key] for window, key in keys.items() if key in kept.pieces}
    missing = [window for window in keys if window not in found]
    if missing:
        sums = sum_base(asked.session, base, wanted, missing, asked.column)
        for number, window in enumerate(missing):
            rows = {key: values for (place, key), values in sums.items() if place == number}
            found[window] = _Piece(tuple(rows), np.array(list(rows.values())).reshape(len(rows), len(wanted)))
        with kept.lock:
            kept.pieces.update({keys[window]: found[window] for window in missing if window.until <= asked.now})
    return found


def _add(
    found: Summed, number: int, wanted: Sequence[tuple[Part, str]], pieces: Sequence[_Piece], grouping: Grouping
) -> None:
    names = [[grouping.group_of(key) for key in piece.keys] for piece in pieces]
    groups = {name: place for place, name in enumerate(dict.fromkeys(name for few in names for name in few))}
    total = np.zeros((len(groups), len(wanted)))
    for piece, few in zip(pieces, names, strict=True):
        np.add.at(total, [groups[name] for name in few], piece.values)
    for name, place in groups.items():
        found |= {(number, name, *pair): float(value) for pair, value in zip(wanted, total[place], strict=True)}
