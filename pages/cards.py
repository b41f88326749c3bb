"""党员卡: the cards of a member as the profile names them; a member sees one's own."""

from contextlib import suppress

import streamlit as st

from domain.clock import utc_now
from domain.errors import NotFound
from domain.permissions import Permission, may
from services.cards.cards import get_cards
from ui import state
from ui.components.cards import show_cards, show_members, show_print, show_public, show_records
from ui.components.lists import show_empty
from ui.i18n import t
from ui.style import panel

actor, now = state.actor(), utc_now()
chooses = may(actor, Permission.PERSON_SEE)
asked = state.query_id("person") if chooses else None
chosen = asked or actor.person_id
figure = state.query("figure")
cards = None
with suppress(NotFound):
    cards = get_cards(actor, chosen, now) if chosen else None
if cards and chooses and not (asked or cards.posts or cards.organisation):
    cards = chosen = None  # staff who are no members begin with the list

with st.container(horizontal=True, key="lg-assign" if chooses else "lg-split-cards", gap="small"):
    if chooses:
        with panel("assign-list"):
            show_members(actor, chosen, now)
    with st.container(key="lg-assign-middle", gap="small"):
        with panel("card-sheet"):
            if cards is None:
                show_empty(t("cards.choose"), t("cards.choose.next"))
            else:
                show_cards(cards, figure)
        if cards:
            show_print(actor, cards)
    if cards:
        with panel("assign-chosen"):
            show_records(cards, figure)
            show_public(actor, cards, now)
