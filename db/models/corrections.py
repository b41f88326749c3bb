"""Corrections of attendances (feature E2): what is wrong is not written over, but corrected by a record of its own."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from db.models.activities import Attendance
from db.models.base import Base, Scoped
from domain.permissions import Scope


class AttendanceCorrection(Base, Scoped):
    """Somebody says that an attendance's times are others, or that nobody was there (both times after empty).

    Append-only by trigger. It counts once a second person says yes (AttendanceCorrectionAnswer).
    """

    __tablename__ = "attendance_corrections"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    attendance_id: Mapped[int] = mapped_column(ForeignKey("attendances.id"), index=True)
    came_before: Mapped[datetime]
    left_before: Mapped[datetime]
    minutes_before: Mapped[int]
    came_after: Mapped[datetime | None]
    left_after: Mapped[datetime | None]
    minutes_after: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(400))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those of the attendances that the scope shows."""
        return cls.attendance_id.in_(select(Attendance.id).where(Attendance.visible_to(scope)))


class AttendanceCorrectionAnswer(Base, Scoped):
    """The second person's yes or no to a correction, once. Append-only by trigger."""

    __tablename__ = "attendance_correction_answers"
    __append_only__ = True

    correction_id: Mapped[int] = mapped_column(ForeignKey("attendance_corrections.id"), primary_key=True)
    is_confirmed: Mapped[bool]
    note: Mapped[str] = mapped_column(String(400), default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime]

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those of the corrections that the scope shows."""
        visible = AttendanceCorrection.visible_to(scope)
        return cls.correction_id.in_(select(AttendanceCorrection.id).where(visible))
