"""Carrying out the plan of an import: one transaction, many rows at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from config.profiles import Profile
from db.queries.area_writes import claim_layer, insert_areas, move_areas, reserve_area_ids, update_areas
from db.queries.areas import AreaRow, list_areas
from db.queries.audit import add_audit_entry
from db.session import transaction
from domain.clock import utc_now
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.areas.plan import ImportPlan, PlannedArea, PlanOutdated
from services.lists.search_keys import search_key
from services.system.installations import current_profile, forget_installation

Columns = dict[str, Any]


def apply_import(actor: Actor, plan: ImportPlan, now: datetime | None = None) -> ImportPlan:
    """Write what the plan says, all or nothing, and answer with the plan.

    Raises PlanOutdated when any area changed since the plan was made. A plan without changes writes nothing.
    """
    require(actor, Permission.AREA_IMPORT)
    if not plan.areas:
        return plan
    profile = current_profile()
    with transaction(EVERYWHERE) as session:
        if not claim_layer(session, "areas", plan.layer_version):
            raise PlanOutdated()
        present = {area.id: area for area in list_areas(session)}
        _insert(session, profile, plan, present)
        _update(session, plan, present)
        detail = f"{plan.choices.level}: {plan.created} created, {plan.updated} updated, datum {plan.datum.used}"
        add_audit_entry(session, actor.user_id, "areas.import", "areas", now or utc_now(), detail=detail)
    forget_installation()
    return plan


def _insert(session: Session, profile: Profile, plan: ImportPlan, present: dict[int, AreaRow]) -> None:
    new = [area for area in plan.areas if area.area_id is None]
    kind = profile.level(plan.choices.level).area_kinds[0].value
    ids = reserve_area_ids(session, len(new))
    fixed = {"level": plan.choices.level, "kind": kind, "valid_from": plan.day, "source_datum": _short(plan)}
    insert_areas(
        session,
        [_columns(area, present) | fixed | {"id": area_id, "path": _path(area, area_id, present)}
         for area_id, area in zip(ids, new, strict=True)],
    )  # fmt: skip


def _update(session: Session, plan: ImportPlan, present: dict[int, AreaRow]) -> None:
    old = [area for area in plan.areas if area.area_id is not None]
    rows = []
    for area in old:
        datum = _short(plan) if "geometry" in area.changed else present[area.area_id or 0].source_datum
        path = _path(area, area.area_id or 0, present)
        rows.append(_columns(area, present) | {"id": area.area_id, "path": path, "source_datum": datum})
    update_areas(session, rows)
    move_areas(session, _moves_below(old, present))


def _columns(area: PlannedArea, present: dict[int, AreaRow]) -> Columns:
    parent = present.get(area.parent_id or 0)
    return {
        "code": area.code,
        "name": area.name,
        "name_key": search_key(area.name, area.code)[:400],
        "parent_id": area.parent_id,
        "depth": parent.depth + 1 if parent else 0,
        "households": area.households,
        "area_m2": area.area_m2,
        "parts": area.parts,
        "geometry": area.geometry,
        "label_lon": area.label[0],
        "label_lat": area.label[1],
    }


def _path(area: PlannedArea, area_id: int, present: dict[int, AreaRow]) -> str:
    parent = present.get(area.parent_id or 0)
    return f"{parent.path if parent else '/'}{area_id}/"


def _moves_below(old: Sequence[PlannedArea], present: dict[int, AreaRow]) -> list[tuple[int, str, int]]:
    """New (id, path, depth) of every area below one whose parent changes."""
    moved = {}
    for area in old:
        if "parent" in area.changed and area.area_id is not None:
            before = present[area.area_id]
            moved[before.path] = _path(area, area.area_id, present)
    if not moved:
        return []
    return [place for area in present.values() if (place := _moved(area, moved))]


def _moved(area: AreaRow, moved: dict[str, str]) -> tuple[int, str, int] | None:
    steps = area.path.strip("/").split("/")
    for length in range(len(steps) - 1, 0, -1):
        above = "/" + "/".join(steps[:length]) + "/"
        if above in moved:
            path = moved[above] + "/".join(steps[length:]) + "/"
            return area.id, path, path.count("/") - 2
    return None


def _short(plan: ImportPlan) -> str:
    """The datum as the column holds it: the WKT of an unnamed system is cut to its kind."""
    used = plan.datum.used
    return used if len(used) <= 32 else "wkt"
