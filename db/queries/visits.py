"""Visits and patrols (feature D5). Only the newest record of a chain of corrections counts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from db.models import Area, User, Visit, VisitPhoto
from domain.clock import day_end, day_start
from domain.errors import NotFound
from domain.periods import Period


@dataclass(frozen=True)
class VisitRow:
    """A visit that counts, with the names that a list shows."""

    id: int
    kind: str
    at: datetime
    lon: float | None
    lat: float | None
    area_id: int
    area: str
    community: str
    note: str
    created_by: int | None
    by: str | None
    photo_id: int | None


def counts() -> ColumnElement[bool]:
    """Neither corrected by a later record nor withdrawn."""
    later = Visit.__table__.alias("later")
    return Visit.withdrawn.is_(False) & ~select(later.c.id).where(later.c.corrects_id == Visit.id).exists()


def list_visits(
    session: Session, *, by_user: int | None = None, area_path: str | None = None, period: Period | None = None,
    kind: str | None = None, limit: int = 100,
) -> list[VisitRow]:  # fmt: skip
    """Visits of the scope that count, the newest first; what is left out is not asked."""
    above = aliased(Area)
    statement = (
        select(
            Visit.id, Visit.kind, Visit.at, Visit.lon, Visit.lat, Visit.area_id, Area.name,
            func.coalesce(above.name, ""), Visit.note, Visit.created_by, User.name, VisitPhoto.id,
        )
        .join(Area, Area.id == Visit.area_id)
        .outerjoin(above, above.id == Area.parent_id)
        .outerjoin(User, User.id == Visit.created_by)
        .outerjoin(VisitPhoto, VisitPhoto.visit_id == Visit.id)
        .where(counts())
        .order_by(Visit.at.desc(), Visit.id.desc())
        .limit(limit)
    )  # fmt: skip
    if by_user is not None:
        statement = statement.where(Visit.created_by == by_user)
    if area_path is not None:
        statement = statement.where(Area.path.like(f"{area_path}%"))
    if period is not None:
        statement = statement.where(Visit.at >= day_start(period.first), Visit.at < day_end(period.last))
    if kind is not None:
        statement = statement.where(Visit.kind == kind)
    return [VisitRow(*tuple(row)) for row in session.execute(statement)]


def get_visit(session: Session, visit_id: int) -> Visit:
    """The record, or NotFound."""
    found = session.get(Visit, visit_id)
    if found is None:
        raise NotFound(subject="visit")
    return found


def is_corrected(session: Session, visit_id: int) -> bool:
    """Whether a later record replaces it, whatever the scope."""
    visits = Visit.__table__.c
    return session.scalar(select(visits.id).where(visits.corrects_id == visit_id)) is not None


def list_last_visits(session: Session) -> dict[int, datetime]:
    """Area id → when somebody was there last, of the visits of the scope that count; areas without one are absent."""
    statement = select(Visit.area_id, func.max(Visit.at)).where(counts()).group_by(Visit.area_id)
    rows: Any = session.execute(statement)
    return {area: at for area, at in rows}


def has_visit_of_day(session: Session, person_id: int, day: date, besides: int) -> bool:
    """Whether a person was out on a Shanghai day by another record that counts."""
    statement = select(Visit.id).where(
        counts(), Visit.person_id == person_id, Visit.at >= day_start(day), Visit.at < day_end(day), Visit.id != besides
    )
    return session.scalar(statement.limit(1)) is not None


@dataclass(frozen=True)
class GridName:
    """A grid of the list of gaps."""

    id: int
    code: str
    name: str
    path: str
    community: str


def list_grid_names(session: Session, level: str, paths: Collection[str]) -> list[GridName]:
    """The present grids under the paths (all without), by code."""
    above = aliased(Area)
    statement = (
        select(Area.id, Area.code, Area.name, Area.path, func.coalesce(above.name, ""))
        .outerjoin(above, above.id == Area.parent_id)
        .where(Area.valid_to.is_(None), Area.level == level)
        .order_by(Area.code, Area.id)
    )
    if paths:
        statement = statement.where(or_(*(Area.path.like(f"{path}%") for path in paths)))
    return [GridName(*row) for row in session.execute(statement)]


def map_paths(session: Session, area_ids: Collection[int]) -> dict[int, str]:
    """Area id → path, past ones too."""
    statement = select(Area.id, Area.path).where(Area.id.in_(area_ids))
    return {row[0]: row[1] for row in session.execute(statement)}
