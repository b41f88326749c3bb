"""What the big screen and the desk show at a glance: counts, trends, the newest incidents without personal data.

Both faces sum the same rows over the same days, so their totals agree (tests/services/indicators/test_overview.py
holds them to it): the 14 days of the screen are the small multiples of the desk, open cases are the symbols on the map.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from db.queries import overview as queries
from db.queries.due_counts import list_pressing
from db.queries.incident_places import list_area_names
from db.queries.incidents import IncidentCriteria, Looked, count_open_by_symbol
from db.queries.overview import Rate, Window
from db.session import reading
from domain.clock import day_end, day_start, local_date, utc_now
from domain.dictionaries import Words
from domain.incidents import IncidentStatus, IncidentSymbol, symbol_of
from domain.permissions import EVERYWHERE, Actor, Permission, Scope, require
from services.clocks.calendars import current_calendar
from services.dictionaries.current import current_dictionary
from services.incidents.due_counts import DueCounts, due_counts_in
from services.incidents.views import look_at
from services.system.installations import current_profile

DAYS = 14
NEWEST, PRESSING = 2, 3
MOST_CELLS = 16
_PERIOD = timedelta(days=30)
_STEP = timedelta(days=5)


@dataclass(frozen=True)
class DayCount:
    """Counts of one Shanghai day."""

    day: date
    new: int
    closed: int


@dataclass(frozen=True)
class FamilyCount:
    """How many incidents of one family were reported; no name: classes that the profile no longer has."""

    key: str
    name: Words | None
    count: int


@dataclass(frozen=True)
class NewestIncident:
    """An incident as the big screen may show it: class, area (None: outside every one), time, symbol."""

    name: Words | None
    area: str | None
    reported_at: datetime
    symbol: IncidentSymbol
    due_at: datetime | None = None


@dataclass(frozen=True)
class Indicators:
    """Four measures of the last 30 days, each with the values of earlier 30-day periods, oldest first, newest last.

    The first value is the period before this one. ``assigned`` are members with a grid, ``covered`` grids with such a
    member, both on the last day of each period; ``minutes`` and ``activities`` are volunteers'.
    """

    on_time: tuple[Rate, ...]
    assigned: tuple[int, ...]
    members: int
    covered: tuple[int, ...]
    minutes: tuple[int, ...]
    activities: tuple[int, ...]


@dataclass(frozen=True)
class Overview:
    """Everything at a glance, as of ``at``. ``by_now`` is the mean of the 14 days before until this time of day."""

    at: datetime
    grids: int
    stations: int
    days: tuple[DayCount, ...]
    by_now: float
    open_by_symbol: dict[IncidentSymbol, int]
    families: tuple[FamilyCount, ...]
    newest: tuple[NewestIncident, ...]
    pressing: tuple[NewestIncident, ...]
    due: DueCounts
    indicators: Indicators

    @property
    def today(self) -> DayCount:
        """The counts of the day that is not over yet."""
        return self.days[-1]

    @property
    def open(self) -> int:
        """Every open case; as many symbols stand on the map or in its list of those without a place."""
        return sum(self.open_by_symbol.values())


@dataclass(frozen=True)
class Cell:
    """New incidents by day in one area (``area_id`` None: outside every area, or in none of the areas shown)."""

    area_id: int | None
    code: str
    name: str
    counts: tuple[int, ...]


def read_screen(actor: Actor, now: datetime | None = None) -> Overview:
    """The figures of the big screen: the whole town for everybody who may see the screen; nothing personal in it."""
    require(actor, Permission.SCREEN_SEE)
    return _read(EVERYWHERE, now or utc_now())


def read_desk(actor: Actor, now: datetime | None = None) -> Overview:
    """The same figures over the rows that the actor may see."""
    require(actor, Permission.INCIDENT_SEE)
    return _read(actor.scope, now or utc_now())


def list_cells(actor: Actor, now: datetime | None = None) -> tuple[Cell, ...]:
    """New incidents of the 14 days by area, at the finest level with at most 16 areas, over the actor's rows.

    The counts of all cells add up to ``read_desk``'s days: what lies in no cell makes the last one.
    """
    require(actor, Permission.INCIDENT_SEE)
    windows = [_day(day) for day in _last_days(now or utc_now())]
    with reading(actor.scope) as session:
        counts = queries.count_reported_by_area(session, windows)
        nodes = _nodes(session, actor.scope)
    return _cells(nodes, counts)


def _nodes(session: Session, scope: Scope) -> list[queries.AreaNode]:
    paths = () if scope.everywhere else scope.area_paths
    if not scope.everywhere and not paths:
        return []
    sizes = queries.count_areas_by_depth(session, paths)
    fitting = [depth for depth, size in sizes.items() if size <= MOST_CELLS]
    return queries.list_areas_at_depth(session, paths, max(fitting)) if fitting else []


def _cells(nodes: Sequence[queries.AreaNode], counts: dict[str | None, list[int]]) -> tuple[Cell, ...]:
    known = {node.id for node in nodes}
    sums: dict[int | None, list[int]] = {}
    for path, found in counts.items():
        above = [int(part) for part in (path or "").split("/") if part]
        cell = next((area_id for area_id in above if area_id in known), None)
        sums[cell] = [a + b for a, b in zip(sums.get(cell, [0] * DAYS), found, strict=True)]
    cells = [Cell(node.id, node.code, node.name, tuple(sums.get(node.id, [0] * DAYS))) for node in nodes]
    return (*cells, Cell(None, "", "", tuple(sums[None]))) if None in sums else tuple(cells)


def _read(scope: Scope, now: datetime) -> Overview:
    profile = current_profile()
    calendar = current_calendar(profile)
    looked = look_at(profile, now, calendar)
    with reading(scope) as session:
        places = queries.count_places(session, profile.grid_level.value)
        days, by_now = _flow(session, now)
        pressing, newest = _rows(session, looked, places.grid_depth)
        return Overview(
            at=now,
            grids=places.grids,
            stations=places.stations,
            days=days,
            by_now=by_now,
            open_by_symbol=count_open_by_symbol(session, IncidentCriteria(), looked),
            families=_families(session, now),
            newest=newest,
            pressing=pressing,
            due=due_counts_in(session, now, calendar),
            indicators=_indicators(session, now, places.grid_depth),
        )


def _last_days(now: datetime) -> list[date]:
    today = local_date(now)
    return [today - timedelta(days=DAYS - 1 - back) for back in range(DAYS)]


def _day(day: date) -> Window:
    return day_start(day), day_end(day)


def _flow(session: Session, now: datetime) -> tuple[tuple[DayCount, ...], float]:
    days = _last_days(now)
    since_midnight = now - day_start(days[-1])
    before = [days[0] - timedelta(days=1), *days[:-1]]  # the 14 days before today
    partial = [(day_start(day), day_start(day) + since_midnight) for day in before]
    whole = [_day(day) for day in days]
    new, closed = queries.count_flow(session, [*whole, *partial], whole)
    return tuple(map(DayCount, days, new, closed)), sum(new[DAYS:]) / DAYS


def _families(session: Session, now: datetime) -> tuple[FamilyCount, ...]:
    week = day_start(local_date(now) - timedelta(days=6)), day_end(local_date(now))
    by_family: dict[str, int] = {}
    dictionary = current_dictionary()
    for category, count in queries.count_reported_by_category(session, week).items():
        key = dictionary.family_of(category)
        by_family[key] = by_family.get(key, 0) + count
    names = {entry.family: entry.family_name for entry in reversed(dictionary.entries)}
    found = [FamilyCount(key, names.get(key), count) for key, count in by_family.items()]
    return tuple(sorted(found, key=lambda family: (-family.count, family.key)))


def _rows(
    session: Session, looked: Looked, grid_depth: int | None
) -> tuple[tuple[NewestIncident, ...], tuple[NewestIncident, ...]]:
    """What hurts next and what is newest, each in its grid: the name of a building would say too much."""
    pressing = list_pressing(session, PRESSING)
    rows = [*pressing, *queries.list_newest(session, NEWEST)]
    grids = [_grid_of(row.area_path or "", grid_depth) for row in rows]
    names = list_area_names(session, [int(grid) for grid in grids if grid])
    dictionary = current_dictionary()

    def shown(row: queries.Newest, grid: str | None) -> NewestIncident:
        known = dictionary.has(row.category)
        status, linked = IncidentStatus(row.status), row.main_id is not None
        symbol = symbol_of(status, row.due_at, looked.now, row.closed_at, looked.due_soon, linked=linked)
        area = names[int(grid)] if grid else row.area_name
        name = dictionary.category_name(row.category) if known else None
        return NewestIncident(name, area, row.reported_at, symbol, row.due_at)

    found = tuple(shown(row, grid) for row, grid in zip(rows, grids, strict=True))
    return found[: len(pressing)], found[len(pressing) :]


def _indicators(session: Session, now: datetime, grid_depth: int | None) -> Indicators:
    steps = int(_PERIOD / _STEP)
    ends = [now - _STEP * back for back in range(steps, -1, -1)]
    windows = [(end - _PERIOD, end) for end in ends]
    days = [local_date(end) for end in ends]
    assignments = queries.list_assigned_since(session, days[0])
    holding = [[a for a in assignments if a.holds_on(day)] for day in days]
    service = queries.count_service(session, windows)
    return Indicators(
        on_time=tuple(queries.count_on_time(session, windows)),
        assigned=tuple(len({a.person_id for a in found}) for found in holding),
        members=queries.count_members(session),
        covered=tuple(len({_grid_of(a.path, grid_depth) for a in found} - {None}) for found in holding),
        minutes=tuple(minutes for minutes, _ in service),
        activities=tuple(activities for _, activities in service),
    )


def _grid_of(path: str, grid_depth: int | None) -> str | None:
    """The id of the grid in an area's path; None for an area above the grids."""
    ids = [step for step in path.split("/") if step]
    return ids[grid_depth] if grid_depth is not None and grid_depth < len(ids) else None
