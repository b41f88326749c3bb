"""What lay in the demo's grids before they were changed, and what went along to the new ones (features A4, M2)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from db.models import (
    Activity,
    Area,
    AreaCarried,
    AreaChange,
    AreaSuccession,
    Assignment,
    AuditEntry,
    Incident,
    IncidentEvent,
    OrganisationArea,
    PostHolding,
    Station,
    User,
    Visit,
    Volunteer,
)
from domain.area_changes import CarriedSubject, ChangeKind
from domain.clock import local_date
from domain.incidents import IncidentAction
from services.areas.change_plan import ACTIVITY, INCIDENT
from services.demo.activities import AHEAD
from services.demo.grid_changes import PastChange
from services.demo.rows import Rows

Row = dict[str, Any]
Carried = tuple[CarriedSubject, int, int, int]  # what, its id, the old area, the new one
_C = CarriedSubject
_CONFIRMED = timedelta(days=1)  # after the change
WAITING = frozenset({_C.ASSIGNMENT, _C.POST})  # of a merger: somebody has still to look at them


def add_grid_changes(rows: Rows, changes: Sequence[PastChange], by: int) -> None:
    """The old areas, the records of each change, and everything dated before it where it lay then. ``by``: a user."""
    for number, change in enumerate(changes, 1):
        rows.tables[Area].extend(change.olds)
        carried = [*_assignments(rows, change), *_dated(rows, change), *_placed(rows, change)]
        counts = Counter[str](one[0].value for one in carried)
        figures = {subject.value: (0, counts[subject.value]) for subject in _C}
        figures |= {INCIDENT: _cases(rows, change, number), ACTIVITY: _activities(rows, change)}
        _visits(rows, change)
        rows.add(
            AreaChange, kind=change.kind.value, day=change.day, reason=change.reason, made_at=change.at, made_by=by,
            figures={key: {"kept": kept, "moved": moved, "to_decide": 0} for key, (kept, moved) in figures.items()},
        )  # fmt: skip
        _record(rows, change, number, carried, by)


def _record(rows: Rows, change: PastChange, number: int, carried: Sequence[Carried], by: int) -> None:
    for old in change.olds:
        for new in change.news:
            rows.add(AreaSuccession, change_id=number, old_id=old["id"], new_id=new["id"])
    for subject, subject_id, old_id, new_id in carried:
        waits = change.kind is ChangeKind.MERGE and subject in WAITING
        rows.add(
            AreaCarried, change_id=number, subject=subject.value, subject_id=subject_id, old_id=old_id, new_id=new_id,
            confirmed_at=None if waits else change.at + _CONFIRMED, confirmed_by=None if waits else by,
        )  # fmt: skip
    said = " → ".join(" + ".join(area["code"] for area in areas) for areas in (change.olds, change.news))
    rows.add(
        AuditEntry, at=change.at, user_id=by, action=f"areas.{change.kind}", subject="area_change", subject_id=number,
        detail=f"{change.day.isoformat()}: {said}",
    )  # fmt: skip


def _in(rows: Rows, model: Any, change: PastChange) -> list[Row]:
    return [row for row in rows.of(model) if row["area_id"] in change.new_ids]


def _old_of(change: PastChange, row: Row) -> int:
    """The old area of a record without a place: halves take turns."""
    return int(change.olds[row["id"] % len(change.olds)]["id"])


def _assignments(rows: Rows, change: PastChange) -> Iterator[Carried]:
    """One that had begun ended in the old grid, and goes on in the new one where it was not over by then."""
    for row in _in(rows, Assignment, change):
        if row["starts_on"] >= change.day:
            continue
        old_id, new_id, end = _old_of(change, row), row["area_id"], row["ends_on"]
        row["area_id"] = old_id
        if end is None or end >= change.day:
            row |= {"ends_on": change.day - timedelta(days=1), "end_reason": change.reason}
            going = {key: value for key, value in row.items() if key != "id"}
            going |= {"area_id": new_id, "starts_on": change.day, "ends_on": end, "end_reason": ""}
            yield _C.ASSIGNMENT, rows.add(Assignment, **going), old_id, new_id


def _dated(rows: Rows, change: PastChange) -> Iterator[Carried]:
    """Posts and links of organisations: of the first new grid they go on from the old one, of others they begin."""
    for model, subject in ((PostHolding, _C.POST), (OrganisationArea, _C.ORGANISATION)):
        for row in _in(rows, model, change):
            if row["valid_from"] >= change.day:
                continue
            if row["area_id"] != change.new_ids[0]:
                row["valid_from"] = change.day
                continue
            olds = change.olds if subject is _C.ORGANISATION else change.olds[:1]
            base = {key: value for key, value in row.items() if key != "id"}
            row |= {"area_id": olds[0]["id"], "valid_to": change.day}
            for old in olds[1:]:
                rows.add(model, **(base | {"area_id": old["id"], "valid_to": change.day}))
            yield subject, rows.add(model, **(base | {"valid_from": change.day})), olds[0]["id"], change.new_ids[0]


def _placed(rows: Rows, change: PastChange) -> Iterator[Carried]:
    """What knows of no days lies in the new grids, and is said to have come from the old ones."""
    for row in _in(rows, Station, change):
        if row["valid_from"] < change.day:
            yield _C.STATION, row["id"], change.old_at(row["lon"], row["lat"])["id"], row["area_id"]
    for row in _in(rows, Volunteer, change):
        if row["joined_on"] < change.day:
            old_id = _old_of(change, row)
            yield _C.PERSON, row["person_id"], old_id, row["area_id"]
            yield _C.VOLUNTEER, row["id"], old_id, row["area_id"]
    for row in _in(rows, User, change):
        if row["area_id"] == change.new_ids[0]:
            yield _C.ACCOUNT, row["id"], change.olds[0]["id"], row["area_id"]


def _cases(rows: Rows, change: PastChange, number: int) -> tuple[int, int]:
    """(kept, moved): the lives of the cases were made with the change in them."""
    olds = {old["id"] for old in change.olds}
    kept = sum(row["area_id"] in olds for row in rows.of(Incident))
    moved = sum(
        row["action"] == IncidentAction.REGRID and f'"change": {number}' in row["detail"]
        for row in rows.of(IncidentEvent)
    )
    return kept, moved


def _activities(rows: Rows, change: PastChange) -> tuple[int, int]:
    """(kept, moved): what was over stays in the old grid, what was planned by then went along."""
    stations = {row["id"]: row for row in rows.of(Station)}
    kept = moved = 0
    for row in _in(rows, Activity, change):
        if local_date(row["starts_at"]) >= change.day:
            moved += row["starts_at"] <= change.at + timedelta(days=AHEAD)
            continue
        station = stations.get(row["station_id"])
        row["area_id"] = change.old_at(station["lon"], station["lat"])["id"] if station else _old_of(change, row)
        kept += 1
    return kept, moved


def _visits(rows: Rows, change: PastChange) -> None:
    for row in _in(rows, Visit, change):
        if local_date(row["at"]) < change.day:
            row["area_id"] = _old_of(change, row)
