import numpy as np
import pyproj
import pytest
import shapely

from geo.errors import NotGeographic
from geo.metric import area_m2, centre_of, distance_m, from_metres, metric_crs, to_metres

GEODESIC = pyproj.Geod(ellps="WGS84")


@pytest.mark.parametrize("corner", [(116.3, 39.9), (104.0, 30.6), (121.5, 31.2), (87.6, 43.8)])
def test_area_is_the_geodesic_one(corner: tuple[float, float]) -> None:
    square = shapely.box(*corner, corner[0] + 0.01, corner[1] + 0.01)
    wanted, _ = GEODESIC.geometry_area_perimeter(shapely.segmentize(square, 0.0005))
    assert area_m2(square) == pytest.approx(abs(wanted), rel=1e-6)


def test_area_does_not_depend_on_what_else_is_measured() -> None:
    square, far = shapely.box(116.3, 39.9, 116.31, 39.91), shapely.box(119.3, 41.9, 119.31, 41.91)
    alone, together = area_m2([square])[0], area_m2([square, far])[0]
    assert alone == pytest.approx(together, rel=1e-5)


def test_area_of_what_has_none_is_zero() -> None:
    assert area_m2([None, shapely.Point(116, 39), shapely.LineString([(116, 39), (117, 39)])]).tolist() == [0, 0, 0]
    assert area_m2([]).shape == (0,)


def test_lengths_hold_within_100_km() -> None:
    line = shapely.LineString([(116.4 + 0.9, 39.9), (116.4 + 0.91, 39.9)])
    flat = to_metres([line], (116.4, 39.9))[0]
    assert flat.length == pytest.approx(float(distance_m(117.3, 39.9, 117.31, 39.9)), rel=1 / 30_000)


def test_distance_is_the_geodesic_one_and_takes_arrays() -> None:
    # Shanghai to Beijing as eviltransform's own test has it, on a sphere: the ellipsoid is within 0.5 %.
    assert distance_m(121.531541859215, 31.17530398364597, 116.38404722455657, 39.91334545536069) == pytest.approx(
        1_078_164, rel=0.005
    )
    assert distance_m(116, 39, np.array([116, 116.01]), 39).tolist() == [0, pytest.approx(866.26, abs=0.01)]


def test_the_way_back_is_true_to_a_millimetre() -> None:
    square = shapely.box(116.3, 39.9, 116.7, 40.2)
    back = from_metres(to_metres([square]), centre_of([square]))[0]
    assert shapely.hausdorff_distance(back, square) < 1e-8


def test_a_town_shares_one_crs() -> None:
    assert metric_crs(116.31, 39.92) is metric_crs(116.29, 39.88)


def test_place_off_the_globe_is_refused() -> None:
    with pytest.raises(NotGeographic):
        metric_crs(500_000, 4_000_000)
