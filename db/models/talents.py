"""The talent pool (feature E6): consents, append-only, what people offer, needs, and who is asked for them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, UniqueConstraint, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Scoped, Versioned, in_areas
from db.models.people import OfPerson
from domain.permissions import Scope


class Consent(Base, OfPerson):
    """A person's word on a purpose; the one with the highest ``sequence`` (from 1) holds. No row: no consent.

    ``user_id`` is who entered it: the person, or who holds the paper; ``note`` says which paper.
    """

    __tablename__ = "consents"
    __append_only__ = True
    __table_args__ = (UniqueConstraint("person_id", "purpose", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    purpose: Mapped[str] = mapped_column(String(32))
    sequence: Mapped[int]
    given: Mapped[bool]
    channel: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(200))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class TalentOffer(Base, OfPerson, Versioned):
    """A sentence on what a person offers, and when (OfferTime keys, comma separated). The skills are the person's."""

    __tablename__ = "talent_offers"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    sentence: Mapped[str] = mapped_column(String(120))
    sentence_key: Mapped[str] = mapped_column(String(400))  # the sentence, its pinyin and initials, for searching
    times: Mapped[str] = mapped_column(String(80))


class TalentNeed(Base, Scoped, Versioned):
    """A skill that is wanted at a place and time: by an activity (whose times hold), at a station, in an area."""

    __tablename__ = "talent_needs"
    __table_args__ = (CheckConstraint("until > starts_at", name="times"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    skill: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(String(200))
    area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"), index=True)
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activities.id"), index=True)
    station_id: Mapped[int | None] = mapped_column(ForeignKey("stations.id"), index=True)
    starts_at: Mapped[datetime]
    until: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), index=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those of the areas, and those for which one was asked."""
        return _visible_need(cls, scope)


def _visible_need(needs: Any, scope: Scope) -> ColumnElement[bool]:
    asks = TalentAsk.__table__.c
    own = [needs.id.in_(select(asks.need_id).where(asks.person_id == scope.person_id))] if scope.person_id else []
    return or_(in_areas(needs.area_id, scope.area_paths), *own)


class TalentAsk(Base, Scoped, Versioned):
    """Somebody was asked for a need, for reasons (MatchReason keys, comma separated), and what came of it.

    One at a time for a need, and a person once for a need.
    """

    __tablename__ = "talent_asks"
    __table_args__ = (
        UniqueConstraint("need_id", "person_id"),
        Index(
            "uq_talent_asks_standing", "need_id", unique=True,
            sqlite_where=text("state IN ('waiting', 'accepted')"),
            postgresql_where=text("state IN ('waiting', 'accepted')"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("talent_needs.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    reasons: Mapped[str] = mapped_column(String(120))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those for visible needs: of the areas, and one's own."""
        needs = TalentNeed.__table__.c
        own = [cls.person_id == scope.person_id] if scope.person_id is not None else []
        return or_(cls.need_id.in_(select(needs.id).where(in_areas(needs.area_id, scope.area_paths))), *own)
