"""Requests about a case's clock, and who approved an exemption (features C4, C5)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base
from db.models.incidents import OfIncident

_WAITING = text("state = 'waiting'")
_GRANTED = text("kind = 'exemption' AND state = 'granted'")


class ClockRequest(Base, OfIncident):
    """An extension or an exemption that somebody asks for. ``amount`` of an extension is in the case's own clock."""

    __tablename__ = "clock_requests"
    __table_args__ = (
        Index("uq_clock_requests_waiting", "incident_id", "kind", unique=True, sqlite_where=_WAITING,
              postgresql_where=_WAITING),
        Index("uq_clock_requests_exempted", "incident_id", unique=True, sqlite_where=_GRANTED,
              postgresql_where=_GRANTED),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    amount: Mapped[float | None]
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decision: Mapped[str] = mapped_column(Text, default="")


class ClockApproval(Base, OfIncident):
    """One person's yes to an exemption."""

    __tablename__ = "clock_approvals"
    __table_args__ = (UniqueConstraint("request_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("clock_requests.id"))
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
