"""The dictionary of incidents by version (feature C2)."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class DictionaryVersion(Base):
    """One state of the dictionary, and what its import changed. Never deleted."""

    __tablename__ = "dictionary_versions"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(String(400), default="")
    added: Mapped[int]
    changed: Mapped[int]
    closed: Mapped[int]
    total: Mapped[int]  # entries that hold in this version


class DictionaryRow(Base):
    """One entry, in the versions from ``first_version`` to ``last_version`` (None = it still holds). Never deleted.

    ``condition`` "" = the class in general.
    """

    __tablename__ = "dictionary_entries"
    __table_args__ = (UniqueConstraint("category", "condition", "first_version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]  # its place in the list
    family: Mapped[str] = mapped_column(String(64))
    family_name: Mapped[str] = mapped_column(String(200))
    family_name_en: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(64))
    class_name: Mapped[str] = mapped_column(String(200))
    class_name_en: Mapped[str] = mapped_column(String(200))
    condition: Mapped[str] = mapped_column(String(64))
    condition_name: Mapped[str] = mapped_column(String(200))
    condition_name_en: Mapped[str] = mapped_column(String(200))
    limit_amount: Mapped[float]
    limit_clock: Mapped[str] = mapped_column(String(16))
    standard: Mapped[str] = mapped_column(String(400))
    standard_en: Mapped[str] = mapped_column(String(400))
    department: Mapped[str] = mapped_column(String(200))
    department_en: Mapped[str] = mapped_column(String(200))
    photo_required: Mapped[bool]
    example: Mapped[bool]
    first_version: Mapped[int] = mapped_column(ForeignKey("dictionary_versions.number"))
    last_version: Mapped[int | None] = mapped_column(ForeignKey("dictionary_versions.number"))
