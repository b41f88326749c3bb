"""Whistles and the answers of the departments (feature C6)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base
from db.models.incidents import OfIncident

_AWAITED = text("reported_at IS NULL AND waived_at IS NULL")


class Whistle(Base, OfIncident):
    """The street calls departments to a case. ``reason``: domain.whistles.WhistleReason."""

    __tablename__ = "whistles"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    reason: Mapped[str] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(Text, default="")
    blown_at: Mapped[datetime] = mapped_column(index=True)
    blown_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class WhistleAnswer(Base, OfIncident):
    """What one department did about a whistle: the columns of domain.whistles.Answer, as the timeline led to them."""

    __tablename__ = "whistle_answers"
    __table_args__ = (
        UniqueConstraint("whistle_id", "department_id"),
        Index("ix_whistle_answers_awaited", "due_at", sqlite_where=_AWAITED, postgresql_where=_AWAITED),
        Index("ix_whistle_answers_department_id_incident_id", "department_id", "incident_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    whistle_id: Mapped[int] = mapped_column(ForeignKey("whistles.id"))
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    due_at: Mapped[datetime]
    reported_at: Mapped[datetime | None]
    reported_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    result: Mapped[str] = mapped_column(Text, default="")
    result_at: Mapped[datetime | None]
    waived_at: Mapped[datetime | None]
    waived_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    waive_reason: Mapped[str] = mapped_column(Text, default="")
    rating: Mapped[int | None]
    rated_at: Mapped[datetime | None]
    rated_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
