"""The map of the page 站点覆盖 and what stands below it: the chosen station, the next best sites."""

from datetime import datetime

import streamlit as st

from domain.permissions import Actor
from services.stations.next_sites import MOST_PLACES, NextSites, Site, next_sites
from services.stations.reach import ReachTable, StationReach
from services.stations.reach_map import reach_overlay
from ui import state
from ui.components.figures import number_text
from ui.components.lists import Row, show_empty, show_rows
from ui.components.map import MapClick, instruct, map_spec, show_map
from ui.components.reach import View, add_place, share_text
from ui.i18n import t
from ui.safe import safe

MAP, PICK = "reach", "reach_pick"
_HIGH = 560


def take(view: View, click: MapClick | None) -> None:
    """A click on a station shows the ground that it reaches; any other is a candidate while places are being picked."""
    if click is None:
        return
    if click.hit_layer == "stations" and not st.session_state.get(PICK):
        state.set_query(station=click.hit_id)
    elif st.session_state.get(PICK):
        add_place(view, click.lon, click.lat)
        state.set_query(sites=1)


def sites_of(actor: Actor, view: View, now: datetime) -> NextSites:
    """The next sites where the page shows them."""
    return next_sites(actor, view.which, view.places, now) if view.sites else NextSites((), 0)


def station_of(found: ReachTable, view: View) -> StationReach | None:
    """The station of the address bar, if it is among those counted."""
    return next((row for row in found.stations if row.id == view.station), None)


def show_reach_map(actor: Actor, found: ReachTable, view: View, sites: NextSites, now: datetime) -> None:
    """The map with what is not reached, the chosen station's ground and proposed sites, and what the colours say."""
    station, chosen = station_of(found, view), _chosen(sites)
    overlay = reach_overlay(actor, view.which, (station.lon, station.lat) if station else None, sites.sites, now)
    there, token = _there(found, view, station, chosen)
    wish = instruct(
        actor, overlay=overlay.token, layers={"incidents": False}, fly=there, fly_token=token, area=view.area,
        point=("stations", station.id) if station else None,
    )  # fmt: skip
    show_map(map_spec(actor, choose="none"), MAP, _HIGH, wish)
    words = [t("reach.map")]
    if station:
        metres = view.which.metres
        words.append(t("reach.map.station", name=station.name, metres=metres, n=number_text(station.households)))
    if sites.sites:
        words.append(t("reach.map.sites"))
    if overlay.shown < overlay.total:
        words.append(t("reach.map.part", shown=overlay.shown, total=overlay.total))
    st.html(f'<div class="lg-foot">{safe(" ".join(words))}</div>')
    if station:
        st.button(
            t("reach.station.close"), key="reach_station_close", on_click=state.set_query, kwargs={"station": None}
        )


def _chosen(sites: NextSites) -> Site | None:
    number = state.query_id("site")
    return sites.sites[number - 1] if number and number <= len(sites.sites) else None


def _there(
    found: ReachTable, view: View, station: StationReach | None, site: Site | None
) -> tuple[tuple[float, float, int] | None, str]:
    """Where the map flies, and the token of the flight: to the site, the area, or the station that was chosen."""
    if site:
        return (site.lon, site.lat, 16), f"site {site.lon} {site.lat}"
    area = next((row for row in (*found.grids, *found.finest) if row.id == view.area), None)
    if view.table == "missed" and area and area.lon is not None and area.lat is not None:
        return (area.lon, area.lat, 16), f"area {area.id}"
    return ((station.lon, station.lat, 15), f"station {station.id}") if station else (None, "")


def show_sites(found: ReachTable, view: View, sites: NextSites) -> None:
    """Three places for the next stations in the order in which to build them, when asked for."""
    st.html(f'<div class="lg-title"><b>{safe(t("reach.sites.title"))}</b></div>')
    with st.container(horizontal=True, key="lg-touch-sites", vertical_alignment="center"):
        st.button(
            t("reach.sites.hide" if view.sites else "reach.sites.do"), key="reach_sites", on_click=state.set_query,
            kwargs={"sites": None if view.sites else 1, "site": None}, type="secondary" if view.sites else "primary",
        )  # fmt: skip
        st.toggle(t("reach.sites.pick"), key=PICK)
        if view.places:
            st.caption(t("reach.sites.picked", n=len(view.places), most=MOST_PLACES))
            st.button(t("reach.sites.clear"), key="reach_clear", on_click=state.set_query, kwargs={"at": None})
    if not view.sites:
        return
    if not sites.sites:
        show_empty(t("reach.sites.none"), t("reach.sites.none.next"))
        return
    rows = [_row(number, site, found.total) for number, site in enumerate(sites.sites, 1)]
    show_rows(rows, state.query("site"), _fly, "reach-sites")
    st.html(f'<div class="lg-foot">{safe(t("reach.sites.note", n=sites.tried))}</div>')


def _row(number: int, site: Site, total: int) -> Row:
    name = t("reach.sites.own", n=site.number) if site.number else site.name
    then = t(
        "reach.sites.then", reached=number_text(site.reached), total=number_text(total),
        share=share_text(site.reached / total),
    )  # fmt: skip
    return Row(str(number), "generic", f"{number} {name}", t("reach.sites.more", n=number_text(site.more)), then)


def _fly(key: str) -> None:
    state.set_query(site=key)
