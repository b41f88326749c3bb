"""The tree of areas as arrays, kept in memory for each version: sums up the tree and scopes in milliseconds."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from db.queries.boxes import Box
from db.queries.installation import list_installation_values
from db.queries.layers import list_layer_versions
from db.queries.map_layers import LevelRow, get_extent, list_ended, list_levels, list_tree
from db.session import Database, database, reading
from domain.permissions import EVERYWHERE, Scope

LAYERS = ("areas", "assignments", "base", "incidents", "stations", "visits")


@dataclass(frozen=True)
class State:
    """Which database, and at which versions of its layers: the key of everything that the map keeps in memory."""

    database: Database
    stamp: str  # tells a rebuilt demo from the one before it
    versions: tuple[int, ...]  # by LAYERS

    def of(self, *layers: str) -> "State":
        """The same with the versions of some layers alone, so that changes of the others do not matter."""
        kept = tuple(v if name in layers else -1 for name, v in zip(LAYERS, self.versions, strict=True))
        return State(self.database, self.stamp, kept)

    def token(self, *parts: object) -> str:
        """A short text that differs whenever the state or one of `parts` does."""
        text = "|".join(map(str, (self.stamp, *self.versions, *parts)))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def current_state() -> State:
    """The state of the database in use. One statement, or two where the database is a demo."""
    with reading(EVERYWHERE) as session:
        versions = list_layer_versions(session)
        values = list_installation_values(session)
    stamp = "|".join(f"{key}={values[key]}" for key in sorted(values))
    return State(database(), stamp, tuple(versions.get(name, 0) for name in LAYERS))


@dataclass(frozen=True, eq=False)
class AreaTree:
    """All valid areas, in order of id; `parent` is the place of the parent, -1 at the top.

    ``above_ended``: id of an area that has ended → the place of the nearest area above it that is here.
    """

    ids: NDArray[np.int64]
    parent: NDArray[np.intp]
    depth: NDArray[np.int64]
    households: NDArray[np.float64]  # nan where unknown
    level: NDArray[np.str_]
    levels: tuple[LevelRow, ...]
    above_ended: Mapping[int, int] = field(default_factory=dict)

    def places(self, ids: Iterable[int]) -> NDArray[np.intp]:
        """The places of ids; -1 for one that is not here."""
        wanted = np.fromiter(ids, dtype=np.int64)
        if len(self.ids) == 0:
            return np.full(len(wanted), -1)
        at = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.where(self.ids[at] == wanted, at, -1)

    def sums(self, own: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of a number for each area, the sum over its whole subtree."""
        total = own.astype(float)
        for depth in range(int(self.depth.max(initial=0)), 0, -1):
            here = np.flatnonzero((self.depth == depth) & (self.parent >= 0))
            np.add.at(total, self.parent[here], total[here])
        return total

    def counted(self, counts: Mapping[int, int]) -> NDArray[np.float64]:
        """Counts by area id as an array; what lies in an ended area counts for the one above, so that sums stay."""
        own = np.zeros(len(self.ids))
        at = self.places(counts.keys())
        for place, area_id in enumerate(counts):
            if at[place] < 0:
                at[place] = self.above_ended.get(area_id, -1)
        np.add.at(own, at[at >= 0], np.fromiter(counts.values(), dtype=float)[at >= 0])
        return own

    def within(self, scope: Scope) -> NDArray[np.bool_]:
        """Which areas a scope covers: those of its subtrees."""
        if scope.everywhere:
            return np.ones(len(self.ids), dtype=bool)
        roots = self.places(int(path.strip("/").split("/")[-1]) for path in scope.area_paths)
        covered = np.zeros(len(self.ids), dtype=bool)
        covered[roots[roots >= 0]] = True
        for depth in range(1, int(self.depth.max(initial=0)) + 1):
            here = np.flatnonzero((self.depth == depth) & (self.parent >= 0))
            covered[here] |= covered[self.parent[here]]
        return covered

    def ancestor(self, at: NDArray[np.intp], depth: int) -> NDArray[np.intp]:
        """Of places in the tree, the place of the area of a depth above each; itself where it lies higher."""
        up = at.copy()
        while (deeper := self.depth[up] > depth).any():
            up[deeper] = self.parent[up[deeper]]
        return up

    def finest(self) -> NDArray[np.bool_]:
        """Which areas have no parts of their own."""
        leaf = np.ones(len(self.ids), dtype=bool)
        leaf[self.parent[self.parent >= 0]] = False
        return leaf


def area_tree(state: State, day: date | None = None) -> AreaTree:
    """The tree of a state's areas: of the present, or of a day."""
    return _tree(state.of("areas"), day)


@lru_cache(maxsize=8)
def _tree(state: State, day: date | None) -> AreaTree:
    with state.database.reading(EVERYWHERE) as session:
        rows, levels, ended = list_tree(session, day), list_levels(session, day), list_ended(session)
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    tree = AreaTree(
        ids,
        np.zeros(len(ids), dtype=np.intp),
        np.array([row[2] for row in rows], dtype=np.int64),
        np.array([np.nan if row[4] is None else row[4] for row in rows], dtype=float),
        np.array([row[3] for row in rows], dtype=str),
        tuple(levels),
    )
    tree.parent[:] = tree.places(-1 if row[1] is None else row[1] for row in rows)
    place_of = {int(area_id): place for place, area_id in enumerate(ids)}
    above = {row[0]: _nearest(row[1], place_of) for row in ended}
    return replace(tree, above_ended=above)


def _nearest(path: str, place_of: Mapping[int, int]) -> int:
    """The place of the lowest area of a path that is there, -1 for none."""
    steps = [int(step) for step in path.strip("/").split("/") if step]
    return next((place_of[step] for step in reversed(steps) if step in place_of), -1)


def extent(state: State, path: str | None) -> Box | None:
    """The box around the areas under a path (all: None), EPSG:4326."""
    return _extent(state.of("areas"), path or "")


@lru_cache(maxsize=64)
def _extent(state: State, path: str) -> Box | None:
    with state.database.reading(EVERYWHERE) as session:
        return get_extent(session, path)
