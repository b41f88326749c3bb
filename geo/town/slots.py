"""From blocks to cells, the finest ground of the area tree: one building or a few stand in each."""

from dataclasses import dataclass

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
            new = _row_cells(index, block, warp, size, rng, paths)
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
    waiting, cells = [(block.piece, block.site)], []
    while waiting:
        piece, site = waiting.pop()
        if site is None or site.area < LANE_CELL * size**2 * rng.uniform(1.2, 1.9):
            cells.append(Cell(index, piece, site, "lane"))
            continue
        at, along = _askew_middle(site, rng)
        sites = cut(site, at, along, Side.INNER)
        pieces = cut(piece, at, along, Side.INNER)
        if any(part is None or part.area < 250 for part in sites) or None in pieces:
            cells.append(Cell(index, piece, site, "lane"))
            continue
        waiting += list(zip(pieces, sites, strict=True))
    return cells


def _askew_middle(site: Piece, rng: np.random.Generator) -> tuple[Point, Point]:
    """A knife about across the middle of the longer extent, a few degrees askew."""
    width = np.subtract(*reversed(extent(site.points, (1.0, 0.0))))
    height = np.subtract(*reversed(extent(site.points, (0.0, 1.0))))
    turn = rng.normal(0, 0.09) + (np.pi / 2 if width > height else 0.0)
    u, v = site.centroid
    at = (u + width * rng.uniform(-0.08, 0.08), v + height * rng.uniform(-0.08, 0.08))
    return at, (float(np.cos(turn)), float(np.sin(turn)))


def row_axis(warp: Warp, at: Point) -> int:
    """The board axis (0: u, 1: v) that runs nearest to east-west at a point: rows along it face south."""
    return int(abs(np.sin(warp.direction(np.array([at]), 0)[0])) > 0.7071)


def _row_cells(
    index: int, block: Block, warp: Warp, size: float, rng: np.random.Generator, paths: list[Street]
) -> list[Cell]:
    """Rows of buildings that face south: the compound cut by its row lines and its common columns."""
    axis = row_axis(warp, block.piece.centroid)
    pitch = PITCH["tower" if block.fabric == "tower" else "slab"]
    rows = _marks(block.site, 1 - axis, pitch[1] * size * rng.uniform(0.93, 1.1))
    columns = _marks(block.site, axis, pitch[0] * size * rng.uniform(0.92, 1.15))
    paths += _paths(index, block, axis, rows, columns)
    north = _north_mark(warp, block, axis, rows)
    cells = []
    for strip, site, row in _strips(block, axis, rows):
        built = block.fabric
        if built == "mixed":
            built = "slab" if (row >= len(rows) / 2) == north else "tower"
        cells += [Cell(index, p, s, built) for p, s in _slots(strip, site, axis, columns)]
    _leave_green(cells, block, rng)
    return cells


def _vector(axis: int) -> Point:
    return (1.0, 0.0) if axis == 0 else (0.0, 1.0)


def _marks(site: Piece, axis: int, pitch: float) -> list[float]:
    low, high = extent(site.points, _vector(axis))
    parts = max(1, round((high - low) / pitch))
    return [low + (high - low) * k / parts for k in range(1, parts)]


def _north_mark(warp: Warp, block: Block, axis: int, rows: list[float]) -> bool:
    """True if rows with high numbers lie in the north."""
    return bool(np.sin(warp.direction(np.array([block.piece.centroid]), 1 - axis)[0]) > 0)


def _at(axis: int, mark: float) -> Point:
    return (mark, 0.0) if axis == 0 else (0.0, mark)


def _strips(block: Block, axis: int, rows: list[float]) -> list[tuple[Piece, Piece | None, int]]:
    """The block cut along its row lines: (ground, site, row number)."""
    strips: list[tuple[Piece, Piece | None, int]] = []
    rest, site = block.piece, block.site
    # the part left of a knife along +u is above it; along +v it is on the low side
    for number, mark in enumerate(rows):
        above, below = _sever(rest, 1 - axis, mark)
        if above is None or below is None:
            continue
        site_above, site_below = _sever(site, 1 - axis, mark) if site else (None, None)
        strips.append((below, site_below, number))
        rest, site = above, site_above
    return [*strips, (rest, site, len(rows))]


def _sever(piece: Piece, axis: int, mark: float) -> tuple[Piece | None, Piece | None]:
    """Parts of a piece beyond and before a mark on an axis."""
    left, right = cut(piece, _at(axis, mark), _vector(1 - axis), Side.INNER)
    return (left, right) if axis == 1 else (right, left)


def _slots(
    strip: Piece, site: Piece | None, axis: int, columns: list[float]
) -> list[tuple[Piece, Piece | None]]:
    """A strip cut at those common columns that leave no stub at its ends."""
    if site is None:
        return [(strip, None)]
    low, high = extent(site.points, _vector(axis))
    pitch = columns[1] - columns[0] if len(columns) > 1 else 40.0
    slots, rest, rest_site = [], strip, site
    for mark in columns:
        if not low + 0.55 * pitch < mark < high - 0.55 * pitch:
            continue
        beyond, before = _sever(rest, axis, mark)
        site_beyond, site_before = _sever(rest_site, axis, mark)
        if None in (beyond, before, site_beyond, site_before):
            continue
        slots.append((before, site_before))
        rest, rest_site = beyond, site_beyond
    return [*slots, (rest, rest_site)]


def _paths(index: int, block: Block, axis: int, rows: list[float], columns: list[float]) -> list[Street]:
    """The compound's drive from gate to gate, and a path behind every second row."""
    lines = []
    if columns:
        lines.append(chord(block.piece, _at(axis, columns[len(columns) // 2]), _vector(1 - axis)))
    for mark in rows[::2]:
        lines.append(chord(block.site, _at(1 - axis, mark), _vector(axis)))
    if Side.WATER in block.piece.sides:  # no gate on the water
        lines = lines[1:] if columns else lines
    return [Street(*line, Side.INNER, f"p{index}") for line in lines if line]


def _leave_green(cells: list[Cell], block: Block, rng: np.random.Generator) -> None:
    """A large compound keeps its middle free."""
    if len(cells) < 9 or rng.random() < 0.2:
        return
    u, v = block.site.centroid
    inner = [c for c in cells if c.site]
    min(inner, key=lambda c: np.hypot(c.site.centroid[0] - u, c.site.centroid[1] - v)).built = "green"
