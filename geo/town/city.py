"""A whole city of areas, without streets or buildings, for load tests: 100,000 grids in seconds.

The board is cut into rectangles, level by level and all at once; every corner on a side becomes a vertex of both
neighbours, and the common points are bent once. So the areas are a valid coverage at every level without any union.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.town.globe import Globe
from geo.town.model import Progress, TownArea
from geo.town.plan import CityPlan, PlanNotPossible
from geo.town.tree import reading_order, share_out
from geo.town.warp import Warp, Wave
from geo.town.words import Stems, english, numeral, words

Ints = NDArray[np.int64]
BOARD = 1 << 31  # more than any coordinate in centimetres
HOMES = (300, 500)


@dataclass
class Layer:
    """One level on the board: rectangles (n, 4) left, low, right, high in centimetres; the parent's row of each."""

    boxes: Ints
    parent: Ints
    number: Ints


def build_city(plan: CityPlan, seed: int, progress: Progress | None = None) -> list[TownArea]:
    """Areas of a city from the top down; ``plan.counts`` are met exactly.

    progress: called with the share done (0–1) and the key of the step that begins.
    Raises PlanNotPossible if a level has fewer areas than the one above.
    """
    report = progress or (lambda share, step: None)
    rng = np.random.default_rng([seed, *plan.counts])
    report(0.0, "areas")
    side = int(np.sqrt(plan.area_km2) * 1e5)
    layers = _cut_layers(plan, side, rng)
    report(0.2, "map")
    shapes = _shapes(layers, _bend(plan, side / 100, rng), Globe(plan.centre), side)
    report(0.7, "names")
    areas = _areas(plan, layers, shapes, rng)
    report(1.0, "done")
    return areas


def _cut_layers(plan: CityPlan, side: int, rng: np.random.Generator) -> list[Layer]:
    layers = [Layer(np.array([[0, 0, side, side]]), np.array([-1]), np.array([1]))]
    for count in plan.counts:
        above = layers[-1]
        if count < len(above.boxes):
            raise PlanNotPossible(f"{count} areas cannot be shared out to {len(above.boxes)} parents")
        area = (above.boxes[:, 2] - above.boxes[:, 0]) * (above.boxes[:, 3] - above.boxes[:, 1]) / 1e6
        layers.append(_cut(above.boxes, np.array(share_out(count, area.tolist())), rng))
    return layers


def _cut(parents: Ints, counts: Ints, rng: np.random.Generator) -> Layer:
    """Each parent in ``counts`` rectangles: all that hold more than one are halved at once, again and again."""
    boxes, left, parent = parents.copy(), counts.copy(), np.arange(len(parents))
    while (left > 1).any():
        many = left > 1
        first, second, share = _halves(boxes[many], left[many], rng)
        boxes = np.vstack([boxes[~many], first, second])
        parent = np.concatenate([parent[~many], parent[many], parent[many]])
        left = np.concatenate([left[~many], share, left[many] - share])
    order = np.argsort(parent, kind="stable")
    boxes, parent = boxes[order], parent[order]
    number = _numbers(boxes, parent, len(parents))
    order = np.lexsort((number, parent))
    return Layer(boxes[order], parent, number[order])


def _halves(boxes: Ints, counts: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Both parts of every rectangle, and how many areas the first part holds."""
    share = (counts + (rng.random(len(counts)) < 0.5)) // 2
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    axis = np.where(wide * rng.uniform(0.8, 1.25, len(wide)) > high, 0, 1)
    rows = np.arange(len(boxes))
    low, size = boxes[rows, axis], np.where(axis == 0, wide, high)
    at = low + np.rint(size * (share / counts) * rng.uniform(0.9, 1.1, len(boxes))).astype(np.int64)
    first, second = boxes.copy(), boxes.copy()
    first[rows, axis + 2] = at
    second[rows, axis] = at
    return first, second, share


def _numbers(boxes: Ints, parent: Ints, parents: int) -> Ints:
    middles = np.column_stack([boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]]) / 200.0
    numbers = np.zeros(len(boxes), dtype=np.int64)
    for rows in np.split(np.arange(len(boxes)), np.searchsorted(parent, np.arange(1, parents))):
        numbers[rows[reading_order(middles[rows])]] = np.arange(1, len(rows) + 1)
    return numbers


def _bend(plan: CityPlan, side: float, rng: np.random.Generator) -> Warp:
    """Waves from the size of the city down to that of a few grids; each shifts along its own crests."""
    finest = 6 * side / np.sqrt(plan.counts[-1])
    waves = []
    for length in np.geomspace(side * 0.9, finest, 9):
        heading = rng.uniform(0, 2 * np.pi)
        cos, sin = float(np.cos(heading)), float(np.sin(heading))
        height = float(length) * 0.034
        vector = (2 * np.pi / float(length) * cos, 2 * np.pi / float(length) * sin)
        waves.append(Wave((-sin * height, cos * height), vector, float(rng.uniform(0, 2 * np.pi))))
    half = side / 2
    return Warp(tuple(waves)).calmed((-half, -half), (half, half), max(40.0, side / 400))


def _rounded(board: NDArray[np.float64], side: float) -> NDArray[np.float64]:
    """The square board around 0, 0 with its corners drawn in, so that the city is rather round."""
    share = 2 * board / side - 1
    return side / 2 * share * np.sqrt(1 - 0.36 * share[:, ::-1] ** 2)


def _shapes(layers: list[Layer], warp: Warp, globe: Globe, side: int) -> list[NDArray[np.object_]]:
    """Polygons of every layer in EPSG:4326; all layers share the points of the finest."""
    boxes = layers[-1].boxes
    corners = np.unique(np.vstack([boxes[:, [0, 1]], boxes[:, [2, 1]], boxes[:, [2, 3]], boxes[:, [0, 3]]]), axis=0)
    step = max(1, int(side / np.sqrt(len(boxes)) / 6))
    rings = [_rings(layer.boxes, corners, step) for layer in layers]
    keys = np.unique(rings[-1][0])
    board = np.column_stack([keys // BOARD, keys % BOARD]) / 100.0
    ground = _warped(warp, _rounded(board, side / 100))
    whole = shapely.Polygon(ground[np.searchsorted(keys, rings[0][0])])
    ground = (ground - shapely.get_coordinates(whole.centroid)) * np.sqrt((side / 100) ** 2 / whole.area)
    places = globe.points(ground)
    return [_polygons(places[np.searchsorted(keys, points)], owner) for points, owner in rings]


def _warped(warp: Warp, board: NDArray[np.float64]) -> NDArray[np.float64]:
    """``warp`` in portions, to keep memory low."""
    return np.vstack([warp(part) for part in np.array_split(board, max(1, len(board) // 200_000))])


def _rings(boxes: Ints, corners: Ints, step: int) -> tuple[Ints, Ints]:
    """Points of each rectangle's open ring as keys x * BOARD + y, with the rectangle of each; in ring order."""
    left, low, right, high = boxes.T
    upright = np.sort(corners[:, 0] * BOARD + corners[:, 1])
    level = np.sort(corners[:, 1] * BOARD + corners[:, 0])
    sides = [
        _side(level, low, left, right, step, False),
        _side(upright, right, low, high, step, False),
        _side(level, high, left, right, step, True),
        _side(upright, left, low, high, step, True),
    ]
    points, owner, rank = [], [], []
    for number, (line, along, rect) in enumerate(sides):
        points.append(along * BOARD + line if number % 2 == 0 else line * BOARD + along)
        owner.append(rect)
        rank.append(np.full(len(rect), number))
    owners = np.concatenate(owner)
    order = np.lexsort((np.concatenate(rank), owners))  # stable: along a side the order stays
    return np.concatenate(points)[order], owners[order]


def _side(lines: Ints, line: Ints, start: Ints, end: Ints, step: int, back: bool) -> tuple[Ints, Ints, Ints]:
    """Points along one side of all rectangles, from its start (or end, if ``back``) up to but without the other.

    lines: sorted keys line * BOARD + position of all corners. Returns line, position and rectangle of each point.
    """
    first = np.searchsorted(lines, line * BOARD + start)
    last = np.searchsorted(lines, line * BOARD + end)
    pieces = last - first  # stretches between neighbouring corners
    rect = np.repeat(np.arange(len(line)), pieces)
    offset = np.arange(len(rect)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    corner = first[rect] + (pieces[rect] - 1 - offset if back else offset)
    low, high = lines[corner] % BOARD, lines[corner + 1] % BOARD
    parts = np.maximum(1, -(-(high - low) // step))
    owner = np.repeat(np.arange(len(rect)), parts)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(parts) - parts, parts)
    rank = parts[owner] - rank if back else rank
    along = low[owner] + (high - low)[owner] * rank // parts[owner]
    return line[rect[owner]], along, rect[owner]


def _polygons(points: NDArray[np.float64], owner: Ints) -> NDArray[np.object_]:
    polygons = shapely.polygons(shapely.linearrings(points, indices=owner))
    return shapely.multipolygons(polygons, indices=np.arange(len(polygons)))


def _areas(
    plan: CityPlan, layers: list[Layer], shapes: list[NDArray[np.object_]], rng: np.random.Generator
) -> list[TownArea]:
    homes = _households(layers, rng)
    stems = Stems(rng)
    areas: list[TownArea] = []
    keys: list[str] = []
    for depth, (layer, level) in enumerate(zip(layers, plan.levels, strict=True)):
        above, keys = keys, []
        width = len(str(int(layer.number.max())))
        pattern, pattern_en = words()["city"][min(depth, 4)]
        for row, (parent, number) in enumerate(zip(layer.parent.tolist(), layer.number.tolist(), strict=True)):
            keys.append(f"{above[parent]}.{number:0{width}d}" if depth else f"{number}")
            name = _name(pattern, number, stems) if depth or not plan.name else plan.name
            name_en = pattern_en.format(n=number) if pattern_en else english(name)
            top = above[parent] if depth else None
            areas.append(
                TownArea(
                    keys[-1],
                    level,
                    top,
                    number,
                    name,
                    name_en,
                    plan.kind,
                    homes[depth][row],
                    shapes[depth][row],
                )
            )
    return areas


def _name(pattern: str, number: int, stems: Stems) -> str:
    if "{stem}" in pattern:
        return pattern.format(stem=stems.take())
    return pattern.format(n=number, cn=numeral(number))


def _households(layers: list[Layer], rng: np.random.Generator) -> list[list[int]]:
    """Households of each area by level; parents hold the sum of their children."""
    homes = [rng.integers(HOMES[0], HOMES[1] + 1, len(layers[-1].boxes))]
    for layer, above in zip(layers[:0:-1], layers[-2::-1], strict=True):
        homes.insert(0, np.bincount(layer.parent, homes[0], len(above.boxes)).astype(np.int64))
    return [h.tolist() for h in homes]
