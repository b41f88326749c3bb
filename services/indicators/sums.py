"""Sums of indicators by months, which are kept: a year is added up from its months (decision 0151)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
from sqlalchemy.orm import Session

from db.queries.conditions import Window
from db.queries.indicators import list_written_since, sum_base
from db.session import database
from domain.clock import day_start, local_date, utc_now
from domain.indicators import BASES, INDICATORS, Base, Part
from domain.permissions import Scope
from services.indicators.groups import Grouping
from services.indicators.kept import Kept, Piece, PieceKey, kept_of

Summed = dict[tuple[int, str, Part, str], float]  # (window, group, part, what is summed) → sum
_Wanted = Sequence[tuple[Part, str]]
# A transaction may have stamped its rows this long before others could see them.
OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True)
class _Asked:
    """Who asks in which session for sums by which column, as of when; ``turn``: what was noted until then."""

    session: Session
    kept: Kept
    turn: int
    column: str
    scope: Scope
    now: datetime


def sum_windows(
    session: Session, windows: Sequence[Window], grouping: Grouping, scope: Scope, now: datetime, token: str
) -> Summed:
    """The sums of all parts of all indicators by window and group.

    ``token`` tells one state of the areas, and a rebuilt demo, from another.
    """
    kept, moment = kept_of(database(), token), utc_now()
    turn = kept.note(list_written_since(session, (kept.seen or moment) - OVERLAP), moment)
    asked = _Asked(session, kept, turn, grouping.column, scope, now)
    found: Summed = {}
    for base in BASES:
        wanted = _wanted(base)
        pieces = [_pieces(base, window, now) for window in windows]
        known = _known(asked, base, wanted, list(dict.fromkeys(piece for few in pieces for piece in few)))
        for number, few in enumerate(pieces):
            _add(found, number, wanted, [known[piece] for piece in few], grouping)
    return found


def _wanted(base: Base) -> list[tuple[Part, str]]:
    """What one statement sums: the parts of a base that any indicator has, each once."""
    tops = [(part, indicator.measured) for indicator in INDICATORS for part in indicator.numerator]
    below = [(part, indicator.over) for indicator in INDICATORS for part in indicator.denominator]
    return [pair for pair in dict.fromkeys([*tops, *below]) if pair[0].base == base]


def _asks_the_end(base: Base) -> bool:
    """Whether a sum changes with the end of its window, or with now where that is earlier."""
    return any("end" in condition.split() for part, _ in _wanted(base) for condition in part.conditions)


def _pieces(base: Base, window: Window, now: datetime) -> list[Window]:
    """A window as the months that it is made of; what is late at its end is a sum of its own.

    What is to be filed by the end: whatever was reported longer before it than the filing limit, so days that lie
    further back are told alike by any end, and those of a month that runs are cut off from the last ones.
    """
    if base == "late":
        return [window]
    cuts = [window.start, *_months_between(window.start, window.until), window.end]
    if not _asks_the_end(base):
        return [Window(start, end, end, window.filing) for start, end in pairwise(cuts)]
    settled = day_start(local_date(window.until - window.filing))
    if window.until > now and cuts[-2] < settled:
        cuts.insert(-1, settled)
    return [Window(start, end, min(window.until, end + window.filing), window.filing) for start, end in pairwise(cuts)]


def _months_between(start: datetime, end: datetime) -> list[datetime]:
    found: list[datetime] = []
    day: date = local_date(start).replace(day=1)
    while True:
        day = (day + timedelta(days=32)).replace(day=1)
        if (moment := day_start(day)) >= end:
            return found
        found.append(moment)


def _known(asked: _Asked, base: Base, wanted: _Wanted, windows: Sequence[Window]) -> dict[Window, Piece]:
    """The pieces of the windows: those kept, and all that is missing or old in one statement."""
    keys: dict[Window, PieceKey] = {window: (base, window, asked.column, asked.scope) for window in windows}
    found = asked.kept.find(keys.values())
    todo = [(window, found[key][1] if key in found else None) for window, key in keys.items()]
    todo = [(window, old) for window, old in todo if old is None or old]
    pieces = {window: found[key][0] for window, key in keys.items() if key in found}
    if todo:
        sums = sum_base(asked.session, base, wanted, todo, asked.column)
        for (window, old), rows in zip(todo, sums, strict=True):
            width = len(wanted)
            pieces[window] = Piece.of(rows, width) if old is None else pieces[window].renewed(old, rows, width)
        may_stay = [window for window, _ in todo if window.until <= asked.now or not _asks_the_end(base)]
        asked.kept.put({keys[window]: pieces[window] for window in may_stay}, asked.turn)
    return pieces


def _add(found: Summed, number: int, wanted: _Wanted, pieces: Sequence[Piece], grouping: Grouping) -> None:
    names = [[grouping.group_of(key) for key in piece.total[0]] for piece in pieces]
    groups = {name: place for place, name in enumerate(dict.fromkeys(name for few in names for name in few))}
    total = np.zeros((len(groups), len(wanted)))
    for piece, few in zip(pieces, names, strict=True):
        np.add.at(total, [groups[name] for name in few], piece.total[1])
    for name, place in groups.items():
        found |= {(number, name, *pair): float(value) for pair, value in zip(wanted, total[place], strict=True)}
