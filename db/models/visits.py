"""Visits and patrols (feature D5). Append-only: a correction is a new record that names the one it replaces."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Photograph, Scoped, in_areas
from domain.permissions import Scope


def _visible(visits: Any, scope: Scope) -> ColumnElement[bool]:
    own = [visits.created_by == scope.user_id] if scope.user_id is not None else []
    return or_(in_areas(visits.area_id, scope.area_paths), *own)


class Visit(Base, Scoped):
    """Somebody was at a place. ``area_id``: the finest area that held it on that day; ``corrects_id``: the replaced
    record, which counts no more; ``withdrawn``: neither does this one.
    """

    __tablename__ = "visits"
    __append_only__ = True
    __layer__ = "visits"
    __table_args__ = (
        CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="place"),
        Index("ix_visits_area_id_at", "area_id", "at"),
        Index("ix_visits_created_by_at", "created_by", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    note: Mapped[str] = mapped_column(String(60))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), unique=True)
    withdrawn: Mapped[bool]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those in the areas, and one's own."""
        return _visible(cls, scope)


class VisitPhoto(Base, Photograph, Scoped):
    """A picture of a visit, re-encoded without position or device data."""

    __tablename__ = "visit_photos"
    __append_only__ = True

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """What belongs to a visible visit."""
        visits = Visit.__table__
        return cls.visit_id.in_(select(visits.c.id).where(_visible(visits.c, scope)))
