"""What indicators count: one statement for each base of domain/indicators.py, all periods and parts in it (J1, J3)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from db.models import Area, AreaSuccession, Incident, User, Whistle, WhistleAnswer
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
# Sums are told by blocks of cases that lie together, so that one written case makes its block old and no more.
BLOCK = 2048
Sums = dict[int, dict[Any, list[float]]]  # block of cases → value of the group's column → sums
Limited = tuple[Window, Collection[int] | None]  # a window, all over or within some blocks alone


@dataclass(frozen=True)
class Written:
    """A case that was written: its block, what tells this writing from others, and every moment it counts at by base.

    ``late`` has the report: nothing of a case lies before it.
    """

    id: int
    block: int
    stamp: tuple[int, datetime]
    moments: Mapping[Base, tuple[datetime, ...]]


@dataclass(frozen=True)
class PlacedArea:
    """An area, present or past, as far as a group needs it."""

    id: int
    code: str
    name: str
    level: str
    path: str
    households: int | None
    since: date
    until: date | None  # the first day without it
    came_of: bool  # it took the place of another area

    @property
    def valid(self) -> bool:
        """Whether it has not ended."""
        return self.until is None


def sum_base(
    session: Session, base: Base, sums: Sequence[tuple[Part, str]], windows: Sequence[Limited], group: str
) -> list[Sums]:
    """Sums over a base for each window by group: for each part its number of incidents, or their hours to the answer.

    One statement, whatever the number of windows.
    """
    branches = [
        _select(number, window, [*where, *_within_blocks(blocks)], sums, GROUPS[group])
        for number, (window, blocks) in enumerate(windows)
        for where in _branches(base, window)
    ]
    found: list[Sums] = [{} for _ in windows]
    for number, block, key, *values in session.execute(union_all(*branches)):
        of_block = found[number].setdefault(block, {})
        before = of_block.get(key or None, [0.0] * len(sums))
        of_block[key or None] = [a + float(b or 0) for a, b in zip(before, values, strict=True)]
    return found


def _within_blocks(blocks: Collection[int] | None) -> list[ColumnElement[bool]]:
    if blocks is None:
        return []
    ranges = [(block * BLOCK, (block + 1) * BLOCK - 1) for block in sorted(blocks)]
    return [or_(*(Incident.id.between(*few) for few in ranges))]


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
    number: int, window: Window, where: list[ColumnElement[bool]], sums: Sequence[tuple[Part, str]], group: Any
) -> Select[Any]:
    columns = [_sum(part, measured, window) for part, measured in sums]
    key, block = group.label("key"), (Incident.id // BLOCK).label("block")
    return select(literal(number).label("number"), block, key, *columns).where(*where).group_by(block, key)


def _sum(part: Part, measured: str, window: Window) -> ColumnElement[Any]:
    which = and_(*(condition(text, window) for text in part.conditions)) if part.conditions else None
    if measured == "cases":
        return func.count() if which is None else func.count(case((which, 1)))
    amount = _amount(measured, window)
    total = func.sum(amount if which is None else case((which, amount)))
    return total / 3600.0 if measured.startswith("hours") else total  # whole seconds add up the same in any order


def _amount(measured: str, window: Window) -> ColumnElement[Any]:
    """What one incident adds: a number, or seconds."""
    if measured == "hours_to_answer":
        return seconds_between(Incident.reported_at, Incident.answered_at)
    answers = (
        select(_ANSWERED[measured]).select_from(WhistleAnswer).join(Whistle, Whistle.id == WhistleAnswer.whistle_id)
    )
    moment = WhistleAnswer.rated_at if measured in ("points", "ratings") else WhistleAnswer.reported_at
    own = answers.where(WhistleAnswer.incident_id == Incident.id, within(moment, window))
    return own.correlate(Incident).scalar_subquery()


_ANSWERED: Mapping[str, Any] = {
    "hours_to_report_in": func.sum(seconds_between(Whistle.blown_at, WhistleAnswer.reported_at)),
    "report_ins": func.count(),
    "points": func.sum(WhistleAnswer.rating),
    "ratings": func.count(),
}


def list_written_since(session: Session, moment: datetime) -> list[Written]:
    """The cases written since, whoever may see them: one may just have left whoever asks."""
    cases, whistles, answers = (model.__table__ for model in (Incident, Whistle, WhistleAnswer))
    joined = cases.outerjoin(whistles, whistles.c.incident_id == cases.c.id).outerjoin(
        answers, answers.c.whistle_id == whistles.c.id
    )
    columns = (
        cases.c.id, cases.c.version, cases.c.updated_at, cases.c.reported_at, cases.c.answered_at, cases.c.closed_at,
        cases.c.called_at, whistles.c.blown_at, answers.c.reported_at, answers.c.rated_at,
    )  # fmt: skip
    found: dict[int, list[Any]] = {}
    for row in session.execute(select(*columns).select_from(joined).where(cases.c.updated_at >= moment)):
        found.setdefault(row[0], []).append(row)
    return [_written(rows) for rows in found.values()]


_MOMENTS: Mapping[Base, int] = {
    "reported": 3, "late": 3, "answered": 4, "closed": 5, "called": 6, "whistled": 7, "reported_in": 8, "rated": 9,
}  # fmt: skip


def _written(rows: Sequence[Any]) -> Written:
    moments = {base: tuple(row[place] for row in rows if row[place] is not None) for base, place in _MOMENTS.items()}
    return Written(rows[0][0], rows[0][0] // BLOCK, (rows[0][1], rows[0][2]), moments)


def list_placed_areas(session: Session) -> list[PlacedArea]:
    """Every area, present or past, without its shape."""
    came = Area.id.in_(select(AreaSuccession.new_id))
    columns = (
        Area.id, Area.code, Area.name, Area.level, Area.path, Area.households, Area.valid_from, Area.valid_to, came,
    )  # fmt: skip
    rows = session.execute(select(*columns).order_by(Area.code, Area.id))
    return [PlacedArea(*row[:-1], came_of=bool(row[-1])) for row in rows]


def list_handlers(session: Session) -> dict[int, tuple[str, str]]:
    """Account → its role and its name."""
    return {row.id: (row.role, row.name) for row in session.execute(select(User.id, User.role, User.name))}
