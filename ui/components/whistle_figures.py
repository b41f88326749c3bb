"""Parts of the page 吹哨报到: the tables by area and department, how they are computed, the cases behind a row."""

from datetime import datetime, timedelta
from typing import Literal

import streamlit as st

from domain.clock import local_date
from domain.incidents import STAGE_SYMBOLS, IncidentStatus
from domain.periods import Period, PeriodKind, period_around
from domain.permissions import Actor
from domain.whistles import Frequency
from services.whistles.figures import AreaWhistles, DepartmentAnswers, WhistleFigures, list_whistled
from ui import state
from ui.components.lists import Row, show_empty, show_rows
from ui.i18n import t
from ui.safe import safe
from ui.times import length_text, moment_text

_PERIODS: tuple[PeriodKind, ...] = ("month", "quarter", "year")
_NONE = "—"
By = Literal["area", "department"]


def choose_period(now: datetime) -> Period:
    """This month, quarter or year."""
    names = {kind: t(f"call_backs.period.{kind}") for kind in _PERIODS}
    kind = st.segmented_control(
        t("call_backs.period"), list(names), default="quarter", required=True, key="whistles_period",
        format_func=names.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    return period_around(kind, local_date(now))


def show_areas(figures: WhistleFigures) -> None:
    """Whistles by area: how many for 1,000 households, and whether that is few or many."""
    heads = ("area", "whistles", "households", "rate", "frequency")
    rows = "".join(_area(row) for row in (*figures.areas, figures.total))
    _table(heads, rows)
    how = t("whistles.figures.how", few=f"{figures.few:g}", many=f"{figures.many:g}")
    st.html(f'<div class="lg-how"><b>{safe(t("look.how"))}</b> {safe(how)}</div>')


def _area(row: AreaWhistles) -> str:
    rate = _NONE if row.per_thousand is None else f"{row.per_thousand:.1f}"
    tone = ' class="lg-soon"' if row.frequency in (Frequency.TOO_FEW, Frequency.TOO_MANY) else ""
    words = t(f"whistles.frequency.{row.frequency}") if row.frequency else _NONE
    cells = f"<td>{row.whistles}</td><td>{row.households}</td><td>{rate}</td><td{tone}>{safe(words)}</td>"
    return f"<tr><td>{safe(row.name or t('whistles.figures.all'))}</td>{cells}</tr>"


def show_departments(figures: WhistleFigures) -> None:
    """How departments came: how many, in time, how fast, how they were rated."""
    heads = ("department", "called", "waived", "in_time", "hours", "rating")
    _table(heads, "".join(map(_department, figures.departments)), "lg-table-plain")


def _department(row: DepartmentAnswers) -> str:
    in_time = _NONE if row.in_time is None else f"{row.in_time:.1%}"
    hours = _NONE if row.hours is None else length_text(timedelta(hours=row.hours))
    rating = _NONE if row.rating is None else f"{row.rating:.1f}"
    cells = (
        f"<td>{row.sums.called}</td><td>{row.sums.waived}</td>"
        f'<td><span title="{row.sums.in_time} / {row.sums.due}">{in_time}</span></td>'
        f'<td>{safe(hours)}</td><td><span title="{row.sums.ratings} / {row.sums.rated}">{rating}</span></td>'
    )
    return f"<tr><td>{safe(row.name)}</td>{cells}</tr>"


def _table(heads: tuple[str, ...], rows: str, kind: str = "") -> None:
    head = "".join(f"<th>{safe(t(f'whistles.figures.{name}'))}</th>" for name in heads)
    st.html(f'<table class="lg-table {kind}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>')


def show_cases(actor: Actor, figures: WhistleFigures, period: Period, now: datetime) -> None:
    """The cases behind a row: an area or a department is chosen, a case opens."""
    areas = {f"area-{row.area_id}": row.name or "" for row in figures.areas if row.whistles}
    departments = {f"department-{row.department_id}": row.name for row in figures.departments}
    names = {"area-": t("whistles.figures.all")} | areas | departments
    chosen = st.selectbox(
        t("whistles.figures.see"), list(names), key="whistles_of", format_func=lambda key: names.get(key, ""),
        label_visibility="collapsed",
    )  # fmt: skip
    by, _, key = chosen.partition("-")
    kind: By = "area" if by == "area" else "department"
    cases = list_whistled(actor, period, kind, int(key) if key else None, now)
    if not cases:
        show_empty(t("whistles.figures.none"), t("whistles.figures.none.next"))
        return
    st.html(f'<div class="lg-foot">{safe(t("whistles.figures.shown", name=names[chosen], n=len(cases)))}</div>')
    rows = [
        Row(
            f"{case.id}-{place}", STAGE_SYMBOLS[IncidentStatus(case.status)], case.title,
            case.area_name or t("case.outside"), moment_text(case.blown_at, now), case.number,
        )
        for place, case in enumerate(cases)
    ]  # fmt: skip
    with st.container(key="lg-whistled", gap=None, height=560):
        show_rows(rows, None, _open, "whistled")


def _open(key: str) -> None:
    state.set_query(case=key.split("-")[0])
