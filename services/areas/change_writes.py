"""Carrying out a change of areas within one transaction: old areas end, new ones begin, records follow (feature A4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.models import (
    Activity,
    AreaCarried,
    AreaChange,
    AreaSuccession,
    Assignment,
    OrganisationArea,
    Person,
    Pledge,
    Plot,
    PostHolding,
    Rota,
    Station,
    TalentNeed,
    User,
    Volunteer,
)
from db.queries.area_changes import end_areas
from db.queries.area_writes import insert_areas, reserve_area_ids
from db.queries.incidents import get_incident_for_update
from domain.area_changes import CarriedSubject
from domain.incidents import IncidentAction
from domain.permissions import EVERYWHERE, Actor
from services.areas.change_plan import ACTIVITY, INCIDENT, ChangePlan, Going, NewArea
from services.incidents.records import add_record
from services.lists.search_keys import search_key

_C = CarriedSubject


@dataclass(frozen=True)
class Written:
    """A change that was made and the ids of its new areas, in the order of the plan's numbers."""

    id: int
    new_ids: tuple[int, ...]


@dataclass(frozen=True)
class _Writing:
    """One change being written: ids by number, names of all its areas, the day, why."""

    session: Session
    actor: Actor
    change_id: int
    plan: ChangePlan
    ids: tuple[int, ...]
    reason: str
    now: datetime

    @property
    def day(self) -> date:
        return self.plan.form.day


def write_change(session: Session, actor: Actor, plan: ChangePlan, reason: str, now: datetime) -> Written:
    """Write what a plan says. The caller made it in this transaction and commits."""
    ids = tuple(reserve_area_ids(session, len(plan.new)))
    end_areas(session, [area.id for area in plan.ended], plan.form.day)
    insert_areas(session, _rows(plan, ids))
    change = AreaChange(
        kind=plan.form.kind.value, day=plan.form.day, reason=reason, figures=plan.figures(), made_at=now,
        made_by=actor.user_id or None,
    )  # fmt: skip
    session.add(change)
    session.flush()
    session.add_all(
        AreaSuccession(change_id=change.id, old_id=old, new_id=ids[area.number])
        for area in plan.new
        for old in area.old_ids
    )
    writing = _Writing(session, actor, change.id, plan, ids, reason, now)
    _move_incidents(writing, [going for going in plan.going if going.subject == INCIDENT])
    for going in plan.going:
        if going.subject == ACTIVITY:
            _get(session, Activity, going.id).area_id = ids[going.to[0]]
    _carry(writing, [going for going in plan.going if going.subject not in (INCIDENT, ACTIVITY)])
    return Written(change.id, ids)


def _rows(plan: ChangePlan, ids: Sequence[int]) -> list[dict[str, Any]]:
    paths: dict[int, str] = {}
    above = {area.id: area.path.removesuffix(f"{area.id}/") for area in plan.changed}
    for area in plan.new:  # the parts come first, and each area after the one above it
        before = paths[area.under] if area.under is not None else above[area.old_ids[0]]
        paths[area.number] = f"{before}{ids[area.number]}/"
    return [_columns(area, ids, paths[area.number], plan.form.day) for area in plan.new]


def _columns(area: NewArea, ids: Sequence[int], path: str, day: date) -> dict[str, Any]:
    return {
        "id": ids[area.number], "code": area.code, "name": area.name,
        "name_key": search_key(area.name, area.code)[:400], "level": area.level, "depth": area.depth,
        "kind": area.kind, "parent_id": area.parent_id if area.under is None else ids[area.under], "path": path,
        "households": area.households, "area_m2": area.area_m2, "parts": area.parts, "geometry": area.geometry,
        "label_lon": area.label[0], "label_lat": area.label[1], "source_datum": area.source_datum,
        "valid_from": day, "valid_to": None,
    }  # fmt: skip


def _move_incidents(writing: _Writing, moving: Sequence[Going]) -> None:
    names = {area.id: area.name for area in writing.plan.ended}
    for going in moving:
        incident, to = get_incident_for_update(writing.session, EVERYWHERE, going.id), going.to[0]
        incident.area_id = writing.ids[to]
        detail = {
            "area_from": names[going.old_id], "area_to": writing.plan.new[to].name, "change": writing.change_id,
            "day": writing.day.isoformat(),
        }  # fmt: skip
        add_record(
            writing.session, incident, writing.actor, IncidentAction.REGRID, writing.now, writing.reason, detail
        )  # fmt: skip


def _carry(writing: _Writing, going: Sequence[Going]) -> None:
    held: _Held = set()
    for one in going:
        areas = [writing.ids[number] for number in one.to]
        for area_id, subject_id in _CARRY[CarriedSubject(one.subject)](writing, one.id, areas, held):
            writing.session.add(
                AreaCarried(
                    change_id=writing.change_id, subject=one.subject, subject_id=subject_id, old_id=one.old_id,
                    new_id=area_id,
                )
            )  # fmt: skip


_Held = set[tuple[Any, ...]]
_Carried = list[tuple[int, int]]
"""(new area, id of the record there)."""


def _assignment(writing: _Writing, row_id: int, area_ids: Sequence[int], held: _Held) -> _Carried:
    """One that has begun ends on the day before and goes on in the new area; one to come begins there."""
    row = _get(writing.session, Assignment, row_id)
    begun, end = row.starts_on < writing.day, row.ends_on
    if begun:
        row.ends_on, row.end_reason = writing.day - timedelta(days=1), writing.reason

    def again(area_id: int) -> Assignment:
        return Assignment(
            person_id=row.person_id, area_id=area_id, post=row.post, starts_on=max(row.starts_on, writing.day),
            ends_on=end, reason=row.reason, created_by=writing.actor.user_id or None,
        )  # fmt: skip

    return _go_on(writing, row, (_C.ASSIGNMENT, row.person_id, row.post), begun, row.starts_on, area_ids, held, again)


def _post(writing: _Writing, row_id: int, area_ids: Sequence[int], held: _Held) -> _Carried:
    row = _get(writing.session, PostHolding, row_id)
    return _dated(writing, row, (_C.POST, row.person_id, row.post), area_ids, held, person_id=row.person_id,
                  post=row.post)  # fmt: skip


def _link(writing: _Writing, row_id: int, area_ids: Sequence[int], held: _Held) -> _Carried:
    row = _get(writing.session, OrganisationArea, row_id)
    who = (_C.ORGANISATION, row.organisation_id)
    return _dated(writing, row, who, area_ids, held, organisation_id=row.organisation_id)


def _dated(
    writing: _Writing, row: Any, who: tuple[Any, ...], area_ids: Sequence[int], held: _Held, **columns: Any
) -> _Carried:
    """A post or a link that has begun ends, and goes on in the new areas as long as it would have."""
    begun, until = row.valid_from < writing.day, row.valid_to
    if begun:
        row.valid_to = writing.day
    since = max(row.valid_from, writing.day)

    def again(area_id: int) -> Any:
        return type(row)(area_id=area_id, valid_from=since, valid_to=until, **columns)

    return _go_on(writing, row, who, begun, row.valid_from, area_ids, held, again)


def _go_on(
    writing: _Writing, row: Any, who: tuple[Any, ...], begun: bool, start: date, area_ids: Sequence[int], held: _Held,
    again: Callable[[int], Any],
) -> _Carried:  # fmt: skip
    """The record in each new area, once: two of the same that became one stay one."""
    found: _Carried = []
    for area_id in area_ids:
        key = (*who, area_id, max(start, writing.day))
        if key in held:
            continue
        held.add(key)
        if begun or found:
            new = again(area_id)
            writing.session.add(new)
            writing.session.flush()
            found.append((area_id, int(new.id)))
        else:
            row.area_id = area_id
            found.append((area_id, int(row.id)))
    if not begun and not found:
        writing.session.delete(row)
    return found


def _placed(model: Any) -> Callable[["_Writing", int, Sequence[int], _Held], _Carried]:
    """What knows of no days: its area is replaced."""

    def move(writing: _Writing, row_id: int, area_ids: Sequence[int], held: _Held) -> _Carried:
        _get(writing.session, model, row_id).area_id = area_ids[0]
        return [(area_ids[0], row_id)]

    return move


_CARRY: dict[CarriedSubject, Callable[[_Writing, int, Sequence[int], _Held], _Carried]] = {
    _C.ASSIGNMENT: _assignment, _C.POST: _post, _C.ORGANISATION: _link, _C.STATION: _placed(Station),
    _C.PERSON: _placed(Person), _C.VOLUNTEER: _placed(Volunteer), _C.ACCOUNT: _placed(User),
    _C.PLEDGE: _placed(Pledge), _C.PLOT: _placed(Plot), _C.ROTA: _placed(Rota), _C.NEED: _placed(TalentNeed),
}  # fmt: skip


def _get(session: Session, model: Any, row_id: int) -> Any:
    """The row, which was read in this transaction."""
    row = session.get(model, row_id)
    if row is None:
        raise LookupError(f"{model.__tablename__} {row_id}")
    return row
