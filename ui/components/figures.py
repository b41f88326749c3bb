"""Figures: a number never stands without its unit and its period.

`figure_html` is one figure with optional comparison line and sparkline; `show_figures` sets several in one row.
Text in an inline picture is not possible (`st.html` drops SVG), so a sparkline is an `<img>` whose `alt` says it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ui.components.symbols import data_address, symbol_mark
from ui.i18n import t
from ui.safe import safe
from ui.tokens import THEMES, Theme

NONE = "—"  # what stands for a figure that cannot be computed, such as a rate of nothing


@dataclass(frozen=True)
class Figure:
    """One number for people.

    `value` is a number or ready text, None when it cannot be computed; `unit` is a text such as 件 or %; `period` says
    which time it covers. `compare` is a second line (上期 95.1%), `series` older to newer values for the sparkline.
    `status` colours the number and puts the status symbol before the label. `opens` is the address of the list that
    holds what it counts.
    """

    label: str
    value: int | float | str | None
    unit: str
    period: str
    compare: str = ""
    series: Sequence[float] = ()
    status: str = ""
    opens: str = ""


def number_text(value: int | float | str | None) -> str:
    """`1,284`, `96.4`, `—` for None; texts pass."""
    if value is None:
        return NONE
    if isinstance(value, str):
        return value
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"


def sparkline(values: Sequence[float], theme: Theme, width: int = 76, height: int = 26, dot: bool = False) -> str:
    """An `<img>` of a line through `values`, `width` × `height` px, with a dot on the newest; "" for fewer than two."""
    if len(values) < 2:
        return ""
    points = _points(values, width, height, margin=6 if dot else 3)
    colour = THEMES[theme]["chart-line"]
    stroke = 3 if dot else 2
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    x, y = points[-1]
    end = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>' if dot else ""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{stroke}" stroke-linejoin="round"/>{end}</svg>'
    )
    alt = t("look.sparkline", first=number_text(values[0]), last=number_text(values[-1]), n=len(values))
    return f'<img class="lg-spark" width="{width}" height="{height}" alt="{safe(alt)}" src="{data_address(svg)}">'


def _points(values: Sequence[float], width: int, height: int, margin: int) -> list[tuple[float, float]]:
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = (width - 2 * margin) / (len(values) - 1)
    base = height - margin if high > low else height / 2  # a line that never moves lies in the middle
    return [(margin + i * step, base - (v - low) / span * (height - 2 * margin)) for i, v in enumerate(values)]


def figure_html(figure: Figure, theme: Theme) -> str:
    """HTML of one figure: label with period, number with unit, comparison line, sparkline."""
    mark = symbol_mark(figure.status) if figure.status else ""
    colour = f" lg-{figure.status}-figure" if figure.status else ""
    unit = f"<u>{safe(figure.unit)}</u>" if figure.unit and figure.value is not None else ""
    number = f"<b>{safe(number_text(figure.value))}{unit}</b>"
    if figure.opens and figure.value:
        number = f'<a href="{safe(figure.opens)}" target="_self">{number}</a>'
    compare = f'<div class="lg-compare">{safe(figure.compare)}</div>' if figure.compare else ""
    return (
        f'<div class="lg-figure{colour}"><div class="lg-label">{mark}{safe(figure.label)}'
        f" <small>{safe(figure.period)}</small></div>"
        f'<div class="lg-number">{number}{sparkline(figure.series, theme)}</div>'
        f"{compare}</div>"
    )


def show_figures(figures: Sequence[Figure], theme: Theme) -> None:
    """One row of figures with dividers between them, in one panel; wraps where it is narrow."""
    st.html('<div class="lg-figures">' + "".join(figure_html(figure, theme) for figure in figures) + "</div>")
