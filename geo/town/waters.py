"""Rivers, lakes and the sea on the ground, with what belongs to their banks: greens, roads, piers, the railway."""

from dataclasses import dataclass, field

import numpy as np
import shapely

from geo.town.pieces import Side
from geo.town.skeleton import Skeleton, Street
from geo.town.surroundings import FAR
from geo.town.warp import densify

TRACK = 14.0  # half width of the railway's ground


@dataclass
class Waters:
    """Ground shapes in metres. ``banks``: streets on the board along the water."""

    river: list[shapely.Polygon] = field(default_factory=list)
    sea: list[shapely.Polygon] = field(default_factory=list)
    greens: list[shapely.Polygon] = field(default_factory=list)
    sands: list[shapely.Polygon] = field(default_factory=list)
    piers: list[shapely.Polygon] = field(default_factory=list)
    banks: list[Street] = field(default_factory=list)
    rail: list[shapely.LineString] = field(default_factory=list)


def lay_waters(skeleton: Skeleton, port: tuple[float, float] | None, rng: np.random.Generator) -> Waters:
    """The waters of the skeleton; ``port``: the board columns between which the harbour lies."""
    waters = Waters()
    if skeleton.water.kind == "river":
        _lay_river(waters, skeleton, rng)
    if skeleton.water.kind == "coast":
        _lay_coast(waters, skeleton, port, rng)
    _lay_rail(waters, skeleton, rng)
    return waters


def _reach(skeleton: Skeleton) -> tuple[float, float]:
    """Board columns between which blocks lie along the water."""
    us = [
        u
        for unit in skeleton.units
        if (unit.inside or unit.near) and Side.WATER in unit.piece.sides
        for u, _ in unit.piece.points
    ]
    return min(us), max(us)


def _lay_river(waters: Waters, skeleton: Skeleton, rng: np.random.Generator) -> None:
    water, (left, right) = skeleton.water, _reach(skeleton)
    us = np.arange(left - FAR, right + FAR, 15.0)
    swell = 1 + 0.1 * np.sin(us / 140 + rng.uniform(0, 6)) * np.sin(us / 410 + rng.uniform(0, 6))
    north = np.column_stack([us, water.row + water.half * swell])
    south = np.column_stack([us, water.row - water.half * swell])
    waters.river.append(shapely.Polygon(skeleton.warp(np.vstack([north, south[::-1]]))))
    edge = water.half + water.strip
    for name, way, bank in (("bank0", 1, north), ("bank1", -1, south)):
        row = water.row + way * edge
        waters.banks.append(Street((left, row), (right, row), Side.COLLECTOR, name))
        inner = bank[(us > left) & (us < right)]
        outer = inner.copy()
        outer[:, 1] = water.row + way * (edge - 9.0)
        green = shapely.Polygon(skeleton.warp(np.vstack([inner, outer[::-1]])))
        waters.greens.append(green if green.is_valid else green.buffer(0))


def _lay_coast(waters: Waters, skeleton: Skeleton, port: tuple[float, float] | None, rng: np.random.Generator) -> None:
    water, (left, right) = skeleton.water, _reach(skeleton)
    us = np.arange(left - FAR, right + FAR, 15.0)
    shore = np.column_stack([us, np.full(len(us), water.row)])
    sea = np.vstack([shore, [[right + FAR, water.row - FAR], [left - FAR, water.row - FAR]]])
    waters.sea.append(skeleton.warp.ring(sea, 60.0))
    waters.banks.append(
        Street((left, water.row + water.strip), (right, water.row + water.strip), Side.COLLECTOR, "bank0")
    )
    spans = [(left, right)] if port is None else [(left, port[0] - 30), (port[1] + 30, right)]
    for low, high in spans:
        if high - low > 120:
            waters.sands.append(_sand(skeleton, low, high, rng))
    if port:
        waters.piers += [shapely.intersection(pier, waters.sea[0]) for pier in _harbour(skeleton, *port)]


def _sand(skeleton: Skeleton, low: float, high: float, rng: np.random.Generator) -> shapely.Polygon:
    """A beach between shore and coast road, of changing depth."""
    us = np.linspace(low, high, max(8, int((high - low) / 30)))
    depth = 24 + 6 * np.sin(us / 90 + rng.uniform(0, 6)) + 4 * np.sin(us / 37)
    depth = depth * np.minimum(1, np.minimum(us - low, high - us) / 80)
    row = skeleton.water.row
    top = np.column_stack([us, row + np.maximum(depth, 0.5)])
    low_edge = np.column_stack([us, np.full(len(us), row)])
    return shapely.Polygon(skeleton.warp(np.vstack([low_edge, top[::-1]])))


def _harbour(skeleton: Skeleton, left: float, right: float) -> list[shapely.Polygon]:
    """Two breakwaters that leave an entrance, and piers along the quay."""
    row, depth = skeleton.water.row, min(330.0, 0.55 * (right - left) + 60)
    arms = [
        [
            (left - 25, row + 8),
            (left - 35, row - 0.6 * depth),
            (left + 0.16 * (right - left), row - depth),
            (left + 0.5 * (right - left), row - 1.06 * depth),
        ],
        [
            (right + 25, row + 8),
            (right + 40, row - 0.45 * depth),
            (right - 0.1 * (right - left), row - 0.8 * depth),
            (right - 0.22 * (right - left), row - 0.84 * depth),
        ],
    ]
    lines = [(arm, 8.0) for arm in arms]
    count = max(2, int((right - left) / 95))
    for k in range(count):
        u = left + (right - left) * (k + 0.5) / count
        lines.append(([(u, row + 6), (u, row - 0.3 * depth)], 6.0))
    return [
        shapely.buffer(
            shapely.LineString(skeleton.warp(densify(np.array(line), 20.0))),
            half,
            cap_style="round",
            quad_segs=4,
        )
        for line, half in lines
    ]


def _lay_rail(waters: Waters, skeleton: Skeleton, rng: np.random.Generator) -> None:
    """A railway past the town, between two rows that the town does not reach."""
    taken = [v for unit in skeleton.units if unit.inside for _, v in unit.piece.points]
    gaps = [(a + b) / 2 for a, b in zip(skeleton.rows, skeleton.rows[1:], strict=False) if a >= max(taken) - 1]
    if gaps and skeleton.spacing > 330:
        row = gaps[min(1, len(gaps) - 1)] + rng.uniform(-30, 30)
        ends = np.array([(skeleton.columns[0] - FAR, row), (skeleton.columns[-1] + FAR, row)])
        for shift in (-2.5, 2.5):
            waters.rail.append(skeleton.warp.line(ends + np.array([0.0, shift]), 40.0))
