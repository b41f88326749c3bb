"""Indicators (features J1, J3): what each is worth in a period, by area, class, source, department or post."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.session import reading
from domain.clock import local_date, utc_now
from domain.indicators import INDICATORS, Figure, Indicator, change_of, figure_of
from domain.periods import Period, period_before, year_before
from domain.permissions import Actor, Permission, require
from services.areas.tree import current_state
from services.indicators.groups import Group, grouping_of
from services.indicators.lists import window_of
from services.indicators.sums import Summed, sum_windows
from services.system.installations import current_profile


@dataclass(frozen=True)
class Change:
    """An indicator now, in the period before (环比) and in the same days a year ago (同比), with what changed.

    An earlier period without a value has none to compare with: the change is None.
    """

    now: Figure
    before: Figure
    year_ago: Figure
    on_before: float | None
    on_year: float | None


@dataclass(frozen=True)
class IndicatorRow:
    """A group and its indicators by key."""

    group: Group
    figures: dict[str, Change]


@dataclass(frozen=True)
class IndicatorTable:
    """All indicators of a period by group, and over all groups: the sum of their incidents, not the mean of rates."""

    period: Period
    before: Period | None
    year_ago: Period | None
    at: datetime
    by: str
    rows: tuple[IndicatorRow, ...]
    total: IndicatorRow


def measure(actor: Actor, period: Period, by: str, now: datetime | None = None) -> IndicatorTable:
    """The indicators of a period over the rows that the actor may see, and those of the two it is compared with.

    ``by``: a level of the profile's areas, or class, source, department, post. Raises NotFound for another.
    """
    require(actor, Permission.INDICATOR_SEE)
    now = now or utc_now()
    today = local_date(now)
    periods = (period, period_before(period, today), year_before(period, today))
    distinct = list(dict.fromkeys(one for one in periods if one is not None))
    with reading(actor.scope) as session:
        grouping = grouping_of(session, current_profile(), by, actor.scope)
        windows = [window_of(one, now) for one in distinct]
        sums = sum_windows(session, windows, grouping, actor.scope, now, current_state().of("areas").token())
    places = [distinct.index(one) if one is not None else None for one in periods]
    rows = tuple(
        IndicatorRow(group, _changes(sums, places, group.key, grouping.households.get(group.key)))
        for group in grouping.shown(_keys(sums))
    )
    total = IndicatorRow(Group("", None), _changes(_total(sums), places, "", grouping.all_households))
    return IndicatorTable(*periods, now, by, rows, total)


def _keys(sums: Summed) -> set[str]:
    return {cell[1] for cell, value in sums.items() if value}


def _total(sums: Summed) -> Summed:
    total: Summed = {}
    for (number, _group, part, measured), value in sums.items():
        total[number, "", part, measured] = total.get((number, "", part, measured), 0) + value
    return total


def _changes(sums: Summed, places: Sequence[int | None], group: str, households: int | None) -> dict[str, Change]:
    return {indicator.key: _change(indicator, sums, places, group, households) for indicator in INDICATORS}


def _change(
    indicator: Indicator, sums: Summed, places: Sequence[int | None], group: str, households: int | None
) -> Change:
    now, before, year_ago = (_figure(indicator, sums, place, group, households) for place in places)
    return Change(now, before, year_ago, change_of(indicator, now, before), change_of(indicator, now, year_ago))


def _figure(indicator: Indicator, sums: Summed, place: int | None, group: str, households: int | None) -> Figure:
    if place is None:
        return Figure(None, 0, 0)
    top = sum(sums.get((place, group, part, indicator.measured), 0) for part in indicator.numerator)
    top = top if indicator.measured.startswith("hours") else int(top)
    if indicator.unit == "per_1000":
        return figure_of(indicator, top, households or 0)
    below = sum(sums.get((place, group, part, indicator.over), 0) for part in indicator.denominator)
    return figure_of(indicator, top, int(below) if indicator.denominator else None)
