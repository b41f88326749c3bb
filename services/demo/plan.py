"""From a profile's town to the generator's plan."""

from collections.abc import Callable

import geopandas as gpd
import shapely

from config.profile_parts import Scale
from config.profiles import Profile
from domain.areas import AreaKind
from geo.town import Address, CityPlan, LevelPlan, StationPlan, StationSite, Town, TownPlan, build_city, build_town

# How areas of a level are called, by the level's word in the profile; {level} is that word.
PATTERNS = {
    "村（社区）": ("{stem}社区", "{stem} Community"),
    "镇（街道）": ("{stem}街道", "{stem} Subdistrict"),
    "区（市）县": ("{stem}区", "{stem} District"),
    "小区（网格）": ("{stem}网格", "{stem} Grid"),
    "网格片区": ("{stem}片区", "{stem} Area"),
    "楼组": ("{buildings}组", "{buildings}"),
    "院落": ("{parent}{n}院", "{parent} Yard {n}"),
    "微网格": ("{parent}{n}号微网格", "{parent} Micro-grid {n}"),
}
OLD_SHARE = 0.12  # of the ground, where no name asks for more
WHERE = {"council_hall": "centre", "captain_home": "harbour", "square": "park"}


def town_of(profile: Profile, scale: Scale, seed: int, progress: Callable[[float, str], None]) -> Town:
    """Build the town of a profile in a size; a city has areas alone, a town streets and houses as well."""
    if scale.top.value == "city":
        return _city(profile, scale, seed, progress)
    return build_town(town_plan(profile, scale), seed, progress)


def _city(profile: Profile, scale: Scale, seed: int, progress: Callable[[float, str], None]) -> Town:
    """A city down to its grids, for load tests: no base map, no stations; incidents happen at the grids' middles."""
    below = profile.level_keys[1 : profile.grid_depth + 1]
    plan = CityPlan(
        centre=(profile.centre.lon, profile.centre.lat),
        area_km2=scale.area_km2.value,
        counts=tuple(scale.count(key) for key in below),
        levels=("city", *below),
        name=scale.name.value.zh,
        kind=AreaKind.COMPREHENSIVE,
    )
    areas = build_city(plan, seed, progress)
    finest = [area for area in areas if area.level == below[-1]]
    points = shapely.get_coordinates(shapely.point_on_surface([area.geometry for area in finest])).tolist()
    addresses = [Address(x, y, area.name, area.key, "site") for area, (x, y) in zip(finest, points, strict=True)]
    columns = ["layer", "kind", "name", "name_en", "rank", "width_m"]
    base = gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs=4326)
    return Town(base, areas, [], addresses)


def town_plan(profile: Profile, scale: Scale) -> TownPlan:
    """The generator's plan for a profile's town."""
    top = profile.levels.index(profile.level(scale.top.value))
    levels = [LevelPlan(scale.top.value, names=(scale.name.value.zh,), kind=AreaKind.COMPREHENSIVE)]
    levels += [_level(profile, scale, level.key) for level in profile.levels[top + 1 :] if scale.count(level.key)]
    return TownPlan(
        centre=(profile.centre.lon, profile.centre.lat),
        area_km2=scale.area_km2.value,
        water=profile.town.water.value,
        levels=tuple(levels),
        households=scale.households.value,
        old_share=max(OLD_SHARE, _lane_share(profile)),
        station_kinds=tuple(_stations(profile, count.kind, count.count) for count in profile.town.stations),
    )


def _lane_share(profile: Profile) -> float:
    """How much old quarter the fixed names of lanes and hills need, as a share of the ground."""
    names = [name.name.zh for name in profile.town.names]
    return 0.9 * sum(name.endswith(("巷", "山", "弄")) for name in names) / max(len(names), 1)


def _level(profile: Profile, scale: Scale, key: str) -> LevelPlan:
    word = profile.level(key).name
    zh, en = PATTERNS.get(word.zh, (f"{{stem}}{word.zh}", f"{{stem}} {word.en}"))
    staffing = profile.level(key).staffing
    return LevelPlan(
        key,
        total=scale.count(key),
        households=(staffing.least, staffing.most) if staffing else None,
        names=tuple(name.name.zh for name in profile.town.names if name.level == key),
        pattern=zh,
        pattern_en=en,
        kind=profile.level(key).area_kinds[0],
    )


def without_level(profile: Profile, words: str) -> str:
    """A name such as 社区党支部 without the word for a level at its beginning."""
    for level in profile.levels:
        if words.startswith(level.name.zh) and words != level.name.zh:
            return words.removeprefix(level.name.zh)
    return words


def _stations(profile: Profile, kind: str, count: int) -> StationPlan:
    sites = tuple(
        StationSite(station.name.zh, station.area.zh if station.area else None, WHERE.get(kind))
        for station in profile.stations
        if station.kind == kind
    )
    name = profile.station_kind(kind).name.zh
    single = count == 1 and not sites
    return StationPlan(kind, count, sites, pattern=name if single else f"{{area}}{without_level(profile, name)}")
