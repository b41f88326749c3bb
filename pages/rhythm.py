"""活动节奏: every unit one activity a month, the gaps on list and map, the ladder by unit, kinds by month."""

import streamlit as st

from domain.clock import local_date, utc_now
from services.activities.rhythm import TEAM, get_rhythm, rhythm_overlay
from ui import state
from ui.components.calendar import show_month_buttons
from ui.components.lists import show_empty
from ui.components.map import instruct, map_spec, show_map
from ui.components.rhythm import (
    chosen_step,
    go_month,
    month_in_address,
    show_figure,
    show_gaps,
    show_kinds_chart,
    show_ladder,
    show_records,
    unit_name,
)
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor, now = state.actor(), utc_now()
month = month_in_address(local_date(now))
view = get_rhythm(actor, month, now)
with panel("rhythm"):
    with st.container(horizontal=True, key="lg-touch-rhythm", vertical_alignment="center"):
        show_month_buttons(month, lambda step: go_month(month, step))
    if view.units:
        show_figure(view)
    else:
        show_empty(t("rhythm.empty"), t("rhythm.empty_next"))
if view.units:
    with st.container(horizontal=True, key="lg-split-rhythm"):
        with panel("rhythm-gaps"):
            show_gaps(actor, view)
            show_kinds_chart(actor, month)
            if view.unit != TEAM:
                layers = {"incidents": False, "stations": False}
                wish = instruct(actor, overlay=rhythm_overlay(actor, view).token, layers=layers)
                show_map(map_spec(actor, choose="none"), "rhythm", 420, wish)
                words = t("rhythm.map", n=len(view.gaps), unit=unit_name(view))
                st.html(f'<div class="lg-foot">{safe(words)}</div>')
        with panel("rhythm-ladder"):
            if chosen := chosen_step(view):
                show_records(actor, view, *chosen)
            show_ladder(view)
