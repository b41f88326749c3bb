"""Areas: the tree and its parts. Present ones unless a day is named."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from db.models import Area
from db.queries.boxes import Box, meets_box
from domain.errors import NotFound

_CHUNK = 1000  # values in one IN list


@dataclass(frozen=True)
class AreaRow:
    """An area without its outline. Label point in degrees, EPSG:4326."""

    id: int
    code: str
    name: str
    level: str
    depth: int
    kind: str
    parent_id: int | None
    path: str
    households: int | None
    area_m2: float | None
    parts: int
    label_lon: float | None
    label_lat: float | None
    source_datum: str
    valid_from: date
    version: int


@dataclass(frozen=True)
class AreaShape:
    """An area's outline in EPSG:4326 with what finding a place needs."""

    id: int
    code: str
    level: str
    depth: int
    parent_id: int | None
    path: str
    geometry: shapely.MultiPolygon


@dataclass(frozen=True)
class AreaFilter:
    """Which areas; None = all. ``search`` is part of a name, its pinyin, its initials or the code."""

    level: str | None = None
    search: str = ""
    under: str | None = None  # path of an area: those below it
    parent_id: int | None = None
    box: Box | None = None  # degrees: those whose bounds meet it
    households: tuple[int, int] | None = None  # only those with fewer than the first or more than the second
    day: date | None = None  # as they were on a day, not as they are


ALL = AreaFilter()
_ROW: Any = (
    Area.id, Area.code, Area.name, Area.level, Area.depth, Area.kind, Area.parent_id, Area.path, Area.households,
    Area.area_m2, Area.parts, Area.label_lon, Area.label_lat, Area.source_datum, Area.valid_from, Area.version,
)  # fmt: skip
_SHAPE = (Area.id, Area.code, Area.level, Area.depth, Area.parent_id, Area.path, Area.geometry)


def find_top_area(session: Session) -> Area | None:
    """The top of the tree (the smallest code where there are several)."""
    return session.scalar(
        select(Area).where(Area.parent_id.is_(None), Area.valid_to.is_(None)).order_by(Area.code).limit(1)
    )


def get_area(session: Session, area_id: int) -> Area:
    """The area, or NotFound."""
    area = session.get(Area, area_id)
    if area is None:
        raise NotFound(subject="area")
    return area


def find_area_by_code(session: Session, code: str, day: date | None = None) -> Area | None:
    """The area of a code as valid today (``day`` None) or on a day."""
    statement = select(Area).where(Area.code == code)
    if day is None:
        statement = statement.where(Area.valid_to.is_(None))
    else:
        statement = statement.where(Area.valid_from <= day, (Area.valid_to.is_(None)) | (Area.valid_to > day))
    return session.scalar(statement)


def get_area_by_code(session: Session, code: str) -> Area:
    """The area of a code as valid today, or NotFound."""
    area = find_area_by_code(session, code)
    if area is None:
        raise NotFound(subject="area")
    return area


def get_area_row(session: Session, area_id: int) -> AreaRow:
    """The area without its outline, or NotFound."""
    row = session.execute(select(*_ROW).where(Area.id == area_id)).first()
    if row is None:
        raise NotFound(subject="area")
    return AreaRow(*row)


def list_areas(session: Session, which: AreaFilter = ALL, limit: int | None = None, offset: int = 0) -> list[AreaRow]:
    """Areas from the top of the tree down, by code within a level."""
    statement = select(*_ROW).where(*_conditions(session, which)).order_by(Area.depth, Area.level, Area.code, Area.id)
    return [AreaRow(*row) for row in session.execute(statement.limit(limit).offset(offset))]


def count_areas(session: Session, which: AreaFilter = ALL) -> int:
    """How many the filter lets through."""
    return session.scalar(select(func.count(Area.id)).where(*_conditions(session, which))) or 0


def map_area_counts_by_level(session: Session) -> dict[str, int]:
    """Level → number of areas."""
    rows = session.execute(select(Area.level, func.count(Area.id)).where(Area.valid_to.is_(None)).group_by(Area.level))
    return {level: count for level, count in rows}


def map_names_by_code(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Code → name of the present areas with these codes."""
    found: dict[str, str] = {}
    for chunk in _chunks(codes):
        statement = select(Area.code, Area.name).where(Area.valid_to.is_(None), Area.code.in_(chunk))
        found |= {code: name for code, name in session.execute(statement)}
    return found


def list_areas_by_id(session: Session, area_ids: Iterable[int]) -> dict[int, AreaRow]:
    """Id → area, for those that exist, present or past."""
    found: dict[int, AreaRow] = {}
    for chunk in _chunks(area_ids):
        found |= {row[0]: AreaRow(*row) for row in session.execute(select(*_ROW).where(Area.id.in_(chunk)))}
    return found


def list_area_shapes(
    session: Session, levels: Collection[str] | None = None, day: date | None = None
) -> list[AreaShape]:
    """Every area that has an outline, of some levels or all, by code; as of today, or of a day."""
    statement = select(*_SHAPE).where(_valid(day), Area.geometry.is_not(None))
    if levels is not None:
        statement = statement.where(Area.level.in_(levels))
    return [AreaShape(*row) for row in session.execute(statement.order_by(Area.code))]


def list_area_shapes_by_id(session: Session, area_ids: Iterable[int]) -> dict[int, AreaShape]:
    """Id → area with outline."""
    found: dict[int, AreaShape] = {}
    for chunk in _chunks(area_ids):
        statement = select(*_SHAPE).where(Area.id.in_(chunk), Area.geometry.is_not(None))
        found |= {row[0]: AreaShape(*row) for row in session.execute(statement)}
    return found


def list_area_shapes_in_box(
    session: Session, box: Box, levels: Collection[str] | None = None, limit: int | None = None
) -> list[AreaShape]:
    """The areas whose bounds meet a box in degrees, the upper ones first."""
    statement = select(*_SHAPE).where(Area.valid_to.is_(None), meets_box(session, Area, box))
    if levels is not None:
        statement = statement.where(Area.level.in_(levels))
    return [AreaShape(*row) for row in session.execute(statement.order_by(Area.depth, Area.code).limit(limit))]


def _valid(day: date | None) -> ColumnElement[bool]:
    if day is None:
        return Area.valid_to.is_(None)
    return and_(Area.valid_from <= day, or_(Area.valid_to.is_(None), Area.valid_to > day))


def _conditions(session: Session, which: AreaFilter) -> list[ColumnElement[bool]]:
    found = [_valid(which.day)]
    if which.level is not None:
        found.append(Area.level == which.level)
    if which.parent_id is not None:
        found.append(Area.parent_id == which.parent_id)
    if which.under is not None:
        found.append(and_(Area.path.like(f"{which.under}%"), Area.path != which.under))
    if which.box is not None:
        found.append(meets_box(session, Area, which.box))
    if which.households is not None:
        found.append(or_(Area.households < which.households[0], Area.households > which.households[1]))
    if text := which.search.strip():
        in_name = Area.name_key.contains(text.casefold(), autoescape=True)
        found.append(or_(in_name, Area.code.contains(text, autoescape=True)))
    return found


def _chunks(values: Iterable[Any]) -> Iterable[list[Any]]:
    every = sorted(set(values))
    return (every[start : start + _CHUNK] for start in range(0, len(every), _CHUNK))
