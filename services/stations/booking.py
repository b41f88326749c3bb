"""Whose rooms one may put an activity into: those of the own community, the street all (decision 0216)."""

from sqlalchemy.orm import Session

from db.queries.areas import AreaRow, list_areas_by_id
from db.queries.stations import get_station_row
from db.session import reading
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.stations import RoomOfOtherCommunity, may_book_rooms
from services.system.installations import current_profile


def find_room_owner(actor: Actor, station_id: int) -> str | None:
    """The community to ask for a room of the station; None where the actor books it at once. Raises NotFound."""
    require(actor, Permission.ACTIVITY_PLAN)
    with reading(EVERYWHERE) as session:
        return _other_owner(session, actor, station_id)


def require_room_booking(session: Session, actor: Actor, station_id: int) -> None:
    """Refuse (RoomOfOtherCommunity) who may not put an activity into a room of the station."""
    owner = _other_owner(session, actor, station_id)
    if owner is not None:
        raise RoomOfOtherCommunity(area=owner)


def _other_owner(session: Session, actor: Actor, station_id: int) -> str | None:
    path = get_station_row(session, station_id).area_path
    community = _community_of(session, path)
    if community is None or may_book_rooms(actor.scope, path, community.path):
        return None
    return community.name


def _community_of(session: Session, path: str | None) -> AreaRow | None:
    """The area one level above the grids in which a path lies; None where it lies in none."""
    profile = current_profile()
    above = profile.level_keys[: profile.grid_depth][-1:]
    rows = list_areas_by_id(session, [int(one) for one in (path or "").split("/") if one])
    return next((row for row in rows.values() if row.level in above), None)
