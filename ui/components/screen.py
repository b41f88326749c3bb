"""The big screen's panels, as HTML: figures readable from five metres, nothing to click, no personal data.

All sizes are in rem; the style file makes one rem 24 px at 1920 × 1080 and scales it with the wall, so that nothing
is smaller than 24 px there and 3840 × 2160 shows the same at twice the size.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.clock import local_date, to_local
from domain.dictionaries import Words
from domain.incidents import IncidentSymbol
from services.indicators.overview import Indicators, NewestIncident, Overview, Rate
from ui.components.charts import daily_picture
from ui.components.due_counts import due_counts_html
from ui.components.figures import number_text, sparkline
from ui.components.header import age_html, clock_html
from ui.components.symbols import STATUS_SYMBOLS, symbol_mark
from ui.i18n import named, t
from ui.safe import safe
from ui.times import clock_text, short_length_text

_FAMILIES = 5


def head_html(street: str, grid_name: str, overview: Overview, now: datetime, note: str = "") -> str:
    """The top bar: whose screen, how big (or ``note``), how old the data, what time."""
    places = note or t(
        "screen.places", grids=number_text(overview.grids), grid=grid_name, stations=number_text(overview.stations)
    )
    return (
        f'<div class="lg-head lg-turn-map"><i></i><h1>{safe(street)} · {safe(t("look.name"))}</h1>'
        f"<span>{safe(places)}</span>"
        f'<div class="lg-head-right">{age_html(overview.at, now)}{clock_html(now, year=True)}</div></div>'
    )


def left_html(overview: Overview) -> str:
    """Today, the 14 days, the kinds of matters."""
    return f'<div class="lg-col">{_today(overview)}{_days(overview)}{_families(overview)}</div>'


def right_html(overview: Overview) -> str:
    """The newest incidents, the four indicators."""
    below = _indicators(overview.indicators, overview.grids)
    return f'<div class="lg-col">{_matters(overview)}{below}</div>'


def map_title_html(overview: Overview, measure: str) -> str:
    """The strip over the map: what its colours mean, how many cases are open."""
    is_open = t("screen.open", n=number_text(overview.open))
    return (
        f'<div class="lg-map-title"><b>{safe(t("screen.map"))}</b><small>{safe(measure)}</small>'
        f"<span>{safe(is_open)}</span></div>"
    )


def _panel(title: str, note: str, body: str, name: str = "") -> str:
    return f'<section class="lg-box {name}"><h2>{safe(title)}<small>{safe(note)}</small></h2>{body}</section>'


def _count(n: float | None, unit: str) -> str:
    return f'<b class="lg-n">{safe(number_text(n))}<u>{safe(unit if n is not None else "")}</u></b>'


def _today(overview: Overview) -> str:
    today, unit = overview.today, t("screen.cases")
    mean = t("screen.by_now", n=f"{overview.by_now:.0f}")
    closed = t("screen.closed_today", n=number_text(today.closed))
    duo = "".join(
        _pressing(symbol, overview.open_by_symbol.get(symbol, 0))
        for symbol in (IncidentSymbol.OVERDUE, IncidentSymbol.DUE_SOON)
    )
    body = (
        f'<div class="lg-hero">{_count(today.new, unit)}<p>{safe(mean)}<br>{safe(closed)}</p></div>'
        f'<div class="lg-duo">{duo}</div>{due_counts_html(overview.due)}'
    )
    return _panel(t("screen.today"), t("screen.since_midnight"), body)


def _pressing(symbol: IncidentSymbol, count: int) -> str:
    """How many press; none is nothing to alarm with."""
    colour = f' class="lg-{symbol}-figure"' if count else ""
    label = f"<span>{symbol_mark(symbol)}{safe(t(f'screen.{symbol}'))}</span>"
    return f"<div{colour}>{label}{_count(count, t('screen.cases'))}</div>"


def _days(overview: Overview) -> str:
    key = (
        f'<div class="lg-key"><span><i class="lg-key-bar"></i>{safe(t("look.chart.new"))}</span>'
        f'<span><i class="lg-key-line"></i>{safe(t("look.chart.closed"))}</span></div>'
    )
    part_day = t("screen.part_day", clock=clock_text(overview.at))
    return _panel(t("screen.days"), t("screen.cases_a_day"), key + daily_picture(overview.days, "dark", part_day))


def _families(overview: Overview) -> str:
    rows = [(_name(family.name), family.count) for family in overview.families]
    if len(rows) > _FAMILIES:
        others = sum(count for _, count in rows[_FAMILIES - 1 :])
        rows = [*rows[: _FAMILIES - 1], (t("screen.others"), others)]
    most = max((count for _, count in rows), default=0) or 1
    wide = min(9.5, max((_width(name) for name, _ in rows), default=4.667))
    bars = "".join(
        f'<div class="lg-hbar" style="--label:{wide:.2f}rem"><span>{safe(name)}</span>'
        f'<i><b style="width:{count / most:.1%}"></b></i><em>{safe(number_text(count))}</em></div>'
        for name, count in rows
    )
    return _panel(t("screen.families"), t("screen.week"), bars or _nothing("screen.no_families"), "lg-grow")


def _matters(overview: Overview) -> str:
    """What hurts next, late ones first, and below it what came in last."""
    now = overview.at
    rows = "".join(_row(row, _left(row, now)) for row in overview.pressing)
    rows += "".join(_row(row, _when(row.reported_at, now)) for row in overview.newest)
    return _panel(t("screen.newest"), t("screen.no_persons"), rows or _nothing("screen.no_newest"))


def _row(row: NewestIncident, when: str) -> str:
    return (
        f'<div class="lg-new">{symbol_mark(row.symbol)}<time>{when}</time>'
        f"<b>{safe(_name(row.name))}</b><small>{safe(row.area or t('screen.outside'))}</small>"
        f'<strong class="lg-{row.symbol}-word">{safe(t(STATUS_SYMBOLS[row.symbol].label_key))}</strong></div>'
    )


def _left(row: NewestIncident, now: datetime) -> str:
    """Over two lines whether it is late or not, and by how much: one unit, readable from five metres."""
    left = row.due_at - now if row.due_at else timedelta()
    word = t("screen.over" if left < timedelta() else "screen.left")
    return f"{safe(word)}<br>{safe(short_length_text(left))}"


def _when(moment: datetime, now: datetime) -> str:
    """The time of day; before today its day stands over it."""
    days = (local_date(now) - local_date(moment)).days
    if days <= 0:
        return clock_text(moment)
    local = to_local(moment)
    day = t("screen.yesterday") if days == 1 else f"{local.month}/{local.day}"
    return f"{safe(day)}<br>{clock_text(moment)}"


def _indicators(indicators: Indicators, grids: int) -> str:
    rates = [_percent(rate) for rate in indicators.on_time]
    hours = [round(minutes / 60) for minutes in indicators.minutes]
    members, activities = number_text(indicators.members), number_text(indicators.activities[-1])
    rows = (
        _indicator("on_time", rates, "%", t("screen.before", n=_rate_text(rates[0]))),
        _indicator("assigned", indicators.assigned, t("screen.people"), t("screen.members", n=members)),
        _indicator("service", hours, t("screen.hours"), t("screen.activities", n=activities)),
        _indicator("covered", indicators.covered, t("screen.grids"), t("screen.all_grids", n=number_text(grids))),
    )
    return _panel(t("screen.together"), t("screen.month"), "".join(rows), "lg-grow lg-indicators")


def _indicator(key: str, values: Sequence[float | None], unit: str, compare: str) -> str:
    known = [value for value in values if value is not None]
    line = sparkline(known, "dark", 150, 44, dot=True)
    return (
        f'<div class="lg-kv"><div><span>{safe(t(f"screen.{key}"))}</span>{_count(values[-1], unit)}</div>'
        f"<div>{line}<small>{safe(compare)}</small></div></div>"
    )


def _percent(rate: Rate) -> float | None:
    return 100 * rate.numerator / rate.denominator if rate.denominator else None


def _rate_text(percent: float | None) -> str:
    return number_text(percent) + ("%" if percent is not None else "")


def _width(text: str) -> float:
    """About how wide a text runs, in letters of one rem: a Chinese sign takes a whole one, a Latin letter half."""
    return sum(1.0 if ord(char) > 0x2E7F else 0.56 for char in text) + 0.3


def _name(names: Words | None) -> str:
    return named(names) if names else t("screen.unknown_class")


def _nothing(key: str) -> str:
    return f'<div class="lg-note">{safe(t(key))}</div>'
