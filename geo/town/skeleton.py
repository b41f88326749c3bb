"""The bones of a town on the drawing board: main roads, water, and the units of ground between them."""

from dataclasses import dataclass, field

import numpy as np

from geo.town.pieces import Piece, Point, Side, cut, rectangle
from geo.town.plan import TownPlan
from geo.town.warp import Warp, lanes, meander, random_waves

HALF_WIDTH = {
    Side.AVENUE: 18.0,
    Side.ARTERIAL: 14.0,
    Side.COLLECTOR: 9.0,
    Side.LOCAL: 6.0,
    Side.LANE: 2.5,
    Side.INNER: 0.0,
}  # metres from the middle of a street to the pavement's edge
CARRIAGEWAY = 0.8  # share of that width which is driven on
ROAD_KIND = {
    Side.AVENUE: "arterial",
    Side.ARTERIAL: "arterial",
    Side.COLLECTOR: "collector",
    Side.LOCAL: "local",
    Side.LANE: "path",
    Side.INNER: "path",
}


SMALLEST_UNIT = 4_000.0  # square metres: a smaller corner stays with its unit
SMALL_SPACING = 400.0  # metres: a place with main roads nearer than this has narrower ones


@dataclass(frozen=True)
class Water:
    """The main water along the board row ``row``: half width of a river, depth of the green or quay beside it."""

    kind: str
    row: float = 0.0
    half: float = 0.0
    strip: float = 0.0

    @property
    def setback(self) -> float:
        """Metres from the row to the first building line."""
        return self.half + self.strip + 12.0


@dataclass(frozen=True)
class Street:
    """A street on the board. ``line`` tells which named street it belongs to; ``inside`` comes with the outline."""

    start: Point
    end: Point
    side: Side
    line: str


@dataclass(eq=False)
class Unit:
    """A piece of ground between main roads: the grain of the town's outline."""

    piece: Piece
    cell: tuple[int, int]
    inside: bool = False
    near: bool = False  # outside, but near enough to be drawn
    old: bool = False
    role: str = ""  # "lake": the unit is kept whole for it


@dataclass
class Skeleton:
    """Main roads, water and units, all on the board; ``warp`` takes them to the ground."""

    warp: Warp
    water: Water
    columns: list[float]
    rows: list[float]
    streets: list[Street] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    old_centre: Point = (0.0, 0.0)
    spacing: float = 0.0
    bridges: list[int] = field(default_factory=list)  # columns that cross the river


def draw_skeleton(plan: TownPlan, rng: np.random.Generator) -> Skeleton:
    """Main roads, water and units of a plan; the outline is chosen afterwards (geo.town.outline)."""
    size = np.sqrt(plan.area_km2 * 1e6)
    spacing = float(np.clip(size / 3.6, 190, 580))
    margin = max(2.2 * spacing, 900.0)
    water = _place_water(plan, rng, size, spacing)
    columns = _lines(rng, spacing, size / 2 + margin)
    rows = _rows(rng, spacing, size / 2 + margin, water)
    centre = _old_centre(rng, size, water)
    warp = _bend(plan, rng, size, water, centre).calmed((columns[0], rows[0]), (columns[-1], rows[-1]))
    skeleton = Skeleton(warp, water, columns, rows, old_centre=centre, spacing=spacing)
    if water.kind == "river":
        skeleton.bridges = _choose_bridges(rng, columns, size)
    skeleton.units = _units(skeleton, rng)
    if spacing >= SMALL_SPACING:
        _cut_diagonal(skeleton, rng)
    return skeleton


def _place_water(plan: TownPlan, rng: np.random.Generator, size: float, spacing: float) -> Water:
    if plan.water == "river":
        half = float(np.clip(size * 0.02, 17, 48)) * rng.uniform(0.9, 1.1)
        return Water("river", float(rng.uniform(-0.2, -0.1) * size), half, float(np.clip(size * 0.015, 20, 32)))
    if plan.water == "coast":
        return Water("coast", float(-0.46 * size), 0.0, 44.0)
    return Water(plan.water)


def _lines(rng: np.random.Generator, spacing: float, reach: float) -> list[float]:
    """Positions of parallel roads at irregular distances, on both sides of the middle."""
    start = rng.uniform(-0.5, 0.0) * spacing
    lines = [start]
    while lines[-1] < reach:
        lines.append(lines[-1] + spacing * rng.uniform(0.78, 1.25))
    while lines[0] > -reach:
        lines.insert(0, lines[0] - spacing * rng.uniform(0.78, 1.25))
    return [float(x) for x in lines]


def _rows(rng: np.random.Generator, spacing: float, reach: float, water: Water) -> list[float]:
    """As ``_lines``, with a row on the water itself and none too near beside it."""
    if water.kind not in ("river", "coast"):
        return _lines(rng, spacing, reach)
    rows = [water.row]
    first = spacing * rng.uniform(0.62, 0.8, 2) + water.setback * 0.7
    rows.append(water.row + first[0])
    while rows[-1] < reach:
        rows.append(rows[-1] + spacing * rng.uniform(0.78, 1.25))
    if water.kind == "river":
        rows.insert(0, water.row - first[1])
        while rows[0] > -reach:
            rows.insert(0, rows[0] - spacing * rng.uniform(0.78, 1.25))
    return [float(x) for x in rows]


def _old_centre(rng: np.random.Generator, size: float, water: Water) -> Point:
    heading = rng.uniform(0, 2 * np.pi)
    spot = (0.22 * size * np.cos(heading), 0.22 * size * np.sin(heading))
    if water.kind == "river":  # old quarters grow on the bank
        spot = (spot[0], water.row + 0.14 * size)
    return float(spot[0]), float(spot[1])


def _bend(plan: TownPlan, rng: np.random.Generator, size: float, water: Water, old: Point) -> Warp:
    waves = random_waves(rng, size)
    if water.kind == "river":
        length = float(np.clip(size * 1.15, 900, 2600))
        waves += meander(rng, water.row, (length, length * 0.57), 0.05)
    if water.kind == "coast":
        waves += meander(rng, water.row, (1900.0, 760.0), 0.05)
    if plan.old_share > 0:
        waves += lanes(rng, old, float(np.sqrt(plan.old_share / np.pi) * size * 1.1))
    turn = rng.uniform(-14, 14) + (76 if water.kind == "coast" else 0)
    return Warp(waves, float(np.radians(plan.bearing if plan.bearing is not None else turn)))


def _choose_bridges(rng: np.random.Generator, columns: list[float], size: float) -> list[int]:
    near = [i for i, u in enumerate(columns) if abs(u) < 0.62 * size]
    chosen = [i for i in near if rng.random() < 0.8]
    return chosen if len(chosen) >= 2 else near


def _is_avenue(values: list[float], index: int) -> bool:
    return index == int(np.argmin(np.abs(values)))


def line_side(skeleton: Skeleton, axis: str, index: int) -> Side:
    """What the column ("u") or row ("v") of that index is: the middle one is the avenue."""
    values = skeleton.columns if axis == "u" else skeleton.rows
    if axis == "v" and skeleton.water.kind in ("river", "coast") and values[index] == skeleton.water.row:
        return Side.WATER
    small = skeleton.spacing < SMALL_SPACING
    if _is_avenue(values, index):
        return Side.ARTERIAL if small else Side.AVENUE
    if small:
        return Side.COLLECTOR if index % 2 else Side.LOCAL
    return Side.ARTERIAL


def _units(skeleton: Skeleton, rng: np.random.Generator) -> list[Unit]:
    """The cells of the lattice, each cut once by a collector that mostly lines up with its neighbours."""
    across = {i: rng.uniform(0.4, 0.6) for i in range(len(skeleton.columns) - 1)}
    along = {j: rng.uniform(0.4, 0.6) for j in range(len(skeleton.rows) - 1)}
    units: list[Unit] = []
    for i in range(len(skeleton.columns) - 1):
        for j in range(len(skeleton.rows) - 1):
            units += _cut_cell(skeleton, rng, (i, j), across[i], along[j])
    return units


def _cell_piece(skeleton: Skeleton, i: int, j: int) -> Piece:
    u, v = skeleton.columns, skeleton.rows
    sides = (
        line_side(skeleton, "v", j),
        line_side(skeleton, "u", i + 1),
        line_side(skeleton, "v", j + 1),
        line_side(skeleton, "u", i),
    )
    return rectangle(u[i], v[j], u[i + 1], v[j + 1], sides)


def _cut_cell(
    skeleton: Skeleton, rng: np.random.Generator, cell: tuple[int, int], across: float, along: float
) -> list[Unit]:
    piece = _cell_piece(skeleton, *cell)
    (left, low), (right, high) = piece.points[0], piece.points[2]
    upright = rng.random() < (0.85 if right - left > high - low else 0.2)
    if Side.WATER in piece.sides:
        upright = True  # streets lead to the water
    jitter = 0.0 if rng.random() < 0.65 else rng.uniform(-0.12, 0.12)
    at = left + (right - left) * (across + jitter) if upright else low + (high - low) * (along + jitter)
    line = f"u{cell[0]}+" if upright else f"v{cell[1]}+"
    knife = ((at, low), (0.0, 1.0)) if upright else ((left, at), (1.0, 0.0))
    side = Side.LOCAL if skeleton.spacing < SMALL_SPACING else Side.COLLECTOR
    parts = [part for part in cut(piece, *knife, side) if part]
    ends = ((at, low), (at, high)) if upright else ((left, at), (right, at))
    name = line if jitter == 0 else f"{line}{cell[upright]}"
    skeleton.streets += dry([Street(*ends, side, name)], skeleton.water)
    return [Unit(part, cell) for part in parts]


def _cut_diagonal(skeleton: Skeleton, rng: np.random.Generator) -> None:
    """An old road askew to all others: from one main crossing to another, two columns and one row away."""
    u, v = skeleton.columns, skeleton.rows
    spots = [
        (i, j)
        for i in range(len(u) - 2)
        for j in range(len(v) - 1)
        if np.hypot(u[i + 1], (v[j] + v[j + 1]) / 2) < 1.1 * skeleton.spacing
        and Side.WATER not in (line_side(skeleton, "v", j), line_side(skeleton, "v", j + 1))
    ]
    if not spots:
        return
    i, j = spots[int(rng.integers(len(spots)))]
    start, end = ((u[i], v[j]), (u[i + 2], v[j + 1])) if rng.random() < 0.5 else ((u[i], v[j + 1]), (u[i + 2], v[j]))
    along = (end[0] - start[0], end[1] - start[1])
    length = float(np.hypot(*along))
    along = (along[0] / length, along[1] / length)
    for unit in [unit for unit in skeleton.units if unit.cell in ((i, j), (i + 1, j))]:
        parts = [part for part in cut(unit.piece, start, along, Side.COLLECTOR) if part]
        if min(part.area for part in parts) > SMALLEST_UNIT:
            skeleton.units.remove(unit)
            skeleton.units += [Unit(part, unit.cell) for part in parts]
    skeleton.streets.append(Street(start, end, Side.COLLECTOR, "diagonal"))


def dry(streets: list[Street], water: Water) -> list[Street]:
    """The parts of side streets that lie on land: they end at the bank road."""
    if water.kind not in ("river", "coast"):
        return streets
    edge = water.half + water.strip
    kept = []
    for street in streets:
        low, high = sorted((street.start, street.end), key=lambda p: p[1])
        if high[1] > water.row + 1:
            part = _beyond(low, high, water.row + edge, 1.0)
        else:
            part = _beyond(high, low, water.row - edge, -1.0)
        if part:
            kept.append(Street(*part, street.side, street.line))
    return kept


def _beyond(near: Point, far: Point, row: float, away: float) -> tuple[Point, Point] | None:
    """The part of a street beyond the row, seen from the water; ``away`` is +1 above the water, -1 below."""
    if (far[1] - row) * away <= 0:
        return None
    if (near[1] - row) * away >= 0:
        return near, far
    share = (row - near[1]) / (far[1] - near[1])
    return (near[0] + (far[0] - near[0]) * share, row), far
