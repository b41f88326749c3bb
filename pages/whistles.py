"""吹哨报到: how much is whistled where, how the departments come and are rated, and the cases behind each figure."""

from functools import partial

import streamlit as st

from domain.clock import utc_now
from services.lists.figure_exports import export_whistle_areas, export_whistle_departments, export_whistled
from services.whistles.figures import whistle_figures
from ui import state
from ui.components.export import show_export
from ui.components.whistle_figures import choose_period, chosen_view, show_areas, show_cases, show_departments
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor, now = state.actor(), utc_now()
if case := state.query("case"):
    st.switch_page("../pages/incidents.py", query_params={"id": case})

view = chosen_view(now)
with st.container(horizontal=True, key="lg-whistle-figures", gap="small"):
    with panel("whistle-figures"):
        choose_period(view)
        figures = whistle_figures(actor, view.period, now)
        st.html(f'<h3 class="lg-h3">{safe(t("whistles.figures.areas"))}</h3>')
        show_areas(figures, view)
        show_export(actor, "whistle_areas", partial(export_whistle_areas, actor, view.period), now, several=True)
        st.html(f'<h3 class="lg-h3">{safe(t("whistles.figures.departments"))}</h3>')
        show_departments(figures, view)
        show_export(
            actor, "whistle_departments", partial(export_whistle_departments, actor, view.period), now,
            len(figures.departments), several=True,
        )  # fmt: skip
    with panel("whistle-cases" if view.key is None else "whistle-cases-open"):
        st.html(f'<h3 class="lg-h3">{safe(t("whistles.figures.cases"))}</h3>')
        show_cases(actor, figures, view, now)
        make = partial(export_whistled, actor, view.period, view.by, view.key, view.part)
        show_export(actor, "whistled", make, now, figures.total.whistles, several=True)
