"""The buildings people live in: slabs, towers, lane houses, and the shops along a compound's wall."""

from dataclasses import dataclass

import numpy as np
import shapely

from domain.area_changes import shares
from geo.town.blocks import Block
from geo.town.frames import Frame, box, row_frame
from geo.town.pieces import Piece, Side, cut, inset
from geo.town.skeleton import CARRIAGEWAY, HALF_WIDTH, Street
from geo.town.slots import Cell, row_axis
from geo.town.warp import Points, Warp


@dataclass(eq=False)
class Building:
    """A footprint on the ground (open ring, metres). ``cell`` is -1 for a building without a cell of its own."""

    outline: Points
    kind: str
    block: int
    cell: int = -1
    floors: float = 1.0
    number: int = 0
    name: str = ""
    name_en: str = ""
    inner: Points | None = None  # an open court

    @property
    def room(self) -> float:
        """Floor space in square metres, the measure by which households are shared out."""
        nexts = np.roll(self.outline, -1, axis=0)
        doubled = (self.outline[:, 0] * nexts[:, 1] - nexts[:, 0] * self.outline[:, 1]).sum()
        return float(abs(doubled)) / 2 * self.floors


def build_homes(blocks: list[Block], cells: list[Cell], warp: Warp, rng: np.random.Generator) -> list[Building]:
    """Homes of every cell, and shops along the main roads; outlines on the ground, in metres."""
    buildings: list[Building] = []
    for index, block in enumerate(blocks):
        if not block.inside or block.use != "residential" or block.site is None:
            continue
        style = _style(block, warp, rng)
        buildings += [Building(outline, "commercial", index) for outline in _shops(block, warp)]
        for number in block.cells:
            cell = cells[number]
            if cell.site is None:
                continue
            buildings += [
                Building(outline, "residential", index, number, style.floors(cell.built))
                for outline in _outlines(cell.built, cell.site, warp, style, rng)
            ]
    return buildings


@dataclass(frozen=True)
class Style:
    """What the buildings of one compound have in common."""

    angle: float
    slab_depth: float
    slab_longest: float
    stepped: bool
    tower: int
    slab_floors: float
    tower_floors: float

    def floors(self, built: str) -> float:
        """Storeys of a building kind in this compound."""
        return {"tower": self.tower_floors, "lane": 2.0}.get(built, self.slab_floors)


def _style(block: Block, warp: Warp, rng: np.random.Generator) -> Style:
    at = block.piece.centroid
    angle = float(warp.direction(np.array([at]), row_axis(warp, at))[0])
    return Style(
        angle=angle,
        slab_depth=rng.uniform(11.0, 13.5),
        slab_longest=rng.uniform(46, 66),
        stepped=rng.random() < 0.55,
        tower=int(rng.integers(3)),
        slab_floors=float(rng.choice([5, 6, 6, 6, 7, 11])),
        tower_floors=float(rng.choice([14, 16, 18, 18, 24])),
    )


def _outlines(built: str, ground: Piece, warp: Warp, style: Style, rng: np.random.Generator) -> list[Points]:
    if built == "lane":
        return _lane_houses(ground, warp, rng)
    site = inset(ground, lambda side: 3.2 if side == Side.INNER else 2.0)
    if site is None or built == "green":
        return []
    corners = warp(np.array(site.points))
    if built == "tower":
        frame = row_frame(corners, style.angle, 17.0)
        return (
            [_tower(frame, style.tower)] if frame and frame.width >= 18 and frame.depth >= 16 else _slab(corners, style)
        )
    return _slab(corners, style)


def _slab(site: Points, style: Style) -> list[Points]:
    frame = row_frame(site, style.angle, style.slab_depth)
    if frame is None or frame.width < 15:
        frame = row_frame(site, style.angle + np.pi / 2, style.slab_depth)  # a narrow rest is built sideways
    if frame is None or frame.width < 15:
        return []
    width = min(frame.width, style.slab_longest)
    if not style.stepped or width < 26:
        return [frame.place(box(0, 0, width, frame.depth))]
    return [frame.place(_stepped(width, frame.depth - 1.8))]


def _stepped(width: float, depth: float) -> Points:
    """A slab of two or three stairwells, each set back a little from the last."""
    parts, shift = (3 if width > 40 else 2), 1.8
    edges = np.linspace(-width / 2, width / 2, parts + 1)
    offsets = [shift / 2 if i % 2 else -shift / 2 for i in range(parts)]
    low = [(x, o - depth / 2) for i, o in enumerate(offsets) for x in (edges[i], edges[i + 1])]
    high = [(x, o + depth / 2) for i, o in enumerate(offsets) for x in (edges[i], edges[i + 1])]
    return np.array(low + high[::-1])


def _tower(frame: Frame, variant: int) -> Points:
    w = min(frame.width, 27.0)
    if variant == 0:
        return frame.place(_cross(w, 20.0, w * 0.52, 11.0))
    if variant == 1:
        return frame.place(_cross(w, 18.0, w * 0.34, 12.0))
    return frame.place(box(0, 0, min(w, 23.0), 18.0))


def _cross(width: float, depth: float, arm: float, wing: float) -> Points:
    """A tower with four corners cut out: ``arm`` wide at its ends, ``wing`` deep at its sides."""
    w, d, a, g = width / 2, depth / 2, arm / 2, wing / 2
    return np.array(
        [
            (-a, -d),
            (a, -d),
            (a, -g),
            (w, -g),
            (w, g),
            (a, g),
            (a, d),
            (-a, d),
            (-a, g),
            (-w, g),
            (-w, -g),
            (-a, -g),
        ]
    )


def _lane_houses(ground: Piece, warp: Warp, rng: np.random.Generator) -> list[Points]:
    """Small houses wall to wall, with a yard left open here and there."""
    waiting, plots = [ground], []
    while waiting:
        piece = waiting.pop()
        if piece.area < 190 * rng.uniform(0.9, 1.9):
            plots.append(piece)
            continue
        u, v = piece.centroid
        wide = _longer_along_u(piece)
        turn = rng.normal(0, 0.05) + (np.pi / 2 if wide else 0.0)
        shift = rng.uniform(-2.5, 2.5)
        knife = (float(np.cos(turn)), float(np.sin(turn)))
        waiting += [p for p in cut(piece, (u + shift * wide, v + shift * (not wide)), knife, Side.INNER) if p]
    houses = []
    for plot in plots:
        house = inset(plot, lambda side: rng.uniform(0.4, 1.6))
        if house and house.area > 38 and rng.random() > 0.09:
            houses.append(warp(np.array(house.points)))
    return houses


def _shops(block: Block, warp: Warp) -> list[Points]:
    """Low shops along the compound's shopping side, between its wall and the pavement."""
    outlines = []
    for (au, av), (bu, bv) in block.shop_lines:
        length = float(np.hypot(bu - au, bv - av))
        count = max(1, round(length / 42))
        for k in range(count):
            ends = [((k + e) / count) for e in (0.05, 0.95)]
            (x0, y0), (x1, y1) = warp(np.array([(au + (bu - au) * e, av + (bv - av) * e) for e in ends]))
            long = float(np.hypot(x1 - x0, y1 - y0))
            frame = Frame(((x0 + x1) / 2, (y0 + y1) / 2), long, 9.0, float(np.arctan2(y1 - y0, x1 - x0)))
            outlines.append(frame.corners())
    return outlines


def _longer_along_u(piece: Piece) -> bool:
    us = [p[0] for p in piece.points]
    vs = [p[1] for p in piece.points]
    return max(us) - min(us) > max(vs) - min(vs)


def clear_streets(buildings: list[Building], streets: list[Street], warp: Warp) -> list[Building]:
    """The buildings that leave the carriageways free; where the bend squeezes a lane, a house may not."""
    roads = [s for s in streets if s.side < Side.LANE]
    lines = np.array([warp.line(np.array([s.start, s.end])) for s in roads])
    reach = np.array([CARRIAGEWAY * HALF_WIDTH[s.side] for s in roads])
    shapes = np.array([shapely.Polygon(b.outline) for b in buildings])
    house, road = shapely.STRtree(lines).query(shapes, predicate="dwithin", distance=float(reach.max()))
    blocked = set(house[shapely.distance(shapes[house], lines[road]) < reach[road]].tolist())
    return [b for i, b in enumerate(buildings) if i not in blocked]


def share_households(buildings: list[Building], cells: list[Cell], households: int) -> None:
    """Give every cell its whole number of households by floor space, evened out; the sum is exact."""
    room = np.zeros(len(cells))
    for building in buildings:
        if building.cell >= 0:
            room[building.cell] += building.room
    weight = room**0.6
    for cell, number in zip(cells, shares(households, weight.tolist()), strict=True):
        cell.households = number
