"""Parts of the command desk: the figures above the map, the rows that want a decision, the tiny charts by area."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from domain.incidents import IncidentSymbol
from services.incident_views import IncidentView
from services.incidents import IncidentFilter
from services.overview import Cell, Overview
from ui.components.case import clock_of, review_passed
from ui.components.charts import show_small_multiples
from ui.components.figures import Figure, show_figures
from ui.components.lists import Row
from ui.i18n import t
from ui.times import clock_text
from ui.tokens import Theme

_S = IncidentSymbol
# What waits for somebody at the desk; a case in hand in time waits for nobody here.
DECISIONS = (_S.OVERDUE, _S.DUE_SOON, _S.WAITING, _S.VERIFYING)
REVIEW = "review"  # and suspended ones that are to be looked at again


def show_desk_figures(overview: Overview, theme: Theme) -> None:
    """Open cases, closed today, closed on time in 30 days."""
    rates = [100 * rate.numerator / rate.denominator for rate in overview.indicators.on_time if rate.denominator]
    newest = overview.indicators.on_time[-1]
    clock, unit = clock_text(overview.at), t("desk.cases")
    show_figures(
        [
            Figure(t("desk.open"), overview.open, unit, t("desk.now")),
            Figure(t("desk.closed"), overview.today.closed, unit, t("desk.today", clock=clock),
                   series=[day.closed for day in overview.days]),
            Figure(t("desk.on_time"), rates[-1] if newest.denominator else None, "%", t("desk.month"), series=rates),
        ],
        theme,
    )  # fmt: skip


def row_of(view: IncidentView, now: datetime) -> Row:
    """A case as a row: what, where, time left, what is to be decided."""
    return Row(
        key=str(view.id),
        status=view.symbol,
        title=view.title,
        place=view.area_name or t("desk.outside"),
        clock=clock_of(view, now),
        decision=t("desk.decide.review" if review_passed(view, now) else f"desk.decide.{view.symbol}"),
        late=view.symbol is _S.OVERDUE,
        soon=view.symbol is _S.DUE_SOON,
    )


def desk_filter(chosen: str) -> IncidentFilter:
    """What the list holds under a pill: everything that waits for a decision, one symbol, or reviews of suspended."""
    if chosen == REVIEW:
        return IncidentFilter(suspended=True, review_due=True, page_size=30)
    symbols = frozenset(DECISIONS if chosen == "all" else {IncidentSymbol(chosen)})
    return IncidentFilter(symbols=symbols, review_due=chosen == "all", page_size=30)


def show_cells(cells: Sequence[Cell], theme: Theme) -> None:
    """New cases by day and area on one scale; their sum is the sum of the 14 days."""
    st.html(f'<div class="lg-title"><b>{t("desk.cells")}</b><small>{t("desk.cells_note")}</small></div>')
    ending = _common_ending([cell.name for cell in cells if cell.area_id is not None])
    show_small_multiples(
        [
            (cell.name.removesuffix(ending) or cell.name, cell.name, cell.counts)
            if cell.area_id is not None
            else (t("desk.elsewhere"), t("desk.elsewhere"), cell.counts)
            for cell in cells
        ],
        theme,
    )


def _common_ending(names: Sequence[str]) -> str:
    """What all names end in (社区), so that a narrow cell can leave it out."""
    if len(names) < 2:
        return ""
    ending = names[0]
    while ending and not all(name.endswith(ending) for name in names):
        ending = ending[1:]
    return ending
