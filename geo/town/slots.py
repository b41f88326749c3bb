"""From blocks to cells, the finest ground of the area tree: one building or a few stand in each."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from geo.town.blocks import Block
from geo.town.pieces import Piece, Point, Side, chord, cut, extent
from geo.town.skeleton import Street
from geo.town.warp import Warp

PITCH = {"slab": (47.0, 31.0), "tower": (43.0, 43.0)}  # metres along the row and from row to row
LANE_CELL = 1_100.0  # square metres of a cell among lanes


@dataclass(eq=False)
class Cell:
    """``piece`` tiles the town; ``site`` is its part within the walls. ``built``: slab, tower, lane, green or whole."""

    block: int
    piece: Piece
    site: Piece | None
    built: str
    households: int = 0


class Patch(NamedTuple):
    """Ground up to the middle of the streets, and the part of it within the walls."""

    ground: Piece
    site: Piece | None


def cut_cells(
    blocks: list[Block], warp: Warp, homes_per_unit: float | None, households: int, rng: np.random.Generator
) -> tuple[list[Cell], list[Street]]:
    """Cells of the town's blocks, and the paths within the compounds.

    homes_per_unit: households of the finest area, if that is fine enough to be made of single buildings.
    """
    size = _cell_scale(blocks, homes_per_unit, households)
    cells: list[Cell] = []
    paths: list[Street] = []
    for index, block in enumerate(blocks):
        if not block.inside:
            continue
        if block.use != "residential" or block.site is None:
            new = [Cell(index, block.piece, block.site, "whole")]
        elif block.fabric == "lane":
            new = _lane_cells(index, block, size, rng)
        else:
            new = _row_cells(index, block, block.site, warp, size, rng, paths)
        block.cells = list(range(len(cells), len(cells) + len(new)))
        cells += new
    return cells, paths


def _cell_scale(blocks: list[Block], homes_per_unit: float | None, households: int) -> float:
    """Factor on the pitch of buildings, so that every finest area can hold about two of them."""
    if not homes_per_unit:
        return 1.0
    ground = sum(b.site.area for b in blocks if b.inside and b.use == "residential" and b.site)
    wanted = ground / (2.1 * households / homes_per_unit)
    return float(np.clip(np.sqrt(wanted / (PITCH["slab"][0] * PITCH["slab"][1])), 0.76, 1.08))


def _lane_cells(index: int, block: Block, size: float, rng: np.random.Generator) -> list[Cell]:
    waiting, cells = [Patch(block.piece, block.site)], []
    while waiting:
        patch = waiting.pop()
        small = patch.site is None or patch.site.area < LANE_CELL * size**2 * rng.uniform(1.2, 1.9)
        halves = None if small or patch.site is None else _halve(patch, *_askew_middle(patch.site, rng))
        if halves and all(half.site and half.site.area >= 250 for half in halves):
            waiting += halves
        else:
            cells.append(Cell(index, patch.ground, patch.site, "lane"))
    return cells


def _halve(patch: Patch, at: Point, along: Point) -> tuple[Patch, Patch] | None:
    """The parts left and right of a line; None if one of them holds no ground."""
    left, right = cut(patch.ground, at, along, Side.INNER)
    if left is None or right is None:
        return None
    sites = cut(patch.site, at, along, Side.INNER) if patch.site else (None, None)
    return Patch(left, sites[0]), Patch(right, sites[1])


def _askew_middle(site: Piece, rng: np.random.Generator) -> tuple[Point, Point]:
    """A knife about across the middle of the longer extent, a few degrees askew."""
    left, right = extent(site.points, (1.0, 0.0))
    low, high = extent(site.points, (0.0, 1.0))
    turn = rng.normal(0, 0.09) + (np.pi / 2 if right - left > high - low else 0.0)
    u, v = site.centroid
    at = (u + (right - left) * rng.uniform(-0.08, 0.08), v + (high - low) * rng.uniform(-0.08, 0.08))
    return at, (float(np.cos(turn)), float(np.sin(turn)))


def row_axis(warp: Warp, at: Point) -> int:
    """The board axis (0: u, 1: v) that runs nearest to east-west at a point: rows along it face south."""
    return int(abs(np.sin(warp.direction(np.array([at]), 0)[0])) > 0.7071)


def _row_cells(
    index: int,
    block: Block,
    site: Piece,
    warp: Warp,
    size: float,
    rng: np.random.Generator,
    paths: list[Street],
) -> list[Cell]:
    """Rows of buildings that face south: the compound cut by its row lines and its common columns."""
    axis = row_axis(warp, block.piece.centroid)
    pitch = PITCH["tower" if block.fabric == "tower" else "slab"]
    rows = _marks(site, 1 - axis, pitch[1] * size * rng.uniform(0.93, 1.1))
    columns = _marks(site, axis, pitch[0] * size * rng.uniform(0.92, 1.15))
    paths += _paths(index, block, site, axis, rows, columns)
    north = _rows_run_north(warp, block, axis)
    cells = []
    for strip, row in _strips(Patch(block.piece, site), axis, rows):
        built = block.fabric
        if built == "mixed":
            built = "slab" if (row >= len(rows) / 2) == north else "tower"
        cells += [Cell(index, slot.ground, slot.site, built) for slot in _slots(strip, axis, columns)]
    if len(cells) >= 9 and rng.random() < 0.8:
        _leave_green(cells, site)
    return cells


def _vector(axis: int) -> Point:
    return (1.0, 0.0) if axis == 0 else (0.0, 1.0)


def _marks(site: Piece, axis: int, pitch: float) -> list[float]:
    low, high = extent(site.points, _vector(axis))
    parts = max(1, round((high - low) / pitch))
    return [low + (high - low) * k / parts for k in range(1, parts)]


def _rows_run_north(warp: Warp, block: Block, axis: int) -> bool:
    """True if rows with high numbers lie in the north."""
    return bool(np.sin(warp.direction(np.array([block.piece.centroid]), 1 - axis)[0]) > 0)


def _at(axis: int, mark: float) -> Point:
    return (mark, 0.0) if axis == 0 else (0.0, mark)


def _sever(patch: Patch, axis: int, mark: float) -> tuple[Patch, Patch] | None:
    """The parts before and beyond a mark on an axis; None if the mark is off the ground."""
    halves = _halve(patch, _at(axis, mark), _vector(1 - axis))
    if halves is None:
        return None
    left, right = halves  # of a knife along +v the left is before, of one along +u it is beyond
    return (left, right) if axis == 0 else (right, left)


def _strips(patch: Patch, axis: int, rows: list[float]) -> list[tuple[Patch, int]]:
    """A block cut along its row lines, with the row numbers."""
    strips: list[tuple[Patch, int]] = []
    for number, mark in enumerate(rows):
        parts = _sever(patch, 1 - axis, mark)
        if parts:
            strips.append((parts[0], number))
            patch = parts[1]
    return [*strips, (patch, len(rows))]


def _slots(strip: Patch, axis: int, columns: list[float]) -> list[Patch]:
    """A strip cut at those common columns that leave no stub at its ends."""
    if strip.site is None:
        return [strip]
    low, high = extent(strip.site.points, _vector(axis))
    stub = 0.55 * (columns[1] - columns[0] if len(columns) > 1 else 40.0)
    slots = []
    for mark in columns:
        parts = _sever(strip, axis, mark) if low + stub < mark < high - stub else None
        if parts and parts[0].site and parts[1].site:
            slots.append(parts[0])
            strip = parts[1]
    return [*slots, strip]


def _paths(index: int, block: Block, site: Piece, axis: int, rows: list[float], columns: list[float]) -> list[Street]:
    """The compound's drive from gate to gate, and a path behind every second row."""
    lines = [chord(site, _at(1 - axis, mark), _vector(axis)) for mark in rows[::2]]
    if columns:
        ground = site if Side.WATER in block.piece.sides else block.piece  # no gate on the water
        lines.append(chord(ground, _at(axis, columns[len(columns) // 2]), _vector(1 - axis)))
    return [Street(*line, Side.INNER, f"p{index}") for line in lines if line]


def _leave_green(cells: list[Cell], site: Piece) -> None:
    """A large compound keeps its middle free."""
    u, v = site.centroid
    spots = [(np.hypot(c.site.centroid[0] - u, c.site.centroid[1] - v), k) for k, c in enumerate(cells) if c.site]
    cells[min(spots)[1]].built = "green"
