"""What a map asks for besides tiles and points: outlines, versions, where it opens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely

from db.queries.boxes import Box
from db.queries.map_layers import get_outline
from domain.clock import local_date, utc_now
from domain.measures import Measure
from domain.permissions import EVERYWHERE, Actor, Permission, may, require
from services.area_tree import area_tree, current_state, extent
from services.map_measures import covered_areas, measure_values
from services.map_points import incident_points

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


def area_version(actor: Actor, measure: Measure | None, now: datetime | None = None) -> str:
    """Changes whenever a tile of areas would look different to this actor."""
    moment = now or utc_now()
    state = current_state()
    parts: list[object] = [actor.scope, measure]
    if measure is not None:
        parts.append(measure_values(state, actor.scope, measure, moment).digest)
    if may(actor, Permission.ASSIGNMENT_SEE):
        parts.append(covered_areas(state, moment).tobytes())
    return state.of("areas").token(*parts)


def map_versions(actor: Actor, measure: Measure | None, now: datetime | None = None) -> dict[str, str]:
    """Layer → version: a map that knows an older one fetches the layer anew. Asked for every few seconds."""
    require(actor, Permission.MAP_SEE)
    state = current_state()
    return {
        "areas": area_version(actor, measure, now),
        "base": state.of("base").token(),
        "incidents": incident_points(actor, now=now).version,
        "stations": state.of("stations").token(local_date(now or utc_now())),
    }


def base_version() -> str:
    """Changes whenever the town's base map does."""
    return current_state().of("base").token()


def home_box(actor: Actor) -> Box:
    """Where a map opens: the box around the actor's areas, else around all, else China. Degrees, EPSG:4326."""
    state = current_state()
    own = extent(state, actor.area_path) if actor.area_path else None
    return own or extent(state, None) or CHINA


def has_areas() -> bool:
    """Whether there is anything to draw yet."""
    return len(area_tree(current_state()).ids) > 0
