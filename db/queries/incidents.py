"""Incidents: one, a page of them, how many of each symbol, their events and photos."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from db.models import Area, Incident, IncidentEvent, IncidentPhoto, User
from db.queries.conditions import Counted, counted_filter, overdue, pressing
from db.queries.locks import AREAS, share
from domain.errors import NotFound
from domain.incidents import ENDS, OPEN, RUNNING, STAGE_SYMBOLS, TIMED, IncidentStatus, IncidentSymbol
from domain.permissions import Scope

METRES_PER_DEGREE = 110_000  # of latitude, rounded down: a box made with it is never too small


@dataclass(frozen=True)
class IncidentRecord:
    """An incident with the names that stand beside it."""

    incident: Incident
    area_code: str | None
    area_name: str | None
    area_path: str | None
    handler_name: str | None
    photos: int
    linked: int


@dataclass(frozen=True)
class Looked:
    """The instants one look compares with: now, and until when something is due soon."""

    now: datetime
    due_soon: datetime


@dataclass(frozen=True)
class IncidentCriteria:
    """What a list asks for; None and empty = not asked."""

    symbols: frozenset[IncidentSymbol] = frozenset()
    statuses: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    area_path: str | None = None
    text: str = ""
    handler_id: int | None = None
    outside: bool = False
    suspended: bool = False
    mains_only: bool = False  # without those that are linked to another
    without: frozenset[int] = frozenset()  # ids that are left out
    counted: Counted | None = None  # those that a figure counts
    due_from: datetime | None = None  # with a running clock, due at this instant or later
    due_until: datetime | None = None  # with a running clock, due before this instant
    or_review_by: date | None = None  # besides those of the symbols: suspended ones to be looked at by this day


def symbol_column(look: Looked) -> ColumnElement[str]:
    """domain.incidents.symbol_of as a SQL expression on Incident."""
    return case(
        (Incident.closed_at.is_not(None), IncidentSymbol.CLOSED.value),
        (and_(*overdue(look.now)), IncidentSymbol.OVERDUE.value),
        (and_(*pressing(), Incident.due_at <= look.due_soon), IncidentSymbol.DUE_SOON.value),
        *((Incident.status == status.value, symbol.value) for status, symbol in STAGE_SYMBOLS.items()),
        else_=IncidentSymbol.WAITING.value,
    )


def criteria_filter(criteria: IncidentCriteria, look: Looked) -> list[ColumnElement[bool]]:
    """The WHERE of a list."""
    found = _symbols(criteria, look)
    if criteria.counted is not None:
        found += counted_filter(criteria.counted)
    if criteria.suspended:
        found += [Incident.status == IncidentStatus.SUSPENDED.value, Incident.closed_at.is_(None)]
    if criteria.statuses:
        found += [Incident.status.in_(criteria.statuses), *_among_open(criteria.statuses)]
    if criteria.categories:
        found.append(Incident.category.in_(criteria.categories))
    if criteria.area_path:
        below = select(Area.id).where(Area.path.like(f"{criteria.area_path}%"))
        found.append(Incident.area_id.in_(below))
    if criteria.handler_id is not None:
        found.append(Incident.handler_id == criteria.handler_id)
    if criteria.outside:
        found.append(Incident.area_id.is_(None))
    if criteria.due_from is not None or criteria.due_until is not None:
        found += [*pressing(), *_due(criteria)]
    if criteria.without:
        found.append(Incident.id.not_in(criteria.without))
    if criteria.mains_only:
        found.append(Incident.main_id.is_(None))
    return found + [_says(word) for word in criteria.text.split()]


def _due(criteria: IncidentCriteria) -> list[ColumnElement[bool]]:
    found = [Incident.due_at >= criteria.due_from] if criteria.due_from is not None else []
    return found + ([Incident.due_at < criteria.due_until] if criteria.due_until is not None else [])


def _symbols(criteria: IncidentCriteria, look: Looked) -> list[ColumnElement[bool]]:
    """Those of the symbols, and those suspended ones that are to be looked at again."""
    wanted: list[ColumnElement[bool]] = []
    if criteria.symbols:
        wanted = [symbol_column(look).in_([symbol.value for symbol in criteria.symbols])]
    if criteria.or_review_by is not None:
        due = and_(Incident.status == IncidentStatus.SUSPENDED.value, Incident.review_on <= criteria.or_review_by)
        wanted = [or_(due, *wanted)]
    return wanted if not wanted or IncidentSymbol.CLOSED in criteria.symbols else [*open_cases(), *wanted]


def open_cases() -> list[ColumnElement[bool]]:
    """Cases that are not over. The second says nothing new: by it the index of open ones is found."""
    return [Incident.status.in_([status.value for status in OPEN]), Incident.closed_at.is_(None)]


def _among_open(statuses: Collection[str]) -> list[ColumnElement[bool]]:
    return [] if ENDS.intersection(statuses) else [Incident.closed_at.is_(None)]


def _says(word: str) -> ColumnElement[bool]:
    columns = (Incident.number, Incident.title, Incident.place, Incident.description)
    return or_(*(func.lower(column).contains(word.lower(), autoescape=True) for column in columns))


def list_incidents(
    session: Session, criteria: IncidentCriteria, look: Looked, offset: int, limit: int
) -> list[IncidentRecord]:
    """A page of a list: unanswered ones by time left, then answered ones that wait for their check longest, then
    suspended ones and those that wait with their main, then closed ones, newest first.
    """
    runs = and_(Incident.status.in_([status.value for status in RUNNING]), Incident.main_id.is_(None))
    is_answered = Incident.status.in_([status.value for status in TIMED - RUNNING])
    is_over = Incident.status.in_([status.value for status in ENDS])
    left = case((runs, Incident.due_at), (is_answered, Incident.answered_at))
    order = (
        case((runs, 0), (is_answered, 1), (is_over, 3), else_=2),
        left.is_(None), left,
        case((is_over, Incident.closed_at)).desc(), Incident.reported_at.desc(), Incident.id.desc(),
    )  # fmt: skip
    # First which, then what they say: otherwise every row of the list would be sorted with all its text.
    which = select(Incident.id).where(*criteria_filter(criteria, look)).order_by(*order).offset(offset).limit(limit)
    statement = _records().where(Incident.id.in_(which)).order_by(*order)
    return [IncidentRecord(*row) for row in session.execute(statement)]


def _records() -> Select[Any]:
    handler = select(User.name).where(User.id == Incident.handler_id).scalar_subquery()
    photos = select(func.count(IncidentPhoto.id)).where(IncidentPhoto.incident_id == Incident.id).scalar_subquery()
    return select(Incident, Area.code, Area.name, Area.path, handler, photos, number_linked()).outerjoin(
        Area, Area.id == Incident.area_id
    )


def number_linked() -> Any:
    """How many cases are linked to an incident, wherever they lie: each is a caller of its own."""
    linked = Incident.__table__.alias("linked")
    return select(func.count()).select_from(linked).where(linked.c.main_id == Incident.id).scalar_subquery()


def count_incidents(session: Session, criteria: IncidentCriteria, look: Looked) -> int:
    """How many a list holds."""
    return session.scalar(select(func.count(Incident.id)).where(*criteria_filter(criteria, look))) or 0


def count_open_by_symbol(session: Session, criteria: IncidentCriteria, look: Looked) -> dict[IncidentSymbol, int]:
    """Symbol → number of open incidents; those with none are absent."""
    symbol = symbol_column(look)
    statement = select(symbol, func.count()).where(*open_cases(), *criteria_filter(criteria, look)).group_by(symbol)
    return {IncidentSymbol(key): count for key, count in session.execute(statement)}


def get_record(session: Session, scope: Scope, incident_id: int) -> IncidentRecord:
    """An incident within a scope, whatever the session's own is. Raises NotFound, also for a number that is no id."""
    if not 0 < incident_id < 2**31:
        raise NotFound(subject="incident")
    row = session.execute(_records().where(Incident.id == incident_id, *_within(scope))).first()
    if row is None:
        raise NotFound(subject="incident")
    return IncidentRecord(*row)


def list_records(session: Session, incident_ids: Sequence[int]) -> list[IncidentRecord]:
    """Those of the incidents that the session's scope shows, newest report first."""
    order = (Incident.reported_at.desc(), Incident.id.desc())
    statement = _records().where(Incident.id.in_(incident_ids)).order_by(*order)
    return [IncidentRecord(*row) for row in session.execute(statement)]


def get_incident_for_update(session: Session, scope: Scope, incident_id: int) -> Incident:
    """The row within a scope, locked to the end of the transaction; no grid changes meanwhile. Raises NotFound."""
    share(session, AREAS)
    statement = select(Incident).where(Incident.id == incident_id, *_within(scope)).with_for_update()
    incident = session.scalar(statement)
    if incident is None:
        raise NotFound(subject="incident")
    return incident


def _within(scope: Scope) -> list[ColumnElement[bool]]:
    return [] if scope.everywhere else [Incident.visible_to(scope)]


def get_own_incident(session: Session, incident_id: int, user_id: int | None) -> Incident:
    """An incident that this user logged; None = the program itself. Raises NotFound."""
    incident = session.get(Incident, incident_id)
    if incident is None or incident.created_by != user_id:
        raise NotFound(subject="incident")
    return incident


def list_incidents_by_author(session: Session, user_id: int, limit: int) -> list[IncidentRecord]:
    """What a user logged, newest first."""
    order = (Incident.reported_at.desc(), Incident.id.desc())
    statement = _records().where(Incident.created_by == user_id).order_by(*order).limit(limit)
    return [IncidentRecord(*row) for row in session.execute(statement)]


def count_open_incidents_by_author(session: Session, user_id: int) -> int:
    """How many incidents that a user logged are still open."""
    is_open = Incident.status.in_([status.value for status in OPEN])
    return session.scalar(select(func.count(Incident.id)).where(Incident.created_by == user_id, is_open)) or 0


def list_incidents_near(
    session: Session, lon: float, lat: float, metres: float, since: datetime,
    *, category: str | None = None, open_only: bool = False,
) -> list[Incident]:  # fmt: skip
    """Incidents reported since an instant in the box of ± ``metres`` around a place in degrees (EPSG:4326)."""
    high = metres / METRES_PER_DEGREE
    wide = high / max(0.05, _cosine(lat))
    statement = select(Incident).where(
        Incident.lon.between(lon - wide, lon + wide),
        Incident.lat.between(lat - high, lat + high),
        Incident.reported_at >= since,
    )
    if category is not None:
        statement = statement.where(Incident.category == category)
    if open_only:
        statement = statement.where(Incident.status.in_([status.value for status in OPEN]))
    return list(session.scalars(statement.order_by(Incident.id)))


def _cosine(degrees: float) -> float:
    from math import cos, radians

    return cos(radians(degrees))


def list_events(session: Session, incident_id: int) -> list[IncidentEvent]:
    """The timeline, oldest first."""
    which = IncidentEvent.incident_id == incident_id
    return list(session.scalars(select(IncidentEvent).where(which).order_by(IncidentEvent.sequence)))


def list_photos(session: Session, incident_id: int) -> list[IncidentPhoto]:
    """The photos without their content, oldest first."""
    which = IncidentPhoto.incident_id == incident_id
    return list(session.scalars(select(IncidentPhoto).where(which).order_by(IncidentPhoto.id)))


def list_users_by_role_and_area(session: Session, roles: Collection[str], paths: Collection[str]) -> list[Any]:
    """Active users of the roles whose area is one of ``paths``, or who have none: (user, area name, area path)."""
    statement = (
        select(User, Area.name, Area.path)
        .outerjoin(Area, Area.id == User.area_id)
        .where(User.is_active.is_(True), User.role.in_(roles), or_(User.area_id.is_(None), Area.path.in_(paths)))
        .order_by(User.name, User.id)
    )
    return list(session.execute(statement))
