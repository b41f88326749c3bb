import numpy as np
import shapely

from geo.edges import shared_edges
from geo.tiles import tile_bounds

TILE = (14, 13330, 6350)
LEFT, BOTTOM, RIGHT, TOP = tile_bounds(*TILE)
SIZE = RIGHT - LEFT


def square(u: float, v: float, side: float = 0.2) -> shapely.Polygon:
    return shapely.box(LEFT + u * SIZE, TOP - (v + side) * SIZE, LEFT + (u + side) * SIZE, TOP - v * SIZE)


def edges(*polygons: shapely.Geometry) -> np.ndarray:
    return shared_edges(np.array(polygons, dtype=object), *TILE)


def total_length(lines: np.ndarray) -> float:
    return float(shapely.length(lines).sum() / SIZE)


def test_border_is_once_when_two_neighbours_share_it() -> None:
    assert np.isclose(total_length(edges(square(0.1, 0.1), square(0.3, 0.1))), 7 * 0.2, atol=1e-4)


def test_border_is_once_when_the_neighbour_winds_the_other_way() -> None:
    assert np.isclose(total_length(edges(square(0.1, 0.1), square(0.3, 0.1).reverse())), 7 * 0.2, atol=1e-4)


def test_every_border_is_kept_when_areas_lie_apart() -> None:
    lines = edges(square(0.1, 0.1), square(0.6, 0.6))
    assert np.isclose(total_length(lines), 8 * 0.2, atol=1e-4)
    assert len(lines) == 2


def test_holes_have_their_border_when_an_area_has_one() -> None:
    ring = square(0.1, 0.1, 0.6).difference(square(0.3, 0.3))
    assert np.isclose(total_length(edges(ring)), 4 * 0.6 + 4 * 0.2, atol=1e-4)


def test_no_line_runs_along_the_tile_when_an_area_is_larger_than_it() -> None:
    assert len(edges(square(-3, -3, 7))) == 0


def test_nothing_comes_back_when_there_are_no_areas() -> None:
    assert len(edges()) == 0
