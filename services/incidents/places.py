"""The place of an incident: a point on the map, or an area from the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, radians

import shapely
from sqlalchemy.orm import Session

from db.models import Incident
from db.queries.areas import AreaFilter, AreaRow, list_areas, list_areas_by_id
from db.queries.incident_places import (
    AreaVersion,
    find_area_version,
    list_area_versions_at,
    list_named_features,
)
from db.queries.incidents import METRES_PER_DEGREE
from db.session import reading
from domain.errors import Refusal
from domain.permissions import EVERYWHERE, Actor, Permission, require
from geo.metric import distance_m, to_metres
from services.areas.locating import InvalidPlace
from services.system.installations import current_profile

MOST_CHOICES = 1000
NEAR_METRES = 60


class MissingPlace(Refusal):
    """Neither a point nor an area was given."""

    code = "missing_place"


class AreaNotYetValid(Refusal):
    """The day lies before the area existed. Values: area, day, since."""

    code = "area_not_yet_valid"


class AreaNoLongerValid(Refusal):
    """The area had ended by that day. Values: area, day."""

    code = "area_no_longer_valid"


@dataclass(frozen=True)
class Place:
    """Where an incident lies. ``area`` None = 界外, outside every area. Degrees in EPSG:4326."""

    lon: float | None
    lat: float | None
    area: AreaVersion | None


@dataclass(frozen=True)
class AreaChoice:
    """An area of the list, with the name of the one above it."""

    id: int
    code: str
    name: str
    above: str


def place_of(session: Session, lon: float | None, lat: float | None, area_id: int | None, day: date) -> Place:
    """The place of a form, the finest area that held it on a Shanghai day; a point counts before a chosen area.

    On a border the smallest code of the deepest level wins, as in services.areas.locating.
    Raises MissingPlace, InvalidPlace, AreaNotYetValid, AreaNoLongerValid.
    """
    if lon is not None and lat is not None:
        return _place_of_point(session, lon, lat, day)
    if area_id is None:
        raise MissingPlace()
    area = find_area_version(session, area_id)
    if area is None:
        raise MissingPlace()
    _refuse_other_day(area, day)
    return Place(None, None, area)


def _place_of_point(session: Session, lon: float, lat: float, day: date) -> Place:
    if not (abs(lon) <= 180 and abs(lat) <= 90):  # false for NaN as well
        raise InvalidPlace(lon=lon, lat=lat)
    versions = list_area_versions_at(session, lon, lat)
    if not versions:
        return Place(lon, lat, None)
    deepest = max(version.depth for version in versions)
    finest = min((area for area in versions if area.is_valid_on(day)), key=_finest_first, default=None)
    if finest is None or finest.depth < deepest:
        # A grid that was drawn later does not make its community the finest area of an earlier day.
        _refuse_other_day(min(versions, key=_finest_first), day)
    return Place(lon, lat, finest)


def _finest_first(area: AreaVersion) -> tuple[int, str, int]:
    return -area.depth, area.code, -area.valid_from.toordinal()


def _refuse_other_day(area: AreaVersion, day: date) -> None:
    if day < area.valid_from:
        raise AreaNotYetValid(area=area.name, day=day.isoformat(), since=area.valid_from.isoformat())
    if not area.is_valid_on(day):
        raise AreaNoLongerValid(area=area.name, day=day.isoformat())


def list_area_choices(actor: Actor, search: str = "") -> list[AreaChoice]:
    """Grids to choose a place from, by code; ``search`` is part of a name, its pinyin or the code. At most 1,000."""
    require(actor, Permission.INCIDENT_LOG)
    level = current_profile().grid_level.value
    with reading(EVERYWHERE) as session:
        rows = list_areas(session, AreaFilter(level=level, search=search), limit=MOST_CHOICES)
        above = list_areas_by_id(session, {row.parent_id for row in rows if row.parent_id})
    return [AreaChoice(row.id, row.code, row.name, _name_above(row, above)) for row in rows]


def list_own_areas(actor: Actor) -> list[AreaChoice]:
    """Communities (the level above the grid) and grids in the actor's area by code, for filters. At most 2,000."""
    require(actor, Permission.INCIDENT_SEE)
    profile = current_profile()
    grid = profile.grid_depth
    with reading(EVERYWHERE) as session:
        rows = [
            row
            for level in profile.level_keys[max(0, grid - 1) : grid + 1]
            for row in list_areas(session, AreaFilter(level=level, under=actor.area_path), limit=MOST_CHOICES)
        ]
    by_id = {row.id: row for row in rows}
    return [AreaChoice(row.id, row.code, row.name, _name_above(row, by_id)) for row in sorted(rows, key=_by_code)]


def _by_code(row: AreaRow) -> tuple[str, int]:
    return row.code, row.id


def _name_above(row: AreaRow, above: dict[int, AreaRow]) -> str:
    return above[row.parent_id].name if row.parent_id in above else ""


@dataclass(frozen=True)
class PlaceName:
    """What people call a place, in both languages."""

    zh: str
    en: str


def name_place(session: Session, lon: float, lat: float) -> PlaceName | None:
    """The compound or park around a place in degrees (EPSG:4326), else the road or water within 60 m."""
    high = NEAR_METRES / METRES_PER_DEGREE
    wide = high / max(0.05, cos(radians(lat)))
    features = list_named_features(session, (lon - wide, lat - high, lon + wide, lat + high))
    if not features:
        return None
    shapes = to_metres([feature.geometry for feature in features], (lon, lat))
    here = to_metres([shapely.Point(lon, lat)], (lon, lat))[0]
    metres, index = min((float(shapely.distance(shape, here)), index) for index, shape in enumerate(shapes))
    nearest = features[index]
    return PlaceName(nearest.zh, nearest.en or nearest.zh) if metres <= NEAR_METRES else None


def by_distance(rows: Sequence[Incident], lon: float, lat: float, most: float) -> list[tuple[int, Incident]]:
    """The rows that lie within ``most`` metres of a place in degrees (EPSG:4326), nearest first, with the metres."""
    placed = [(row.lon, row.lat, row) for row in rows if row.lon is not None and row.lat is not None]
    if not placed:
        return []
    metres = distance_m(lon, lat, [row[0] for row in placed], [row[1] for row in placed])
    found = [(round(float(away)), row) for away, (_, _, row) in zip(metres, placed, strict=True) if away <= most]
    return sorted(found, key=lambda pair: (pair[0], pair[1].id))
