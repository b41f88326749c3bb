"""指标: all indicators of a period with what they are made of, and one by place, class, source, department, post."""

from functools import partial

import streamlit as st

from domain.clock import local_date, utc_now
from services.indicators.measuring import measure
from services.lists.figure_exports import export_indicators
from services.system.installations import current_profile
from ui import state
from ui.components.export import show_export
from ui.components.indicators import choose, chosen_view, show_groups, show_head, show_indicators
from ui.style import panel

actor, profile, now = state.actor(), current_profile(), utc_now()
view = chosen_view(profile, local_date(now))

with panel("indicators-choice"):
    choose(profile, view, local_date(now))
table = measure(actor, view.period, view.by, now)
with st.container(horizontal=True, key="lg-indicators", gap="small"):
    with panel("indicators"):
        show_head(table)
        show_indicators(table)
        show_export(actor, "indicators", partial(export_indicators, actor, view.period, view.by), now)
    with panel("indicator-groups"):
        show_groups(profile, table, view.indicator)
