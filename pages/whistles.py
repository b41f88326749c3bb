"""吹哨报到: how much is whistled where, how the departments come and are rated, and the cases behind."""

import streamlit as st

from domain.clock import utc_now
from services.whistles.figures import whistle_figures
from ui import state
from ui.components.whistle_figures import choose_period, show_areas, show_cases, show_departments
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor, now = state.actor(), utc_now()
if case := state.query("case"):
    st.switch_page("../pages/incidents.py", query_params={"id": case})

with st.container(horizontal=True, key="lg-whistle-figures", gap="small"):
    with panel("whistle-figures"):
        period = choose_period(now)
        figures = whistle_figures(actor, period, now)
        st.html(f'<h3 class="lg-h3">{safe(t("whistles.figures.areas"))}</h3>')
        show_areas(figures)
        st.html(f'<h3 class="lg-h3">{safe(t("whistles.figures.departments"))}</h3>')
        show_departments(figures)
    with panel("whistle-cases"):
        st.html(f'<h3 class="lg-h3">{safe(t("whistles.figures.cases"))}</h3>')
        show_cases(actor, figures, period, now)
