"""Rooms of stations: which there are, and the lock under which an activity takes one."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db.models import Activity, Room
from domain.errors import NotFound


@dataclass(frozen=True)
class RoomRow:
    """A room; ``capacity`` in people, None = not stated. It exists in [valid_from, valid_to)."""

    id: int
    version: int
    station_id: int
    name: str
    capacity: int | None
    valid_from: date
    valid_to: date | None


def get_room(session: Session, room_id: int, *, lock: bool = False) -> Room:
    """The room, or NotFound. ``lock``: whoever else wants it waits (PostgreSQL; SQLite has one writer)."""
    found = session.get(Room, room_id, with_for_update=True if lock else None)
    if found is None:
        raise NotFound(subject="room")
    return found


def find_room_by_name(session: Session, station_id: int, name: str) -> Room | None:
    """The room of a station that bears a name, closed ones too."""
    return session.scalar(select(Room).where(Room.station_id == station_id, Room.name == name))


def list_rooms(session: Session, station_id: int, day: date | None) -> list[RoomRow]:
    """The rooms of a station by name: those that exist on a day, None = all."""
    statement = select(
        Room.id, Room.version, Room.station_id, Room.name, Room.capacity, Room.valid_from, Room.valid_to
    ).where(Room.station_id == station_id)
    if day is not None:
        statement = statement.where(Room.valid_from <= day, or_(Room.valid_to.is_(None), Room.valid_to > day))
    return [RoomRow(*row) for row in session.execute(statement.order_by(Room.name, Room.id))]


def count_planned_in_room(session: Session, room_id: int, since: datetime) -> int:
    """How many activities that are not cancelled begin in the room at an instant or later."""
    statement = select(func.count(Activity.id)).where(
        Activity.room_id == room_id, Activity.starts_at >= since, Activity.cancelled_at.is_(None)
    )
    return session.scalar(statement) or 0
