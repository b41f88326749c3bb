"""Grids that change from a day on: split, merged, redrawn (feature A4). The preview first, then all in one transaction.

The preview and the change are one calculation: what ``plan_change`` shows is made anew within the transaction, and
anything else than what was shown is refused (PlanOutdated). A day ahead is planned: services/areas/planned_changes.py.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from db.queries import area_changes as rows
from db.queries import area_contents as contents
from db.queries.areas import AreaFilter, AreaRow, list_area_shapes_by_id, list_areas, list_areas_by_id
from db.queries.audit import add_audit_entry
from db.queries.layers import bump_layers, list_layer_versions
from db.queries.locks import AREAS, hold
from db.queries.planned_area_changes import list_waiting_planned
from db.queries.receipts import add_receipt, find_receipt
from db.session import reading, transaction
from domain.area_changes import (
    AreaHasEnded,
    ChangeNotDue,
    ChangePlannedAlready,
    SuccessorNeeded,
    check_day,
    check_finished,
)
from domain.clock import day_start, local_date, utc_now
from domain.errors import NotFound, Refusal
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.texts import clean_line
from services.areas.change_moves import count_going, list_going
from services.areas.change_parts import Ground, Parts, new_areas, parts_of
from services.areas.change_plan import ACTIVITY, INCIDENT, ChangeForm, ChangePlan, NewArea
from services.areas.change_writes import write_change
from services.areas.plan import PlanOutdated
from services.areas.staffing_rules import rules_in
from services.system.installations import current_profile, forget_installation

REASON_LENGTH = 400
_SUBJECT = "area_change"


class NoOutline(Refusal):
    """An area without an outline cannot be cut or joined. Values: area."""

    code = "no_outline"


def plan_change(actor: Actor, form: ChangeForm, now: datetime | None = None) -> ChangePlan:
    """What a change would do, with the same figures as it will have; nothing is written. Of a day ahead: as things are
    now.

    Raises NotFound, AreaHasEnded, NoOutline, the refusals of domain.area_changes, CutDoesNotCross, PartsDoNotCover,
    SmallerAreaCrossed, NotSideBySide, NotTheSameAreas.
    """
    require(actor, Permission.AREA_IMPORT)
    with reading(EVERYWHERE) as session:
        return plan_in(session, form, now or utc_now())


def apply_change(actor: Actor, form: ChangeForm, digest: str, now: datetime | None = None) -> int:
    """Carry a change out and answer with its id, the same for the same form sent twice.

    ``digest``: that of the plan which was shown. Raises PlanOutdated when anything would now happen otherwise,
    SuccessorNeeded while somebody has to say where records go, ChangeNotDue for a day ahead, EmptyText without a
    reason, and those of plan_change.
    """
    require(actor, Permission.AREA_IMPORT)
    now, reason = now or utc_now(), clean_line(form.reason, "reason", REASON_LENGTH)
    with transaction(EVERYWHERE) as session:
        known = find_receipt(session, actor.user_id, _SUBJECT, form.form_key)
        if known is not None:
            return known
        hold_areas(session, form.area_ids)
        plan = plan_in(session, form, now)
        if form.day > local_date(now):
            raise ChangeNotDue(day=form.day.isoformat())
        if plan.digest != digest:
            raise PlanOutdated()
        change_id = carry_out(session, actor, plan, reason, now)
        add_receipt(session, actor.user_id, _SUBJECT, form.form_key, change_id, now)
    forget_installation()
    return change_id


def hold_areas(session: Session, area_ids: Collection[int]) -> None:
    """Let nobody else change areas, or put a record into one, until the commit."""
    hold(session, AREAS)  # whoever puts a record into an area waits here, or is waited for
    bump_layers(session, ["areas"])  # whoever changes areas as well waits here
    rows.lock_areas(session, area_ids)


def carry_out(session: Session, actor: Actor, plan: ChangePlan, reason: str, now: datetime) -> int:
    """Write a plan that was made in this transaction, whose areas are held; the id of the change.

    Raises SuccessorNeeded.
    """
    if plan.to_decide:
        raise SuccessorNeeded(count=len(plan.to_decide))
    change = write_change(session, actor, plan, reason, now)
    _refuse_loss(session, plan, change.new_ids)
    add_audit_entry(session, actor.user_id, f"areas.{plan.form.kind}", "area_change", now, change.id, said(plan))
    return change.id


def fit_in(session: Session, form: ChangeForm, now: datetime) -> tuple[Ground, Parts, list[NewArea]]:
    """The ground of a change and what it makes of it, without the records; raises what plan_change raises."""
    ground = ground_of(session, form.area_ids)
    today = local_date(now)
    check_day(form.day, today, {area.name: area.valid_from for area in ground.ended})
    ids = [area.id for area in ground.ended]
    check_finished(form.day, today, contents.count_finished_since(session, ids, form.day, today))
    _refuse_planned(session, form, ground)
    parts = parts_of(ground, form)
    return ground, parts, new_areas(session, current_profile(), ground, form, parts)


def plan_in(session: Session, form: ChangeForm, now: datetime) -> ChangePlan:
    """The plan within a session; raises what plan_change raises."""
    ground, parts, new = fit_in(session, form, now)
    ids = [area.id for area in ground.ended]
    going = list_going(session, form, ids, new, max(now, day_start(form.day)))
    version = list_layer_versions(session).get("areas", 0)
    return ChangePlan(
        form, version, ground.ended, ground.outlines, tuple(new), tuple(going), count_going(session, going, ids),
        parts.followed,
    )  # fmt: skip


def _refuse_planned(session: Session, form: ChangeForm, ground: Ground) -> None:
    """Refuse (ChangePlannedAlready) what another planned change waits to do with the same ground."""
    waiting = list_waiting_planned(session, without=form.planned_id)
    areas = list_areas_by_id(session, {area_id for planned in waiting for area_id in planned.form["area_ids"]})
    for planned in waiting:
        for other in (areas[area_id] for area_id in planned.form["area_ids"]):
            if any(area.path.startswith(other.path) or other.path.startswith(area.path) for area in ground.changed):
                raise ChangePlannedAlready(area=other.name, day=planned.day.isoformat())


def ground_of(session: Session, area_ids: Sequence[int]) -> Ground:
    """The areas with all that lies within them. Raises NotFound, AreaHasEnded, NoOutline."""
    found = list_areas_by_id(session, area_ids)
    if not area_ids or len(found) < len(set(area_ids)):
        raise NotFound(subject="area")
    changed = tuple(found[area_id] for area_id in dict.fromkeys(area_ids))
    if ended := rows.ends_of(session, area_ids):
        name = found[min(ended)].name
        raise AreaHasEnded(area=name, ended=ended[min(ended)].isoformat())
    within = [area for one in changed for area in list_areas(session, AreaFilter(under=one.path))]
    within.sort(key=lambda area: (area.depth, area.code))
    shapes = list_area_shapes_by_id(session, [area.id for area in (*changed, *within)])
    for area in changed:
        if area.id not in shapes:
            raise NoOutline(area=area.name)
    outlines = {area_id: shape.geometry for area_id, shape in shapes.items()}
    return Ground(changed, tuple(within), outlines, _parent(session, changed[0]), rules_in(session))


def _parent(session: Session, area: AreaRow) -> tuple[str, str]:
    above = list_areas_by_id(session, [area.parent_id or 0]).get(area.parent_id or 0)
    return (above.code, above.level) if above else ("", "")


def _refuse_loss(session: Session, plan: ChangePlan, new_ids: Sequence[int]) -> None:
    """What was there before is there after: a fault of the program otherwise, and nothing is written."""
    session.flush()
    both = [*(area.id for area in plan.ended), *new_ids]
    for subject, count in ((INCIDENT, contents.count_incidents_in), (ACTIVITY, contents.count_activities_in)):
        before, after = plan.counts[subject].total, count(session, both)
        if before != after:
            raise RuntimeError(f"{subject}: {before} before the change, {after} after it")


def said(plan: ChangePlan) -> str:
    """A plan in one line for the audit."""
    old, new = (" + ".join(area.code for area in areas) for areas in (plan.changed, plan.parts))
    moved = ", ".join(f"{subject} {count.moved}/{count.total}" for subject, count in plan.counts.items() if count.total)
    return f"{plan.form.day.isoformat()}: {old} → {new}; moved {moved or 'nothing'}"
