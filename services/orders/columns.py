"""Rows of work orders as columns, of which every distinct cell is read once: files say the same in many rows."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from domain.orders import OrderField, UnreadableCell, read_number
from geo.workbooks import Cell
from services.orders.cells import OddCell, bare, texts_of

_K = TypeVar("_K")
_V = TypeVar("_V")


class OrderColumns:
    """The rows as columns. ``refused``: the first reason why a row, by its place among these, is not taken.

    ``width``: of the header, to which rows are cut or filled; ``places``: the columns of each field; ``noticed``: where
    odd cells are counted, by kind and word.
    """

    def __init__(
        self, rows: Sequence[Sequence[Cell]], width: int, places: Mapping[OrderField, Sequence[int]],
        noticed: dict[str, Counter[str]],
    ) -> None:  # fmt: skip
        even = [row if len(row) == width else _fitting(row, width) for row in rows]
        self._columns: list[Sequence[Cell]] = list(zip(*even, strict=True))
        self._places, self._nothing, self._noticed = places, [None] * len(rows), noticed
        self.refused: dict[int, UnreadableCell] = {}

    def one(self, field: OrderField) -> Sequence[Cell]:
        """The cells of a field, of its first column where there are several; truth values as texts."""
        places = self._places.get(field)
        return _without_truths(self._columns[places[0]]) if places else self._nothing

    def several(self, field: OrderField) -> list[tuple[Cell, ...]]:
        """The cells of all columns of a field, row by row; truth values as texts."""
        columns = [_without_truths(self._columns[place]) for place in self._places.get(field, ())]
        return list(zip(*(columns or [self._nothing]), strict=True))

    def joined(self, field: OrderField, between: str) -> list[str]:
        """The texts of all columns of a field, row by row."""
        return self.each(self.several(field), lambda cells: between.join(texts_of(cells)), "")

    def numbers(self) -> list[str]:
        """The numbers at the source. A truth value is none."""
        cells = self._columns[self._places[OrderField.NUMBER][0]]
        return self.each([None if isinstance(cell, bool) else cell for cell in cells], _number_of, "")

    def each(self, cells: Sequence[_K], read: Callable[[_K], _V], otherwise: _V) -> list[_V]:
        """What ``read`` makes of the cells, each distinct one read once.

        A row of which it raises UnreadableCell is refused, and OddCell noticed unless the row is refused already.
        """
        found: dict[_K, _V] = {}
        bad: dict[_K, UnreadableCell] = {}
        odd: dict[_K, OddCell] = {}
        for cell in set(cells):
            try:
                found[cell] = read(cell)
            except UnreadableCell as why:
                found[cell], bad[cell] = otherwise, why
            except OddCell as why:
                found[cell], odd[cell] = why.value, why
        if bad or odd:
            for at, cell in enumerate(cells):
                if cell in bad:
                    self.refused.setdefault(at, bad[cell])
                elif cell in odd:
                    self.notice(at, odd[cell])
        return [found[cell] for cell in cells]

    def notice(self, at: int, odd: OddCell) -> None:
        """Count something odd in a row that is not refused so far."""
        if at not in self.refused:
            self._noticed.setdefault(odd.kind, Counter())[odd.word] += 1


def _fitting(cells: Sequence[Cell], width: int) -> Sequence[Cell]:
    return [*cells[:width], *[None] * (width - len(cells))]


def _without_truths(cells: Sequence[Cell]) -> Sequence[Cell]:
    """True is 1 to whatever compares them: it becomes a text."""
    return [str(cell) if isinstance(cell, bool) else cell for cell in cells] if bool in set(map(type, cells)) else cells


def _number_of(cell: Cell) -> str:
    return read_number(bare(cell))
