"""活动计划表: a week of a station or of an area, to read, to print on A4 landscape, and as a file."""

from functools import partial

import streamlit as st

from domain.clock import local_date, utc_now
from domain.permissions import Permission, may
from services.activities.weeks import get_week
from services.lists.week_exports import export_week
from ui import state
from ui.components.export import show_export
from ui.components.lists import show_empty
from ui.components.print_button import show_print_button
from ui.components.weekly_plan import choose_place, choose_week, show_week
from ui.i18n import t
from ui.style import panel, print_landscape

actor, now = state.actor(), utc_now()
today = local_date(now)
print_landscape()
with panel("week"):
    with st.container(horizontal=True, key="lg-touch-week", vertical_alignment="center"):
        station, area = choose_place(actor)
        monday = choose_week(today)
        if station or area:
            make = partial(export_week, actor, monday, station_id=station, area_id=area)
            show_export(actor, "week", lambda format, language: make(format, language, now=now), now)
            show_print_button()
    if not (station or area):
        show_empty(t("weekly_plan.nowhere"), t("weekly_plan.nowhere_next"))
    else:
        plan = get_week(actor, monday, station_id=station, area_id=area)
        show_week(plan, today)
        if not plan.cells:
            plans = may(actor, Permission.ACTIVITY_PLAN)
            show_empty(t("weekly_plan.empty"), t(f"weekly_plan.empty_next.{'planner' if plans else 'reader'}"))
        st.caption(t("weekly_plan.print", n=len(plan.activities)))
