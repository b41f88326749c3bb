"""Grids that will change on a day ahead: decided now, put into force on their day by the same code (feature A4).

A planned change writes nothing but itself. On its day its plan is made anew and carried out in one transaction; what
does not fit any more is not made, and who changes grids is told why.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import shapely
from sqlalchemy.orm import Session

from db.models import PlannedAreaChange
from db.queries import planned_area_changes as rows
from db.queries.areas import AreaRow, list_areas_by_id
from db.queries.audit import add_audit_entry
from db.queries.locks import AREAS, hold
from db.queries.receipts import add_receipt, find_receipt
from db.session import reading, transaction
from domain.area_changes import (
    ChangeBroke,
    ChangeDue,
    ChangeKind,
    HeirNeededAhead,
    PlannedChangeOver,
    SuccessorNeeded,
)
from domain.clock import local_date, utc_now
from domain.errors import DatabaseAway, NotFound, Refusal, StaleRecord
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.texts import clean_line
from services.areas.change_plan import ChangeForm, ChangePlan, NewOutline
from services.areas.changes import REASON_LENGTH, carry_out, fit_in, hold_areas, plan_in, said
from services.areas.plan import PlanOutdated
from services.system.installations import forget_installation

_SUBJECT = "area_change_planned"
_SHOWN = timedelta(days=30)  # so long a cancelled one stays in the list
LOOKED_AT = 5  # so many that wait, the next ones by day, are held against things as they are whenever the list is read

_log = logging.getLogger("linge.areas")


@dataclass(frozen=True)
class PlannedView:
    """A planned change that was not made. ``old``: names of its areas; ``new``: (code, name) of what it makes.

    ``refusal``: why it was not made on its day, or why it could not be made as things are now; None = it fits, where
    ``looked_at`` says that it was held against them.
    """

    id: int
    kind: ChangeKind
    day: date
    reason: str
    area_ids: tuple[int, ...]
    old: tuple[str, ...]
    new: tuple[tuple[str, str], ...]
    planned_at: datetime
    planned_by: str | None
    failed_at: datetime | None
    cancelled_at: datetime | None
    cancelled_by: str | None
    refusal: Refusal | None
    looked_at: bool


@dataclass(frozen=True)
class DueReport:
    """What became of the planned changes whose day had come: their ids, in order of days."""

    applied: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()


def plan_ahead(actor: Actor, form: ChangeForm, digest: str, now: datetime | None = None) -> int:
    """Save a change for a day ahead, as it was shown, and answer with its id, the same for the same form sent twice.

    ``digest``: that of the plan which was shown. Raises ChangeDue for a day that has come, HeirNeededAhead for a split
    that does not say where goes what has no place, PlanOutdated, SuccessorNeeded, EmptyText, and those of plan_change.
    """
    require(actor, Permission.AREA_IMPORT)
    now, reason = now or utc_now(), clean_line(form.reason, "reason", REASON_LENGTH)
    with transaction(EVERYWHERE) as session:
        known = find_receipt(session, actor.user_id, _SUBJECT, form.form_key)
        if known is not None:
            return known
        hold(session, AREAS)
        plan = _checked(session, form, digest, now)
        planned = PlannedAreaChange(
            kind=form.kind.value, day=form.day, reason=reason, form=_stored(plan), planned_at=now,
            planned_by=actor.user_id or None, failure={},
        )  # fmt: skip
        session.add(planned)
        session.flush()
        add_receipt(session, actor.user_id, _SUBJECT, form.form_key, planned.id, now)
        add_audit_entry(session, actor.user_id, "areas.plan", _SUBJECT, now, planned.id, said(plan))
        return planned.id


def _checked(session: Session, form: ChangeForm, digest: str, now: datetime) -> ChangePlan:
    if form.day <= local_date(now):
        raise ChangeDue(day=form.day.isoformat())
    if form.kind is ChangeKind.SPLIT and form.heir is None:
        raise HeirNeededAhead()
    plan = plan_in(session, form, now)
    if plan.digest != digest:
        raise PlanOutdated()
    if plan.to_decide:
        raise SuccessorNeeded(count=len(plan.to_decide))
    return plan


def _stored(plan: ChangePlan) -> dict[str, Any]:
    """What was shown, as plain values: the parts themselves, so that the day changes nothing about them."""
    return {
        "area_ids": list(plan.form.area_ids),
        "parts": [
            {"code": part.code, "name": part.name, "households": part.households,
             "outline": shapely.to_wkb(part.geometry, hex=True)}
            for part in plan.parts
        ],
        "heir": plan.form.heir,
        "heirs": [[subject, record_id, place] for (subject, record_id), place in plan.form.heirs.items()],
    }  # fmt: skip


def _form(planned: PlannedAreaChange) -> ChangeForm:
    """The form that makes just what was shown; a merger joins what its areas are by then."""
    kind, parts = ChangeKind(planned.kind), planned.form["parts"]
    outlines = tuple(
        NewOutline(shapely.from_wkb(part["outline"]), part["name"], part["code"], part["households"]) for part in parts
    )
    return ChangeForm(
        kind, tuple(planned.form["area_ids"]), planned.day, planned.reason,
        outlines=() if kind is ChangeKind.MERGE else outlines, names=tuple(part["name"] for part in parts),
        codes=tuple(part["code"] for part in parts), heir=planned.form["heir"],
        heirs={(subject, record_id): place for subject, record_id, place in planned.form["heirs"]},
        planned_id=planned.id,
    )  # fmt: skip


def cancel_planned(actor: Actor, planned_id: int, now: datetime | None = None) -> None:
    """Cancel a planned change that waits, or take note of one that did not fit. Raises NotFound, PlannedChangeOver."""
    require(actor, Permission.AREA_IMPORT)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        planned = rows.get_planned(session, planned_id)
        if planned is None:
            raise NotFound(subject=_SUBJECT)
        if planned.change_id is not None or planned.cancelled_at is not None:
            raise PlannedChangeOver()
        planned.cancelled_at, planned.cancelled_by = now, actor.user_id or None
        detail = f"{planned.day.isoformat()}: {planned.kind} of {planned.form['area_ids']}"
        add_audit_entry(session, actor.user_id, "areas.cancel_planned", _SUBJECT, now, planned_id, detail)


def list_planned(actor: Actor, now: datetime | None = None) -> list[PlannedView]:
    """Changes that are planned, were not made, or were cancelled in the last 30 days; by day, at most 100.

    The next ``LOOKED_AT`` that wait say whether they fit as things are; the others do so for ``check_planned``.
    """
    require(actor, Permission.AREA_IMPORT)
    now = now or utc_now()
    with reading(EVERYWHERE) as session:
        found = rows.list_planned(session, now - _SHOWN)
        areas = list_areas_by_id(session, {area_id for row in found for area_id in row.planned.form["area_ids"]})
        waiting = [row.planned.id for row in found if _waits(row.planned)]
        return [_view(session, row, areas, row.planned.id in waiting[:LOOKED_AT], now) for row in found]


def check_planned(actor: Actor, planned_id: int, now: datetime | None = None) -> Refusal | None:
    """Why a change that waits could not be made as things are now; None = it fits.

    Raises NotFound, PlannedChangeOver.
    """
    require(actor, Permission.AREA_IMPORT)
    with reading(EVERYWHERE) as session:
        planned = rows.find_planned(session, planned_id)
        if planned is None:
            raise NotFound(subject=_SUBJECT)
        if not _waits(planned):
            raise PlannedChangeOver()
        return _misfit(session, planned, now or utc_now())


def _view(
    session: Session, row: rows.PlannedRow, areas: Mapping[int, AreaRow], look: bool, now: datetime
) -> PlannedView:  # fmt: skip
    planned = row.planned
    ids = tuple(planned.form["area_ids"])
    refusal = _misfit(session, planned, now) if look else _failure(planned)
    return PlannedView(
        planned.id, ChangeKind(planned.kind), planned.day, planned.reason, ids,
        tuple(areas[area_id].name for area_id in ids),
        tuple((part["code"], part["name"]) for part in planned.form["parts"]), planned.planned_at, row.planned_by,
        planned.failed_at, planned.cancelled_at, row.cancelled_by, refusal, look,
    )  # fmt: skip


def _failure(planned: PlannedAreaChange) -> Refusal | None:
    """Why it was not made on its day; None where it was not tried."""
    if planned.failed_at is None:
        return None
    refusal = Refusal(**planned.failure["values"])
    refusal.code = planned.failure["code"]
    return refusal


def _misfit(session: Session, planned: PlannedAreaChange, now: datetime) -> Refusal | None:
    """Why it could not be made now."""
    try:
        fit_in(session, _form(planned), now)
    except Refusal as refused:
        return refused
    return None


def count_failed_planned(actor: Actor) -> int:
    """How many planned changes were not made on their day and wait for somebody to take note."""
    require(actor, Permission.AREA_IMPORT)
    with reading(EVERYWHERE) as session:
        return rows.count_failed_planned(session)


def apply_due(actor: Actor, now: datetime | None = None) -> DueReport:
    """Put into force whatever is planned for today or earlier, in order of days, each in a transaction of its own.

    A second run finds nothing, and of two at once one does it. Raises DatabaseAway: then the next run goes on.
    """
    require(actor, Permission.AREA_IMPORT)
    now = now or utc_now()
    with reading(EVERYWHERE) as session:
        due = rows.list_due_planned(session, local_date(now))
    made = {planned_id: _put_into_force(actor, planned_id, area_ids, now) for planned_id, area_ids in due}
    applied, refused = ([one for one, done in made.items() if done is wanted] for wanted in (True, False))
    return DueReport(tuple(applied), tuple(refused))


def _put_into_force(actor: Actor, planned_id: int, area_ids: Collection[int], now: datetime) -> bool | None:
    """Whether it was made; None: it waits no more, or waits for the next run."""
    try:
        return _make(actor, planned_id, area_ids, now) or None
    except DatabaseAway:
        raise
    except StaleRecord:  # somebody saved one of its records in the same moment
        _log.warning("planned change %s of areas: a record was saved meanwhile", planned_id)
        return None
    except Refusal as refusal:
        return _note(actor, planned_id, refusal, now)
    except Exception:
        _log.exception("planned change %s of areas", planned_id)
        return _note(actor, planned_id, ChangeBroke(), now)


def _make(actor: Actor, planned_id: int, area_ids: Collection[int], now: datetime) -> bool:
    """Carry it out; whether it still waited."""
    with transaction(EVERYWHERE) as session:
        hold_areas(session, area_ids)
        planned = rows.get_planned(session, planned_id)
        if planned is None or not _waits(planned):
            return False
        plan = plan_in(session, _form(planned), now)
        planned.change_id = carry_out(session, actor, plan, planned.reason, now)
    forget_installation()
    return True


def _waits(planned: PlannedAreaChange) -> bool:
    return planned.change_id is None and planned.failed_at is None and planned.cancelled_at is None


def _note(actor: Actor, planned_id: int, refusal: Refusal, now: datetime) -> bool | None:
    """Keep why it was not made: False, or None where it waits no more."""
    values = {
        name: value if isinstance(value, (int, float, str)) else str(value) for name, value in refusal.values.items()
    }
    with transaction(EVERYWHERE) as session:
        planned = rows.get_planned(session, planned_id)
        if planned is None or not _waits(planned):
            return None
        planned.failed_at, planned.failure = now, {"code": refusal.code, "values": values}
        add_audit_entry(session, actor.user_id, "areas.planned_refused", _SUBJECT, now, planned_id, refusal.code)
    _log.warning("planned change %s of areas was not made: %s", planned_id, refusal.code)
    return False
