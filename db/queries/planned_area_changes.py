"""Changes of areas that are planned for a day ahead (feature A4)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from db.models import PlannedAreaChange, User

_P = PlannedAreaChange
_WAITS = (_P.change_id.is_(None), _P.failed_at.is_(None), _P.cancelled_at.is_(None))


@dataclass(frozen=True)
class PlannedRow:
    """A planned change that was not made, and who planned and cancelled it."""

    planned: PlannedAreaChange
    planned_by: str | None
    cancelled_by: str | None


def list_waiting_planned(session: Session, without: int | None = None) -> list[PlannedAreaChange]:
    """Planned changes that wait, in order of days; ``without``: the id of one to leave out."""
    statement = select(_P).where(*_WAITS).order_by(_P.day, _P.id)
    return [planned for planned in session.scalars(statement) if planned.id != without]


def list_due_planned(session: Session, day: date) -> list[tuple[int, Collection[int]]]:
    """Id and areas of the planned changes that wait for a day up to this one, in order of days."""
    found = session.scalars(select(_P).where(*_WAITS, _P.day <= day).order_by(_P.day, _P.id))
    return [(planned.id, planned.form["area_ids"]) for planned in found]


def find_planned(session: Session, planned_id: int) -> PlannedAreaChange | None:
    """A planned change, to look at."""
    return session.get(PlannedAreaChange, planned_id)


def get_planned(session: Session, planned_id: int) -> PlannedAreaChange | None:
    """A planned change, locked until the commit."""
    return session.scalar(select(_P).where(_P.id == planned_id).with_for_update())


def list_planned(session: Session, since: datetime, limit: int = 100) -> list[PlannedRow]:
    """Those that were not made, by day; of the cancelled ones those cancelled since an instant."""
    planner, canceller = aliased(User), aliased(User)
    statement = (
        select(_P, planner.name, canceller.name)
        .outerjoin(planner, planner.id == _P.planned_by)
        .outerjoin(canceller, canceller.id == _P.cancelled_by)
        .where(_P.change_id.is_(None), or_(_P.cancelled_at.is_(None), _P.cancelled_at >= since))
        .order_by(_P.day, _P.id)
    )
    return [PlannedRow(*row) for row in session.execute(statement.limit(limit))]


def count_failed_planned(session: Session) -> int:
    """Planned changes that were not made on their day, and of which nobody took note."""
    statement = select(func.count()).select_from(_P).where(_P.failed_at.is_not(None), _P.cancelled_at.is_(None))
    return session.scalar(statement) or 0


def list_left_planned(session: Session, today: date) -> list[tuple[int, date, str]]:
    """Id, day and what failed ("" = not tried) of planned changes that ought to have been made before this day."""
    overdue = or_(_P.failed_at.is_not(None), _P.day < today)
    statement = select(_P).where(_P.change_id.is_(None), _P.cancelled_at.is_(None), overdue).order_by(_P.day, _P.id)
    return [(planned.id, planned.day, planned.failure.get("code", "")) for planned in session.scalars(statement)]


def list_planned_codes(session: Session, without: int | None = None) -> set[str]:
    """The codes that waiting planned changes will give to new areas: nobody else gets them meanwhile."""
    waiting = list_waiting_planned(session, without)
    return {part["code"] for planned in waiting for part in planned.form["parts"]}


def planners_of(session: Session, change_ids: Collection[int]) -> dict[int, str]:
    """Id of a change → who had planned it."""
    statement = select(_P.change_id, User.name).join(User, User.id == _P.planned_by).where(_P.change_id.in_(change_ids))
    return {int(row.change_id or 0): row.name for row in session.execute(statement)}
