"""What the town's own base map knows of an area's ground: homes, streets and waters."""

from dataclasses import dataclass

import shapely
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from db.models import BaseMapFeature
from db.queries.boxes import Box, meets_box


@dataclass(frozen=True)
class GroundShape:
    """One feature, EPSG:4326: a house where people live, a street, a river."""

    layer: str
    kind: str
    rank: int
    geometry: shapely.Geometry


def list_ground(session: Session, box: Box) -> list[GroundShape]:
    """Dwellings, streets and running waters that meet a box in degrees, in the order of the base map."""
    feature = BaseMapFeature
    wanted = or_(
        and_(feature.layer == "building", feature.kind == "residential"),
        feature.layer == "road",
        and_(feature.layer == "water", feature.kind == "river"),
    )
    statement = select(feature.layer, feature.kind, feature.rank, feature.geometry).where(
        wanted, meets_box(session, feature, box)
    )
    return [GroundShape(*row) for row in session.execute(statement.order_by(feature.id))]
