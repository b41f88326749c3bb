"""Names of roads, compounds and public places, taken from the areas they lie in."""

from dataclasses import dataclass, field

import numpy as np
import shapely

from geo.town.blocks import Block
from geo.town.homes import Building
from geo.town.pieces import Side
from geo.town.plan import TownPlan
from geo.town.skeleton import Street
from geo.town.tree import Region, reading_order
from geo.town.warp import Warp
from geo.town.words import Stems, ends_like, english, pick, words


@dataclass(eq=False)
class Road:
    """A named road: its pieces joined on the ground. ``side``: the widest kind of street it has."""

    line: str
    side: Side
    shape: shapely.MultiLineString
    name: str = ""
    name_en: str = ""

    def call(self, name: str) -> None:
        """Set the name in both languages."""
        self.name, self.name_en = name, english(name)


@dataclass
class Gazetteer:
    """What is known by name in the town."""

    roads: list[Road]
    stems: Stems
    water: str = ""
    used: set[str] = field(default_factory=set)
    stem_roads: dict[str, int] = field(default_factory=dict)

    def free_stem(self, stem: str) -> bool:
        """True if fewer than two roads are called after the stem; counts the one that will be."""
        self.stem_roads[stem] = self.stem_roads.get(stem, 0) + 1
        return self.stem_roads[stem] <= 2

    def fresh(self, name: str) -> bool:
        """True once for every name."""
        if name in self.used:
            return False
        self.used.add(name)
        return True


def join_roads(streets: list[Street], warp: Warp) -> list[Road]:
    """Streets of one line as one road, on the ground, in a stable order: widest first."""
    lines: dict[str, list[Street]] = {}
    for street in streets:
        lines.setdefault(street.line, []).append(street)
    roads = []
    for line, pieces in lines.items():
        shapes = [warp.line(np.array([piece.start, piece.end])) for piece in pieces]
        merged = shapely.line_merge(shapely.MultiLineString(shapes))
        roads.append(Road(line, min(p.side for p in pieces), shapely.multilinestrings(shapely.get_parts(merged))))
    return sorted(roads, key=lambda r: r.side)


def name_roads(
    gazetteer: Gazetteer,
    plan: TownPlan,
    town: shapely.Polygon,
    stemmed: list[tuple[Region, shapely.Geometry]],
    rng: np.random.Generator,
) -> None:
    """Name the roads that the town sees: fixed names for the widest, then by the areas they run through."""
    ordered = _by_length_inside([r for r in gazetteer.roads if r.side < Side.INNER and not r.name], town)
    _give_lane_names(gazetteer, ordered, stemmed)
    fixed = [name for name in plan.road_names if gazetteer.fresh(name)]
    main = {Side.AVENUE: words()["avenue_stems"].split(), Side.ARTERIAL: words()["main_road_stems"].split()}
    for stems in main.values():
        rng.shuffle(stems)
    tree = shapely.STRtree([shape for _, shape in stemmed])
    for road in ordered:
        if road.name:
            continue
        if fixed and road.side <= Side.LOCAL:
            road.call(fixed.pop(0))
        else:
            road.call(_road_name(gazetteer, road, main, town, stemmed, tree, rng))


def _by_length_inside(roads: list[Road], town: shapely.Polygon) -> list[Road]:
    """Roads with at least 40 m in the town or a main road, by kind and length."""
    inside = shapely.length(shapely.intersection([r.shape for r in roads], town))
    keep = [
        (r.side, -metres, i)
        for i, (r, metres) in enumerate(zip(roads, inside, strict=True))
        if metres > 40 or r.side <= Side.ARTERIAL
    ]
    return [roads[i] for _, _, i in sorted(keep)]


def _give_lane_names(gazetteer: Gazetteer, roads: list[Road], stemmed: list[tuple[Region, shapely.Geometry]]) -> None:
    """An area that is called after a lane has that lane in it."""
    for region, shape in stemmed:
        if not ends_like(region.name, "lane") or not gazetteer.fresh(region.name):
            continue
        lanes = [r for r in roads if r.side >= Side.LOCAL and not r.name]
        lengths = shapely.length(shapely.intersection([r.shape for r in lanes], shape)) if lanes else np.zeros(1)
        if lengths.max() > 30:
            lanes[int(np.argmax(lengths))].call(region.name)
            gazetteer.free_stem(region.stem)


def _road_name(
    gazetteer: Gazetteer,
    road: Road,
    main: dict[Side, list[str]],
    town: shapely.Polygon,
    stemmed: list[tuple[Region, shapely.Geometry]],
    tree: shapely.STRtree,
    rng: np.random.Generator,
) -> str:
    kinds = words()["road_kinds"]
    kind = {
        Side.AVENUE: "avenue",
        Side.ARTERIAL: "arterial",
        Side.COLLECTOR: "collector",
        Side.LOCAL: "local",
    }
    ending = pick(rng, kinds[kind.get(road.side, "path")].split())
    if main.get(road.side) and rng.random() < 0.75:
        name = main[road.side].pop() + ending
        if gazetteer.fresh(name):
            return name
    part = shapely.intersection(road.shape, town)
    middle = shapely.point_on_surface(part if not part.is_empty else road.shape)
    near = sorted(tree.query(middle, predicate="intersects").tolist())
    stem = stemmed[near[-1]][0].stem if near else ""
    if stem and road.side > Side.AVENUE and gazetteer.free_stem(stem) and gazetteer.fresh(stem + ending):
        return stem + ending
    while not gazetteer.fresh(name := gazetteer.stems.take() + ending):
        pass
    return name


def name_blocks(
    gazetteer: Gazetteer,
    plan: TownPlan,
    blocks: list[Block],
    owners: dict[int, list[Region]],
    rng: np.random.Generator,
) -> None:
    """Names of compounds and public places. ``owners``: the areas of each block, from the top down."""
    places = {use: text.split() for use, text in words()["places"].items()}
    fixed = list(plan.compound_names)
    _give_area_names(gazetteer, blocks, owners)
    order = sorted((i for i in owners if not blocks[i].name), key=lambda i: (-blocks[i].piece.area, i))
    for index in order:
        block = blocks[index]
        if block.use == "residential":
            if block.fabric == "lane":
                continue
            name = fixed.pop(0) if fixed else ""
            while not name or not gazetteer.fresh(name):
                name = _compound_name(block, rng)
        else:
            name = _place_name(gazetteer, block, owners[index], places, rng)
        block.name, block.name_en = name, english(name)


def _give_area_names(gazetteer: Gazetteer, blocks: list[Block], owners: dict[int, list[Region]]) -> None:
    """An area called after a compound has that compound in it, as its largest; one called after a hill, a park."""
    regions = {id(r): r for chain in owners.values() for r in chain if r.name}
    for region in regions.values():
        uses = "residential" if ends_like(region.name, "compound") else "park" if ends_like(region.name, "hill") else ""
        own = [i for i, chain in owners.items() if region in chain and blocks[i].use == uses]
        own = [i for i in own if uses == "park" or blocks[i].fabric != "lane"]
        if own and gazetteer.fresh(region.name):
            block = blocks[max(own, key=lambda i: (blocks[i].piece.area, -i))]
            block.name, block.name_en = region.name, english(region.name)


def _compound_name(block: Block, rng: np.random.Generator) -> str:
    known = words()
    first = pick(rng, list(known["compound_first"]))
    second = pick(rng, [c for c in known["compound_second"] if c != first])
    return first + second + pick(rng, known["compound_kinds"][block.fabric].split())


def _place_name(
    gazetteer: Gazetteer,
    block: Block,
    owners: list[Region],
    places: dict[str, list[str]],
    rng: np.random.Generator,
) -> str:
    use = "small_park" if block.use == "park" and block.piece.area < 14_000 else block.use
    ending = places[use].pop(0) if use == "port" and len(places[use]) > 1 else pick(rng, places[use])
    if use == "lake":
        return gazetteer.water + ending
    stems = [region.stem for region in reversed(owners) if region.stem]
    for stem in stems:
        if gazetteer.fresh(stem + ending):
            return stem + ending
    while not gazetteer.fresh(name := gazetteer.stems.take() + ending):
        pass
    return name


def number_buildings(buildings: list[Building], blocks: list[Block]) -> None:
    """Numbers of the homes in a compound, from the north-west as one reads a page."""
    by_block: dict[int, list[Building]] = {}
    for building in buildings:
        if building.cell >= 0 and blocks[building.block].name:
            by_block.setdefault(building.block, []).append(building)
    for own in by_block.values():
        spots = np.array([b.outline.mean(axis=0) for b in own])
        for number, index in enumerate(reading_order(spots), start=1):
            own[index].number = number
            own[index].name = words()["texts"]["number"].format(n=number)
            own[index].name_en = f"No. {number}"
