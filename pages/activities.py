"""Activities: the month, what comes next, one activity with sign-up and attendance, the plan form."""

from datetime import date

import streamlit as st

from domain.activities import ActivityStatus
from domain.clock import day_start, local_date, utc_now
from domain.periods import months_after
from domain.permissions import Permission, Role, may
from services.activities.calendar import (
    ActivityFilter,
    get_activity,
    list_activities_on,
    list_month,
    list_upcoming_activities,
)
from services.activities.hours import get_own_service
from ui import state
from ui.components import activities as parts
from ui.components.activity_form import show_activity_form, show_cancelling
from ui.components.attendance import show_attendance
from ui.components.calendar import day_in_address, show_calendar, show_month_buttons
from ui.components.lists import show_empty
from ui.components.own_service import show_mine, show_own_service
from ui.i18n import t
from ui.safe import safe
from ui.style import panel
from ui.times import day_text

actor, now = state.actor(), utc_now()
today, plans = local_date(now), may(actor, Permission.ACTIVITY_PLAN)
own = get_own_service(actor, now) if may(actor, Permission.ACTIVITY_JOIN) else None


def go(**where: str | int | None) -> None:
    """Open a month, a day, a list, an activity or the form: what is not named is left."""
    state.set_query(**({"day": None, "id": None, "form": None, "list": None} | where))


def open_day(chosen: date | None) -> None:
    go(day=chosen.isoformat() if chosen else None)


def open_activity(number: int) -> None:
    go(id=number, day=state.query("day"), list=state.query("list"))


def show_month(day: date | None) -> ActivityFilter:
    month = (day_in_address("month") or day or today).replace(day=1)
    with st.container(horizontal=True, key="lg-touch-month", vertical_alignment="center"):
        show_month_buttons(month, lambda step: go(month=months_after(month, step).isoformat()))
        st.button(
            t("activities.today"), key="month-today", on_click=go, kwargs={"month": None, "day": today.isoformat()}
        )
        kind = parts.choose_kind()
        near = parts.choose_near(actor)
    which = ActivityFilter(kind=kind, area_path=actor.area_path if near else None)
    days = list_month(actor, month, which, now)
    show_calendar(month, days, today, day, parts.kind_name, open_day)
    legend = f" ✓ {t('activities.mine_legend')}" if own else ""
    st.caption(t("activities.month_total", n=sum(mark.total for mark in days.values())) + legend)
    return which


def show_list(day: date | None, which: ActivityFilter) -> None:
    mine = own is not None and day is None and state.query("list") == "mine"
    title = day_text(day_start(day), weekday=True) if day else t(f"activities.list.{'mine' if mine else 'upcoming'}")
    st.html(f'<div class="lg-title"><b>{safe(title)}</b></div>')
    with st.container(horizontal=True, key="lg-touch-list"):
        if plans:
            st.button(t("activities.do.plan"), key="plan", type="primary", on_click=go, kwargs={"form": "plan"})
        if day or mine:
            st.button(t("activities.list.upcoming"), key="upcoming", on_click=go)
        if own and not mine:
            st.button(t("activities.list.mine"), key="mine", on_click=go, kwargs={"list": "mine"})
    if mine:
        show_mine(actor)
        return
    views = list_activities_on(actor, day, which, now) if day else list_upcoming_activities(actor, which, now=now)
    if not views:
        what_next = t(f"activities.empty_next.{'near' if which.area_path else 'planner' if plans else 'reader'}")
        show_empty(t("activities.empty_day" if day else "activities.empty"), what_next)
    parts.show_activities(views, None, open_activity, days=day is None)
    parts.show_list_export(actor, which, day, len(views), now)


def show_one(number: int) -> None:
    with st.container(horizontal=True, key="lg-touch-card"):
        st.button(t("activities.do.back"), key="back", on_click=open_activity, args=(None,))
        view = get_activity(actor, number, now)
        if view.may_edit and view.status in (ActivityStatus.PLANNED, ActivityStatus.RUNNING):
            st.button(t("activities.do.edit"), key="edit", on_click=go, kwargs={"id": number, "form": "edit"})
            show_cancelling(actor, view)
    parts.show_activity(view)
    if own:
        parts.show_own_buttons(actor, view, now, "card")
    if may(actor, Permission.ATTENDANCE_RECORD):
        show_attendance(actor, view, now)


if own or actor.role is Role.VOLUNTEER:
    with panel("own-service"):
        show_own_service(own)
        if own:
            coming = list_upcoming_activities(actor, ActivityFilter(person_id=actor.person_id), 5, now)
            parts.show_next(actor, coming, now)
number = state.query_id("id") or 0
with st.container(horizontal=True, key="lg-split-activities"):
    with panel("month"):
        chosen_day = day_in_address("day")
        filtered = show_month(chosen_day)
    form_open = plans and state.query("form") in ("plan", "edit")
    with panel("open" if number or form_open else "day"):
        if form_open:
            show_activity_form(actor, get_activity(actor, number, now) if number else None, chosen_day, now)
        elif number:
            show_one(number)
        else:
            show_list(chosen_day, filtered)
