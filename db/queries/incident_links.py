"""Links between incidents: the case behind a number, what is linked to a main, first photos (feature C7)."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Incident, IncidentPhoto
from domain.permissions import Scope


def find_root_id(session: Session, scope: Scope, number: str) -> tuple[int, int] | None:
    """(id of the incident with that number, id of its main or of itself), unlocked; None where the scope has none."""
    within = [] if scope.everywhere else [Incident.visible_to(scope)]
    statement = select(Incident.id, func.coalesce(Incident.main_id, Incident.id)).where(
        Incident.number == number, *within
    )
    row = session.execute(statement).first()
    return (row[0], row[1]) if row else None


def find_main_id(session: Session, incident_id: int) -> int | None:
    """The main of an incident, unlocked."""
    return session.scalar(select(Incident.main_id).where(Incident.id == incident_id))


def get_number(session: Session, incident_id: int) -> str:
    """The number of an incident, "" for none."""
    return session.scalar(select(Incident.number).where(Incident.id == incident_id)) or ""


def list_linked_for_update(session: Session, main_id: int) -> list[Incident]:
    """What is linked to a main, by id, locked: whoever asks holds the main already."""
    statement = select(Incident).where(Incident.main_id == main_id).order_by(Incident.id).with_for_update()
    return list(session.scalars(statement))


def list_linked(session: Session, main_id: int) -> list[Incident]:
    """What is linked to a main in the session's scope, first reported first."""
    order = (Incident.reported_at, Incident.id)
    return list(session.scalars(select(Incident).where(Incident.main_id == main_id).order_by(*order)))


def list_first_photos(session: Session, incident_ids: Collection[int]) -> dict[int, int]:
    """Incident id → id of its first photo of the place before, for those that have one."""
    if not incident_ids:
        return {}
    statement = (
        select(IncidentPhoto.incident_id, func.min(IncidentPhoto.id))
        .where(IncidentPhoto.incident_id.in_(incident_ids), IncidentPhoto.stage == "before")
        .group_by(IncidentPhoto.incident_id)
    )
    return {incident_id: photo_id for incident_id, photo_id in session.execute(statement)}
