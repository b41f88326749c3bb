"""What the map draws: shapes by box, the tree's numbers, counts by area, points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import shapely
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from db.models import Area, Assignment, BaseMapFeature, Incident
from db.queries.boxes import Box, meets_box
from db.queries.conditions import overdue
from db.queries.incidents import open_cases
from domain.errors import NotFound


@dataclass(frozen=True)
class LevelRow:
    """A level of the tree as the database holds it; `width` is the mean width of its areas in degrees."""

    level: str
    depth: int
    count: int
    width: float


@dataclass(frozen=True)
class AreaShape:
    """One area to be drawn, EPSG:4326."""

    id: int
    code: str
    name: str
    level: str
    geometry: shapely.Geometry
    label_lon: float | None
    label_lat: float | None
    width: float


@dataclass(frozen=True)
class BaseShape:
    """One feature of the town's base map, EPSG:4326."""

    layer: str
    kind: str
    name: str
    name_en: str
    geometry: shapely.Geometry


@dataclass(frozen=True)
class IncidentPoint:
    """What is needed to place an incident and to choose its symbol; nothing personal."""

    id: int
    number: str
    category: str
    lon: float | None
    lat: float | None
    area_id: int | None
    status: str
    due_at: datetime | None
    closed_at: datetime | None
    main_id: int | None


def _valid(day: date | None = None) -> ColumnElement[bool]:
    """Areas of the present, or of a day."""
    if day is None:
        return Area.valid_to.is_(None)
    return and_(Area.valid_from <= day, or_(Area.valid_to.is_(None), Area.valid_to > day))


def list_levels(session: Session, day: date | None = None) -> list[LevelRow]:
    """The levels that have areas with a shape, from the top down; as of today, or of a day."""
    statement = (
        select(Area.level, func.min(Area.depth), func.count(), func.avg(Area.max_x - Area.min_x))
        .where(_valid(day), Area.min_x.is_not(None))
        .group_by(Area.level)
        .order_by(func.min(Area.depth))
    )
    return [LevelRow(level, depth, count, float(width)) for level, depth, count, width in session.execute(statement)]


def list_tree(session: Session, day: date | None = None) -> Sequence[Any]:
    """(id, parent_id, depth, level, households) of every area valid today, or on a day, in order of id."""
    columns = (Area.id, Area.parent_id, Area.depth, Area.level, Area.households)
    return session.execute(select(*columns).where(_valid(day)).order_by(Area.id)).all()


def list_ended(session: Session) -> Sequence[Any]:
    """(id, path) of every area that has ended: what lies in them counts for the areas above."""
    return session.execute(select(Area.id, Area.path).where(Area.valid_to.is_not(None)).order_by(Area.id)).all()


def get_extent(session: Session, path: str = "") -> Box | None:
    """The box around all valid areas under a path, None where none has a shape."""
    statement = select(func.min(Area.min_x), func.min(Area.min_y), func.max(Area.max_x), func.max(Area.max_y))
    row: Any = session.execute(statement.where(_valid(), Area.path.like(f"{path}%"))).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])


def list_area_shapes(session: Session, levels: Sequence[str], box: Box, day: date | None = None) -> list[AreaShape]:
    """Areas of some levels whose box meets a box, in order of id; as of today, or of a day."""
    columns = (
        Area.id, Area.code, Area.name, Area.level, Area.geometry, Area.label_lon, Area.label_lat,
        Area.max_x - Area.min_x,
    )  # fmt: skip
    statement = select(*columns).where(_valid(day), Area.level.in_(levels), meets_box(session, Area, box))
    return [AreaShape(*row) for row in session.execute(statement.order_by(Area.id))]


def get_outline(session: Session, area_id: int) -> shapely.Geometry:
    """The shape of an area, present or past, EPSG:4326. Raises NotFound, also where it has none."""
    geometry = session.scalar(select(Area.geometry).where(Area.id == area_id))
    if geometry is None:
        raise NotFound(subject="area")
    return geometry


def list_top_shapes(session: Session, day: date | None = None) -> list[shapely.Geometry]:
    """The shapes of the areas at the top of the tree; as of today, or of a day."""
    statement = select(Area.geometry).where(_valid(day), Area.parent_id.is_(None), Area.min_x.is_not(None))
    return list(session.scalars(statement))


def list_base_shapes(session: Session, box: Box, zoom: int) -> list[BaseShape]:
    """Base map features that meet a box and are drawn at a zoom, in drawing order."""
    columns = (
        BaseMapFeature.layer, BaseMapFeature.kind, BaseMapFeature.name, BaseMapFeature.name_en, BaseMapFeature.geometry,
    )  # fmt: skip
    statement = (
        select(*columns)
        .where(BaseMapFeature.rank <= zoom, meets_box(session, BaseMapFeature, box))
        .order_by(BaseMapFeature.id)
    )
    return [BaseShape(*row) for row in session.execute(statement)]


def _counts(session: Session, *conditions: ColumnElement[bool]) -> dict[int, int]:
    statement = select(Incident.area_id, func.count()).where(Incident.area_id.is_not(None), *conditions)
    rows: Any = session.execute(statement.group_by(Incident.area_id))
    return {area: number for area, number in rows}


def count_open_by_area(session: Session) -> dict[int, int]:
    """Open incidents by the area they lie in."""
    return _counts(session, *open_cases())


def count_overdue_by_area(session: Session, now: datetime) -> dict[int, int]:
    """Late incidents (conditions.overdue) by area."""
    return _counts(session, *overdue(now))


def count_reported_by_area(session: Session, since: datetime) -> dict[int, int]:
    """Incidents reported since a moment, by area."""
    return _counts(session, Incident.reported_at >= since)


def list_covered_area_ids(session: Session, day: date) -> list[int]:
    """Areas that have an assigned party member on a day."""
    current = (Assignment.starts_on <= day, or_(Assignment.ends_on.is_(None), Assignment.ends_on >= day))
    return list(session.scalars(select(Assignment.area_id).where(*current).distinct()))


def list_incident_points(
    session: Session, closed_since: datetime | None, conditions: Sequence[ColumnElement[bool]] = ()
) -> list[IncidentPoint]:
    """Open incidents and those closed since a moment (None: ever), placed or not; `conditions` narrow them further."""
    columns = (
        Incident.id, Incident.number, Incident.category, Incident.lon, Incident.lat, Incident.area_id,
        Incident.status, Incident.due_at, Incident.closed_at, Incident.main_id,
    )  # fmt: skip
    shown = [] if closed_since is None else [or_(and_(*open_cases()), Incident.closed_at >= closed_since)]
    statement = select(*columns).where(*shown, *conditions).order_by(Incident.id)
    rows: Any = session.execute(statement)
    return [IncidentPoint(*row) for row in rows]
