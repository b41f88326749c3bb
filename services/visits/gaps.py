"""How long each grid has waited for a visit: figures, and the lists behind them; everybody's visits (feature D5)."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from db.queries import visits as rows
from db.queries.visits import GridName, VisitRow
from db.session import reading
from domain.clock import local_date, utc_now
from domain.errors import NotFound
from domain.periods import Period
from domain.permissions import Actor, Permission, require
from domain.visits import Gap, GapPart, VisitKind, longest_first, part_of
from services.accounts.scopes import covers
from services.system.installations import current_profile

GRID_ROWS = 30


@dataclass(frozen=True)
class GapRow:
    """A grid; ``days`` since somebody was there, None = never recorded."""

    area_id: int
    code: str
    name: str
    community: str
    last: date | None
    days: int | None
    part: GapPart


@dataclass(frozen=True)
class GapBoard:
    """The grids of a part, longest first; ``counts`` of every part; ``most_days``: after these it is long."""

    day: date
    most_days: int
    counts: dict[GapPart, int]
    rows: list[GapRow]


def read_gaps(actor: Actor, part: GapPart = GapPart.ALL, now: datetime | None = None) -> GapBoard:
    """The grids of the actor's scope by how long they have waited. A visit to a part of a grid is one to the grid."""
    require(actor, Permission.VISIT_SEE)
    today, most = local_date(now or utc_now()), current_profile().thresholds.visit_days.value
    grids, gaps = _gaps(actor)
    every = [_row(grids[gap.area_id], gap, today, most) for gap in longest_first(gaps)]
    counts = Counter(row.part for row in every)
    shown = [row for row in every if part in (GapPart.ALL, row.part)]
    return GapBoard(today, most, {one: counts[one] for one in GapPart} | {GapPart.ALL: len(every)}, shown)


def _gaps(actor: Actor) -> tuple[dict[int, GridName], list[Gap]]:
    scope = actor.scope
    if not scope.everywhere and not scope.area_paths:
        return {}, []
    with reading(scope) as session:
        grids = rows.list_grid_names(session, current_profile().grid_level.value, scope.area_paths)
        last = rows.list_last_visits(session)
        paths = rows.map_paths(session, last)
    by_id = {grid.id: grid for grid in grids}
    found: dict[int, date] = {}
    for area_id, at in last.items():
        for step in paths[area_id].strip("/").split("/"):
            if int(step) in by_id:
                found[int(step)] = max(found.get(int(step), date.min), local_date(at))
    return by_id, [Gap(grid.id, found.get(grid.id)) for grid in grids]


def _row(grid: GridName, gap: Gap, today: date, most: int) -> GapRow:
    return GapRow(grid.id, grid.code, grid.name, grid.community, gap.last, gap.days(today), part_of(gap, today, most))


def list_grid_visits(actor: Actor, area_id: int) -> list[VisitRow]:
    """Visits to a grid and its parts that count, the newest first; at most 30. Raises NotFound outside the scope."""
    require(actor, Permission.VISIT_SEE)
    with reading(actor.scope) as session:
        path = rows.map_paths(session, [area_id]).get(area_id)
        if path is None or not covers(actor, path):
            raise NotFound(subject="area")
        return rows.list_visits(session, area_path=path, limit=GRID_ROWS)


def list_visits(actor: Actor, period: Period, kind: VisitKind | None = None, limit: int = 1000) -> list[VisitRow]:
    """Everybody's visits and patrols in the actor's areas that count, of the days of a period, the newest first."""
    require(actor, Permission.VISIT_SEE)
    with reading(actor.scope) as session:
        return rows.list_visits(session, period=period, kind=kind.value if kind else None, limit=limit)
