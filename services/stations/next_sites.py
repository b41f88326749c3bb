"""Where the next stations reach most households that have none, one after the other (feature F2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from domain.permissions import Actor, Permission, Scope, require
from geo.reach import rank_sites, sum_reach
from services.areas.locating import InvalidPlace
from services.areas.tree import State
from services.stations.homes import Homes
from services.stations.reach import (
    Place,
    ReachFilter,
    areas_of,
    grids_of,
    held_in,
    measured,
    middles,
    reach_of,
    state_for,
)
from services.system.installations import current_profile

SITES = 3
MOST_CANDIDATES = 300  # areas whose middles are tried; those with most households that nobody reaches
MOST_PLACES = 10  # of the user's own


@dataclass(frozen=True)
class Site:
    """A place for the next station: ``more`` households than before it, ``reached`` with it.

    It is the middle of an area's households (``name``), or the user's place of that ``number``, counted from 1.
    """

    lon: float
    lat: float
    more: int
    reached: int
    name: str = ""
    number: int | None = None


@dataclass(frozen=True)
class NextSites:
    """At most three sites in the order in which to build them, out of ``tried`` candidates."""

    sites: tuple[Site, ...]
    tried: int


def next_sites(
    actor: Actor, which: ReachFilter, places: Sequence[Place] = (), now: datetime | None = None
) -> NextSites:
    """Where the next three stations reach most households of the actor's areas that have none.

    Candidates are the middles of the households of each grid and of each finest area, and ``places``. After the first
    is chosen the second is counted anew. Raises InvalidReach, InvalidPlace.
    """
    require(actor, Permission.STATION_SEE)
    require(actor, Permission.AREA_SEE)
    state, day = state_for(which, now)
    for lon, lat in places:
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise InvalidPlace(lon=lon, lat=lat)
    return _sites(
        state, areas_of(actor.scope), which, day, current_profile().grid_level.value, tuple(places)[:MOST_PLACES]
    )


@lru_cache(maxsize=16)
def _sites(
    state: State, scope: Scope, which: ReachFilter, day: date, grid_level: str, places: tuple[Place, ...]
) -> NextSites:
    counted = measured(state, which, day)
    homes, held = counted.homes, held_in(counted.homes, scope)
    sums = sum_reach(counted.found, held)
    names, middles = _candidates(homes, held, sums.unreached, grid_level)
    every = [*places, *middles]
    if not every:
        return NextSites((), 0)
    reached, now, total = reach_of(homes, np.array(every), which), list(counted.found), sums.reached
    sites: list[Site] = []
    while len(sites) < SITES:
        best = rank_sites(now, reached, held)[0]
        if not best.more:
            break
        now.append(reached[best.candidate])
        total += best.more
        own = best.candidate < len(places)
        sites.append(
            Site(
                *every[best.candidate], best.more, total, "" if own else names[best.candidate - len(places)],
                best.candidate + 1 if own else None,
            )
        )  # fmt: skip
    return NextSites(tuple(sites), len(every))


def _candidates(
    homes: Homes, held: NDArray[np.int64], unreached: NDArray[np.intp], grid_level: str
) -> tuple[list[str], list[Place]]:
    """Names and middles of the grids and finest areas of the scope, most households without a station first."""
    missed = np.zeros(len(held), np.int64)
    missed[unreached] = held[unreached]
    found: dict[int, tuple[int, Place]] = {}
    for of in (grids_of(homes, grid_level)[homes.area], homes.area):
        without = np.bincount(of, missed, len(homes.tree.ids)).astype(np.int64)
        found |= {place: (int(without[place]), at) for place, at in middles(homes, of, held).items()}
    order = sorted(found, key=lambda place: (-found[place][0], homes.rows[place].code))[:MOST_CANDIDATES]
    return [_full_name(homes, place) for place in order], [found[place][1] for place in order]


def _full_name(homes: Homes, place: int) -> str:
    """The name with the one above: grids of two communities often share a name."""
    above = homes.rows.get(int(homes.tree.parent[place]))
    return f"{above.name} · {homes.rows[place].name}" if above else homes.rows[place].name
