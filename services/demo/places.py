"""The town of a profile: its areas with codes, its base map, its stations."""

from datetime import date

import shapely

from config.profile_parts import Scale
from config.profiles import Profile
from db.models import Area, BaseMapFeature, Station
from domain.areas import AreaKind, next_code
from domain.stations import hours_to_json
from geo.metric import area_m2
from geo.town import Town, TownArea
from services.demo.rows import Rows
from services.lists.search_keys import search_key

INVENTED_FROM = 60
FOUNDED_YEARS = 3  # the town's areas have been valid for so long before the demo's day


def add_areas(rows: Rows, profile: Profile, scale: Scale, areas: list[TownArea], day: date) -> dict[str, int]:
    """Area rows, from the top down; returns the id of each generator's key."""
    ids: dict[str, int] = {}
    codes: dict[str, tuple[str, str]] = {}  # key → code, level
    last: dict[str | None, str] = {}
    paths: dict[str, str] = {}
    squares = area_m2([area.geometry for area in areas])
    since = day.replace(year=day.year - FOUNDED_YEARS, month=1, day=1)
    for area, square in zip(areas, squares, strict=True):
        code = _code(profile, scale, area, codes, last)
        codes[area.key], last[area.parent_key] = (code, area.level), code
        number = len(rows.of(Area)) + 1
        ids[area.key] = number
        paths[area.key] = f"{paths.get(area.parent_key or '', '/')}{number}/"
        label = area.geometry.representative_point()
        rows.add(
            Area,
            code=code, name=area.name, name_key=search_key(area.name), level=area.level,
            depth=paths[area.key].count("/") - 2, kind=_kind(area), parent_id=ids.get(area.parent_key or ""),
            path=paths[area.key], households=area.households, area_m2=float(square),
            parts=int(shapely.get_num_geometries(area.geometry)), geometry=area.geometry,
            label_lon=label.x, label_lat=label.y, source_datum="wgs84", valid_from=since, valid_to=None,
        )  # fmt: skip
    return ids


def _kind(area: TownArea) -> str:
    return area.kind if area.kind in set(AreaKind) else AreaKind.COMPREHENSIVE.value


def _code(
    profile: Profile,
    scale: Scale,
    area: TownArea,
    codes: dict[str, tuple[str, str]],
    last: dict[str | None, str],
) -> str:
    if area.parent_key is None:
        return scale.code.value
    parent = codes[area.parent_key]
    if profile.scheme.free:
        return f"{parent[0]}-{area.number:02d}"
    part = profile.scheme.parts[profile.scheme.index(area.level)]
    if part.given:  # the state gives these; an invented city takes numbers that no real one has
        return f"{parent[0]}{area.number + INVENTED_FROM:0{part.width}d}"
    taken = [last[area.parent_key]] if area.parent_key in last else []
    return next_code(parent, area.level, taken, profile.scheme)


def add_base_map(rows: Rows, town: Town) -> None:
    """The features of the town's own base map."""
    base = town.base
    for layer, kind, name, name_en, rank, geometry in zip(
        base["layer"], base["kind"], base["name"], base["name_en"], base["rank"], base.geometry, strict=True
    ):
        rows.add(
            BaseMapFeature, layer=layer, kind=kind, name=name or "", name_en=name_en or "",
            rank=int(rank), geometry=geometry,
        )  # fmt: skip


def add_stations(rows: Rows, profile: Profile, town: Town, area_ids: dict[str, int], day: date) -> None:
    """Stations of the town with the hours and items of their kind."""
    since = day.replace(year=day.year - 1, month=1, day=1)
    for number, station in enumerate(town.stations, 1):
        kind = profile.station_kind(station.kind)
        rows.add(
            Station,
            code=f"S{number:03d}", name=station.name, name_key=search_key(station.name), kind=station.kind,
            address=station.address, phone=None, lon=station.lon, lat=station.lat,
            area_id=area_ids[station.area_key], hours=hours_to_json(kind.hours.opening),
            items=[item.key for item in kind.items], valid_from=since, valid_to=None,
        )  # fmt: skip
