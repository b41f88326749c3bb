"""Repeats in the form of an activity: how often, until when, which of the days."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import streamlit as st

from domain.clock import day_start, local_date
from domain.errors import Refusal
from domain.permissions import Actor
from domain.series import LONGEST_DAYS, Repeat, RepeatUnit
from services.activities.calendar import ActivityView
from services.activities.plans import ActivityForm
from services.activities.series import Occurrence, preview_series
from ui.components.activities import span_text
from ui.components.timeline import holiday_name
from ui.guard import failure_text
from ui.i18n import t
from ui.safe import plain, safe
from ui.times import day_text

_WEEKS_AHEAD = 12  # what a new repeat offers as its end


def show_repeat(actor: Actor, name: str, start: datetime, form: Callable[[], ActivityForm]) -> None:
    """For a new activity: how often it repeats, and its days with what is in their way."""
    first = local_date(start)
    units = {one: t(f"activities.repeat.{one or 'once'}") for one in ("", *(unit.value for unit in RepeatUnit))}
    with st.container(horizontal=True, key=f"lg-touch-{name}-repeat", vertical_alignment="bottom"):
        unit = st.selectbox(
            t("activities.repeat"), list(units), key=f"{name}-unit", format_func=units.__getitem__,
        )  # fmt: skip
        if not unit:
            return
        st.number_input(t("activities.repeat.every"), min_value=1, max_value=52, step=1, key=f"{name}-every", width=190)
        last = first + timedelta(days=LONGEST_DAYS)
        kept = st.session_state.get(f"{name}-until")
        if not isinstance(kept, date) or not first <= kept <= last:
            st.session_state[f"{name}-until"] = first + timedelta(weeks=_WEEKS_AHEAD)
        st.date_input(
            t("activities.repeat.until"),
            min_value=first,
            max_value=last,
            key=f"{name}-until",
            format="YYYY-MM-DD",
            width=200,
        )
    try:
        found = preview_series(actor, form(), repeat_of(name) or Repeat(RepeatUnit.WEEK, 1, first))
    except Refusal as refusal:
        st.warning(failure_text(refusal))
        return
    _show_days(name, found, bool(st.session_state.get(f"{name}-room")))


def repeat_of(name: str) -> Repeat | None:
    """The repeat that was chosen in the form; None for an activity by itself."""
    value = st.session_state
    until = value.get(f"{name}-until")
    if not value.get(f"{name}-unit") or not isinstance(until, date):
        return None
    return Repeat(RepeatUnit(value[f"{name}-unit"]), value.get(f"{name}-every") or 0, until)


def chosen_days(name: str) -> list[date]:
    """The days of the preview that are left in."""
    return list(st.session_state.get(st.session_state.get(f"{name}-days-key", ""), []))


def _show_days(name: str, found: list[Occurrence], in_room: bool) -> None:
    """One touch leaves a day out or takes it in. Days whose room is taken begin left out."""
    free = [one.day for one in found if not (in_room and one.clash)]
    signs = "/".join(f"{one.day:%y%m%d}{one.clash.id if one.clash else ''}" for one in found)
    key = f"{name}-days-{hash((signs, in_room)) & 0xFFFFFFFF:x}"
    st.session_state[f"{name}-days-key"] = key
    words = {one.day: _day_words(one, in_room) for one in found}
    st.pills(
        t("activities.repeat.days", n=len(found)), [one.day for one in found], selection_mode="multi", default=free,
        format_func=words.__getitem__, key=key,
    )  # fmt: skip
    lines = "".join(f"<li>{safe(line)}</li>" for line in _remarks(found, in_room))
    if lines:
        st.html(f'<ul class="lg-remarks">{lines}</ul>')
    st.caption(t("activities.repeat.note", n=len(st.session_state.get(key, free))))


def _day_words(one: Occurrence, in_room: bool) -> str:
    marks = [holiday_name(one.day_off)] if one.day_off else []
    if one.clash:
        marks.append(t("activities.repeat.taken" if in_room else "activities.repeat.busy"))
    return plain(" · ".join([day_text(day_start(one.day), weekday=True), *marks]))


def _remarks(found: list[Occurrence], in_room: bool) -> list[str]:
    key = "activities.repeat.clash" if in_room else "activities.repeat.same_station"
    return [
        t(key, day=day_text(day_start(one.day)), title=one.clash.title,
          when=span_text(one.clash.starts_at, one.clash.ends_at))
        for one in found if one.clash
    ]  # fmt: skip


def show_reach(name: str, view: ActivityView | None) -> None:
    """For one of a series: whether the change holds for it alone."""
    if view is not None and view.series_id is not None:
        names = {one: t(f"activities.reach.{one}") for one in ("one", "following")}
        st.radio(
            t("activities.reach"), list(names), key=f"{name}-reach", horizontal=True, format_func=names.__getitem__
        )  # fmt: skip


def reaches_following(name: str) -> bool:
    """Whether this and the following were chosen."""
    return st.session_state.get(f"{name}-reach") == "following"
