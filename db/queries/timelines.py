"""All timelines, a stretch of incidents at a time, for the check of their chains."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import AuditEntry, Incident, IncidentEvent

COURSE = (
    "answered_at", "overdue_seconds", "closed_at", "dispatched_at", "returned_count", "failed_check_count",
    "reopened_count", "review_on", "main_id", "exempted_at",
)  # fmt: skip


@dataclass(frozen=True)
class TimelineHead:
    """What an incident says of its timeline: how many entries, the last hash, what they led to.

    ``course``: those columns of domain.courses.Course that no other record can change.
    """

    incident_id: int
    number: str
    status: str
    event_count: int
    last_hash: str
    course: dict[str, Any]


def list_timeline_heads(session: Session, after: int, limit: int) -> list[TimelineHead]:
    """The next incidents by id."""
    columns = (Incident.id, Incident.number, Incident.status, Incident.event_count, Incident.last_hash)
    course = tuple(getattr(Incident, name) for name in COURSE)
    statement = select(*columns, *course).where(Incident.id > after).order_by(Incident.id).limit(limit)
    first = len(columns)
    return [
        TimelineHead(*row[:first], dict(zip(COURSE, row[first:], strict=True)))  # type: ignore[call-arg, arg-type]
        for row in session.execute(statement)
    ]


def iterate_events(session: Session, first: int, last: int) -> Iterator[Any]:
    """The entries of the incidents from ``first`` to ``last``, each timeline from its beginning."""
    event = IncidentEvent
    columns = (
        event.incident_id, event.sequence, event.at, event.user_id, event.actor_name, event.action, event.from_status,
        event.to_status, event.note, event.detail, event.previous_hash, event.hash,
    )  # fmt: skip
    statement = select(*columns).where(event.incident_id.between(first, last))
    yield from session.execute(statement.order_by(event.incident_id, event.sequence))


def list_audited_hashes(
    session: Session, subject: str, actions: Collection[str], first: int, last: int
) -> list[tuple[int, str]]:
    """(incident id, hash) of every step that the audit record knows of."""
    statement = select(AuditEntry.subject_id, AuditEntry.detail).where(
        AuditEntry.subject == subject, AuditEntry.subject_id.between(first, last), AuditEntry.action.in_(actions)
    )
    return [(row[0] or 0, row[1]) for row in session.execute(statement)]
