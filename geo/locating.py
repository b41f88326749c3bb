"""Which area is this place in? For one click and for a million rows.

Border rule: a place on the border of several areas, or in an overlap, belongs to the one whose code sorts first, so
the answer is the same every time and on every machine.
"""

import threading
from math import isfinite

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.errors import MissingCrs
from geo.metric import distance_m

_CHUNK = 200_000  # places per query, which bounds the memory of a long file
_MANY_CORNERS = 64  # from here on a polygon is worth its own index of edges
_SLACK = 1.05  # how wrong the flat map of nearest() may be: cos(latitude) changes by 2 % within a city


class AreaIndex:
    """Areas of one level, searchable by place. Built once, read by any number of threads.

    codes: unique texts; geometries: WGS 84 polygons, parallel; None and empty ones are never found.
    """

    def __init__(self, codes: ArrayLike, geometries: ArrayLike) -> None:
        names = np.asarray(codes, object).astype(str).astype(object)
        shapes = np.asarray(geometries, object)
        if names.shape != shapes.shape or names.ndim != 1:
            raise ValueError(f"{names.shape} codes for {shapes.shape} geometries")
        _refuse_metres(shapes)
        self._order = np.argsort(names, kind="stable")
        self.codes = names
        self._sorted_codes = names[self._order]
        self._shapes = shapes[self._order]
        self._tree = shapely.STRtree(self._shapes)
        _index_edges(self._shapes)
        self._flat: tuple[shapely.STRtree, float] | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.codes)

    def locate(self, lon: float, lat: float) -> str | None:
        """The code of the area at a WGS 84 place, or None outside of all (or for a place that is no number)."""
        hits = self._tree.query(shapely.Point(lon, lat), predicate="intersects") if isfinite(lon + lat) else ()
        return str(self._sorted_codes[min(hits)]) if len(hits) else None

    def locate_many(self, lons: ArrayLike, lats: ArrayLike) -> NDArray[np.int64]:
        """Positions in ``codes`` of the areas at WGS 84 places, -1 outside of all and for NaN. Two equally long arrays.

        Codes follow with ``index.codes[found]`` where found >= 0.
        """
        lon, lat = np.asarray(lons, float), np.asarray(lats, float)
        found = np.full(lon.shape, -1, np.int64)
        for start in range(0, len(lon), _CHUNK):
            part = slice(start, start + _CHUNK)
            found[part] = self._first_hits(lon[part], lat[part])
        return found

    def _first_hits(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        place, area = self._tree.query(shapely.points(lon, lat))
        inside = shapely.intersects_xy(self._shapes[area], lon[place], lat[place])
        place, area = place[inside], area[inside]
        first = np.full(len(lon), len(self), np.int64)
        first[place] = area
        shared = np.flatnonzero(first[place] != area)  # more than one hit: only those need the rule
        np.minimum.at(first, place[shared], area[shared])
        return np.append(self._order, -1)[first]

    def nearest(self, lon: float, lat: float) -> tuple[str, float] | None:
        """The nearest area to a WGS 84 place and the metres to it (0 inside); None without areas.

        Equally near areas: the code that sorts first.
        """
        if not len(self._tree.geometries) or not (isfinite(lon + lat)):
            return None
        if (here := self.locate(lon, lat)) is not None:
            return here, 0.0
        tree, squeeze = self._flat_tree()
        place = shapely.Point(lon * squeeze, lat)
        near = tree.query_nearest(place, return_distance=True)
        if not len(near[0]):
            return None
        candidates = np.sort(tree.query(place, predicate="dwithin", distance=float(near[1][0]) * _SLACK))
        ends = shapely.get_coordinates(shapely.shortest_line(tree.geometries[candidates], place)).reshape(-1, 2, 2)
        metres = distance_m(lon, lat, ends[:, 0, 0] / squeeze, ends[:, 0, 1])
        best = int(np.argmin(np.round(metres, 3)))
        return str(self._sorted_codes[candidates[best]]), float(metres[best])

    def _flat_tree(self) -> tuple[shapely.STRtree, float]:
        """The areas with longitudes shortened to the scale of latitudes; built when first asked for."""
        with self._lock:
            if self._flat is None:
                bounds = shapely.total_bounds(self._shapes)
                squeeze = float(np.cos(np.radians(bounds[1::2].mean())))
                squeezed = shapely.transform(self._shapes, lambda points: points * (squeeze, 1.0))
                self._flat = shapely.STRtree(squeezed), squeeze
            return self._flat


def metres_to(geometries: ArrayLike, lon: float, lat: float) -> NDArray[np.float64]:
    """Metres from a WGS 84 place to each geometry, 0 inside: the nearest point on a flat map, then a geodesic to it."""
    squeeze = max(float(np.cos(np.radians(lat))), 0.01)
    flat = shapely.transform(np.asarray(geometries, object), lambda points: points * (squeeze, 1.0))
    ends = shapely.get_coordinates(shapely.shortest_line(flat, shapely.Point(lon * squeeze, lat))).reshape(-1, 2, 2)
    return distance_m(lon, lat, ends[:, 0, 0] / squeeze, ends[:, 0, 1])


def _refuse_metres(shapes: NDArray[np.object_]) -> None:
    bounds = shapely.total_bounds(shapes) if len(shapes) else np.zeros(4)
    if np.nanmax(np.abs(bounds), initial=0) > 181:
        raise MissingCrs(crs="not in degrees")


def _index_edges(shapes: NDArray[np.object_]) -> None:
    """Prepare detailed polygons and ask each once: GEOS fills its indexes at the first question, unguarded by locks."""
    detailed = shapes[shapely.get_num_coordinates(shapes) > _MANY_CORNERS]
    shapely.prepare(detailed)
    west, south, east, north = shapely.bounds(detailed).T if len(detailed) else np.zeros((4, 0))
    shapely.intersects_xy(detailed, (west + east) / 2, (south + north) / 2)
