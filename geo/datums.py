"""Geodetic datums met in China, and the way from each of them to WGS 84 (EPSG:4326).

Everything the program stores is WGS 84, longitude before latitude. GCJ-02 is the offset datum that map services
in China must use, BD-09 is Baidu's further offset of it; neither has an EPSG code. CGCS 2000 (EPSG:4490) differs
from WGS 84 by centimetres and is taken as equal to it.

Source of the formulas: the published approximation of GCJ-02 on the Krasovsky 1940 ellipsoid and of BD-09 that all
open implementations share (eviltransform, coordtransform, gcoord). See docs/decisions/0010-exact-datum-inverse.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.errors import NotGeographic, UndeclaredDatum, UnknownDatum

Floats = NDArray[np.float64]
Lonlat = tuple[Floats, Floats]
Places = TypeVar("Places", shapely.Geometry, NDArray[np.object_], tuple[Floats, Floats])

WGS84_EPSG = 4326
CGCS2000_EPSG = 4490

_AXIS = 6378245.0
_ECCENTRICITY2 = 0.00669342162296594323
_BD_PERIOD = np.pi * 3000 / 180
_BOX = (72.004, 0.8293, 137.8347, 55.8271)  # lon, lat: outside of it the offset datums equal WGS 84
_MODERN_AXIS = 6378137.0  # metres: GRS 80, WGS 84 and CGCS 2000 share it
_CLOSE_ENOUGH = 1e-11  # degrees, about a thousandth of a millimetre
_MOST_STEPS = 30


class Datum(StrEnum):
    """A datum with geographic coordinates, in degrees."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"
    CGCS2000 = "cgcs2000"

    @property
    def epsg(self) -> int | None:
        """The EPSG code, or None: the offset datums have none."""
        return {Datum.WGS84: WGS84_EPSG, Datum.CGCS2000: CGCS2000_EPSG}.get(self)


@dataclass(frozen=True)
class DeclaredDatum:
    """What a person or a file says coordinates are in: a datum, any other CRS pyproj reads, or neither (auto)."""

    datum: Datum | None = None
    crs: str | None = None

    @property
    def is_auto(self) -> bool:
        """Nothing is declared: the datum is to be found out."""
        return self.datum is None and self.crs is None

    def __str__(self) -> str:
        return str(self.datum or self.crs or "auto")


AUTO = DeclaredDatum()


def parse_datum(text: str | None) -> DeclaredDatum:
    """Read ``auto | wgs84 | gcj02 | bd09 | cgcs2000 | epsg:N`` (any case), or the WKT of a file; None means auto.

    EPSG:4326 and EPSG:4490 become their datum, however they are written.
    Raises UnknownDatum for anything that is neither a name above nor known to PROJ.
    """
    name = (text or "auto").strip()
    if name.lower() == "auto":
        return AUTO
    if name.lower() in set(Datum):
        return DeclaredDatum(Datum(name.lower()))
    crs = _known_crs(name)
    for datum in (Datum.WGS84, Datum.CGCS2000):
        if crs.equals(_known_crs(f"EPSG:{datum.epsg}"), ignore_axis_order=True):
            return DeclaredDatum(datum)
    epsg = crs.to_epsg(min_confidence=70)
    return DeclaredDatum(crs=f"epsg:{epsg}" if epsg else crs.to_wkt())


@lru_cache(maxsize=64)
def _known_crs(name: str) -> pyproj.CRS:
    try:
        crs = pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError as unknown:
        raise UnknownDatum(datum=name[:200]) from unknown
    return crs.to_2d() if len(crs.axis_info) > 2 else crs  # heights play no part, but their CRS counts as another


def is_approximate(declared: DeclaredDatum) -> bool:
    """Whether the CRS rests on an older ellipsoid than WGS 84's, so that places may be off by about 100 m.

    True for Beijing 1954 and Xian 1980, whose exact parameters are not public: the caller warns.
    """
    if declared.crs is None:
        return False
    ellipsoid = _known_crs(declared.crs).ellipsoid
    return ellipsoid is None or abs(ellipsoid.semi_major_metre - _MODERN_AXIS) > 0.5


@lru_cache(maxsize=64)
def _to_wgs84_transformer(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(_known_crs(crs), WGS84_EPSG, always_xy=True)


def to_wgs84(places: Places, declared: DeclaredDatum | Datum) -> Places:
    """Convert geometries, or a pair of arrays (x or lon, y or lat), to WGS 84 longitude and latitude in degrees.

    places: one shapely geometry, an array of them (None stays None), or a tuple of two equally long arrays.
    Projected CRS are read easting first, as files store them. The input is not changed.
    NaN stays NaN. Raises UndeclaredDatum for auto, NotGeographic when the values cannot be in the datum: metres where
    it wants degrees, or places outside of what a projection covers.
    """
    move = _mover(declared)
    if isinstance(places, tuple):
        lon, lat = _pair(*places)
        return move(lon, lat)
    return shapely.transform(places, lambda points: np.column_stack(move(points[:, 0], points[:, 1])))


def from_wgs84(places: Places, datum: Datum) -> Places:
    """Convert WGS 84 geometries or arrays (as to_wgs84) to one of the geographic datums."""
    move = _FROM_WGS84[datum]
    if isinstance(places, tuple):
        return move(*_pair(*places))
    return shapely.transform(places, lambda points: np.column_stack(move(points[:, 0], points[:, 1])))


def _mover(declared: DeclaredDatum | Datum) -> Callable[[Floats, Floats], Lonlat]:
    if isinstance(declared, Datum):
        declared = DeclaredDatum(declared)
    if declared.crs is not None:
        crs = declared.crs
        return lambda x, y: _unprojected(x, y, crs)
    if declared.datum is None:
        raise UndeclaredDatum()
    move = _TO_WGS84[declared.datum]
    return lambda lon, lat: move(*_in_degrees(lon, lat, declared.datum))


def _unprojected(x: Floats, y: Floats, crs: str) -> Lonlat:
    lon, lat = _to_wgs84_transformer(crs).transform(x, y)
    lost = np.isfinite(x + y) & ~np.isfinite(lon + lat)
    if lost.any():
        raise NotGeographic(datum=crs[:50], x=float(x[lost][0]), y=float(y[lost][0]))
    return lon, lat


def _in_degrees(lon: Floats, lat: Floats, datum: Datum | None) -> Lonlat:
    wrong = (np.abs(lon) > 180.5) | (np.abs(lat) > 90.5)
    if wrong.any():
        raise NotGeographic(datum=str(datum), x=float(lon[wrong][0]), y=float(lat[wrong][0]))
    return lon, lat


def _pair(lon: ArrayLike, lat: ArrayLike) -> Lonlat:
    return np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))


def _unchanged(lon: Floats, lat: Floats) -> Lonlat:
    return lon, lat


def wgs84_to_gcj02(lon: Floats, lat: Floats) -> Lonlat:
    """WGS 84 degrees to GCJ-02 degrees; unchanged outside the box around China."""
    return _where_in_china(lon, lat, lon, lat, _gcj02(lon, lat))


def gcj02_to_wgs84(lon: Floats, lat: Floats) -> Lonlat:
    """GCJ-02 degrees to WGS 84 degrees, exact: converting back gives the input to less than a millimetre."""
    found = _inverse(_gcj02, lon, lat)
    return _where_in_china(*found, lon, lat, found)


def wgs84_to_bd09(lon: Floats, lat: Floats) -> Lonlat:
    """WGS 84 degrees to BD-09 degrees; unchanged outside the box around China."""
    return _where_in_china(lon, lat, lon, lat, _bd09(*_gcj02(lon, lat)))


def bd09_to_wgs84(lon: Floats, lat: Floats) -> Lonlat:
    """BD-09 degrees to WGS 84 degrees, exact: converting back gives the input to less than a millimetre."""
    found = _inverse(_gcj02, *_inverse(_bd09, lon, lat))
    return _where_in_china(*found, lon, lat, found)


def gcj02_to_bd09(lon: Floats, lat: Floats) -> Lonlat:
    """GCJ-02 degrees to BD-09 degrees; unchanged outside the box around China."""
    return _where_in_china(lon, lat, lon, lat, _bd09(lon, lat))


def bd09_to_gcj02(lon: Floats, lat: Floats) -> Lonlat:
    """BD-09 degrees to GCJ-02 degrees, exact."""
    found = _inverse(_bd09, lon, lat)
    return _where_in_china(*found, lon, lat, found)


def _where_in_china(at_lon: Floats, at_lat: Floats, lon: Floats, lat: Floats, moved: Lonlat) -> Lonlat:
    west, south, east, north = _BOX
    inside = (at_lon >= west) & (at_lon <= east) & (at_lat >= south) & (at_lat <= north)
    return np.where(inside, moved[0], lon), np.where(inside, moved[1], lat)


def _gcj02(lon: Floats, lat: Floats) -> Lonlat:
    x, y = lon - 105.0, lat - 35.0
    east, north = _offset_metres(x, y)
    phi = np.radians(lat)
    w2 = 1 - _ECCENTRICITY2 * np.sin(phi) ** 2
    w = np.sqrt(w2)
    per_lon = np.radians(1) * _AXIS / w * np.cos(phi)
    per_lat = np.radians(1) * _AXIS * (1 - _ECCENTRICITY2) / (w2 * w)
    return lon + east / per_lon, lat + north / per_lat


def _offset_metres(x: Floats, y: Floats) -> Lonlat:
    """The offset to the east and north in metres, x and y in degrees from 105 E 35 N; constants as published."""
    root = np.sqrt(np.abs(x))
    ripple = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    return east, north


def _bd09(lon: Floats, lat: Floats) -> Lonlat:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_PERIOD)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_PERIOD)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _inverse(forward: Callable[[Floats, Floats], Lonlat], lon: Floats, lat: Floats) -> Lonlat:
    """Solve forward(x) = (lon, lat) by fixed-point steps: the offset hardly varies, so each gains two digits."""
    x, y = lon, lat
    for _ in range(_MOST_STEPS):
        there = forward(x, y)
        missing = lon - there[0], lat - there[1]
        x, y = x + missing[0], y + missing[1]
        if np.nanmax(np.abs(missing), initial=0.0) < _CLOSE_ENOUGH:
            break
    return x, y


_TO_WGS84 = {
    Datum.WGS84: _unchanged,
    Datum.CGCS2000: _unchanged,
    Datum.GCJ02: gcj02_to_wgs84,
    Datum.BD09: bd09_to_wgs84,
}
_FROM_WGS84 = {
    Datum.WGS84: _unchanged,
    Datum.CGCS2000: _unchanged,
    Datum.GCJ02: wgs84_to_gcj02,
    Datum.BD09: wgs84_to_bd09,
}
