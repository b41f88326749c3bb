"""Incidents and stations as points of the map, counted as the lists count them (features B1, B7)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from db.queries.incidents import Looked, criteria_filter
from db.queries.map_layers import IncidentPoint, list_incident_points
from db.queries.stations import StationFilter, list_stations
from domain.clock import local_date, utc_now
from domain.incidents import IncidentStatus, IncidentSymbol, symbol_of
from domain.permissions import EVERYWHERE, Actor, Permission, may, require
from services.areas.tree import State, area_tree, current_state
from services.clocks.calendars import current_calendar
from services.dictionaries.current import current_dictionary
from services.incidents.cases import IncidentFilter, _criteria, with_due
from services.incidents.views import look_at
from services.system.installations import current_profile

MOST_POINTS = 10_000  # above that a browser gets one point for each area
CLOSED_SHOWN = timedelta(hours=2)
# Drawn in this order: the late ones last, so on top.
_ORDER = [
    IncidentSymbol.CLOSED, IncidentSymbol.HANDLING, IncidentSymbol.VERIFYING, IncidentSymbol.WAITING,
    IncidentSymbol.DUE_SOON, IncidentSymbol.OVERDUE,
]  # fmt: skip
_RANK = {symbol: rank for rank, symbol in enumerate(_ORDER)}


@dataclass(frozen=True)
class PointLayer:
    """Points for the browser. `total` = `placed` + `without_place` are what lists count: open
    incidents, all that a figure counts, or stations.

    `rows` are [id, lon, lat, place in `symbols`, label]; of more than MOST_POINTS only `bunches`
    [area id, lon, lat, number, place in `symbols` of the most urgent].
    """

    total: int
    placed: int
    symbols: tuple[str, ...]
    version: str
    rows: list[list[Any]] = field(default_factory=list)
    bunches: list[list[Any]] = field(default_factory=list)

    @property
    def without_place(self) -> int:
        """How many the lists hold that the map cannot show."""
        return self.total - self.placed


def incident_points(actor: Actor, which: IncidentFilter | None = None, now: datetime | None = None) -> PointLayer:
    """The incidents that ``services.incidents.cases`` lists under the same filter, and those closed of late.

    Labels (class, number) only for whoever may read incidents.

    Kept for the running minute, as long as nothing was written.
    """
    require(actor, Permission.MAP_SEE)
    minute = (now or utc_now()).replace(second=0, microsecond=0)
    state = current_state().of("areas", "incidents")
    wanted = _askable(actor, which or IncidentFilter())
    own = wanted.mine or not actor.scope.everywhere  # what was handed to somebody is in their scope
    asker = replace(actor, user_id=actor.user_id if own else 0, username="", name="", locale="", theme="")
    return _incident_points(state, asker, wanted, minute)


def _askable(actor: Actor, which: IncidentFilter) -> IncidentFilter:
    """Who may not read incidents may not search them either: a count for a word would tell what they say."""
    if may(actor, Permission.INCIDENT_SEE):
        return replace(which, page=1, page_size=20)
    return IncidentFilter(symbols=which.symbols, area_id=which.area_id)


@lru_cache(maxsize=64)
def _incident_points(state: State, actor: Actor, wanted: IncidentFilter, now: datetime) -> PointLayer:
    look = look_at(current_profile(), now)
    found = _read(state, actor, wanted, look)
    symbols = [_symbol(row, look) for row in found]
    is_open = [row.closed_at is None or wanted.behind is not None for row in found]
    placed = [row.lon is not None and row.lat is not None for row in found]
    drawn = _drawn(
        state,
        may(actor, Permission.INCIDENT_SEE),
        [(row, s) for row, s, p in zip(found, symbols, placed, strict=True) if p],
    )
    total, shown = sum(is_open), sum(a and b for a, b in zip(is_open, placed, strict=True))
    return PointLayer(
        total, shown, tuple(symbol.value for symbol in _ORDER), state.token(actor.scope, wanted, total, drawn), **drawn
    )


def _symbol(row: IncidentPoint, look: Looked) -> IncidentSymbol:
    status, linked = IncidentStatus(row.status), row.main_id is not None
    return symbol_of(status, row.due_at, look.now, row.closed_at, look.due_soon, linked=linked)


def _read(state: State, actor: Actor, wanted: IncidentFilter, look: Looked) -> list[IncidentPoint]:
    with state.database.reading(actor.scope) as session:
        day = local_date(look.now) if wanted.review_due else None
        criteria = replace(
            _criteria(session, current_profile(), actor, wanted, look.now), symbols=wanted.symbols, or_review_by=day
        )
        criteria = with_due(criteria, wanted, look, current_calendar())
        since = None if wanted.behind else look.now - CLOSED_SHOWN
        return list_incident_points(session, since, criteria_filter(criteria, look))


def _drawn(
    state: State, readable: bool, found: Sequence[tuple[IncidentPoint, IncidentSymbol]]
) -> dict[str, list[list[Any]]]:
    if len(found) > MOST_POINTS:
        return {"bunches": _bunches(state, found)}
    dictionary = current_dictionary()
    rows = [
        [row.id, round(row.lon or 0, 6), round(row.lat or 0, 6), _RANK[symbol]]
        + ([f"{dictionary.category_name(row.category).zh}  {row.number}"] if readable else [])
        for row, symbol in sorted(found, key=lambda pair: (_RANK[pair[1]], pair[0].id))
    ]
    return {"rows": rows}


def _bunches(state: State, found: Sequence[tuple[IncidentPoint, IncidentSymbol]]) -> list[list[Any]]:
    """One point for each area, at the finest level that leaves at most a tenth of MOST_POINTS."""
    tree = area_tree(state)
    at = tree.places(row.area_id or -1 for row, _ in found)
    for depth in range(int(tree.depth.max(initial=0)), -1, -1):
        above = np.where(at < 0, -1, tree.ancestor(at, depth))
        if len(np.unique(above)) <= MOST_POINTS // 10:
            break
    counts = Counter(above.tolist())
    urgent: dict[int, int] = {}
    middle: dict[int, Any] = {}
    for place, (row, symbol) in zip(above.tolist(), found, strict=True):
        urgent[place] = max(urgent.get(place, 0), _RANK[symbol])
        middle.setdefault(place, []).append((row.lon, row.lat))
    return [
        [int(tree.ids[place]) if place >= 0 else 0, *np.mean(middle[place], axis=0).round(6).tolist(), n, urgent[place]]
        for place, n in counts.items()
    ]


def station_points(actor: Actor, now: datetime | None = None) -> PointLayer:
    """Stations that stand today, under the symbols of the profile's kinds. They are public."""
    require(actor, Permission.MAP_SEE)
    return _station_points(current_state().of("stations"), local_date(now or utc_now()))


@lru_cache(maxsize=4)
def _station_points(state: State, day: date) -> PointLayer:
    with state.database.reading(EVERYWHERE) as session:
        found = list_stations(session, StationFilter(), day)
    symbol_of_kind: dict[str, str] = {kind.key: kind.symbol for kind in current_profile().station_kinds}
    symbols: tuple[str, ...] = tuple(sorted({*symbol_of_kind.values(), "generic"}))
    rows: list[list[Any]] = [
        [row.id, round(row.lon, 6), round(row.lat, 6), symbols.index(symbol_of_kind.get(row.kind, "generic")), row.name]
        for row in found
        if row.lon is not None and row.lat is not None
    ]
    rows.sort(key=lambda row: (symbols[row[3]] == "service_centre", row[0]))  # the centre on top
    return PointLayer(len(found), len(rows), symbols, state.token(day), rows)
