"""Names of areas: fixed ones where they fit, the rest by the level's pattern."""

import numpy as np
import shapely

from geo.town.blocks import Block
from geo.town.homes import Building
from geo.town.naming import Road
from geo.town.plan import LevelPlan
from geo.town.slots import Cell
from geo.town.tree import Region
from geo.town.words import Stems, ends_like, english, numeral, pinyin, words


def give_fixed_names(
    levels: list[list[Region]],
    plans: tuple[LevelPlan, ...],
    cells: list[Cell],
    blocks: list[Block],
) -> None:
    """Fixed names in numbering order, but lanes' names go to the oldest areas and hills' to those with a park."""
    for regions, plan in zip(levels, plans, strict=True):
        free = [r for r in regions if r.special is None]
        cues = [(name, cue) for name in plan.names[: len(free)] if (cue := _cue(name))]
        for name, cue in cues:
            fit = [_share(region, cue, cells, blocks) for region in free]
            if fit and max(fit) > 0:
                _call(free.pop(int(np.argmax(fit))), name)
        given = {r.name for r in regions}
        for region, name in zip(free, [n for n in plan.names if n not in given], strict=False):
            _call(region, name)


def _cue(name: str) -> str:
    return next((kind for kind in ("hill", "lane", "compound") if ends_like(name, kind)), "")


def _share(region: Region, cue: str, cells: list[Cell], blocks: list[Block]) -> float:
    """How well an area suits a kind of name: the share of its ground that is park, lanes or compounds."""
    own = [cells[c] for c in region.cells]
    area = {
        "hill": sum(c.piece.area for c in own if blocks[c.block].use == "park"),
        "lane": sum(c.piece.area for c in own if c.built == "lane"),
        "compound": sum(c.piece.area for c in own if c.built in ("slab", "tower", "green")),
    }
    return area[cue] / sum(c.piece.area for c in own)


def _call(region: Region, name: str) -> None:
    region.name, region.name_en = name, english(name)
    region.stem = name[:2]


def give_stems(levels: list[list[Region]], plans: tuple[LevelPlan, ...], stems: Stems) -> None:
    """A place stem for every area whose level names by stem."""
    for regions, plan in zip(levels, plans, strict=True):
        for region in regions:
            if not region.name and region.special is None and "{stem}" in plan.pattern:
                region.stem = stems.take()


def give_names(
    levels: list[list[Region]],
    plans: tuple[LevelPlan, ...],
    cells: list[Cell],
    blocks: list[Block],
    buildings: list[Building],
    roads: list[Road],
    shapes: dict[int, shapely.Geometry],
) -> None:
    """Names of all areas that have none yet; two equal ones under one parent get a number."""
    homes: dict[int, list[Building]] = {}
    for building in buildings:
        homes.setdefault(building.cell, []).append(building)
    lanes = [r for r in roads if r.name]
    tree = shapely.STRtree([r.shape for r in lanes])
    for regions, plan in zip(levels, plans, strict=True):
        for region in regions:
            if not region.name:
                _name(region, plan, cells, blocks, homes, lanes, tree, shapes)
        _tell_apart(regions)


def _name(
    region: Region,
    plan: LevelPlan,
    cells: list[Cell],
    blocks: list[Block],
    homes: dict[int, list[Building]],
    lanes: list[Road],
    tree: shapely.STRtree,
    shapes: dict[int, shapely.Geometry],
) -> None:
    if region.special is not None:
        block = blocks[region.special]
        region.name = plan.dedicated_pattern.format(place=block.name, n=region.number)
        region.name_en = block.name_en
        return
    parent = region.parent
    values = {
        "stem": region.stem,
        "n": region.number,
        "cn": numeral(region.number),
        "parent": parent.name if parent else "",
        "parent_stem": parent.stem if parent else "",
    }
    if "{buildings}" in plan.pattern or "{compound}" in plan.pattern:
        values |= _compound_values(region, cells, blocks, homes, lanes, tree, shapes)
    region.name = plan.pattern.format(**values)
    if plan.pattern_en:
        values |= {
            "stem": pinyin(region.stem),
            "parent": parent.name_en if parent else "",
            "parent_stem": pinyin(parent.stem) if parent else "",
            "buildings": values.get("buildings_en", ""),
            "compound": values.get("compound_en", ""),
        }
    region.name_en = plan.pattern_en.format(**values) if plan.pattern_en else english(region.name)


def _compound_values(
    region: Region,
    cells: list[Cell],
    blocks: list[Block],
    homes: dict[int, list[Building]],
    lanes: list[Road],
    tree: shapely.STRtree,
    shapes: dict[int, shapely.Geometry],
) -> dict[str, str]:
    """The compound with most households of an area and its buildings; among lanes, the nearest lane."""
    texts, own = words()["texts"], [c for c in region.cells if blocks[cells[c].block].use == "residential"]
    held: dict[int, int] = {}
    for cell in own:
        held[cells[cell].block] = held.get(cells[cell].block, 0) + cells[cell].households
    main = max(held, key=lambda b: (held[b], -b)) if held else None
    numbers = sorted(b.number for c in own if cells[c].block == main for b in homes.get(c, []) if b.number)
    if main is not None and blocks[main].name and numbers:
        joined = texts["numbers_joint"].join(map(str, numbers))
        return {
            "compound": blocks[main].name,
            "compound_en": blocks[main].name_en,
            "buildings": texts["buildings"].format(compound=blocks[main].name, numbers=joined),
            "buildings_en": f"{blocks[main].name_en} No. {', '.join(map(str, numbers))}",
        }
    road = lanes[int(tree.nearest(shapes[id(region)].centroid))]
    return {
        "compound": road.name,
        "compound_en": road.name_en,
        "buildings": texts["lanes"].format(road=road.name, n=region.number),
        "buildings_en": f"{road.name_en}, part {region.number}",
    }


def _tell_apart(regions: list[Region]) -> None:
    """Number equal names among the children of one parent."""
    groups: dict[tuple[int, str], list[Region]] = {}
    for region in regions:
        groups.setdefault((id(region.parent), region.name), []).append(region)
    for twins in groups.values():
        for number, region in enumerate(twins if len(twins) > 1 else [], start=1):
            region.name = words()["texts"]["twin"].format(name=region.name, n=number)
            region.name_en = f"{region.name_en} ({number})"
