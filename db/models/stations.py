"""Stations (阵地): service centres, posts, halls, and their rooms (features F1, F3)."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Versioned


class Station(Base, Versioned):
    """One station. ``hours`` is domain.stations' weekly table as JSON, ``items`` the keys of what it offers."""

    __tablename__ = "stations"
    __layer__ = "stations"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(400), default="")
    kind: Mapped[str] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str | None] = mapped_column(String(32))  # a public line, never a person's
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"), index=True)
    hours: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    items: Mapped[list[str]] = mapped_column(JSON, default=list)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Room(Base, Versioned):
    """A room of a station; ``capacity`` in people, None = not stated. It exists in [valid_from, valid_to)."""

    __tablename__ = "rooms"
    __table_args__ = (UniqueConstraint("station_id", "name"), CheckConstraint("capacity > 0", name="capacity"))

    id: Mapped[int] = mapped_column(primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    name: Mapped[str] = mapped_column(String(60))
    capacity: Mapped[int | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
