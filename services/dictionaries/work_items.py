"""The admission list: what departments may hand to grids, until when, and who loads the grids most (feature A7)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from db.models import Incident, WorkItem
from db.queries import work_items as queries
from db.queries.audit import add_audit_entry
from db.session import reading, transaction
from domain.clock import local_date, utc_now
from domain.dictionaries import Words
from domain.errors import StaleRecord
from domain.permissions import EVERYWHERE, Actor, Permission, Role, require
from domain.texts import clean_line
from domain.work_items import (
    Admitted,
    DepartmentAmbiguous,
    Term,
    WorkItemKind,
    WorkItemState,
    WorkNotAdmitted,
    check_hours,
    check_item,
)
from services.dictionaries.current import current_dictionary

SUBJECT = "work_item"
LOAD_DAYS = 90


@dataclass(frozen=True)
class WorkItemForm:
    """What is typed for an item. ``covers``: key of a class or family of incidents, "" for other work."""

    name: str
    kind: WorkItemKind
    department: str
    covers: str = ""
    basis: str = ""
    hours: float = 0.0
    temporary: bool = False
    approved_by: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class WorkItemView:
    """An item of the list as it stands today; ``covers_name`` None = it is about no class of incidents."""

    id: int
    version: int
    name: str
    kind: WorkItemKind
    department: str
    covers: str
    covers_name: Words | None
    basis: str
    hours: float
    temporary: bool
    approved_by: str
    valid_from: date
    valid_to: date | None
    state: WorkItemState


@dataclass(frozen=True)
class DepartmentLoad:
    """What a department asks of the grids: items in force, hours of one grid in a month, cases handed on lately."""

    department: str
    items: int
    temporary: int
    hours: float
    handed: int


def list_work_items(actor: Actor, now: datetime | None = None) -> list[WorkItemView]:
    """Every item there is or was, those in force first."""
    require(actor, Permission.DICTIONARY_SEE)
    day = local_date(now or utc_now())
    with reading(EVERYWHERE) as session:
        views = [_view(row, day) for row in queries.list_work_items(session)]
    return sorted(views, key=lambda view: view.state is WorkItemState.EXPIRED)


def list_departments(actor: Actor) -> list[str]:
    """Names of departments to choose from: those with an account, which alone can hand on cases."""
    require(actor, Permission.DICTIONARY_SEE)
    with reading(EVERYWHERE) as session:
        return queries.list_department_names(session)


def department_loads(actor: Actor, now: datetime | None = None) -> list[DepartmentLoad]:
    """Which department loads the grids most: by hours, then by cases handed on in the last 90 days."""
    require(actor, Permission.DICTIONARY_SEE)
    now = now or utc_now()
    with reading(EVERYWHERE) as session:
        rows = queries.list_work_items(session)
        handed = queries.count_handed_to_grids(session, now - timedelta(days=LOAD_DAYS))
        names = queries.list_account_names(session, {row.department_id or 0 for row in rows} | handed.keys())
    day = local_date(now)
    holding: dict[int | str, list[WorkItem]] = {user_id: [] for user_id in handed}
    for row in rows:
        if _term(row).state_on(day) is WorkItemState.IN_FORCE:
            holding.setdefault(row.department_id or row.department, []).append(row)
    loads = [
        DepartmentLoad(
            names.get(key, "") if isinstance(key, int) else key, len(own), sum(row.temporary for row in own),
            sum(row.hours for row in own), handed.get(key, 0) if isinstance(key, int) else 0,
        )
        for key, own in holding.items()
    ]  # fmt: skip
    return sorted(loads, key=lambda load: (-load.hours, -load.handed, -load.items, load.department))


def add_work_item(actor: Actor, form: WorkItemForm, now: datetime | None = None) -> WorkItemView:
    """Put an item on the list.

    Raises EmptyText, TextTooLong, ControlCharacters, NotFound (no such class or family), TemporaryItemNeedsEnd,
    ApprovalRequired, EndBeforeBeginning, WorkHoursOutOfRange,
    DepartmentAmbiguous.
    """
    require(actor, Permission.WORK_ITEM_EDIT)
    now = now or utc_now()
    term = Term(form.valid_from or local_date(now), form.valid_to)
    approved = clean_line(form.approved_by, "approved_by", 60, required=False)
    check_hours(form.hours)
    check_item(term, temporary=form.temporary, approved_by=approved)
    department = clean_line(form.department, "department", 60)
    row = WorkItem(
        name=clean_line(form.name, "work_item", 120), kind=WorkItemKind(form.kind).value,
        department=department, covers=_known(form.covers),
        basis=clean_line(form.basis, "basis", 200, required=False), hours=form.hours,
        temporary=form.temporary, approved_by=approved, valid_from=term.first, valid_to=term.last,
        created_by=actor.user_id or None, created_at=now,
    )  # fmt: skip
    with transaction(EVERYWHERE) as session:
        row.department_id = _account_of(session, department)
        session.add(row)
        session.flush()
        add_audit_entry(session, actor.user_id, f"{SUBJECT}.add", SUBJECT, now, row.id, row.name)
    return _view(row, local_date(now))


def end_work_item(actor: Actor, item_id: int, version: int, now: datetime | None = None) -> WorkItemView:
    """Let an item end with yesterday, so that nothing is handed on under it any more. Raises NotFound, StaleRecord."""
    require(actor, Permission.WORK_ITEM_EDIT)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        row = queries.get_work_item(session, item_id)
        if row.version != version:
            raise StaleRecord()
        row.valid_to = local_date(now) - timedelta(days=1)
        session.flush()
        add_audit_entry(session, actor.user_id, f"{SUBJECT}.end", SUBJECT, now, row.id, row.name)
    return _view(row, local_date(now))


def refuse_unadmitted(
    session: Session, actor: Actor, incident: Incident, to: Role, now: datetime
) -> dict[str, object]:  # fmt: skip
    """Refuse (WorkNotAdmitted) that a department hands a case to a grid without an item of the list that covers it.

    Returns the item's name for the timeline; nothing where the list has no say.
    """
    if actor.role is not Role.DEPARTMENT or to is not Role.GRID_LEADER:
        return {}
    dictionary = current_dictionary(session)
    keys = {incident.category, dictionary.family_of(incident.category)} - {""}
    for row in queries.list_work_items(session, actor.user_id):
        if Admitted(row.department_id, row.covers, _term(row)).admits(actor.user_id, keys, local_date(now)):
            return {"work_item": row.name}
    raise WorkNotAdmitted(department=actor.name, category=dictionary.category_name(incident.category))


def _account_of(session: Session, department: str) -> int | None:
    """The account of that name; None for a department without one. Raises DepartmentAmbiguous."""
    found = queries.list_department_ids(session, department)
    if len(found) > 1:
        raise DepartmentAmbiguous(name=department, count=len(found))
    return found[0] if found else None


def _known(covers: str) -> str:
    dictionary = current_dictionary()
    if covers and covers not in {family.key for family in dictionary.families}:
        dictionary.entry(covers)
    return covers


def _term(row: WorkItem) -> Term:
    return Term(row.valid_from, row.valid_to)


def _view(row: WorkItem, day: date) -> WorkItemView:
    dictionary = current_dictionary()
    families = {entry.family: entry.family_name for entry in reversed(dictionary.entries)}
    name = families.get(row.covers) or (dictionary.category_name(row.covers) if row.covers else None)
    return WorkItemView(
        row.id, row.version, row.name, WorkItemKind(row.kind), row.department, row.covers, name, row.basis, row.hours,
        row.temporary, row.approved_by, row.valid_from, row.valid_to, _term(row).state_on(day),
    )  # fmt: skip
