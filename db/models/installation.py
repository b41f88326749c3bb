"""What the database is, the base map of its town, and small bookkeeping."""

from datetime import datetime

import shapely
from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Boxed
from db.types import Geometry


class InstallationValue(Base):
    """Facts about this database: profile, demo or real, seed, digest of the demo."""

    __tablename__ = "installation"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class LayerVersion(Base):
    """Counts the changes of a layer of the map; its ETag."""

    __tablename__ = "layer_versions"

    layer: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)


class Counter(Base):
    """The last number given in a series, such as the incidents of one day."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


class FormReceipt(Base):
    """A form that was accepted: the same form sent again answers with the same record."""

    __tablename__ = "form_receipts"

    form_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[int]
    at: Mapped[datetime]


class BaseMapFeature(Base, Boxed):
    """A road, river, park, block or building of the town's own base map."""

    __tablename__ = "base_map_features"
    __layer__ = "base"

    id: Mapped[int] = mapped_column(primary_key=True)
    layer: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(120), default="")
    name_en: Mapped[str] = mapped_column(String(120), default="")
    rank: Mapped[int] = mapped_column(default=0)  # the least zoom at which it is drawn
    geometry: Mapped[shapely.Geometry] = mapped_column(Geometry())
