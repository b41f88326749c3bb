"""站点覆盖: households with a station within so many metres, those without, and where the next station helps most."""

from functools import partial

import streamlit as st

from domain.clock import local_date, utc_now
from domain.errors import Refusal
from services.lists.figure_exports import export_reach_areas, export_reach_stations
from services.stations.reach import measure_reach
from ui import state
from ui.components.export import show_export
from ui.components.map import take_click
from ui.components.reach import chosen_view, show_choice, show_how, show_reach_figures, show_table, way_text
from ui.components.reach_map import MAP, show_reach_map, show_sites, sites_of, take
from ui.guard import failure_text
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor, now = state.actor(), utc_now()
take(chosen_view(), take_click(MAP))
view = chosen_view()
found, refused = None, ""
try:
    found = measure_reach(actor, view.which, now)
except Refusal as error:
    refused = failure_text(error)

with st.container(horizontal=True, key="lg-split-reach"):
    with panel("reach"):
        day = local_date(now).isoformat()
        way = way_text(found.on_foot if found else view.which.on_foot)
        note = t("reach.note", day=day, metres=view.which.metres, way=way)
        st.html(f'<div class="lg-title"><b>{safe(t("reach.title"))}</b><small>{safe(note)}</small></div>')
        show_choice(actor, view, now)
        if refused:
            st.error(refused)
        if found:
            show_reach_figures(actor, found, view, now)
            show_how(found, view)
            show_table(found, view)
            with st.container(horizontal=True, key="lg-touch-exports"):
                areas, stations = partial(export_reach_areas, actor, view.which), partial(export_reach_stations, actor)
                show_export(actor, "reach_areas", areas, now, len(found.finest), several=True)
                show_export(
                    actor, "reach_stations", partial(stations, view.which), now, len(found.stations), several=True
                )
    if found:
        with st.container(key="lg-reach-right", gap="small"):
            sites = sites_of(actor, view, now)
            with panel("reach-map"):
                show_reach_map(actor, found, view, sites, now)
            with panel("reach-sites"):
                show_sites(found, view, sites)
