"""What each block is used for: homes, shops, schools, a hospital, works, parks; and how its homes are built."""

from collections.abc import Callable

import numpy as np

from geo.town.blocks import Block
from geo.town.pieces import Piece, Side, cut
from geo.town.plan import TownPlan
from geo.town.skeleton import Skeleton

HECTARE = 10_000.0
Chooser = Callable[[list[Block]], list[Block]]


def assign_uses(blocks: list[Block], skeleton: Skeleton, plan: TownPlan, rng: np.random.Generator) -> None:
    """Set ``use`` and ``fabric`` of every block; outside the town only parks and open ground differ."""
    town = [b for b in blocks if b.inside]
    free = [b for b in town if not _set_forced(b, skeleton)]
    ground = sum(b.piece.area for b in free)
    for use, chosen in _public_uses(free, skeleton, plan, ground, rng):
        for block in chosen:
            block.use = use
    for block in town:
        block.fabric = _fabric(block, plan, rng)
        if block.site and block.use == "residential" and block.fabric != "lane" and rng.random() < 0.6:
            _line_with_shops(block, block.site)
    for block in blocks:
        if not block.inside:
            block.use = "park" if rng.random() < 0.05 else "context"


def _set_forced(block: Block, skeleton: Skeleton) -> bool:
    """Ground that allows one use only: the lake, and pieces too small to build on."""
    if skeleton.units[block.unit].role == "lake":
        block.use = "lake"
    elif block.site is None or block.site.area < 900:
        block.use = "park"
    else:
        return False
    return True


def _public_uses(
    free: list[Block], skeleton: Skeleton, plan: TownPlan, ground: float, rng: np.random.Generator
) -> list[tuple[str, list[Block]]]:
    """Each use with its blocks, most particular first; a block is given once."""
    left = list(free)

    def take(chosen: list[Block]) -> list[Block]:
        for block in chosen:
            left.remove(block)
        return chosen

    homes = plan.households
    uses = [("civic", take(_nearest(left, (0.12, 0.1), 1, (0.5, 2.0), ground)))]
    uses.append(("park", take(_nearest(left, (-0.1, 0.14), 1, (1.4, 9.0), ground))))
    if plan.water == "coast":
        uses.append(("port", take(_port(left))))
    if homes > 6_000:
        count = max(1, round(homes / 16_000))
        uses.append(("hospital", take(_spread(left, count, (1.3, 5.0), rng))))
    uses.append(("school", take(_spread(left, max(1, round(homes / 3_600)), (1.2, 4.2), rng))))
    uses.append(("industrial", take(_works(left, plan.industry_share * ground, rng))))
    uses.append(("market", take(_spread(left, max(1, round(homes / 9_000)), (0.5, 2.4), rng))))
    uses.append(("commercial", take(_trade(left, 0.055 * ground, skeleton, rng))))
    uses.append(("park", take(_small_parks(left, 0.045 * ground, rng))))
    return uses


def _fits(blocks: list[Block], hectares: tuple[float, float]) -> list[Block]:
    """Blocks whose site has a size within the bounds; if there is none, the larger half of all."""
    low, high = hectares[0] * HECTARE, hectares[1] * HECTARE
    fitting = [b for b in blocks if b.site and low <= b.site.area <= high and not b.old]
    return fitting or sorted(blocks, key=lambda b: -b.piece.area)[: max(1, len(blocks) // 2)]


def _nearest(
    blocks: list[Block], spot: tuple[float, float], count: int, hectares: tuple[float, float], ground: float
) -> list[Block]:
    """The fitting blocks nearest to a spot given as shares of the town's size from its middle."""
    size = np.sqrt(ground)
    middle = _middle(blocks)
    at = (middle[0] + spot[0] * size, middle[1] + spot[1] * size)
    return sorted(_fits(blocks, hectares), key=lambda b: _away(b, at))[:count]


def _middle(blocks: list[Block]) -> tuple[float, float]:
    if not blocks:
        return 0.0, 0.0
    centres = np.array([b.piece.centroid for b in blocks])
    return float(centres[:, 0].mean()), float(centres[:, 1].mean())


def _away(block: Block, at: tuple[float, float]) -> float:
    u, v = block.piece.centroid
    return float(np.hypot(u - at[0], v - at[1]))


def _spread(blocks: list[Block], count: int, hectares: tuple[float, float], rng: np.random.Generator) -> list[Block]:
    """``count`` fitting blocks far from each other: each next one is the farthest from those chosen."""
    fitting = _fits(blocks, hectares)
    if not fitting:
        return []
    chosen = [fitting[int(rng.integers(len(fitting)))]]
    while len(chosen) < min(count, len(fitting)):
        rest = [b for b in fitting if all(b is not c for c in chosen)]
        chosen.append(max(rest, key=lambda b: min(_away(b, c.piece.centroid) for c in chosen)))
    return chosen


def _port(blocks: list[Block]) -> list[Block]:
    """Three neighbouring blocks on the water, near the middle of the shore."""
    on_water = [b for b in blocks if Side.WATER in b.piece.sides]
    shore = sorted(on_water, key=lambda b: (b.old, abs(b.piece.centroid[0])))
    return [b for b in shore if _away(b, shore[0].piece.centroid) < 420][:3]


def _works(blocks: list[Block], area: float, rng: np.random.Generator) -> list[Block]:
    """Works together at one edge of the town, away from the water."""
    middle, heading = _middle(blocks), rng.uniform(0.1, 0.9) * np.pi
    reach = max((_away(b, middle) for b in blocks), default=0.0)
    corner = (middle[0] + reach * np.cos(heading), middle[1] + reach * np.sin(heading))
    return _until([b for b in sorted(blocks, key=lambda b: _away(b, corner)) if not b.old], area)


def _until(blocks: list[Block], area: float) -> list[Block]:
    chosen = []
    for block in blocks:
        if area < block.piece.area / 2:
            break
        chosen.append(block)
        area -= block.piece.area
    return chosen


def _trade(blocks: list[Block], area: float, skeleton: Skeleton, rng: np.random.Generator) -> list[Block]:
    """Shops at the main crossing first, then here and there along the main roads."""
    crossing = min(
        ((u, v) for u in skeleton.columns for v in skeleton.rows if v != skeleton.water.row),
        key=lambda p: np.hypot(*p),
    )
    fronting = [
        b
        for b in blocks
        if min(b.piece.sides) <= Side.ARTERIAL
        and Side.WATER not in b.piece.sides
        and (not b.old or rng.random() < 0.25)
    ]
    ranked = {id(b): _away(b, crossing) * rng.uniform(0.55, 1.6) for b in fronting}
    return _until(sorted(fronting, key=lambda b: ranked[id(b)]), area)


def _small_parks(blocks: list[Block], area: float, rng: np.random.Generator) -> list[Block]:
    small = [b for b in blocks if b.piece.area < 2.2 * HECTARE]
    if not small:
        return []
    count = max(1, int(area / np.mean([b.piece.area for b in small])))
    return _spread(small, count, (0.3, 2.2), rng)


def _line_with_shops(block: Block, site: Piece) -> None:
    """Take a strip off the site along its widest street for a row of shops."""
    sides = [i for i, side in enumerate(site.sides) if side in (Side.AVENUE, Side.ARTERIAL, Side.COLLECTOR)]
    if not sides or site.area < 9_000:
        return
    first = min(sides, key=lambda i: site.sides[i])
    (au, av), (bu, bv) = site.points[first], site.points[(first + 1) % len(site.points)]
    length = float(np.hypot(bu - au, bv - av))
    if length < 70:
        return
    along = ((bu - au) / length, (bv - av) / length)
    inwards = (-along[1], along[0])
    ends = [(au + (bu - au) * e + inwards[0] * 6.5, av + (bv - av) * e + inwards[1] * 6.5) for e in (0.06, 0.94)]
    block.shop_lines.append((ends[0], ends[1]))
    at = (au + inwards[0] * 14.0, av + inwards[1] * 14.0)
    block.site = cut(site, at, along, site.sides[first])[0] or site


def _fabric(block: Block, plan: TownPlan, rng: np.random.Generator) -> str:
    """How the homes of a block are built: lane, slab, tower, mixed (slabs in the north, towers in the south)."""
    draw = rng.random()
    if block.old:
        return "lane"
    if block.site and block.site.area < 6_000:
        return "slab"
    if draw < plan.tower_share:
        return "tower"
    return "mixed" if draw < plan.tower_share + 0.15 else "slab"
