"""Charts as plain Vega-Lite dicts with one shared config, in both themes, each with words for those who do not see it.

Built as dicts because that costs the server a millisecond where a plotting library costs eleven to thirty-two.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

import streamlit as st

from domain.clock import day_start
from ui.components.symbols import data_address
from ui.i18n import t
from ui.safe import safe
from ui.times import day_text
from ui.tokens import CATEGORIES, THEMES, Theme

Spec = dict[str, object]
_FONT = "Noto Sans CJK SC"


class Day(Protocol):
    """Counts of one Shanghai day: cases that came in and cases closed."""

    @property
    def day(self) -> date: ...
    @property
    def new(self) -> int: ...
    @property
    def closed(self) -> int: ...


def shared_config(theme: Theme, font_size: int = 13) -> Spec:
    """The look that all charts share: no frame, three horizontal lines, the page's letters."""
    c = THEMES[theme]
    words = {"labelFont": _FONT, "labelFontSize": font_size, "labelColor": c["text-3"]}
    return {
        "background": None,
        "font": _FONT,
        "padding": 2,
        "view": {"stroke": None},
        "axis": {"grid": False, "domain": False, "tickSize": 0, "labelPadding": 6, **words},
        "axisY": {"grid": True, "gridColor": c["line"], "tickCount": 3},
        "legend": {**words, "orient": "top", "title": None, "labelColor": c["text-2"], "symbolSize": 130},
        "header": {**words, "title": None, "labelColor": c["text-2"]},
        "bar": {"cornerRadiusEnd": 2, "color": c["chart-quiet"]},
        "line": {"strokeWidth": 2, "color": c["text"]},
    }


def bars_chart(counts: Mapping[str, int], theme: Theme, *, height_each: int = 28) -> Spec:
    """Horizontal bars by class, in the order given, each with its number at its end; the longest is highlighted."""
    c = THEMES[theme]
    most = max(counts.values(), default=0)
    rows = [{"name": name, "n": n, "most": n == most} for name, n in counts.items()]
    y = {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"grid": False, "labelLimit": 160}}
    x = {"field": "n", "type": "quantitative", "axis": None}
    colour = {"condition": {"test": "datum.most", "value": c["chart-main"]}, "value": c["chart-quiet"]}
    number = {"type": "text", "align": "left", "dx": 5, "fontSize": 14, "fontWeight": 700, "color": c["text"]}
    return {
        "data": {"values": rows},
        "height": {"step": height_each},
        "config": shared_config(theme, 14),
        "encoding": {"y": y, "x": x},
        "layer": [
            {"mark": {"type": "bar", "size": 12}, "encoding": {"color": colour}},
            {"mark": number, "encoding": {"text": {"field": "n", "type": "quantitative", "format": ","}}},
        ],
    }


def stacked_chart(
    rows: Sequence[Mapping[str, str | int]], theme: Theme, *, height: int = 220, colours: Sequence[str] = ()
) -> Spec:
    """Columns by `x` (in the order given), stacked by `kind`; each row is {x, kind, n}. The first kind lies lowest.

    `colours` of the kinds, where they are not simply different ones.
    """
    xs, kinds = list(dict.fromkeys(row["x"] for row in rows)), list(dict.fromkeys(row["kind"] for row in rows))
    return {
        "data": {"values": [{**row, "order": kinds.index(row["kind"])} for row in rows]},
        "height": height,
        "config": shared_config(theme),
        "mark": {"type": "bar", "size": 22},
        "encoding": {
            "x": {
                "field": "x", "type": "nominal", "sort": xs, "title": None,
                "axis": {"labelAngle": 0, "labelOverlap": "greedy"},
            },
            "y": {"field": "n", "type": "quantitative", "title": None, "stack": True, "axis": {"tickMinStep": 1}},
            "order": {"field": "order"},
            "color": {
                "field": "kind", "type": "nominal", "sort": kinds,
                "scale": {"domain": kinds, "range": (list(colours) or CATEGORIES[theme])[: len(kinds)]},
                "legend": {"columns": 2, "labelLimit": 280},
            },
            "tooltip": [{"field": "x"}, {"field": "kind"}, {"field": "n"}],
        },
    }  # fmt: skip


def show_small_multiples(series: Sequence[tuple[str, str, Sequence[int]]], theme: Theme) -> None:
    """One tiny bar chart for each (short name, name, counts by day) on one scale, with its sum; the last bar is today.

    Drawn here and not by Vega: eleven facets of 46 px want exact widths, and cost one `st.html`.
    """
    most = max((max(counts, default=0) for _, _, counts in series), default=0) or 1
    cells = (
        f'<div title="{safe(name)}"><span>{safe(short)}</span>'
        f"{_tiny_bars(name, counts, most, theme)}<b>{sum(counts)}</b></div>"
        for short, name, counts in series
    )
    st.html(f'<div class="lg-multiples">{"".join(cells)}</div>')


def _tiny_bars(name: str, counts: Sequence[int], most: int, theme: Theme) -> str:
    c = THEMES[theme]
    step, width = 3.3, round(3.3 * len(counts), 1)
    bars = "".join(
        f'<rect x="{i * step:.1f}" y="{28 - high:.1f}" width="2.4" height="{high:.1f}"'
        f' fill="{c["chart-main"] if i == len(counts) - 1 else c["chart-quiet"]}"/>'
        for i, high in enumerate(max(1.0, n / most * 28) if n else 0.5 for n in counts)
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 28" width="{width}" height="28">{bars}</svg>'
    alt = t("look.chart.tiny_alt", name=name, days=len(counts), n=sum(counts))
    return f'<img alt="{safe(alt)}" width="{width}" height="28" src="{data_address(svg)}">'


def daily_picture(days: Sequence[Day], theme: Theme, part_day: str) -> str:
    """The daily chart as an `<img>` that scales with the big screen: letters of 24 at a width of 382.

    `part_day` says until when the newest day counts (今天（至 14:30）).
    """
    c, newest = THEMES[theme], len(days) - 1
    top = max(2, *(max(d.new, d.closed) for d in days))
    step = (_WIDTH - _LEFT) / len(days)
    xs = [_LEFT + (i + 0.5) * step for i in range(len(days))]
    bars = "".join(
        f'<rect x="{x - 7:.1f}" y="{_y(d.new, top):.1f}" width="14" height="{_y(0, top) - _y(d.new, top):.1f}" rx="2"'
        f' fill="{c["chart-main"] if i == newest else c["chart-quiet"]}"/>'
        for i, (x, d) in enumerate(zip(xs, days, strict=True))
    )
    line = "M" + "L".join(f"{x:.1f} {_y(d.closed, top):.1f}" for x, d in zip(xs, days, strict=True))
    end = f'cx="{xs[-1]:.1f}" cy="{_y(days[-1].closed, top):.1f}"'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} 182" font-family="{_FONT}" font-size="24"'
        f' fill="{c["text-3"]}">{_scale(top, c)}{bars}'
        f'<path d="{line}" fill="none" stroke="{c["text"]}" stroke-width="3" stroke-linejoin="round"/>'
        f'<circle {end} r="6" fill="{c["text"]}" stroke="{c["panel"]}" stroke-width="2"/>'
        f'<text x="{_LEFT}" y="176">{safe(day_text(day_start(days[0].day)))}</text>'
        f'<text x="{_WIDTH}" y="176" text-anchor="end">{safe(part_day)}</text></svg>'
    )
    return f'<img class="lg-picture" alt="{safe(daily_alt(days))}" src="{data_address(svg)}">'


_WIDTH, _LEFT = 382, 40


def _y(n: float, top: int) -> float:
    return 142 - n / top * 120


def _scale(top: int, c: Mapping[str, str]) -> str:
    step = _tick(top)
    return "".join(
        f'<path d="M{_LEFT} {_y(n, top):.1f}H{_WIDTH}" stroke="{c["line"]}" stroke-width="1.5"/>'
        f'<text x="0" y="{_y(n, top) + 8:.1f}">{n}</text>'
        for n in range(0, top + 1, step)
    )


def _tick(top: int) -> int:
    """The largest of 1 2 3 4 5 6 8 10 20 … that fits twice below `top` (2 or more)."""
    return max(step for power in range(9) for n in (1, 2, 3, 4, 5, 6, 8) if 2 * (step := n * 10**power) <= top)


def show_chart(spec: Spec, alt: str) -> None:
    """Draw a spec; `alt` says in words what the chart shows."""
    st.vega_lite_chart(spec, theme=None, width="stretch", alt=alt)


def daily_alt(days: Sequence[Day]) -> str:
    """The words of the daily chart: the range of days, both sums."""
    new, closed = sum(d.new for d in days), sum(d.closed for d in days)
    return t("look.chart.daily_alt", first=_short(days[0].day), last=_short(days[-1].day), new=new, closed=closed)


def _short(day: date) -> str:
    return f"{day.month}/{day.day}"
