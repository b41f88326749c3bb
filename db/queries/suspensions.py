"""Suspended incidents and since when."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Incident, IncidentEvent
from domain.incidents import IncidentAction, IncidentStatus


@dataclass(frozen=True)
class Suspended:
    """One suspended incident: its id, the instant of its last suspension and its review day."""

    incident_id: int
    since: datetime
    review_on: date | None


def list_suspended(session: Session) -> list[Suspended]:
    """Every suspended incident in the session's scope."""
    since = func.max(IncidentEvent.at)
    statement = (
        select(Incident.id, since, Incident.review_on)
        .join(IncidentEvent, IncidentEvent.incident_id == Incident.id)
        .where(Incident.status == IncidentStatus.SUSPENDED.value, IncidentEvent.action == IncidentAction.SUSPEND.value)
        .group_by(Incident.id, Incident.review_on)
    )
    return [Suspended(*row) for row in session.execute(statement)]
