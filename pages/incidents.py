"""事件: the list with its filters, and beside it the chosen case with its place and the steps that are open."""

from contextlib import suppress
from dataclasses import replace
from functools import partial

import streamlit as st

from domain.clock import utc_now
from domain.errors import NotFound
from services.incidents.cases import get_incident, list_incidents
from services.lists.exports import export_incidents, export_suspended
from services.maps.views import map_versions
from services.system.installations import current_profile
from ui import state
from ui.components.case import show_case
from ui.components.case_steps import show_steps
from ui.components.clock_requests import show_requests
from ui.components.export import show_export
from ui.components.incidents import show_contact, show_filters, show_list, show_listed, show_place, wanted_filter
from ui.components.links import show_links
from ui.components.whistles import own_awaited_rows, show_awaited, show_whistles
from ui.guard import covered
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor, profile, now = state.actor(), current_profile(), utc_now()


@st.fragment(run_every=20)
@covered
def watch() -> None:
    """Draw the page anew when somebody changed an incident; what is being typed stays."""
    if map_versions(actor, None)["incidents"] != state.value("incidents_version"):
        st.rerun()


which = wanted_filter(actor)
awaited = own_awaited_rows(actor, profile, now)  # they stand above the list, and not in it again
page = list_incidents(actor, replace(which, without=frozenset(int(row.key) for row in awaited)), now)
chosen = state.query("id")
card = None
with suppress(NotFound):
    card = get_incident(actor, number, now) if (number := state.query_id("id")) else None

with st.container(horizontal=True, key="lg-incidents", gap="small"):
    with panel("incident-list"):
        st.html(
            f'<div class="lg-title"><b>{safe(t("incidents.title"))}</b><small>{safe(t("incidents.note"))}</small></div>'
        )
        show_filters(actor, profile, which, page)
        show_awaited(actor, awaited, chosen, now, lambda key: state.set_query(id=key))
        show_list(page, chosen, profile, now, len(awaited))
        show_export(actor, "incidents", partial(export_incidents, actor, which), now, page.total + len(awaited))
        if which.suspended:
            make = partial(export_suspended, actor, which)
            show_export(actor, "suspended", make, now, page.total, several=True)
    if card is None:
        with panel("incidents-map"):
            show_listed(actor, which, gone=bool(chosen))
    else:
        with panel("incident"):
            st.button(t("incidents.back"), key="incidents_back", on_click=state.set_query, kwargs={"id": None})
            show_case(card, profile, now)
            show_links(actor, card)
            answers = show_whistles(actor, card, profile, now)
            show_requests(actor, card)
            show_contact(actor, card)
            show_steps(actor, card, answers)
        with panel("incident-place"):
            show_place(actor, card)
watch()
