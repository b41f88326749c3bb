"""What indicators count: one statement for each base of domain/indicators.py, all periods and parts in it (J1, J3)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from db.models import Area, Incident, User, Whistle, WhistleAnswer
from db.queries.conditions import Window, closed_late_after, condition, conditions, seconds_between, within
from domain.incidents import TIMED
from domain.indicators import BASES, Base, Part

# What incidents can be grouped by in one statement; services name the groups.
# An expression and no bare column: SQLite would walk the whole index of the column rather than sort the few rows.
GROUPS: Mapping[str, Any] = {
    "area": func.coalesce(Incident.area_id, 0),
    "class": func.coalesce(Incident.category, ""),
    "source": func.coalesce(Incident.source, ""),
    "handler": func.coalesce(Incident.handler_id, 0),
}
Sums = dict[tuple[int, Any], list[float]]  # (place of the window, value of the group's column) → sums


@dataclass(frozen=True)
class PlacedArea:
    """An area, present or past, as far as a group needs it."""

    id: int
    code: str
    name: str
    level: str
    path: str
    households: int | None
    valid: bool


def sum_base(
    session: Session, base: Base, sums: Sequence[tuple[Part, str]], windows: Sequence[Window], group: str
) -> Sums:
    """Sums over a base by window and group: for each part its number of incidents, or their hours to the answer."""
    branches = [
        _select(number, window, base, where, sums, GROUPS[group])
        for number, window in enumerate(windows)
        for where in _branches(base, window)
    ]
    found: Sums = {}
    for number, key, *values in session.execute(union_all(*branches)):
        place = (number, key or None)
        before = found.get(place, [0.0] * len(sums))
        found[place] = [a + float(b or 0) for a, b in zip(before, values, strict=True)]
    return found


def _branches(base: Base, window: Window) -> Iterator[list[ColumnElement[bool]]]:
    """The WHEREs of a base that do not overlap and for which an index stands ready."""
    if base != "late":
        yield conditions(BASES[base], window)
        return
    due, kept, _ = conditions(BASES[base], window)
    # Those open now: the index holds status and deadline.
    yield [Incident.status.in_([status.value for status in TIMED]), due, Incident.closed_at.is_(None)]
    yield [closed_late_after(window), due, kept]


def _select(
    number: int,
    window: Window,
    base: Base,
    where: list[ColumnElement[bool]],
    sums: Sequence[tuple[Part, str]],
    group: Any,
) -> Select[Any]:
    columns = [_sum(part, measured, window) for part, measured in sums]
    key = group.label("key")
    return select(literal(number).label("number"), key, *columns).where(*where).group_by(key)


def _sum(part: Part, measured: str, window: Window) -> ColumnElement[Any]:
    which = and_(*(condition(text, window) for text in part.conditions)) if part.conditions else None
    if measured == "cases":
        return func.count() if which is None else func.count(case((which, 1)))
    amount = _amount(measured, window)
    return func.sum(amount if which is None else case((which, amount)))


def _amount(measured: str, window: Window) -> ColumnElement[Any]:
    """What one incident adds."""
    if measured == "hours_to_answer":
        return seconds_between(Incident.reported_at, Incident.answered_at) / 3600.0
    answers = (
        select(_ANSWERED[measured]).select_from(WhistleAnswer).join(Whistle, Whistle.id == WhistleAnswer.whistle_id)
    )
    moment = WhistleAnswer.rated_at if measured in ("points", "ratings") else WhistleAnswer.reported_at
    own = answers.where(WhistleAnswer.incident_id == Incident.id, within(moment, window))
    return own.correlate(Incident).scalar_subquery()


_ANSWERED: Mapping[str, Any] = {
    "hours_to_report_in": func.sum(seconds_between(Whistle.blown_at, WhistleAnswer.reported_at)) / 3600.0,
    "report_ins": func.count(),
    "points": func.sum(WhistleAnswer.rating),
    "ratings": func.count(),
}


def first_report_written_since(session: Session, moment: datetime) -> datetime | None:
    """The earliest report among the incidents written since, whoever may see them; None: none was written."""
    incidents = Incident.__table__  # no scope: a case may just have left the one who asks
    # Two sums: for a lone min SQLite would walk all reports from the first.
    columns = func.min(incidents.c.reported_at), func.count()
    first, _count = session.execute(select(*columns).where(incidents.c.updated_at >= moment)).one()
    return first


def list_placed_areas(session: Session) -> list[PlacedArea]:
    """Every area, present or past, without its shape."""
    columns = (Area.id, Area.code, Area.name, Area.level, Area.path, Area.households, Area.valid_to)
    rows = session.execute(select(*columns).order_by(Area.code, Area.id))
    return [PlacedArea(*row[:-1], valid=row.valid_to is None) for row in rows]


def list_handlers(session: Session) -> dict[int, tuple[str, str]]:
    """Account → its role and its name."""
    return {row.id: (row.role, row.name) for row in session.execute(select(User.id, User.role, User.name))}
