"""What holds for every town: it tiles, it has its size, its names and places are where they say."""

import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Geod

from geo.town import LevelPlan, PlanNotPossible, StationPlan, StationSite, Town, TownPlan, build_town
from tests.geo.town.plans import LINFENG, PLANS

SEED = 5
GEOD = Geod(ellps="WGS84")
LAYERS = {"earth", "water", "landuse", "park", "road", "rail", "building", "label"}
every_town = pytest.mark.parametrize("profile", sorted(PLANS))


@cache
def town_of(profile: str) -> Town:
    return build_town(PLANS[profile], SEED)


def metres(profile: str, shapes):
    """Shapes in metres around the plan's centre; good to a part in a thousand at a town's size."""
    lon, lat = PLANS[profile].centre
    scale = np.array([111_320 * np.cos(np.radians(lat)), 110_950])
    return shapely.transform(np.asarray(shapes, dtype=object), lambda c: (c - (lon, lat)) * scale)


def by_level(town: Town) -> dict[str, list]:
    return {level: list(areas) for level, areas in groupby(town.areas, key=lambda a: a.level)}


@every_town
def test_area_is_the_plans_when_built(profile):
    top = town_of(profile).areas[0]
    km2 = abs(GEOD.geometry_area_perimeter(top.geometry)[0]) / 1e6
    assert km2 == pytest.approx(PLANS[profile].area_km2, rel=0.01)


@every_town
def test_levels_come_in_order_and_counts_hold_when_planned(profile):
    plan, levels = PLANS[profile], by_level(town_of(profile))
    assert list(levels) == [level.key for level in plan.levels]
    assert len(levels[plan.levels[0].key]) == 1
    for level, above in zip(plan.levels[1:], plan.levels, strict=False):
        areas = levels[level.key]
        if level.total is not None:
            assert len(areas) == level.total
        if isinstance(level.count, int):
            assert len(areas) == level.count * len(levels[above.key])


@every_town
def test_every_level_is_a_coverage_of_the_town_when_built(profile):
    town = town_of(profile)
    for areas in by_level(town).values():
        shapes = np.array([a.geometry for a in areas])
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)


@every_town
def test_children_tile_their_parent_exactly_when_joined(profile):
    town = town_of(profile)
    children: dict[str, list] = {}
    for area in town.areas:
        children.setdefault(area.parent_key, []).append(area)
    parents = [a for a in town.areas if a.key in children]
    assert parents
    for parent in parents:
        joined = shapely.coverage_union_all([c.geometry for c in children[parent.key]])
        assert shapely.equals(joined, parent.geometry)
        assert sum(c.households for c in children[parent.key]) == parent.households
        assert [c.number for c in children[parent.key]] == list(range(1, len(children[parent.key]) + 1))


@every_town
def test_areas_are_whole_and_compact_when_built(profile):
    for area in town_of(profile).areas:
        (part,) = metres(profile, [area.geometry])[0].geoms
        assert not part.interiors, area.key
        assert 4 * np.pi * part.area / part.length**2 > 0.2, area.key


@every_town
def test_households_stay_in_their_limits_when_the_level_has_some(profile):
    plan, town = PLANS[profile], town_of(profile)
    assert town.areas[0].households == plan.households
    for level in plan.levels:
        if level.households:
            homes = [a.households for a in town.areas if a.level == level.key and a.kind == level.kind]
            assert min(homes) >= level.households[0]
            assert max(homes) <= level.households[1]


@every_town
def test_dedicated_areas_are_given_when_planned(profile):
    plan, town = PLANS[profile], town_of(profile)
    for level in plan.levels:
        special = [a for a in town.areas if a.level == level.key and a.kind == level.dedicated_kind]
        assert len(special) == level.dedicated
        assert all(a.households == 0 and a.name for a in special)


@every_town
def test_numbers_run_from_the_north_west_when_counted(profile):
    levels = list(by_level(town_of(profile)).values())
    spots = metres(profile, [shapely.centroid(a.geometry) for a in levels[1]])
    first, last = shapely.get_coordinates(spots)[[0, -1]]
    assert first[1] > last[1]  # the first lies north of the last
    assert (first - last) @ np.array([-1.0, 1.0]) > 0


@every_town
def test_names_are_there_and_tell_children_apart_when_listed(profile):
    areas = town_of(profile).areas
    assert all(a.name and a.name_en and "{" not in a.name + a.name_en for a in areas)
    assert len({(a.parent_key, a.name) for a in areas}) == len(areas)
    assert all(a.name_en.isascii() for a in areas)
    planned = {name for level in PLANS[profile].levels for name in level.names}
    assert planned <= {a.name for a in areas}


@every_town
def test_base_map_is_complete_and_valid_when_drawn(profile):
    base = town_of(profile).base
    assert base.crs.to_epsg() == 4326
    assert set(base.layer) <= LAYERS
    assert {"earth", "landuse", "park", "road", "building", "label"} <= set(base.layer)
    assert shapely.is_valid(base.geometry.to_numpy()).all()
    assert base["rank"].between(0, 18).all()
    assert (base.name.ne("") == base.name_en.ne("")).all()
    roads = base[base.layer == "road"]
    assert {"arterial", "collector", "local", "path"} <= set(roads.kind)
    assert (roads.width_m > 0).all()
    assert (roads[roads.kind == "arterial"].name != "").all()


@every_town
def test_water_is_the_plans_when_drawn(profile):
    kinds = set(town_of(profile).base.query("layer == 'water'").kind)
    wanted = {"river": "river", "coast": "sea", "lake": "lake"}.get(PLANS[profile].water)
    assert kinds & {"river", "sea", "lake"} == ({wanted} if wanted else set())


@every_town
def test_buildings_leave_streets_and_water_free_when_drawn(profile):
    base = town_of(profile).base
    shapes = metres(profile, base.geometry)
    houses = shapes[(base.layer == "building").to_numpy()]
    drawn = ((base.layer == "road") & (base.kind != "path")).to_numpy()
    roads, widths = shapes[drawn], base.width_m.to_numpy()[drawn]
    house, road = shapely.STRtree(roads).query(houses, predicate="dwithin", distance=float(widths.max()) / 2)
    assert (shapely.distance(houses[house], roads[road]) > widths[road] / 2 - 0.3).all()
    wet = shapes[((base.layer == "water") & base.kind.isin(["river", "sea", "lake"])).to_numpy()]
    assert shapely.STRtree(wet).query(houses, predicate="intersects").size == 0


@every_town
def test_a_home_lies_in_one_area_when_areas_are_fine(profile):
    town = town_of(profile)
    finest = [a.geometry for a in list(by_level(town).values())[-1]]
    base = town.base
    homes = base[(base.layer == "building") & (base.kind == "residential")].geometry.to_numpy()
    owner = shapely.STRtree(finest).query(homes, predicate="intersects")[0]
    assert (np.bincount(owner, minlength=len(homes)) == 1).all()


@every_town
def test_the_map_goes_on_beyond_the_edge_when_drawn(profile):
    town = town_of(profile)
    top, base = town.areas[0].geometry, town.base
    outside = base[(base.layer == "landuse") & (base.kind == "context")]
    assert len(outside) > 30
    assert shapely.area(shapely.intersection(outside.geometry.to_numpy(), top)).max() == 0
    left, low, right, high = top.bounds
    around = base[(base.layer == "road") & ~shapely.within(base.geometry.to_numpy(), top)].total_bounds
    assert around[0] < left
    assert around[1] < low
    assert around[2] > right or PLANS[profile].water == "coast"
    assert around[3] > high


@every_town
def test_stations_stand_where_they_say_when_placed(profile):
    town, plan = town_of(profile), PLANS[profile]
    areas = {a.key: a for a in town.areas}
    kinds = [s.kind for s in town.stations]
    assert {k.kind: k.count for k in plan.station_kinds} == {k: kinds.count(k) for k in set(kinds)}
    assert len({(s.lon, s.lat) for s in town.stations}) == len(town.stations)
    assert len({s.name for s in town.stations}) == len(town.stations)
    for station in town.stations:
        assert areas[station.area_key].geometry.covers(shapely.Point(station.lon, station.lat))
        assert station.address
        assert station.name_en.isascii()


def test_a_station_lies_in_its_named_area_when_the_plan_says_so():
    town = town_of("linfeng")
    grids = {a.name: a.geometry for a in town.areas if a.level == "grid"}
    for site in LINFENG.station_kinds[0].sites:
        station = next(s for s in town.stations if s.name == site.name)
        assert grids[site.area].covers(shapely.Point(station.lon, station.lat))


def test_a_fixed_name_fits_its_ground_when_it_is_a_lane_or_a_compound():
    town = town_of("linfeng")
    base = town.base
    grids = {a.name: a.geometry for a in town.areas if a.level == "grid"}
    for lane in ("织锦巷", "六弯巷"):
        road = base[(base.layer == "road") & (base.name == lane)].geometry.union_all()
        assert road.intersection(grids[lane]).length > 0
    compound = base[(base.layer == "landuse") & (base.name == "平安小区")].geometry.union_all()
    assert grids["平安小区"].intersects(compound)


@every_town
def test_addresses_are_many_unique_and_inside_when_listed(profile):
    town = town_of(profile)
    areas = {a.key: a.geometry for a in town.areas}
    texts = [a.text for a in town.addresses]
    assert len(set(texts)) == len(texts)
    assert len(texts) > 200 * PLANS[profile].area_km2
    assert {"door", "building", "junction", "park", "site"} <= {a.kind for a in town.addresses}
    points = shapely.points([(a.lon, a.lat) for a in town.addresses])
    shapes = np.array([areas[a.area_key] for a in town.addresses])
    assert (shapely.distance(points, shapes) < 1e-6).all()  # a rounded point may lie on the line


@every_town
def test_house_numbers_are_named_after_roads_of_the_map_when_listed(profile):
    town = town_of(profile)
    roads = set(town.base.query("layer == 'road'").name)
    assert {a.text.split(" ")[0] for a in town.addresses if a.kind == "door"} <= roads


def test_two_builds_are_the_same_when_plan_and_seed_are():
    again = build_town(LINFENG, SEED)
    assert again.digest() == town_of("linfeng").digest()
    assert again.areas == town_of("linfeng").areas
    assert again.stations == town_of("linfeng").stations


def test_another_seed_gives_another_town_when_the_plan_is_the_same():
    assert build_town(LINFENG, SEED + 1).digest() != town_of("linfeng").digest()


def test_the_hash_seed_does_not_matter_when_python_is_started_anew():
    code = (
        "from geo.town import build_town; from tests.geo.town.plans import LINFENG; "
        f"print(build_town(LINFENG, {SEED}).digest())"
    )
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == town_of("linfeng").digest()


def test_progress_rises_to_one_when_asked_for():
    seen: list[tuple[float, str]] = []
    build_town(LINFENG, SEED, lambda share, step: seen.append((share, step)))
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert seen[0][0] == 0
    assert seen[-1] == (1.0, "done")


def test_a_lake_is_drawn_when_the_plan_has_one():
    levels = (LevelPlan("street"), LevelPlan("community", count=3, pattern="{stem}社区"))
    town = build_town(TownPlan((117.2, 32.1), 2.0, "lake", levels, 6_000, water_name="映月湖"), SEED)
    lake = town.base.query("layer == 'water' and kind == 'lake'")
    assert len(lake) == 1
    assert town.areas[0].geometry.covers(lake.geometry.iloc[0])
    assert "映月湖公园" in set(town.base.name)


@pytest.mark.parametrize(
    "change",
    [
        {"water": "swamp"},
        {"area_km2": 0.01},
        {"households": 3},
        {"levels": ()},
        {"levels": (LevelPlan("street"), LevelPlan("grid"))},
        {"levels": (LevelPlan("street"), LevelPlan("grid", count=2, total=3))},
        {"levels": (LevelPlan("grid"), LevelPlan("grid", count=2))},
    ],
)
def test_a_plan_is_refused_when_it_contradicts_itself(change):
    with pytest.raises(PlanNotPossible):
        replace(LINFENG, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"levels": (LevelPlan("community"), LevelPlan("grid", count=(2, 3)))},
        {"levels": (LevelPlan("community"), LevelPlan("grid", count=9_000))},
        {"station_kinds": (StationPlan("post", 1, (StationSite("驿站", "没有的网格"),)),)},
        {"station_kinds": (StationPlan("post", 3, level="district"),)},
    ],
)
def test_a_build_is_refused_when_the_ground_cannot_hold_the_plan(change):
    with pytest.raises(PlanNotPossible):
        build_town(replace(LINFENG, station_kinds=change.pop("station_kinds", ()), **change), SEED)
