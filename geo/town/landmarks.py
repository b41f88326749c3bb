"""Buildings and grounds of schools, hospitals, works, shops, offices and parks."""

from dataclasses import dataclass, field

import numpy as np

from geo.town.blocks import Block
from geo.town.frames import Frame, box, largest_frame
from geo.town.homes import Building
from geo.town.warp import Points, Warp


@dataclass
class Grounds:
    """What stands and lies on public ground; outlines in ground metres."""

    buildings: list[Building] = field(default_factory=list)
    pitches: list[Points] = field(default_factory=list)
    ponds: list[tuple[int, Points]] = field(default_factory=list)  # (block, outline)
    walks: list[tuple[int, Points]] = field(default_factory=list)  # (block, open line)
    plazas: list[Points] = field(default_factory=list)
    greens: list[Points] = field(default_factory=list)


def lay_grounds(blocks: list[Block], warp: Warp, rng: np.random.Generator) -> Grounds:
    """Everything but homes inside the town."""
    grounds = Grounds()
    for index, block in enumerate(blocks):
        if not block.inside or block.site is None or block.use == "residential":
            continue
        site = warp(np.array(block.site.points))
        frame = largest_frame(site, _longest_side(site))
        if frame and min(frame.width, frame.depth) > 24:
            _LAYERS[block.use](grounds, index, frame, rng)
    return grounds


def _longest_side(site: Points) -> float:
    """Direction of the longest side, turned to within 45 degrees of east: so that buildings stand along a street."""
    along = np.roll(site, -1, axis=0) - site
    longest = along[int(np.argmax(np.hypot(*along.T)))]
    angle = float(np.arctan2(longest[1], longest[0]))
    return (angle + np.pi / 4) % (np.pi / 2) - np.pi / 4


def _add(grounds: Grounds, index: int, kind: str, outlines: list[Points], floors: float = 3.0) -> None:
    grounds.buildings += [Building(outline, kind, index, floors=floors) for outline in outlines]


def _school(grounds: Grounds, index: int, frame: Frame, rng: np.random.Generator) -> None:
    frame = frame if frame.width >= frame.depth else frame.turned()
    flip = rng.random() < 0.5
    ground = frame.part(0.0, 0.46, 0, 1) if flip else frame.part(0.54, 1.0, 0, 1)
    house = frame.part(0.5, 1.0, 0, 1) if flip else frame.part(0.0, 0.5, 0, 1)
    upright = ground if ground.width > ground.depth else ground.turned()
    length, width = min(upright.width - 8, 176.0), min(upright.depth - 8, 92.0)
    width = min(width, length * 0.56)
    grounds.pitches.append(upright.place(_stadium(length, width)))
    if width > 40:
        grounds.pitches.append(upright.place(_stadium(length - 18, width - 18)))
    _add(grounds, index, "school", [house.place(_comb(house.width - 12, house.depth - 12))], 5)


def _stadium(length: float, width: float) -> Points:
    """A running track: two straights and two half circles."""
    r, half = width / 2, max(length - width, 0.0) / 2
    right = [(half + r * np.cos(a), r * np.sin(a)) for a in np.linspace(-np.pi / 2, np.pi / 2, 13)]
    left = [(-half - r * np.cos(a), -r * np.sin(a)) for a in np.linspace(-np.pi / 2, np.pi / 2, 13)]
    return np.array(right + left)


def _comb(width: float, depth: float) -> Points:
    """Teaching wings in rows, joined by a corridor at one side."""
    wings = 3 if depth > 70 else 2
    w, d = min(width, 78.0), min(depth, 96.0)
    thick, corridor = min(13.0, d / (wings + 1)), min(10.0, w / 3)
    gap = (d - wings * thick) / (wings - 1)
    points = [(-w / 2, -d / 2)]
    for k in range(wings):
        low = -d / 2 + k * (thick + gap)
        points += [(w / 2, low), (w / 2, low + thick)]
        if k < wings - 1:
            points += [(-w / 2 + corridor, low + thick), (-w / 2 + corridor, low + thick + gap)]
    return np.array([*points, (-w / 2, d / 2)])


def _hospital(grounds: Grounds, index: int, frame: Frame, rng: np.random.Generator) -> None:
    w, d = min(frame.width - 14, 130.0), min(frame.depth - 14, 120.0)
    bar = 17.0
    wards = np.array(
        [
            (-w / 2, d / 2),
            (-w / 2, d / 2 - bar),
            (-9, d / 2 - bar),
            (-9, -d / 6),
            (-w / 2.6, -d / 6),
            (-w / 2.6, -d / 6 - 2 * bar),
            (w / 2.6, -d / 6 - 2 * bar),
            (w / 2.6, -d / 6),
            (9, -d / 6),
            (9, d / 2 - bar),
            (w / 2, d / 2 - bar),
            (w / 2, d / 2),
        ]
    )[::-1]
    _add(grounds, index, "hospital", [frame.place(wards)], 9)
    free = d / 2 - bar - 8  # between the middle and the upper wing
    if free > 12 and w > 72:
        side = box(w / 2 - 14, free / 2, 22, free)
        _add(grounds, index, "hospital", [frame.place(side), frame.place(side * (-1, 1))[::-1]], 4)


def _industrial(grounds: Grounds, index: int, frame: Frame, rng: np.random.Generator) -> None:
    frame = frame if frame.width >= frame.depth else frame.turned()
    bays = max(1, round(frame.width / rng.uniform(34, 52)))
    rows = 1 if frame.depth < 95 else 2
    for bay in range(bays):
        for row in range(rows):
            part = frame.part(bay / bays, (bay + 1) / bays, row / rows, (row + 1) / rows)
            if rng.random() < 0.88:
                _add(grounds, index, "industrial", [part.corners(5.0)], 1)


def _commercial(grounds: Grounds, index: int, frame: Frame, rng: np.random.Generator) -> None:
    if min(frame.width, frame.depth) < 62 or rng.random() < 0.35:
        _arcade(grounds, index, frame, rng)
        return
    podium = frame.part(0.06, 0.94, 0.26, 0.95)
    w, d, c = podium.width, podium.depth, min(podium.width, podium.depth) * 0.16
    figure = np.array(
        [
            (-w / 2 + c, -d / 2),
            (w / 2 - c, -d / 2),
            (w / 2, -d / 2 + c),
            (w / 2, d / 2),
            (-w / 2, d / 2),
            (-w / 2, -d / 2 + c),
        ]
    )
    _add(grounds, index, "commercial", [podium.place(figure)], 5)
    grounds.plazas.append(frame.part(0.06, 0.94, 0.03, 0.2).corners())


def _arcade(grounds: Grounds, index: int, frame: Frame, rng: np.random.Generator) -> None:
    """Several houses of different size around a yard; on a narrow site one row."""
    frame = frame if frame.width >= frame.depth else frame.turned()
    count = max(2, round(frame.width / rng.uniform(36, 54)))
    rows = [(0.55, 1.0, 6.0), (0.0, 0.4, 3.0)] if frame.depth > 56 else [(0.12, 0.9, 4.0)]
    for k in range(count):
        for low, high, floors in rows:
            part = frame.part(k / count, (k + 1) / count, low + rng.uniform(0, 0.06), high)
            if rng.random() < 0.9:
                _add(grounds, index, "commercial", [part.corners(3.0)], floors)


def _market(grounds: Grounds, index: int, frame: Frame, rng: np.random.Generator) -> None:
    frame = frame if frame.width >= frame.depth else frame.turned()
    _add(grounds, index, "commercial", [frame.part(0.05, 0.6, 0.08, 0.92).corners(2)], 2)
    for k in range(3):
        stall = frame.part(0.66, 0.97, 0.08 + k * 0.3, 0.3 + k * 0.3)
        _add(grounds, index, "commercial", [stall.corners(1)], 1)


def _civic(grounds: Grounds, index: int, frame: Frame, rng: np.random.Generator) -> None:
    w, d = min(frame.width - 10, 84.0), min(frame.depth * 0.55, 46.0)
    wing = min(15.0, d / 2, w / 3)
    house = frame.part(0, 1, 0.42, 0.98)
    figure = np.array(
        [
            (-w / 2, -d / 2),
            (-w / 2 + wing, -d / 2),
            (-w / 2 + wing, d / 2 - wing),
            (w / 2 - wing, d / 2 - wing),
            (w / 2 - wing, -d / 2),
            (w / 2, -d / 2),
            (w / 2, d / 2),
            (-w / 2, d / 2),
        ]
    )
    _add(grounds, index, "civic", [house.place(figure)], 6)
    grounds.plazas.append(frame.part(0.2, 0.8, 0.04, 0.34).corners())


def _park(grounds: Grounds, index: int, frame: Frame, rng: np.random.Generator) -> None:
    """A walk along the edge, ways in from the four sides, a pond aside of the middle, a pavilion."""
    w, d = frame.width, frame.depth
    grounds.walks.append((index, frame.place(_round_walk(w * 0.42, d * 0.42))))
    if min(w, d) < 58:
        return
    x, y = rng.uniform(-0.1, 0.1, 2) * (w, d)
    aside = np.array([x, y])
    pond = blob(rng, w * rng.uniform(0.16, 0.24), d * rng.uniform(0.16, 0.24)) + aside
    grounds.ponds.append((index, frame.place(pond)))
    grounds.walks.append((index, frame.place(blob(rng, w * 0.29, d * 0.29)[[*range(36), 0]] + aside)))
    for dx, dy in ((0.5, 0.0), (0.0, 0.5), (-0.5, 0.0), (0.0, -0.5)):
        bend = rng.uniform(-0.14, 0.14)
        ends = [
            (dx * w * 2.0, dy * d * 2.0),
            ((0.8 * dx + bend * dy) * w, (0.8 * dy + bend * dx) * d),
            (x + 0.58 * dx * w, y + 0.58 * dy * d),
        ]
        grounds.walks.append((index, frame.place(_bow(np.array(ends)))))
    pavilion = frame.place(_octagon(9.0) + np.array([0.33 * w, 0.33 * d]))
    _add(grounds, index, "park", [pavilion], 1)


def _bow(ends: Points) -> Points:
    """A curve from the first point to the last, drawn towards the middle one."""
    t = np.linspace(0, 1, 9)[:, None]
    return (1 - t) ** 2 * ends[0] + 2 * t * (1 - t) * ends[1] + t**2 * ends[2]


def _round_walk(width: float, depth: float) -> Points:
    """A closed walk, between an ellipse and a rectangle."""
    angles = np.linspace(0, 2 * np.pi, 49)
    cos, sin = np.cos(angles), np.sin(angles)
    return np.column_stack([width * np.sign(cos) * abs(cos) ** 0.45, depth * np.sign(sin) * abs(sin) ** 0.45])


def blob(rng: np.random.Generator, width: float, depth: float) -> Points:
    """A soft round outline with half axes in metres."""
    angles = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    swell = 1 + sum(rng.uniform(0.03, 0.13) / k * np.cos(k * angles + rng.uniform(0, 6.28)) for k in (2, 3, 4))
    return np.column_stack([width * swell * np.cos(angles), depth * swell * np.sin(angles)])


def _octagon(size: float) -> Points:
    angles = np.linspace(0, 2 * np.pi, 8, endpoint=False) + np.pi / 8
    return size / 2 * np.column_stack([np.cos(angles), np.sin(angles)])


def _lake(grounds: Grounds, index: int, frame: Frame, rng: np.random.Generator) -> None:
    lake = frame.part(0.1, 0.9, 0.12, 0.88)
    grounds.ponds.append((index, lake.place(blob(rng, lake.width / 2, lake.depth / 2))))
    grounds.walks.append((index, frame.place(_round_walk(frame.width * 0.45, frame.depth * 0.45))))


_LAYERS = {
    "school": _school,
    "hospital": _hospital,
    "industrial": _industrial,
    "port": _industrial,
    "commercial": _commercial,
    "market": _market,
    "civic": _civic,
    "park": _park,
    "lake": _lake,
}
