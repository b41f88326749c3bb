"""The city of areas for load tests."""

import numpy as np
import pytest
import shapely
from pyproj import Geod

from geo.town import CityPlan, PlanNotPossible, build_city

PLAN = CityPlan((104.06, 30.65), 900.0, counts=(7, 40, 305, 4_000))


@pytest.fixture(scope="module")
def city():
    return build_city(PLAN, 3)


def test_counts_are_exact_when_built(city):
    levels = [a.level for a in city]
    assert [levels.count(level) for level in PLAN.levels] == [1, *PLAN.counts]
    assert len({a.key for a in city}) == len(city)


def test_every_level_is_a_coverage_when_built(city):
    for level in PLAN.levels:
        shapes = np.array([a.geometry for a in city if a.level == level])
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)


def test_children_tile_their_parent_when_joined(city):
    children: dict[str, list] = {}
    for area in city:
        children.setdefault(area.parent_key, []).append(area)
    for parent in (a for a in city if a.key in children):
        own = children[parent.key]
        assert shapely.equals(shapely.coverage_union_all([c.geometry for c in own]), parent.geometry)
        assert sum(c.households for c in own) == parent.households
        assert [c.number for c in own] == list(range(1, len(own) + 1))


def test_area_is_the_plans_when_built(city):
    km2 = abs(Geod(ellps="WGS84").geometry_area_perimeter(city[0].geometry)[0]) / 1e6
    assert km2 == pytest.approx(PLAN.area_km2, rel=0.01)


def test_grids_hold_what_a_grid_should_when_built(city):
    homes = [a.households for a in city if a.level == "grid"]
    assert min(homes) >= 300
    assert max(homes) <= 500


def test_two_builds_are_the_same_when_plan_and_seed_are(city):
    assert build_city(PLAN, 3) == city
    assert build_city(PLAN, 4) != city


def test_a_city_is_refused_when_a_level_has_fewer_areas_than_its_parent():
    with pytest.raises(PlanNotPossible):
        build_city(CityPlan((104.06, 30.65), 900.0, counts=(7, 5, 305, 4_000)), 3)


def test_a_plan_is_refused_when_levels_and_counts_differ():
    with pytest.raises(PlanNotPossible):
        CityPlan((104.06, 30.65), 900.0, counts=(7, 40))
