"""Records of service that can fulfil a pledge: by kind of evidence, whose they are, and how much in which unit (D3).

A new kind is a member of EvidenceKind and a line in ``LOADERS``.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from db.models import Activity, Area, Attendance, Incident, Plot, PlotCheck, User, Visit, Volunteer
from db.queries.handlers import handled_by
from db.queries.visits import counts
from domain.clock import day_start, local_date
from domain.incidents import IncidentStatus
from domain.pledges import EvidenceKind, PledgeUnit

MOST_RECORDS = 60
S = TypeVar("S", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True)
class ServiceRecord:
    """A finished service of a person: on which Shanghai day, and how much it is in each unit that it can say."""

    kind: EvidenceKind
    id: int
    title: str
    day: date
    quantities: Mapping[PledgeUnit, float]
    link: str


@dataclass(frozen=True)
class RecordQuery:
    """Whose records: since a day, at most ``most`` of a kind (None: all), or those with these ids."""

    person_id: int
    since: date | None = None
    ids: Collection[int] | None = None
    most: int | None = MOST_RECORDS


def list_records(session: Session, kind: EvidenceKind, which: RecordQuery) -> list[ServiceRecord]:
    """The finished records of one kind in the scope, the newest first; none for a kind that is noted by hand."""
    return LOADERS[kind](session, which) if kind in LOADERS else []


def _chosen(statement: S, which: RecordQuery, record_id: Any, at: Any) -> S:
    """Only the records that the query asks for: those with its ids, those since its day."""
    if which.ids is not None:
        statement = statement.where(record_id.in_(which.ids))
    if which.since is not None:
        statement = statement.where(at >= day_start(which.since)).limit(which.most)
    return statement


def _load_incidents(session: Session, which: RecordQuery) -> list[ServiceRecord]:
    """Closed cases that the person had in hand."""
    users = session.scalars(select(User.id).where(User.person_id == which.person_id)).all()
    if not users:
        return []
    statement = (
        select(Incident.id, Incident.number, Incident.title, Incident.closed_at)
        .where(Incident.status == IncidentStatus.CLOSED.value, Incident.closed_at.is_not(None))
        .where(handled_by(users))
        .order_by(Incident.closed_at.desc(), Incident.id)
    )
    statement = _chosen(statement, which, Incident.id, Incident.closed_at)
    return [
        ServiceRecord(
            EvidenceKind.INCIDENT, row[0], f"{row[1]} {row[2]}", local_date(row[3]),
            {PledgeUnit.CASES: 1, PledgeUnit.TIMES: 1}, f"/incidents?id={row[0]}",
        )
        for row in session.execute(statement)
        if row[3] is not None
    ]  # fmt: skip


def _load_activities(session: Session, which: RecordQuery) -> list[ServiceRecord]:
    """Activities at which the person was, with counted time."""
    statement = (
        select(Attendance.id, Activity.id, Activity.title, Attendance.checked_in_at, Attendance.minutes)
        .join(Activity, Activity.id == Attendance.activity_id)
        .join(Volunteer, Volunteer.id == Attendance.volunteer_id)
        .where(Volunteer.person_id == which.person_id, Attendance.minutes.is_not(None))
        .where(Attendance.checked_in_at.is_not(None))
        .order_by(Attendance.checked_in_at.desc(), Attendance.id)
    )
    statement = _chosen(statement, which, Attendance.id, Attendance.checked_in_at)
    return [
        ServiceRecord(
            EvidenceKind.ACTIVITY, row[0], row[2], local_date(row[3]),
            {PledgeUnit.HOURS: round(row[4] / 60, 2), PledgeUnit.TIMES: 1}, f"/activities?id={row[1]}",
        )
        for row in session.execute(statement)
        if row[3] is not None and row[4]
    ]  # fmt: skip


def _load_visits(session: Session, which: RecordQuery) -> list[ServiceRecord]:
    """Visits and patrols of the person that count: neither corrected nor withdrawn."""
    statement = select(Visit.id, Area.name, Visit.at).join(Area, Area.id == Visit.area_id)
    statement = statement.where(Visit.person_id == which.person_id, counts()).order_by(Visit.at.desc(), Visit.id)
    statement = _chosen(statement, which, Visit.id, Visit.at)
    return [
        ServiceRecord(EvidenceKind.VISIT, row[0], row[1], local_date(row[2]), {PledgeUnit.TIMES: 1}, "/visits")
        for row in session.execute(statement)
    ]


def _load_plot_checks(session: Session, which: RecordQuery) -> list[ServiceRecord]:
    """Checks of plots by the person."""
    columns = (PlotCheck.id, Plot.name, PlotCheck.at, Plot.id)
    statement = select(*columns).join(Plot, Plot.id == PlotCheck.plot_id)
    statement = statement.where(PlotCheck.person_id == which.person_id).order_by(PlotCheck.at.desc(), PlotCheck.id)
    statement = _chosen(statement, which, PlotCheck.id, PlotCheck.at)
    return [
        ServiceRecord(
            EvidenceKind.PLOT_CHECK, row[0], row[1], local_date(row[2]), {PledgeUnit.TIMES: 1}, f"/plots?id={row[3]}"
        )
        for row in session.execute(statement)
    ]


LOADERS: dict[EvidenceKind, Callable[[Session, RecordQuery], list[ServiceRecord]]] = {
    EvidenceKind.INCIDENT: _load_incidents,
    EvidenceKind.ACTIVITY: _load_activities,
    EvidenceKind.VISIT: _load_visits,
    EvidenceKind.PLOT_CHECK: _load_plot_checks,
}
