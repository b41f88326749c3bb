"""回访: closed cases whose reporters wait for a call, the chosen case with the fast form, and the three rates."""

from contextlib import suppress

import streamlit as st

from domain.clock import utc_now
from domain.errors import NotFound
from services.incidents.cases import get_incident
from services.system.installations import current_profile
from ui import state
from ui.components.call_backs import show_form, show_rates, show_reopening, show_waiting
from ui.components.case import show_case
from ui.components.incidents import show_contact
from ui.components.lists import show_empty
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor, profile, now = state.actor(), current_profile(), utc_now()
chosen = state.query("id")
card = None
with suppress(NotFound):
    card = get_incident(actor, number, now) if (number := state.query_id("id")) else None

with st.container(horizontal=True, key="lg-call-backs", gap="small"):
    with panel("call-backs-list"):
        show_waiting(actor, profile, chosen, now)
    with panel("call-backs-case"):
        if card is None:
            show_empty(t("call_backs.none.title"), t("call_backs.none.next"))
        else:
            show_contact(actor, card)
            if not show_reopening(actor, card):
                show_form(actor, card)
            show_case(card, profile, now)
    with panel("call-backs-rates"):
        st.html(f'<h3 class="lg-h3">{safe(t("call_backs.rates"))}</h3>')
        show_rates(actor, profile, now)
