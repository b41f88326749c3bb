"""Putting the place of an incident right: a point on the map or an area from the list (feature C1)."""

from datetime import datetime

from db.queries.incident_places import find_area_version
from db.queries.incidents import get_incident_for_update
from db.session import transaction
from domain.clock import local_date, utc_now
from domain.incidents import IncidentAction, IncidentStatus, ReasonRequired, next_status
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.texts import clean_line, clean_text
from services.incidents.actions import NOTE_LENGTH, add_step, refuse_stale, view_in
from services.incidents.regrids import open_place
from services.incidents.views import IncidentView
from services.system.installations import current_profile

_A = IncidentAction


def fix_place(
    actor: Actor,
    incident_id: int,
    version: int,
    *,
    lon: float | None = None,
    lat: float | None = None,
    area_id: int | None = None,
    place: str = "",
    note: str = "",
    now: datetime | None = None,
) -> IncidentView:
    """Give an open incident its right place: a point in degrees (WGS 84) or an area; its number and deadline stay.

    Raises NotFound, IncidentChanged, ReasonRequired (no note), InvalidTransition (closed), and those of ``open_place``.
    """
    require(actor, Permission.INCIDENT_DISPATCH)
    now, profile = now or utc_now(), current_profile()
    note = clean_text(note, "note", NOTE_LENGTH, required=False)
    words = clean_line(place, "place", 200, required=False)
    with transaction(EVERYWHERE) as session:
        incident = get_incident_for_update(session, actor.scope, incident_id)
        refuse_stale(incident, version)
        status, lane = IncidentStatus(incident.status), profile.lane(incident.lane).lane
        next_status(lane, status, _A.ADD_NOTE, role=actor.role)
        if not note:
            raise ReasonRequired(action=_A.ADD_NOTE.value)
        found = open_place(session, lon, lat, area_id, local_date(incident.reported_at), local_date(now))
        before = find_area_version(session, incident.area_id) if incident.area_id else None
        incident.lon, incident.lat, incident.area_id = found.lon, found.lat, found.area.id if found.area else None
        incident.place = words or incident.place
        moved = {"area_from": before and before.name, "area_to": found.area and found.area.name}
        add_step(session, incident, actor, _A.ADD_NOTE, status, now, note, dict(moved))
        return view_in(session, profile, incident.id, now)
