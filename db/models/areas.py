"""Areas: the tree of city, district, street, community, grid, micro-grid (features A2, A4, A6)."""

from datetime import date

import shapely
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Boxed, Versioned
from db.types import Geometry


class Area(Base, Boxed, Versioned):
    """One area as it stood from ``valid_from`` until ``valid_to`` (exclusive; None = still valid).

    ``path`` holds the ids from the top ("/1/5/23/"), so a subtree is one prefix. ``level`` is a level key of the
    profile. A redrawn area gets a new row with the same code; at most one row of a code is valid on any day.
    """

    __tablename__ = "areas"
    __layer__ = "areas"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(400), default="")  # name, pinyin and initials, for searching
    level: Mapped[str] = mapped_column(String(32))
    depth: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(32), default="comprehensive")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"), index=True)
    path: Mapped[str] = mapped_column(String(255), default="")
    households: Mapped[int | None]
    area_m2: Mapped[float | None]
    parts: Mapped[int] = mapped_column(default=1)
    geometry: Mapped[shapely.Geometry | None] = mapped_column(Geometry("MultiPolygon"))
    label_lon: Mapped[float | None]
    label_lat: Mapped[float | None]
    source_datum: Mapped[str] = mapped_column(String(32), default="wgs84")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    __table_args__ = (
        Index("ix_areas_level_valid_to", "level", "valid_to"),
        Index("ix_areas_path", "path", postgresql_ops={"path": "text_pattern_ops"}),
        Index("uq_areas_code_valid_from", "code", "valid_from", unique=True),
    )
