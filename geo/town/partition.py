"""Dividing ground into connected, compact parts of even households whose borders follow streets.

Recursive bisection gives a first division, single moves of cells along the borders improve it. A border costs its
length, weighted by what runs along it: a river or a main road is a cheap border, a yard an expensive one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.town.mosaic import Mosaic
from geo.town.pieces import Side

BORDER_COST = {
    Side.WATER: 0.12,
    Side.AVENUE: 0.3,
    Side.ARTERIAL: 0.35,
    Side.COLLECTOR: 0.6,
    Side.LOCAL: 1.0,
    Side.LANE: 1.3,
    Side.INNER: 2.4,
}
HEADINGS = 8
Links = list[dict[int, float]]


@dataclass
class Ground:
    """Atoms to be divided: households, square metres, middle, cost of a border between neighbours, rim of the town."""

    homes: NDArray[np.float64]
    area: NDArray[np.float64]
    middle: NDArray[np.float64]
    links: Links
    rim: NDArray[np.bool_]

    def part(self, members: list[int]) -> "Ground":
        """The ground of some atoms, renumbered in the order given."""
        place = {atom: i for i, atom in enumerate(members)}
        links = [{place[n]: c for n, c in self.links[atom].items() if n in place} for atom in members]
        return Ground(self.homes[members], self.area[members], self.middle[members], links, self.rim[members])

    def merged(self, group: NDArray[np.int64]) -> "Ground":
        """The ground with atoms of one group number made one."""
        count = int(group.max()) + 1
        homes = np.bincount(group, self.homes, count).astype(float)
        area = np.bincount(group, self.area, count).astype(float)
        middle = np.column_stack([np.bincount(group, self.middle[:, k] * self.area, count) / area for k in (0, 1)])
        links: Links = [{} for _ in range(count)]
        for atom, near in enumerate(self.links):
            for other, cost in near.items():
                a, b = int(group[atom]), int(group[other])
                if a != b:
                    links[a][b] = links[a].get(b, 0.0) + cost
        return Ground(homes, area, middle, links, np.bincount(group, self.rim, count) > 0)


def ground_of(
    mosaic: Mosaic, homes: NDArray[np.float64], area: NDArray[np.float64], middle: NDArray[np.float64]
) -> Ground:
    """The cells of a mosaic as ground to be divided."""
    links: Links = [{} for _ in homes]
    costs = mosaic.lengths * np.array([BORDER_COST[Side(s)] for s in mosaic.sides])
    for (a, b), cost in zip(mosaic.pairs.tolist(), costs.tolist(), strict=True):
        links[a][b] = links[b][a] = links[a].get(b, 0.0) + cost
    return Ground(homes, area, middle, links, mosaic.rim)


@dataclass
class Balance:
    """What it costs that a part holds more or fewer households than it should."""

    target: float
    limits: tuple[float, float]
    unit: float  # metres: the size of a part

    def cost(self, homes: float) -> float:
        """Metres of border that the deviation is worth; steep outside of the limits."""
        off = (homes - self.target) / self.target if self.target > 0 else 0.0
        beyond = max(self.limits[0] - homes, homes - self.limits[1], 0.0) / max(self.target, 1.0)
        return self.unit * (3.0 * off * off + 9.0 * beyond + (4.0 if beyond > 0 else 0.0))


def divide(
    ground: Ground, parts: int, limits: tuple[float, float] | None = None, turn: float = 0.0
) -> NDArray[np.int64]:
    """Part number 0…parts-1 of every atom; each part is connected if the ground is.

    limits: least and most households of a part. Without them, 25 % around the mean.
    turn: radians by which the first straight divisions are turned, to get another division of the same ground.
    """
    if parts == 1:
        return np.zeros(len(ground.homes), dtype=np.int64)
    mean = float(ground.homes.sum()) / parts
    balance = Balance(mean, limits or (0.75 * mean, 1.25 * mean), float(np.sqrt(ground.area.sum() / parts)))
    labels = np.zeros(len(ground.homes), dtype=np.int64)
    _bisect(ground, list(range(len(ground.homes))), 0, parts, labels, balance, turn)
    _improve(ground, labels, [balance] * parts, 14)
    return labels


def _bisect(
    ground: Ground,
    members: list[int],
    first: int,
    parts: int,
    labels: NDArray[np.int64],
    balance: Balance,
    turn: float,
) -> None:
    """Label ``members`` with parts first…first+parts-1."""
    if parts == 1:
        labels[members] = first
        return
    fewer = parts // 2
    sides = _split(ground.part(members), fewer, parts - fewer, balance, turn)
    near = [m for m, side in zip(members, sides, strict=True) if side == 0]
    far = [m for m, side in zip(members, sides, strict=True) if side == 1]
    _bisect(ground, near, first, fewer, labels, balance, turn)
    _bisect(ground, far, first + fewer, parts - fewer, labels, balance, turn)


def _split(ground: Ground, fewer: int, more: int, balance: Balance, turn: float) -> NDArray[np.int64]:
    """The cheapest of several straight divisions into two sides, improved."""
    load = _load(ground)
    balances = [_scaled(balance, fewer), _scaled(balance, more)]
    tried = []
    for k in range(HEADINGS):
        heading = np.pi * k / HEADINGS + turn
        ahead = ground.middle @ np.array([np.cos(heading), np.sin(heading)])
        for share, flip in ((fewer, 0), (more, 1)):
            sides = _prefix(ahead, load, share / (fewer + more))
            sides = 1 - sides if flip else sides
            _connect(ground.links, sides)
            tried.append((_total_cost(ground, sides, balances), k, flip, sides))
    tried.sort(key=lambda item: item[:3])
    finished = []
    for _, k, flip, sides in tried[:3]:
        _improve(ground, sides, balances, 6)
        finished.append((_total_cost(ground, sides, balances), k, flip, sides))
    return min(finished, key=lambda item: item[:3])[3]


def _scaled(balance: Balance, parts: int) -> Balance:
    low, high = balance.limits
    return Balance(balance.target * parts, (low * parts, high * parts), balance.unit * parts**0.5)


def _load(ground: Ground) -> NDArray[np.float64]:
    """Households with a little area, so that ground without homes is shared out too."""
    homes = ground.homes / max(float(ground.homes.sum()), 1.0)
    return homes + 0.12 * ground.area / ground.area.sum()


def _prefix(ahead: NDArray[np.float64], load: NDArray[np.float64], share: float) -> NDArray[np.int64]:
    order = np.argsort(ahead, kind="stable")
    run = np.cumsum(load[order]) - load[order] / 2
    sides = np.ones(len(load), dtype=np.int64)
    sides[order[run < share * load.sum()]] = 0
    if sides.all():
        sides[order[0]] = 0
    if not sides.any():
        sides[order[-1]] = 1
    return sides


def _connect(links: Links, sides: NDArray[np.int64]) -> None:
    """Give islands to the other side, until both sides hang together (or nothing can be done)."""
    for _ in range(3):
        moved = False
        for side in (0, 1):
            islands = components(links, np.flatnonzero(sides == side).tolist())
            for island in islands[1:]:
                sides[island] = 1 - side
                moved = True
        if not moved:
            return


def components(links: Links, members: list[int]) -> list[list[int]]:
    """Connected groups, the largest first."""
    left, groups = set(members), []
    for start in members:
        if start not in left:
            continue
        left.discard(start)
        group, waiting = [], [start]
        while waiting:
            atom = waiting.pop()
            group.append(atom)
            for near in links[atom]:
                if near in left:
                    left.discard(near)
                    waiting.append(near)
        groups.append(group)
    return sorted(groups, key=lambda g: -len(g))


def _total_cost(ground: Ground, labels: NDArray[np.int64], balances: list[Balance]) -> float:
    cut = sum(c for a, near in enumerate(ground.links) for b, c in near.items() if b > a and labels[a] != labels[b])
    homes = np.bincount(labels, ground.homes, len(balances))
    return cut + sum(balance.cost(h) for balance, h in zip(balances, homes.tolist(), strict=True))


def _improve(ground: Ground, labels: NDArray[np.int64], balances: list[Balance], passes: int) -> None:
    """Move cells across borders as long as that is cheaper and nothing falls apart."""
    homes = np.bincount(labels, ground.homes, len(balances)).tolist()
    sizes = np.bincount(labels, minlength=len(balances)).tolist()
    for _ in range(passes):
        moved = False
        for atom in range(len(labels)):
            to = _better_part(ground, labels, balances, homes, atom) if sizes[labels[atom]] > 1 else None
            if to is None or not _hangs_together(ground.links, labels, atom):
                continue
            own, weight = int(labels[atom]), float(ground.homes[atom])
            homes[own], homes[to] = homes[own] - weight, homes[to] + weight
            sizes[own], sizes[to] = sizes[own] - 1, sizes[to] + 1
            labels[atom] = to
            moved = True
        if not moved:
            return


def _better_part(
    ground: Ground, labels: NDArray[np.int64], balances: list[Balance], homes: list[float], atom: int
) -> int | None:
    own, weight = int(labels[atom]), float(ground.homes[atom])
    pull: dict[int, float] = {}
    for near, cost in ground.links[atom].items():
        part = int(labels[near])
        pull[part] = pull.get(part, 0.0) + cost
    if len(pull) == (own in pull):
        return None
    leave = balances[own].cost(homes[own]) - balances[own].cost(homes[own] - weight)
    best, found = 1e-6, None
    for part in sorted(pull):
        if part != own:
            enter = balances[part].cost(homes[part] + weight) - balances[part].cost(homes[part])
            gain = pull[part] - pull.get(own, 0.0) + leave - enter
            if gain > best:
                best, found = gain, part
    return found


def _hangs_together(links: Links, labels: NDArray[np.int64], atom: int) -> bool:
    """True if the atom's part stays connected without it."""
    own = labels[atom]
    ends = [n for n in links[atom] if labels[n] == own]
    if len(ends) <= 1:
        return True  # at the end of a row, or an island that any move can only mend
    seen, waiting, wanted = {atom, ends[0]}, [ends[0]], set(ends[1:])
    while waiting and wanted:
        for near in links[waiting.pop()]:
            if near not in seen and labels[near] == own:
                seen.add(near)
                wanted.discard(near)
                waiting.append(near)
    return not wanted
