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
    count_areas,
    list_area_shapes,
    list_area_shapes_by_id,
    list_area_shapes_in_box,
    list_areas,
    list_areas_by_id,
)
from db.queries.boxes import Box
from db.queries.people import list_leaders_by_area
from db.queries.stations import StationFilter, list_stations
from db.session import reading
from domain.clock import local_date, utc_now
from domain.errors import Refusal
from domain.permissions import EVERYWHERE, Actor, Permission, may, require
from geo.datums import parse_datum, to_wgs84
from geo.locating import AreaIndex
from geo.metric import distance_m
from services.area_tree import State, current_state
from services.installations import current_profile

_FEW = 400  # areas whose outlines are compared to find the nearest
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
            return Located(found.id, found.code, found.name, found.level, found.path)
    code, metres = _nearest(session, lon, lat) or (None, None)
    return Located(nearest=code, metres=metres)


def _codes(session: Session, found: Located) -> list[str]:
    ids = _path_ids(found.area_path)
    areas = list_areas_by_id(session, ids)
    return [areas[area_id].code for area_id in ids]


def _path_ids(path: str | None) -> list[int]:
    return [int(step) for step in (path or "").strip("/").split("/") if step]


def _leader(session: Session, area_id: int, day: date) -> GridLeader | None:
    posts = [post.key for post in current_profile().grid_posts if post.leads]
    found = list_leaders_by_area(session, [area_id], posts, day).get(area_id)
    return GridLeader(found.name, found.post) if found else None


def _station(session: Session, found: Located, lon: float, lat: float, day: date) -> NearStation | None:
    path = found.area_path or "/"
    while len(path) > 1:
        stations = list_stations(session, StationFilter(area_path=path), day)
        placed = [station for station in stations if station.lon is not None and station.lat is not None]
        if placed:
            metres = distance_m(lon, lat, [station.lon for station in placed], [station.lat for station in placed])
            best = int(np.argmin(metres))
            return NearStation(placed[best].code, placed[best].name, round(float(metres[best]), 1))
        path = path[: path.rstrip("/").rfind("/") + 1]
    return None


def _nearest(session: Session, lon: float, lat: float) -> tuple[str, float] | None:
    """The nearest of the finest areas around: boxes grow until some are met, then outlines are measured."""
    reach = _reach(session, lon, lat)
    if reach is None:
        return None
    best: tuple[str, float] | None = None
    for _ in range(4):  # a box may be met by bounds whose outline is farther than another's just outside of the box
        best = _nearest_of(list_area_shapes_in_box(session, _around(lon, lat, reach)), lon, lat)
        needed = best[1] / 111_000 * 1.01 if best else reach * 2
        if needed <= reach:
            break
        reach = needed
    return best


def _nearest_of(shapes: Sequence[AreaShape], lon: float, lat: float) -> tuple[str, float] | None:
    """Level by level: a grid and the street around it may be equally near, and then the grid is meant."""
    depths = {shape.depth for shape in shapes}
    indexes = {depth: _index([shape for shape in shapes if shape.depth == depth]) for depth in depths}
    found = {depth: hit for depth, index in indexes.items() if (hit := index.nearest(lon, lat))}
    if not found:
        return None
    metres, _, code = min((round(hit[1], 1), -depth, hit[0]) for depth, hit in found.items())
    return code, metres


def _reach(session: Session, lon: float, lat: float) -> float | None:
    """Half the width in degrees of a box around a place that meets some areas, and if possible not many."""
    empty, reach = 0.0, _FIRST_LOOK_DEG
    while not count_areas(session, AreaFilter(box=_around(lon, lat, reach))):
        if reach > 360:
            return None
        empty, reach = reach, reach * 4
    for _ in range(12):
        if count_areas(session, AreaFilter(box=_around(lon, lat, reach))) <= _FEW:
            break
        middle = (empty + reach) / 2
        if count_areas(session, AreaFilter(box=_around(lon, lat, middle))):
            reach = middle
        else:
            empty = middle
    return reach


def _around(lon: float, lat: float, reach: float) -> Box:
    squeeze = max(float(np.cos(np.radians(lat))), 0.05)  # a degree of longitude is shorter than one of latitude
    return lon - reach / squeeze, lat - reach, lon + reach / squeeze, lat + reach


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
