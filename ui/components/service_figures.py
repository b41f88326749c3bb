"""Figures of voluntary service: the period, who served how long by team and by area, how dense volunteers live."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import streamlit as st

from domain.clock import day_start
from services.activities.hours import ServicePart, ServiceSummary
from services.system.installations import current_profile
from ui.components.charts import bars_chart, show_chart
from ui.components.figures import Figure, show_figures
from ui.components.lists import show_empty
from ui.components.tables import SUMS, table_html, titles
from ui.i18n import named, t
from ui.safe import safe
from ui.style import theme
from ui.times import length_text

_BARS = 12  # bars of one chart; the table behind holds all


def choose_period(today: date) -> tuple[str, datetime, str]:
    """The period (its words, its first moment) and the level by which service is summed, as they are chosen."""
    first = {"month": today.replace(day=1), "year": date(today.year, 1, 1), "ever": date(1970, 1, 1)}
    levels = {key: t("volunteers.by_level", level=name) for key, name in level_names().items()}
    periods = {"month": t("own_service.month"), "year": t("own_service.year"), "ever": t("own_service.total")}
    with st.container(horizontal=True, key="lg-touch-period"):
        period = st.segmented_control(
            t("volunteers.period"), list(periods), default="year", required=True, key="period",
            format_func=periods.__getitem__,
            label_visibility="collapsed",
        )  # fmt: skip
        level = st.segmented_control(
            t("volunteers.level"), list(levels), default=list(levels)[-1], required=True, key="level",
            format_func=levels.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
    return periods[period], day_start(first[period]), level


def level_names() -> dict[str, str]:
    """The levels by which service may be summed: the grids', and the one above unless that is the top."""
    profile = current_profile()
    usual = profile.level_keys[1 : profile.grid_depth + 1][-2:]
    return {key: named(profile.level(key).name) for key in usual}


def show_service_figures(found: ServiceSummary, activities: int, period: str) -> None:
    """People, who of them served, hours, activities, and how dense they live."""
    share = f"{100 * found.served / found.people:.0f}%" if found.people else "—"
    figures = [
        Figure(t("volunteers.people"), found.people, t("volunteers.unit.people"), t("volunteers.today")),
        Figure(
            t("volunteers.served"), found.served, t("volunteers.unit.people"), period,
            compare=t("volunteers.share", share=share),
        ),
        Figure(t("volunteers.hours"), found.minutes / 60, t("volunteers.unit.hours"), period,
               compare=t("own_service.times", n=f"{found.times:,}")),
        Figure(t("volunteers.activities"), activities, t("volunteers.unit.activities"), period),
    ]  # fmt: skip
    if found.density is not None:
        size = t("volunteers.area_size", km2=f"{found.area_km2:.2f}")
        figures.append(
            Figure(t("volunteers.density"), round(found.density), t("volunteers.unit.density"), t("volunteers.today"),
                   compare=size)
        )  # fmt: skip
    show_figures(figures, theme())


def show_service_parts(parts: Sequence[ServicePart], none: str, heading: str, period: str) -> None:
    """Hours as bars, most first, and the whole table one touch away; both add up to the figures above."""
    small = t("volunteers.hours_of", period=period)
    st.html(f'<div class="lg-title"><b>{safe(heading)}</b><small>{safe(small)}</small></div>')
    if not parts:
        show_empty(t("volunteers.parts_empty"), t("volunteers.parts_next"))
        return
    hours = {_part_name(part, none): round(part.minutes / 60) for part in parts[:_BARS]}
    show_chart(bars_chart(hours, theme()), t("volunteers.chart_alt", heading=heading, n=sum(hours.values())))
    with st.expander(t("volunteers.table", n=len(parts))):
        st.html(_table_html(parts, none, heading))


def show_density(parts: Sequence[ServicePart]) -> None:
    """Volunteers per km² as bars, the densest first, and the table one touch away; without a size no density."""
    sized = sorted((part for part in parts if part.density is not None), key=lambda part: -(part.density or 0))
    if not sized:
        return
    st.html(f'<div class="lg-title"><b>{safe(t("volunteers.density_chart"))}</b></div>')
    found = {_part_name(part, ""): round(part.density or 0) for part in sized[:_BARS]}
    show_chart(bars_chart(found, theme()), t("volunteers.density_alt", n=len(found)))
    with st.expander(t("volunteers.density_table", n=len(sized))):
        st.html(_density_html(sized))


def _density_html(parts: Sequence[ServicePart]) -> str:
    lines = (
        (_part_name(part, ""), f"{part.people:,}", f"{part.area_km2:,.3f}", f"{part.density:,.0f}") for part in parts
    )
    return table_html(titles("volunteers.column", "area", "people", "km2", "density"), lines)


def _part_name(part: ServicePart, none: str) -> str:
    """The name, with the area above where there are several of that name."""
    return " ".join(word for word in (part.above, part.name) if word) or none


def _table_html(parts: Sequence[ServicePart], none: str, heading: str) -> str:
    heads = (heading, *titles("volunteers.column", "people", "served", "times", "hours"))
    sums = (sum(getattr(part, field) for part in parts) for field in ("people", "served", "times", "minutes"))
    every = [*parts, ServicePart(None, t("volunteers.total"), None, *sums)]
    lines = (
        (
            _part_name(part, none), f"{part.people:,}", f"{part.served:,}", f"{part.times:,}",
            length_text(timedelta(minutes=part.minutes), days=False),
        )
        for part in every
    )  # fmt: skip
    return table_html(heads, lines, SUMS)
