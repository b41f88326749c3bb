"""The big screen: the town at a glance, dark, nothing to click; it renews itself and says how old its data is."""

import streamlit as st

from config.settings import settings
from domain.clock import utc_now
from domain.measures import Measure
from services.indicators.overview import read_screen
from services.system.installations import current_installation, current_profile
from ui import state
from ui.components.header import show_ticker
from ui.components.legend import legend_html
from ui.components.map import instruct, map_spec, show_map
from ui.components.screen import head_html, left_html, map_title_html, right_html
from ui.guard import covered
from ui.i18n import named, t

actor, profile = state.actor(), current_profile()
seconds = settings().screen_refresh_seconds
MEASURE = Measure.RATE

with st.container(key="lg-screen"):
    head = st.empty()
    with st.container(horizontal=True, key="lg-walls"):
        left = st.empty()
        with st.container(key="lg-wall-map"):
            title = st.empty()
            spec = map_spec(actor, face="screen", controls=(), interactive=False, refresh=seconds, theme="dark")
            show_map(spec, "screen", height=702, instruct=instruct(actor, fill=MEASURE))
            st.html(f'<div class="lg-legend">{legend_html("dark", MEASURE)}</div>')
        right = st.empty()
show_ticker()


@st.fragment(run_every=seconds)
@covered
def renew() -> None:
    """Write the panels anew; the map renews itself. While the database is away the last panels stay and age."""
    overview = read_screen(actor)
    street, grid = current_installation().street, named(profile.level(profile.grid_level.value).name)
    head.html(head_html(street, grid, overview, utc_now()))
    left.html(left_html(overview))
    title.html(map_title_html(overview, t("screen.measure", measure=t(f"map.legend.{MEASURE}"))))
    right.html(right_html(overview))


with st.container(key="lg-screen-message"):
    renew()
