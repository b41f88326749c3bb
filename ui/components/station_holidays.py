"""The days of a station that differ from its week: typed, or taken from the calendar of holidays; as rows of a form.

The rows live in the session: ``<form>-holidays`` lists their numbers, ``<form>-holiday-<number>-…`` are their fields.
"""

from datetime import date, datetime

import streamlit as st

from domain.calendars import CalendarStretch
from domain.clock import local_date
from domain.permissions import Actor
from domain.stations import HolidayHours, OpeningHours, holidays_of
from services.stations.holidays import list_coming_holidays
from ui.components.timeline import holiday_name
from ui.guard import covered
from ui.i18n import t
from ui.safe import plain


def coming_holidays(hours: OpeningHours, today: date) -> list[HolidayHours]:
    """The ranges that are not over."""
    return [one for one in holidays_of(hours) if one.last >= today]


def days_words(first: date, last: date) -> str:
    """`2026-10-01`, `2026-10-01至2026-10-07`."""
    if first == last:
        return first.isoformat()
    return t("stations.days", first=first.isoformat(), last=last.isoformat())


def holiday_lines(hours: OpeningHours, today: date) -> list[str]:
    """What a card says: `2026-10-01至2026-10-07 不开放`."""
    return [f"{days_words(one.first, one.last)} {_hours_words(one.hours)}" for one in coming_holidays(hours, today)]


def _hours_words(text: str) -> str:
    return text.replace("-", "–").replace(", ", t("stations.comma")) or t("stations.closed")


def fill_holidays(name: str, hours: OpeningHours | None, now: datetime) -> None:
    """Begin a form with the ranges of a station that are not over."""
    st.session_state[f"{name}-holidays"] = []
    for one in coming_holidays(hours, local_date(now)) if hours else []:
        _add(name, one)


def holidays_in(name: str) -> tuple[HolidayHours, ...]:
    """The rows as they stand in the form; one day alone is the first and the last, a row without a day says nothing."""
    rows = []
    for number in st.session_state[f"{name}-holidays"]:
        days = st.session_state[f"{name}-holiday-{number}-days"]
        if days:
            rows.append(HolidayHours(days[0], days[-1], st.session_state[f"{name}-holiday-{number}-hours"]))
    return tuple(rows)


def show_holidays(actor: Actor, name: str, now: datetime) -> None:
    """The rows, one more, or one from the calendar: days off come closed, worked weekends with Monday's hours."""
    rows: list[int] = st.session_state[f"{name}-holidays"]
    with st.expander(t("stations.holidays"), expanded=bool(rows)):
        st.caption(t("stations.form.holidays_hint"))
        for number in rows:
            _show_row(name, number)
        offered = {_stretch_words(one): one for one in list_coming_holidays(actor, now)}
        if not offered:
            st.caption(t("stations.form.calendar_none"))
        with st.container(horizontal=True, key=f"lg-touch-{name}-holidays", vertical_alignment="bottom"):
            if offered:
                st.selectbox(
                    t("stations.form.calendar"), list(offered), index=None, key=f"{name}-calendar",
                    placeholder=t("stations.form.calendar_hint"), on_change=_take, args=(name, offered),
                )  # fmt: skip
            today = local_date(now)
            st.button(
                t("stations.form.add_days"), key=f"{name}-add-days", on_click=_add,
                args=(name, HolidayHours(today, today)),
            )  # fmt: skip


def _show_row(name: str, number: int) -> None:
    key = f"{name}-holiday-{number}"
    with st.container(horizontal=True, key=f"lg-touch-{key}", vertical_alignment="bottom"):
        st.date_input(t("stations.form.days"), key=f"{key}-days", format="YYYY-MM-DD", width=300)
        st.text_input(
            t("stations.hours"), key=f"{key}-hours", placeholder=t("stations.closed"), max_chars=80, width=240
        )
        st.button(t("stations.form.drop_days"), key=f"{key}-drop", on_click=_drop, args=(name, number))


def _stretch_words(one: CalendarStretch) -> str:
    words = t("stations.form.worked", name=holiday_name(one.name)) if one.working else holiday_name(one.name)
    return plain(f"{days_words(one.first, one.last)} {words}")


def _add(name: str, one: HolidayHours) -> None:
    rows: list[int] = st.session_state[f"{name}-holidays"]
    number = st.session_state.get(f"{name}-holiday-last", 0) + 1
    st.session_state[f"{name}-holiday-last"] = number
    st.session_state[f"{name}-holiday-{number}-days"] = (one.first, one.last)
    st.session_state[f"{name}-holiday-{number}-hours"] = one.hours
    st.session_state[f"{name}-holidays"] = [*rows, number]


@covered
def _take(name: str, offered: dict[str, CalendarStretch]) -> None:
    chosen = offered.get(st.session_state[f"{name}-calendar"] or "")
    st.session_state[f"{name}-calendar"] = None
    if chosen is not None:
        hours = st.session_state[f"{name}-mon"] if chosen.working else ""
        _add(name, HolidayHours(chosen.first, chosen.last, hours))


def _drop(name: str, number: int) -> None:
    st.session_state[f"{name}-holidays"] = [one for one in st.session_state[f"{name}-holidays"] if one != number]
