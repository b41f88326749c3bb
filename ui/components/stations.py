"""Stations: rows, opening hours in words, the card of one."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import streamlit as st

from domain.clock import local_date, to_local
from domain.errors import NotFound
from domain.permissions import Actor
from domain.stations import WEEKDAYS, OpeningHours
from services.activities.calendar import ActivityFilter, list_upcoming_activities
from services.stations.register import StationView, close_station, count_planned_from
from services.system.installations import current_profile
from ui import state
from ui.components.activities import span_text
from ui.components.lists import Row, show_rows
from ui.components.rooms import show_room_list
from ui.components.station_holidays import holiday_lines
from ui.components.symbols import symbol_mark
from ui.guard import action, covered
from ui.i18n import named, t
from ui.safe import plain, safe
from ui.times import day_text

_PLANNED = 5  # activities named on a card


def kind_name(key: str) -> str:
    """The name of a kind of station; the key itself once the profile has it no more."""
    try:
        return named(current_profile().station_kind(key).name)
    except NotFound:
        return key


def kind_symbol(key: str) -> str:
    """The symbol of a kind of station."""
    try:
        return current_profile().station_kind(key).symbol
    except NotFound:
        return "generic"


def show_stations(
    views: Sequence[StationView], chosen: int | None, on_choose: Callable[[str], None], now: datetime
) -> None:
    """The rows of a list, each a target as large as itself."""
    rows = [
        Row(
            str(view.id), kind_symbol(view.kind), view.name, f"{kind_name(view.kind)} · {place_text(view)}",
            open_text(view, now),
        )
        for view in views
    ]  # fmt: skip
    show_rows(rows, str(chosen) if chosen else None, on_choose, "stations")


def place_text(view: StationView) -> str:
    """The area; 界外 for a point outside every one, and that there is no point at all."""
    if view.area:
        return view.area
    return t("stations.outside" if view.is_outside else "stations.no_place")


def open_text(view: StationView, now: datetime) -> str:
    """`开放中，到 17:30`, `未开放，明天 08:30 开`, that it is closed for good, or that its hours are not known."""
    today = local_date(now)
    if view.valid_to is not None and view.valid_to <= today:
        return t("stations.closed_since", day=view.valid_to.isoformat())
    if view.open_now is None:
        return t("stations.hours_unknown")
    if view.open_now:
        clock = to_local(now).time()
        window = next(window for window in view.hours.windows_on(today) if window.holds(clock))
        return t("stations.open_until", clock=str(window).split("-")[1])
    if view.opens_next is None:
        return t("stations.not_open")
    day, window = view.opens_next
    return t("stations.opens", day=_day_word(day, today), clock=str(window).split("-")[0])


def _day_word(day: date, today: date) -> str:
    if day == today:
        return t("activities.today")
    if day == today + timedelta(days=1):
        return t("stations.tomorrow")
    return t(f"look.weekday.{WEEKDAYS[day.weekday()]}")


def week_lines(hours: OpeningHours) -> list[str]:
    """The week in as few lines as it takes: `星期一至星期五 08:30–12:00`, closed days said as such."""
    lines, start = [], 0
    for number in range(1, len(WEEKDAYS) + 1):
        if number < len(WEEKDAYS) and hours.weekly[number] == hours.weekly[start]:
            continue
        first, last = (t(f"look.weekday.{WEEKDAYS[day]}") for day in (start, number - 1))
        days = first if start == number - 1 else t("stations.days", first=first, last=last)
        windows = hours.weekly[start]
        said = t("stations.comma").join(str(window).replace("-", "–") for window in windows) or t("stations.closed")
        lines.append(f"{days} {said}")
        start = number
    return lines


def show_station(actor: Actor, view: StationView, now: datetime) -> None:
    """What there is to read about one station, and what is on there next."""
    items = {item.key: named(item.name) for item in _items(view.kind)}
    facts = (
        ("stations.kind", kind_name(view.kind)),
        ("stations.area", place_text(view)),
        ("fields.address", view.address),
        ("fields.public_phone", view.phone or ""),
        ("stations.now", open_text(view, now)),
        ("stations.items", t("stations.comma").join(items.get(key, key) for key in view.items)),
        ("stations.code", view.code),
    )
    lines = "".join(f"<dt>{safe(t(key))}</dt><dd>{safe(value)}</dd>" for key, value in facts if value)
    week = "<br>".join(safe(line) for line in week_lines(view.hours)) if view.hours.known else ""
    hours = f"<dt>{safe(t('stations.hours'))}</dt><dd>{week}</dd>" if week else ""
    days = "<br>".join(safe(line) for line in holiday_lines(view.hours, local_date(now)))
    hours += f"<dt>{safe(t('stations.holidays'))}</dt><dd>{days}</dd>" if days else ""
    alarm = f'<p class="lg-pre lg-alarm">{safe(t("stations.outside_note"))}</p>' if view.is_outside else ""
    st.html(
        f'<h1 class="lg-card-title">{symbol_mark(kind_symbol(view.kind))} {safe(view.name)}</h1>'
        f'<dl class="lg-pairs">{lines}{hours}</dl>{alarm}'
    )
    show_room_list(actor, view, now)
    _show_planned(actor, view, now)


def _items(kind: str) -> Sequence:
    try:
        return current_profile().station_kind(kind).items
    except NotFound:
        return ()


def _show_planned(actor: Actor, view: StationView, now: datetime) -> None:
    """The next activities here, each a link to its own page."""
    found = list_upcoming_activities(actor, ActivityFilter(station_id=view.id), _PLANNED, now)
    st.html(f'<div class="lg-title"><b>{safe(t("stations.planned"))}</b></div>')
    if not found:
        st.caption(t("stations.planned_none"))
        return
    lines = "".join(
        f'<a class="lg-who" target="_self" href="/activities?id={one.id}"><b>{safe(one.title)}</b><span>'
        f"{safe(day_text(one.starts_at, weekday=True))} {safe(span_text(one.starts_at, one.ends_at))}</span></a>"
        for one in found
    )
    st.html(f'<div class="lg-lines">{lines}</div>')


def show_closing(actor: Actor, view: StationView, now: datetime) -> None:
    """Close a station from a day on; says what is planned there after it."""
    key = f"close-{view.id}"
    with st.popover(t("stations.do.close")):
        day = st.date_input(t("stations.close_from"), local_date(now), key=f"{key}-day", format="YYYY-MM-DD")
        planned = count_planned_from(actor, view.id, day) if isinstance(day, date) else 0
        st.caption(t("stations.close_note", n=planned) if planned else t("stations.close_free"))
        st.button(t("stations.do.close_now"), key=key, on_click=_close, args=(actor, view))


@covered
def _close(actor: Actor, view: StationView) -> None:
    day = st.session_state[f"close-{view.id}-day"]
    with action("stations.done.closed") as outcome:
        outcome.values["name"] = plain(close_station(actor, view.id, day, view.version).name)
    if outcome.ok:
        state.set_query(id=None)
