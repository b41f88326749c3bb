"""Call-backs, and the closed cases whose reporters wait for one."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from db.models import Area, AuditEntry, CallBackRecord, Incident, IncidentEvent
from db.queries.bulk import BATCH, insert_rows
from db.queries.handlers import handled_by
from db.queries.layers import bump_layers
from domain.call_backs import CallBack
from domain.incidents import IncidentStatus

_COLUMNS = tuple(getattr(CallBackRecord, part.name) for part in fields(CallBack))
_ON_INCIDENT = ("called_at", "call_responded", "call_solved", "call_satisfaction")


@dataclass(frozen=True)
class ToCallBack:
    """Which closed cases wait for a call: closed since, tried less often, handled with none of these accounts (nor
    their main).
    """

    since: datetime
    attempts: int
    accounts: Collection[int]


def list_call_backs(session: Session, incident_id: int) -> dict[int, CallBack]:
    """Id → call-back of a case, oldest first."""
    which = CallBackRecord.incident_id == incident_id
    rows = session.execute(select(CallBackRecord.id, *_COLUMNS).where(which).order_by(CallBackRecord.id))
    return {row[0]: CallBack(*row[1:]) for row in rows}


def list_call_backs_between(session: Session, first: int, last: int) -> dict[int, dict[int, CallBack]]:
    """Incident id → id → call-back, of the incidents from ``first`` to ``last``."""
    columns = (CallBackRecord.incident_id, CallBackRecord.id, *_COLUMNS)
    which = CallBackRecord.incident_id.between(first, last)
    found: dict[int, dict[int, CallBack]] = defaultdict(dict)
    for row in session.execute(select(*columns).where(which).order_by(CallBackRecord.id)):
        found[row[0]][row[1]] = CallBack(*row[2:])
    return found


def list_called_between(session: Session, first: int, last: int) -> dict[int, dict[str, Any]]:
    """Incident id → what the incident itself says of the call-back that counts, where it says anything."""
    columns = [getattr(Incident, name) for name in _ON_INCIDENT]
    which = Incident.id.between(first, last), or_(*(column.is_not(None) for column in columns))
    return {row[0]: dict(zip(_ON_INCIDENT, row[1:], strict=True)) for row in _rows(session, columns, which)}


def _rows(session: Session, columns: Collection[Any], which: Collection[ColumnElement[bool]]) -> Any:
    return session.execute(select(Incident.id, *columns).where(*which))


def _attempts() -> Any:
    """How often it was tried since the case was closed."""
    which = CallBackRecord.incident_id == Incident.id, CallBackRecord.at >= Incident.closed_at
    return select(func.count(CallBackRecord.id)).where(*which).correlate(Incident).scalar_subquery()


def _waiting(which: ToCallBack) -> list[ColumnElement[bool]]:
    return [
        Incident.closed_at >= which.since,
        Incident.status == IncidentStatus.CLOSED.value,
        or_(Incident.reporter_phone.is_not(None), Incident.reporter_name.is_not(None)),
        or_(Incident.called_at.is_(None), Incident.called_at < Incident.closed_at),
        ~handled_by(which.accounts),
        _attempts() < which.attempts,
    ]


def count_to_call_back(session: Session, which: ToCallBack) -> int:
    """How many cases wait for a call."""
    return session.scalar(select(func.count(Incident.id)).where(*_waiting(which))) or 0


def list_to_call_back(session: Session, which: ToCallBack, limit: int) -> list[tuple[Incident, str | None, int]]:
    """(case, name of its area, attempts so far), those closed first before the others."""
    statement = (
        select(Incident, Area.name, _attempts())
        .outerjoin(Area, Area.id == Incident.area_id)
        .where(*_waiting(which))
        .order_by(Incident.closed_at, Incident.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


@dataclass(frozen=True)
class ClosedHead:
    """A case of another system as far as its call-back needs it: where it stands, and the head of its timeline."""

    id: int
    external_number: str
    status: str
    closed_at: datetime | None
    event_count: int
    last_hash: str
    import_digest: str | None


def list_heads(session: Session, source: str, numbers: Sequence[str]) -> list[ClosedHead]:
    """Cases of a source by their numbers there."""
    columns = [getattr(Incident, part.name) for part in fields(ClosedHead)]
    found: list[ClosedHead] = []
    for start in range(0, len(numbers), BATCH):
        which = Incident.source == source, Incident.external_number.in_(numbers[start : start + BATCH])
        rows: Any = session.execute(select(*columns).where(*which).order_by(Incident.id))
        found += [ClosedHead(*row) for row in rows]
    return found


def list_call_backs_of(session: Session, incident_ids: Sequence[int]) -> dict[int, dict[int, CallBack]]:
    """Incident id → id → call-back, oldest first."""
    found: dict[int, dict[int, CallBack]] = defaultdict(dict)
    for start in range(0, len(incident_ids), BATCH):
        which = CallBackRecord.incident_id.in_(incident_ids[start : start + BATCH])
        columns = (CallBackRecord.incident_id, CallBackRecord.id, *_COLUMNS)
        for row in session.execute(select(*columns).where(which).order_by(CallBackRecord.id)):
            found[row[0]][row[1]] = CallBack(*row[2:])
    return found


def write_call_backs(
    session: Session, marks: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]], changed: Sequence[dict[str, Any]],
    cases: Sequence[dict[str, Any]], events: Sequence[dict[str, Any]], audit: Sequence[dict[str, Any]],
) -> None:  # fmt: skip
    """Call-backs of many cases: ``marks`` and ``cases`` are columns of a case (``case``: id), ``changed`` of a record
    (``call_back``: id, the rest as ``new_…``).
    """
    incidents: Any = Incident.__table__
    for rows in (marks, cases):
        if rows:
            session.connection().execute(update(incidents).where(incidents.c.id == bindparam("case")), rows)
    if changed:
        records: Any = CallBackRecord.__table__
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in (part.name for part in fields(CallBack))}
        which = update(records).where(records.c.id == bindparam("call_back")).values(values)
        session.connection().execute(which, list(changed))
    for model, rows in ((CallBackRecord, new), (IncidentEvent, events), (AuditEntry, audit)):
        insert_rows(session, model, rows)
    if cases:
        bump_layers(session, ["incidents"])
