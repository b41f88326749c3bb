"""Changes that were made, what went along with them and waits to be confirmed, and a plan on the map (feature A4)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from db.queries import area_changes as rows
from db.queries.areas import AreaRow, list_areas_by_id
from db.queries.audit import add_audit_entry
from db.queries.planned_area_changes import planners_of
from db.session import reading, transaction
from domain.area_changes import CarriedAlready, CarriedSubject, ChangeKind
from domain.clock import utc_now
from domain.errors import NotFound
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.areas.change_plan import ChangePlan
from services.areas.locating import locate_point
from services.maps.overlays import Overlay, OverlayShape, keep_overlay

_COLOURS = 6  # of parts in the map's script


@dataclass(frozen=True)
class ChangeView:
    """A change as it was made: codes and names of what ended and began, figures by subject, what waits.

    ``planned_by``: who planned one that was put into force on its day.
    """

    id: int
    kind: ChangeKind
    day: date
    reason: str
    made_at: datetime
    made_by: str | None
    old: tuple[tuple[str, str], ...]
    new: tuple[tuple[str, str], ...]
    figures: dict[str, dict[str, int]]
    waiting: int
    planned_by: str | None = None


@dataclass(frozen=True)
class CarriedView:
    """A record that went along, for somebody to confirm. ``choices``: id → name of the areas it may belong to."""

    id: int
    change_id: int
    subject: CarriedSubject
    name: str
    old: str
    new_id: int
    choices: dict[int, str]


def area_at(actor: Actor, lon: float, lat: float, level: str) -> int | None:
    """The id of the present area of a level at a WGS 84 place in degrees. Raises InvalidPlace."""
    require(actor, Permission.AREA_SEE)
    path = locate_point(lon, lat).area_path or ""
    with reading(EVERYWHERE) as session:
        found = list_areas_by_id(session, [int(step) for step in path.strip("/").split("/") if step])
    return next((area.id for area in found.values() if area.level == level), None)


def list_area_changes(actor: Actor) -> list[ChangeView]:
    """Changes that were made, the latest first; at most 100."""
    require(actor, Permission.AREA_SEE)
    with reading(EVERYWHERE) as session:
        changes = rows.list_changes(session)
        of_change: dict[int, list[rows.SuccessionRow]] = defaultdict(list)
        for row in rows.list_successions(session, [change.id for change in changes]):
            of_change[row.change_id].append(row)
        ids = {area for found in of_change.values() for row in found for area in (row.old_id, row.new_id)}
        areas = list_areas_by_id(session, ids)
        planners = planners_of(session, [change.id for change in changes])
    return [
        ChangeView(
            row.id, ChangeKind(row.kind), row.day, row.reason, row.made_at, row.made_by,
            _topmost(areas[one.old_id] for one in of_change[row.id]),
            _topmost(areas[one.new_id] for one in of_change[row.id]), row.figures, row.waiting,
            planners.get(row.id),
        )
        for row in changes
    ]  # fmt: skip


def _topmost(areas: Iterable[AreaRow]) -> tuple[tuple[str, str], ...]:
    """Those of the level that was changed, without what lies within."""
    every = {area.id: area for area in areas}
    least = min((area.depth for area in every.values()), default=0)
    top = [area for area in every.values() if area.depth == least]
    return tuple((area.code, area.name) for area in sorted(top, key=lambda area: area.code))


def list_carried(actor: Actor) -> list[CarriedView]:
    """What went along with changes and waits to be confirmed, by change."""
    require(actor, Permission.AREA_IMPORT)
    with reading(EVERYWHERE) as session:
        found = rows.list_carried(session)
        names = {
            subject: rows.map_carried_names(
                session, subject, [one.subject_id for one in found if one.subject == subject]
            )
            for subject in {one.subject for one in found}
        }
        successors = _successors(session)
        ids = {area for old, news in successors.items() for area in (old, *news)}
        areas = list_areas_by_id(session, ids)
    return [
        CarriedView(
            one.id, one.change_id, CarriedSubject(one.subject), names[one.subject].get(one.subject_id, "—"),
            areas[one.old_id].name, one.new_id, {new: areas[new].name for new in successors[one.old_id]},
        )
        for one in found
    ]  # fmt: skip


def _successors(session: Session) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for row in rows.list_successions(session):
        found[row.old_id].append(row.new_id)
    return found


def confirm_carried(actor: Actor, carried_id: int, area_id: int | None = None, now: datetime | None = None) -> None:
    """Confirm that a record belongs where it went, or put it into another successor of its old area.

    Raises NotFound, also for an area that is none of the successors, and CarriedAlready.
    """
    require(actor, Permission.AREA_IMPORT)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        carried = rows.get_carried(session, carried_id)
        if carried is None:
            raise NotFound(subject="area_carried")
        if carried.confirmed_at is not None:
            raise CarriedAlready()
        if area_id is not None and area_id != carried.new_id:
            if area_id not in _successors(session)[carried.old_id]:
                raise NotFound(subject="area")
            record = session.get(rows.CARRIED_MODELS[carried.subject], carried.subject_id)
            if record is not None and record.area_id == carried.new_id:  # nobody moved it since
                record.area_id = area_id
            carried.new_id = area_id
        carried.confirmed_at, carried.confirmed_by = now, actor.user_id or None
        detail = f"{carried.subject} {carried.subject_id} → area {carried.new_id}"
        add_audit_entry(session, actor.user_id, "areas.confirm_carried", "area_change", now, carried.change_id, detail)


def confirm_all(actor: Actor, now: datetime | None = None) -> int:
    """Confirm everything that waits as it went; answers with how many records that were."""
    require(actor, Permission.AREA_IMPORT)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        waiting = rows.list_carried(session)
        for carried in waiting:
            carried.confirmed_at, carried.confirmed_by = now, actor.user_id or None
        add_audit_entry(session, actor.user_id, "areas.confirm_carried", "area_change", now, detail=f"{len(waiting)}")
        return len(waiting)


def change_overlay(actor: Actor, plan: ChangePlan, labels: tuple[str, ...]) -> Overlay:
    """The parts of a plan for the map, one colour each, with a label of each from the page."""
    return keep_overlay(
        actor,
        [
            OverlayShape(part.geometry, f"part{part.number % _COLOURS}", label)
            for part, label in zip(plan.parts, labels, strict=True)
        ],
    )
