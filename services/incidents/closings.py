"""What a case needs to be closed: its closing standard said to be met, and the photo its class asks for (C2)."""

from sqlalchemy.orm import Session

from db.models import Incident
from db.queries.incidents import list_events, list_photos
from domain.dictionaries import PhotoRequired, StandardNotConfirmed
from domain.errors import NotFound
from domain.incidents import IncidentAction
from services.dictionaries.current import entry_of

_REOPENED = frozenset({IncidentAction.REOPEN.value, IncidentAction.REOPEN_LINKED.value})


def refuse_unshown(session: Session, linked: Incident, main: Incident) -> None:
    """Refuse (PhotoRequired) to close a linked case whose class asks for a photo that neither it nor its main has."""
    try:
        required = entry_of(linked).photo_required
    except NotFound:
        return
    if required and not (_shows_the_result(session, linked) or _shows_the_result(session, main)):
        raise PhotoRequired()


def refuse_closing(session: Session, incident: Incident, confirmed: bool, brings_photo: bool) -> dict[str, object]:
    """Refuse (StandardNotConfirmed, PhotoRequired) to close a case that does not meet what it was filed under.

    ``brings_photo``: the step itself comes with photos. Returns what was confirmed, for the timeline.
    """
    try:
        entry = entry_of(incident)
    except NotFound:  # brought over from elsewhere under a class that no version has
        return {}
    if not confirmed:
        raise StandardNotConfirmed(standard=entry.standard)
    if entry.photo_required and not brings_photo and not _shows_the_result(session, incident):
        raise PhotoRequired()
    return {"standard": entry.standard.zh}


def _shows_the_result(session: Session, incident: Incident) -> bool:
    """Whether there is a photo of the place after the handling; one from before a reopening shows nothing."""
    reopened = [event.at for event in list_events(session, incident.id) if event.action in _REOPENED]
    since = max(reopened, default=incident.reported_at)
    return any(photo.stage == "after" and photo.taken_at >= since for photo in list_photos(session, incident.id))
