"""轮值: one's own duties with one press each, the week to print, missed duties, swaps, and the rota's making."""

from functools import partial

import streamlit as st

from domain.clock import utc_now
from domain.permissions import Permission, may
from services.lists.member_exports import export_duties
from services.rotas.plans import get_rota_card, list_rotas
from ui import state
from ui.components import rotas as parts
from ui.components.export import show_export_of_days
from ui.components.lists import show_empty
from ui.components.map import instruct, map_spec, show_map, take_click
from ui.components.rota_forms import show_make, show_remake, show_swaps
from ui.i18n import t
from ui.safe import plain, safe
from ui.style import panel

actor, now = state.actor(), utc_now()
if click := take_click("rotas"):
    st.session_state["rotas_place"] = (click.lon, click.lat)
place = st.session_state.get("rotas_place")


def choose() -> None:
    state.set_query(id=st.session_state["rotas_chosen"], week=None)


found = list_rotas(actor)
names = {rota.id: f"{rota.name} · {rota.area}" for rota in found}
chosen = state.query_id("id") if state.query_id("id") in names else next(iter(names), None)
with st.container(horizontal=True, key="lg-split-rotas"):
    with st.container(key="lg-rota-left"):
        with panel("rota-own"), st.container(key="lg-touch-rota-own"):
            parts.show_own(actor, place, now)
        with panel("rota-week"):
            st.html(f'<div class="lg-title"><b>{safe(t("rotas.title"))}</b></div>')
            if chosen is None:
                may_make = may(actor, Permission.ROTA_EDIT)
                show_empty(t("rotas.none"), t("rotas.none.next" if may_make else "rotas.none.wait"))
            else:
                st.selectbox(
                    t("rotas.choose"), list(names), index=list(names).index(chosen), key="rotas_chosen",
                    format_func=lambda one: plain(names.get(one, "")), on_change=choose, label_visibility="collapsed",
                )  # fmt: skip
                card = get_rota_card(actor, chosen, now)
                parts.show_week(actor, card, now)
    with st.container(key="lg-rota-right"):
        with panel("rota-map"):
            wish = instruct(actor, pin=place, area=card.rota.area_id if chosen is not None else None)
            show_map(
                map_spec(actor, face="tablet", choose="place", layers=("base", "areas", "labels")), "rotas", 300, wish
            )
        with panel("rota-change"):
            if chosen is not None:
                parts.show_missed(actor, card)
                show_swaps(actor, card, now)
                show_export_of_days(actor, "duties", partial(export_duties, actor), now)
            if may(actor, Permission.ROTA_EDIT):
                show_make(actor, now)
                if chosen is not None and card.in_areas:
                    show_remake(actor, card, now)
