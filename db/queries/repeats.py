"""Incidents as points of a year, for the places where the same comes again (feature C7)."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Incident
from domain.incidents import IncidentStatus


def list_points_since(session: Session, since: datetime, until: datetime) -> list[Any]:
    """(id, category, lon, lat, reported_at, is_open, area_id, main_id) of what has a place, oldest first.

    Voided ones never were. In the session's scope.
    """
    one, is_open = Incident, Incident.closed_at.is_(None).label("is_open")
    statement = (
        select(one.id, one.category, one.lon, one.lat, one.reported_at, is_open, one.area_id, one.main_id)
        .where(
            one.reported_at.between(since, until),
            one.status != IncidentStatus.VOIDED.value,
            one.lon.is_not(None),
            one.lat.is_not(None),
        )
        .order_by(one.reported_at, one.id)
    )
    return list(session.execute(statement))


def list_place_words(session: Session, incident_ids: list[int]) -> dict[int, str]:
    """Incident id → the words for its place."""
    statement = select(Incident.id, Incident.place).where(Incident.id.in_(incident_ids))
    return {incident_id: place for incident_id, place in session.execute(statement)}
