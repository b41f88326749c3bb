"""The weekly plan as a table to read and to print."""

from collections.abc import Mapping
from datetime import date, timedelta

import streamlit as st

from domain.clock import day_start
from domain.permissions import Actor
from domain.series import PARTS
from services.activities.calendar import ActivityFilter, ActivityRow, list_upcoming_activities
from services.activities.weeks import NO_ROOM, WeekColumn, WeekPlan, monday_of
from services.areas.work_areas import list_work_areas
from services.stations.register import list_stations
from ui import state
from ui.components.activities import kind_name, span_text
from ui.components.calendar import day_in_address
from ui.components.timeline import holiday_name
from ui.guard import covered
from ui.i18n import t
from ui.safe import safe
from ui.times import day_text


def choose_place(actor: Actor) -> tuple[int | None, int | None]:
    """Station or area, each one kept in the address: (station, area), one of them None; both where there is nothing.

    Who has an area of his own begins with it, others with the station of the next activity, else the first one.
    """
    stations = {f"s{one.id}": t("weekly_plan.station", name=one.name) for one in list_stations(actor)}
    areas = {f"a{one.id}": t("weekly_plan.area", name=one.label) for one in list_work_areas(actor)}
    names = stations | areas
    if not names:
        return None, None
    wanted = state.query("of") or ""
    if wanted in names:
        chosen = wanted
    else:
        chosen = next(iter(areas)) if areas and not actor.scope.everywhere else _next_station(actor, names)
    st.session_state["week-of"] = chosen
    st.selectbox(
        t("weekly_plan.of"), list(names), key="week-of", width=320, label_visibility="collapsed",
        format_func=names.__getitem__, on_change=_keep_place,
    )  # fmt: skip
    number = int(chosen[1:])
    return (number, None) if chosen[0] == "s" else (None, number)


def _next_station(actor: Actor, names: Mapping[str, str]) -> str:
    """Where something is on next, so that the page does not begin with an empty week; else the first of ``names``."""
    coming = list_upcoming_activities(actor, ActivityFilter(with_cancelled=False))
    return next((key for one in coming if (key := f"s{one.station_id}") in names), next(iter(names)))


@covered
def _keep_place() -> None:
    state.set_query(of=st.session_state["week-of"])


def choose_week(today: date) -> date:
    """`‹ 11月30日 – 12月6日 ›`: the Monday of the week in the address, else of this week."""
    monday = monday_of(day_in_address("week") or today)
    st.button("‹", key="week-back", on_click=_go, args=(monday - timedelta(days=7),), help=t("weekly_plan.before"))
    st.html(f'<b class="lg-month">{safe(week_text(monday))}</b>', width="content")
    st.button("›", key="week-on", on_click=_go, args=(monday + timedelta(days=7),), help=t("weekly_plan.after"))
    st.button(t("weekly_plan.this_week"), key="week-now", on_click=_go, args=(None,))
    return monday


@covered
def _go(monday: date | None) -> None:
    state.set_query(week=monday.isoformat() if monday else None)


def week_text(monday: date) -> str:
    """`2026年11月30日 – 12月6日`."""
    last = day_text(day_start(monday + timedelta(days=6)))
    return t("weekly_plan.week", first=day_text(day_start(monday), year=True), last=last)


def show_week(plan: WeekPlan, today: date) -> None:
    """Days down, rooms or parts of the day across; on paper with its title."""
    heads = "".join(f"<th>{safe(column_name(plan, column))}</th>" for column in plan.columns)
    lines = "".join(_line(plan, day, today) for day in plan.days)
    title = t("weekly_plan.title_of", name=plan.name)
    st.html(
        f'<div class="lg-week"><h1>{safe(title)}<small>{safe(week_text(plan.monday))}</small></h1>'
        f"<table><thead><tr><th>{safe(t('fields.day'))}</th>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def column_name(plan: WeekPlan, column: WeekColumn) -> str:
    """The name of a room, that none is chosen yet, or the part of the day."""
    if not plan.by_rooms:
        return t(f"weekly_plan.part.{PARTS[column.key]}")
    return t("activities.form.no_room") if column.key == NO_ROOM else column.name


def _line(plan: WeekPlan, day: date, today: date) -> str:
    off = f"<em>{safe(holiday_name(plan.days_off[day]))}</em>" if day in plan.days_off else ""
    cells = "".join(f"<td>{_cell(plan, plan.cells.get((day, one.key), ()))}</td>" for one in plan.columns)
    mark = ' class="lg-today"' if day == today else ""
    return f"<tr{mark}><th>{safe(day_text(day_start(day), weekday=True))}{off}</th>{cells}</tr>"


def _cell(plan: WeekPlan, found: "list[ActivityRow] | tuple[()]") -> str:
    return "".join(_one(plan, one) for one in found)


def _one(plan: WeekPlan, one: ActivityRow) -> str:
    where = one.station if plan.columns and not plan.by_rooms and one.station != plan.name else None
    more = [part for part in (where or ("" if one.station else one.place), one.team) if part and part not in one.title]
    kind = kind_name(one.kind)
    more = ([kind] if kind not in one.title else []) + more
    return (
        f'<a target="_self" href="/activities?id={one.id}"><b>{safe(span_text(one.starts_at, one.ends_at))}</b> '
        f"{safe(one.title)}<small>{safe(' · '.join(more[:2]))}</small></a>"
    )
