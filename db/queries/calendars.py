"""The calendar's table, its version, and the cases whose deadlines a change of it may move."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from db.models import AuditEntry, CalendarDate, CalendarVersion, CalendarYear, Incident, IncidentEvent
from db.queries.conditions import clock_runs
from db.queries.layers import bump_layers
from db.queries.locks import hold
from domain.calendars import CalendarDay, CalendarTable
from domain.incidents import TIMED, IncidentAction

_ROW = 1
_MOVING = [action.value for action in (IncidentAction.SUSPEND, IncidentAction.RESUME, IncidentAction.EXTEND)]


def find_calendar_version(session: Session) -> CalendarVersion | None:
    """The version; None before the table was filled."""
    return session.get(CalendarVersion, _ROW)


def share_calendar_version(session: Session) -> CalendarVersion | None:
    """The version, locked against changes to the end of the transaction; others may share it."""
    return session.scalar(select(CalendarVersion).where(CalendarVersion.id == _ROW).with_for_update(read=True))


def lock_calendar_version(session: Session) -> CalendarVersion | None:
    """The version, for this transaction alone."""
    hold(session, "calendar")  # before the row is there two could fill the table
    return session.scalar(select(CalendarVersion).where(CalendarVersion.id == _ROW).with_for_update())


def add_calendar_version(session: Session, digest: str, at: datetime) -> CalendarVersion:
    """The first version."""
    row = CalendarVersion(id=_ROW, version=1, digest=digest, changed_at=at)
    session.add(row)
    session.flush()
    return row


def read_calendar(session: Session) -> CalendarTable:
    """The whole table."""
    days = session.execute(select(CalendarDate.day, CalendarDate.working, CalendarDate.name).order_by(CalendarDate.day))
    years = session.scalars(select(CalendarYear.year))
    return CalendarTable({row.day: CalendarDay(row.day, row.working, row.name) for row in days}, frozenset(years))


def write_days(session: Session, gone: Collection[date], came: Iterable[CalendarDay]) -> None:
    """Take days out of the table and put others in."""
    if gone:
        session.execute(delete(CalendarDate).where(CalendarDate.day.in_(gone)))
    rows = [{"day": entry.day, "working": entry.working, "name": entry.name} for entry in came]
    if rows:
        session.execute(insert(CalendarDate), rows)


def write_years(session: Session, years: Iterable[int], source: str) -> None:
    """Add complete years."""
    rows = [{"year": year, "source": source} for year in sorted(years)]
    if rows:
        session.execute(insert(CalendarYear), rows)


def list_year_sources(session: Session) -> dict[int, str]:
    """Complete year → where it came from."""
    return {row.year: row.source for row in session.execute(select(CalendarYear.year, CalendarYear.source))}


@dataclass(frozen=True)
class RunningCase:
    """A case whose clock runs, as far as a recount needs it."""

    id: int
    status: str
    due_at: datetime
    version: int
    event_count: int
    last_hash: str


def list_running_for_update(session: Session, due_from: datetime, after: int, limit: int) -> list[RunningCase]:
    """Cases whose clock runs, unanswered, due at an instant or later, with an id behind ``after``; locked."""
    columns = (getattr(Incident, part.name) for part in fields(RunningCase))
    statement = (
        select(*columns)
        .where(
            *clock_runs(), Incident.due_at >= due_from, Incident.id > after,
        )
        .order_by(Incident.id)
        .limit(limit)
        .with_for_update()
    )  # fmt: skip
    return [RunningCase(*row) for row in session.execute(statement)]


def write_recounts(
    session: Session, cases: Sequence[dict[str, Any]], events: Sequence[dict[str, Any]], audit: Sequence[dict[str, Any]]
) -> None:
    """New deadlines of locked cases (``case``: id), their entries and audit records: one statement for each kind."""
    incidents: Any = Incident.__table__
    session.execute(update(incidents).where(incidents.c.id == bindparam("case")), cases)
    session.execute(insert(IncidentEvent), events)
    session.execute(insert(AuditEntry), audit)
    bump_layers(session, ["incidents"])


def list_clock_events(session: Session, incident_ids: Collection[int]) -> list[IncidentEvent]:
    """The entries on which deadlines hang: those that set a limit, extend, suspend or resume; by case and place."""
    sets = IncidentEvent.detail.contains('"due_at"', autoescape=True)
    statement = (
        select(IncidentEvent)
        .where(IncidentEvent.incident_id.in_(incident_ids), or_(IncidentEvent.action.in_(_MOVING), sets))
        .order_by(IncidentEvent.incident_id, IncidentEvent.sequence)
    )
    return list(session.scalars(statement))


def last_due_day(session: Session) -> datetime | None:
    """The last deadline of a case whose clock runs."""
    timed = Incident.status.in_([status.value for status in TIMED])
    statement = select(Incident.due_at).where(timed, Incident.due_at.is_not(None)).order_by(Incident.due_at.desc())
    return session.scalar(statement.limit(1))
