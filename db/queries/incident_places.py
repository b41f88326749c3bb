"""Where an incident can lie: areas at a place, as of any day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Area, BaseMapFeature
from db.queries.boxes import Box, meets_box


@dataclass(frozen=True)
class AreaVersion:
    """An area as it stood from ``valid_from`` until ``valid_to`` (exclusive, None = still)."""

    id: int
    code: str
    name: str
    path: str
    depth: int
    valid_from: date
    valid_to: date | None

    def is_valid_on(self, day: date) -> bool:
        """Whether it existed on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


_VERSION = (Area.id, Area.code, Area.name, Area.path, Area.depth, Area.valid_from, Area.valid_to)


def list_area_versions_at(session: Session, lon: float, lat: float) -> list[AreaVersion]:
    """Every area, present or past, that holds a place in degrees (EPSG:4326), its border included."""
    statement = select(*_VERSION, Area.geometry).where(meets_box(session, Area, (lon, lat, lon, lat)))
    rows = [row for row in session.execute(statement) if shapely.intersects_xy(row.geometry, lon, lat)]
    return [AreaVersion(*row[:-1]) for row in rows]


def find_area_version(session: Session, area_id: int) -> AreaVersion | None:
    """An area by its id."""
    row = session.execute(select(*_VERSION).where(Area.id == area_id)).first()
    return AreaVersion(*row) if row else None


def list_area_names(session: Session, area_ids: Collection[int]) -> dict[int, str]:
    """Id → name."""
    return {row.id: row.name for row in session.execute(select(Area.id, Area.name).where(Area.id.in_(area_ids)))}


@dataclass(frozen=True)
class NamedFeature:
    """A named thing of the town's own map, EPSG:4326."""

    zh: str
    en: str
    geometry: shapely.Geometry


def list_named_features(session: Session, box: Box) -> list[NamedFeature]:
    """Compounds, parks, roads and waters with a name that meet a box in degrees."""
    feature = BaseMapFeature
    statement = select(feature.name, feature.name_en, feature.geometry).where(
        feature.name != "", feature.layer.in_(("landuse", "park", "road", "water")), meets_box(session, feature, box)
    )
    return [NamedFeature(*row) for row in session.execute(statement.order_by(feature.id))]
