"""Cutting areas along lines: by hand, and with random lines (feature A4)."""

import math

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.cutting import CutDoesNotCross, PartsDoNotCover, cover_of, crossed, cut, follow_borders, joined, require_cover

# A rectangle of 0.02 by 0.01 degrees; three micro-grids of a third each would be cut in the middle one.
WEST, SOUTH, EAST, NORTH = 112.40, 34.60, 112.42, 34.61
GRID = shapely.box(WEST, SOUTH, EAST, NORTH)
THIRDS = [shapely.box(WEST + n * 0.02 / 3, SOUTH, WEST + (n + 1) * 0.02 / 3, NORTH) for n in range(3)]


def test_a_line_from_border_to_border_makes_two_parts_in_order_from_the_west() -> None:
    west, east = cut(GRID, [[(112.405, 34.59), (112.405, 34.62)]])
    assert west.equals(shapely.MultiPolygon([shapely.box(WEST, SOUTH, 112.405, NORTH)]))
    assert east.area == pytest.approx(0.015 * 0.01)
    assert cover_of([GRID], [west, east]).is_exact


def test_two_lines_make_three_parts_and_a_crossing_pair_makes_four() -> None:
    upright = [[(x, 34.59), (x, 34.62)] for x in (112.405, 112.412)]
    assert len(cut(GRID, upright)) == 3
    assert len(cut(GRID, [upright[0], [(112.39, 34.605), (112.43, 34.605)]])) == 4


@pytest.mark.parametrize(
    "line",
    [
        [(112.405, 34.603), (112.415, 34.607)],  # within, both ends far from the border
        [(112.405, 34.59), (112.405, 34.605)],  # goes in and does not come out
        [(112.39, 34.59), (112.39, 34.62)],  # passes by
        [(112.405, 34.59)],
        [(112.405, 34.59), (112.405, 34.59)],
        [(112.40, 34.59), (112.42, 34.62), (112.42, 34.59), (112.40, 34.62)],  # crosses itself
        [(112.405, 34.59), (math.nan, 34.62)],
        [],
    ],
)
def test_a_line_that_does_not_go_through_is_refused(line: list[tuple[float, float]]) -> None:
    with pytest.raises(CutDoesNotCross) as refused:
        cut(GRID, [line])
    assert refused.value.values == {"number": 1}


def test_a_line_that_ends_a_few_metres_short_of_the_border_reaches_it() -> None:
    parts = cut(GRID, [[(112.405, 34.6001), (112.405, 34.6099)]])  # 11 m from either border
    assert [part.area for part in parts] == pytest.approx([0.005 * 0.01, 0.015 * 0.01], rel=1e-6)


def test_an_area_in_two_pieces_stays_whole_on_the_side_where_its_far_piece_is_near() -> None:
    island = shapely.box(112.43, 34.60, 112.435, 34.61)
    west, east = cut(shapely.MultiPolygon([GRID, island]), [[(112.405, 34.59), (112.405, 34.62)]])
    assert len(west.geoms) == 1
    assert len(east.geoms) == 2


def test_a_hook_is_cut_into_two_sides_of_several_pieces() -> None:
    comb = shapely.union_all(
        [
            shapely.box(112.40, 34.60, 112.46, 34.605),
            *(shapely.box(112.40 + n * 0.02, 34.60, 112.41 + n * 0.02, 34.62) for n in range(3)),
        ]
    )
    below, teeth = sorted(cut(comb, [[(112.39, 34.61), (112.47, 34.61)]]), key=lambda part: len(part.geoms))
    assert [len(below.geoms), len(teeth.geoms)] == [1, 3]


def test_a_cut_follows_the_borders_of_the_areas_within() -> None:
    drawn = cut(GRID, [[(112.409, 34.59), (112.409, 34.62)]])  # through the middle third, most of it to the east
    assert crossed(drawn, THIRDS) == [1]
    west, east = follow_borders(drawn, THIRDS)
    assert west.symmetric_difference(THIRDS[0]).area < 1e-12
    assert east.symmetric_difference(shapely.union_all(THIRDS[1:])).area < 1e-12
    assert crossed([west, east], THIRDS) == []


def test_a_side_without_any_of_the_areas_within_stays_as_it_was_drawn() -> None:
    drawn = cut(GRID, [[(112.401, 34.59), (112.401, 34.62)]])
    assert [part.area for part in follow_borders(drawn, THIRDS)] == [part.area for part in drawn]


def test_what_does_not_cover_the_ground_is_refused_in_square_metres() -> None:
    west, east = shapely.box(WEST, SOUTH, 112.411, NORTH), shapely.box(112.41, SOUTH, EAST, 34.6095)
    with pytest.raises(PartsDoNotCover) as refused:
        require_cover([GRID], [west, east])
    values = refused.value.values
    # 0.001° by 0.01° twice, 0.009° by 0.0005° open; a degree is 91.7 km by 110.9 km there
    assert values["overlap"] == pytest.approx(0.001 * 91_700 * 0.0095 * 110_950, rel=0.01)
    assert values["open"] == pytest.approx(0.009 * 91_700 * 0.0005 * 110_950, rel=0.01)
    assert values["outside"] == 0


def test_neighbours_are_joined_without_a_seam() -> None:
    near = shapely.box(WEST, SOUTH, 112.41, NORTH)
    beside = shapely.box(112.41 + 1e-8, SOUTH, EAST, NORTH)  # a millimetre apart
    found = joined([near, beside])
    assert len(found.geoms) == 1
    assert cover_of([GRID], [found]).is_exact


@settings(max_examples=60)
@given(
    corners=st.integers(3, 24),
    wobble=st.lists(st.floats(0.4, 1.0), min_size=24, max_size=24),
    angles=st.lists(st.floats(0, math.pi), min_size=1, max_size=3),
)
def test_random_cuts_of_random_outlines_add_up(corners: int, wobble: list[float], angles: list[float]) -> None:
    ring = [
        (112.4 + 0.01 * r * math.cos(2 * math.pi * n / corners), 34.6 + 0.01 * r * math.sin(2 * math.pi * n / corners))
        for n, r in enumerate(wobble[:corners])
    ]
    outline = shapely.Polygon(ring)
    lines = [
        [
            (112.4 - 0.03 * math.cos(a), 34.6 - 0.03 * math.sin(a)),
            (112.4 + 0.03 * math.cos(a), 34.6 + 0.03 * math.sin(a)),
        ]
        for a in angles
    ]
    try:
        parts = cut(outline, lines)
    except CutDoesNotCross:
        assert len(angles) > 1 or not outline.contains(shapely.Point(112.4, 34.6))
        return
    assert len(parts) >= 2
    assert cover_of([outline], parts).is_exact
    assert sum(part.area for part in parts) == pytest.approx(outline.area, rel=1e-9)
