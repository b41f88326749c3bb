"""The calendar by which deadlines are counted: its days, the years that are complete, and its version (feature C4)."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class CalendarDate(Base):
    """A day that differs from Monday to Friday: a holiday, or a weekend day that is worked (调休)."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(60))  # key of a public holiday, or a name that somebody entered


class CalendarYear(Base):
    """A year whose schedule is entered completely."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(32))  # package | entered


class CalendarVersion(Base):
    """The one row that stands for the whole table: locked by whoever counts a deadline or changes a day."""

    __tablename__ = "calendar_versions"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime]
