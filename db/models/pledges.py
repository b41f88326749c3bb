"""Pledges of members, their evidence, what is said of them (feature D3). All but the pledge itself is append-only."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Photograph, Scoped, Versioned, in_areas
from domain.permissions import Scope


class Pledge(Base, Scoped, Versioned):
    """亮诺: what a person promises in a post for a grid: words, measure, date."""

    __tablename__ = "pledges"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"), CheckConstraint("due_on >= starts_on", name="days"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    post: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(String(200))
    amount: Mapped[float]
    unit: Mapped[str] = mapped_column(String(16))
    starts_on: Mapped[date]
    due_on: Mapped[date] = mapped_column(index=True)
    is_public: Mapped[bool]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those for the areas, and one's own."""
        return _visible(cls, scope)


def _visible(pledges: Any, scope: Scope) -> ColumnElement[bool]:
    own = [pledges.person_id == scope.person_id] if scope.person_id is not None else []
    return or_(in_areas(pledges.area_id, scope.area_paths), *own)


class OfPledge(Scoped):
    """What belongs to a pledge by its ``pledge_id``."""

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """What belongs to a visible pledge."""
        pledges = Pledge.__table__
        visible = select(pledges.c.id).where(_visible(pledges.c, scope))
        return cls.pledge_id.in_(visible)  # type: ignore[attr-defined]


class PledgeEvidence(Base, OfPledge):
    """践诺: one service. ``record_id`` is the id of the kind's record, None for what was noted by hand.

    ``turn`` counts how often the record was withdrawn before: a record counts for one pledge of a person, and once.
    """

    __tablename__ = "pledge_evidence"
    __append_only__ = True
    __table_args__ = (UniqueConstraint("person_id", "kind", "record_id", "turn"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledges.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str] = mapped_column(String(16))
    record_id: Mapped[int | None]
    turn: Mapped[int]
    happened_on: Mapped[date]
    quantity: Mapped[float]
    note: Mapped[str] = mapped_column(String(400))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class PledgeMark(Base, OfPledge):
    """A second person confirmed evidence, or somebody withdrew it: ``mark`` confirmed | withdrawn, each once."""

    __tablename__ = "pledge_marks"
    __append_only__ = True
    __table_args__ = (UniqueConstraint("evidence_id", "mark"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledges.id"), index=True)
    evidence_id: Mapped[int] = mapped_column(ForeignKey("pledge_evidence.id"))
    mark: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(400))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class PledgeVerdict(Base, OfPledge):
    """评诺 by the secretary: kept or not, and a sentence. The newest holds."""

    __tablename__ = "pledge_verdicts"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledges.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(String(400))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class PledgeRating(Base, OfPledge):
    """评诺 by a resident: one slip, 1 to 5, without a name; who entered it."""

    __tablename__ = "pledge_ratings"
    __append_only__ = True
    __table_args__ = (CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledges.id"), index=True)
    stars: Mapped[int]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class PledgePhoto(Base, Photograph, OfPledge):
    """A picture of a service, re-encoded without position or device data."""

    __tablename__ = "pledge_photos"
    __append_only__ = True

    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledges.id"), index=True)
    evidence_id: Mapped[int] = mapped_column(ForeignKey("pledge_evidence.id"))
