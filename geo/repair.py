"""Make polygons valid, and say what that did to them."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.errors import TangledGeometry, UnusableGeometry
from geo.metric import area_m2

# GEOS's words for what is wrong, as keys of texts: ``geo.invalid.<key>``.
_REASONS = {
    "Self-intersection": "self_intersection",
    "Ring Self-intersection": "ring_self_intersection",
    "Hole lies outside shell": "hole_outside_shell",
    "Holes are nested": "nested_holes",
    "Nested shells": "nested_shells",
    "Duplicate Rings": "duplicate_rings",
    "Interior is disconnected": "disconnected_interior",
    "Too few points in geometry component": "too_few_points",
    "Invalid Coordinate": "invalid_coordinate",
    "Ring is not closed": "ring_not_closed",
}
# The repair of a knot takes a time that grows with the square of its crossings. On a border that somebody drew a
# segment meets its two neighbours' boxes and its own, on one that was drawn twice some more.
_SAMPLED, _MOST_MET = 400, 25
_POLYGON = 3  # GEOS's number; above it stand the collections


@dataclass(frozen=True)
class RepairReason:
    """Why a polygon was changed, where (WGS 84 degrees, None if unknown), and how many square metres went."""

    reason: str
    lon: float | None
    lat: float | None
    lost_m2: float


def invalid_reasons(geometries: ArrayLike) -> list[tuple[str, float | None, float | None]]:
    """Per geometry: what is wrong (a key of ``geo.invalid.*``; "" if nothing) and where it is, as GEOS finds it."""
    return [_reason(words) for words in np.atleast_1d(shapely.is_valid_reason(np.asarray(geometries, object)))]


def _reason(words: str | None) -> tuple[str, float | None, float | None]:
    if words is None or words == "Valid Geometry":
        return ("empty" if words is None else "", None, None)
    name, _, place = words.partition("[")
    lon, _, lat = place.rstrip("]").partition(" ")
    try:
        return _REASONS.get(name, "other"), float(lon), float(lat)
    except ValueError:
        return _REASONS.get(name, "other"), None, None


def repair(geometry: shapely.Geometry | None) -> tuple[shapely.Geometry, RepairReason | None]:
    """Make a WGS 84 geometry a valid Polygon or MultiPolygon; the reason is None when it was one already.

    Rings are read as their outlines joined, holes taken out (GEOS "structure"); lines and points are left behind.
    Raises UnusableGeometry for None, an empty one, or one of which no area is left, TangledGeometry for a knot.
    """
    if geometry is None or geometry.is_empty:
        raise UnusableGeometry(kind="empty")
    if geometry.is_valid and geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry, None
    _refuse_knot(geometry)
    kept = _polygons(shapely.make_valid(geometry, method="structure", keep_collapsed=False))
    if kept.is_empty:
        raise UnusableGeometry(kind=geometry.geom_type)
    reason, lon, lat = invalid_reasons(geometry)[0]
    every = _polygons(shapely.make_valid(geometry, method="linework"))
    lost = float(area_m2(shapely.difference(every, kept)))
    return kept, RepairReason(reason or "mixed_kinds", lon, lat, round(lost, 2))


def _refuse_knot(geometry: shapely.Geometry) -> None:
    parts = shapely.get_parts(geometry)
    while (shapely.get_type_id(parts) > _POLYGON).any():
        parts = shapely.get_parts(parts)
    corners, ring = shapely.get_coordinates(shapely.get_rings(parts), return_index=True)
    joined = np.flatnonzero(ring[1:] == ring[:-1])
    if len(joined) < _SAMPLED:
        return
    segments = shapely.linestrings(np.stack([corners[joined], corners[joined + 1]], axis=1))
    some = np.linspace(0, len(segments) - 1, _SAMPLED).astype(int)
    met = shapely.STRtree(segments).query(segments[some]).shape[1] / _SAMPLED
    if met > _MOST_MET:
        raise TangledGeometry(kind=geometry.geom_type)


def repair_all(geometries: ArrayLike) -> NDArray[np.object_]:
    """The repaired geometries without the reasons; None where nothing is usable."""
    shapes = np.asarray(geometries, object).copy()
    fine = shapely.is_valid(shapes) & np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    for row in np.flatnonzero(~fine):
        try:
            shapes[row] = repair(shapes[row])[0]
        except UnusableGeometry:
            shapes[row] = None
    return shapes


def to_multi(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    """A Polygon or MultiPolygon as a flat (two-dimensional) MultiPolygon. Raises UnusableGeometry for other kinds."""
    if geometry.geom_type not in ("Polygon", "MultiPolygon"):
        raise UnusableGeometry(kind=geometry.geom_type)
    return shapely.MultiPolygon(list(shapely.get_parts(shapely.force_2d(geometry))))


def _polygons(geometry: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(geometry)
    while (nested := shapely.get_type_id(parts) > 3).any():
        parts = np.concatenate([parts[~nested], shapely.get_parts(parts[nested])])
    parts = parts[(shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)
