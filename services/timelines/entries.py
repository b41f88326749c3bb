"""The timeline of an incident: each entry is chained to the one before it (feature C11, decision 0060).

The chain's head (count and last hash) stands on the incident and, as a second witness, in the audit record, so that
an entry cut off at the end is missed as well.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.models import Incident, IncidentEvent
from db.queries.audit import add_audit_entry
from domain.incidents import IncidentAction, IncidentStatus
from domain.permissions import Actor
from domain.timelines import GENESIS, chain_hash

SUBJECT = "incident"


@dataclass(frozen=True)
class TimelineEntry:
    """What one entry says. ``at`` is aware; ``detail`` is JSON of what changed besides the status, "" for nothing."""

    at: datetime
    user_id: int | None
    actor_name: str
    action: IncidentAction
    from_status: IncidentStatus | None
    to_status: IncidentStatus
    note: str = ""
    detail: str = ""


def chain_entry(incident_id: int, sequence: int, entry: TimelineEntry, previous: str | None) -> dict[str, Any]:
    """The columns of an entry, hash included.

    ``sequence`` counts from 1; ``previous`` is the hash of the entry before, None for the first. Whoever writes rows
    past ``add_entry`` (the demo builder) sets ``event_count`` and ``last_hash`` of the incident to the last entry's.
    """
    fields = vars(entry) | {"incident_id": incident_id, "sequence": sequence}
    before = previous or GENESIS
    return fields | {"previous_hash": before, "hash": chain_hash(before, fields)}


def detail_text(detail: Mapping[str, Any]) -> str:
    """What a step changed besides the status, as JSON with sorted keys; "" for nothing. Times are ISO texts."""
    return json.dumps(detail, ensure_ascii=False, sort_keys=True) if detail else ""


def add_entry(session: Session, incident: Incident, actor: Actor, entry: TimelineEntry) -> None:
    """Append an entry to ``incident`` (already flushed), move the head of its chain, write the audit record."""
    columns = chain_entry(incident.id, incident.event_count + 1, entry, incident.last_hash or None)
    session.add(IncidentEvent(**columns))
    incident.event_count, incident.last_hash = columns["sequence"], columns["hash"]
    add_audit_entry(
        session, actor.user_id, f"{SUBJECT}.{entry.action}", SUBJECT, entry.at, incident.id, columns["hash"]
    )
