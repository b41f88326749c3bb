"""The rooms of a station: named on its card, kept below its form."""

from collections.abc import Sequence
from datetime import date, datetime

import streamlit as st

from domain.clock import local_date
from domain.permissions import Actor
from services.stations.register import StationView
from services.stations.rooms import RoomForm, RoomRow, add_room, close_room, edit_room, list_rooms
from ui import state
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe

_MOST = 100_000


def room_text(room: RoomRow) -> str:
    """`活动室（40 人）`, and the day from which a room is closed."""
    said = room.name if room.capacity is None else t("rooms.with_capacity", name=room.name, n=room.capacity)
    return said if room.valid_to is None else t("rooms.closed_from", name=said, day=room.valid_to.isoformat())


def show_room_list(actor: Actor, view: StationView, now: datetime) -> None:
    """The rooms on the card of a station; nothing where it has none."""
    rooms = list_rooms(actor, view.id, local_date(now))
    if rooms or view.may_edit:
        words = t("stations.comma").join(room_text(room) for room in rooms) or t("rooms.none")
        st.html(f'<dl class="lg-pairs"><dt>{safe(t("rooms.title"))}</dt><dd>{safe(words)}</dd></dl>')


def show_room_forms(actor: Actor, view: StationView, now: datetime) -> None:
    """Below the form of a station: every room with its fields, and a line for a new one. Each is saved by itself."""
    state.form_key("room")
    rooms = list_rooms(actor, view.id)
    with st.container(key="lg-rooms"):
        st.html(f'<div class="lg-title"><b>{safe(t("rooms.title"))}</b><small>{safe(t("rooms.note"))}</small></div>')
        if not rooms:
            st.caption(t("rooms.none_next"))
        for room in rooms:
            _show_room(actor, room, local_date(now))
        _show_new(actor, view, rooms)


def _show_room(actor: Actor, room: RoomRow, today: date) -> None:
    key = f"room-{room.id}-{room.version}"
    if room.valid_to is not None and room.valid_to <= today:
        st.caption(plain(room_text(room)))
        return
    with st.container(horizontal=True, key=f"lg-touch-{key}", vertical_alignment="bottom"):
        st.text_input(t("fields.room_name"), room.name, key=f"{key}-name", max_chars=60)
        st.number_input(
            t("fields.room_capacity"), min_value=1, max_value=_MOST, value=room.capacity, step=1,
            key=f"{key}-capacity", placeholder=t("rooms.not_stated"),
        )  # fmt: skip
        st.button(t("rooms.do.save"), key=f"{key}-save", on_click=_edit, args=(actor, room, key))
        with st.popover(t("rooms.do.close")):
            st.date_input(t("rooms.close_from"), today, key=f"{key}-day", format="YYYY-MM-DD")
            st.caption(t("rooms.close_note"))
            st.button(t("rooms.do.close_now"), key=f"{key}-close", on_click=_close, args=(actor, room, key))


def _show_new(actor: Actor, view: StationView, rooms: Sequence[RoomRow]) -> None:
    key = f"room-new-{view.id}-{len(rooms)}"
    with st.container(horizontal=True, key=f"lg-touch-{key}", vertical_alignment="bottom"):
        st.text_input(t("rooms.new"), key=f"{key}-name", max_chars=60, placeholder=t("rooms.new_hint"))
        st.number_input(
            t("fields.room_capacity"), min_value=1, max_value=_MOST, value=None, step=1, key=f"{key}-capacity",
            placeholder=t("rooms.not_stated"),
        )  # fmt: skip
        st.button(t("rooms.do.add"), key=f"{key}-add", on_click=_add, args=(actor, view.id, key))


def _form(key: str) -> RoomForm:
    return RoomForm(st.session_state.get(f"{key}-name") or "", st.session_state.get(f"{key}-capacity"))


@covered
def _add(actor: Actor, station_id: int, key: str) -> None:
    with action("rooms.done.saved") as outcome:
        outcome.values["name"] = plain(add_room(actor, station_id, _form(key), state.form_key("room")).name)
    if outcome.ok:
        state.new_form_key("room")


@covered
def _edit(actor: Actor, room: RoomRow, key: str) -> None:
    with action("rooms.done.saved") as outcome:
        outcome.values["name"] = plain(edit_room(actor, room.id, _form(key), room.version).name)


@covered
def _close(actor: Actor, room: RoomRow, key: str) -> None:
    with action("rooms.done.closed") as outcome:
        day = st.session_state[f"{key}-day"]
        outcome.values["name"] = plain(close_room(actor, room.id, day, room.version).name)
