"""The base map: every shape with its layer, kind, name and the zoom at which it is first drawn.

layer     kinds
earth     land, pier
water     sea, river, lake, pond
landuse   residential, commercial, civic, school, hospital, industrial; pitch, plaza, beach; context (outside the town)
park      park, bank
road      arterial, collector, local, path (lanes and drives); ``width_m`` is the carriageway
rail      rail
building  residential, commercial, civic, school, hospital, industrial, park; homes are named by their number
label     points: what the block is used for, river, sea
"""

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely

from geo.town.blocks import Block
from geo.town.globe import Globe
from geo.town.homes import Building
from geo.town.landmarks import Grounds
from geo.town.naming import Gazetteer, Road
from geo.town.pieces import Side
from geo.town.skeleton import CARRIAGEWAY, HALF_WIDTH, ROAD_KIND, Skeleton
from geo.town.surroundings import FAR
from geo.town.warp import Warp
from geo.town.waters import TRACK, Waters
from geo.town.words import english

LANDUSE = {"market": "commercial", "port": "industrial"}
ROAD_RANK = {
    Side.AVENUE: 10,
    Side.ARTERIAL: 11,
    Side.COLLECTOR: 13,
    Side.LOCAL: 14,
    Side.LANE: 15,
    Side.INNER: 16,
}
WALK_WIDTH = 3.0
LABEL_RANK = {
    "park": 14,
    "lake": 13,
    "school": 15,
    "hospital": 14,
    "civic": 14,
    "commercial": 15,
    "market": 15,
    "industrial": 15,
    "port": 14,
    "residential": 15,
}


@dataclass
class BaseMap:
    """Rows of the base map as they are collected, ground metres."""

    layers: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    names_en: list[str] = field(default_factory=list)
    ranks: list[int] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    shapes: list[shapely.Geometry] = field(default_factory=list)

    def add(
        self,
        layer: str,
        kind: str,
        rank: int,
        shape: shapely.Geometry,
        name: str = "",
        name_en: str = "",
        width: float = 0.0,
    ) -> None:
        """One row; an empty shape is left out."""
        if shape.is_empty:
            return
        self.layers.append(layer)
        self.kinds.append(kind)
        self.names.append(name)
        self.names_en.append(name_en)
        self.ranks.append(rank)
        self.widths.append(width)
        self.shapes.append(shape)

    def frame(self, globe: Globe) -> gpd.GeoDataFrame:
        """The rows in EPSG:4326."""
        return gpd.GeoDataFrame(
            {
                "layer": self.layers,
                "kind": self.kinds,
                "name": self.names,
                "name_en": self.names_en,
                "rank": self.ranks,
                "width_m": self.widths,
            },
            geometry=list(globe.shapes(np.array(self.shapes, dtype=object))),
            crs="EPSG:4326",
        )


def block_shapes(blocks: list[Block], warp: Warp) -> dict[int, shapely.Geometry]:
    """The walls of every block on the ground, corners a little rounded."""
    walls = {i: np.array(b.wall.points) for i, b in enumerate(blocks) if b.wall is not None}
    rings = np.array([warp.ring(wall) for wall in walls.values()])
    return dict(zip(walls, shapely.buffer(shapely.buffer(rings, -2.0), 2.0, quad_segs=3), strict=True))


def draw_base(
    skeleton: Skeleton,
    blocks: list[Block],
    sites: dict[int, shapely.Geometry],
    waters: Waters,
    grounds: Grounds,
    buildings: list[Building],
    gazetteer: Gazetteer,
) -> BaseMap:
    """All rows of the base map, in the order in which a painter lays them down."""
    base = BaseMap()
    _earth_and_sea(base, waters, gazetteer)
    _blocks(base, blocks, sites, waters)
    _greens(base, sites, waters, grounds)
    for river in waters.river:
        base.add("water", "river", 8, river, gazetteer.water, english(gazetteer.water))
    for pier in waters.piers:
        base.add("earth", "pier", 12, pier)
    _roads(base, gazetteer.roads, grounds, sites)
    for line in waters.rail:
        base.add("rail", "rail", 12, line)
    _buildings(base, buildings)
    _labels(base, blocks, sites, waters, skeleton, gazetteer)
    return base


def _earth_and_sea(base: BaseMap, waters: Waters, gazetteer: Gazetteer) -> None:
    earth = shapely.box(-FAR, -FAR, FAR, FAR)
    base.add("earth", "land", 0, earth)
    for sea in waters.sea:
        shape = shapely.intersection(sea if sea.is_valid else sea.buffer(0), earth)
        base.add("water", "sea", 0, shape, gazetteer.water, english(gazetteer.water))


def _blocks(base: BaseMap, blocks: list[Block], sites: dict[int, shapely.Geometry], waters: Waters) -> None:
    track = shapely.buffer(shapely.union_all(waters.rail), TRACK) if waters.rail else shapely.Polygon()
    for index, shape in sites.items():
        block = blocks[index]
        if block.use in ("park", "lake"):
            rank = 12 if shape.area > 12_000 else 14
            base.add("park", "park", rank, shape, block.name, block.name_en)
        elif block.use == "context":
            clear = shapely.difference(shape, track) if shapely.intersects(shape, track) else shape
            base.add("landuse", "context", 13, clear)
        else:
            base.add("landuse", LANDUSE.get(block.use, block.use), 13, shape, block.name, block.name_en)


def _greens(base: BaseMap, sites: dict[int, shapely.Geometry], waters: Waters, grounds: Grounds) -> None:
    for green in waters.greens:
        base.add("park", "bank", 13, green)
    for sand in waters.sands:
        base.add("landuse", "beach", 12, sand)
    for index, pond in grounds.ponds:
        kind = "lake" if shapely.Polygon(pond).area > 20_000 else "pond"
        inner = shapely.buffer(sites[index], -6.0)
        base.add("water", kind, 12 if kind == "lake" else 14, shapely.intersection(shapely.Polygon(pond), inner))
    for plaza in grounds.plazas:
        base.add("landuse", "plaza", 15, shapely.Polygon(plaza))
    for pitch in grounds.pitches:
        base.add("landuse", "pitch", 15, shapely.Polygon(pitch))


def _roads(base: BaseMap, roads: list[Road], grounds: Grounds, sites: dict[int, shapely.Geometry]) -> None:
    for index, walk in grounds.walks:
        inner = shapely.intersection(shapely.LineString(walk), sites[index])
        base.add("road", "path", 16, inner, width=WALK_WIDTH)
    for road in sorted(roads, key=lambda r: -r.side):
        width = 2 * HALF_WIDTH[road.side] * CARRIAGEWAY if road.side < Side.INNER else 3.5
        base.add("road", ROAD_KIND[road.side], ROAD_RANK[road.side], road.shape, road.name, road.name_en, width)


def _buildings(base: BaseMap, buildings: list[Building]) -> None:
    for building in buildings:
        shape = shapely.Polygon(building.outline)
        rank = 14 if shape.area > 1_500 else 15 if shape.area > 60 else 16
        base.add("building", building.kind, rank, shape, building.name, building.name_en)


def _labels(
    base: BaseMap,
    blocks: list[Block],
    sites: dict[int, shapely.Geometry],
    waters: Waters,
    skeleton: Skeleton,
    gazetteer: Gazetteer,
) -> None:
    """Points that carry a name: one per named block, and along the water."""
    for index, shape in sites.items():
        block = blocks[index]
        if block.name:
            base.add("label", block.use, LABEL_RANK[block.use], shape.point_on_surface(), block.name, block.name_en)
    if skeleton.water.kind not in ("river", "coast"):
        return
    shift = -320.0 if skeleton.water.kind == "coast" else 0.0
    us = [u for unit in skeleton.units if unit.inside for u, _ in unit.piece.points]
    for u in np.linspace(min(us), max(us), 4)[:3] + 0.08 * (max(us) - min(us)):
        spot = skeleton.warp(np.array([[u, skeleton.water.row + shift]]))[0]
        kind = "sea" if skeleton.water.kind == "coast" else "river"
        base.add("label", kind, 12, shapely.Point(spot), gazetteer.water, english(gazetteer.water))
