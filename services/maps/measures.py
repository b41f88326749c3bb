"""Values of the areas for the choropleth (feature B3), as far as the asker may see."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from db.queries.map_layers import (
    count_open_by_area,
    count_overdue_by_area,
    count_reported_by_area,
    list_covered_area_ids,
)
from db.queries.visits import list_last_visits
from domain.clock import local_date, to_local
from domain.measures import CUTS, NO_DATA, OUT_OF_SCOPE, RATE_DAYS, Measure
from domain.permissions import EVERYWHERE, Scope
from services.areas.tree import AreaTree, State, area_tree
from services.system.installations import current_profile


@dataclass(frozen=True, eq=False)
class MeasureValues:
    """A measure over all areas, in the tree's order. `value` decides the class; nan = no data.

    `total` is what `value` is a mean or share of: incidents, or grids with a member.
    """

    value: NDArray[np.float64]
    total: NDArray[np.float64]
    classes: NDArray[np.int64]
    digest: str


def measure_values(state: State, scope: Scope, measure: Measure, now: datetime) -> MeasureValues:
    """The measure's values for a scope at a moment. Overdue moves with the minute, the others with the day."""
    local = to_local(now).replace(second=0, microsecond=0)
    moment = local if measure is Measure.OVERDUE else local.replace(hour=0, minute=0)
    return _values(_state_of(state, measure), scope, measure, moment)


def _state_of(state: State, measure: Measure) -> State:
    return state.of("areas", *(("visits",) if measure is Measure.VISITS else ("incidents", "assignments")))


@lru_cache(maxsize=128)
def _values(state: State, scope: Scope, measure: Measure, moment: datetime) -> MeasureValues:
    tree = area_tree(state)
    if measure is Measure.COVERAGE:
        value, total = _coverage(state, tree, moment)
    elif measure is Measure.VISITS:
        value, total = _waiting(state, tree, scope, moment)
    else:
        value, total = _incidents(state, tree, scope, measure, moment)
    classes = np.digitize(value, CUTS[measure])
    classes[np.isnan(value)] = NO_DATA
    classes[~tree.within(scope)] = OUT_OF_SCOPE
    digest = hashlib.sha256(classes.tobytes() + np.nan_to_num(value, nan=-1).tobytes()).hexdigest()[:12]
    return MeasureValues(value, total, classes, digest)


def _incidents(
    state: State, tree: AreaTree, scope: Scope, measure: Measure, moment: datetime
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    with state.database.reading(scope) as session:
        if measure is Measure.OPEN:
            counts = count_open_by_area(session)
        elif measure is Measure.OVERDUE:
            counts = count_overdue_by_area(session, moment)
        else:
            counts = count_reported_by_area(session, moment - timedelta(days=RATE_DAYS))
    total = tree.sums(tree.counted(counts))
    if measure is Measure.RATE:
        homes = _households(tree)
        return np.divide(1000 * total, homes, out=np.full(len(total), np.nan), where=homes > 0), total
    return total / np.maximum(_grids_in(tree), 1), total


def _households(tree: AreaTree) -> NDArray[np.float64]:
    """Households as registered; where an area has no number, the sum of its parts if all of them have one."""
    below = tree.sums(np.where(tree.finest(), tree.households, 0.0))
    return np.where(np.isnan(tree.households), below, tree.households)


def _is_grid(tree: AreaTree) -> NDArray[np.bool_]:
    """The areas of the profile's grid level; where the tree ends above it, its finest areas."""
    grids = tree.level == current_profile().grid_level.value
    return grids if grids.any() else tree.finest()


def _grids_in(tree: AreaTree) -> NDArray[np.float64]:
    return tree.sums(_is_grid(tree).astype(float))


def _coverage(state: State, tree: AreaTree, moment: datetime) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Percent of grids with a current member; below the grids, that of the grid."""
    covered, grids = covered_areas(state, moment), _is_grid(tree)
    total, all_grids = tree.sums((covered & grids).astype(float)), _grids_in(tree)
    value = np.divide(100 * total, all_grids, out=np.full(len(total), np.nan), where=all_grids > 0)
    for depth in range(1, int(tree.depth.max(initial=0)) + 1):
        here = np.flatnonzero((tree.depth == depth) & (all_grids == 0) & (tree.parent >= 0))
        value[here] = value[tree.parent[here]]
    return value, total


def _waiting(
    state: State, tree: AreaTree, scope: Scope, moment: datetime
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Days since somebody was there; above the grids those of the grid that has waited longest of those with a record,
    below them those of the grid. Total: grids with a record.
    """
    with state.database.reading(scope) as session:
        last = list_last_visits(session)
    latest = np.full(len(tree.ids), np.nan)
    at = tree.places(last)
    known = at >= 0  # an area that has ended is not on the map
    days = np.array([local_date(seen).toordinal() for seen in last.values()], float)
    latest[at[known]] = days[known]
    grid = _is_grid(tree)
    above = _grids_in(tree) > grid
    for depth in range(int(tree.depth.max(initial=0)), 0, -1):  # up to the grid the latest counts, above it the oldest
        here = np.flatnonzero((tree.depth == depth) & (tree.parent >= 0) & ~np.isnan(latest))
        to_grid = here[~above[tree.parent[here]]]
        np.fmax.at(latest, tree.parent[to_grid], latest[to_grid])
        over = here[above[tree.parent[here]]]
        np.fmin.at(latest, tree.parent[over], latest[over])
    for depth in range(1, int(tree.depth.max(initial=0)) + 1):
        here = np.flatnonzero((tree.depth == depth) & (tree.parent >= 0))
        here = here[~above[tree.parent[here]]]
        latest[here] = latest[tree.parent[here]]
    return np.maximum(0, moment.toordinal() - latest), tree.sums((grid & ~np.isnan(latest)).astype(float))


def covered_areas(state: State, now: datetime) -> NDArray[np.bool_]:
    """Which areas have a current party member: of their own, of an area within them, or as part of such a grid."""
    return _covered(state.of("areas", "assignments"), to_local(now).date())


@lru_cache(maxsize=8)
def _covered(state: State, day: date) -> NDArray[np.bool_]:
    tree = area_tree(state)
    with state.database.reading(EVERYWHERE) as session:  # that a grid has a member is no secret; who it is, is
        ids = list_covered_area_ids(session, day)
    own = np.zeros(len(tree.ids))
    at = tree.places(ids)
    own[at[at >= 0]] = 1
    covered = tree.sums(own) > 0
    above_grids = _grids_in(tree) > _is_grid(tree)
    for depth in range(1, int(tree.depth.max(initial=0)) + 1):
        here = np.flatnonzero((tree.depth == depth) & (tree.parent >= 0))
        here = here[~above_grids[tree.parent[here]]]  # a street's member does not look after each of its grids
        covered[here] |= covered[tree.parent[here]]
    return covered
