"""Plots, their newest check, their history (feature D6)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

import shapely
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db.models import Area, Plot, PlotCheck, PlotPhoto, User
from domain.errors import NotFound


@dataclass(frozen=True)
class PlotRow:
    """A plot with its newest check; outline in EPSG:4326."""

    id: int
    version: int
    kind: str
    name: str
    owner_kind: str
    owner: str
    geometry: shapely.Geometry
    area_m2: float
    area_id: int
    area: str
    valid_from: date
    valid_to: date | None
    result: str | None
    checked_at: datetime | None


@dataclass(frozen=True)
class CheckRow:
    """A check; ``photos``: stage → id of its picture."""

    id: int
    result: str
    note: str
    by: str | None
    at: datetime
    photos: dict[str, int]


def list_plots(session: Session, day: date, plot_id: int | None = None) -> list[PlotRow]:
    """Plots of the scope that are valid on a day, or one whatever the day, by area and name."""
    newest = (
        select(PlotCheck.plot_id, func.max(PlotCheck.id).label("id")).group_by(PlotCheck.plot_id).subquery("newest")
    )
    statement = (
        select(
            Plot.id, Plot.version, Plot.kind, Plot.name, Plot.owner_kind, Plot.owner, Plot.geometry, Plot.area_m2,
            Plot.area_id, Area.name, Plot.valid_from, Plot.valid_to, PlotCheck.result, PlotCheck.at,
        )
        .join(Area, Area.id == Plot.area_id)
        .outerjoin(newest, newest.c.plot_id == Plot.id)
        .outerjoin(PlotCheck, PlotCheck.id == newest.c.id)
        .order_by(Area.code, Plot.name, Plot.id)
    )  # fmt: skip
    if plot_id is not None:
        statement = statement.where(Plot.id == plot_id)
    else:
        statement = statement.where(Plot.valid_from <= day, or_(Plot.valid_to.is_(None), Plot.valid_to > day))
    return [PlotRow(*tuple(row)) for row in session.execute(statement)]


def get_plot(session: Session, plot_id: int, *, lock: bool = False) -> Plot:
    """The plot, or NotFound."""
    found = session.get(Plot, plot_id, with_for_update=True if lock else None)
    if found is None:
        raise NotFound(subject="plot")
    return found


def list_checks(session: Session, plot_id: int) -> list[CheckRow]:
    """Every check of a plot, the newest first."""
    photos: dict[int, dict[str, int]] = defaultdict(dict)
    columns = (PlotPhoto.check_id, PlotPhoto.stage, PlotPhoto.id)
    for check_id, stage, photo_id in session.execute(select(*columns).where(PlotPhoto.plot_id == plot_id)):
        photos[check_id][stage] = photo_id
    statement = (
        select(PlotCheck.id, PlotCheck.result, PlotCheck.note, User.name, PlotCheck.at)
        .outerjoin(User, User.id == PlotCheck.user_id)
        .where(PlotCheck.plot_id == plot_id)
        .order_by(PlotCheck.id.desc())
    )
    rows = session.execute(statement)
    return [CheckRow(check, result, note, by, at, photos[check]) for check, result, note, by, at in rows]


def list_outlines(session: Session, path: str) -> list[tuple[str, shapely.Geometry | None]]:
    """(level, outline) of the areas on a path, from the top."""
    ids = [int(step) for step in path.strip("/").split("/")]
    statement = select(Area.id, Area.level, Area.geometry).where(Area.id.in_(ids))
    found = {row[0]: (row[1], row[2]) for row in session.execute(statement)}
    return [found[area_id] for area_id in ids if area_id in found]
