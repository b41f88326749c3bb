"""Splits, mergers and redraws of areas, what came of what, and what went along (feature A4)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class AreaChange(Base):
    """One change of areas from a day on. ``figures``: what became of the records, as the preview said."""

    __tablename__ = "area_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    day: Mapped[date] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(400))
    figures: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class AreaSuccession(Base):
    """An area that ended, and one that took its place or a part of it."""

    __tablename__ = "area_successions"
    __table_args__ = (UniqueConstraint("old_id", "new_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("area_changes.id"), index=True)
    old_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))
    new_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)


class AreaCarried(Base):
    """A record that went along to a new area, for somebody to confirm. ``subject``: domain.area_changes."""

    __tablename__ = "area_carried"
    __table_args__ = (Index("ix_area_carried_subject_subject_id", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("area_changes.id"), index=True)
    subject: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[int]
    old_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))
    new_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class PlannedAreaChange(Base):
    """A change of areas decided for a day ahead. It waits until it was made (``change_id``), did not fit
    (``failed_at``), or was cancelled; what did not fit is cancelled once somebody took note.

    ``form``: area_ids, parts (code, name, households, outline as WKB in hexadecimal), heir, heirs (subject, id, place).
    ``failure``: code and values of the refusal.
    """

    __tablename__ = "planned_area_changes"
    __table_args__ = (
        CheckConstraint("change_id IS NULL OR (failed_at IS NULL AND cancelled_at IS NULL)", name="one_end"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    day: Mapped[date] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(400))
    form: Mapped[dict[str, Any]] = mapped_column(JSON)
    planned_at: Mapped[datetime]
    planned_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    change_id: Mapped[int | None] = mapped_column(ForeignKey("area_changes.id"), unique=True)
    failed_at: Mapped[datetime | None]
    failure: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
