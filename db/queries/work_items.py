"""The admission list, and the cases that departments handed to grids."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import IncidentEvent, User, WorkItem
from domain.errors import NotFound
from domain.incidents import IncidentAction
from domain.permissions import Role

_HANDING = (IncidentAction.HAND_OVER.value, IncidentAction.HAND_DOWN.value)


def list_work_items(session: Session, department_id: int | None = None) -> list[WorkItem]:
    """Every item, of one department's account where it is asked for: by department, then by name."""
    statement = select(WorkItem).order_by(WorkItem.department, WorkItem.name, WorkItem.id)
    if department_id is not None:
        statement = statement.where(WorkItem.department_id == department_id)
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


def list_department_ids(session: Session, name: str) -> list[int]:
    """The active accounts of departments with this name."""
    which = User.role == Role.DEPARTMENT.value, User.is_active, User.name == name
    return list(session.scalars(select(User.id).where(*which).order_by(User.id)))


def list_account_names(session: Session, ids: Collection[int]) -> dict[int, str]:
    """Account → the name that it has now."""
    return {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(ids)))}


def count_handed_to_grids(session: Session, since: datetime) -> dict[int, int]:
    """Cases handed to grids since an instant, by the department's account: entries that name an item of the list."""
    statement = (
        select(IncidentEvent.user_id, func.count())
        .where(
            IncidentEvent.action.in_(_HANDING), IncidentEvent.at >= since,
            IncidentEvent.detail.contains('"work_item"'), IncidentEvent.user_id.is_not(None),
        )
        .group_by(IncidentEvent.user_id)
    )  # fmt: skip
    return {user_id or 0: count for user_id, count in session.execute(statement)}
