"""Outlines of a level's areas with whether they have an organisation: the map of what is missing (feature A8)."""

from dataclasses import dataclass
from typing import Any

import shapely

from db.queries.areas import list_area_shapes_by_id
from db.session import reading
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.organisations.tree import LevelCoverage

MOST_OUTLINES = 1500  # more are no map that a person reads; what is missing comes first
STEPS = 400  # an outline is simplified to this part of the map's width


@dataclass(frozen=True)
class MapArea:
    """An area to draw: geometry in EPSG:4326 with clockwise outer rings, and the label point."""

    code: str
    name: str
    has_organisation: bool
    geometry: dict[str, Any]
    lon: float
    lat: float


def outline_coverage(actor: Actor, level: LevelCoverage) -> list[MapArea]:
    """The areas of a level that have an outline, simplified together so that neighbours still meet."""
    require(actor, Permission.ORGANISATION_SEE)
    wanted = {area.id: area for area in sorted(level.areas, key=lambda area: area.has_organisation)[:MOST_OUTLINES]}
    with reading(EVERYWHERE) as session:
        shapes = list_area_shapes_by_id(session, wanted)
    if not shapes:
        return []
    ids = sorted(shapes)
    outlines = [shapes[key].geometry for key in ids]
    west, south, east, north = shapely.total_bounds(outlines).tolist()
    simple = shapely.coverage_simplify(outlines, max(east - west, north - south) / STEPS)
    simple = shapely.orient_polygons(simple, exterior_cw=True)  # as charts on a sphere read them
    points = shapely.point_on_surface(simple)
    return [
        MapArea(
            wanted[key].code, wanted[key].name, wanted[key].has_organisation, shapely.geometry.mapping(shape),
            point.x, point.y,
        )
        for key, shape, point in zip(ids, simple, points, strict=True)
        if not shape.is_empty
    ]  # fmt: skip
