"""Places where points gather: deterministic circles around the point that has most others near it (feature C7)."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.metric import to_metres

MOST_PAIRS = 20_000_000  # of points that may lie near each other; above that they are snapped together first
_SNAP = 10  # parts of the distance to which they are snapped then


@dataclass(frozen=True, eq=False)
class Gathering:
    """One place: the number of the point in its middle, and the numbers of all its points, in their order."""

    centre: int
    members: NDArray[np.intp]


def gather(lon: ArrayLike, lat: ArrayLike, metres: float, least: int) -> list[Gathering]:
    """Circles of ``metres`` that hold at least ``least`` points each; a point belongs to one of them at most.

    The point with most others within ``metres`` comes first (of equals the earlier one); it takes those that are still
    free, and is passed over where fewer than ``least`` are. So the same points in the same order always give the same
    places, and no member lies farther from its centre than ``metres``.

    Parameters
    ----------
    lon, lat : degrees, EPSG:4326, finite; the order of the points matters (oldest first).
    metres : radius. least : number of points, at least 1.

    Among more than 20 million pairs of neighbours the points are first snapped to a tenth of ``metres``: then a
    member may lie a tenth farther away.
    """
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    if len(lon) < least:
        return []
    middle = float(np.median(lon)), float(np.median(lat))
    flat = shapely.get_coordinates(to_metres(shapely.points(lon, lat), middle))
    if _pairs_at_most(flat, metres) > MOST_PAIRS:
        step = metres / _SNAP
        flat = np.round(flat / step) * step
    places, first, which, weight = np.unique(flat, axis=0, return_index=True, return_inverse=True, return_counts=True)
    starts, near = _neighbours(places, metres)
    counts = np.add.reduceat(weight[near], starts[:-1])
    order = [place for place in np.lexsort((first, -counts)) if counts[place] >= least]
    return _take(order, starts, near, weight, first, np.ravel(which), least)


def _pairs_at_most(flat: NDArray[np.float64], metres: float) -> int:
    """An upper bound of the pairs within ``metres``: the different points in the nine squares around each."""
    cells = np.floor(np.unique(flat, axis=0) / metres).astype(np.int64)
    squares, counts = np.unique(cells, axis=0, return_counts=True)
    keys = _key(squares[:, 0], squares[:, 1])
    order = np.argsort(keys)
    keys, counts, squares = keys[order], counts[order], squares[order]
    total = 0
    for east in (-1, 0, 1):
        for north in (-1, 0, 1):
            wanted = _key(squares[:, 0] + east, squares[:, 1] + north)
            at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            total += int(np.sum(counts * np.where(keys[at] == wanted, counts[at], 0)))
    return total


def _key(column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.int64]:
    return (column + 2**30) * 2**31 + row + 2**30


def _neighbours(places: NDArray[np.float64], metres: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each place where its neighbours (itself among them) begin in the second array."""
    points = shapely.points(places)
    here, near = shapely.STRtree(points).query(points, predicate="dwithin", distance=metres)
    order = np.lexsort((near, here))
    starts = np.searchsorted(here[order], np.arange(len(places) + 1))
    return starts, near[order]


def _take(
    order: list[int], starts: NDArray[np.intp], near: NDArray[np.intp], weight: NDArray[np.intp],
    first: NDArray[np.intp], which: NDArray[np.intp], least: int,
) -> list[Gathering]:  # fmt: skip
    free = np.ones(len(weight), bool)
    taken = np.full(len(weight), -1)
    centres: list[int] = []
    for place in order:
        if not free[place]:
            continue
        around = near[starts[place] : starts[place + 1]]
        around = around[free[around]]
        if weight[around].sum() >= least:
            free[around], taken[around] = False, len(centres)
            centres.append(int(first[place]))
    mine = taken[which]
    by_place = np.argsort(mine, kind="stable")
    ends = np.searchsorted(mine[by_place], np.arange(len(centres) + 1))
    return [Gathering(centre, by_place[ends[n] : ends[n + 1]]) for n, centre in enumerate(centres)]
