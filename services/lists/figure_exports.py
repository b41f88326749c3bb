"""Figures and the lists behind them as files: indicators, whistles, call-backs (feature N4, decision 0142)."""

from datetime import datetime
from typing import Any

from config.texts import text
from domain.incidents import STAGE_SYMBOLS, IncidentStatus
from domain.indicators import BY_KEY, Figure, Indicator
from domain.periods import Period
from domain.permissions import Actor, Permission, require
from domain.whistles import AnswerPart
from services.call_backs.calls import list_to_call_back
from services.call_backs.rates import RATES, RateRow, call_back_rates
from services.indicators.groups import Group
from services.indicators.measuring import IndicatorRow, measure
from services.indicators.tables import group_name
from services.lists.exports import MOST, class_name, export_rows, name_of, without_phones
from services.lists.files import ListFormat
from services.stations.reach import AreaReach, ReachFilter, measure_reach
from services.system.installations import current_profile
from services.whistles.figures import AreaWhistles, By, DepartmentAnswers, list_whistled, whistle_figures

_INDICATOR = (
    "group", "indicator", "value", "unit", "numerator", "denominator", "before_value", "year_ago_value",
)  # fmt: skip


def export_indicators(
    actor: Actor, period: Period, by: str, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """All indicators of a period, for each group and over all: what the page shows, one indicator in a row.

    ``by``: as for services.indicators.measuring.measure. Values are in their unit (a share in per cent), empty where
    there is none or the sample is too small.
    """
    require(actor, Permission.EXPORT)
    table = measure(actor, period, by, now)
    rows = [line for row in (*table.rows, table.total) for line in _indicator_rows(row, language)]
    return export_rows(actor, "indicators", _INDICATOR, rows, format, language, now)


def _indicator_rows(row: IndicatorRow, language: str) -> list[tuple[Any, ...]]:
    return [
        (_group(row.group, language), text(language, f"indicators.name.{key}"), _value(BY_KEY[key], change.now),
         text(language, f"exports.unit.{BY_KEY[key].unit}"), change.now.numerator, change.now.denominator,
         _value(BY_KEY[key], change.before), _value(BY_KEY[key], change.year_ago))
        for key, change in row.figures.items()
    ]  # fmt: skip


def _group(group: Group, language: str) -> str:
    return group_name(group, language) or text(language, "indicators.all")


def _value(indicator: Indicator, figure: Figure) -> float | None:
    return None if figure.small else _rounded(figure.value, 100 if indicator.unit == "share" else 1)


def export_whistle_areas(
    actor: Actor, period: Period, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """Whistles of a period by area, and over all of them."""
    require(actor, Permission.EXPORT)
    found = whistle_figures(actor, period, now)
    rows = [_whistle_area(row, language) for row in (*found.areas, found.total)]
    columns = ("area", "whistles", "households", "per_thousand", "frequency")
    return export_rows(actor, "whistle_areas", columns, rows, format, language, now)


def _whistle_area(row: AreaWhistles, language: str) -> tuple[Any, ...]:
    words = text(language, f"whistles.frequency.{row.frequency}") if row.frequency else None
    name = row.name or text(language, "whistles.figures.all")
    return name, row.whistles, row.households, _rounded(row.per_thousand), words


def export_whistle_departments(
    actor: Actor, period: Period, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """How departments answered the whistles of a period."""
    require(actor, Permission.EXPORT)
    rows = [_whistle_department(row) for row in whistle_figures(actor, period, now).departments]
    columns = ("department", "called", "waived", "came", "in_time", "due", "in_time_rate", "mean_hours", "rating")
    return export_rows(actor, "whistle_departments", columns, rows, format, language, now)


def _whistle_department(row: DepartmentAnswers) -> tuple[Any, ...]:
    sums = row.sums
    return (
        row.name, sums.called, sums.waived, sums.came, sums.in_time, sums.due,
        _rounded(row.in_time, 100), _rounded(row.hours), _rounded(row.rating),
    )  # fmt: skip


def _rounded(value: float | None, times: float = 1) -> float | None:
    return None if value is None else round(times * value, 2)


def export_whistled(
    actor: Actor, period: Period, by: By, key: int | None, part: AnswerPart, format: ListFormat, language: str,
    now: datetime | None = None,
) -> bytes:  # fmt: skip
    """The cases behind a figure of whistles, as services.whistles.figures.list_whistled lists them."""
    require(actor, Permission.EXPORT)
    found = list_whistled(actor, period, by, key, now, part, MOST + 1)
    rows = [
        (one.number, without_phones(one.title), one.area_name, _stage(one.status, language), one.blown_at)
        for one in found
    ]  # fmt: skip
    columns = ("number", "title", "area", "status", "blown_at")
    return export_rows(actor, "whistled", columns, rows, format, language, now)


def _stage(status: str, language: str) -> str:
    return text(language, f"look.status.{STAGE_SYMBOLS[IncidentStatus(status)]}")


def export_to_call_back(actor: Actor, format: ListFormat, language: str, now: datetime | None = None) -> bytes:
    """The closed cases that wait for a call. Who reported them is not among the columns."""
    require(actor, Permission.EXPORT)
    rows = [
        (one.number, class_name(one.category, None, language), without_phones(one.title), one.area_name, one.closed_at,
         one.attempts)
        for one in list_to_call_back(actor, now, MOST + 1)
    ]  # fmt: skip
    columns = ("number", "category", "title", "area", "closed_at", "attempts")
    return export_rows(actor, "to_call_back", columns, rows, format, language, now)


def export_call_back_rates(
    actor: Actor, period: Period, by: str, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """The three rates of a period by group; empty where fewer than five call-backs count."""
    require(actor, Permission.EXPORT)
    rows = [_rates(row, language) for row in call_back_rates(actor, period, by, now)]
    return export_rows(actor, "call_back_rates", ("group", "counted", *RATES), rows, format, language, now)


def _rates(row: RateRow, language: str) -> tuple[Any, ...]:
    values = (_value(BY_KEY[key], row.figures[key]) for key in RATES)
    return _group(row.group, language), row.counted, *values


def export_reach_areas(
    actor: Actor, which: ReachFilter, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """Households that stations reach in each of the finest areas; the sums are those of the page."""
    require(actor, Permission.EXPORT)
    rows = [_reach(row) for row in measure_reach(actor, which, now).finest]
    columns = ("code", "above", "name", "households", "reached", "missed", "reach_share", "lon", "lat")
    return export_rows(actor, "reach_areas", columns, rows, format, language, now)


def _reach(row: AreaReach) -> tuple[Any, ...]:
    place = (row.lon, row.lat)
    return row.code, row.above, row.name, row.total, row.reached, row.missed, _rounded(row.share, 100), *place


def export_reach_stations(
    actor: Actor, which: ReachFilter, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """Households that each station reaches, and those that no other one does."""
    require(actor, Permission.EXPORT)
    rows = [
        (
            row.name,
            name_of(current_profile().station_kind, row.kind, language),
            row.area,
            row.households,
            row.alone,
            row.lon,
            row.lat,
        )
        for row in measure_reach(actor, which, now).stations
    ]
    columns = ("name", "kind", "area", "reached", "reached_alone", "lon", "lat")
    return export_rows(actor, "reach_stations", columns, rows, format, language, now)
