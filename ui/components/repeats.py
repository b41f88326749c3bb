"""Parts of the page 反复发生: filters, the places as a list, one place with its cases, the places on the map."""

import re
from collections.abc import Sequence
from datetime import datetime
from math import cos, radians

import streamlit as st

from domain.incidents import IncidentSymbol
from domain.permissions import Actor
from geo.metric import distance_m
from services.dictionaries.current import current_dictionary
from services.incidents.cases import list_own_areas
from services.incidents.repeats import MOST_CASES, RepeatFilter, RepeatPage, RepeatPlace
from services.incidents.views import IncidentView
from ui import state
from ui.components.case import category_name
from ui.components.case_rows import case_row
from ui.components.lists import Row, show_rows
from ui.components.map import MapClick
from ui.i18n import named, t
from ui.safe import safe
from ui.times import clock_text, day_text, moment_text

_PAGE = "repeats_page"
_TOUCH = 24  # px around a symbol that count as a click on it


def wanted_filter() -> RepeatFilter:
    """The filter as the widgets say it, the address bar's area at first."""
    value = st.session_state.get
    area = value("repeats_area") if "repeats_area" in st.session_state else state.query("area")
    area_id = int(str(area)) if re.fullmatch(r"\d{1,9}", str(area)) else None
    return RepeatFilter(family=value("repeats_family"), area_id=area_id, page=int(value(_PAGE) or 1))


def show_filters(actor: Actor, which: RepeatFilter) -> None:
    """Area and family; a change starts at the first page."""
    with st.container(horizontal=True, gap="small", key="lg-repeat-filters"):
        areas = list_own_areas(actor)
        names = {area.id: t("incidents.area.inside", name=area.name) if area.above else area.name for area in areas}
        ids = list(names)
        if len(ids) > 1:
            st.selectbox(
                t("incidents.area"), ids, index=ids.index(which.area_id) if which.area_id in names else None,
                placeholder=t("incidents.area.all"), key="repeats_area", on_change=_changed,
                format_func=lambda area_id: names.get(area_id, ""), label_visibility="collapsed",
            )  # fmt: skip
        families = {family.key: named(family.name) for family in current_dictionary().families}
        st.selectbox(
            t("incidents.family"), list(families), index=None, placeholder=t("incidents.family.all"),
            key="repeats_family", on_change=_changed, format_func=lambda key: families.get(key, key),
            label_visibility="collapsed",
        )  # fmt: skip


def _changed() -> None:
    st.session_state[_PAGE] = 1
    state.set_query(area=st.session_state.get("repeats_area"), place=None)


def choose(key: str | int | None) -> None:
    """Open a place; its number stands in the address bar."""
    state.set_query(place=key)


def show_places(page: RepeatPage, now: datetime) -> None:
    """The places, most cases first, and the way through the pages."""
    show_rows([_row(place, now) for place in page.rows], None, choose, "repeats")
    share = f"{page.cases / page.looked_at:.0%}" if page.looked_at else "0%"
    clock = clock_text(page.as_of)
    total = t("repeats.total", n=page.total, cases=page.cases, share=share, clock=clock)
    st.html(f'<div class="lg-foot">{safe(total)}</div>')
    if page.pages > 1:
        st.pagination(page.pages, key=_PAGE)


def _row(place: RepeatPlace, now: datetime) -> Row:
    where = " · ".join(part for part in (place.area_name or t("case.outside"), place.words) if part)
    last = t("repeats.row.last", moment=moment_text(place.last_at, now))
    opened = t("repeats.row.open", n=place.still_open) if place.still_open else t("repeats.row.all_closed")
    symbol = IncidentSymbol.HANDLING if place.still_open else IncidentSymbol.CLOSED
    return Row(
        key=str(place.id), status=symbol, title=t("repeats.row", category=category_name(place.category), n=place.cases),
        place=where, clock=last, decision=t("repeats.row.callers", n=place.callers, open=opened),
    )  # fmt: skip


def show_place(place: RepeatPlace, cases: Sequence[IncidentView], now: datetime) -> None:
    """One place: what comes again, how often since when, and its cases, newest first; each opens its card."""
    where = " · ".join(part for part in (place.area_name or t("case.outside"), place.words) if part)
    first, last = (day_text(moment, year=True) for moment in (place.first_at, place.last_at))
    st.html(
        f'<h1 class="lg-h1">{safe(t("repeats.row", category=category_name(place.category), n=place.cases))}</h1>'
        f'<p class="lg-words">{safe(where)}</p>'
        f'<p class="lg-quiet">{safe(t("repeats.place.since", first=first, last=last, n=place.callers))}</p>'
    )
    show_rows([_case(view, now) for view in cases], None, lambda key: _open(key), "repeat-cases")
    if place.cases > MOST_CASES:
        st.html(f'<p class="lg-quiet">{safe(t("repeats.place.newest", n=MOST_CASES))}</p>')


def _case(view: IncidentView, now: datetime) -> Row:
    more = t("links.callers", n=view.callers) if view.callers > 1 else ""
    words = " · ".join(part for part in (view.number, more) if part)
    return case_row(view, now, moment_text(view.reported_at, now), words)


def _open(key: str) -> None:
    st.session_state["repeats_open"] = int(key)


def place_at(click: MapClick | None, rows: Sequence[RepeatPlace]) -> int | None:
    """The place on whose symbol somebody clicked."""
    if click is None or not rows:
        return None
    away = distance_m(click.lon, click.lat, [row.lon for row in rows], [row.lat for row in rows])
    nearest = int(away.argmin())
    metres_per_pixel = 156_543 * cos(radians(click.lat)) / 2**click.zoom
    return rows[nearest].id if away[nearest] <= _TOUCH * metres_per_pixel else None
