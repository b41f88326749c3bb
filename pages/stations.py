"""Stations: list and map, by kind, open now; one station; the form for those who may edit."""

from functools import partial

import streamlit as st

from domain.clock import utc_now
from domain.permissions import Permission, may
from services.lists.exports import export_stations
from services.stations.register import StationView, count_stations, get_station, list_stations
from services.system.installations import current_profile
from ui import state
from ui.components.export import show_export
from ui.components.lists import show_empty
from ui.components.map import instruct, map_spec, show_map, take_click
from ui.components.station_form import place_of, show_station_form, take_place
from ui.components.stations import kind_name, show_closing, show_station, show_stations
from ui.guard import covered
from ui.i18n import t
from ui.safe import plain, safe
from ui.style import panel

actor, now = state.actor(), utc_now()
edits = may(actor, Permission.STATION_EDIT)
LAYERS = ("base", "areas", "labels", "stations")
ROWS = 50  # of the list at once


@covered
def open_station(number: str | int | None) -> None:
    state.set_query(id=number, form=None)


def show_filters() -> list[StationView]:
    counts = count_stations(actor, now)
    kinds = ["", *(kind.key for kind in current_profile().station_kinds)]
    kinds += sorted(counts.keys() - set(kinds))  # kinds of stations that the profile has no more
    counts[""] = sum(counts.values())
    names = {key: f"{plain(kind_name(key)) if key else t('stations.all')} {counts.get(key, 0)}" for key in kinds}
    kind = st.pills(
        t("stations.kind"), kinds, default="", required=True, key="station-kind", label_visibility="collapsed",
        format_func=names.__getitem__,
    )  # fmt: skip
    with st.container(horizontal=True, key="lg-touch-filter", vertical_alignment="center"):
        hint = t("stations.search_hint")
        search = st.text_input(hint, key="station-search", placeholder=hint, label_visibility="collapsed")
        open_now = st.toggle(t("stations.open_now"), key="station-open")
        with_closed = edits and st.toggle(t("stations.with_closed"), key="station-closed")
    which = {"kind": kind or None, "search": search, "open_now": open_now, "with_closed": with_closed}
    found = list_stations(actor, **which, now=now)
    with st.container(horizontal=True, key="lg-touch-badge", vertical_alignment="center"):
        st.caption(_badge(found, counts[""]))
        show_export(actor, "stations", partial(export_stations, actor, **which, now=now), now, len(found))
    return found


def _badge(found: list[StationView], total: int) -> str:
    """How many the list holds, how many of them the map can show, and what is wrong with the rest."""
    placed = sum(view.lon is not None for view in found)
    parts = [t("stations.badge", n=len(found), total=total, placed=placed)]
    if placed < len(found):
        parts.append(t("stations.badge_no_place", n=len(found) - placed))
    if outside := sum(view.is_outside for view in found):
        parts.append(t("stations.badge_outside", n=outside))
    return " · ".join(parts)


def show_list() -> None:
    with st.container(horizontal=True, key="lg-touch-title", vertical_alignment="center"):
        st.html(f'<div class="lg-title"><b>{safe(t("stations.title"))}</b></div>')
        if edits:
            st.button(t("stations.do.new"), key="new", type="primary", on_click=state.set_query, kwargs={"form": "new"})
    found = show_filters()
    if not found:
        show_empty(t("stations.empty"), t("stations.empty_next"))
    number = min(st.session_state.get("stations-page", 1), -(-len(found) // ROWS) or 1)
    show_stations(found[(number - 1) * ROWS : number * ROWS], None, open_station, now)
    if len(found) > ROWS:
        with st.container(key="lg-touch-pages"):
            st.pagination(-(-len(found) // ROWS), key="stations-page")


def show_one(view: StationView) -> None:
    with st.container(horizontal=True, key="lg-touch-card"):
        st.button(t("activities.do.back"), key="back", on_click=open_station, args=(None,))
        if view.may_edit and view.valid_to is None:
            st.button(t("activities.do.edit"), key="edit", on_click=state.set_query, kwargs={"form": "edit"})
            show_closing(actor, view, now)
    show_station(actor, view, now)


click = take_click("stations")
if click and click.hit_layer == "stations":
    open_station(click.hit_id)
number = state.query_id("id") or 0
form = state.query("form") if edits else None
view = get_station(actor, number, now) if number and form != "new" else None
editing = form == "new" or (form == "edit" and view is not None)
if editing:
    take_place(view, take_click("stations-place"))
with st.container(horizontal=True, key="lg-split-stations"):
    with panel("open" if editing or view else "stations"):
        if editing:
            show_station_form(actor, view)
        elif view:
            show_one(view)
        else:
            show_list()
    with panel("stations-map"):
        if editing:
            st.html(f'<div class="lg-title"><b>{safe(t("stations.form.map"))}</b></div>')
            place = place_of(view)
            wish = instruct(actor, pin=place, area=None)
            show_map(map_spec(actor, layers=LAYERS, choose="place"), "stations-place", 640, wish)
        else:
            there = (view.lon, view.lat, 17) if view and view.lon is not None and view.lat is not None else None
            wish = instruct(
                actor, point=("stations", view.id) if view else None, fly=there, fly_token=str(number)
            )  # fmt: skip
            show_map(map_spec(actor, layers=LAYERS, choose="none"), "stations", 640, wish)
