"""Parts of the command desk: the figures above the map, the rows that want a decision, the tiny charts by area."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from config.profiles import Profile
from domain.incidents import IncidentSymbol
from domain.indicators import Behind
from domain.periods import Period
from domain.permissions import Actor
from services.incidents.cases import IncidentFilter, list_incidents
from services.incidents.decisions import DECISIONS, list_decisions
from services.incidents.views import IncidentView
from services.indicators.overview import Cell, Overview
from ui.components.case_rows import case_row
from ui.components.charts import show_small_multiples
from ui.components.figures import Figure, show_figures
from ui.components.lists import Row
from ui.components.whistles import awaited_rows
from ui.i18n import t
from ui.times import clock_text
from ui.tokens import Theme

REVIEW = "review"  # suspended ones that are to be looked at again
AWAITED = "awaited"  # departments that were called and have not reported in
LISTED = 30


def show_desk_figures(overview: Overview, theme: Theme) -> None:
    """Open cases, closed today, closed on time in 30 days; the two counts open their lists."""
    rates = [100 * rate.numerator / rate.denominator for rate in overview.indicators.on_time if rate.denominator]
    newest = overview.indicators.on_time[-1]
    clock, unit = clock_text(overview.at), t("desk.cases")
    closed_today = Behind("closed", False, Period(overview.today.day, overview.today.day))
    show_figures(
        [
            Figure(t("desk.open"), overview.open, unit, t("desk.now"), opens="/incidents?status=open"),
            Figure(t("desk.closed"), overview.today.closed, unit, t("desk.today", clock=clock),
                   series=[day.closed for day in overview.days], opens=f"/incidents?behind={closed_today}"),
            Figure(t("desk.on_time"), rates[-1] if newest.denominator else None, "%", t("desk.month"), series=rates),
        ],
        theme,
    )  # fmt: skip


def row_of(view: IncidentView, decision: str, now: datetime) -> Row:
    """A case as a row: what, where, time left, what the one who looks has to decide."""
    return case_row(view, now, view.area_name or t("desk.outside"), t(f"desk.decide.{decision}"))


def decision_rows(actor: Actor, profile: Profile, chosen: str, now: datetime) -> tuple[list[Row], int]:
    """The rows under a pill, what hurts next first, and how many more there are than the list holds.

    Each case has one row: under "all", one that waits for a department and for something else shows the latter.
    """
    called = awaited_rows(actor, profile, now, LISTED) if chosen in ("all", AWAITED) else []
    if chosen == AWAITED:
        return called, 0
    page = list_incidents(actor, _filter(chosen), now)
    decisions = list_decisions(actor, page.rows)
    cases = [row_of(view, decisions[view.id], now) for view in page.rows]
    listed = {row.key for row in cases}
    called = [row for row in called if row.key not in listed]
    late, in_time = [row for row in called if row.late], [row for row in called if not row.late]
    return [*late, *cases, *in_time], page.total - len(cases)


def _filter(chosen: str) -> IncidentFilter:
    """Everything that waits for a decision, one symbol, or reviews of suspended cases."""
    if chosen == REVIEW:
        return IncidentFilter(suspended=True, review_due=True, mains_only=True, page_size=LISTED)
    symbols = frozenset(DECISIONS if chosen == "all" else {IncidentSymbol(chosen)})
    return IncidentFilter(symbols=symbols, review_due=chosen == "all", mains_only=True, page_size=LISTED)


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
