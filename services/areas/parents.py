"""Whose part is an area? By the file's field, else by its code, else by where it lies; disagreement is reported."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from sqlalchemy.orm import Session

from db.queries.areas import AreaRow, list_area_shapes_in_box
from geo.locating import AreaIndex
from services.areas.codes import CodeReader, prefixes


@dataclass(frozen=True)
class Asked:
    """An area whose parent is wanted. ``named``: what the file's field says; ``place``: a point inside of it."""

    code: str | None
    named: str | None
    place: tuple[float, float]


@dataclass(frozen=True)
class Answer:
    """The parent, and what each way said (None = nothing). ``unknown``: the field names an area that is not there."""

    parent: AreaRow | None
    by_field: AreaRow | None
    by_code: AreaRow | None
    by_place: AreaRow | None
    unknown: bool = False

    @property
    def disagrees(self) -> bool:
        """Two ways named areas of which neither lies in the other."""
        found = [way for way in (self.by_field, self.by_code, self.by_place) if way is not None]
        return any(not _one_line(a, b) for a in found for b in found)

    def names(self) -> dict[str, str]:
        """What each way said, by code."""
        ways = {"by_field": self.by_field, "by_code": self.by_code, "by_place": self.by_place}
        return {way: area.code for way, area in ways.items() if area is not None}


def _one_line(a: AreaRow, b: AreaRow) -> bool:
    return a.path.startswith(b.path) or b.path.startswith(a.path)


class ParentFinder:
    """Finds parents among the areas of the levels above one."""

    def __init__(self, areas: Sequence[AreaRow], reader: CodeReader, level: str) -> None:
        self._reader, self._level = reader, level
        self._above = reader.levels[: reader.levels.index(level)]
        upper = sorted((area for area in areas if area.level in self._above), key=lambda area: self._rank(area.level))
        self._by_code = {area.code: area for area in upper}
        self._by_key = {(area.level, reader.key(area.code, area.level)): area for area in upper}
        self._any_key = {key: area for (_, key), area in self._by_key.items()}  # the finest of a key wins
        self._by_name = _unique(upper)

    def _rank(self, level: str) -> int:
        return self._above.index(level)

    @property
    def is_top(self) -> bool:
        """Whether there is no area above this level, so that none need be found."""
        return not self._by_code

    def find(self, session: Session, asked: Sequence[Asked]) -> list[Answer]:
        """An answer for each, in order."""
        places = self._by_place(session, asked)
        return [self._answer(one, place) for one, place in zip(asked, places, strict=True)]

    def _answer(self, asked: Asked, by_place: AreaRow | None) -> Answer:
        by_field = self._of_field(asked.named) if asked.named else None
        by_code = self._of_code(asked.code) if asked.code else None
        unknown = asked.named is not None and by_field is None
        return Answer(by_field or by_code or by_place, by_field, by_code, by_place, unknown)

    def _of_field(self, named: str) -> AreaRow | None:
        """An area by its code, by its code without or with filling zeros, or by its name where only one has it."""
        if named in self._by_code:
            return self._by_code[named]
        for level in reversed(self._above):
            if area := self._by_key.get((level, self._reader.key(named, level))):
                return area
        return self._by_name.get(named)

    def _of_code(self, code: str) -> AreaRow | None:
        for level, key in self._reader.keys_above(code, self._level):
            if area := self._by_key.get((level, key)):
                return area
        return next((self._any_key[prefix] for prefix in prefixes(code) if prefix in self._any_key), None)

    def _by_place(self, session: Session, asked: Sequence[Asked]) -> list[AreaRow | None]:
        """The area around each place, of the level nearest above."""
        found: list[AreaRow | None] = [None] * len(asked)
        if self.is_top or not asked:
            return found
        places = np.array([one.place for one in asked])
        (west, south), (east, north) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
        shapes = list_area_shapes_in_box(session, (west, south, east, north), self._above)
        by_level: Mapping[str, list[tuple[str, shapely.Geometry]]] = defaultdict(list)
        for shape in shapes:
            by_level[shape.level].append((shape.code, shape.geometry))
        for level in reversed(self._above):
            index = AreaIndex([code for code, _ in by_level[level]], [shape for _, shape in by_level[level]])
            hits = index.locate_many(places[:, 0], places[:, 1])
            for row in np.flatnonzero(hits >= 0):
                found[row] = found[row] or self._by_code.get(str(index.codes[hits[row]]))
        return found


def _unique(areas: Sequence[AreaRow]) -> dict[str, AreaRow]:
    counts: dict[str, list[AreaRow]] = defaultdict(list)
    for area in areas:
        counts[area.name].append(area)
    return {name: same[0] for name, same in counts.items() if len(same) == 1}
