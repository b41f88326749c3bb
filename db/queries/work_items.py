"""The admission list, and the cases that departments handed to grids."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import IncidentEvent, User, WorkItem
from domain.errors import NotFound
from domain.incidents import IncidentAction
from domain.permissions import Role

_HANDING = (IncidentAction.HAND_OVER.value, IncidentAction.HAND_DOWN.value)


def list_work_items(session: Session, department: str | None = None) -> list[WorkItem]:
    """Every item, of one department where it is named: by department, then by name."""
    statement = select(WorkItem).order_by(WorkItem.department, WorkItem.name, WorkItem.id)
    if department is not None:
        statement = statement.where(WorkItem.department == department)
    return list(session.scalars(statement))


def get_work_item(session: Session, item_id: int) -> WorkItem:
    """An item by id, locked. Raises NotFound."""
    item = session.scalar(select(WorkItem).where(WorkItem.id == item_id).with_for_update())
    if item is None:
        raise NotFound(subject="work_item")
    return item


def list_department_names(session: Session) -> list[str]:
    """The names of the departments that have an active account."""
    statement = select(User.name).where(User.role == Role.DEPARTMENT.value, User.is_active).order_by(User.name)
    return list(dict.fromkeys(session.scalars(statement)))


def count_handed_to_grids(session: Session, since: datetime) -> dict[str, int]:
    """Cases handed to grids since an instant, by the name of the department: entries that name an item of the list."""
    statement = (
        select(IncidentEvent.actor_name, func.count())
        .where(
            IncidentEvent.action.in_(_HANDING), IncidentEvent.at >= since, IncidentEvent.detail.contains('"work_item"')
        )
        .group_by(IncidentEvent.actor_name)
    )  # fmt: skip
    return {name: count for name, count in session.execute(statement)}
