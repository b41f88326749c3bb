"""Rhythm and ladder: the figure, the gaps, the table of units, the records behind a number, the chart."""

from collections.abc import Sequence
from datetime import date, timedelta

import streamlit as st

from config.profiles import Profile
from domain.errors import NotFound
from domain.periods import months_after
from domain.permissions import Actor, Permission, may
from domain.rhythm import LadderStep
from services.activities.rhythm import TEAM, RhythmUnit, RhythmView, TakenPart, count_kinds_by_month, list_step_records
from services.system.installations import current_profile
from ui import state
from ui.components.activities import kind_name
from ui.components.calendar import day_in_address
from ui.components.charts import show_chart, stacked_chart
from ui.components.lists import show_empty
from ui.components.tables import SUMS, link, table_html, titles
from ui.guard import covered
from ui.i18n import named, t
from ui.safe import safe
from ui.style import theme
from ui.times import day_text


def month_in_address(today: date) -> date:
    """The first day of the month in the address, else of this month."""
    return (day_in_address("month") or today).replace(day=1)


@covered
def go_month(month: date, step: int) -> None:
    """Another month; the records that are open are closed."""
    state.set_query(month=months_after(month, step).isoformat(), unit=None, step=None)


def unit_name(view: RhythmView) -> str:
    """`网格`, `志愿队伍`: what the units are called."""
    if view.unit == TEAM:
        return t("rhythm.team")
    return named(current_profile().level(view.unit).name)


def show_figure(view: RhythmView) -> None:
    """Numerator, denominator and how they are counted."""
    total, unit = len(view.units), unit_name(view)
    share = f"{100 * view.kept / total:.1f}" if total else "–"
    words = t("rhythm.figure", unit=unit, kept=view.kept, total=total, share=share)
    st.html(f'<div class="lg-title"><b>{safe(words)}</b></div>')
    st.caption(t("rhythm.how", unit=unit, n=view.per_month))


def show_gaps(actor: Actor, view: RhythmView) -> None:
    """The units without, each with its number, in the order of the register."""
    if not view.gaps:
        show_empty(t("rhythm.no_gaps"), t("rhythm.no_gaps_next"))
        return
    st.html(f'<div class="lg-title"><b>{safe(t("rhythm.gaps", n=len(view.gaps)))}</b></div>')
    lines = "".join(f"<li>{safe(t('rhythm.gap', name=_name(one), n=one.activities))}</li>" for one in view.gaps)
    st.html(f'<ul class="lg-remarks lg-columns">{lines}</ul>')
    if may(actor, Permission.ACTIVITY_PLAN):
        link = f'<a target="_self" href="/activities?form=plan">{safe(t("rhythm.plan"))}</a>'
        st.html(f'<div class="lg-more">{link}</div>')


def _name(one: RhythmUnit) -> str:
    return f"{one.above} · {one.name}" if one.above else one.name


def show_ladder(view: RhythmView) -> None:
    """The table of units; each number leads to the records behind it."""
    profile = current_profile()
    rule = profile.rhythm
    st.html(f'<div class="lg-title"><b>{safe(t("rhythm.ladder"))}</b></div>')
    st.caption(
        t(
            "rhythm.ladder.how", since=view.ladder_since.isoformat(),
            until=(view.ladder_until - timedelta(days=1)).isoformat(), hobby=rule.hobby_times.value,
            hobby_kinds=_kinds(profile, rule.hobby_kinds.value), hours=f"{rule.served_hours.value:g}",
            governing=rule.governing_times.value, governing_kinds=_kinds(profile, rule.governing_kinds.value),
        )
    )  # fmt: skip
    heads = titles("rhythm.column", "unit", "activities") + titles("rhythm.step", *LadderStep)
    sums = (sum(one.steps[step] for one in view.units) for step in LadderStep)
    lines = [*(_cells(view, one) for one in view.units), (t("rhythm.sum"), view.activities, *sums)]
    st.html(f'<div class="lg-scroll">{table_html(heads, lines, SUMS)}</div>')
    if view.activities < sum(one.activities for one in view.units):
        st.caption(t("rhythm.sum.once"))


def _kinds(profile: Profile, keys: Sequence[str]) -> str:
    return t("stations.comma").join(named(profile.activity_kind(key).name) for key in keys)


def _cells(view: RhythmView, one: RhythmUnit) -> tuple[object, ...]:
    address = f"/rhythm?month={view.month}&unit={one.key}&step="
    steps = (link(f"{address}{step}", one.steps[step]) if one.steps[step] else 0 for step in LadderStep)
    return _name(one), one.activities, *steps


def chosen_step(view: RhythmView) -> tuple[RhythmUnit, LadderStep] | None:
    """The unit and step of the address; None where they are none."""
    number, step = state.query_id("unit"), state.query("step")
    unit = next((one for one in view.units if one.key == number), None)
    return (unit, LadderStep(step)) if unit is not None and step in set(LadderStep) else None


def show_records(actor: Actor, view: RhythmView, unit: RhythmUnit, step: LadderStep) -> None:
    """The activities behind a number: when, what, how many of the unit; never who."""
    words = t("rhythm.records", unit=_name(unit), step=t(f"rhythm.step.{step}"), n=unit.steps[step])
    st.html(f'<div class="lg-title"><b>{safe(words)}</b></div>')
    st.button(t("rhythm.records.back"), key="rhythm-back", on_click=_close)
    try:
        found = list_step_records(actor, view.month, unit.key, step)
    except NotFound:
        found = []
    if not found:
        show_empty(t("rhythm.records.none"), t("rhythm.records.none_next"))
        return
    st.html(f'<div class="lg-lines">{"".join(_record(one) for one in found)}</div>')
    st.caption(t("rhythm.records.most"))


@covered
def _close() -> None:
    state.set_query(unit=None, step=None)


def _record(one: TakenPart) -> str:
    counts = t("rhythm.record", n=one.people, hours=f"{one.minutes / 60:.1f}")
    day = day_text(one.starts_at, year=True)
    return (
        f'<a class="lg-who" target="_self" href="/activities?id={one.activity_id}"><b>{safe(one.title)}</b>'
        f"<span>{safe(' · '.join((day, kind_name(one.kind), counts)))}</span></a>"
    )


def show_kinds_chart(actor: Actor, month: date) -> None:
    """Activities by kind and month over twelve months."""
    counts = count_kinds_by_month(actor, month)
    if not counts:
        return
    months = [months_after(month, step) for step in range(-11, 1)]
    known = [one.key for one in current_profile().activity_kinds]
    kinds = [*known, *sorted({kind for _, kind in counts} - set(known))]
    rows: list[dict[str, str | int]] = [
        {"x": f"{one:%y-%m}", "kind": kind_name(kind), "n": counts.get((one, kind), 0)}
        for one in months
        for kind in kinds
    ]
    st.html(f'<div class="lg-title"><b>{safe(t("rhythm.chart"))}</b></div>')
    show_chart(stacked_chart(rows, theme()), t("rhythm.chart.alt", n=sum(counts.values())))
