"""Rooms of stations (feature F3, decision 0197): which there are, add, change, close."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from db.models import Room
from db.queries import rooms as rows
from db.queries.audit import add_audit_entry
from db.queries.receipts import add_receipt, find_receipt
from db.queries.rooms import RoomRow
from db.queries.stations import get_station_row
from db.session import reading, transaction
from domain.clock import day_start, local_date, utc_now
from domain.errors import Refusal, StaleRecord
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.stations import RoomClosesBeforeOpening, check_room_capacity
from domain.texts import clean_line
from services.stations.register import StationOutsideScope, may_edit_station


class RoomNameTaken(Refusal):
    """The station has a room of that name already, maybe a closed one. Values: room."""

    code = "room_name_taken"


class RoomStillPlanned(Refusal):
    """Activities are planned in the room on the day from which it would be closed, or later. Values: room, n."""

    code = "room_still_planned"


@dataclass(frozen=True)
class RoomForm:
    """What people type; ``capacity`` in people, None = not stated."""

    name: str
    capacity: int | None = None


def list_rooms(actor: Actor, station_id: int, day: date | None = None) -> list[RoomRow]:
    """The rooms of a station by name: those that exist on a Shanghai day, None = all, closed ones too."""
    require(actor, Permission.STATION_SEE)
    with reading(EVERYWHERE) as session:
        return rows.list_rooms(session, station_id, day)


def add_room(
    actor: Actor, station_id: int, form: RoomForm, form_key: str, now: datetime | None = None
) -> RoomRow:  # fmt: skip
    """A new room from today on; the same form again answers with the room that it made.

    Raises InvalidText, InvalidRoomCapacity, RoomNameTaken, StationOutsideScope, NotFound (station).
    """
    require(actor, Permission.STATION_EDIT)
    now = now or utc_now()
    name = _name(form)
    with transaction(EVERYWHERE) as session:
        room_id = find_receipt(session, actor.user_id, "room", form_key)
        if room_id is None:
            _require_station(session, actor, station_id)
            _require_free_name(session, station_id, name, None)
            room = Room(station_id=station_id, name=name, capacity=form.capacity, valid_from=local_date(now))
            session.add(room)
            session.flush()
            room_id = room.id
            add_receipt(session, actor.user_id, "room", form_key, room_id, now)
            add_audit_entry(session, actor.user_id, "create", "room", now, room_id, name)
            session.flush()
        return _row(rows.get_room(session, room_id))


def edit_room(actor: Actor, room_id: int, form: RoomForm, version: int, now: datetime | None = None) -> RoomRow:
    """Change a room whose ``version`` the form showed. Refusals as in ``add_room``, and StaleRecord."""
    require(actor, Permission.STATION_EDIT)
    now = now or utc_now()
    name = _name(form)
    with transaction(EVERYWHERE) as session:
        room = _editable(session, actor, room_id, version)
        _require_free_name(session, room.station_id, name, room_id)
        room.name, room.capacity = name, form.capacity
        add_audit_entry(session, actor.user_id, "edit", "room", now, room_id, name)
        session.flush()
        return _row(room)


def close_room(actor: Actor, room_id: int, day: date, version: int, now: datetime | None = None) -> RoomRow:
    """The room exists until ``day`` (exclusive), which moves no activity.

    Raises RoomStillPlanned, RoomClosesBeforeOpening, StaleRecord, StationOutsideScope.
    """
    require(actor, Permission.STATION_EDIT)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        room = _editable(session, actor, room_id, version)
        if day < room.valid_from:
            raise RoomClosesBeforeOpening(day=room.valid_from.isoformat())
        if planned := rows.count_planned_in_room(session, room_id, day_start(day)):
            raise RoomStillPlanned(room=room.name, n=planned)
        room.valid_to = day
        add_audit_entry(session, actor.user_id, "close", "room", now, room_id, day.isoformat())
        session.flush()
        return _row(room)


def _editable(session: Session, actor: Actor, room_id: int, version: int) -> Room:
    room = rows.get_room(session, room_id, lock=True)
    _require_station(session, actor, room.station_id)
    if room.version != version:
        raise StaleRecord()
    return room


def _require_station(session: Session, actor: Actor, station_id: int) -> None:
    station = get_station_row(session, station_id)
    if not may_edit_station(actor, station.area_path):
        raise StationOutsideScope(area=station.area or "")


def _require_free_name(session: Session, station_id: int, name: str, own_id: int | None) -> None:
    found = rows.find_room_by_name(session, station_id, name)
    if found is not None and found.id != own_id:
        raise RoomNameTaken(room=name)


def _name(form: RoomForm) -> str:
    check_room_capacity(form.capacity)
    return clean_line(form.name, "room_name", 60)


def _row(room: Room) -> RoomRow:
    return RoomRow(
        room.id, room.version, room.station_id, room.name, room.capacity, room.valid_from, room.valid_to
    )  # fmt: skip
