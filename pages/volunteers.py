"""Volunteers: figures, hours by team and by area, the roll with search, entries that wait for a second person."""

from functools import partial

import streamlit as st

from domain.clock import day_end, local_date, utc_now
from domain.permissions import Permission, may
from services.activities.attendances import list_waiting_entries
from services.activities.calendar import ActivityFilter, count_activities
from services.activities.corrections import list_waiting_corrections
from services.activities.hours import summarise_service
from services.lists.exports import export_volunteers
from services.people.volunteers import get_volunteer, list_volunteers
from ui import state
from ui.components.attendance import show_waiting_entries
from ui.components.corrections import show_waiting_corrections
from ui.components.export import show_export
from ui.components.service_figures import (
    choose_period,
    level_names,
    show_density,
    show_service_figures,
    show_service_parts,
)
from ui.components.volunteer_import import show_volunteer_import
from ui.components.volunteers import show_join_form, show_roll, show_volunteer, team_names
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor, now = state.actor(), utc_now()
today = local_date(now)
edits = may(actor, Permission.VOLUNTEER_EDIT)
FORMS = {"import": show_volunteer_import, "join": show_join_form}


def show_search() -> None:
    teams = {0: t("volunteers.all_teams")} | team_names(actor)
    with st.container(horizontal=True, key="lg-touch-search", vertical_alignment="bottom"):
        search = st.text_input(t("volunteers.search"), key="search", placeholder=t("volunteers.search_hint"))
        team = st.selectbox(
            t("fields.team"), list(teams), key="team",
            format_func=teams.__getitem__,
        )  # fmt: skip
    with st.container(horizontal=True, key="lg-touch-roll", vertical_alignment="center"):
        with_left = st.toggle(t("volunteers.with_left"), key="with-left")
        if edits:
            st.button(t("volunteers.do.import"), key="import", on_click=state.set_query, kwargs={"form": "import"})
            st.button(
                t("volunteers.do.join"), key="join", type="primary", on_click=state.set_query, kwargs={"form": "join"}
            )
    number = st.session_state.get("volunteers-page", 1)
    which = {"search": search, "team_id": team or None, "with_left": with_left, "now": now}
    page = list_volunteers(actor, **which, page=number)
    with st.container(horizontal=True, key="lg-touch-found", vertical_alignment="center"):
        st.caption(t("volunteers.found", n=f"{page.total:,}"))
        show_export(actor, "volunteers", partial(export_volunteers, actor, **which), now, page.total)
    show_roll(page, bool(search.strip() or team), lambda chosen: state.set_query(id=chosen))


def show_open() -> None:
    """What was asked for stands above what waits."""
    if form in FORMS:
        FORMS[form](actor)
    else:
        with st.container(key="lg-touch-back"):
            st.button(t("activities.do.back"), key="back", on_click=state.set_query, kwargs={"id": None})
        show_volunteer(actor, get_volunteer(actor, chosen))


with panel("volunteer-figures"):
    period, since, level = choose_period(today)
    found = summarise_service(actor, since, day_end(today), level, now)
    held = ActivityFilter(area_path=actor.area_path, with_cancelled=False)
    show_service_figures(found, count_activities(actor, since, now, held), period)

chosen = state.query_id("id") or 0
form = state.query("form") if edits else None
is_open = form in FORMS or bool(chosen)
with st.container(horizontal=True, key="lg-split-volunteers"):
    with st.container(key="lg-volunteer-parts"):
        with panel("by-team"):
            show_service_parts(found.by_team, t("volunteers.no_team"), t("volunteers.by_team"), period)
        with panel("by-area"):
            heading = t("volunteers.by_level", level=level_names()[level])
            show_service_parts(found.by_area, t("volunteers.no_area_of_level"), heading, period)
            show_density(found.by_area)
    with st.container(key="lg-volunteer-people"):
        if is_open:
            with panel("open"):
                show_open()
        waiting, corrections = list_waiting_entries(actor), list_waiting_corrections(actor)
        if count := len(waiting) + len(corrections):
            with panel("waiting"):
                st.html(f'<div class="lg-title"><b>{safe(t("volunteers.waiting"))}</b><em>{count}</em></div>')
                show_waiting_entries(actor, waiting)
                show_waiting_corrections(actor, corrections)
        if not is_open:
            with panel("roll"):
                st.html(f'<div class="lg-title"><b>{safe(t("volunteers.roll"))}</b></div>')
                show_search()
