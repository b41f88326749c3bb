"""The form that plans an activity or changes one. What was typed stays until it is saved."""

from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from domain.clock import from_local, local_date, to_local, utc_now
from domain.errors import NotFound, StaleRecord
from domain.permissions import Actor
from services.activities.calendar import ActivityView, get_activity, list_clashes
from services.activities.plans import ActivityForm, cancel_activity, edit_activity, plan_activity
from services.activities.series import cancel_following, edit_following, plan_series
from services.areas.work_areas import list_work_areas
from services.people.volunteers import list_teams
from services.stations.booking import find_room_owner
from services.stations.register import StationView, list_stations
from services.stations.rooms import list_rooms
from services.system.installations import current_profile
from ui import state
from ui.components.activities import kind_name, span_text
from ui.components.activity_series import chosen_days, reaches_following, repeat_of, show_reach, show_repeat
from ui.components.rooms import room_text
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe
from ui.times import day_text

_TIMES = ("starts", "ends")


def show_activity_form(actor: Actor, view: ActivityView | None, day: date | None, now: datetime) -> None:
    """The form for a new activity (``view`` None) on a day, or for the one that stands."""
    name = f"plan-{view.id if view else 'new'}"
    _fill(name, view, day, now)
    state.form_key("activity")  # in the address bar before the first sending, so that a repeat is known as one
    title = t("activities.form.edit" if view else "activities.form.plan")
    st.html(f'<div class="lg-title"><b>{safe(title)}</b></div>')
    keys = [kind.key for kind in current_profile().activity_kinds]
    if view is not None and view.kind not in keys:  # one that the profile has no more
        keys.append(view.kind)
    kinds = {key: plain(kind_name(key)) for key in keys}
    st.pills(
        t("fields.activity_kind"), keys, format_func=kinds.__getitem__, key=f"{name}-kind",
        required=True, on_change=_take_usual_time, args=(name, view is None),
    )  # fmt: skip
    hint = t("activities.form.title_hint")
    st.text_input(t("fields.activity_title"), key=f"{name}-title", max_chars=120, placeholder=hint)
    start, end = _show_times(name)
    station = _show_place(actor, name, view, local_date(start))
    _show_warnings(actor, name, station, start, end, view, now)
    _show_people(actor, name)
    if view is None:
        show_repeat(actor, name, start, lambda: _form(name))
    st.text_area(t("fields.activity_details"), key=f"{name}-description", max_chars=2000, height=100)
    show_reach(name, view)
    with st.container(horizontal=True, key="lg-touch-plan"):
        st.button(t("activities.form.save"), type="primary", key=f"{name}-save", on_click=_save, args=(actor, name))
        st.button(t("activities.form.back"), key=f"{name}-back", on_click=_leave, args=(name,))


def _fill(name: str, view: ActivityView | None, day: date | None, now: datetime) -> None:
    """Put the values into the session once; from then on what people type counts.

    Asked by the title, a widget's value: all of those are gone once another page was open, and then all are set anew.
    """
    if f"{name}-title" in st.session_state:
        return
    values: dict[str, Any] = _values_of(view) if view else _new_values(day or local_date(now) + timedelta(days=1))
    for field, value in values.items():
        st.session_state[f"{name}-{field}"] = value
    if view is None:
        _take_usual_time(name, True)


def _new_values(day: date) -> dict[str, Any]:
    return {
        "version": 0, "id": None, "title": "", "kind": current_profile().activity_kinds[0].key, "day": day,
        "starts": time(9), "ends": time(11), "overnight": False, "station": 0, "room": 0, "place": "", "area": 0,
        "team": 0, "capacity": None, "description": "",
    }  # fmt: skip


def _values_of(view: ActivityView) -> dict[str, Any]:
    return {
        "version": view.version, "id": view.id, "title": view.title, "kind": view.kind,
        "day": local_date(view.starts_at), "starts": to_local(view.starts_at).time(),
        "ends": to_local(view.ends_at).time(), "overnight": local_date(view.ends_at) > local_date(view.starts_at),
        "station": view.station_id or 0, "room": view.room_id or 0, "place": view.place,
        "area": view.area_id or 0, "team": view.team_id or 0,
        "capacity": view.capacity, "description": view.description,
    }  # fmt: skip


@covered
def _take_usual_time(name: str, is_new: bool) -> None:
    """A new activity takes the usual hours of its kind; those of one that stands are left as they are."""
    if not is_new or not st.session_state.get(f"{name}-kind"):
        return
    try:
        usual = current_profile().activity_kind(st.session_state[f"{name}-kind"]).usual.hours
    except NotFound:
        return
    for field, clock in zip(_TIMES, usual.split("-"), strict=True):
        st.session_state[f"{name}-{field}"] = time.fromisoformat(clock.strip().zfill(5))


def _show_times(name: str) -> tuple[datetime, datetime]:
    day, starts, ends = st.columns([4, 3, 3])
    day.date_input(t("fields.day"), key=f"{name}-day", format="YYYY-MM-DD")
    starts.time_input(t("fields.starts_at"), key=f"{name}-starts", step=300)
    ends.time_input(t("fields.ends_at"), key=f"{name}-ends", step=300)
    st.checkbox(t("activities.form.overnight"), key=f"{name}-overnight")
    return _span(name)


def _span(name: str) -> tuple[datetime, datetime]:
    """The instants of the form; an emptied field counts as midnight, which the rules then refuse or show."""
    value = st.session_state
    day = value[f"{name}-day"] or local_date(utc_now())
    start, end = (value[f"{name}-{field}"] or time() for field in _TIMES)
    return from_local(day, start), from_local(day + timedelta(days=bool(value[f"{name}-overnight"])), end)


def _show_place(actor: Actor, name: str, view: ActivityView | None, day: date) -> int:
    stand = [one for one in list_stations(actor) if one.valid_to is None or one.valid_to > day]
    stations = {0: t("activities.form.no_station")} | {one.id: _station_text(one) for one in stand}
    areas = {0: t("activities.form.area_of_place")} | {area.id: area.label for area in list_work_areas(actor)}
    if view is not None and view.area_id is not None:
        areas.setdefault(view.area_id, view.area or "")  # may be finer than the grids of the list
    _forget_unknown(f"{name}-station", stations)
    _forget_unknown(f"{name}-area", areas)
    station = st.selectbox(
        t("fields.station"), list(stations), key=f"{name}-station",
        format_func=stations.__getitem__,
    )  # fmt: skip
    held = view.room_id if view is not None and view.station_id == station else None
    _show_room(actor, name, station, day, held)
    label = "activities.form.room" if station else "fields.activity_place"
    st.text_input(t(label), key=f"{name}-place", max_chars=200)
    st.selectbox(
        t("fields.for_area"), list(areas), key=f"{name}-area",
        format_func=areas.__getitem__,
    )  # fmt: skip
    return station


def _show_room(actor: Actor, name: str, station: int, day: date, held: int | None) -> None:
    """The rooms of the station; without any there is nothing to choose.

    Of another community's there is only the one that the activity has (``held``), and whom to ask for the others.
    """
    rooms = {room.id: room for room in list_rooms(actor, station, day)} if station else {}
    if rooms and (owner := find_room_owner(actor, station)):
        st.info(t("activities.form.rooms_elsewhere", area=plain(owner)))
        rooms = {key: room for key, room in rooms.items() if key == held}
    _forget_unknown(f"{name}-room", rooms)
    if rooms:
        names = {0: t("activities.form.no_room")} | {key: room_text(room) for key, room in rooms.items()}
        st.selectbox(t("fields.room"), list(names), key=f"{name}-room", format_func=names.__getitem__)
        capacity, chosen = st.session_state.get(f"{name}-capacity"), rooms.get(st.session_state[f"{name}-room"])
        if chosen and chosen.capacity is not None and (capacity or 0) > chosen.capacity:
            st.warning(t("activities.form.over_room", room=plain(chosen.name), n=chosen.capacity))


def _forget_unknown(key: str, known: dict[int, Any]) -> None:
    """A station that was closed or an area that is another's is no choice any more."""
    if st.session_state.get(key) not in known:
        st.session_state[key] = 0


def _station_text(station: StationView) -> str:
    return " · ".join(part for part in (station.name, station.area) if part)


def _show_warnings(
    actor: Actor, name: str, station: int, start: datetime, end: datetime, view: ActivityView | None, now: datetime
) -> None:
    room = st.session_state[f"{name}-room"] or None
    if station and start < end:
        for row in list_clashes(actor, station, start, end, view.id if view else None, room):
            when = span_text(row.starts_at, row.ends_at)
            key = "activities.form.room_taken" if room else "activities.form.clash"
            st.warning(t(key, title=plain(row.title), when=plain(when)))
    if end <= now and start < end:
        st.info(t("activities.form.past"))


def _show_people(actor: Actor, name: str) -> None:
    team, capacity = st.columns(2)
    teams = {0: t("activities.any_team")} | {one.id: one.name for one in list_teams(actor)}
    _forget_unknown(f"{name}-team", teams)
    team.selectbox(
        t("fields.team"), list(teams), key=f"{name}-team",
        format_func=teams.__getitem__,
    )  # fmt: skip
    capacity.number_input(
        t("fields.capacity"), min_value=1, max_value=100_000, step=1, key=f"{name}-capacity",
        placeholder=t("activities.form.no_limit"),
    )  # fmt: skip


@covered
def _save(actor: Actor, name: str) -> None:
    number: int | None = st.session_state[f"{name}-id"]
    with action("activities.done.saved") as outcome:
        saved = _saved(actor, name, number)
        outcome.values["title"] = plain(saved.title)
    if outcome.ok:
        state.new_form_key("activity")
        _forget(name)
        state.set_query(form=None, id=saved.id, day=local_date(saved.starts_at).isoformat())
    elif number is not None and isinstance(outcome.error, StaleRecord):
        _tell_newer(actor, name, number)


def _saved(actor: Actor, name: str, number: int | None) -> ActivityView:
    form, repeat = _form(name), repeat_of(name)
    if number is not None:
        version = st.session_state[f"{name}-version"]
        if not reaches_following(name):
            return edit_activity(actor, number, form, version)
        edit_following(actor, number, form, version)
        return get_activity(actor, number)
    if repeat is None:
        return plan_activity(actor, form, state.form_key("activity"))
    return plan_series(actor, form, repeat, chosen_days(name), state.form_key("activity"))


def _form(name: str) -> ActivityForm:
    value = st.session_state
    start, end = _span(name)
    return ActivityForm(
        value[f"{name}-title"], value[f"{name}-kind"] or "", start, end, value[f"{name}-station"] or None,
        value[f"{name}-place"], value[f"{name}-area"] or None, value[f"{name}-team"] or None,
        value[f"{name}-capacity"], value.get(f"{name}-description") or "", value[f"{name}-room"] or None,
    )  # fmt: skip


def _tell_newer(actor: Actor, name: str, number: int) -> None:
    """Say what somebody else saved meanwhile; what was typed stays, and saving again is then meant."""
    newer = get_activity(actor, number)
    st.session_state[f"{name}-version"] = newer.version
    when = f"{day_text(newer.starts_at, weekday=True)} {span_text(newer.starts_at, newer.ends_at)}"
    state.flash(
        "info", t("activities.form.newer", title=plain(newer.title), when=plain(when), where=plain(newer.where))
    )


def _forget(name: str) -> None:
    for key in [key for key in st.session_state if str(key).startswith(f"{name}-")]:
        del st.session_state[key]


@covered
def _leave(name: str) -> None:
    _forget(name)
    state.set_query(form=None)


def show_cancelling(actor: Actor, view: ActivityView) -> None:
    """Call an activity off: needs a reason, which those who signed up will read."""
    with st.popover(t("activities.do.cancel")):
        st.text_area(t("fields.cancel_reason"), key=f"cancel-{view.id}-reason", max_chars=400, height=80)
        show_reach(f"cancel-{view.id}", view)
        st.caption(t("activities.cancel_note", n=view.signed_up + view.waiting))
        st.button(t("activities.do.cancel_now"), key=f"cancel-{view.id}", on_click=_cancel, args=(actor, view))


@covered
def _cancel(actor: Actor, view: ActivityView) -> None:
    with action("activities.done.cancelled") as outcome:
        reason, outcome.values["title"] = st.session_state.get(f"cancel-{view.id}-reason", ""), plain(view.title)
        if reaches_following(f"cancel-{view.id}"):
            outcome.values["n"] = cancel_following(actor, view.id, reason, view.version)
            outcome.done = "activities.done.cancelled_following"
        else:
            cancel_activity(actor, view.id, reason, view.version)
