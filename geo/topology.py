"""What is wrong with a set of areas: overlaps, gaps, slivers, invalid outlines, children outside their parent.

Everything is laid over each other in degrees, as the boundaries were drawn: a straight line in degrees is a curve in
any projection, and a neighbour's corner on it would open a gap that nobody drew. Only findings are measured in metres.
Overlaps are measured in the plane as well, as other programs do: docs/decisions/0012-straight-lines-in-degrees.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import MissingCrs
from geo.metric import area_m2, centre_of, to_metres
from geo.repair import RepairReason, invalid_reasons, repair, repair_all, to_multi

__all__ = ["Finding", "RepairReason", "TopologyReport", "check_areas", "repair", "to_multi"]

OVERLAP_M2 = 100.0  # under it, lines of two drawings that run along each other
GAP_M2 = 1.0  # smaller than overlaps: a place in a gap belongs to nobody
OUTSIDE_M2 = 100.0
SLIVER_WIDTH_M = 5.0  # narrower on average than a lane, which no one can be responsible for

_TOUCH_DEG = 1e-7  # about a centimetre
Geometries = NDArray[np.object_]


@dataclass(frozen=True)
class Finding:
    """One thing to look at, with its WGS 84 outline for the map (a point for an invalid outline)."""

    level: str
    geometry: shapely.Geometry | None

    def figures(self) -> dict[str, object]:
        """What a report prints: the finding without its outline and level."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("geometry", "level")}


@dataclass(frozen=True)
class Overlap(Finding):
    """Two areas of one level that cover the same ground."""

    codes: tuple[str, str]
    m2: float


@dataclass(frozen=True)
class Gap(Finding):
    """Ground that the level should cover and does not; ``near`` are the codes of the areas around it."""

    m2: float
    near: tuple[str, ...]


@dataclass(frozen=True)
class Sliver(Finding):
    """A part of an area too narrow to be meant."""

    code: str
    m2: float


@dataclass(frozen=True)
class Invalid(Finding):
    """An outline that crosses itself or is otherwise no polygon; ``reason`` is a key of ``geo.invalid.*``."""

    code: str
    reason: str


@dataclass(frozen=True)
class OutsideParent(Finding):
    """The part of an area that lies outside the area above it."""

    code: str
    parent: str
    m2: float


@dataclass(frozen=True)
class TopologyReport:
    """All findings, the largest first in each list."""

    overlaps: list[Overlap]
    gaps: list[Gap]
    slivers: list[Sliver]
    invalid: list[Invalid]
    outside_parent: list[OutsideParent]

    def as_dict(self) -> dict[str, list[dict[str, object]]]:
        """The report as plain values for JSON, without the outlines."""
        return {name: [finding.figures() for finding in getattr(self, name)] for name in self.__dataclass_fields__}

    def __len__(self) -> int:
        return sum(len(getattr(self, name)) for name in self.__dataclass_fields__)


@dataclass(frozen=True)
class _Layer:
    """The repaired areas of one level with what the checks share."""

    level: str
    codes: NDArray[np.object_]
    shapes: Geometries
    parents: Geometries  # the parent's outline of each, None where it is unknown
    parent_codes: NDArray[np.object_]


def check_areas(
    areas: gpd.GeoDataFrame,
    *,
    overlap_m2: float = OVERLAP_M2,
    gap_m2: float = GAP_M2,
    outside_m2: float = OUTSIDE_M2,
    sliver_width_m: float = SLIVER_WIDTH_M,
    levels: list[str] | None = None,
) -> TopologyReport:
    """Check areas level by level.

    areas: columns code (unique), parent (a code or None), level, geometry in EPSG:4326. Parents that are to be
    checked against must be in the frame. levels: only these are checked (default all).
    An overlap, gap or piece outside counts above its square metres, a sliver below its mean width in metres.
    The square metres of an overlap are the larger of two readings, lines straight in degrees or in the plane, and
    both must see at least half of ``overlap_m2``.
    A gap is ground inside a parent that has areas of the level, or enclosed by areas of the level, that none covers.
    Raises MissingCrs unless the frame is in WGS 84.
    """
    if areas.crs is None or not areas.crs.equals("EPSG:4326", ignore_axis_order=True):
        raise MissingCrs(crs=str(areas.crs))
    report = TopologyReport([], [], [], [], [])
    for layer, drawn in _layers(areas, levels):
        report.invalid.extend(_invalid(layer, drawn))
        report.overlaps.extend(_overlaps(layer, overlap_m2))
        report.gaps.extend(_gaps(layer, gap_m2))
        report.slivers.extend(_slivers(layer, sliver_width_m))
        report.outside_parent.extend(_outside(layer, outside_m2))
    for findings in (report.overlaps, report.gaps, report.slivers, report.outside_parent):
        findings.sort(key=lambda finding: -finding.m2)
    return report


def _layers(areas: gpd.GeoDataFrame, levels: list[str] | None) -> Iterator[tuple[_Layer, Geometries]]:
    codes = areas["code"].astype(str).to_numpy(object)
    drawn = np.asarray(areas.geometry.array, object)
    shapes = repair_all(drawn)
    row_of = {code: row for row, code in enumerate(codes)}
    parent_codes = np.array([None if p is None or p != p else str(p) for p in areas["parent"]], object)
    parent_rows = np.array([row_of.get(code, -1) for code in parent_codes], int)
    parents = np.where(parent_rows >= 0, shapes[parent_rows], None) if len(shapes) else shapes
    level = areas["level"].astype(str).to_numpy(object)
    for name in dict.fromkeys(level):
        if levels is None or name in levels:
            own = level == name
            yield _Layer(name, codes[own], shapes[own], parents[own], parent_codes[own]), drawn[own]


def _invalid(layer: _Layer, drawn: Geometries) -> list[Invalid]:
    rows = np.flatnonzero(shapely.is_missing(layer.shapes) | ~shapely.is_valid(drawn))
    found = zip(rows, invalid_reasons(drawn[rows]), strict=True) if len(rows) else ()
    return [
        Invalid(layer.level, None if lon is None else shapely.Point(lon, lat), layer.codes[row], reason or "no_area")
        for row, (reason, lon, lat) in found
    ]


def _usable(layer: _Layer) -> tuple[NDArray[np.object_], Geometries]:
    there = ~shapely.is_missing(layer.shapes)
    return layer.codes[there], layer.shapes[there]


def _misfits(shapes: Geometries) -> NDArray[np.bool_]:
    """Which areas do not meet their neighbours edge on edge: only these can overlap, and union needs care."""
    return ~shapely.is_empty(shapely.coverage_invalid_edges(shapes))


def _overlaps(layer: _Layer, least_m2: float) -> list[Overlap]:
    codes, shapes = _usable(layer)
    if len(shapes) < 2:
        return []
    suspects = np.flatnonzero(_misfits(shapes))
    a, b = shapely.STRtree(shapes).query(shapes[suspects])
    a = suspects[a]
    pairs = np.unique(np.sort(np.stack([a[a != b], b[a != b]]), axis=0), axis=1)
    a, b = pairs[:, shapely.intersects(shapes[pairs[0]], shapes[pairs[1]])]
    drawn = shapely.intersection(shapes[a], shapes[b])
    large = area_m2(drawn) > least_m2 / 2
    a, b, drawn = a[large], b[large], drawn[large]
    m2 = np.maximum(area_m2(drawn), _overlap_in_plane(shapes[a], shapes[b]))
    return [
        Overlap(layer.level, drawn[i], (codes[a[i]], codes[b[i]]), round(float(m2[i]), 2))
        for i in np.flatnonzero(m2 > least_m2)
    ]


def _overlap_in_plane(one: Geometries, other: Geometries) -> NDArray[np.float64]:
    centre = centre_of(one)
    flat = (shapely.buffer(to_metres(shapes, centre), 0) for shapes in (one, other))  # 0: valid again after moving
    return shapely.area(shapely.intersection(*flat))


def _gaps(layer: _Layer, least_m2: float) -> list[Gap]:
    codes, shapes = _usable(layer)
    if not len(shapes):
        return []
    covered = _union(shapes)
    expected = np.concatenate([_known_parents(layer), _holes(covered)])
    open_ground = shapely.get_parts(shapely.difference(shapely.union_all(expected), covered))
    open_ground = open_ground[shapely.get_dimensions(open_ground) == 2]
    m2 = area_m2(open_ground)
    open_ground, m2 = open_ground[m2 > least_m2], m2[m2 > least_m2]
    gap, area = shapely.STRtree(shapes).query(open_ground, predicate="dwithin", distance=_TOUCH_DEG)
    return [
        Gap(layer.level, ground, round(float(m2[i]), 2), tuple(sorted(codes[area[gap == i]])))
        for i, ground in enumerate(open_ground)
    ]


def _known_parents(layer: _Layer) -> Geometries:
    rows = {code: row for row, code in enumerate(layer.parent_codes) if layer.parents[row] is not None}
    return layer.parents[list(rows.values())]


def _union(shapes: Geometries) -> shapely.Geometry:
    bad = _misfits(shapes)
    return shapely.union_all(np.append(shapes[bad], shapely.coverage_union_all(shapes[~bad])))


def _holes(covered: shapely.Geometry) -> Geometries:
    rings = [ring for part in shapely.get_parts(covered) for ring in part.interiors]
    return shapely.polygons(rings) if rings else np.array([], object)


def _slivers(layer: _Layer, least_width_m: float) -> list[Sliver]:
    codes, shapes = _usable(layer)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    flat = to_metres(parts)
    m2, around = shapely.area(flat), shapely.length(flat)
    thin = 2 * m2 < least_width_m * around  # twice the area over the perimeter is a strip's width
    return [Sliver(layer.level, parts[i], codes[owner[i]], round(float(m2[i]), 2)) for i in np.flatnonzero(thin)]


def _outside(layer: _Layer, least_m2: float) -> list[OutsideParent]:
    rows = np.flatnonzero(~(shapely.is_missing(layer.shapes) | shapely.is_missing(layer.parents)))
    shapely.prepare(layer.parents[rows])
    rows = rows[~shapely.covers(layer.parents[rows], layer.shapes[rows])]
    beyond = shapely.difference(layer.shapes[rows], layer.parents[rows])
    m2 = area_m2(beyond)
    return [
        OutsideParent(layer.level, beyond[i], layer.codes[row], layer.parent_codes[row], round(float(m2[i]), 2))
        for i, row in enumerate(rows)
        if m2[i] > least_m2
    ]
