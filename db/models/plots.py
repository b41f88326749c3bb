"""责任田 and 门前三包: plots, checks and pictures of these (feature D6). Checks and pictures are append-only."""

from datetime import date, datetime
from typing import Any

import shapely
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Photograph, Scoped, Versioned, in_areas
from db.types import Geometry
from domain.permissions import Scope


class Plot(Base, Scoped, Versioned):
    """A plot with its owner by name, from ``valid_from`` until ``valid_to`` (exclusive). ``area_id``: the grid it lies
    in, by its middle, on the day it was drawn.
    """

    __tablename__ = "plots"
    __table_args__ = (CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(60))
    owner_kind: Mapped[str] = mapped_column(String(16))
    owner: Mapped[str] = mapped_column(String(60))
    geometry: Mapped[shapely.Geometry] = mapped_column(Geometry("Polygon"))
    area_m2: Mapped[float]
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class OfPlot(Scoped):
    """What belongs to a plot by its ``plot_id``."""

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """What belongs to a visible plot."""
        plots: Any = Plot.__table__.c
        visible = select(plots.id).where(in_areas(plots.area_id, scope.area_paths))
        return cls.plot_id.in_(visible)  # type: ignore[attr-defined, no-any-return]


class PlotCheck(Base, OfPlot):
    """Somebody looked at a plot: kept or not."""

    __tablename__ = "plot_checks"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    plot_id: Mapped[int] = mapped_column(ForeignKey("plots.id"), index=True)
    result: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(60))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class PlotPhoto(Base, Photograph, OfPlot):
    """A picture of a check, ``stage`` before | after, re-encoded without position or device data."""

    __tablename__ = "plot_photos"
    __append_only__ = True

    plot_id: Mapped[int] = mapped_column(ForeignKey("plots.id"), index=True)
    check_id: Mapped[int] = mapped_column(ForeignKey("plot_checks.id"), index=True)
    stage: Mapped[str] = mapped_column(String(8))
