"""The area tree: regions of cells, level by level, each child within its parent, numbered as the standard says."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.town.blocks import Block
from geo.town.partition import Ground, components, divide
from geo.town.plan import LevelPlan, PlanNotPossible, TownPlan
from geo.town.slots import Cell

WORK_USES = ("industrial", "port", "hospital", "commercial", "civic", "market", "school")


@dataclass(eq=False)
class Region:
    """One area: the cells it is made of. ``special``: the block it consists of, for a dedicated area."""

    level: int
    parent: "Region | None"
    cells: list[int]
    homes: int
    number: int = 1
    special: int | None = None
    stem: str = ""
    name: str = ""
    name_en: str = ""
    children: list["Region"] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Numbers from the top, such as 1.03.012."""
        own = f"{self.number:0{1 if self.parent is None else 2 if self.level == 1 else 3}d}"
        return own if self.parent is None else f"{self.parent.key}.{own}"


def grow_tree(
    plan: TownPlan, cells: list[Cell], blocks: list[Block], ground: Ground, faces: NDArray[np.object_]
) -> list[list[Region]]:
    """Regions by level, top first, each level in numbering order.

    Raises PlanNotPossible if a parent has fewer cells than it needs children. ``faces``: the cells' ground.
    """
    levels = [[Region(0, None, list(range(len(cells))), int(ground.homes.sum()))]]
    for depth, level in enumerate(plan.levels[1:], start=1):
        parents = levels[-1]
        special = _dedicated(level, parents, cells, blocks, ground)
        counts = child_counts(level, [p.homes for p in parents], [s is not None for s in special])
        for parent, count, block in zip(parents, counts, special, strict=True):
            parent.children = _children(parent, count, block, depth, level, cells, ground, faces)
        levels.append([child for parent in parents for child in parent.children])
    return levels


def child_counts(level: LevelPlan, homes: list[int], special: list[bool]) -> list[int]:
    """Number of children of every parent, given its households and whether one child is a dedicated area."""
    if level.total is not None:
        shared = share_out(level.total - sum(special), homes)
        return [count + extra for count, extra in zip(shared, special, strict=True)]
    if level.count is not None:
        counts = [level.count] * len(homes) if isinstance(level.count, int) else list(level.count)
        if len(counts) != len(homes) or min(counts) < 1:
            raise PlanNotPossible(f"{level.key!r}: counts for {len(counts)} parents, there are {len(homes)}")
        return counts
    usual = sum(level.households or (0, 0)) / 2
    return [max(1, round(h / usual)) + extra for h, extra in zip(homes, special, strict=True)]


def share_out(total: int, weights: list[int]) -> list[int]:
    """``total`` in whole numbers of at least 1, in proportion to the weights (largest remainders)."""
    if total < len(weights):
        raise PlanNotPossible(f"{total} areas cannot be shared out to {len(weights)} parents")
    exact = np.array(weights, dtype=float) / max(sum(weights), 1) * total
    whole = np.maximum(1, np.floor(exact).astype(int))
    while whole.sum() != total:
        step = 1 if whole.sum() < total else -1
        behind = (exact - whole) * step
        behind[(whole + step) < 1] = -np.inf
        whole[int(np.argmax(behind))] += step
    return whole.tolist()


def _dedicated(
    level: LevelPlan, parents: list[Region], cells: list[Cell], blocks: list[Block], ground: Ground
) -> list[int | None]:
    """For each parent the block that becomes an area of its own, or None; the largest places of work first."""
    chosen: list[int | None] = [None] * len(parents)
    owner = {cells[c].block: i for i, parent in enumerate(parents) for c in parent.cells}
    able = {b for b in _blocks_at_an_edge(cells, owner, ground) if blocks[b].use in WORK_USES}
    ranked = sorted(able, key=lambda b: (-blocks[b].piece.area, b))
    for block in ranked:
        parent = owner[block]
        if sum(c is not None for c in chosen) >= level.dedicated:
            break
        rest = [c for c in parents[parent].cells if cells[c].block != block]
        if chosen[parent] is None and len(components(ground.links, rest)) == 1:
            chosen[parent] = block
    return chosen


def _blocks_at_an_edge(cells: list[Cell], owner: dict[int, int], ground: Ground) -> set[int]:
    """Blocks at the town's rim or beside another parent: none of them can lie within another child."""
    return {
        cell.block
        for place, cell in enumerate(cells)
        if ground.rim[place] or any(owner[cells[near].block] != owner[cell.block] for near in ground.links[place])
    }


def _children(
    parent: Region,
    count: int,
    special: int | None,
    depth: int,
    level: LevelPlan,
    cells: list[Cell],
    ground: Ground,
    faces: NDArray[np.object_],
) -> list[Region]:
    own = [c for c in parent.cells if special is not None and cells[c].block == special]
    rest = [c for c in parent.cells if special is None or cells[c].block != special]
    count -= bool(own)
    if len(rest) < count:
        raise PlanNotPossible(f"{len(rest)} cells cannot hold {count} areas of level {level.key!r}")
    groups = _groups(rest, count, level, cells, ground, faces)
    children = [Region(depth, parent, group, int(ground.homes[group].sum())) for group in groups]
    if own:
        children.append(Region(depth, parent, own, int(ground.homes[own].sum()), special=special))
    return _numbered(children, ground)


def _groups(
    rest: list[int],
    count: int,
    level: LevelPlan,
    cells: list[Cell],
    ground: Ground,
    faces: NDArray[np.object_],
) -> list[list[int]]:
    """Cells of each child. Where one child would lie around another, the division is tried again, turned."""
    groups: list[list[int]] = []
    for turn in (0.0, 0.1, 0.2, 0.3, -0.05, -0.15):
        labels = _labels(rest, count, level, cells, ground, turn).tolist()
        groups = [[c for c, label in zip(rest, labels, strict=True) if label == k] for k in range(count)]
        if not any(shapely.coverage_union_all(faces[group]).interiors for group in groups):
            break
    return groups


def _labels(
    rest: list[int], count: int, level: LevelPlan, cells: list[Cell], ground: Ground, turn: float
) -> NDArray[np.int64]:
    """Divide by whole blocks where they are small enough for the areas, else by cells."""
    part = ground.part(rest)
    groups = _atoms(rest, part, part.homes.sum() / count, cells)
    if int(groups.max()) + 1 < 3 * count:
        return divide(part, count, level.households, turn)
    return divide(part.merged(groups), count, level.households, turn)[groups]


def _atoms(rest: list[int], part: Ground, mean: float, cells: list[Cell]) -> NDArray[np.int64]:
    """Group number per cell: a block is one atom if it holds less than 0.4 of a mean area."""
    by_block: dict[int, list[int]] = {}
    for place, cell in enumerate(rest):
        by_block.setdefault(cells[cell].block, []).append(place)
    groups, number = np.zeros(len(rest), dtype=np.int64), 0
    for places in by_block.values():
        whole = part.homes[places].sum() <= 0.4 * mean
        for group in components(part.links, places) if whole else [[p] for p in places]:
            groups[group] = number
            number += 1
    return groups


def _numbered(children: list[Region], ground: Ground) -> list[Region]:
    """Children in the order north to south by rows, west to east in a row, with their numbers set."""
    spots = [np.average(ground.middle[c.cells], axis=0, weights=ground.area[c.cells]) for c in children]
    for number, index in enumerate(reading_order(np.array(spots)), start=1):
        children[index].number = number
    return sorted(children, key=lambda c: c.number)


def reading_order(spots: np.ndarray) -> list[int]:
    """Indices of points as one reads a page: rows from the north, each from the west."""
    count = len(spots)
    wide, high = np.ptp(spots, axis=0) if count > 1 else (1.0, 1.0)
    rows = int(np.clip(round(np.sqrt(count * max(high, 1.0) / max(wide, 1.0))), 1, count))
    from_north = np.argsort(-spots[:, 1], kind="stable")
    order: list[int] = []
    for row in np.array_split(from_north, rows):
        order += row[np.argsort(spots[row, 0], kind="stable")].tolist()
    return order
