"""同一地点再次发生: where cases of one class come back within a year, as a list and a map; each opens its cases."""

from contextlib import suppress
from functools import partial

import streamlit as st

from domain.clock import utc_now
from domain.errors import NotFound
from services.incidents.repeats import list_repeat_cases, list_repeat_places, repeats_overlay
from services.lists.exports import export_repeats
from ui import state
from ui.components.export import show_export
from ui.components.lists import show_empty
from ui.components.map import instruct, map_spec, show_map, take_click
from ui.components.repeats import choose, place_at, show_filters, show_place, show_places, wanted_filter
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor, now = state.actor(), utc_now()
if (case := st.session_state.pop("repeats_open", None)) is not None:
    st.switch_page("../pages/incidents.py", query_params={"id": str(case)})

which = wanted_filter()
page = list_repeat_places(actor, which, now)
if (clicked := place_at(take_click("repeats"), page.rows)) is not None:
    choose(clicked)
wanted = state.query("place")
chosen = None
with suppress(NotFound):
    chosen = list_repeat_cases(actor, number, now) if (number := state.query_id("place")) else None

with st.container(horizontal=True, key="lg-split-repeats"):
    with panel("repeats"):
        if chosen:
            st.button(t("incidents.back"), key="repeats_back", on_click=choose, args=(None,))
            show_place(*chosen, now)
        else:
            note = t("repeats.note", metres=f"{page.metres:g}", least=page.least)
            st.html(f'<div class="lg-title"><b>{safe(t("repeats.title"))}</b><small>{safe(note)}</small></div>')
            show_filters(actor, which)
            if page.rows:
                show_places(page, now)
                show_export(actor, "repeats", partial(export_repeats, actor, which), now, page.total)
            else:
                show_empty(t("repeats.empty"), t("repeats.empty.next"))
    with panel("repeats-map"):
        shown = [chosen[0]] if chosen else page.rows
        there = (chosen[0].lon, chosen[0].lat, 18) if chosen else None
        wish = instruct(
            actor, overlay=repeats_overlay(actor, shown).token, layers={"incidents": False, "stations": False},
            fly=there, fly_token=str(wanted),
        )  # fmt: skip
        show_map(map_spec(actor, choose="none"), "repeats", 640, wish)
        st.html(f'<div class="lg-foot">{safe(t("repeats.map.one" if chosen else "repeats.map", n=len(shown)))}</div>')
