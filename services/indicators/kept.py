"""Sums of indicators kept in memory, and which of them a written case makes old (decision 0151).

A piece is what one base sums to over one window, by blocks of cases with neighbouring ids. A case that was written
makes its block old in every piece that held any of the block, or in whose window one of its moments lies now: what it
was before stands in pieces that held it, what it is now says its row. Old blocks alone are summed anew.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db.queries.conditions import Window
from db.queries.indicators import Sums, Written
from db.session import Database
from domain.indicators import BASES, Base
from domain.permissions import Scope

MOST_KEPT = 1500  # pieces, of some 20 kB each at a million cases (by area)
PieceKey = tuple[Base, Window, str, Scope]  # the base, the window, the column of the groups, who asks
Span = tuple[datetime, datetime]
_Rows = tuple[tuple[Any, ...], NDArray[np.float64]]  # values of the group's column, and a row of sums for each


@dataclass(frozen=True)
class Piece:
    """Sums of one base over one window by block; ``old``: blocks of which a case was written since."""

    blocks: Mapping[int, _Rows]
    total: _Rows
    old: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, sums: Sums, width: int) -> "Piece":
        """The piece that ``db.queries.indicators.sum_base`` found, with ``width`` sums in each row."""
        blocks = {block: _rows(rows, width) for block, rows in sums.items()}
        return cls(blocks, _added(blocks, width))

    def renewed(self, blocks: Collection[int], sums: Sums, width: int) -> "Piece":
        """The same with these blocks summed anew."""
        kept = {block: rows for block, rows in self.blocks.items() if block not in blocks}
        found = kept | {block: _rows(rows, width) for block, rows in sums.items()}
        return Piece(found, _added(found, width))


def _rows(found: Mapping[Any, list[float]], width: int) -> _Rows:
    return tuple(found), np.array(list(found.values())).reshape(len(found), width)


def _added(blocks: Mapping[int, _Rows], width: int) -> _Rows:
    """Over all blocks, always in the same order: sums of fractions would differ in the last digit."""
    places: dict[Any, int] = {}
    for block in sorted(blocks):
        for key in blocks[block][0]:
            places.setdefault(key, len(places))
    total = np.zeros((len(places), width))
    for block in sorted(blocks):
        keys, values = blocks[block]
        total[[places[key] for key in keys]] += values
    return tuple(places), total


@dataclass
class Kept:
    """Pieces of one database. ``turn`` counts how often written cases were noted, ``known`` are those noted last."""

    pieces: dict[PieceKey, Piece] = field(default_factory=dict)
    seen: datetime | None = None
    known: dict[int, tuple[int, datetime]] = field(default_factory=dict)
    turn: int = 0
    lock: Lock = field(default_factory=Lock)

    def note(self, written: Sequence[Written], moment: datetime) -> int:
        """Make old what the cases touch that were not noted before; the turn by which sums can be put in."""
        with self.lock:
            new = [case for case in written if self.known.get(case.id) != case.stamp]
            self.known, self.seen = {case.id: case.stamp for case in written}, moment
            if new and self.pieces:
                self.turn += 1
                self._age({case.block for case in new}, _spans(new))
            return self.turn

    def _age(self, blocks: set[int], spans: Mapping[Base, Mapping[int, Span]]) -> None:
        for (base, window, _column, _scope), piece in self.pieces.items():
            piece.old.update(blocks & piece.blocks.keys())
            start, end = (datetime.min.replace(tzinfo=window.start.tzinfo), window.until) if base == "late" else (
                window.start, window.end)  # fmt: skip
            piece.old.update(block for block, (first, last) in spans[base].items() if first < end and last >= start)

    def find(self, keys: Iterable[PieceKey]) -> dict[PieceKey, tuple[Piece, frozenset[int]]]:
        """Those of the pieces that are kept, each with its blocks that are old."""
        with self.lock:
            return {key: (piece, frozenset(piece.old)) for key in keys if (piece := self.pieces.get(key))}

    def put(self, pieces: Mapping[PieceKey, Piece], turn: int) -> None:
        """Keep them, unless somebody noted cases in the meantime: whoever summed may not have seen these."""
        with self.lock:
            if self.turn != turn:
                return
            if len(self.pieces) + len(pieces) > MOST_KEPT:
                self.pieces.clear()
            self.pieces.update(pieces)


def _spans(written: Sequence[Written]) -> dict[Base, dict[int, Span]]:
    """Base → block → from the first to the last moment at which its written cases count."""
    found: dict[Base, dict[int, Span]] = {base: {} for base in BASES}
    for case in written:
        for base, moments in case.moments.items():
            if moments:
                first, last = found[base].get(case.block, (moments[0], moments[0]))
                found[base][case.block] = min(first, *moments), max(last, *moments)
    return found


_kept: dict[Database, tuple[str, Kept]] = {}


def kept_of(target: Database, token: str) -> Kept:
    """What is kept of a database; another ``token`` (a rebuilt demo, an edited tree of areas) begins anew."""
    if target not in _kept or _kept[target][0] != token:
        if len(_kept) >= 3:
            _kept.clear()
        _kept[target] = token, Kept()
    return _kept[target][1]


def forget() -> None:
    """Keep nothing: what is looked at next is summed anew."""
    _kept.clear()
