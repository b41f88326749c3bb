"""Parts of the page 吹哨报到: the tables by area and department, how they are computed, the cases behind a row."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

import streamlit as st

from domain.clock import local_date
from domain.incidents import STAGE_SYMBOLS, IncidentStatus
from domain.periods import Period, PeriodKind, period_around
from domain.permissions import Actor
from domain.whistles import AnswerPart, Frequency
from services.whistles.figures import AreaWhistles, By, DepartmentAnswers, WhistleFigures, list_whistled
from ui import state
from ui.components.figures import number_text
from ui.components.lists import Row, show_empty, show_rows
from ui.components.tables import SUMS, link, marked, table_html, titles
from ui.i18n import t
from ui.safe import safe
from ui.times import length_text, moment_text

_PERIODS: tuple[PeriodKind, ...] = ("month", "quarter", "year")
_NONE = "—"


@dataclass(frozen=True)
class View:
    """What the page shows, as the address bar says it: the period, and the figure whose list is open."""

    kind: PeriodKind
    period: Period
    by: By
    key: int | None
    part: AnswerPart


def chosen_view(now: datetime) -> View:
    """The view of the address bar; what it does not say or says wrongly is the usual: this quarter, all whistles."""
    said, part = state.query("period"), AnswerPart.CALLED
    kind: PeriodKind = next((one for one in _PERIODS if one == said), "quarter")
    key = state.query_id("key")
    by: By = "department" if state.query("by") == "department" and key is not None else "area"
    if by == "department":
        part = next((one for one in AnswerPart if one == state.query("part")), part)
    return View(kind, period_around(kind, local_date(now)), by, key, part)


def choose_period(view: View) -> None:
    """This month, quarter or year."""
    names = {kind: t(f"call_backs.period.{kind}") for kind in _PERIODS}
    st.segmented_control(
        t("call_backs.period"), list(names), default=view.kind, required=True, key="whistles_period",
        format_func=names.__getitem__, label_visibility="collapsed", on_change=_set_period,
    )  # fmt: skip


def _set_period() -> None:
    state.set_query(period=st.session_state["whistles_period"])


def _link(view: View, by: By, key: int | None, part: AnswerPart, shown: str, title: str = "") -> str:
    """A figure that opens the list of what it counts."""
    query = {"period": view.kind, "by": by, "key": key, "part": part if by == "department" else None}
    address = urlencode({name: value for name, value in query.items() if value is not None})
    return link(f"/whistles?{address}", shown, title, chosen=(by, key, part) == (view.by, view.key, view.part))


def show_areas(figures: WhistleFigures, view: View) -> None:
    """Whistles by area: how many for 1,000 households, and whether that is few or many."""
    heads = titles("whistles.figures", "area", "whistles", "households", "rate", "frequency")
    st.html(table_html(heads, (_area(row, view) for row in (*figures.areas, figures.total)), SUMS))
    how = t("whistles.figures.how", few=f"{figures.few:g}", many=f"{figures.many:g}")
    st.html(f'<div class="lg-how"><b>{safe(t("look.how"))}</b> {safe(how)}</div>')


def _area(row: AreaWhistles, view: View) -> tuple[object, ...]:
    rate = _NONE if row.per_thousand is None else f"{row.per_thousand:.1f}"
    tone = "lg-soon" if row.frequency in (Frequency.TOO_FEW, Frequency.TOO_MANY) else ""
    words = t(f"whistles.frequency.{row.frequency}") if row.frequency else _NONE
    count = _link(view, "area", row.area_id, AnswerPart.CALLED, str(row.whistles)) if row.whistles else "0"
    return row.name or t("whistles.figures.all"), count, number_text(row.households), rate, marked(words, tone)


def show_departments(figures: WhistleFigures, view: View) -> None:
    """How departments came: how many, in time, how fast, how they were rated."""
    heads = titles("whistles.figures", "department", "called", "waived", "in_time", "hours", "rating")
    st.html(table_html(heads, (_department(row, view) for row in figures.departments)))


def _department(row: DepartmentAnswers, view: View) -> list[str]:
    """Every figure of a department, each with the number of answers behind it."""
    sums = row.sums
    figures = (
        (AnswerPart.CALLED, sums.called, str(sums.called), ""),
        (AnswerPart.WAIVED, sums.waived, str(sums.waived), ""),
        (AnswerPart.IN_TIME, sums.in_time, _NONE if row.in_time is None else f"{row.in_time:.1%}",
         f"{sums.in_time} / {sums.due}"),
        (AnswerPart.CAME, sums.came, _NONE if row.hours is None else length_text(timedelta(hours=row.hours)), ""),
        (AnswerPart.RATED, sums.rated, _NONE if row.rating is None else f"{row.rating:.1f}",
         f"{sums.ratings} / {sums.rated}"),
    )  # fmt: skip
    cells = (
        _link(view, "department", row.department_id, part, shown, title) if behind else shown
        for part, behind, shown, title in figures
    )
    return [row.name, *cells]


def show_cases(actor: Actor, figures: WhistleFigures, view: View, now: datetime) -> None:
    """The cases behind the figure that was clicked, at first behind all; a case opens."""
    name = _name(figures, view)
    cases = list_whistled(actor, view.period, view.by, view.key, now, view.part)
    with st.container(horizontal=True, vertical_alignment="center", key="lg-behind"):
        st.html(f'<span class="lg-foot">{safe(t("whistles.figures.shown", name=name, n=len(cases)))}</span>')
        if view.key is not None:
            st.button(t("whistles.figures.see_all"), key="whistles_all", on_click=_see_all)
    if not cases:
        show_empty(t("whistles.figures.none"), t("whistles.figures.none.next"))
        return
    rows = [
        Row(
            f"{case.id}-{place}", STAGE_SYMBOLS[IncidentStatus(case.status)], case.title,
            case.area_name or t("case.outside"), moment_text(case.blown_at, now), case.number,
        )
        for place, case in enumerate(cases)
    ]  # fmt: skip
    with st.container(key="lg-whistled", gap=None, height=560):
        show_rows(rows, None, _open, "whistled")


def _name(figures: WhistleFigures, view: View) -> str:
    """What the open list is of: an area, or a department and which of its answers."""
    if view.by == "area":
        area = next((row.name for row in figures.areas if row.area_id == view.key), None)
        return area or t("whistles.figures.all")
    department = next((row.name for row in figures.departments if row.department_id == view.key), "")
    return f"{department} · {t(f'whistles.part.{view.part}')}"


def _see_all() -> None:
    state.set_query(by=None, key=None, part=None)


def _open(key: str) -> None:
    state.set_query(case=key.split("-")[0])
