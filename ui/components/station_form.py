"""The form that creates a station or changes one. The place comes from a click on the map beside it."""

from typing import Any

import streamlit as st

from domain.clock import utc_now
from domain.errors import StaleRecord
from domain.permissions import Actor
from domain.stations import WEEKDAYS, hours_to_json
from services.areas.locating import InvalidPlace, locate_point
from services.stations.register import StationForm, StationView, create_station, edit_station, get_station
from services.system.installations import current_profile
from ui import state
from ui.components.map import MapClick
from ui.components.rooms import show_room_forms
from ui.components.station_holidays import fill_holidays, holidays_in, show_holidays
from ui.components.stations import kind_name
from ui.guard import action, covered
from ui.i18n import named, t
from ui.safe import plain, safe

Point = tuple[float, float]


def form_name(view: StationView | None) -> str:
    """What the keys of a form begin with."""
    return f"station-{view.id if view else 'new'}"


def take_place(view: StationView | None, click: MapClick | None) -> None:
    """A click on the map is the place; called before the form is drawn."""
    if click is not None:
        name = form_name(view)
        st.session_state[f"{name}-lon"], st.session_state[f"{name}-lat"] = round(click.lon, 6), round(click.lat, 6)


def place_of(view: StationView | None) -> Point | None:
    """The place in the form now, for the pin on the map."""
    name = form_name(view)
    lon, lat = st.session_state.get(f"{name}-lon"), st.session_state.get(f"{name}-lat")
    return (lon, lat) if lon is not None and lat is not None else None


def show_station_form(actor: Actor, view: StationView | None) -> None:
    """The form for a new station (``view`` None) or for that one."""
    name = form_name(view)
    _fill(name, view)
    state.form_key("station")  # in the address bar before the first sending, so that a repeat is known as one
    title = t("stations.form.edit" if view else "stations.form.new")
    st.html(f'<div class="lg-title"><b>{safe(title)}</b></div>')
    st.text_input(t("fields.station_name"), key=f"{name}-name", max_chars=120)
    kinds = [kind.key for kind in current_profile().station_kinds]
    if view is not None and view.kind not in kinds:  # one that the profile has no more
        kinds.append(view.kind)
    label = t("stations.kind")
    names = {key: plain(kind_name(key)) for key in kinds}
    st.pills(label, kinds, format_func=names.__getitem__, key=f"{name}-kind", required=True)
    _show_place(name)
    st.text_input(t("fields.address"), key=f"{name}-address", max_chars=200)
    st.text_input(t("fields.public_phone"), key=f"{name}-phone", max_chars=32, help=t("stations.form.phone_why"))
    _show_items(name)
    _show_week(name)
    show_holidays(actor, name, utc_now())
    with st.container(horizontal=True, key="lg-touch-station"):
        save = t("stations.form.save")
        st.button(save, type="primary", key=f"{name}-save", on_click=_save, args=(actor, name))
        st.button(t("activities.form.back"), key=f"{name}-back", on_click=_leave, args=(name,))
    if view is not None:
        show_room_forms(actor, view, utc_now())


def _fill(name: str, view: StationView | None) -> None:
    """Put the values into the session once; from then on what people type counts."""
    if f"{name}-name" in st.session_state:
        return
    weekly: dict[str, str] = hours_to_json(view.hours)["weekly"] if view else {}
    values: dict[str, Any] = {
        "id": view.id if view else None, "version": view.version if view else 0, "name": view.name if view else "",
        "kind": view.kind if view else current_profile().station_kinds[0].key,
        "address": view.address if view else "", "phone": (view.phone or "") if view else "",
        "items": list(view.items) if view else [],
    }  # fmt: skip
    if f"{name}-lon" not in st.session_state:  # a click on the map may have come first
        values |= {"lon": view.lon if view else None, "lat": view.lat if view else None}
    for field, value in values.items():
        st.session_state[f"{name}-{field}"] = value
    for day in WEEKDAYS:
        st.session_state[f"{name}-{day}"] = weekly.get(day, "")
    fill_holidays(name, view.hours if view else None, utc_now())


def _show_place(name: str) -> None:
    lon, lat = st.columns(2)
    for column, field, low, high in ((lon, "lon", -180.0, 180.0), (lat, "lat", -90.0, 90.0)):
        column.number_input(
            t(f"fields.{field}"), min_value=low, max_value=high, value=None, step=0.0001, format="%.6f",
            key=f"{name}-{field}", placeholder=t("stations.form.click_map"),
        )  # fmt: skip
    point = st.session_state[f"{name}-lon"], st.session_state[f"{name}-lat"]
    if None in point:
        st.caption(t("stations.form.where"))
        return
    try:
        area = locate_point(*point).name
    except InvalidPlace:
        return
    if area:
        st.caption(t("stations.form.in_area", area=plain(area)))
    else:
        st.warning(t("stations.outside_note"))


def _show_items(name: str) -> None:
    kind = next((one for one in current_profile().station_kinds if one.key == st.session_state[f"{name}-kind"]), None)
    offered = {item.key: plain(named(item.name)) for item in kind.items} if kind else {}
    st.session_state[f"{name}-items"] = [key for key in st.session_state.get(f"{name}-items") or [] if key in offered]
    if offered:
        st.pills(
            t("stations.items"), list(offered), format_func=offered.__getitem__, key=f"{name}-items",
            selection_mode="multi",
        )  # fmt: skip


def _show_week(name: str) -> None:
    """Seven lines, and one touch for the usual hours of the kind."""
    with st.expander(t("stations.hours"), expanded=True):
        st.caption(t("stations.form.hours_hint"))
        st.button(t("stations.form.usual"), key=f"{name}-usual", on_click=_take_usual_hours, args=(name,))
        columns = st.columns(2)
        for number, day in enumerate(WEEKDAYS):
            label = t(f"look.weekday.{day}")
            columns[number % 2].text_input(label, key=f"{name}-{day}", placeholder=t("stations.closed"), max_chars=80)


@covered
def _take_usual_hours(name: str) -> None:
    usual = current_profile().station_kind(st.session_state[f"{name}-kind"]).hours.opening
    weekly = hours_to_json(usual)["weekly"]
    for day in WEEKDAYS:
        st.session_state[f"{name}-{day}"] = weekly.get(day, "")


@covered
def _save(actor: Actor, name: str) -> None:
    kept = {str(key): held for key, held in st.session_state.items()}
    value = {key.removeprefix(f"{name}-"): held for key, held in kept.items() if key.startswith(f"{name}-")}
    form = StationForm(
        value["name"], value["kind"] or "", value["lon"], value["lat"], value["address"], value["phone"],
        {day: value[day] for day in WEEKDAYS}, tuple(value.get("items") or ()), holidays_in(name),
    )  # fmt: skip
    with action("stations.done.saved") as outcome:
        if value["id"] is None:
            saved = create_station(actor, form, state.form_key("station"))
        else:
            saved = edit_station(actor, value["id"], form, value["version"])
        outcome.values["name"] = plain(saved.name)
    if outcome.ok:
        state.new_form_key("station")
        _leave(name)
        state.set_query(id=saved.id)
    elif value["id"] is not None and isinstance(outcome.error, StaleRecord):
        newer = get_station(actor, value["id"])
        st.session_state[f"{name}-version"] = newer.version
        state.flash("info", t("stations.form.newer", name=plain(newer.name), address=plain(newer.address)))


def _leave(name: str) -> None:
    for key in [key for key in st.session_state if str(key).startswith(f"{name}-")]:
        del st.session_state[key]
    state.set_query(form=None)
