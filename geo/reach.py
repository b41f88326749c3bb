"""Which homes lie within so many metres of which stations, in a straight line or on foot along streets (feature F2).

All places are x and y in metres of one metric CRS (geo.metric), shape (n, 2); a result lists, for each station in
order, the numbers of the homes it reaches, ascending.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]
Reached = list[Numbers]

_TOUCHING = 1e-9  # metres: an edge of length 0 would be no edge to the search
_AT_ONCE = 32  # stations searched from in one go: 8 bytes for each of them and each node
_AT_THE_LIMIT = 1e-3  # metres by which a sum of lengths may miss the limit that it meets


@dataclass(frozen=True)
class Reach:
    """Households that stations reach: of all, of each station (a home may count at several), and which homes nobody."""

    total: int
    reached: int
    by_station: tuple[int, ...]
    unreached: Numbers

    @property
    def share(self) -> float | None:
        """Reached of all, 0 to 1; None without a household."""
        return self.reached / self.total if self.total else None


@dataclass(frozen=True)
class NextSite:
    """A candidate by its number, and how many households it reaches that no station reaches now."""

    candidate: int
    more: int


def reach_straight(homes: ArrayLike, stations: ArrayLike, metres: float) -> Reached:
    """Homes within ``metres`` of each station as the crow flies; one exactly at the limit counts."""
    homes_at, stations_at = _places(homes), _places(stations)
    if not len(homes_at) or not len(stations_at):
        return [np.empty(0, np.intp) for _ in stations_at]
    found = cKDTree(homes_at).query_ball_point(stations_at, metres)
    return [np.array(sorted(numbers), np.intp) for numbers in found]


def reach_on_foot(streets: Iterable[shapely.Geometry], homes: ArrayLike, stations: ArrayLike, metres: float) -> Reached:
    """Homes whose way along the streets is at most ``metres``.

    A way begins at the station, goes straight to the nearest point of a street, along streets, and straight from the
    nearest point of a street to the home. Streets join where they meet or cross. Without a street nothing is reached.
    """
    homes_at, stations_at = _places(homes), _places(stations)
    nothing: Reached = [np.empty(0, np.intp) for _ in stations_at]
    pieces = _pieces(streets)
    if not len(pieces) or not len(homes_at) or not len(stations_at):
        return nothing
    graph = _graph(pieces, np.vstack([stations_at, homes_at]))
    first = graph.shape[0] - len(homes_at)
    found: Reached = []
    for starts in np.array_split(np.arange(first - len(stations_at), first), -(-len(stations_at) // _AT_ONCE)):
        ways = dijkstra(graph, directed=False, indices=starts, limit=metres + _AT_THE_LIMIT)[:, first:]
        found += [np.flatnonzero(np.isfinite(way)) for way in ways]
    return found


def sum_reach(found: Sequence[Numbers], households: ArrayLike) -> Reach:
    """What the found homes come to. households: whole numbers, one for each home."""
    held = np.asarray(households, np.int64)
    near = np.zeros(len(held), bool)
    for numbers in found:
        near[numbers] = True
    by_station = tuple(int(held[numbers].sum()) for numbers in found)
    return Reach(int(held.sum()), int(held[near].sum()), by_station, np.flatnonzero(~near))


def rank_sites(now: Sequence[Numbers], candidates: Sequence[Numbers], households: ArrayLike) -> list[NextSite]:
    """Candidates by the households they would add to what the stations reach now, most first, then by number."""
    rest = np.array(households, np.int64)
    for numbers in now:
        rest[numbers] = 0
    more = [NextSite(number, int(rest[numbers].sum())) for number, numbers in enumerate(candidates)]
    return sorted(more, key=lambda site: (-site.more, site.candidate))


def _places(places: ArrayLike) -> Floats:
    return np.asarray(places, np.float64).reshape(-1, 2)


def _pieces(streets: Iterable[shapely.Geometry]) -> NDArray[np.object_]:
    """The streets as lines that meet at their ends alone."""
    lines = [part for street in streets for part in shapely.get_parts(street) if part.geom_type == "LineString"]
    return shapely.get_parts(shapely.node(shapely.MultiLineString(lines))) if lines else np.empty(0, object)


def _graph(pieces: NDArray[np.object_], places: Floats) -> csr_array:
    """Metres between neighbours. Nodes: ends of the pieces, the point on a street next to each place, the places."""
    ends = shapely.get_coordinates([(shapely.get_point(pieces, 0)), shapely.get_point(pieces, -1)])
    corners, corner_of = np.unique(np.round(ends, 6), axis=0, return_inverse=True)
    count, holders = len(corners), len(pieces)
    points = shapely.points(places)
    nearest = shapely.STRtree(pieces).nearest(points)
    along = shapely.line_locate_point(pieces[nearest], points)
    off = shapely.distance(points, pieces[nearest])
    doors = count + np.arange(len(places))
    # Every piece is a chain: its beginning, the doors along it, its end.
    piece = np.concatenate([np.arange(holders), nearest, np.arange(holders)])
    at = np.concatenate([np.zeros(holders), along, shapely.length(pieces)])
    node = np.concatenate([corner_of.ravel()[:holders], doors, corner_of.ravel()[holders:]])
    rank = np.concatenate([np.zeros(holders), np.ones(len(places)), np.full(holders, 2)])
    order = np.lexsort((rank, at, piece))
    same = piece[order][:-1] == piece[order][1:]
    starts, stops = node[order][:-1][same], node[order][1:][same]
    lengths = np.diff(at[order])[same]
    size = count + 2 * len(places)
    return _shortest(
        size,
        np.concatenate([starts, doors]),
        np.concatenate([stops, doors + len(places)]),
        np.concatenate([lengths, off]),
    )


def _shortest(size: int, starts: Numbers, stops: Numbers, lengths: Floats) -> csr_array:
    """The edges as a matrix; of several between two nodes the shortest (a matrix would add them up)."""
    low, high = np.minimum(starts, stops), np.maximum(starts, stops)
    order = np.lexsort((lengths, high, low))
    first = np.ones(len(order), bool)
    first[1:] = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
    chosen = order[first]
    values = np.maximum(lengths[chosen], _TOUCHING)
    return csr_array(coo_array((values, (low[chosen], high[chosen])), shape=(size, size)))
