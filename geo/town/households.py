"""Households of areas: where a level has limits, the invented numbers are evened out to keep them."""

import numpy as np

from geo.town.plan import LevelPlan
from geo.town.slots import Cell
from geo.town.tree import Region


def settle(levels: list[list[Region]], plans: tuple[LevelPlan, ...], cells: list[Cell]) -> None:
    """From the top down, move households between neighbouring areas until each level's limits hold.

    The sum of every parent stays as it is; a parent whose sum does not fit its number of children stays untouched.
    """
    for regions, plan in zip(levels[1:], plans[1:], strict=True):
        for region in regions:
            region.homes = sum(cells[c].households for c in region.cells)
        if plan.households is None:
            continue
        for parent in {id(r.parent): r.parent for r in regions}.values():
            _settle_children(parent, plan.households, cells)


def _settle_children(parent: Region | None, limits: tuple[int, int], cells: list[Cell]) -> None:
    children = [c for c in (parent.children if parent else []) if c.special is None and c.homes > 0]
    wanted = even_out([c.homes for c in children], limits)
    for child, homes in zip(children, wanted, strict=True):
        if homes != child.homes:
            _rescale(child, homes, cells)


def even_out(numbers: list[int], limits: tuple[int, int]) -> list[int]:
    """Whole numbers within the limits and with the same sum, as near to the given ones as that allows.

    Returned unchanged if no such numbers exist.
    """
    low, high = limits
    if not len(numbers) * low <= sum(numbers) <= len(numbers) * high:
        return numbers
    evened = np.clip(numbers, low, high)
    while (rest := sum(numbers) - int(evened.sum())) != 0:
        step = 1 if rest > 0 else -1
        space = (high - evened) if step > 0 else (evened - low)
        evened[int(np.argmax(space))] += step
    return evened.tolist()


def _rescale(region: Region, homes: int, cells: list[Cell]) -> None:
    """Give the region's cells ``homes`` households in the proportions they have."""
    own = np.array([cells[c].households for c in region.cells])
    exact = own * homes / own.sum()
    whole = np.floor(exact).astype(int)
    for index in np.argsort(whole - exact, kind="stable")[: homes - int(whole.sum())]:
        whole[index] += 1
    for cell, number in zip(region.cells, whole.tolist(), strict=True):
        cells[cell].households = number
    region.homes = homes
