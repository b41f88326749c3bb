"""承诺墙: public pledges on the big screen, by surname alone; it renews itself and turns its pages."""

import streamlit as st

from config.settings import settings
from domain.clock import utc_now
from services.pledges.wall import read_wall
from services.system.installations import current_installation
from ui import state
from ui.components.header import show_ticker
from ui.components.pledge_wall import cards_html, head_html, left_html, page_at
from ui.guard import covered

actor, seconds = state.actor(), settings().screen_refresh_seconds

with st.container(key="lg-screen"):
    head = st.empty()
    with st.container(horizontal=True, key="lg-pledge-wall"):
        left, cards = st.empty(), st.empty()
show_ticker()


@st.fragment(run_every=seconds)
@covered
def renew() -> None:
    """Write the wall anew with its next page. While the database is away the last one stays and ages."""
    wall, now = read_wall(actor), utc_now()
    page = page_at(wall, now, seconds)
    head.html(head_html(current_installation().street, wall, now, page))
    left.html(left_html(wall))
    cards.html(cards_html(wall, page))


with st.container(key="lg-screen-message"):
    renew()
