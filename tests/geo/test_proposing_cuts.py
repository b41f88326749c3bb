"""Proposals for a cut: balanced households, along the streets, the areas within kept whole (feature A6)."""

import pytest
import shapely

from geo.cutting import cover_of
from geo.proposing_cuts import Street, Weighed, number_of_parts, propose_cut

# About 366 m by 222 m near Luoyang: 0.004 by 0.002 degrees.
WEST, SOUTH, EAST, NORTH = 112.400, 34.600, 112.404, 34.602
GRID = shapely.box(WEST, SOUTH, EAST, NORTH)
LIMITS = (300.0, 500.0)


def house(lon: float, lat: float, households: float) -> Weighed:
    return Weighed(shapely.box(lon - 2e-5, lat - 2e-5, lon + 2e-5, lat + 2e-5), households)


def upright(lon: float, kind: str = "local") -> Street:
    return Street(shapely.LineString([(lon, SOUTH - 0.001), (lon, NORTH + 0.001)]), kind)


@pytest.mark.parametrize(("households", "parts"), [(500, 1), (501, 2), (620, 2), (1000, 2), (1001, 3), (90, 1)])
def test_as_few_parts_as_hold_no_more_than_the_rule(households: int, parts: int) -> None:
    assert number_of_parts(households, 300, 500) == parts


def test_620_households_are_cut_in_two_along_the_street_between_them() -> None:
    """310 households in four houses on either side of a street that is not in the middle: 0.0015 of 0.004 degrees."""
    homes = [house(112.4003 + n * 0.0003, 34.601, 77.5) for n in range(4)]
    homes += [house(112.4020 + n * 0.0005, 34.601, 77.5) for n in range(4)]
    found = propose_cut(GRID, 620, 2, LIMITS, [], homes, [upright(112.4015)])
    assert found is not None
    assert found.households == (310, 310)
    assert found.along_streets == 1.0
    assert [part.bounds[2] for part in found.parts] == pytest.approx([112.4015, EAST], abs=1e-7)
    assert cover_of([GRID], found.parts).is_exact


def test_a_main_road_is_taken_before_a_lane_where_both_balance() -> None:
    homes = [house(112.4005 + n * 0.0005, 34.601, 100) for n in range(7)]  # 3 or 4 on one side: 300 and 400
    lane, road = upright(112.40175, "path"), upright(112.40225, "arterial")
    found = propose_cut(GRID, 700, 2, LIMITS, [], homes, [lane, road])
    assert found is not None
    assert found.households == (400, 300)
    assert found.parts[0].bounds[2] == pytest.approx(112.40225, abs=1e-7)


def test_without_streets_a_block_is_halved_between_its_homes() -> None:
    homes = [house(112.4004 + n * 0.0004, 34.601, 70) for n in range(9)]
    found = propose_cut(GRID, 630, 2, LIMITS, [], homes, [])
    assert found is not None
    assert sorted(found.households) == pytest.approx([280, 350])
    assert cover_of([GRID], found.parts).is_exact


def test_without_homes_the_ground_is_halved() -> None:
    found = propose_cut(GRID, 620, 2, LIMITS, [], [], [])
    assert found is not None
    assert [part.area / GRID.area for part in found.parts] == pytest.approx([0.5, 0.5], abs=0.05)


def test_micro_grids_are_kept_whole() -> None:
    """Eight micro-grids in a row: 310 households are the first four, 620 all of them."""
    counts = [80, 80, 75, 75, 80, 80, 75, 75]
    within = [
        Weighed(shapely.box(WEST + n * 0.0005, SOUTH, WEST + (n + 1) * 0.0005, NORTH), number)
        for n, number in enumerate(counts)
    ]
    found = propose_cut(GRID, 620, 2, LIMITS, within, [], [])
    assert found is not None
    assert found.households == (310, 310)
    assert found.parts[0].bounds[2] == pytest.approx(112.402, abs=1e-8)


def test_a_single_micro_grid_cannot_be_divided() -> None:
    assert propose_cut(GRID, 620, 2, LIMITS, [Weighed(GRID, 620)], [], []) is None


def test_the_same_ground_gets_the_same_cut() -> None:
    homes = [house(112.4003 + (n % 8) * 0.00045, 34.6004 + (n // 8) * 0.0005, 30 + n) for n in range(24)]
    streets = [
        upright(112.4013),
        upright(112.4027),
        Street(shapely.LineString([(112.399, 34.6008), (112.405, 34.6008)]), "path"),
    ]
    first, second = (propose_cut(GRID, 996, 3, LIMITS, [], homes, streets) for _ in range(2))
    assert first is not None
    assert second is not None
    assert [part.wkb for part in first.parts] == [part.wkb for part in second.parts]
    assert sum(first.households) == pytest.approx(996)
