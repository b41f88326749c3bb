"""From units of ground to blocks: local streets, by cutting each unit again and again."""

from dataclasses import dataclass, field

import numpy as np

from geo.town.pieces import Piece, Point, Side, chord, cut, extent, inset
from geo.town.skeleton import HALF_WIDTH, Skeleton, Street, Unit, Water, dry


@dataclass(eq=False)
class Block:
    """A block between streets. ``use`` and ``fabric``: see geo.town.uses.

    wall: the ground within the pavements; site: the part of it for homes, without a row of shops.
    """

    piece: Piece
    wall: Piece | None
    site: Piece | None
    unit: int
    inside: bool
    old: bool
    use: str = "residential"
    fabric: str = "slab"
    cells: list[int] = field(default_factory=list)
    shop_lines: list[tuple[Point, Point]] = field(default_factory=list)  # middle lines of the rows of shops
    name: str = ""
    name_en: str = ""


def cut_blocks(skeleton: Skeleton, rng: np.random.Generator) -> tuple[list[Block], list[Street]]:
    """Blocks of all units in and near the town, and the local streets between them."""
    blocks: list[Block] = []
    streets: list[Street] = []
    for index, unit in enumerate(skeleton.units):
        if not unit.inside and not unit.near:
            continue
        pieces = [unit.piece] if unit.role else _divide(unit, skeleton, rng, streets, index)
        for piece in pieces:
            blocks.append(_block(piece, index, unit, skeleton.water))
    return blocks, streets


def _block(piece: Piece, index: int, unit: Unit, water: Water) -> Block:
    def setback(side: Side) -> float:
        if side == Side.WATER:
            return water.setback
        return HALF_WIDTH[side] + (1.5 if unit.old else 3.0)

    wall = inset(piece, setback)
    return Block(piece, wall, wall, index, unit.inside, unit.old)


def block_size(skeleton: Skeleton, unit: Unit) -> float:
    """Usual area of a block in square metres: lanes are dense, the surroundings coarse."""
    usual = float(np.clip(skeleton.spacing**2 * 0.11, 9_000, 26_000))
    if not unit.inside:
        return 1.4 * usual
    return 0.42 * usual if unit.old else usual


def _divide(unit: Unit, skeleton: Skeleton, rng: np.random.Generator, streets: list[Street], index: int) -> list[Piece]:
    usual, waiting, done = block_size(skeleton, unit), [unit.piece], []
    while waiting:
        piece = waiting.pop()
        usable = piece.area - _wet(piece, skeleton.water)
        halves = None
        if usable > usual * rng.uniform(0.95, 1.9):
            halves = _halve(piece, unit, skeleton.water, rng)
        if halves is None:
            done.append(piece)
            continue
        parts, line, side = halves
        streets += dry([Street(*line, side, f"b{index}-{len(streets)}")], skeleton.water)
        waiting += parts
    return done


def _wet(piece: Piece, water: Water) -> float:
    """Square metres of the piece that water and its green strip take."""
    if Side.WATER not in piece.sides:
        return 0.0
    low, high = extent(piece.points, (1.0, 0.0))
    return (high - low) * water.setback


Cut = tuple[list[Piece], tuple[Point, Point], Side]


def _halve(piece: Piece, unit: Unit, water: Water, rng: np.random.Generator) -> Cut | None:
    """One cut across the longer extent, a little askew; None where a part would be too narrow."""
    left, right = extent(piece.points, (1.0, 0.0))
    low, high = extent(piece.points, (0.0, 1.0))
    wet = water.setback if Side.WATER in piece.sides else 0.0
    upright = (right - left) * rng.uniform(0.85, 1.18) > high - low - wet
    narrow = 34.0 if unit.old else 62.0
    if wet and high - low < wet + 2 * narrow + 30:
        upright = True  # too shallow a bank for two rows of blocks
    skew = np.radians(rng.normal(0, 7.0 if unit.old else 1.6))
    turn = np.pi / 2 + skew if upright else skew
    base = water.row + wet if wet and low >= water.row - 1 else low
    top = water.row - wet if wet and low < water.row - 1 else high
    at = ((left + (right - left) * rng.uniform(0.4, 0.6)), base + (top - base) * rng.uniform(0.4, 0.6))
    along = (float(np.cos(turn)), float(np.sin(turn)))
    side = _street_side(piece, unit, rng)
    parts = [part for part in cut(piece, at, along, side) if part]
    line = chord(piece, at, along)
    if len(parts) < 2 or line is None or any(_width(part) < narrow for part in parts):
        return None
    return parts, line, side


def _street_side(piece: Piece, unit: Unit, rng: np.random.Generator) -> Side:
    if unit.old:
        return Side.LANE if piece.area < 14_000 or rng.random() < 0.3 else Side.LOCAL
    return Side.LOCAL


def _width(piece: Piece) -> float:
    """The least extent of a piece over four directions, metres."""
    directions = ((1.0, 0.0), (0.0, 1.0), (0.7071, 0.7071), (0.7071, -0.7071))
    return min(high - low for low, high in (extent(piece.points, d) for d in directions))
