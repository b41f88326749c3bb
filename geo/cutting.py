"""Cutting areas along lines, and whether new areas cover the old ones exactly. All in degrees, EPSG:4326.

Lines are straight in degrees, as the boundaries were drawn (docs/decisions/0012).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import ops

from geo.errors import GeoRefusal
from geo.metric import centre_of, distance_m
from geo.repair import repair

OPEN_M2 = 1.0  # what parts may leave open or add, and how much they may overlap: rounding of corners, no ground
CROSSED_SHARE = 0.02  # of a smaller area that may lie in another part without being called crossed
REACH_M = 30.0  # a line that ends so near to the border is meant to reach it
_SHORTEST_DEG = 1e-9
_METRES_A_DEGREE = 111_195.0  # of a great circle on the mean sphere
_CRUMB_DEG2 = 1e-12  # a hundredth of a square metre: what rounding leaves between borders
Geometries = NDArray[np.object_]


class CutDoesNotCross(GeoRefusal):
    """The line does not go through the area from border to border, or crosses itself. Values: number."""

    code = "geo.cut_does_not_cross"


class PartsDoNotCover(GeoRefusal):
    """The new areas do not cover the old ones exactly. Values: open, overlap, outside, square metres each."""

    code = "geo.parts_do_not_cover"


@dataclass(frozen=True)
class Cover:
    """How new areas cover old ground, in square metres: left open, covered twice, outside of it."""

    open: float
    overlap: float
    outside: float

    @property
    def is_exact(self) -> bool:
        """Nothing but rounding."""
        return max(self.open, self.overlap, self.outside) <= OPEN_M2


def cut(outline: shapely.Geometry, lines: Sequence[Sequence[tuple[float, float]]]) -> list[shapely.MultiPolygon]:
    """The parts of an outline, cut along each line in turn; a line cuts every part that it goes through.

    A line is two or more places in degrees. Its ends lie outside of the area, or within REACH_M metres of its border.
    A part may come in several pieces. In order of their western end. Raises CutDoesNotCross.
    """
    parts = [outline]
    for number, line in enumerate(lines, 1):
        divided = [side for part in parts for side in _sides(part, _reaching(outline, line, number))]
        if len(divided) == len(parts):
            raise CutDoesNotCross(number=number)
        parts = divided
    return [_multi(part) for part in sorted(parts, key=lambda part: part.bounds)]


def _reaching(outline: shapely.Geometry, line: Sequence[tuple[float, float]], number: int) -> shapely.LineString:
    """The line, made a little longer where it ends just inside of the border. Raises CutDoesNotCross."""
    corners = [tuple(corner) for corner, before in zip(line, [None, *line], strict=False) if corner != before]
    finite = len(corners) > 1 and bool(np.isfinite(np.array(corners)).all())
    drawn = shapely.LineString(corners if finite else None)
    if drawn.is_empty or drawn.is_ring or not drawn.is_simple:
        raise CutDoesNotCross(number=number)
    border = outline.boundary
    first, last = _out(corners[0], corners[1], outline, border), _out(corners[-1], corners[-2], outline, border)
    return shapely.LineString([*first, *corners, *last[::-1]])


def _out(
    end: tuple[float, ...], before: tuple[float, ...], outline: shapely.Geometry, border: shapely.Geometry
) -> list[tuple[float, float]]:
    """A corner beyond the border for an end just inside of it, in the direction of the line; else none."""
    here = shapely.Point(end)
    if not shapely.intersects(outline, here):
        return []
    near = shapely.get_coordinates(shapely.shortest_line(here, border))[-1]
    if float(distance_m(end[0], end[1], near[0], near[1])) > REACH_M:
        return []
    ahead = np.subtract(end, before)
    ray = shapely.LineString([end, np.add(end, ahead / max(np.hypot(*ahead), _SHORTEST_DEG) * 0.01)])
    met = shapely.get_coordinates(shapely.intersection(ray, border))
    off = np.hypot(*(met - end).T) if len(met) else np.array([np.inf])
    straight = len(met) and float(distance_m(*end[:2], *met[off.argmin()])) <= 2 * REACH_M
    target = met[off.argmin()] if straight else near
    beyond = np.add(target, (target - end) / max(float(np.hypot(*(target - end))), _SHORTEST_DEG) * 1e-7)
    return [(float(beyond[0]), float(beyond[1]))] if (target != np.array(end)).any() else []


def _sides(part: shapely.Geometry, line: shapely.LineString) -> list[shapely.Geometry]:
    """The two sides of a part, or the part itself where the line does not go through it."""
    pieces = [piece for polygon in shapely.get_parts(part) for piece in ops.split(polygon, line).geoms]
    if len(pieces) == len(shapely.get_parts(part)):
        return [part]
    side = _coloured(pieces, line)
    found = [[piece for piece, own in zip(pieces, side, strict=True) if own == which] for which in (0, 1)]
    return [shapely.union_all(own) for own in found if own]


def _coloured(pieces: Sequence[shapely.Geometry], line: shapely.LineString) -> list[int]:
    """0 or 1 for each piece: those that share a stretch of the line lie on its two sides, others with the nearest."""
    near = [[shapely.length(shapely.intersection(_along(a, line), b.boundary)) > 1e-8 for b in pieces] for a in pieces]
    side = [-1] * len(pieces)
    while -1 in side:
        known = [place for place, own in enumerate(side) if own >= 0]
        left = [place for place, own in enumerate(side) if own < 0]
        touching = [(a, b) for a in known for b in left if near[a][b]]
        if touching:
            a, b = touching[0]
            side[b] = 1 - side[a]
        elif not known:
            side[max(left, key=lambda place: (any(near[place]), pieces[place].area))] = 0
        else:
            _, b, a = min((pieces[a].distance(pieces[b]), b, a) for a in known for b in left)
            side[b] = side[a]
    return side


def _along(piece: shapely.Geometry, line: shapely.LineString) -> shapely.Geometry:
    return shapely.intersection(piece.boundary, shapely.buffer(line, 1e-9))


def follow_borders(parts: Sequence[shapely.Geometry], smaller: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
    """The parts of a cut, moved to the borders of the smaller areas within: none of them is cut in two.

    Each goes to the part that holds most of it. The parts cover the same ground as before. A part that would lose
    everything stays as it was drawn, and so do all.
    """
    if not len(smaller):
        return list(parts)
    at = place_in(parts, smaller)
    groups = [[shape for shape, own in zip(smaller, at, strict=True) if own == place] for place in range(len(parts))]
    together = shapely.union_all(np.array(smaller, object))
    moved = [shapely.union_all([shapely.difference(part, together), *group]) for part, group in
             zip(parts, groups, strict=True)]  # fmt: skip
    moved = [_polygons(shape) for shape in moved]
    return list(parts) if any(shape.is_empty for shape in moved) else moved


def place_in(parts: Sequence[shapely.Geometry], smaller: Sequence[shapely.Geometry]) -> list[int]:
    """For each smaller area the place of the part that holds most of it."""
    return _overlaps(parts, smaller).argmax(axis=1).tolist() if len(smaller) else []


def crossed(parts: Sequence[shapely.Geometry], smaller: Sequence[shapely.Geometry]) -> list[int]:
    """The places of smaller areas that lie in two parts by more than CROSSED_SHARE of their ground."""
    if not len(smaller):
        return []
    overlaps = _overlaps(parts, smaller)
    sizes = np.maximum(shapely.area(np.array(smaller, object)), 1e-18)
    beyond = overlaps.sum(axis=1) - overlaps.max(axis=1)
    return np.flatnonzero(beyond / sizes > CROSSED_SHARE).tolist()


def _overlaps(parts: Sequence[shapely.Geometry], smaller: Sequence[shapely.Geometry]) -> NDArray[np.float64]:
    shapes = np.array(smaller, object)
    return np.array([shapely.area(shapely.intersection(shapes, part)) for part in parts]).T


def cover_of(old: Sequence[shapely.Geometry], new: Sequence[shapely.Geometry]) -> Cover:
    """How the new areas cover the ground of the old ones, in square metres.

    Measured where straight lines stay straight: a corner set into a long border opens no gap there.
    """
    plane = Plane.around(np.array(old, object))
    ground, covered = shapely.union_all(np.array(old, object)), shapely.union_all(np.array(new, object))
    shapes = np.array(new, object)
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    twice = plane.m2(shapely.intersection(shapes[a[a < b]], shapes[b[a < b]]))
    left, beyond = (plane.m2([rest]) for rest in (ground.difference(covered), covered.difference(ground)))
    return Cover(round(left, 2), round(twice, 2), round(beyond, 2))


def require_cover(old: Sequence[shapely.Geometry], new: Sequence[shapely.Geometry]) -> None:
    """Refuse (PartsDoNotCover) new areas that leave ground open, cover some twice, or take some from others."""
    found = cover_of(old, new)
    if not found.is_exact:
        raise PartsDoNotCover(open=found.open, overlap=found.overlap, outside=found.outside)


def joined(shapes: Sequence[shapely.Geometry]) -> shapely.MultiPolygon:
    """Neighbours as one area. Gaps of rounding between them, under a centimetre wide, are closed."""
    found = shapely.union_all(np.array(shapes, object))
    if len(shapely.get_parts(found)) == 1 and not shapely.get_num_interior_rings(shapely.get_parts(found)[0]):
        return _multi(found)
    plane = Plane.around(np.array(shapes, object))
    flat = plane.there([found])[0]
    closed = shapely.buffer(shapely.buffer(flat, 0.005, join_style="mitre"), -0.005, join_style="mitre")
    return _multi(shapely.union_all([found, plane.back([closed])[0]]))


@dataclass(frozen=True)
class Plane:
    """Degrees stretched to metres, good to a thousandth within a town: lines that were straight stay so."""

    across: float
    along: float

    @classmethod
    def around(cls, geometries: ArrayLike) -> "Plane":
        """The plane for shapes in EPSG:4326."""
        _, lat = centre_of(geometries)
        return cls(_METRES_A_DEGREE * math.cos(math.radians(lat)), _METRES_A_DEGREE)

    def m2(self, geometries: ArrayLike) -> float:
        """Square metres of shapes in degrees, together."""
        return float(np.sum(shapely.area(np.asarray(geometries, object)))) * self.across * self.along

    def there(self, geometries: ArrayLike) -> Geometries:
        """Degrees to metres."""
        return shapely.transform(np.asarray(geometries, object), lambda xy: xy * [self.across, self.along])

    def back(self, geometries: ArrayLike) -> Geometries:
        """Metres to degrees."""
        return shapely.transform(np.asarray(geometries, object), lambda xy: xy / [self.across, self.along])


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon(list(shapely.get_parts(_polygons(shape))))


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > _CRUMB_DEG2]
    found = shapely.union_all(parts) if parts else shapely.Polygon()
    return found if found.is_valid else repair(found)[0]
