"""Borders between areas, each once: neighbours share theirs, and two dashed lines over each other look solid."""

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.tiles import BUFFER, Geometries, tile_bounds

_STEP = 0.01  # metres; vertices nearer than this are one


def shared_edges(polygons: Geometries, z: int, x: int, y: int) -> Geometries:
    """Borders of polygons (EPSG:3857) within a tile and its buffer, as lines that cover every border exactly once.

    Borders that neighbours digitised apart stay two lines.
    """
    polygons = np.asarray(polygons, dtype=object)
    if len(polygons) == 0:
        return polygons
    rings = shapely.get_rings(shapely.get_parts(polygons))
    coordinates, owner = shapely.get_coordinates(rings, return_index=True)
    lines = shapely.linestrings(coordinates, indices=owner)
    inside = shapely.get_parts(shapely.clip_by_rect(lines, *tile_bounds(z, x, y, BUFFER)))
    segments = _unique_segments(inside)
    if len(segments) == 0:
        return np.array([], dtype=object)
    merged = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(segments)))
    return shapely.get_parts(merged)


def _unique_segments(lines: Geometries) -> NDArray[np.float64]:
    """(n, 2, 2) the different segments of all lines, whichever way they run."""
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    if len(coordinates) < 2:
        return np.empty((0, 2, 2))
    steps = np.rint(coordinates / _STEP).astype(np.int64)
    joined = owner[1:] == owner[:-1]
    start, end = steps[:-1][joined], steps[1:][joined]
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    pairs = np.where(swap[:, None], np.hstack([end, start]), np.hstack([start, end]))
    pairs = pairs[(pairs[:, :2] != pairs[:, 2:]).any(axis=1)]
    return np.unique(pairs, axis=0).reshape(-1, 2, 2) * _STEP
