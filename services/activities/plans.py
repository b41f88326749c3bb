"""Plan, edit and cancel activities (feature E2)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.models import Activity
from db.queries import activities as rows
from db.queries.areas import get_area
from db.queries.attendances import count_taken_places
from db.queries.audit import add_audit_entry
from db.queries.locks import AREAS, share
from db.queries.receipts import add_receipt, find_receipt
from db.queries.rooms import get_room
from db.queries.stations import get_station
from db.queries.volunteers import get_team
from db.session import transaction
from domain.activities import ActivityOver, ActivityStatus, Slot, activity_status
from domain.assignments import AreaNotValidThen
from domain.clock import local_date, to_local, utc_now
from domain.errors import Refusal, StaleRecord
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.texts import clean_line, clean_text
from services.activities.calendar import ActivityView, activity_views, slot_of, works_for
from services.activities.recording import let_all_go
from services.activities.waiting import move_up_waiting
from services.stations.booking import require_room_booking
from services.system.installations import current_profile


class ActivityOutsideScope(Refusal):
    """The activity is, or would be, held for an area that the actor does not work for. Values: area."""

    code = "activity_outside_scope"


class StationNotOpenThen(Refusal):
    """The station does not exist on that day. Values: station, valid_from, valid_to."""

    code = "station_not_open_then"


class RoomNotOfStation(Refusal):
    """The room belongs to another station, or does not exist on that day. Values: room."""

    code = "room_not_of_station"


class RoomTaken(Refusal):
    """Another activity is in the room at that time. Values: room, title, day, starts, ends."""

    code = "room_taken"


class CapacityBelowTaken(Refusal):
    """More people have signed up than the new number of places. Values: taken."""

    code = "capacity_below_taken"


@dataclass(frozen=True)
class ActivityForm:
    """What people type; instants aware. Without a station the place is needed; without an area the station's holds."""

    title: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    station_id: int | None = None
    place: str = ""
    area_id: int | None = None
    team_id: int | None = None
    capacity: int | None = None
    description: str = ""
    room_id: int | None = None


def plan_activity(actor: Actor, form: ActivityForm, form_key: str, now: datetime | None = None) -> ActivityView:
    """A new activity; the same form again answers with the activity that it made.

    One in the past may be entered, to write down afterwards who came. Raises InvalidText, InvalidActivityTime,
    NotFound (kind, station, room, area, team), ActivityOutsideScope, AreaNotValidThen, StationNotOpenThen,
    RoomNotOfStation, RoomOfOtherCommunity, RoomTaken.
    """
    require(actor, Permission.ACTIVITY_PLAN)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        share(session, AREAS)
        activity_id = find_receipt(session, actor.user_id, "activity", form_key)
        if activity_id is None:
            activity = Activity(created_by=actor.user_id or None, **checked_columns(session, actor, form))
            session.add(activity)
            session.flush()
            activity_id = activity.id
            add_receipt(session, actor.user_id, "activity", form_key, activity_id, now)
            add_audit_entry(session, actor.user_id, "plan", "activity", now, activity_id)
            session.flush()
        return activity_views(session, actor, [rows.get_activity_row(session, activity_id)], now)[0]


def edit_activity(
    actor: Actor, activity_id: int, form: ActivityForm, version: int, now: datetime | None = None
) -> ActivityView:
    """Change an activity that is not over, whose ``version`` the form showed; new places go to those who wait.

    Refusals as in ``plan_activity``, and ActivityOver, CapacityBelowTaken, StaleRecord.
    """
    require(actor, Permission.ACTIVITY_PLAN)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        share(session, AREAS)
        activity = editable_activity(session, actor, activity_id, version, now)
        taken = count_taken_places(session, activity_id)
        if form.capacity is not None and form.capacity < taken:
            raise CapacityBelowTaken(taken=taken)
        for name, value in checked_columns(session, actor, form, (activity_id,)).items():
            setattr(activity, name, value)
        move_up_waiting(session, activity, now)
        add_audit_entry(session, actor.user_id, "edit", "activity", now, activity_id)
        session.flush()
        return activity_views(session, actor, [rows.get_activity_row(session, activity_id)], now)[0]


def cancel_activity(
    actor: Actor, activity_id: int, reason: str, version: int, now: datetime | None = None
) -> ActivityView:
    """Call an activity off; those who signed up stay listed, so that they can be told, and who is in is checked out.

    Raises InvalidText (a reason is needed), ActivityOver, ActivityOutsideScope, StaleRecord.
    """
    require(actor, Permission.ACTIVITY_PLAN)
    now = now or utc_now()
    reason = clean_text(reason, "cancel_reason", 400)
    with transaction(EVERYWHERE) as session:
        activity = editable_activity(session, actor, activity_id, version, now)
        activity.cancelled_at, activity.cancel_reason = now, reason
        let_all_go(session, actor, activity, now)
        add_audit_entry(session, actor.user_id, "cancel", "activity", now, activity_id, reason)
        session.flush()
        return activity_views(session, actor, [rows.get_activity_row(session, activity_id)], now)[0]


def editable_activity(session: Session, actor: Actor, activity_id: int, version: int, now: datetime) -> Activity:
    """The activity, locked, if the actor may change it now. Raises ActivityOutsideScope, StaleRecord, ActivityOver."""
    activity = rows.get_activity(session, activity_id, lock=True)
    row = rows.get_activity_row(session, activity_id)
    if not works_for(actor, row.area_path, row.created_by):
        raise ActivityOutsideScope(area=row.area or "")
    if activity.version != version:
        raise StaleRecord()
    if activity_status(slot_of(activity), now) in (ActivityStatus.CANCELLED, ActivityStatus.ENDED):
        raise ActivityOver()
    return activity


def checked_columns(session: Session, actor: Actor, form: ActivityForm, own: tuple[int, ...] = ()) -> dict[str, object]:
    """The columns of a form, or a refusal; ``own``: the activities that the form is about."""
    Slot(form.starts_at, form.ends_at, form.capacity)
    if form.team_id is not None:
        get_team(session, form.team_id)
    station_area = _check_station(session, form)
    check_room(session, actor, form, own)
    return {
        "title": clean_line(form.title, "activity_title", 120),
        "kind": current_profile().activity_kind(form.kind).key,
        "description": clean_text(form.description, "activity_details", 2000, required=False),
        "place": clean_line(form.place, "activity_place", 200, required=form.station_id is None),
        "station_id": form.station_id,
        "room_id": form.room_id,
        "area_id": _check_area(session, actor, form, station_area),
        "team_id": form.team_id,
        "starts_at": form.starts_at,
        "ends_at": form.ends_at,
        "capacity": form.capacity,
    }


def _check_station(session: Session, form: ActivityForm) -> int | None:
    """The area in which the station of the form lies."""
    if form.station_id is None:
        return None
    station = get_station(session, form.station_id)
    day = local_date(form.starts_at)
    if day < station.valid_from or (station.valid_to is not None and day >= station.valid_to):
        raise StationNotOpenThen(station=station.name, valid_from=station.valid_from, valid_to=station.valid_to or "…")
    return station.area_id


def check_room(session: Session, actor: Actor, form: ActivityForm, own: Collection[int] = ()) -> None:
    """Lock the room of a form and raise RoomTaken where another activity is in it; ``own``: those that move.

    Whoever comes second waits for the lock and finds the first. Raises RoomNotOfStation, and RoomOfOtherCommunity
    unless the activity has the room at that time already.
    """
    if form.room_id is None:
        return
    room, day = get_room(session, form.room_id, lock=True), local_date(form.starts_at)
    exists = room.valid_from <= day and (room.valid_to is None or day < room.valid_to)
    if room.station_id != form.station_id or not exists:
        raise RoomNotOfStation(room=room.name)
    if not rows.has_room_then(session, own, room.id, form.starts_at, form.ends_at):
        require_room_booking(session, actor, room.station_id)
    clashes = rows.list_clashes(session, room.station_id, form.starts_at, form.ends_at, own, room.id)
    for other in clashes[:1]:
        begin, end = to_local(other.starts_at), to_local(other.ends_at)
        raise RoomTaken(
            room=room.name, title=other.title, day=f"{begin:%Y-%m-%d}", starts=f"{begin:%H:%M}", ends=f"{end:%H:%M}"
        )  # fmt: skip


def _check_area(session: Session, actor: Actor, form: ActivityForm, station_area: int | None) -> int | None:
    """The area for which the activity is held: as chosen, else the station's, else the actor's own."""
    for area_id in (form.area_id, station_area, actor.area_id):
        if area_id is None:
            continue
        area = get_area(session, area_id)
        if not works_for(actor, area.path):
            if area_id == form.area_id:
                raise ActivityOutsideScope(area=area.name)
            continue
        day = local_date(form.starts_at)
        if day < area.valid_from or (area.valid_to is not None and day >= area.valid_to):
            raise AreaNotValidThen(valid_from=area.valid_from, valid_to=area.valid_to or "…")
        return area_id
    if not actor.scope.everywhere:
        raise ActivityOutsideScope(area="")
    return None
