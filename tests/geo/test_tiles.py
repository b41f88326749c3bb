import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import tiles
from tests.tile_decoder import Feature, decode_tile, ring_area

Z, X, Y = 14, 13330, 6350  # a tile in Luoyang
LEFT, BOTTOM, RIGHT, TOP = tiles.tile_bounds(Z, X, Y)
SIZE = RIGHT - LEFT


def at(u: float, v: float) -> tuple[float, float]:
    """EPSG:3857 of a place given as fractions of the tile, from its north-west corner."""
    return LEFT + u * SIZE, TOP - v * SIZE


def decoded(geometry: shapely.Geometry, **columns: object) -> list[Feature]:
    shapes = tiles.cut(np.array([geometry], dtype=object), Z, X, Y)
    data = tiles.write_layer("g", shapes, [7], {key: [value] for key, value in columns.items()})
    return decode_tile(data).get("g", [])


def test_polygon_keeps_its_corners_when_it_lies_inside_the_tile() -> None:
    [feature] = decoded(shapely.Polygon([at(0.25, 0.25), at(0.5, 0.25), at(0.5, 0.75), at(0.25, 0.75)]))
    assert feature.kind == 3
    assert set(feature.paths[0]) == {(1024, 1024), (2048, 1024), (2048, 3072), (1024, 3072)}


def test_outer_ring_is_positive_and_hole_negative_when_the_input_winds_either_way() -> None:
    shell = [at(0.1, 0.1), at(0.9, 0.1), at(0.9, 0.9), at(0.1, 0.9)]
    hole = [at(0.4, 0.4), at(0.6, 0.4), at(0.6, 0.6), at(0.4, 0.6)]
    for polygon in (shapely.Polygon(shell, [hole]), shapely.Polygon(shell[::-1], [hole[::-1]])):
        [feature] = decoded(polygon)
        assert [ring_area(ring) > 0 for ring in feature.paths] == [True, False]


def test_parts_stay_one_feature_when_the_area_has_several() -> None:
    boxes = [shapely.box(*at(0.1, 0.2), *at(0.2, 0.1)), shapely.box(*at(0.7, 0.8), *at(0.8, 0.7))]
    [feature] = decoded(shapely.MultiPolygon(boxes))
    assert len(feature.paths) == 2
    assert all(ring_area(ring) > 0 for ring in feature.paths)


def test_polygon_is_cut_at_the_buffer_when_it_reaches_beyond_the_tile() -> None:
    [feature] = decoded(shapely.box(*at(-3, 4), *at(4, -3)))
    corners = np.array(feature.paths[0])
    assert corners.min() == -tiles.BUFFER
    assert corners.max() == tiles.EXTENT + tiles.BUFFER


def test_line_is_split_when_it_leaves_the_tile_and_comes_back() -> None:
    [feature] = decoded(shapely.LineString([at(0.5, 0.5), at(0.5, -1), at(0.6, -1), at(0.6, 0.5)]))
    assert feature.kind == 2
    assert sorted(len(path) for path in feature.paths) == [2, 2]


def test_point_is_in_one_tile_only_when_it_lies_on_the_edge_of_two() -> None:
    point = np.array([shapely.Point(at(1, 0.5))], dtype=object)
    here, there = tiles.cut(point, Z, X, Y), tiles.cut(point, Z, X + 1, Y)
    assert (len(here.rows), len(there.rows)) == (0, 1)


def test_row_numbers_match_the_input_when_kinds_are_mixed() -> None:
    far = shapely.Point(0, 0)
    mixed = [shapely.Point(at(0.5, 0.5)), far, shapely.box(*at(0.1, 0.2), *at(0.2, 0.1)), None]
    shapes = tiles.cut(np.array(mixed, dtype=object), Z, X, Y)
    data = tiles.write_layer("g", shapes, [10, 11, 12, 13], {"n": ["point", "far", "box", "none"]})
    assert {f.id: f.properties["n"] for f in decode_tile(data)["g"]} == {10: "point", 12: "box"}


def test_nothing_is_written_when_no_geometry_touches_the_tile() -> None:
    assert decoded(shapely.box(0, 0, 1, 1)) == []


def test_speck_is_left_out_when_it_rounds_to_nothing() -> None:
    assert decoded(shapely.box(*at(0.5, 0.50001), *at(0.50001, 0.5))) == []


def test_properties_come_back_when_they_are_text_numbers_and_missing() -> None:
    [feature] = decoded(shapely.Point(at(0.5, 0.5)), n="01 望棠</script>${x}`", c=-2, v=12.5, big=2**40, none=None)
    assert feature.id == 7
    assert feature.properties == {"n": "01 望棠</script>${x}`", "c": -2, "v": 12.5, "big": 2**40}


def test_two_layers_are_read_when_their_bytes_are_joined() -> None:
    shapes = tiles.cut(np.array([shapely.Point(at(0.5, 0.5))], dtype=object), Z, X, Y)
    data = tiles.write_layer("a", shapes, None, {}) + tiles.write_layer("b", shapes, None, {})
    assert list(decode_tile(data)) == ["a", "b"]


def test_neighbours_share_their_border_when_they_are_simplified_apart() -> None:
    """At most half a pixel of gap: what a person cannot see."""
    wave = [at(0.5 + 0.001 * np.sin(i), i / 400) for i in range(401)]
    west = shapely.Polygon([*wave, at(0.1, 1), at(0.1, 0)])
    east = shapely.Polygon([*wave, at(0.9, 1), at(0.9, 0)])
    shapes = tiles.cut(np.array([west, east], dtype=object), Z, X, Y)
    data = tiles.write_layer("g", shapes, None, {})
    [a, b] = [shapely.Polygon(feature.paths[0]) for feature in decode_tile(data)["g"]]
    half_pixel = tiles.EXTENT / tiles.TILE_PX / 2
    assert abs(a.union(b).area - 0.8 * tiles.EXTENT**2) < half_pixel * tiles.EXTENT


@given(st.lists(st.integers(0, 2**34), min_size=1), st.integers(1, 5))
def test_varints_are_the_plain_ones_when_written_in_bulk(values: list[int], run: int) -> None:
    counts = [len(values[i : i + run]) for i in range(0, len(values), run)]
    pieces = tiles._split_varints(np.array(values, dtype=np.int64), np.array(counts))
    assert b"".join(pieces) == b"".join(tiles._varint(value) for value in values)
    assert len(pieces) == len(counts)


@given(st.floats(-180, 180), st.floats(-85, 85))
def test_mercator_comes_back_when_it_is_turned_round(lon: float, lat: float) -> None:
    back = tiles.from_mercator(tiles.to_mercator(np.array([[lon, lat]])))
    assert back[0] == pytest.approx([lon, lat], abs=1e-9)


def test_mercator_matches_proj_when_asked_for_a_known_place() -> None:
    from pyproj import Transformer

    expected = Transformer.from_crs(4326, 3857, always_xy=True).transform(112.45, 34.62)
    assert tiles.to_mercator(np.array([[112.45, 34.62]]))[0] == pytest.approx(expected, abs=1e-6)


def test_tile_box_holds_the_tile_when_turned_to_degrees() -> None:
    west, south, east, north = tiles.tile_box(Z, X, Y, buffer=0)
    [[lon, lat]] = tiles.from_mercator(np.array([at(0.5, 0.5)]))
    assert west < lon < east
    assert south < lat < north
