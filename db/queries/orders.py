"""Cases that came in from another system, many at once (feature N1)."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, any_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from db.models import AuditEntry, Incident, IncidentEvent
from db.queries.bulk import insert_tuples
from db.queries.layers import bump_layers

_CHUNK = 5000
_KNOWN = (
    Incident.external_number, Incident.id, Incident.number, Incident.status, Incident.lane, Incident.level,
    Incident.category, Incident.urgency, Incident.title, Incident.reported_at, Incident.due_at, Incident.filed_at,
    Incident.event_count, Incident.last_hash, Incident.import_digest, Incident.main_id, Incident.lon,
    Incident.dictionary_version, Incident.condition,
)  # fmt: skip
INCIDENT_COLUMNS = (
    "id", "number", "category", "urgency", "source", "title", "description", "place", "lon", "lat", "area_id", "lane",
    "status", "reported_at", "due_at", "closed_at", "created_by", "reporter_name", "reporter_phone", "level",
    "external_number", "import_digest", "filed_at", "dispatched_at", "answered_at", "overdue_seconds", "event_count",
    "last_hash", "version", "updated_at", "dictionary_version",
)  # fmt: skip
EVENT_COLUMNS = (
    "incident_id", "sequence", "at", "user_id", "actor_name", "action", "from_status", "to_status", "note", "detail",
    "previous_hash", "hash",
)  # fmt: skip
AUDIT_COLUMNS = ("at", "user_id", "action", "subject", "subject_id", "detail")


def list_orders(session: Session, source: str, numbers: Sequence[str], lock: bool = False) -> dict[str, Any]:
    """Cases of a source by their number there; with ``lock`` until the end of the transaction."""
    statement = select(*_KNOWN).where(Incident.source == source, _among(session, numbers)).order_by(Incident.id)
    rows = session.execute(statement.with_for_update() if lock else statement)
    return {row.external_number: row for row in rows}


def _among(session: Session, numbers: Sequence[str]) -> ColumnElement[bool]:
    """One parameter for all numbers: a statement with one for each takes longer to write than to answer."""
    if session.get_bind().dialect.name == "postgresql":
        return Incident.external_number == any_(bindparam("numbers", list(numbers), ARRAY(Text)))
    values = func.json_each(json.dumps(numbers)).table_valued("value")
    return Incident.external_number.in_(select(values.c.value))


def list_moved(session: Session, ids: Sequence[int], own: Sequence[str]) -> set[int]:
    """Cases whose timeline has an entry of another action than the import's ``own``, linked ones, and their mains."""
    found: set[int] = set()
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        events = IncidentEvent.incident_id.in_(some), IncidentEvent.action.not_in(own)
        found |= set(session.scalars(select(IncidentEvent.incident_id).where(*events).distinct()))
        links = select(Incident.id, Incident.main_id).where(Incident.main_id.is_not(None))
        for linked, main in session.execute(links.where(or_(Incident.id.in_(some), Incident.main_id.in_(some)))):
            found |= {linked, main or linked}
    return found


def insert_orders(
    session: Session,
    incidents: Sequence[tuple[Any, ...]],
    events: Sequence[tuple[Any, ...]],
    audit: Sequence[tuple[Any, ...]],
) -> None:
    """Cases (INCIDENT_COLUMNS) with entries of timelines (EVENT_COLUMNS) and of the audit record (AUDIT_COLUMNS)."""
    insert_tuples(session, Incident, INCIDENT_COLUMNS, incidents)
    insert_tuples(session, IncidentEvent, EVENT_COLUMNS, events)
    insert_tuples(session, AuditEntry, AUDIT_COLUMNS, audit)
    if incidents:
        bump_layers(session, ["incidents"])


def update_orders(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write the columns of each row (all rows have the same ones) to the case of its ``id``; the version counts up."""
    if not rows:
        return
    table = Incident.__table__
    names = [name for name in rows[0] if name != "id"]
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names} | {"version": table.c.version + 1}
    statement = update(table).where(table.c.id == bindparam("which")).values(values)  # type: ignore[arg-type]
    parameters = [{f"new_{name}": row[name] for name in names} | {"which": row["id"]} for row in rows]
    session.connection().execute(statement, parameters)
    bump_layers(session, ["incidents"])
