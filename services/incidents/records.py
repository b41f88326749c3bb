"""What is noted about an incident without moving it: one entry of its timeline (domain.incidents.RECORDS)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.models import Incident
from domain.incidents import RECORDS, IncidentAction, IncidentStatus
from domain.permissions import Actor
from services.timelines.entries import TimelineEntry, add_entry, detail_text


def add_record(
    session: Session,
    incident: Incident,
    actor: Actor,
    action: IncidentAction,
    now: datetime,
    note: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append a record to the timeline of a row locked by get_incident_for_update; the status stays.

    ``detail`` holds what JSON holds, no floats, times as ISO texts. The caller asked for the permission and cleaned
    the note. Raises ValueError for an action that moves.
    """
    if action not in RECORDS:
        raise ValueError(f"{action} moves a case")
    status = IncidentStatus(incident.status)
    entry = TimelineEntry(
        now, actor.user_id or None, actor.name, action, status, status, note, detail_text(detail or {})
    )
    add_entry(session, incident, actor, entry)
    session.flush()
