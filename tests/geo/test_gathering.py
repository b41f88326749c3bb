"""Places where points gather: exact distances, the same answer every time, and bounds on what it costs."""

import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.gathering import gather
from geo.metric import distance_m

EAST = 1 / 91_790  # degrees of longitude that one metre takes at 34.6° north
LON, LAT = 112.4, 34.6


def along(*metres: float) -> tuple[list[float], list[float]]:
    """Points on a line to the east."""
    return [LON + x * EAST for x in metres], [LAT] * len(metres)


def test_what_lies_within_the_metres_of_the_middle_one_is_one_place() -> None:
    [place] = gather(*along(0, 49, -49, 300), 50, 3)
    assert (place.centre, place.members.tolist()) == (0, [0, 1, 2])


def test_what_lies_beyond_the_metres_is_not() -> None:
    assert gather(*along(0, 51, -51), 50, 3) == []


def test_a_chain_of_points_does_not_become_one_long_place() -> None:
    lon, lat = along(*range(0, 400, 20))
    for place in gather(lon, lat, 50, 3):
        away = distance_m(
            lon[place.centre], lat[place.centre], np.take(lon, place.members), np.take(lat, place.members)
        )
        assert away.max() <= 50


def test_a_point_belongs_to_one_place_and_of_equals_the_earlier_one_is_the_middle() -> None:
    places = gather(*along(0, 0, 0, 1000, 1000, 1000), 50, 3)
    assert [(place.centre, place.members.tolist()) for place in places] == [(0, [0, 1, 2]), (3, [3, 4, 5])]


def test_too_few_points_and_none_are_no_place() -> None:
    assert gather([], [], 50, 3) == []
    assert gather(*along(0, 1), 50, 3) == []


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=60), st.integers(1, 5))
def test_members_are_near_enough_many_enough_and_in_one_place(spots: list[tuple[int, int]], least: int) -> None:
    lon, lat = [LON + x * EAST for x, _ in spots], [LAT + y / 110_950 for _, y in spots]
    places = gather(lon, lat, 50, least)
    everybody = [int(one) for place in places for one in place.members]
    assert len(everybody) == len(set(everybody))
    for place in places:
        assert len(place.members) >= least
        assert place.centre in place.members
        away = distance_m(
            lon[place.centre], lat[place.centre], np.take(lon, place.members), np.take(lat, place.members)
        )
        assert away.max() < 50.01
    assert [place.members.tolist() for place in gather(lon, lat, 50, least)] == [p.members.tolist() for p in places]
    # What is left over could not have made a place of its own.
    left = [n for n in range(len(spots)) if n not in set(everybody)]
    rest = gather([lon[n] for n in left], [lat[n] for n in left], 49.9, least)
    assert rest == []


def test_a_hundred_thousand_points_in_one_spot_take_neither_the_memory_nor_the_day() -> None:
    random = np.random.default_rng(1)
    lon, lat = LON + random.uniform(-40, 40, 100_000) * EAST, LAT + random.uniform(-40, 40, 100_000) / 110_950
    begun = time.perf_counter()
    places = gather(lon, lat, 50, 5)
    assert len(places[0].members) > 60_000
    assert time.perf_counter() - begun < 20
