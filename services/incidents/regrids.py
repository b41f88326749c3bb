"""A case that is opened again after its grid ended goes to the grid that is there now (feature A4)."""

from datetime import date

from sqlalchemy.orm import Session

from db.models import Incident
from db.queries.area_changes import list_successors
from db.queries.incident_places import AreaVersion, find_area_version, list_area_versions_at


def to_present_area(session: Session, incident: Incident, day: date) -> dict[str, str]:
    """Move a case out of an area that has ended, and say so for its timeline; {} where it has not.

    By its place, else along the changes while each left one area only; else it stays where it was.
    """
    old = find_area_version(session, incident.area_id) if incident.area_id is not None else None
    if old is None or old.valid_to is None:
        return {}
    new = _at_place(session, incident, day) or _successor(session, old)
    if new is None:
        return {}
    incident.area_id = new.id
    return {"area_from": old.name, "area_to": new.name}


def _at_place(session: Session, incident: Incident, day: date) -> AreaVersion | None:
    if incident.lon is None or incident.lat is None:
        return None
    valid = [area for area in list_area_versions_at(session, incident.lon, incident.lat) if area.is_valid_on(day)]
    return min(valid, key=lambda area: (-area.depth, area.code), default=None)


def _successor(session: Session, area: AreaVersion) -> AreaVersion | None:
    found: AreaVersion | None = area
    while found is not None and found.valid_to is not None:
        after = list_successors(session, found.id)
        found = find_area_version(session, after[0]) if len(after) == 1 else None
    return found
