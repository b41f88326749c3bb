"""Changes of the staffing rule (feature A6)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class StaffingChange(Base):
    """One change of a level's rule; the last is in force. Never altered, never deleted.

    ``least``, ``most``: households; None = back to the profile. ``old_least``, ``old_most``: what was in force before.
    """

    __tablename__ = "staffing_changes"
    __append_only__ = True
    __table_args__ = (
        UniqueConstraint("level", "number"),
        CheckConstraint(
            "(least IS NULL) = (most IS NULL) AND (least IS NULL OR (least >= 1 AND most > least))", name="bounds"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(String(32))
    number: Mapped[int]  # of the level's changes, from 1
    least: Mapped[int | None]
    most: Mapped[int | None]
    old_least: Mapped[int]
    old_most: Mapped[int]
    reason: Mapped[str] = mapped_column(String(400))
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
