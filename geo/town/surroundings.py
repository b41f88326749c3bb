"""What the town's map shows beyond its edge: a ring of streets and blocks, and main roads that lead away."""

import numpy as np
import shapely

from geo.town.pieces import Side
from geo.town.skeleton import Skeleton, Street, line_side

FAR = 9_000.0  # metres: beyond anything that is looked at


def keep_surroundings(skeleton: Skeleton, rng: np.random.Generator) -> None:
    """Mark the units near the town, drop the streets of all others, and add the main streets."""
    shapes = np.array([shapely.Polygon(unit.piece.points) for unit in skeleton.units])
    town = shapely.union_all([s for s, u in zip(shapes, skeleton.units, strict=True) if u.inside])
    ring = max(1.5 * skeleton.spacing, 720.0)
    away = shapely.distance(shapely.centroid(shapes), town)
    for unit, metres in zip(skeleton.units, away.tolist(), strict=True):
        unit.near = not unit.inside and metres < ring * rng.uniform(0.8, 1.3)
    kept = shapely.union_all([s for s, u in zip(shapes, skeleton.units, strict=True) if u.inside or u.near])
    middles = shapely.points([((s.start[0] + s.end[0]) / 2, (s.start[1] + s.end[1]) / 2) for s in skeleton.streets])
    inside = shapely.intersects(middles, kept)
    skeleton.streets = [street for street, keep in zip(skeleton.streets, inside, strict=True) if keep]
    skeleton.streets += _main_streets(skeleton, kept, rng)


def _main_streets(skeleton: Skeleton, kept: shapely.Geometry, rng: np.random.Generator) -> list[Street]:
    """The lattice itself as far as blocks lie along it; about every other line leads on into the country."""
    streets = []
    for axis, values in (("u", skeleton.columns), ("v", skeleton.rows)):
        for index, value in enumerate(values):
            side = line_side(skeleton, axis, index)
            if side == Side.WATER:
                continue
            span = _span(kept, axis, value)
            if span is None:
                continue
            low, high = _lead_away(span, side, rng)
            for start, end in _dry_spans(skeleton, axis, index, low, high):
                ends = ((value, start), (value, end)) if axis == "u" else ((start, value), (end, value))
                streets.append(Street(*ends, side, f"{axis}{index}"))
    return streets


def _span(kept: shapely.Geometry, axis: str, value: float) -> tuple[float, float] | None:
    """From where to where a lattice line touches the drawn ground."""
    ends = [(value, -2 * FAR), (value, 2 * FAR)] if axis == "u" else [(-2 * FAR, value), (2 * FAR, value)]
    touched = shapely.intersection(shapely.LineString(ends), shapely.buffer(kept, 0.5))
    if touched.is_empty or touched.length < 50:
        return None
    left, low, right, high = touched.bounds
    return (low, high) if axis == "u" else (left, right)


def _lead_away(span: tuple[float, float], side: Side, rng: np.random.Generator) -> tuple[float, float]:
    low, high = span
    if side == Side.AVENUE:
        return low - FAR, high + FAR
    chance = 0.4 if side == Side.ARTERIAL else 0.0
    before, after = rng.random(2) < chance
    reach = rng.uniform(500, 4500, 2)
    return low - reach[0] * before, high + reach[1] * after


def _dry_spans(skeleton: Skeleton, axis: str, index: int, low: float, high: float) -> list[tuple[float, float]]:
    """A column stops at the coast, and at a river unless it has a bridge."""
    water = skeleton.water
    if axis == "v" or water.kind not in ("river", "coast"):
        return [(low, high)]
    edge = water.half + water.strip + 4
    if water.kind == "coast":
        return [(max(low, water.row + water.strip), high)]
    if index in skeleton.bridges or not low < water.row < high:
        return [(low, high)]
    spans = [(low, water.row - edge), (water.row + edge, high)]
    return [(start, end) for start, end in spans if end - start > 1]
