"""Where the households live, as weighted places: in the dwellings of the base map, else in the middle of their area.

The base map knows no households and the register no houses: the number of each finest area is shared out over its
dwellings by the ground that they cover (decision 0195).
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from db.queries.areas import AreaRow, list_area_shapes_by_id, list_areas
from db.queries.grounds import GroundShape, list_ground
from domain.area_changes import shares
from domain.permissions import EVERYWHERE
from geo.metric import centre_of, to_metres
from geo.reach import Floats, Numbers, Streets, join_streets
from services.areas.locating import finder
from services.areas.tree import AreaTree, State, area_tree, extent


@dataclass(frozen=True, eq=False)
class Homes:
    """Homes and streets of a town, in metres around ``centre`` (degrees, EPSG:4326).

    Of each home: place, households, ``area`` (the place in the tree of the area whose households they are), whether it
    stands for the whole area (``by_area``). ``rows``: the areas by place in the tree. Not in any home:
    ``without_outline`` households by place in the tree, and areas (``unknown``) whose number nobody knows.
    ``lines``: the streets of the base map.
    """

    tree: AreaTree
    rows: dict[int, AreaRow]
    centre: tuple[float, float]
    at: Floats
    households: NDArray[np.int64]
    area: Numbers
    by_area: NDArray[np.bool_]
    without_outline: NDArray[np.int64]
    unknown: NDArray[np.bool_]
    lines: NDArray[np.object_]

    @cached_property
    def streets(self) -> Streets:
        """The streets to walk on, joined when first asked for."""
        return join_streets(self.lines)


def homes_of(state: State) -> Homes:
    """The homes of a state's areas and base map, kept until one of the two changes."""
    return _homes(state.of("areas", "base"))


@lru_cache(maxsize=2)
def _homes(state: State) -> Homes:
    tree, box = area_tree(state), extent(state, None)
    holders, unknown = holding(tree)
    with state.database.reading(EVERYWHERE) as session:
        rows = {int(place): row for place, row in zip(*_placed(tree, list_areas(session)), strict=True)}
        ground = list_ground(session, box) if box else []
        dwellings = _points([shape.geometry for shape in ground if shape.layer == "building"])
        weights = np.array([shape.geometry.area for shape in ground if shape.layer == "building"], np.float64)
        found = _holder_of(tree, rows, holders, dwellings)
        bare = np.setdiff1d(np.flatnonzero(holders & (tree.households > 0)), found)
        outlines = list_area_shapes_by_id(session, tree.ids[bare].tolist())
    middles = {int(place): outlines[int(tree.ids[place])].geometry for place in bare if tree.ids[place] in outlines}
    places, counts, area, by_area = _shared(tree, found, dwellings, weights, middles)
    centre = centre_of(shapely.points(places)) if len(places) else centre_of(shapely.box(*box)) if box else (0.0, 0.0)
    lost = np.zeros(len(tree.ids), np.int64)
    nowhere = np.array([place for place in bare if int(place) not in middles], np.intp)
    lost[nowhere] = tree.households[nowhere].astype(np.int64)
    return Homes(
        tree, rows, centre, metres(places, centre), counts, area, by_area, lost, unknown, _lines(ground, centre)
    )


def metres(places: NDArray[np.float64], centre: tuple[float, float]) -> Floats:
    """Degrees (n, 2) to the metres of ``Homes``."""
    if not len(places):
        return np.empty((0, 2))
    return shapely.get_coordinates(to_metres(shapely.points(places), centre))


def holding(tree: AreaTree) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The finest areas that know their number of households, and the finest for which nobody knows one."""
    known = np.isfinite(tree.households)
    below = np.zeros(len(tree.ids), bool)
    for depth in range(int(tree.depth.max(initial=0)), 0, -1):
        here = np.flatnonzero((tree.depth == depth) & (tree.parent >= 0))
        np.logical_or.at(below, tree.parent[here], (known | below)[here])
    holders = known & ~below
    covered = holders.copy()
    for depth in range(1, int(tree.depth.max(initial=0)) + 1):
        here = np.flatnonzero((tree.depth == depth) & (tree.parent >= 0))
        covered[here] |= covered[tree.parent[here]]
    return holders, tree.finest() & ~covered


def _placed(tree: AreaTree, rows: list[AreaRow]) -> tuple[Numbers, list[AreaRow]]:
    return tree.places(row.id for row in rows), rows


def _points(shapes: list[shapely.Geometry]) -> NDArray[np.float64]:
    return shapely.get_coordinates(shapely.point_on_surface(np.array(shapes, object))).reshape(-1, 2)


def _holder_of(
    tree: AreaTree, rows: dict[int, AreaRow], holders: NDArray[np.bool_], dwellings: NDArray[np.float64]
) -> Numbers:
    """Of each dwelling the place in the tree of the area whose households live there, -1 for none."""
    place_of = {row.code: place for place, row in rows.items()}
    codes = finder().locate_many(*dwellings.T) if len(dwellings) else ()
    at = np.array([place_of.get(code, -1) for code in codes], np.intp)
    while len(higher := np.flatnonzero((at >= 0) & ~holders[at])):
        at[higher] = tree.parent[at[higher]]
    return at


def _shared(
    tree: AreaTree, found: Numbers, dwellings: NDArray[np.float64], weights: NDArray[np.float64],
    middles: dict[int, shapely.Geometry],
) -> tuple[NDArray[np.float64], NDArray[np.int64], Numbers, NDArray[np.bool_]]:  # fmt: skip
    """Places in degrees, households and areas of all homes, and which stand for a whole area; exact for each area."""
    order = np.argsort(found, kind="stable")
    counts = np.zeros(len(dwellings), np.int64)
    for members in np.split(order, np.flatnonzero(np.diff(found[order])) + 1):
        if len(members) and found[members[0]] >= 0 and np.isfinite(number := tree.households[found[members[0]]]):
            counts[members] = shares(int(number), weights[members].tolist())
    lived = np.flatnonzero(counts)
    whole = np.array(list(middles), np.intp)
    return (
        np.vstack([dwellings[lived], _points(list(middles.values()))]),
        np.concatenate([counts[lived], tree.households[whole].astype(np.int64)]),
        np.concatenate([found[lived], whole]),
        np.repeat([False, True], [len(lived), len(whole)]),
    )


def _lines(ground: list[GroundShape], centre: tuple[float, float]) -> NDArray[np.object_]:
    lines = np.array([shape.geometry for shape in ground if shape.layer == "road"], object)
    return to_metres(lines, centre) if len(lines) else lines
