"""Places where something can happen: house numbers, buildings, crossings, park gates, bridges."""

from dataclasses import dataclass

import numpy as np
import shapely

from geo.town.blocks import Block
from geo.town.homes import Building
from geo.town.naming import Road
from geo.town.pieces import Side
from geo.town.skeleton import HALF_WIDTH
from geo.town.words import words

FRONT = {Side.AVENUE: 42.0, Side.ARTERIAL: 38.0, Side.COLLECTOR: 30.0, Side.LOCAL: 24.0, Side.LANE: 16.0}


@dataclass(frozen=True)
class Place:
    """A place on the ground, metres."""

    x: float
    y: float
    text: str
    kind: str


def list_places(
    roads: list[Road],
    blocks: list[Block],
    buildings: list[Building],
    town: shapely.Polygon,
    parks: dict[int, shapely.Geometry],
    water: str,
    bridges: list[tuple[str, float, float]],
) -> list[Place]:
    """All places of a town, each text once. ``bridges``: (road name, x, y)."""
    named = [r for r in roads if r.name and r.side <= Side.LANE]
    places = [place for road in named for place in _doors(road, town)]
    places += _numbered_homes(buildings, blocks) + _crossings(named, town)
    places += _gates(blocks, parks) + _sites(buildings, blocks)
    text = words()["texts"]["bridge"]
    places += [Place(x, y, text.format(river=water, road=name[:-1]), "bridge") for name, x, y in bridges]
    return list({place.text: place for place in reversed(places)}.values())[::-1]


def _doors(road: Road, town: shapely.Polygon) -> list[Place]:
    """House numbers along a road: odd on the left, even on the right, from the south or west end."""
    text, places, number = words()["texts"]["door"], [], 0
    front, away = FRONT[road.side], HALF_WIDTH[road.side] + 5.0
    for line in _northward(road.shape):
        steps = np.arange(front * 0.7, line.length - front * 0.4, front)
        spots = shapely.get_coordinates(shapely.line_interpolate_point(line, steps))
        ahead = shapely.get_coordinates(shapely.line_interpolate_point(line, steps + 1.0)) - spots
        left = np.column_stack([-ahead[:, 1], ahead[:, 0]]) / np.maximum(np.hypot(*ahead.T), 1e-9)[:, None] * away
        inside = shapely.contains_xy(town, spots)
        for k in np.flatnonzero(inside).tolist():
            for side, parity in ((1, 1), (-1, 2)):
                x, y = spots[k] + side * left[k]
                if shapely.contains_xy(town, x, y):
                    places.append(Place(float(x), float(y), text.format(road=road.name, n=number + parity), "door"))
            number += 2
    return places


def _northward(shape: shapely.MultiLineString) -> list[shapely.LineString]:
    """The parts of a road, each from its southern or western end, the southernmost first."""
    lines = []
    for line in shape.geoms:
        (x0, y0), (x1, y1) = line.coords[0], line.coords[-1]
        lines.append(line if (x1 - x0) + (y1 - y0) >= 0 else line.reverse())
    return sorted(lines, key=lambda line: (line.coords[0][0] + line.coords[0][1], line.length))


def _at(building: Building, text: str, kind: str) -> Place:
    x, y = building.outline.mean(axis=0).tolist()
    return Place(x, y, text, kind)


def _numbered_homes(buildings: list[Building], blocks: list[Block]) -> list[Place]:
    text = words()["texts"]["building"]
    return [
        _at(b, text.format(compound=blocks[b.block].name, n=b.number), "building")
        for b in buildings
        if b.number and blocks[b.block].name
    ]


def _crossings(roads: list[Road], town: shapely.Polygon) -> list[Place]:
    text = words()["texts"]["junction"]
    wide = [r for r in roads if r.side <= Side.LOCAL]
    shapes = np.array([r.shape for r in wide])
    places = []
    pairs = [(a, b) for a, b in shapely.STRtree(shapes).query(shapes, predicate="intersects").T.tolist() if a < b]
    for a, b in sorted(pairs):
        meeting = shapely.get_parts(shapely.intersection(shapes[a], shapes[b]))
        points = [p for p in meeting if p.geom_type == "Point" and shapely.contains(town, p)]
        if points and wide[a].name != wide[b].name:
            label = text.format(a=wide[a].name, b=wide[b].name)
            places.append(Place(points[0].x, points[0].y, label, "junction"))
    return places


def _gates(blocks: list[Block], parks: dict[int, shapely.Geometry]) -> list[Place]:
    """Gates of named parks at their four sides."""
    text, sides, places = words()["texts"]["gate"], words()["sides"].split(), []
    for index, park in parks.items():
        if not blocks[index].name or park.is_empty:
            continue
        edge = shapely.get_coordinates(park)
        for side, (dx, dy) in zip(sides, ((1, 0), (0, -1), (-1, 0), (0, 1)), strict=True):
            x, y = edge[int(np.argmax(edge[:, 0] * dx + edge[:, 1] * dy))]
            inner = park.centroid
            spot = (float(x * 0.93 + inner.x * 0.07), float(y * 0.93 + inner.y * 0.07))
            places.append(Place(*spot, text.format(place=blocks[index].name, side=side), "park"))
    return places


def _sites(buildings: list[Building], blocks: list[Block]) -> list[Place]:
    """One place for every named block that is neither homes nor a park: at its first building."""
    first: dict[int, Building] = {}
    for building in buildings:
        if blocks[building.block].name and building.cell < 0 and building.kind not in ("residential", "park"):
            first.setdefault(building.block, building)
    return [_at(b, blocks[index].name, "site") for index, b in first.items() if blocks[index].use != "residential"]
