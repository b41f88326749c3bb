"""A month as a grid of days; each day is a button and says what is on. One widget, so that it costs one element."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import streamlit as st

from domain.periods import FIRST_YEAR, LAST_YEAR
from services.activities.calendar import CalendarDay
from ui import state
from ui.i18n import t
from ui.safe import plain, safe

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LINES = 2  # kinds named in a cell; the rest is a number


def day_in_address(name: str) -> date | None:
    """A day of the address bar, such as 2026-03-18; anything else is none, and so is one that no calendar reaches."""
    try:
        day = date.fromisoformat(state.query(name) or "")
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def show_month_buttons(month: date, on_step: Callable[[int], None]) -> None:
    """`‹ 2026年3月 ›`; ``on_step`` is called with -1 or 1."""
    st.button("‹", key="month-back", on_click=on_step, args=(-1,), help=t("activities.earlier"))
    name = t("activities.month", year=month.year, month=t(f"look.month.{_MONTHS[month.month - 1]}"))
    st.html(f'<b class="lg-month">{safe(name)}</b>', width="content")
    st.button("›", key="month-on", on_click=on_step, args=(1,), help=t("activities.later"))


def show_calendar(
    month: date,
    days: Mapping[date, CalendarDay],
    today: date,
    chosen: date | None,
    kind_name: Callable[[str], str],
    on_choose: Callable[[date | None], None],
) -> None:
    """The month that holds ``month``; ``on_choose`` is called with the day pressed, None when it was let go."""
    first = month.replace(day=1)
    every = [first + timedelta(days=number) for number in range(31)]
    shown = [day for day in every if day.month == first.month]
    cells = {day: _cell(day, days.get(day, CalendarDay()), today, kind_name) for day in shown}
    key = f"calendar-{first:%Y-%m}"
    st.session_state[key] = chosen if chosen in shown else None
    with st.container(key="lg-calendar", gap=None):
        # The first day stands under its weekday; the rule is drawn with the month because it changes with it.
        offset = f".st-key-lg-calendar button:first-child{{grid-column-start:{first.isoweekday()}}}"
        st.html(f"<style>{offset}</style>{_weekdays_html()}")
        st.pills(
            t("activities.calendar", month=f"{first:%Y-%m}"),
            shown,
            format_func=cells.__getitem__,
            key=key,
            label_visibility="collapsed",
            width="stretch",
            on_change=lambda: on_choose(st.session_state[key]),
        )


def _weekdays_html() -> str:
    names = "".join(f"<span>{safe(t(f'activities.weekday.{name}'))}</span>" for name in _WEEKDAYS)
    return f'<div class="lg-weekdays" aria-hidden="true">{names}</div>'


def _cell(day: date, mark: CalendarDay, today: date, kind_name: Callable[[str], str]) -> str:
    """Markdown of a cell: the day, ones own mark, the most frequent kinds with their numbers, how many more."""
    head = f"**{day.day}**" + (" ✓" if mark.mine else "") + (f" {t('activities.today')}" if day == today else "")
    kinds = list(mark.kinds.items())
    lines = [f"{number} {plain(kind_name(kind))}" for kind, number in kinds[:_LINES]]
    rest = sum(number for _, number in kinds[_LINES:])
    if rest:
        lines.append(t("activities.more", n=rest))
    return "  \n".join([head, *lines])
