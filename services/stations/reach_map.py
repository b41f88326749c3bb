"""The reach of stations as shapes of the map: squares where households are not reached, ground of a station, sites."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

import numpy as np
import shapely

from domain.permissions import Actor, Permission, Scope, require
from geo.metric import from_metres
from geo.reach import sum_reach, walked_streets
from services.areas.tree import State
from services.maps.overlays import Overlay, OverlayShape, keep_overlay
from services.stations.homes import Homes, metres
from services.stations.next_sites import Site
from services.stations.reach import Place, ReachFilter, areas_of, held_in, measured, state_for

SQUARE = 50.0  # metres
_AROUND, _INWARD = 45.0, 30.0  # metres: walked streets and the houses between them as one ground, 15 m beyond them
_ROUND = 3  # corners of a quarter of a circle: thousands of streets overlap
MISSED_KIND, GROUND_KIND, SITE_KIND = "overlaps", "new", "changed"  # styles of the map's script


def reach_overlay(
    actor: Actor, which: ReachFilter, station: Place | None, sites: Sequence[Site] = (), now: datetime | None = None
) -> Overlay:
    """Squares of 50 m with a household that no station reaches, the ground that a station reaches, and proposed sites.

    The ground is the circle, or on foot that along the streets walked. No number and no name goes to
    the map. Raises InvalidReach.
    """
    require(actor, Permission.STATION_SEE)
    require(actor, Permission.AREA_SEE)
    state, day = state_for(which, now)
    homes = measured(state, which, day).homes
    shapes = [OverlayShape(part, MISSED_KIND) for part in _squares(state, areas_of(actor.scope), which, day)]
    if station is not None:
        shapes.append(OverlayShape(_ground(homes, station, which), GROUND_KIND))
    for site in sites:
        place = (site.lon, site.lat)
        shapes += [OverlayShape(_ground(homes, place, which), SITE_KIND), OverlayShape(shapely.Point(place), SITE_KIND)]
    return keep_overlay(actor, shapes)


@lru_cache(maxsize=16)
def _squares(state: State, scope: Scope, which: ReachFilter, day: date) -> tuple[shapely.Geometry, ...]:
    """The squares with a household that is not reached, neighbours as one outline, in degrees."""
    counted = measured(state, which, day)
    homes, held = counted.homes, held_in(counted.homes, scope)
    missed = sum_reach(counted.found, held).unreached
    missed = missed[held[missed] > 0]
    if not len(missed):
        return ()
    corners = np.unique(np.floor(homes.at[missed] / SQUARE), axis=0) * SQUARE
    squares = shapely.box(*corners.T, *(corners + SQUARE).T)
    return tuple(from_metres(shapely.get_parts(shapely.coverage_union_all(squares)), homes.centre))


@lru_cache(maxsize=64)
def _ground(homes: Homes, place: Place, which: ReachFilter) -> shapely.Geometry:
    """What can be reached from a place in degrees: the circle, or the ground along the streets walked."""
    x, y = metres(np.array([place]), homes.centre)[0].tolist()
    if which.on_foot and len(homes.lines):
        walked = walked_streets(homes.streets, (x, y), which.metres)
        wide = shapely.buffer([shapely.Point(x, y), *shapely.get_parts(walked)], _AROUND, quad_segs=_ROUND)
        ground = shapely.union_all(wide).buffer(-_INWARD, quad_segs=_ROUND)
    else:
        ground = shapely.Point(x, y).buffer(which.metres, quad_segs=32)
    return from_metres(ground, homes.centre).item()
