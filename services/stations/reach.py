"""How many households have a station within so many metres, and which have none (feature F2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from db.queries.stations import StationFilter, StationRow, list_stations
from domain.clock import local_date, utc_now
from domain.errors import Refusal
from domain.permissions import EVERYWHERE, Actor, Permission, Scope, require
from geo.metric import from_metres
from geo.reach import Reached, reach_on_foot, reach_straight, sum_reach
from services.areas.tree import State, current_state
from services.stations.homes import Homes, homes_of, metres
from services.system.installations import current_profile

FARTHEST = 20_000  # metres that may be asked for
_KEPT = 16
Place = tuple[float, float]  # longitude, latitude in degrees, EPSG:4326


class InvalidReach(Refusal):
    """A distance that is none, or farther than anybody goes. Values: metres, most."""

    code = "invalid_reach"


@dataclass(frozen=True)
class ReachFilter:
    """Stations of which kinds (none named: of all), how many metres, along the streets or straight."""

    metres: int
    kinds: tuple[str, ...] = ()
    on_foot: bool = False


@dataclass(frozen=True)
class StationReach:
    """A station with the households it reaches, and those of them that no other station reaches."""

    id: int
    name: str
    kind: str
    area: str | None
    lon: float
    lat: float
    households: int
    alone: int


@dataclass(frozen=True)
class AreaReach:
    """Reached of all households of an area; ``lon`` and ``lat``: the middle of those not reached, None without any.

    ``grid_id``: the grid that it lies in; its own id where it is one or lies above.
    """

    id: int
    code: str
    name: str
    above: str
    total: int
    reached: int
    lon: float | None
    lat: float | None
    grid_id: int

    @property
    def share(self) -> float | None:
        """0 to 1; None without a household."""
        return self.reached / self.total if self.total else None

    @property
    def missed(self) -> int:
        """Households that no station reaches."""
        return self.total - self.reached


@dataclass(frozen=True)
class ReachTable:
    """Reach in the actor's areas. ``grids`` add up to the total; ``finest``: the areas whose numbers were shared out.

    ``on_foot``: how it was counted; ``streets``: whether the base map has any. ``by_area`` households of ``areas``
    areas without a dwelling on the base map stand in the middle of their area. ``without_outline`` households and
    ``unknown`` areas are not counted, and neither are ``without_place`` stations.
    """

    total: int
    reached: int
    stations: tuple[StationReach, ...]
    grids: tuple[AreaReach, ...]
    finest: tuple[AreaReach, ...]
    on_foot: bool
    streets: bool
    by_area: int
    areas: int
    without_outline: int
    unknown: int
    without_place: int

    @property
    def share(self) -> float | None:
        """0 to 1; None without a household."""
        return self.reached / self.total if self.total else None


@dataclass(frozen=True, eq=False)
class Measured:
    """What stations reach of all homes, whoever asks."""

    homes: Homes
    stations: tuple[StationRow, ...]
    found: Reached
    on_foot: bool
    without_place: int


def measure_reach(actor: Actor, which: ReachFilter, now: datetime | None = None) -> ReachTable:
    """The reach of the stations of today in the actor's areas. Raises InvalidReach."""
    require(actor, Permission.STATION_SEE)
    require(actor, Permission.AREA_SEE)
    state, day = state_for(which, now)
    return _table(state, areas_of(actor.scope), which, day, current_profile().grid_level.value)


def state_for(which: ReachFilter, now: datetime | None) -> tuple[State, date]:
    """The layers that reach depends on, and the Shanghai day. Raises InvalidReach for a distance that is none."""
    if not 1 <= which.metres <= FARTHEST:
        raise InvalidReach(metres=which.metres, most=FARTHEST)
    return current_state().of("areas", "base", "stations"), local_date(now or utc_now())


def areas_of(scope: Scope) -> Scope:
    """The areas alone of a scope, so that all who work for them share what is kept."""
    return Scope(everywhere=scope.everywhere, area_paths=scope.area_paths)


@lru_cache(maxsize=_KEPT)
def measured(state: State, which: ReachFilter, day: date) -> Measured:
    """What the stations of a day reach, kept until areas, base map or stations change."""
    homes = homes_of(state)
    with state.database.reading(EVERYWHERE) as session:
        rows = [
            row for row in list_stations(session, StationFilter(), day) if not which.kinds or row.kind in which.kinds
        ]
    stations = [row for row in rows if row.lon is not None and row.lat is not None]
    on_foot = which.on_foot and len(homes.lines) > 0
    at = np.array([(row.lon, row.lat) for row in stations], np.float64).reshape(-1, 2)
    found = reach_of(homes, at, which)
    return Measured(homes, tuple(stations), found, on_foot, len(rows) - len(stations))


def reach_of(homes: Homes, places: NDArray[np.float64], which: ReachFilter) -> Reached:
    """The homes within reach of each place, (n, 2) in degrees; straight where the base map has no streets."""
    at = metres(places, homes.centre)
    if which.on_foot and len(homes.lines):
        return reach_on_foot(homes.streets, homes.at, at, which.metres)
    return reach_straight(homes.at, at, which.metres)


def held_in(homes: Homes, scope: Scope) -> NDArray[np.int64]:
    """Households of each home, 0 outside of the scope."""
    return np.where(homes.tree.within(scope)[homes.area], homes.households, 0)


@lru_cache(maxsize=_KEPT)
def _table(state: State, scope: Scope, which: ReachFilter, day: date, grid_level: str) -> ReachTable:
    counted = measured(state, which, day)
    homes, tree = counted.homes, counted.homes.tree
    inside, held = tree.within(scope), held_in(homes, scope)
    sums = sum_reach(counted.found, held)
    missed = np.zeros(len(held), np.int64)
    missed[sums.unreached] = held[sums.unreached]
    grids = grids_of(homes, grid_level)
    whole = homes.by_area & (held > 0)
    return ReachTable(
        sums.total, sums.reached, _stations(counted, held, sums.by_station, scope),
        _areas(homes, grids, grids[homes.area], held, missed, (tree.level == grid_level) & inside),
        _areas(homes, grids, homes.area, held, missed, np.zeros(len(tree.ids), bool)),
        counted.on_foot, len(homes.lines) > 0, int(held[whole].sum()), int(whole.sum()),
        int(homes.without_outline[inside].sum()), int((homes.unknown & inside).sum()), counted.without_place,
    )  # fmt: skip


def grids_of(homes: Homes, grid_level: str) -> NDArray[np.intp]:
    """Of each area of the tree the grid it belongs to; itself where it lies above the grids."""
    tree = homes.tree
    depths = tree.depth[tree.level == grid_level]
    every = np.arange(len(tree.ids))
    return tree.ancestor(every, int(depths.min())) if len(depths) else every


def _stations(
    counted: Measured, held: NDArray[np.int64], by_station: Sequence[int], scope: Scope
) -> tuple[StationReach, ...]:
    """Those in the scope, and those outside that reach into it; who reaches most first."""
    near = np.zeros(len(held), np.int64)
    for numbers in counted.found:
        near[numbers] += 1
    rows = [
        StationReach(
            row.id, row.name, row.kind, row.area, float(row.lon or 0), float(row.lat or 0), households,
            int(held[numbers[near[numbers] == 1]].sum()),
        )
        for row, numbers, households in zip(counted.stations, counted.found, by_station, strict=True)
        if households or scope.everywhere or (row.area_path or "/").startswith(scope.area_paths)
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (-row.households, row.name, row.id)))


def _areas(
    homes: Homes, grids: NDArray[np.intp], of: NDArray[np.intp], held: NDArray[np.int64], missed: NDArray[np.int64],
    listed: NDArray[np.bool_],
) -> tuple[AreaReach, ...]:  # fmt: skip
    """The areas with a household or ``listed``, most households without a station first. ``of``: each home's area."""
    size = len(homes.tree.ids)
    total, without = (np.bincount(of, part, size).astype(np.int64) for part in (held, missed))
    middle = middles(homes, of, missed)
    rows = []
    for place in np.flatnonzero((total > 0) | listed).tolist():
        area = homes.rows[place]
        above = homes.rows.get(int(homes.tree.parent[place]))
        lon, lat = middle.get(place, (None, None))
        rows.append(
            AreaReach(
                area.id, area.code, area.name, above.name if above else "", int(total[place]),
                int(total[place] - without[place]), lon, lat, int(homes.tree.ids[grids[place]]),
            )
        )  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (-row.missed, row.code)))


def middles(homes: Homes, of: NDArray[np.intp], weights: NDArray[np.int64]) -> dict[int, Place]:
    """Place in the tree → the middle of its households, in degrees; for areas with any."""
    size = len(homes.tree.ids)
    sums = np.bincount(of, weights, size)
    some = np.flatnonzero(sums)
    if not len(some):
        return {}
    xy = np.column_stack([np.bincount(of, weights * homes.at[:, axis], size)[some] / sums[some] for axis in (0, 1)])
    degrees = shapely.get_coordinates(from_metres(shapely.points(xy), homes.centre))
    return {int(place): (float(lon), float(lat)) for place, (lon, lat) in zip(some, degrees, strict=True)}
