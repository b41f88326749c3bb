"""The changes of the staffing rule (feature A6)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import StaffingChange, User


@dataclass(frozen=True)
class StaffingChangeRow:
    """A change of a level's rule; households. ``least``, ``most`` None = back to the profile."""

    level: str
    number: int
    least: int | None
    most: int | None
    old_least: int
    old_most: int
    reason: str
    changed_at: datetime
    changed_by: str | None


_ROW = (
    StaffingChange.level, StaffingChange.number, StaffingChange.least, StaffingChange.most, StaffingChange.old_least,
    StaffingChange.old_most, StaffingChange.reason, StaffingChange.changed_at, User.name,
)  # fmt: skip


def map_staffing_in_force(session: Session) -> dict[str, StaffingChangeRow]:
    """Level → its last change, of the levels that were changed."""
    last = select(func.max(StaffingChange.id)).group_by(StaffingChange.level)
    statement = select(*_ROW).outerjoin(User, User.id == StaffingChange.changed_by).where(StaffingChange.id.in_(last))
    return {row.level: StaffingChangeRow(*row) for row in session.execute(statement)}


def list_staffing_changes(session: Session, limit: int = 100) -> list[StaffingChangeRow]:
    """Changes, the latest first."""
    statement = select(*_ROW).outerjoin(User, User.id == StaffingChange.changed_by)
    found = session.execute(statement.order_by(StaffingChange.id.desc()).limit(limit))
    return [StaffingChangeRow(*row) for row in found]
