from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from geo.errors import MissingCrs
from geo.locating import AreaIndex
from geo.metric import distance_m

STEPS = [(i / 100, j / 100, (i + 1) / 100, (j + 1) / 100) for i in range(10) for j in range(10)]
LATTICE = [box(116 + west, 39 + south, 116 + east, 39 + north) for west, south, east, north in STEPS]
CODES = [f"G{99 - number:02}" for number in range(100)]  # not in the order of the outlines


@pytest.fixture(scope="module")
def index() -> AreaIndex:
    return AreaIndex(CODES, LATTICE)


def by_hand(lon: float, lat: float) -> str | None:
    touching = (code for code, cell in zip(CODES, LATTICE, strict=True) if cell.intersects(Point(lon, lat)))
    return min(touching, default=None)


hundredths = st.integers(-3, 23).map(lambda number: number / 200)
anywhere = st.one_of(hundredths, st.floats(-0.02, 0.12))


@given(east=anywhere, north=anywhere)
def test_place_is_in_the_first_code_that_touches_it(east: float, north: float) -> None:
    index = AreaIndex(CODES, LATTICE)
    lon, lat = 116 + east, 39 + north
    assert index.locate(lon, lat) == by_hand(lon, lat)
    row = index.locate_many([lon], [lat])[0]
    assert (index.codes[row] if row >= 0 else None) == by_hand(lon, lat)


def test_corner_of_four_is_always_the_same(index: AreaIndex) -> None:
    order = np.random.default_rng(3).permutation(100)
    shuffled = AreaIndex(np.array(CODES)[order], np.array(LATTICE)[order])
    assert index.locate(116.05, 39.05) == shuffled.locate(116.05, 39.05) == by_hand(116.05, 39.05)


def test_overlap_belongs_to_the_first_code() -> None:
    index = AreaIndex(["b", "a", "c"], [box(0, 0, 2, 2), box(1, 1, 3, 3), box(0, 0, 3, 3)])
    assert index.locate(1.5, 1.5) == "a"
    assert index.codes[index.locate_many([1.5, 0.5, 2.5], [1.5, 0.5, 0.5])].tolist() == ["a", "b", "c"]


def test_many_agree_with_each_one_alone(beijing) -> None:
    streets = beijing[beijing["level"] == "street"]
    index = AreaIndex(streets["code"], streets.geometry)
    lon, lat = np.random.default_rng(4).uniform((115.3, 39.3), (117.6, 41.2), (3000, 2)).T
    found = index.locate_many(lon, lat)
    codes = [None if row < 0 else index.codes[row] for row in found]
    assert codes == [index.locate(x, y) for x, y in zip(lon, lat, strict=True)]
    assert 0.3 < np.mean(found >= 0) < 0.9
    tree = shapely.STRtree(streets.geometry)
    hits = tree.query(shapely.points(lon, lat), predicate="intersects")[0]
    assert set(hits) == set(np.flatnonzero(found >= 0))


def test_every_label_point_lies_in_its_district(data, beijing) -> None:
    districts = beijing[beijing["level"] == "district"]
    index = AreaIndex(districts["code"], districts.geometry)
    for code, shape in zip(districts["code"], districts.geometry, strict=True):
        place = shapely.make_valid(shape).representative_point()
        assert index.locate(place.x, place.y) == code


def test_no_number_is_nowhere(index: AreaIndex) -> None:
    odd = [float("nan"), float("inf"), 116.05]
    assert index.locate_many(odd, [39.05, 39.05, float("nan")]).tolist() == [-1, -1, -1]
    assert index.locate(float("nan"), 39.05) is None
    assert index.nearest(float("inf"), 39.05) is None


def test_long_files_go_through_in_parts(index: AreaIndex) -> None:
    lon, lat = np.random.default_rng(5).uniform((115.99, 38.99), (116.11, 39.11), (450_000, 2)).T
    found = index.locate_many(lon, lat)
    inside = (lon >= 116) & (lon <= 116.1) & (lat >= 39) & (lat <= 39.1)
    assert np.array_equal(found >= 0, inside)


@pytest.mark.parametrize(
    ("place", "wanted"),
    [((116.105, 39.005), LATTICE[90]), ((116.005, 39.2), LATTICE[9]), ((115.0, 38.0), LATTICE[0])],
)
def test_nearest_is_the_nearest_in_metres(
    index: AreaIndex, place: tuple[float, float], wanted: shapely.Polygon
) -> None:
    code, metres = index.nearest(*place)
    assert code == CODES[LATTICE.index(wanted)]
    edge = shapely.get_coordinates(shapely.shortest_line(Point(place), wanted))[1]
    assert metres == pytest.approx(float(distance_m(*place, *edge)), rel=1e-3)


def test_nearest_counts_metres_not_degrees() -> None:
    """At 39 N a degree of longitude is shorter: 0.012 degrees to the west is nearer than 0.010 to the north."""
    index = AreaIndex(["north", "west"], [box(116, 39.010, 116.01, 39.02), box(115.9, 38.99, 115.988, 39.005)])
    assert index.nearest(116.0, 39.0)[0] == "west"


def test_nearest_is_here_when_inside_and_the_first_code_when_equal(index: AreaIndex) -> None:
    assert index.nearest(116.005, 39.005) == (by_hand(116.005, 39.005), 0.0)
    twins = AreaIndex(["b", "a"], [box(0, 0, 1, 1), box(0, 0, 1, 1)])
    assert twins.nearest(2, 0.5)[0] == "a"


def test_no_areas_find_nothing() -> None:
    for index in (AreaIndex([], []), AreaIndex(["a"], [None]), AreaIndex(["a"], [shapely.Polygon()])):
        assert index.locate(116, 39) is None
        assert index.locate_many([116.0], [39.0]).tolist() == [-1]
        assert index.nearest(116, 39) is None


def test_many_threads_get_the_same_answers(beijing) -> None:
    streets = beijing[beijing["level"] == "street"]
    index = AreaIndex(streets["code"], streets.geometry)
    lon, lat = np.random.default_rng(6).uniform((115.3, 39.3), (117.6, 41.2), (20_000, 2)).T
    alone = index.locate_many(lon, lat)
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: index.locate_many(lon, lat), range(16)):
            assert np.array_equal(found, alone)


def test_metres_and_odd_lengths_are_refused() -> None:
    with pytest.raises(MissingCrs):
        AreaIndex(["a"], [box(500_000, 4_000_000, 500_100, 4_000_100)])
    with pytest.raises(ValueError, match="codes"):
        AreaIndex(["a", "b"], [box(0, 0, 1, 1)])
