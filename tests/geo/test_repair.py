import numpy as np
import pytest
import shapely
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

from geo.errors import TangledGeometry, UnusableGeometry
from geo.metric import area_m2
from geo.repair import invalid_reasons, repair, repair_all, to_multi


def placed(*corners: tuple[float, float], holes: list | None = None) -> Polygon:
    """A polygon near Beijing, corners in hundredths of a degree."""
    hundredth = lambda ring: [(116 + x / 100, 39.9 + y / 100) for x, y in ring]  # noqa: E731
    return Polygon(hundredth(corners), [hundredth(hole) for hole in holes or []])


BOW_TIE = placed((0, 0), (1, 1), (1, 0), (0, 1))


def test_valid_polygons_are_left_alone() -> None:
    square = box(116, 39.9, 116.1, 40)
    assert repair(square) == (square, None)


def test_bow_tie_becomes_two_parts_with_its_place() -> None:
    fixed, reason = repair(BOW_TIE)
    assert fixed.is_valid
    assert len(shapely.get_parts(fixed)) == 2
    assert (reason.reason, reason.lon, reason.lat) == (
        "self_intersection", pytest.approx(116.005), pytest.approx(39.905)
    )  # fmt: skip
    assert reason.lost_m2 == 0


def test_outline_that_covers_a_part_twice_keeps_it() -> None:
    curl = placed((0, 0), (3, 0), (3, 2), (1, 2), (1, 1), (2, 1), (2, 3), (0, 3))
    fixed, reason = repair(curl)
    assert fixed.is_valid
    assert fixed.contains(Point(116.015, 39.915))
    assert reason.reason == "self_intersection"
    assert reason.lost_m2 == 0


def test_what_is_taken_away_is_told_in_square_metres() -> None:
    """A hole that reaches over the edge: the part of it outside is no area, whichever way one reads the rings."""
    poking = placed((0, 0), (2, 0), (2, 2), (0, 2), holes=[[(1, 1), (3, 1), (3, 1.5), (1, 1.5)]])
    fixed, reason = repair(poking)
    beyond = placed((2, 1), (3, 1), (3, 1.5), (2, 1.5))
    assert not fixed.contains(Point(116.025, 39.9125))
    assert reason.lost_m2 == pytest.approx(float(area_m2(beyond)), rel=1e-3)


def test_lines_and_points_are_left_behind() -> None:
    mixed = GeometryCollection([box(116, 39.9, 116.1, 40), LineString([(117, 40), (118, 40)]), Point(119, 40)])
    fixed, reason = repair(mixed)
    assert fixed.equals(box(116, 39.9, 116.1, 40))
    assert reason.reason == "mixed_kinds"


@pytest.mark.parametrize(
    "nothing",
    [None, Polygon(), Point(116, 39), LineString([(0, 0), (1, 1)]), placed((0, 0), (1, 1), (0, 0))],
)
def test_what_has_no_area_is_refused(nothing: shapely.Geometry | None) -> None:
    with pytest.raises(UnusableGeometry):
        repair(nothing)


def test_many_are_repaired_in_place_of_each() -> None:
    square = box(116, 39.9, 116.1, 40)
    fixed = repair_all([square, BOW_TIE, None, Point(0, 0)])
    assert fixed[0] is square
    assert fixed[1].is_valid
    assert fixed[2:].tolist() == [None, None]


def test_reasons_are_keys_and_places() -> None:
    assert invalid_reasons([box(0, 0, 1, 1), None])[0][0] == ""
    assert invalid_reasons([None]) == [("empty", None, None)]


def test_multi_is_flat_and_of_polygons() -> None:
    solid = Polygon([(0, 0, 5), (1, 0, 5), (1, 1, 5)])
    assert to_multi(solid).equals(MultiPolygon([Polygon([(0, 0), (1, 0), (1, 1)])]))
    assert not to_multi(solid).has_z
    assert to_multi(MultiPolygon([box(0, 0, 1, 1), box(2, 2, 3, 3)])).geom_type == "MultiPolygon"
    with pytest.raises(UnusableGeometry):
        to_multi(Point(0, 0))


def knot(corners: int) -> shapely.Polygon:
    """An outline that runs to and fro across itself."""
    places = [(115.2 + 0.0001 * (i % 317), 29.8 + 0.0001 * (i * 7919 % 311)) for i in range(corners)]
    return shapely.Polygon([*places, places[0]])


def test_a_knot_is_refused_instead_of_repaired_for_hours() -> None:
    with pytest.raises(TangledGeometry):
        repair(knot(8000))
    with pytest.raises(TangledGeometry):
        repair(shapely.GeometryCollection([shapely.MultiPolygon([knot(5000)])]))


def test_a_border_of_many_corners_with_few_faults_is_repaired() -> None:
    angle = np.linspace(0, 2 * np.pi, 20_000)
    circle = np.stack([115 + 0.1 * np.cos(angle), 30 + 0.1 * np.sin(angle)], axis=1)
    circle[[5000, 5003]] = circle[[5003, 5000]]
    circle[-1] = circle[0]
    mended, reason = repair(shapely.Polygon(circle))
    assert mended.is_valid
    assert reason is not None
