"""Visits and patrols (feature D5). Only the newest record of a chain of corrections counts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from db.models import Area, PointsEntry, RotaConfirmation, RotaDuty, User, Visit, VisitPhoto
from domain.clock import day_end, day_start
from domain.errors import NotFound
from domain.periods import Period
from domain.points import EntryKind

VISIT, DUTY = "visit", "duty"  # the ledger's names of these records


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


@dataclass(frozen=True)
class DayOut:
    """A record that says that a person was out on a day: the first of a chain of visits, or a duty that is done."""

    subject: str
    id: int
    at: datetime
    earned: bool  # once at least, taken back or not


def list_days_out(session: Session, person_id: int, day: date) -> list[DayOut]:
    """The records of a person's Shanghai day, those that count no more as well; what earned first, then by time."""
    visits = select(Visit.id, Visit.at).where(
        Visit.person_id == person_id, Visit.corrects_id.is_(None), *_within(Visit.at, day)
    )
    duties = _duties_done(select(RotaConfirmation.duty_id, RotaConfirmation.at), person_id, day)
    found = [(VISIT, *row) for row in session.execute(visits)] + [(DUTY, *row) for row in session.execute(duties)]
    earned: Any = select(PointsEntry.subject, PointsEntry.subject_id).where(
        PointsEntry.kind == EntryKind.EARN.value,
        PointsEntry.subject.in_((VISIT, DUTY)),
        PointsEntry.subject_id.in_([number for _, number, _ in found]),
    )
    paid = {tuple(row) for row in session.execute(earned)} if found else set()
    days = [DayOut(subject, number, at, (subject, number) in paid) for subject, number, at in found]
    return sorted(days, key=lambda one: (not one.earned, one.at, one.subject, one.id))


def was_out(session: Session, person_id: int, day: date) -> bool:
    """Whether a record that counts says that a person was out on a Shanghai day."""
    visits = select(Visit.id).where(counts(), Visit.person_id == person_id, *_within(Visit.at, day))
    if session.scalar(visits.limit(1)) is not None:
        return True
    return session.scalar(_duties_done(select(RotaConfirmation.id), person_id, day).limit(1)) is not None


def _duties_done(statement: Any, person_id: int, day: date) -> Any:
    """Duties done on a day: that of the press, or the duty's last where somebody said so later."""
    pressed = (*_within(RotaConfirmation.at, day), RotaDuty.ends_on >= day)
    later = RotaConfirmation.at >= day_end(day), RotaDuty.ends_on == day
    return (
        statement.select_from(RotaConfirmation)
        .join(RotaDuty, RotaDuty.id == RotaConfirmation.duty_id)
        .where(RotaConfirmation.person_id == person_id, or_(and_(*pressed), and_(*later)))
    )


def _within(at: Any, day: date) -> tuple[Any, Any]:
    return at >= day_start(day), at < day_end(day)


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
