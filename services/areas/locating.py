"""Which area is this place in? For one place through the database's spatial index, for many in memory (feature B2).

The finest area counts, which is the deepest in the tree; on a border, or where two overlap, the one whose code sorts
first: the same rule as geo.locating's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sqlalchemy.orm import Session

from db.queries.areas import (
    AreaFilter,
    AreaShape,
    list_area_shapes,
    list_area_shapes_by_id,
    list_areas,
    list_areas_by_id,
)
from db.queries.boxes import Box
from db.queries.people import list_leaders_by_area
from db.queries.places import find_station_for, list_bounds_in_box
from db.session import reading
from domain.clock import local_date, utc_now
from domain.errors import Refusal
from domain.permissions import EVERYWHERE, Actor, Permission, may, require
from geo.datums import parse_datum, to_wgs84
from geo.locating import AreaIndex, metres_to
from geo.metric import distance_m
from services.areas.tree import State, current_state
from services.system.installations import current_profile

_MOST = 500  # areas whose bounds are compared to find the nearest, where a box can be made that small
_BATCH = 64
METRES_A_DEGREE = 111_000  # of latitude, a little less than anywhere on the globe
_FIRST_LOOK_DEG = 0.002


class InvalidPlace(Refusal):
    """Coordinates that are no place on the globe. Values: lon, lat."""

    code = "invalid_place"


@dataclass(frozen=True)
class Located:
    """The finest area at a place; without one all is None but the nearest, if any area has an outline."""

    area_id: int | None = None
    code: str | None = None
    name: str | None = None
    level: str | None = None
    area_path: str | None = None
    nearest: str | None = None
    metres: float | None = None
    above: tuple[tuple[int, str], ...] = ()  # (id, code) of areas whose bounds hold the place


@dataclass(frozen=True)
class Nearest:
    """An area outside of which a place lies, and how far."""

    code: str
    metres: float


@dataclass(frozen=True)
class GridLeader:
    """Who leads the grid; ``post`` is a key of the profile."""

    name: str
    post: str


@dataclass(frozen=True)
class NearStation:
    """The station that looks after a place: the nearest one in its grid, else in the area above it, and so on."""

    code: str
    name: str
    metres: float


@dataclass(frozen=True)
class Place:
    """What there is to say about a place. ``grid`` is the code of the finest area, ``path`` the codes from the top."""

    grid: str | None
    path: list[str]
    outside: bool
    nearest: Nearest | None
    leader: GridLeader | None
    station: NearStation | None


def locate_point(lon: float, lat: float) -> Located:
    """The finest area at a WGS 84 place, in degrees. Raises InvalidPlace."""
    _refuse_no_place(lon, lat)
    with reading(EVERYWHERE) as session:
        return _locate(session, lon, lat)


def locate(actor: Actor, lon: float, lat: float, datum: str = "wgs84", now: datetime | None = None) -> Place:
    """The area at a place with its leader and station. ``datum`` as geo.datums.parse_datum reads it.

    Raises InvalidPlace, and the refusals of geo.datums. Who may not see areas is not told the leader.
    """
    require(actor, Permission.MAP_SEE)
    lons, lats = to_wgs84((np.array([lon]), np.array([lat])), parse_datum(datum))
    lon, lat = float(lons[0]), float(lats[0])
    _refuse_no_place(lon, lat)
    day = local_date(now or utc_now())
    with reading(EVERYWHERE) as session:
        found = _locate(session, lon, lat)
        if found.area_id is None:
            near = Nearest(found.nearest, found.metres or 0.0) if found.nearest else None
            return Place(None, [], True, near, None, None)
        leader = _leader(session, found.area_id, day) if may(actor, Permission.AREA_SEE) else None
        return Place(found.code, _codes(session, found), False, None, leader, _station(session, found, lon, lat, day))


def _refuse_no_place(lon: float, lat: float) -> None:
    if not (abs(lon) <= 180 and abs(lat) <= 90):  # false for NaN as well
        raise InvalidPlace(lon=lon, lat=lat)


def _locate(session: Session, lon: float, lat: float) -> Located:
    """Level by level from the finest: the outlines of the levels above are not even read where a grid is found."""
    met = list_areas(session, AreaFilter(box=(lon, lat, lon, lat)))
    for depth in sorted({area.depth for area in met}, reverse=True):
        same = {area.code: area for area in met if area.depth == depth}
        shapes = list_area_shapes_by_id(session, [area.id for area in same.values()]).values()
        code = _index(list(shapes)).locate(lon, lat)
        if code is not None:
            found = same[code]
            above = tuple((area.id, area.code) for area in met)
            return Located(found.id, found.code, found.name, found.level, found.path, above=above)
    code, metres = _nearest(session, lon, lat) or (None, None)
    return Located(nearest=code, metres=metres)


def _codes(session: Session, found: Located) -> list[str]:
    """The codes from the top; the areas above usually met the place as well, so they need not be asked for."""
    ids = [int(step) for step in (found.area_path or "").strip("/").split("/") if step]
    codes = dict(found.above)
    if missing := [area_id for area_id in ids if area_id not in codes]:
        codes |= {area.id: area.code for area in list_areas_by_id(session, missing).values()}
    return [codes[area_id] for area_id in ids]


def _leader(session: Session, area_id: int, day: date) -> GridLeader | None:
    posts = [post.key for post in current_profile().grid_posts if post.leads]
    found = list_leaders_by_area(session, [area_id], posts, day).get(area_id)
    return GridLeader(found.name, found.post) if found else None


def _station(session: Session, found: Located, lon: float, lat: float, day: date) -> NearStation | None:
    station = find_station_for(session, _paths(found.area_path or "/"), lon, lat, _squeeze(lat), day)
    if station is None:
        return None
    code, name, station_lon, station_lat = station
    return NearStation(code, name, round(float(distance_m(lon, lat, station_lon, station_lat)), 1))


def _paths(path: str) -> list[str]:
    """The paths of the areas above and of the area itself, from the top."""
    ends = [place for place, sign in enumerate(path) if sign == "/" and place]
    return [path[: end + 1] for end in ends]


def _nearest(session: Session, lon: float, lat: float) -> tuple[str, float] | None:
    """The nearest area and the metres to it: bounds first, then the outlines of the few that may be nearest.

    A grid and the street around it may be equally near: then the finest counts.
    """
    reach = _reach(session, lon, lat)
    if reach is None:
        return None
    best = _nearest_in(session, lon, lat, reach)
    if best[2] / METRES_A_DEGREE > reach:  # an area just outside of the box may be nearer than any that meets it
        best = _nearest_in(session, lon, lat, best[2] / METRES_A_DEGREE * 1.01)
    return best[1], best[2]


def _nearest_in(session: Session, lon: float, lat: float, reach: float) -> tuple[int, str, float]:
    """(depth, code, metres) of the nearest area that meets a box around the place; there is one."""
    bounds = np.array(list_bounds_in_box(session, _around(lon, lat, reach)))
    least = _metres_to_bounds(bounds, lon, lat)
    order = np.argsort(least)
    found: list[tuple[float, int, str]] = []
    for start in range(0, len(order), _BATCH):
        part = order[start : start + _BATCH]
        if found and least[part[0]] > min(found)[0] + 0.1:
            break
        shapes = list(list_area_shapes_by_id(session, bounds[part, 0].astype(int).tolist()).values())
        metres = metres_to([shape.geometry for shape in shapes], lon, lat)
        found += [(round(float(m), 1), -shape.depth, shape.code) for m, shape in zip(metres, shapes, strict=True)]
    metres_off, depth, code = min(found)
    return -depth, code, metres_off


def _metres_to_bounds(bounds: NDArray[np.float64], lon: float, lat: float) -> NDArray[np.float64]:
    """At least so far away is whatever lies in the bounds; a little less than true, never more."""
    across = np.maximum(0, np.maximum(bounds[:, 1] - lon, lon - bounds[:, 3])) * _squeeze(lat)
    along = np.maximum(0, np.maximum(bounds[:, 2] - lat, lat - bounds[:, 4]))
    return np.hypot(across, along) * METRES_A_DEGREE * 0.99


def _reach(session: Session, lon: float, lat: float) -> float | None:
    """Half the width in degrees of a box around a place that meets some areas, and if possible not too many."""
    empty, reach = 0.0, _FIRST_LOOK_DEG
    while not _met(session, lon, lat, reach, 1):
        if reach > 360:
            return None
        empty, reach = reach, reach * 2
    for _ in range(10):
        if _met(session, lon, lat, reach, _MOST) < _MOST:
            break
        middle = (empty + reach) / 2
        empty, reach = (empty, middle) if _met(session, lon, lat, middle, 1) else (middle, reach)
    return reach


def _met(session: Session, lon: float, lat: float, reach: float, most: int) -> int:
    return len(list_bounds_in_box(session, _around(lon, lat, reach), most))


def _squeeze(lat: float) -> float:
    """How much shorter a degree of longitude is than one of latitude."""
    return max(float(np.cos(np.radians(lat))), 0.01)


def _around(lon: float, lat: float, reach: float) -> Box:
    across = reach / _squeeze(lat)
    return lon - across, lat - reach, lon + across, lat + reach


class Finder:
    """Every area in memory, for many places. Read by any number of threads."""

    def __init__(self, shapes: Sequence[AreaShape]) -> None:
        self.shapes = {shape.code: shape for shape in shapes}
        depths = sorted({shape.depth for shape in shapes}, reverse=True)
        self._layers = [_index([shape for shape in shapes if shape.depth == depth]) for depth in depths]

    def locate_many(self, lons: ArrayLike, lats: ArrayLike) -> NDArray[np.object_]:
        """The codes of the finest areas at WGS 84 places, None outside of all and for NaN."""
        lon, lat = np.asarray(lons, float), np.asarray(lats, float)
        codes = np.full(lon.shape, None, object)
        left = np.arange(len(lon))
        for index in self._layers:
            found = index.locate_many(lon[left], lat[left])
            codes[left[found >= 0]] = index.codes[found[found >= 0]]
            left = left[found < 0]
            if not len(left):
                break
        return codes


def _index(shapes: Sequence[AreaShape]) -> AreaIndex:
    return AreaIndex([shape.code for shape in shapes], [shape.geometry for shape in shapes])


def finder() -> Finder:
    """The areas of the database in use, kept until one of them changes."""
    return _finder(current_state().of("areas"))


@lru_cache(maxsize=2)
def _finder(state: State) -> Finder:
    with state.database.reading(EVERYWHERE) as session:
        return Finder(list_area_shapes(session))
