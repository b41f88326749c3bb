"""Reach by hand: a town of two crossing streets, and against the plain way on random towns (feature F2)."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.reach import (
    NextSite,
    join_streets,
    rank_sites,
    reach_on_foot,
    reach_straight,
    sum_reach,
    walked_streets,
)

# Two streets cross at (0, 0): one from west to east, one from south to north, 300 m to each side. Homes by hand:
#         x     y   households   straight from (0, 0)   on foot from (0, 0)
HOMES = [
    (100.0, 0.0, 10),  #          100                    100
    (100.0, 20.0, 20),  #         102                    100 + 20 off the street = 120
    (0.0, 200.0, 30),  #          200                    200
    (-150.0, 150.0, 40),  #       212                    150 along + 150 off = 300
    (300.0, 0.0, 50),  #          300                    300
    (300.0, 300.0, 60),  #        424                    300 + 300 = 600
]
PLACES = [home[:2] for home in HOMES]
HOUSEHOLDS = [home[2] for home in HOMES]
LINES = [shapely.LineString([(-300, 0), (300, 0)]), shapely.LineString([(0, -300), (0, 300)])]
STREETS = join_streets(LINES)


@pytest.mark.parametrize(
    ("metres", "straight", "on_foot"),
    [
        (100, 10, 10),
        (101, 10, 10),
        (110, 30, 10),
        (120, 30, 30),
        (200, 60, 60),
        (220, 100, 60),
        (300, 150, 150),
        (500, 210, 150),
        (600, 210, 210),
    ],
)
def test_households_within_reach_are_those_counted_by_hand(metres: float, straight: int, on_foot: int) -> None:
    centre = [(0.0, 0.0)]
    assert sum_reach(reach_straight(PLACES, centre, metres), HOUSEHOLDS).reached == straight
    assert sum_reach(reach_on_foot(STREETS, PLACES, centre, metres), HOUSEHOLDS).reached == on_foot


def test_a_home_near_two_stations_counts_once_in_all_and_once_for_each() -> None:
    reach = sum_reach(reach_straight(PLACES, [(0, 0), (150, 0)], 155), HOUSEHOLDS)
    assert reach.by_station == (30, 80)
    assert (reach.reached, reach.total) == (80, 210)
    assert reach.unreached.tolist() == [2, 3, 5]
    assert reach.share == pytest.approx(80 / 210)


def test_a_station_off_the_street_walks_to_it_first() -> None:
    found = reach_on_foot(STREETS, PLACES, [(50.0, 40.0)], 110)
    assert found[0].tolist() == [0, 1]  # 40 + 50 = 90 and 40 + 50 + 20 = 110, just so
    assert reach_on_foot(STREETS, PLACES, [(50.0, 40.0)], 109)[0].tolist() == [0]


def test_home_and_station_between_the_same_two_corners_need_no_corner() -> None:
    assert reach_on_foot(join_streets(LINES[:1]), [(10.0, 0.0)], [(20.0, 0.0)], 10)[0].tolist() == [0]


def test_streets_that_do_not_meet_are_not_walked_across() -> None:
    apart = join_streets([shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(0, 10), (100, 10)])])
    assert reach_on_foot(apart, [(100.0, 10.0)], [(100.0, 0.0)], 50)[0].tolist() == []
    assert reach_straight([(100.0, 10.0)], [(100.0, 0.0)], 50)[0].tolist() == [0]


@pytest.mark.parametrize(
    ("second", "joined"),
    [
        ([(50, 1e-4), (50, 100)], True),  # ends on the first but for the rounding
        ([(50, 9), (50, 100)], True),  # ends at the kerb, straight ahead of the first
        ([(50, 20), (50, 100)], False),  # ends too far away
        ([(0, 9), (100, 9)], False),  # runs beside the first
    ],
)
def test_a_street_joins_the_one_that_it_leads_to(second: list[tuple[float, float]], joined: bool) -> None:
    streets = join_streets([shapely.LineString([(0, 0), (100, 0)]), shapely.LineString(second)])
    reached = reach_on_foot(streets, [second[1]], [(50.0, 0.0)], 190)
    assert reached[0].tolist() == ([0] if joined else [])


def test_joined_streets_are_as_long_as_the_way() -> None:
    streets = join_streets([shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(50, 9), (50, 100)])])
    assert len(streets.pieces) == 4  # the first cut in two, the gap, the second
    for metres, reached in ((119, []), (120, [0])):
        assert reach_on_foot(streets, [(50.0, 100.0)], [(30.0, 0.0)], metres)[0].tolist() == reached


@pytest.mark.parametrize(
    ("station", "metres", "length"),
    [
        ((0.0, 0.0), 100, 400),  # 100 in each of four directions
        ((0.0, 0.0), 400, 1200),  # both streets to their ends
        ((50.0, 0.0), 20, 40),  # no corner within reach
        ((50.0, 0.0), 60, 140),  # 60 to the east, 50 and 10 in three directions
        ((50.0, 40.0), 60, 40),  # 40 to the street, 20 along it both ways
        ((50.0, 40.0), 30, 0),  # not even to the street
    ],
)
def test_the_walked_streets_are_as_long_as_counted_by_hand(
    station: tuple[float, float], metres: float, length: float
) -> None:
    assert shapely.union_all(walked_streets(STREETS, station, metres)).length == pytest.approx(length)
    assert walked_streets(join_streets([]), station, metres).is_empty


def test_the_next_site_is_the_one_that_adds_most_and_a_tie_goes_to_the_first() -> None:
    now = reach_straight(PLACES, [(0, 0)], 110)
    sites = reach_straight(PLACES, [(300, 0), (300, 300), (0, 200), (100, 0)], 100)
    assert rank_sites(now, sites, HOUSEHOLDS) == [NextSite(1, 60), NextSite(0, 50), NextSite(2, 30), NextSite(3, 0)]
    assert rank_sites(now, [*sites, sites[1]], HOUSEHOLDS)[:2] == [NextSite(1, 60), NextSite(4, 60)]


def test_nothing_is_reached_where_there_is_nothing() -> None:
    assert [found.tolist() for found in reach_on_foot(join_streets([]), PLACES, [(0, 0)], 500)] == [[]]
    assert reach_straight([], [(0, 0)], 500)[0].tolist() == []
    assert reach_straight(PLACES, [], 500) == []
    empty = sum_reach([], [])
    assert (empty.total, empty.reached, empty.share) == (0, 0, None)


PLACE = st.tuples(st.integers(-400, 400), st.integers(-400, 400))


@settings(max_examples=60)
@given(homes=st.lists(PLACE, min_size=1, max_size=30), stations=st.lists(PLACE, min_size=1, max_size=4),
       metres=st.integers(1, 700))  # fmt: skip
def test_straight_is_what_buffers_hold_and_a_walk_is_never_shorter(
    homes: list[tuple[int, int]], stations: list[tuple[int, int]], metres: int
) -> None:
    straight = reach_straight(homes, stations, metres)
    for station, numbers in zip(stations, straight, strict=True):
        away = gpd.GeoSeries([shapely.Point(home) for home in homes]).distance(shapely.Point(station))
        assert numbers.tolist() == np.flatnonzero(away <= metres).tolist()
    on_foot = reach_on_foot(STREETS, homes, stations, metres)
    for walked, flown in zip(on_foot, straight, strict=True):
        assert set(walked.tolist()) <= set(flown.tolist())
