"""What a map asks for besides tiles and points: outlines, versions, where it opens."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely

from db.queries.boxes import Box
from db.queries.map_layers import get_outline
from domain.clock import local_date
from domain.measures import Measure
from domain.permissions import EVERYWHERE, SYSTEM, Actor, Permission, require
from geo.tiles import HALF_WORLD, to_mercator
from services.areas.tree import current_state, extent
from services.maps.points import incident_points
from services.maps.tiles import DEEPEST, Tile, area_tiles, base_tiles

_log = logging.getLogger("linge.map")
CHINA: Box = (73.5, 18.0, 135.1, 53.6)  # where a map opens before there is any area
_FINE = 1e-5  # degrees, about a metre: finer than a line is wide at the deepest zoom


@dataclass(frozen=True)
class Outline:
    """An area's shape as GeoJSON geometry, EPSG:4326, and its version."""

    geometry: dict[str, Any]
    version: str


def area_outline(actor: Actor, area_id: int) -> Outline:
    """The outline to draw around a chosen area; outlines are not scoped. Raises NotFound."""
    require(actor, Permission.MAP_SEE)
    state = current_state().of("areas")
    with state.database.reading(EVERYWHERE) as session:
        geometry = get_outline(session, area_id)
    simple = shapely.set_precision(shapely.simplify(geometry, _FINE), 1e-6, mode="pointwise")
    return Outline(shapely.geometry.mapping(simple), state.token(area_id))


def map_versions(actor: Actor, measure: Measure | None, now: datetime | None = None) -> dict[str, str]:
    """Layer → version: a map that knows an older one fetches the layer anew. Asked for every few seconds."""
    tiles = area_tiles(actor, measure, now)
    return {
        "areas": tiles.version,
        "base": tiles.state.of("base").token(),
        "incidents": incident_points(actor, now=now).version,
        "stations": tiles.state.of("stations").token(local_date(tiles.now)),
    }


def home_box(actor: Actor) -> Box:
    """Where a map opens: the box around the actor's areas, else around all, else China. Degrees, EPSG:4326."""
    state = current_state()
    own = extent(state, actor.area_path) if actor.area_path else None
    return own or extent(state, None) or CHINA


def warm_up() -> None:
    """Cut the tiles of the first view ahead of the first visitor, who is still reading the sign-in page.

    Whatever goes wrong here goes wrong later for somebody who is told; it is only logged.
    """
    try:
        box = extent(current_state(), None)
        if box is None:
            return
        areas, base = area_tiles(SYSTEM, Measure.OPEN), base_tiles(SYSTEM)
        for tile in first_tiles(box):
            areas.tile(tile)
            base.tile(tile)
    except Exception:
        _log.exception("the map was not warmed up")


def first_tiles(box: Box) -> list[Tile]:
    """The tiles that a desk needs first for `box` (degrees, EPSG:4326): those of the first zoom with four or more."""
    for z in range(DEEPEST):
        corners = to_mercator(np.array([[box[0], box[3]], [box[2], box[1]]]))
        (left, top), (right, bottom) = np.floor((corners * [1, -1] / HALF_WORLD + 1) / 2 * 2**z).astype(int).tolist()
        if (right - left + 1) * (bottom - top + 1) >= 4:
            return [(z, x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]
    return []
