"""轮值: rotas, who is on them, their duties, swaps and confirmations (feature D6)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Scoped, Versioned, in_areas
from domain.permissions import Scope


class Rota(Base, Scoped, Versioned):
    """A rota of an area: slots from the first to the last day, ``seats`` people each."""

    __tablename__ = "rotas"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="days"),
        CheckConstraint("seats BETWEEN 1 AND 10", name="seats"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    step: Mapped[str] = mapped_column(String(8))
    seats: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those of the scope's areas, and those on which one stands oneself, wherever one's account belongs."""
        return _visible_rota(cls.area_id, cls.id, scope)


def _visible_rota(area_id: Any, rota_id: Any, scope: Scope) -> ColumnElement[bool]:
    members: Any = RotaMember.__table__.c
    standing = select(members.rota_id).where(members.person_id == scope.person_id, members.left.is_(False))
    own = [rota_id.in_(standing)] if scope.person_id is not None else []
    return or_(in_areas(area_id, scope.area_paths), *own)


class OfRota(Scoped):
    """What belongs to a rota by its ``rota_id``."""

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """What belongs to a visible rota."""
        rotas: Any = Rota.__table__.c
        visible = select(rotas.id).where(_visible_rota(rotas.area_id, rotas.id, scope))
        return cls.rota_id.in_(visible)  # type: ignore[attr-defined, no-any-return]


class RotaMember(Base, OfRota):
    """Somebody on a rota; ``left``: no more, for duties to come."""

    __tablename__ = "rota_members"
    __table_args__ = (UniqueConstraint("rota_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rota_id: Mapped[int] = mapped_column(ForeignKey("rotas.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    left: Mapped[bool]


class RotaAbsence(Base, OfRota):
    """Days, both inclusive, on which a member is away."""

    __tablename__ = "rota_absences"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rota_id: Mapped[int] = mapped_column(ForeignKey("rotas.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class RotaDuty(Base, Scoped, Versioned):
    """One seat of one slot; nobody has it where ``person_id`` is None. The database takes nobody twice in a slot."""

    __tablename__ = "rota_duties"
    __table_args__ = (
        UniqueConstraint("rota_id", "starts_on", "seat"),
        UniqueConstraint("rota_id", "starts_on", "person_id"),
        CheckConstraint("ends_on >= starts_on", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rota_id: Mapped[int] = mapped_column(ForeignKey("rotas.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    seat: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those of a visible rota, and one's own."""
        rotas: Any = Rota.__table__.c
        own = [cls.person_id == scope.person_id] if scope.person_id is not None else []
        return or_(cls.rota_id.in_(select(rotas.id).where(_visible_rota(rotas.area_id, rotas.id, scope))), *own)


class RotaConfirmation(Base, OfRota):
    """A duty was done: who said so, and where, in degrees (EPSG:4326), when who had it stood there. Append-only."""

    __tablename__ = "rota_confirmations"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    rota_id: Mapped[int] = mapped_column(ForeignKey("rotas.id"), index=True)
    duty_id: Mapped[int] = mapped_column(ForeignKey("rota_duties.id"), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class RotaSwap(Base, OfRota):
    """Who has ``duty_id`` asks who has ``other_id`` to exchange the two. Append-only."""

    __tablename__ = "rota_swaps"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    rota_id: Mapped[int] = mapped_column(ForeignKey("rotas.id"), index=True)
    duty_id: Mapped[int] = mapped_column(ForeignKey("rota_duties.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("rota_duties.id"))
    asked_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_of: Mapped[int] = mapped_column(ForeignKey("people.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class RotaSwapAnswer(Base, OfRota):
    """What who was asked said, once. Append-only."""

    __tablename__ = "rota_swap_answers"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    rota_id: Mapped[int] = mapped_column(ForeignKey("rotas.id"), index=True)
    swap_id: Mapped[int] = mapped_column(ForeignKey("rota_swaps.id"), unique=True)
    answer: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
