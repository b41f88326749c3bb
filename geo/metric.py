"""Metres and square metres. The one place that chooses the metric coordinate system.

Choice: Lambert azimuthal equal-area on the WGS 84 ellipsoid, centred on the data. Areas are exact wherever the
centre lies, and within 100 km of it lengths are off by less than 1 : 30,000, which no grid of a town notices. A
national zone (EPSG:4513-4554) would add the question which of two zones a city on the border belongs to, and its
areas grow with the distance from the meridian. Distances between two points are geodesics and need no projection.
"""

from functools import lru_cache

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.errors import NotGeographic

_GEODESIC = pyproj.Geod(ellps="WGS84")


def metric_crs(lon: float, lat: float) -> pyproj.CRS:
    """The metric CRS for data around a place: WGS 84 degrees in, a CRS in metres out.

    The centre is rounded to a tenth of a degree, so that all data of a town share one.
    Raises NotGeographic for a place that is not on the globe.
    """
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise NotGeographic(datum="wgs84", x=lon, y=lat)
    return _equal_area(round(lon, 1), round(lat, 1))


@lru_cache(maxsize=256)
def _equal_area(lon: float, lat: float) -> pyproj.CRS:
    return pyproj.CRS.from_proj4(f"+proj=laea +lon_0={lon} +lat_0={lat} +ellps=WGS84 +units=m +no_defs")


def centre_of(geometries: shapely.Geometry | ArrayLike) -> tuple[float, float]:
    """Middle of the bounds of one or many WGS 84 geometries; None and empty ones are ignored, (0, 0) if all are."""
    if not np.size(geometries):
        return 0.0, 0.0
    west, south, east, north = shapely.total_bounds(geometries)
    if np.isnan(west):
        return 0.0, 0.0
    return float(west + east) / 2, float(south + north) / 2


def to_metres(geometries: ArrayLike, centre: tuple[float, float] | None = None) -> NDArray[np.object_]:
    """WGS 84 geometries to the metric CRS around ``centre`` (default: their own middle); None stays None."""
    forward = _transformer(*(centre or centre_of(geometries))).transform
    return shapely.transform(np.asarray(geometries, object), forward, interleaved=False)


def from_metres(geometries: ArrayLike, centre: tuple[float, float]) -> NDArray[np.object_]:
    """The way back of to_metres, with the centre that was used there; true to a millimetre."""
    transformer = _transformer(*centre)
    return shapely.transform(
        np.asarray(geometries, object), lambda x, y: transformer.transform(x, y, direction="INVERSE"), interleaved=False
    )


def _transformer(lon: float, lat: float) -> pyproj.Transformer:
    return _cached_transformer(metric_crs(lon, lat).to_wkt())


@lru_cache(maxsize=64)
def _cached_transformer(wkt: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs("EPSG:4326", wkt, always_xy=True)


def area_m2(geometries: ArrayLike) -> NDArray[np.float64]:
    """Areas in square metres of WGS 84 polygons; 0 for points, lines and None. Same shape as the input."""
    return np.nan_to_num(shapely.area(to_metres(geometries)))


def distance_m(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> NDArray[np.float64]:
    """Geodesic distances in metres between WGS 84 places in degrees, element by element (numbers or arrays)."""
    lon1, lat1, lon2, lat2 = np.broadcast_arrays(lon1, lat1, lon2, lat2)
    return np.asarray(_GEODESIC.inv(lon1, lat1, lon2, lat2)[2])
