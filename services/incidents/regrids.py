"""Open cases lie in grids that are there: the one that came of a grid which has ended (feature A4)."""

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from db.models import Incident
from db.queries.area_changes import list_successors
from db.queries.incident_places import AreaVersion, find_area_version, list_area_versions_at
from services.incidents.places import Place, place_of


def open_place(
    session: Session, lon: float | None, lat: float | None, area_id: int | None, reported: date, today: date
) -> Place:
    """The place of an open case that was reported on a day; a grid that has ended since gives way to the present one.

    Raises what place_of raises.
    """
    place = place_of(session, lon, lat, area_id, reported)
    if place.area is None or place.area.is_valid_on(today):
        return place
    return replace(place, area=present_area(session, place.area.id, lon, lat, today) or place.area)


def to_present_area(session: Session, incident: Incident, day: date) -> dict[str, str]:
    """Move a case out of an area that has ended, and say so for its timeline; {} where it has not.

    Where nobody can say to which area it goes, it stays where it was.
    """
    old = find_area_version(session, incident.area_id) if incident.area_id is not None else None
    if old is None or old.valid_to is None:
        return {}
    new = present_area(session, old.id, incident.lon, incident.lat, day)
    if new is None:
        return {}
    incident.area_id = new.id
    return {"area_from": old.name, "area_to": new.name}


def present_area(
    session: Session, area_id: int, lon: float | None, lat: float | None, day: date
) -> AreaVersion | None:  # fmt: skip
    """What came of an area: by the place in degrees (EPSG:4326), else along the changes while each left one area only.

    None where neither says it.
    """
    return _at_place(session, lon, lat, day) or _successor(session, find_area_version(session, area_id))


def _at_place(session: Session, lon: float | None, lat: float | None, day: date) -> AreaVersion | None:
    if lon is None or lat is None:
        return None
    valid = [area for area in list_area_versions_at(session, lon, lat) if area.is_valid_on(day)]
    return min(valid, key=lambda area: (-area.depth, area.code), default=None)


def _successor(session: Session, area: AreaVersion | None) -> AreaVersion | None:
    while area is not None and area.valid_to is not None:
        after = list_successors(session, area.id)
        area = find_area_version(session, after[0]) if len(after) == 1 else None
    return area
