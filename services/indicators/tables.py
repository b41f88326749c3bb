"""A table of indicators as plain values for the command line, in one language."""

from typing import Any

from config.texts import text
from domain.indicators import BY_KEY
from services.indicators.groups import Group
from services.indicators.measuring import Change, IndicatorRow, IndicatorTable


def group_name(group: Group, language: str) -> str:
    """What a group is called, with the days of an area that changed; "" over all groups."""
    if group.text is not None:
        return text(language, group.text)
    if group.name is None or isinstance(group.name, str):
        return (group.name or "") + days_of(group, language)
    return group.name.text(language)


def days_of(group: Group, language: str) -> str:
    """Since when an area is there that took another's place, and until when one was that has ended; "" for others."""
    if group.last is not None:
        return text(language, "indicators.until", day=group.last.isoformat())
    return text(language, "indicators.since", day=group.since.isoformat()) if group.since is not None else ""


def as_plain(table: IndicatorTable, language: str) -> dict[str, Any]:
    """The table as JSON has it."""
    return {
        "from": table.period.first.isoformat(),
        "to": table.period.last.isoformat(),
        "by": table.by,
        "rows": [_row(row, language) for row in table.rows],
        "total": _row(table.total, language),
    }


def _row(row: IndicatorRow, language: str) -> dict[str, Any]:
    figures = {key: _figure(key, change) for key, change in row.figures.items()}
    return {"key": row.group.key, "name": group_name(row.group, language), "figures": figures}


def _figure(key: str, change: Change) -> dict[str, Any]:
    found = change.now
    return {
        "value": found.value, "numerator": found.numerator, "denominator": found.denominator,
        "unit": BY_KEY[key].unit, "on_before": change.on_before, "on_year": change.on_year,
    }  # fmt: skip


def as_lines(table: dict[str, Any], language: str) -> list[dict[str, Any]]:
    """A table of ``as_plain`` as one line for each group and indicator, for reading in a terminal."""
    return [
        {
            "group": row["name"] or text(language, "indicators.all"),
            "indicator": text(language, f"indicators.name.{key}"),
            "value": "—" if figure["value"] is None else f"{figure['value']:.4g}",
            "numerator": f"{figure['numerator']:g}",
            "denominator": "" if figure["denominator"] is None else str(figure["denominator"]),
        }
        for row in (*table["rows"], table["total"])
        for key, figure in row["figures"].items()
    ]
