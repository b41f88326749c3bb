"""Call-backs, and the closed cases whose reporters wait for one."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from db.models import Area, CallBackRecord, Incident
from db.queries.handlers import handled_by
from domain.call_backs import CallBack
from domain.incidents import IncidentStatus

_COLUMNS = tuple(getattr(CallBackRecord, part.name) for part in fields(CallBack))
_ON_INCIDENT = ("called_at", "call_responded", "call_solved", "call_satisfaction")


@dataclass(frozen=True)
class ToCallBack:
    """Which closed cases wait for a call: closed since, tried less often, not handled by (nor their main)."""

    since: datetime
    attempts: int
    user_id: int


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
        ~handled_by(which.user_id),
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
