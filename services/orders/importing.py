"""Work orders of other systems become cases: as a plan first, then in portions (feature N1, decision 0141).

The key is the source and the number there. A row that is there already and says the same adds nothing; one that says
something else updates what has changed. The same file twice is harmless, and so is a run that was cut off.
"""

import gc
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.maintaining import analyse
from db.models import Incident
from db.queries.audit import add_audit_entry
from db.queries.bulk import reserve_ids
from db.queries.locks import AREAS, hold, share
from db.queries.orders import insert_orders, list_moved, list_orders, update_orders
from db.session import database, reading, transaction
from domain.clock import local_date, utc_now
from domain.errors import PermissionDenied
from domain.incidents import IncidentStatus
from domain.orders import Ending
from domain.permissions import EVERYWHERE, Actor, Permission, require
from geo.errors import EmptyFile
from services.areas.locating import finder
from services.clocks.calendars import current_calendar, hold_calendar
from services.orders.call_backs import add_call_backs
from services.orders.deadlines import keep_unsaid_class, set_deadlines
from services.orders.files import open_orders
from services.orders.mapping import (
    DEFAULT_SOURCE,
    check_mapping,
    recall_mapping,
    remember_mapping,
)
from services.orders.marks import changed_parts, mark_orders
from services.orders.places import leave_ended_areas, locate_orders
from services.orders.plan import (
    Difference,
    Order,
    OrderChoices,
    OrderPlan,
    OrderReport,
    PlaceholdersUnsure,
)
from services.orders.rows import OrderReader
from services.orders.said import note_what_is_said
from services.orders.writes import OWN_ACTIONS, new_case, number_orders, updated_case
from services.system.installations import current_installation, current_profile

MANY = 1000  # new cases that make the statistics of the database old; it takes 1.5 s on PostgreSQL with a million
PORTION = 5000
Progress = Callable[[str, int, int], None]


@contextmanager
def _without_cycles() -> Iterator[None]:
    """Python looks for unused cycles when many objects come about: a sixth of the time of an import, which has none.

    It is put off while a file is read and while a portion is written, for the whole process; of two at once the first
    to begin ends it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _silent(_step: str, _done: int, _of: int) -> None:
    pass


@_without_cycles()
def plan_order_import(
    actor: Actor, name: str, raw: bytes, choices: OrderChoices, now: datetime | None = None,
    on_step: Progress = _silent,
) -> OrderPlan:  # fmt: skip
    """What an import of a file would do; nothing is written.

    Raises BadMapping, MapsNothing, MissingColumn, UnknownField, DatumUnsure, and what geo.workbooks refuses.
    """
    _allow(actor)
    now, profile = now or utc_now(), current_profile()
    on_step("read", 0, 0)
    source = choices.source or (choices.mapping.source if choices.mapping else None) or DEFAULT_SOURCE
    profile.source(source)
    with reading(EVERYWHERE) as session:
        remembered = recall_mapping(session, source)
    file = open_orders(name, raw, choices.mapping, remembered)
    check_mapping(file.mapping, profile)
    reader = OrderReader(profile, file.table.header, file.columns, file.mapping, now)
    on_step("rows", 0, len(file.table.rows))
    orders, refused = reader.read(file.table)
    read = len(orders) + len(refused)
    if not read:
        raise EmptyFile(name=name)
    orders, duplicates = _last_of_each(orders)
    unread = note_what_is_said(file.table, file.columns, file.mapping.dates, orders)
    on_step("locate", 0, len(orders))
    places = locate_orders(orders, file.mapping, choices)
    calendar = current_calendar(profile)
    set_deadlines(profile, orders, calendar)
    mark_orders(orders, file.columns)
    on_step("compare", 0, len(orders))
    with reading(EVERYWHERE) as session:
        present = list_orders(session, source, [order.number for order in orders])
    found = _compared(orders, present)
    changed = [Difference(o.row, o.number, found[o.number]) for o in orders if found.get(o.number)]
    return OrderPlan(
        source, file.mapping, {field.value: columns for field, columns in file.columns.items()}, file.table, read,
        orders, len(orders) - len(found), changed, len(found) - len(changed), duplicates, refused,
        places.without_coordinates, places.without_place, places.outside, places.named, places.agreeing,
        places.placeholders, places.datum, [*file.warnings, *reader.warnings(), *unread, *places.warnings],
        choices.placeholder, calendar,
    )  # fmt: skip


def _allow(actor: Actor) -> None:
    """Work orders lie anywhere: only who sees the whole street takes them in."""
    require(actor, Permission.WORK_ORDER_IMPORT)
    if not actor.scope.everywhere:
        raise PermissionDenied(permission=Permission.WORK_ORDER_IMPORT.value, role=actor.role.value)


def _last_of_each(orders: list[Order]) -> tuple[list[Order], int]:
    """One row for each number: the last, which a list that grows adds at its end."""
    last = {order.number: order for order in orders}
    return list(last.values()), len(orders) - len(last)


def apply_order_import(
    actor: Actor, plan: OrderPlan, now: datetime | None = None, on_step: Progress = _silent
) -> OrderReport:
    """Write what the plan says, in portions that each stand whole; what came in between is looked at anew.

    Raises PlaceholdersUnsure.
    """
    _allow(actor)
    if plan.is_undecided:
        first = plan.placeholders[0]
        raise PlaceholdersUnsure(count=first.count, lon=first.lon, lat=first.lat)
    now, report = now or utc_now(), OrderReport()
    for start in range(0, len(plan.orders), PORTION):
        on_step("write", start, len(plan.orders))
        report = report.plus(_write(plan, plan.orders[start : start + PORTION], actor, now))
    with transaction(EVERYWHERE) as session:
        if not plan.mapping.is_empty:
            remember_mapping(session, plan.source, plan.mapping)
        said = f"{plan.source}: {report.created} created, {report.updated} updated, {len(plan.refused)} refused"
        add_audit_entry(session, actor.user_id, "incidents.import", "incidents", now, detail=said)
    if report.created >= MANY:
        analyse(database())
    on_step("write", len(plan.orders), len(plan.orders))
    return report


@_without_cycles()
def _write(plan: OrderPlan, orders: Sequence[Order], actor: Actor, now: datetime) -> OrderReport:
    profile, street = current_profile(), current_installation().street
    street = street or profile.name.value.zh
    lane = profile.lane_of(plan.source)
    filing = lane.key, lane.lane.files
    with transaction(EVERYWHERE) as session:
        hold(session, f"orders/{plan.source}")
        share(session, AREAS)
        leave_ended_areas(session, orders, local_date(now))
        if (calendar := hold_calendar(session, profile)) is not plan.calendar:
            set_deadlines(profile, orders, calendar)  # it was edited since the plan was made
        present = list_orders(session, plan.source, [order.number for order in orders], lock=True)
        fresh = [order for order in orders if order.number not in present]
        parts = _compared(orders, present)
        keep_unsaid_class(profile, [order for order in orders if parts.get(order.number)], present, calendar)
        touched = [present[number].id for number, changed in parts.items() if changed]
        moved = list_moved(session, touched, OWN_ACTIONS)
        changes = [
            updated_case(order, at, parts[order.number], at.id in moved, actor, now)
            for order in orders
            if parts.get(order.number) and (at := present[order.number])
        ]
        numbers = number_orders(session, street, fresh)
        ids = reserve_ids(session, Incident, len(fresh)) if fresh else []
        codes = {shape.id: shape.code for shape in finder().shapes.values()}  # made anew where areas changed
        cases = [
            new_case(order, incident_id, number, plan.source, filing, codes.get(order.area_id or 0), actor, now)
            for order, incident_id, number in zip(fresh, ids, numbers, strict=True)
        ]  # fmt: skip
        insert_orders(
            session, [case[0] for case in cases],
            [row for case in cases for row in case[1]] + [row for change in changes for row in change[1]],
            [case[2] for case in cases] + [change[2] for change in changes],
        )  # fmt: skip
        _update(session, [change[0] for change in changes])
        told = [order for order in orders if order.number not in present or "call_back" in parts[order.number]]
        add_call_backs(session, told, plan.source, actor, now)
    taken_over = {change[0]["id"] for change in changes if change[3]}
    return OrderReport(
        len(fresh), len(changes), len(taken_over), len(parts) - len(changes), _conflicts(orders, present, taken_over)
    )


def _compared(orders: Sequence[Order], present: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """For each order that is there already: which of its parts the file says otherwise."""
    return {
        order.number: changed_parts(present[order.number].import_digest, order)
        for order in orders
        if order.number in present
    }


def _update(session: Session, changes: Sequence[dict[str, Any]]) -> None:
    """Write the changes, those of the same columns in one statement."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for values in changes:
        alike.setdefault(tuple(values), []).append(values)
    for rows in alike.values():
        update_orders(session, rows)


def _conflicts(orders: Sequence[Order], present: Mapping[str, Any], taken_over: Container[int]) -> tuple[str, ...]:
    """Numbers of the cases that are open here and ended at the source, and stay open because somebody moved them."""
    return tuple(
        present[order.number].number
        for order in orders
        if order.number in present and order.ending is not Ending.OPEN
        and present[order.number].id not in taken_over
        and IncidentStatus(present[order.number].status) not in (IncidentStatus.CLOSED, IncidentStatus.VOIDED)
    )  # fmt: skip
