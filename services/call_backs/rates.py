"""响应率, 解决率, 满意率 over the call-backs that count, by community or department (feature C10)."""

from dataclasses import dataclass
from datetime import datetime

from db.queries.indicators import sum_base
from db.session import reading
from domain.clock import utc_now
from domain.indicators import BY_KEY, Figure, figure_of
from domain.periods import Period
from domain.permissions import Actor, Permission, require
from services.indicators.groups import Group, grouping_of
from services.indicators.measuring import window_of
from services.system.installations import current_profile

RATES = ("response_rate", "solution_rate", "satisfaction_rate")
_PARTS = tuple(dict.fromkeys(part for key in RATES for part in (*BY_KEY[key].numerator, *BY_KEY[key].denominator)))


@dataclass(frozen=True)
class RateRow:
    """A group, how many call-backs count in it, and its rates by key."""

    group: Group
    counted: int
    figures: dict[str, Figure]


def call_back_rates(actor: Actor, period: Period, by: str, now: datetime | None = None) -> list[RateRow]:
    """The rates of a period over the actor's rows, groups with call-backs only; the last row is all together.

    ``by``: as for services.indicators.measure. Raises NotFound for another.
    """
    require(actor, Permission.INCIDENT_CALL_BACK)
    window = window_of(period, now or utc_now())
    wanted = [(part, "cases") for part in _PARTS]
    with reading(actor.scope) as session:
        grouping = grouping_of(session, current_profile(), by, actor.scope)
        (summed,) = sum_base(session, "called", wanted, [(window, None)], grouping.column)
    sums: dict[str, list[float]] = {}
    for key, values in (row for block in summed.values() for row in block.items()):
        group = grouping.group_of(key)
        sums[group] = [a + b for a, b in zip(sums.get(group, [0.0] * len(wanted)), values, strict=True)]
    rows = [_row(group, sums[group.key]) for group in grouping.shown(list(sums)) if any(sums.get(group.key, ()))]
    total = [sum(column) for column in zip(*sums.values(), strict=True)] or [0.0] * len(wanted)
    return [*rows, _row(Group("", None), total)]


def _row(group: Group, values: list[float]) -> RateRow:
    by_part = dict(zip(_PARTS, values, strict=True))
    figures = {}
    for key in RATES:
        indicator = BY_KEY[key]
        top = int(sum(by_part[part] for part in indicator.numerator))
        figures[key] = figure_of(indicator, top, int(sum(by_part[part] for part in indicator.denominator)))
    return RateRow(group, figures[RATES[0]].denominator or 0, figures)
