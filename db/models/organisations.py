"""Party organisations and what they look after (features A1, A8)."""

from datetime import date

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Versioned


class Organisation(Base, Versioned):
    """A party committee, branch or group; ``tier`` is a tier key of the profile."""

    __tablename__ = "organisations"
    __table_args__ = (Index("ix_organisations_path", "path", postgresql_ops={"path": "text_pattern_ops"}),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    tier: Mapped[str] = mapped_column(String(32))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    path: Mapped[str] = mapped_column(String(255), default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class OrganisationArea(Base):
    """An organisation leads an area."""

    __tablename__ = "organisation_areas"
    __table_args__ = (UniqueConstraint("organisation_id", "area_id", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
