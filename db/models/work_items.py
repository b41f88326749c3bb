"""The admission list of work that departments may hand to grids (feature A7)."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Versioned


class WorkItem(Base, Versioned):
    """One item of the list. ``covers``: key of a class or family of the dictionary, "" for work that is no incident.

    ``department_id``: its account, which alone may hand on cases under it; None: the department has none.
    ``hours``: what it takes a grid in a month, as the department says.
    """

    __tablename__ = "work_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(16))
    department: Mapped[str] = mapped_column(String(60), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    covers: Mapped[str] = mapped_column(String(64), default="")
    basis: Mapped[str] = mapped_column(String(200), default="")
    hours: Mapped[float] = mapped_column(default=0.0)
    temporary: Mapped[bool]
    approved_by: Mapped[str] = mapped_column(String(60), default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
