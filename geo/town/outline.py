"""Which units of ground make up the town, so that its edge runs along roads and water and its area is right."""

import numpy as np
import shapely

from geo.town.partition import components
from geo.town.pieces import Side
from geo.town.plan import PlanNotPossible, TownPlan
from geo.town.skeleton import Skeleton, Unit


def choose_outline(skeleton: Skeleton, plan: TownPlan, rng: np.random.Generator) -> None:
    """Mark the town's units and old quarter, then scale and centre the warp so that the area is the plan's.

    Raises PlanNotPossible if the lattice holds too little ground.
    """
    target = plan.area_km2 * 1e6
    touching = _touching(skeleton.units)
    tries = [_smooth(_grow(skeleton, target, touching, rng), touching) for _ in range(16)]
    inside = min(tries, key=lambda units: _awkwardness(skeleton, units, touching, target))
    for index in inside:
        skeleton.units[index].inside = True
    pieces = [shapely.Polygon(skeleton.units[i].piece.points) for i in sorted(inside)]
    board = shapely.union_all(pieces, grid_size=1e-3)
    if board.geom_type != "Polygon" or board.area < 0.5 * target:
        raise PlanNotPossible("the street plan holds too little ground for the town")
    ground = skeleton.warp.ring(shapely.get_coordinates(board.exterior)[:-1])
    factor = float(np.sqrt(target / ground.area))
    middle = ground.centroid
    skeleton.warp = skeleton.warp.rescaled(factor, (middle.x * factor, middle.y * factor))
    _mark_old_quarter(skeleton, plan.old_share)
    if plan.water == "lake":
        _mark_lake(skeleton)


def _touching(units: list[Unit]) -> list[dict[int, float]]:
    """Per unit: its neighbours and the metres of shared side on the board."""
    shapes = np.array([shapely.Polygon(unit.piece.points) for unit in units])
    links: list[dict[int, float]] = [{} for _ in units]
    near = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=0.1)
    first, second = near[:, near[0] < near[1]]
    shared = shapely.intersection(shapely.buffer(shapes[first], 0.1), shapely.boundary(shapes[second]))
    for a, b, length in zip(first.tolist(), second.tolist(), shapely.length(shared).tolist(), strict=True):
        if length > 2.0:
            links[a][b] = links[b][a] = length
    return links


def _grow(skeleton: Skeleton, target: float, touching: list[dict[int, float]], rng: np.random.Generator) -> set[int]:
    """Take the units nearest to the middle, each joined to the rest, until the area is nearest to the target."""
    stretch, reach = rng.uniform(0.84, 1.04), 0.08 * np.sqrt(target)
    shift = rng.uniform(-reach, reach, 2)
    distance = [
        np.hypot((u.piece.centroid[0] - shift[0]) * stretch, (u.piece.centroid[1] - shift[1]) / stretch)
        * rng.uniform(0.93, 1.07)
        for u in skeleton.units
    ]
    start = int(np.argmin(distance))
    inside, area = {start}, skeleton.units[start].piece.area
    while True:
        edge = sorted({n for i in inside for n in touching[i]} - inside)
        if not edge:
            return inside
        best = min(edge, key=lambda i: (distance[i] * (1 - 0.4 * _share(i, inside, touching)), i))
        step = skeleton.units[best].piece.area
        if area + step / 2 > target:
            return inside
        inside.add(best)
        area += step


def _share(unit: int, inside: set[int], touching: list[dict[int, float]]) -> float:
    """Share of a unit's sides that lie against the town."""
    links = touching[unit]
    return sum(length for near, length in links.items() if near in inside) / sum(links.values())


def _smooth(inside: set[int], touching: list[dict[int, float]]) -> set[int]:
    """Fill notches and holes, drop spurs: a unit goes with what surrounds most of it."""
    for _ in range(3):
        inside = inside | {i for i in range(len(touching)) if _share(i, inside, touching) >= 0.6}
        inside = inside - {i for i in inside if _share(i, inside, touching) < 0.36}
    links = [dict.fromkeys(near, 1.0) for near in touching]
    return set(components(links, sorted(inside))[0])


def _awkwardness(skeleton: Skeleton, inside: set[int], touching: list[dict[int, float]], target: float) -> float:
    """Low for a compact outline of about the right area: its length against that of a square, and the misfit."""
    area = sum(skeleton.units[i].piece.area for i in inside)
    border = sum(length for i in inside for near, length in touching[i].items() if near not in inside)
    return border / (4 * np.sqrt(max(area, 1.0))) + 2.5 * abs(np.sqrt(area / target) - 1)


def _mark_old_quarter(skeleton: Skeleton, share: float) -> None:
    town = [unit for unit in skeleton.units if unit.inside]
    left = share * sum(unit.piece.area for unit in town)
    spot = skeleton.old_centre
    for unit in sorted(town, key=lambda u: np.hypot(u.piece.centroid[0] - spot[0], u.piece.centroid[1] - spot[1])):
        if unit.piece.area / 2 > left:
            return
        unit.old = True
        left -= unit.piece.area


def _mark_lake(skeleton: Skeleton) -> None:
    """The lake takes one large unit off the middle of the town."""
    town = [u for u in skeleton.units if u.inside and not u.old and Side.AVENUE in u.piece.sides]
    max(town or [u for u in skeleton.units if u.inside], key=lambda u: u.piece.area).role = "lake"
