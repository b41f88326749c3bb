"""The map: areas coloured by a measure, stations, incidents; a click shows what is known about it."""

import streamlit as st

from domain.clock import utc_now
from domain.errors import NotFound
from domain.measures import Measure
from domain.permissions import Permission, may
from services.incidents.cases import get_incident
from services.maps.panel import area_code, area_panel, find_area_id, find_areas, home_area_id
from services.maps.points import incident_points, station_points
from services.stations.register import get_station
from ui import state
from ui.components.area_panel import (
    choose_day,
    past_day,
    show_area_panel,
    show_badges,
    show_day_note,
    show_found_areas,
    show_incident_panel,
    show_station_panel,
)
from ui.components.legend import show_legend
from ui.components.lists import show_empty
from ui.components.map import ALL_LAYERS, MapClick, instruct, map_spec, show_map, take_click
from ui.i18n import t
from ui.style import panel, theme

HEIGHT = 600
actor, now = state.actor(), utc_now()
sees_members = may(actor, Permission.ASSIGNMENT_SEE)
LAYERS = ["incidents", "stations", "areas", *(["uncovered"] if sees_members else []), "base"]
NEEDS = {Measure.COVERAGE: Permission.ASSIGNMENT_SEE, Measure.VISITS: Permission.VISIT_SEE}
MEASURES = [measure for measure in Measure if measure not in NEEDS or may(actor, NEEDS[measure])]


def choose_area(code: str | None, *, fly: bool = True) -> None:
    """Choose an area. The address bar carries it, so that the view can be sent to a colleague."""
    state.set_query(area=code, incident=None, station=None)
    st.session_state["map_clicked"] = None if fly else code


def choose_point(kind: str, key: str) -> None:
    """Choose an incident or station; the chosen area stays."""
    state.set_query(**{"incident": None, "station": None, kind: key})


def take(click: MapClick) -> None:
    """What a click on the map means."""
    if click.hit_layer in ("incidents", "stations"):
        choose_point(click.hit_layer.removesuffix("s"), str(click.hit_id))
    else:
        choose_area(area_code(actor, click.hit_id) if click.hit_id else None, fly=False)


if click := take_click("map"):
    take(click)
day = past_day(state.query("day"), now)
code = state.query("area")
area_id = find_area_id(actor, code, day) if code else None
points = {"incidents": state.query_id("incident"), "stations": state.query_id("station")}
point = next(((layer, key) for layer, key in points.items() if key is not None), None)

left, right = st.columns([1000, 408], gap="small")
with left, panel("map-page"):
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="lg-map-layers"):
        chosen = st.pills(
            t("map.layers"), LAYERS, selection_mode="multi", default=[name for name in LAYERS if name != "uncovered"],
            format_func=lambda name: t(f"map.layer.{name}"), key="map_layers", label_visibility="collapsed",
        )  # fmt: skip
        measure = st.segmented_control(
            t("map.measure"), MEASURES, default=Measure.OPEN, format_func=lambda name: t(f"map.measure.{name}"),
            key="map_measure", label_visibility="collapsed",
        )  # fmt: skip
        choose_day(day, now)
    shown = {name: name in chosen and (day is None or name in ("areas", "base")) for name in LAYERS}
    measure = measure if day is None else None
    wish = instruct(
        actor, layers=shown, fill=measure, area=area_id, point=point, day=day.isoformat() if day else "",
        fly="area" if area_id and code != st.session_state.get("map_clicked") else None,
    )  # fmt: skip
    show_map(map_spec(actor, layers=(*ALL_LAYERS, "uncovered")), "map", HEIGHT, wish)
    if day is not None:
        show_day_note(day)
    else:
        show_legend(theme(), measure, uncovered="uncovered" in chosen, scoped=not actor.scope.everywhere)
        show_badges(incident_points(actor, now=now), station_points(actor, now))

with right, panel("map-side", height=HEIGHT + 190):
    text = st.text_input(t("map.search"), placeholder=t("map.search.hint"), key="map_search", max_chars=60)
    if text.strip():
        show_found_areas(find_areas(actor, text), choose_area)
    try:
        if points["incidents"] is not None and may(actor, Permission.INCIDENT_SEE):
            show_incident_panel(get_incident(actor, points["incidents"], now).view, now)
        elif points["stations"] is not None:
            show_station_panel(get_station(actor, points["stations"], now))
        home = home_area_id(actor) if area_id is None and point is None and day is None else None
        told = area_id if home is None else home
        if told is not None:
            show_area_panel(area_panel(actor, told, now), now, lambda key: choose_point("incident", key), choose_area)
        elif point is None:
            show_empty(t("map.panel.none"), t("map.panel.none.next"))
        if home is not None:
            st.caption(t("map.panel.none.next"))
    except NotFound:
        show_empty(t("map.panel.gone"), t("map.panel.gone.next"))
