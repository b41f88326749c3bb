"""Building a town from a plan: the steps in their order."""

import zlib
from dataclasses import dataclass, field

import numpy as np
import shapely

from geo.town.addresses import Place, list_places
from geo.town.base import block_shapes, draw_base
from geo.town.blocks import Block, cut_blocks
from geo.town.globe import Globe
from geo.town.homes import Building, build_homes, clear_streets, share_households
from geo.town.households import settle
from geo.town.landmarks import Grounds, lay_grounds
from geo.town.model import Address, Progress, Town, TownArea, TownStation
from geo.town.mosaic import Mosaic, lay_mosaic
from geo.town.naming import Gazetteer, join_roads, name_blocks, name_roads, number_buildings
from geo.town.outline import choose_outline
from geo.town.partition import ground_of
from geo.town.pieces import Side
from geo.town.plan import MICRO_HOUSEHOLDS, PlanNotPossible, TownPlan
from geo.town.skeleton import Skeleton, Street, draw_skeleton, line_side
from geo.town.slots import Cell, cut_cells
from geo.town.stations import Stand, place_stations
from geo.town.surroundings import keep_surroundings
from geo.town.titles import give_fixed_names, give_names, give_stems
from geo.town.tree import Region, grow_tree
from geo.town.uses import assign_uses
from geo.town.waters import Waters, lay_waters
from geo.town.words import Stems, pick, words


@dataclass
class Draft:
    """A town in the making, ground in metres."""

    plan: TownPlan
    rng: np.random.Generator
    skeleton: Skeleton = None  # type: ignore[assignment]  # set by the first step, as all the rest
    blocks: list[Block] = field(default_factory=list)
    streets: list[Street] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    buildings: list[Building] = field(default_factory=list)
    grounds: Grounds = field(default_factory=Grounds)
    waters: Waters = field(default_factory=Waters)
    mosaic: Mosaic = None  # type: ignore[assignment]
    levels: list[list[Region]] = field(default_factory=list)
    shapes: dict[int, shapely.Geometry] = field(default_factory=dict)
    gazetteer: Gazetteer = None  # type: ignore[assignment]


def build_town(plan: TownPlan, seed: int, progress: Progress | None = None) -> Town:
    """A town after a plan; same plan and seed give the same town to the last digit.

    progress: called with the share done (0–1) and the key of the step that begins.
    Raises PlanNotPossible if the ground cannot hold what the plan asks for.
    """
    report = progress or (lambda share, step: None)
    draft = Draft(plan, np.random.default_rng([seed, zlib.crc32(repr(plan).encode())]))
    steps = (("streets", _draw_streets), ("homes", _build), ("areas", _divide), ("names", _name))
    for number, (key, step) in enumerate(steps):
        report(number / (len(steps) + 1), key)
        step(draft)
    report(len(steps) / (len(steps) + 1), "map")
    town = _hand_out(draft)
    report(1.0, "done")
    return town


def _draw_streets(draft: Draft) -> None:
    draft.skeleton = draw_skeleton(draft.plan, draft.rng)
    choose_outline(draft.skeleton, draft.plan, draft.rng)
    keep_surroundings(draft.skeleton, draft.rng)
    draft.blocks, draft.streets = cut_blocks(draft.skeleton, draft.rng)
    assign_uses(draft.blocks, draft.skeleton, draft.plan, draft.rng)
    port = [u for block in draft.blocks if block.use == "port" for u, _ in block.piece.points]
    draft.waters = lay_waters(draft.skeleton, (min(port), max(port)) if port else None, draft.rng)


def _build(draft: Draft) -> None:
    limits = draft.plan.levels[-1].households
    fine = sum(limits) / 2 if limits and limits[1] <= 2 * MICRO_HOUSEHOLDS[1] else None
    warp, homes = draft.skeleton.warp, draft.plan.households
    draft.cells, paths = cut_cells(draft.blocks, warp, fine, homes, draft.rng)
    draft.streets += paths
    draft.grounds = lay_grounds(draft.blocks, warp, draft.rng)
    houses = build_homes(draft.blocks, draft.cells, warp, draft.rng) + draft.grounds.buildings
    draft.buildings = clear_streets(houses, _streets(draft), warp)
    if not any(b.cell >= 0 for b in draft.buildings):
        raise PlanNotPossible("no home fits on the ground of the town")
    share_households(draft.buildings, draft.cells, homes)


def _streets(draft: Draft) -> list[Street]:
    return draft.skeleton.streets + draft.waters.banks + draft.streets


def _divide(draft: Draft) -> None:
    draft.mosaic = lay_mosaic(draft.cells, draft.skeleton.warp)
    faces = draft.mosaic.faces
    homes = np.array([cell.households for cell in draft.cells], dtype=float)
    ground = ground_of(draft.mosaic, homes, shapely.area(faces), shapely.get_coordinates(shapely.centroid(faces)))
    draft.levels = grow_tree(draft.plan, draft.cells, draft.blocks, ground, faces)
    settle(draft.levels, draft.plan.levels, draft.cells)
    for region in (r for level in draft.levels for r in level):
        draft.shapes[id(region)] = shapely.coverage_union_all(faces[region.cells])


def _name(draft: Draft) -> None:
    plan, levels, rng = draft.plan, draft.levels, draft.rng
    stems = Stems(rng, plan.stems)
    give_fixed_names(levels, plan.levels, draft.cells, draft.blocks)
    give_stems(levels, plan.levels, stems)
    draft.gazetteer = Gazetteer(join_roads(_streets(draft), draft.skeleton.warp), stems, _water_name(plan, rng))
    _name_bank_roads(draft)
    town = draft.shapes[id(levels[0][0])]
    known = [(r, draft.shapes[id(r)]) for level in levels for r in level if r.stem]
    name_roads(draft.gazetteer, plan, town, known, rng)
    name_blocks(draft.gazetteer, plan, draft.blocks, _owners(draft), rng)
    number_buildings(draft.buildings, draft.blocks)
    give_names(levels, plan.levels, draft.cells, draft.blocks, draft.buildings, draft.gazetteer.roads, draft.shapes)


def _water_name(plan: TownPlan, rng: np.random.Generator) -> str:
    if plan.water == "none":
        return ""
    return plan.water_name or pick(rng, list(words()["water_first"])) + pick(
        rng, words()["water_kinds"][plan.water].split()
    )


def _name_bank_roads(draft: Draft) -> None:
    roads = {road.line: road for road in draft.gazetteer.roads}
    for number, name in enumerate(words()["bank_roads"].get(draft.plan.water, "").split()):
        roads[f"bank{number}"].call(name)
        draft.gazetteer.used.add(name)


def _owners(draft: Draft) -> dict[int, list[Region]]:
    """For every block in the town the areas it lies in, from the top down; a divided block goes with its first cell."""
    chains: dict[int, list[Region]] = {}
    for level in draft.levels:
        first = {draft.cells[c].block: r for r in reversed(level) for c in reversed(r.cells)}
        for block, region in sorted(first.items()):
            chains.setdefault(block, []).append(region)
    return chains


def _hand_out(draft: Draft) -> Town:
    """The finished town in EPSG:4326."""
    globe = Globe(draft.plan.centre)
    sites = block_shapes(draft.blocks, draft.skeleton.warp)
    base = draw_base(draft.skeleton, draft.blocks, sites, draft.waters, draft.grounds, draft.buildings, draft.gazetteer)
    places = _places(draft, sites)
    water = shapely.union_all(draft.waters.river + draft.waters.sea)
    stands = place_stations(draft.plan, draft.levels, draft.shapes, draft.buildings, draft.blocks, places, water)
    finest = draft.levels[-1]
    stations = [
        TownStation(s.kind, s.name, s.name_en, lon, lat, key, s.address)
        for s, (lon, lat), key in zip(stands, *_located(stands, finest, draft, globe), strict=True)
    ]
    addresses = [
        Address(lon, lat, p.text, key, p.kind)
        for p, (lon, lat), key in zip(places, *_located(places, finest, draft, globe), strict=True)
        if key
    ]
    return Town(base.frame(globe), _areas(draft, globe), stations, addresses)


def _places(draft: Draft, sites: dict[int, shapely.Geometry]) -> list[Place]:
    town = draft.shapes[id(draft.levels[0][0])]
    parks = {i: sites[i] for i, b in enumerate(draft.blocks) if b.inside and b.use in ("park", "lake") and i in sites}
    roads = draft.gazetteer.roads
    return list_places(roads, draft.blocks, draft.buildings, town, parks, draft.gazetteer.water, _bridges(draft, town))


def _bridges(draft: Draft, town: shapely.Geometry) -> list[tuple[str, float, float]]:
    names = {road.line: road.name for road in draft.gazetteer.roads}
    found = []
    for column in draft.skeleton.bridges:
        x, y = draft.skeleton.warp(np.array([[draft.skeleton.columns[column], draft.skeleton.water.row]]))[0].tolist()
        if line_side(draft.skeleton, "u", column) <= Side.LOCAL and shapely.contains_xy(town, x, y):
            found.append((names[f"u{column}"], x, y))
    return found


def _located(
    spots: list[Stand] | list[Place], finest: list[Region], draft: Draft, globe: Globe
) -> tuple[list[list[float]], list[str]]:
    """Lon, lat and the key of the finest area of each spot; an empty key outside of the town."""
    ground = np.array([(s.x, s.y) for s in spots]).reshape(-1, 2)
    shapes = [draft.shapes[id(r)] for r in finest]
    spot, area = shapely.STRtree(shapes).query(shapely.points(ground), predicate="intersects")
    keys = [""] * len(spots)
    for s, a in zip(spot.tolist(), area.tolist(), strict=True):
        keys[s] = finest[a].key
    return globe.points(ground).tolist(), keys


def _areas(draft: Draft, globe: Globe) -> list[TownArea]:
    areas = []
    for regions, level in zip(draft.levels, draft.plan.levels, strict=True):
        shapes = globe.shapes(np.array([draft.shapes[id(r)] for r in regions], dtype=object))
        for region, shape in zip(regions, shapes, strict=True):
            kind = level.kind if region.special is None else level.dedicated_kind
            whole = shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])
            parent = region.parent.key if region.parent else None
            areas.append(
                TownArea(
                    region.key,
                    level.key,
                    parent,
                    region.number,
                    region.name,
                    region.name_en,
                    kind,
                    region.homes,
                    whole,
                )
            )
    return areas
