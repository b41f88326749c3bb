"""Where the stations stand: at buildings, spread over the areas, or where their plan says."""

from dataclasses import dataclass

import numpy as np
import shapely

from geo.town.addresses import Place
from geo.town.blocks import Block
from geo.town.homes import Building
from geo.town.plan import PlanNotPossible, StationPlan, StationSite, TownPlan
from geo.town.tree import Region
from geo.town.words import english, words

APART = 55.0  # metres that two stations keep
NEAR_USES = {
    "park": ("park", "lake"),
    "school": ("school",),
    "harbour": ("port",),
    "centre": ("civic", "commercial"),
}


@dataclass(frozen=True)
class Stand:
    """A station's place on the ground, metres; ``address``: text of the nearest address."""

    kind: str
    name: str
    name_en: str
    x: float
    y: float
    address: str


@dataclass
class Search:
    """What stations are placed by. ``shapes``: ground of each region by id."""

    keys: list[str]
    levels: list[list[Region]]
    shapes: dict[int, shapely.Geometry]
    water: shapely.Geometry
    spots: np.ndarray
    blocks: list[Block]
    owners: list[int]
    places: list[Place]
    taken: list[tuple[float, float]]


def place_stations(
    plan: TownPlan,
    levels: list[list[Region]],
    shapes: dict[int, shapely.Geometry],
    buildings: list[Building],
    blocks: list[Block],
    places: list[Place],
    water: shapely.Geometry,
) -> list[Stand]:
    """Stations of all kinds. Raises PlanNotPossible if a site names an area that does not exist."""
    able = [b for b in buildings if b.kind not in ("park", "industrial") or blocks[b.block].use == "port"]
    spots = np.array([b.outline.mean(axis=0) for b in able])
    keys = [level.key for level in plan.levels]
    search = Search(keys, levels, shapes, water, spots, blocks, [b.block for b in able], places, [])
    doors = shapely.STRtree(shapely.points([(p.x, p.y) for p in places]))
    stands = []
    for kind in plan.station_kinds:
        for name, name_en, (x, y) in _sites(kind, search):
            address = places[int(doors.nearest(shapely.Point(x, y)))].text
            stands.append(Stand(kind.kind, name, name_en, x, y, address))
    return stands


Site = tuple[str, str, tuple[float, float]]  # name, name_en, place


def _sites(kind: StationPlan, search: Search) -> list[Site]:
    """The fixed sites, then the rest, each named after its area; a second one in an area is numbered."""
    sites = [(s.name, s.name_en or english(s.name), _fixed_spot(s, search)) for s in kind.sites[: kind.count]]
    used: dict[int, int] = {}
    for region in _spread_regions(kind, kind.count - len(sites), search):
        number = used[id(region)] = used.get(id(region), 0) + 1
        area, area_en = _told_apart(region, search)
        name = kind.pattern.format(area=area, n=len(sites) + 1)
        name_en = _in_english(kind.pattern, area_en, len(sites) + 1)
        if number > 1:
            name = words()["texts"]["twin"].format(name=name, n=number)
            name_en = f"{name_en} ({number})"
        sites.append((name, name_en, _free_spot(search, region)))
    return sites


def _in_english(pattern: str, area_en: str, number: int) -> str:
    """The pattern's own words translated, after the area's English name."""
    own = english(pattern.format(area="", n=number))
    return f"{area_en} {own}" if "{area}" in pattern else own


def _told_apart(region: Region, search: Search) -> tuple[str, str]:
    """The area's names, with its parent's before them where another area of the level has the same."""
    twins = sum(other.name == region.name for other in search.levels[region.level])
    if twins == 1 or region.parent is None:
        return region.name, region.name_en
    return region.parent.name + region.name, f"{region.parent.name_en} {region.name_en}"


def _fixed_spot(site: StationSite, search: Search) -> tuple[float, float]:
    region = search.levels[0][0]
    if site.area is not None:
        named = [r for level in search.levels for r in level if r.name == site.area]
        if not named:
            raise PlanNotPossible(f"station {site.name!r} lies in {site.area!r}, which is not an area of the town")
        region = named[0]
    return _free_spot(search, region, site.near)


def _spread_regions(kind: StationPlan, count: int, search: Search) -> list[Region]:
    """``count`` areas of the station's level, evenly through the numbering; the largest get a second one."""
    if kind.level is not None and kind.level not in search.keys:
        raise PlanNotPossible(f"stations are spread over level {kind.level!r}, which the plan does not have")
    enough = next((regions for regions in search.levels if len(regions) >= count), search.levels[-1])
    level = enough if kind.level is None else search.levels[search.keys.index(kind.level)]
    able = [r for r in level if r.special is None] or level
    chosen = [able[int((k + 0.5) * len(able) / count)] for k in range(min(count, len(able)))]
    while len(chosen) < count:
        largest = sorted(able, key=lambda r: -r.homes)
        chosen.append(largest[(len(chosen) - len(able)) % len(largest)])
    return chosen


def _free_spot(search: Search, region: Region, near: str | None = None) -> tuple[float, float]:
    """The building of the area nearest to its middle (or to what the station is near) that no station has yet."""
    shape = search.shapes[id(region)]
    inside = np.flatnonzero(shapely.contains_xy(shape, search.spots))
    aim = _aim(search, region, near)
    distance = np.hypot(*(search.spots - aim).T)
    for index in inside[np.argsort(distance[inside], kind="stable")].tolist():
        x, y = search.spots[index].tolist()
        if all((x - a) ** 2 + (y - b) ** 2 >= APART**2 for a, b in search.taken):
            return _take(search, x, y)
    spot = shape.point_on_surface()  # every building has its station already, or there is none
    return _take(search, spot.x, spot.y)


def _aim(search: Search, region: Region, near: str | None) -> np.ndarray:
    middle = shapely.get_coordinates(search.shapes[id(region)].centroid)[0]
    if near == "water" and not search.water.is_empty:
        shore = shapely.shortest_line(search.water, search.shapes[id(region)].centroid)
        return shapely.get_coordinates(shore)[0]
    uses = NEAR_USES.get(near or "", ())
    own = [k for k, block in enumerate(search.owners) if search.blocks[block].use in uses]
    if not own:
        return middle
    nearest = own[int(np.argmin(np.hypot(*(search.spots[own] - middle).T)))]
    return search.spots[nearest]


def _take(search: Search, x: float, y: float) -> tuple[float, float]:
    search.taken.append((x, y))
    return x, y
