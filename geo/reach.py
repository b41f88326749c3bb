"""Which homes lie within so many metres of which stations, in a straight line or on foot along streets (feature F2).

All places are x and y in metres of one metric CRS (geo.metric), shape (n, 2); a result lists, for each station in
order, the numbers of the homes it reaches, ascending.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from shapely.ops import substring

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]
Reached = list[Numbers]

GAP = 15.0  # metres that may lie between the end of a street and the one straight ahead, half a wide street
BESIDE = 1.0  # metres by which the end of a street may miss the one on which it ends
_TOUCHING = 1e-9  # metres: an edge of length 0 would be no edge to the search
_AT_ONCE = 32  # stations searched from in one go: 8 bytes for each of them and each node
_AT_THE_LIMIT = 1e-3  # metres by which a sum of lengths may miss the limit that it meets


@dataclass(frozen=True, eq=False)
class Streets:
    """Streets as lines that meet at their ends alone, in metres."""

    pieces: NDArray[np.object_]


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


def join_streets(lines: Iterable[shapely.Geometry]) -> Streets:
    """Streets that join where they meet or cross, and where one ends within a metre of another or leads to it.

    A street that ends on another one misses it by the rounding of its corners, and a path ends at the kerb while the
    street is drawn as its middle line: so an end is joined to what lies beside it, and to what lies straight ahead.
    """
    parts = [part for line in lines for part in shapely.get_parts(line) if part.geom_type == "LineString"]
    if not parts:
        return Streets(np.empty(0, object))
    return Streets(_joined(shapely.get_parts(shapely.node(shapely.MultiLineString(parts)))))


def reach_on_foot(streets: Streets, homes: ArrayLike, stations: ArrayLike, metres: float) -> Reached:
    """Homes whose way along the streets is at most ``metres``.

    A way begins at the station, goes straight to the nearest point of a street, along streets, and straight from the
    nearest point of a street to the home. Without a street nothing is reached.
    """
    homes_at, stations_at = _places(homes), _places(stations)
    nothing: Reached = [np.empty(0, np.intp) for _ in stations_at]
    pieces = streets.pieces
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


def walked_streets(streets: Streets, station: tuple[float, float], metres: float) -> shapely.MultiLineString:
    """The parts of the streets that somebody comes to who walks ``metres`` from the station."""
    pieces = streets.pieces
    if not len(pieces):
        return shapely.MultiLineString()
    graph = _graph(pieces, _places([station]))
    ways = dijkstra(graph, directed=False, indices=graph.shape[0] - 1, limit=metres)
    door = shapely.Point(station)
    own = int(shapely.STRtree(pieces).nearest(door))
    at, left = shapely.line_locate_point(pieces[own], door), metres - shapely.distance(pieces[own], door)
    found = [_part(pieces[own], at - left, at + left)] if left >= 0 else []
    ends = _corners(pieces)[1].reshape(2, -1)
    for piece, first, last in zip(pieces, *(np.maximum(metres - ways[ends], 0)), strict=True):
        if first or last:
            found += [_part(piece, 0, first), _part(piece, piece.length - last, piece.length)]
    return shapely.MultiLineString([part for part in found if part.geom_type == "LineString"])


def _part(line: shapely.LineString, start: float, stop: float) -> shapely.Geometry:
    return substring(line, max(start, 0.0), min(stop, line.length))


def _places(places: ArrayLike) -> Floats:
    return np.asarray(places, np.float64).reshape(-1, 2)


def _joined(pieces: NDArray[np.object_]) -> NDArray[np.object_]:
    """With a short line from each loose end to the nearest other piece that it leads to, which is cut there."""
    ends, (count, corner_of) = _ends(pieces), _corners(pieces)
    loose = np.flatnonzero(np.bincount(corner_of, minlength=count)[corner_of] == 1)
    points = shapely.points(ends[loose])
    ahead = _ahead(pieces)[loose]
    end, near = shapely.STRtree(pieces).query(points, predicate="dwithin", distance=GAP)
    beside = shapely.dwithin(points[end], pieces[near], BESIDE) | shapely.intersects(ahead[end], pieces[near])
    other = beside & (near != loose[end] % len(pieces))
    end, near = end[other], near[other]
    order = np.lexsort((shapely.distance(points[end], pieces[near]), end))
    end, first = np.unique(end[order], return_index=True)
    near = near[order][first]
    along = shapely.line_locate_point(pieces[near], points[end])
    met = shapely.get_coordinates(shapely.line_interpolate_point(pieces[near], along))
    joins = shapely.linestrings(np.stack([ends[loose[end]], met], axis=1)) if len(end) else np.empty(0, object)
    return np.concatenate([_cut(pieces, near, along), joins])


def _cut(pieces: NDArray[np.object_], which: Numbers, along: Floats) -> NDArray[np.object_]:
    """All pieces, those of these numbers cut so many metres along them."""
    whole = np.ones(len(pieces), bool)
    whole[which] = False
    parts: list[shapely.Geometry] = []
    for number in np.unique(which).tolist():
        length = float(pieces[number].length)
        marks = np.unique(np.clip([0.0, *along[which == number], length], 0.0, length)).tolist()
        parts += [substring(pieces[number], start, stop) for start, stop in pairwise(marks)]
    return np.concatenate([pieces[whole], np.array(parts, object)])


def _ahead(pieces: NDArray[np.object_]) -> NDArray[np.object_]:
    """In the order of ``_ends`` the line straight on from each."""
    ends = _ends(pieces)
    before = shapely.get_coordinates([shapely.get_point(pieces, 1), shapely.get_point(pieces, -2)])
    way = ends - before
    way *= GAP / np.maximum(np.hypot(*way.T), _TOUCHING)[:, None]
    return shapely.linestrings(np.stack([ends, ends + way], axis=1))


def _ends(pieces: NDArray[np.object_]) -> Floats:
    """The beginnings of all pieces, then their ends."""
    return shapely.get_coordinates([shapely.get_point(pieces, 0), shapely.get_point(pieces, -1)])


def _corners(pieces: NDArray[np.object_]) -> tuple[int, Numbers]:
    """How many different ends the pieces have, and the numbers of all their beginnings, then of all their ends."""
    corners, corner_of = np.unique(np.round(_ends(pieces), 6), axis=0, return_inverse=True)
    return len(corners), corner_of.ravel()


def _graph(pieces: NDArray[np.object_], places: Floats) -> csr_array:
    """Metres between neighbours. Nodes: ends of the pieces, the point on a street next to each place, the places."""
    count, corner_of = _corners(pieces)
    holders = len(pieces)
    points = shapely.points(places)
    nearest = shapely.STRtree(pieces).nearest(points)
    along = shapely.line_locate_point(pieces[nearest], points)
    off = shapely.distance(points, pieces[nearest])
    doors = count + np.arange(len(places))
    # Every piece is a chain: its beginning, the doors along it, its end.
    piece = np.concatenate([np.arange(holders), nearest, np.arange(holders)])
    at = np.concatenate([np.zeros(holders), along, shapely.length(pieces)])
    node = np.concatenate([corner_of[:holders], doors, corner_of[holders:]])
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
