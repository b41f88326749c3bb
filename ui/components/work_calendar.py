"""The working calendar: a year as twelve small months, its edits, and the warning that a year is missing."""

import calendar
from collections.abc import Sequence
from datetime import date, timedelta

import streamlit as st

from domain.calendars import CalendarDay, CalendarEdit
from domain.permissions import Actor, Permission, may
from services.clocks.calendar_edits import CalendarYearView, edit_calendar
from services.clocks.calendar_files import import_calendar
from services.clocks.calendars import calendar_warning
from ui.components.symbols import symbol_mark
from ui.components.timeline import holiday_name
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import safe

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Names that can be chosen; any other is typed.
_NAMES = ("new_year", "spring_festival", "tomb_sweeping", "labour_day", "dragon_boat", "mid_autumn", "national_day")


def show_calendar_warning(actor: Actor) -> None:
    """To those who keep the calendar, and to nobody else: which years are missing, each a link to it."""
    if not may(actor, Permission.CALENDAR_EDIT):
        return
    if warning := calendar_warning():
        words = t("work_calendar.missing", years=t("look.list_comma").join(map(str, warning.years)))
        links = "".join(
            f'<a href="/calendar?year={year}" target="_self">{safe(t("work_calendar.enter", year=year))}</a>'
            for year in warning.years
        )
        st.html(f'<div class="lg-banner" role="alert">{symbol_mark("overdue")}<span>{safe(words)}</span>{links}</div>')


def show_year(view: CalendarYearView) -> None:
    """Twelve months: days off and worked weekend days stand out by colour and by a sign."""
    days = {entry.day: entry for entry in view.days}
    months = "".join(_month_html(view.year, month, days) for month in range(1, 13))
    key = "".join(map(_key_html, ("holiday", "working")))
    st.html(f'<div class="lg-cal-key">{key}</div><div class="lg-cal">{months}</div>')


def _key_html(kind: str) -> str:
    sign, words = t(f"work_calendar.sign.{kind}"), t(f"work_calendar.{kind}")
    return f'<span><i class="lg-cal-{kind}">{safe(sign)}</i>{safe(words)}</span>'


def _month_html(year: int, month: int, days: dict[date, CalendarDay]) -> str:
    head = "".join(f"<th>{safe(t(f'activities.weekday.{name}'))}</th>" for name in _WEEK)
    weeks = calendar.Calendar().monthdatescalendar(year, month)
    rows = "".join(f"<tr>{''.join(_cell(day, month, days.get(day)) for day in week)}</tr>" for week in weeks)
    name = t(f"look.month.{_MONTHS[month - 1]}")
    return f"<table><caption>{safe(name)}</caption><tr>{head}</tr>{rows}</table>"


def _cell(day: date, month: int, entry: CalendarDay | None) -> str:
    if day.month != month:
        return "<td></td>"
    if entry is None:
        kind = "weekend" if day.weekday() > 4 else "plain"
        return f'<td class="lg-cal-{kind}">{day.day}</td>'
    kind = "working" if entry.working else "holiday"
    sign, name = t(f"work_calendar.sign.{kind}"), holiday_name(entry.name)
    return f'<td class="lg-cal-{kind}" title="{safe(name)}">{day.day}<small>{safe(sign)}</small></td>'


def show_edits(actor: Actor, view: CalendarYearView) -> None:
    """Add a day, move or remove one, say that the year is complete. Each wants the reason that the timelines show."""
    st.text_input(t("work_calendar.reason"), max_chars=400, key="calendar_reason", help=t("work_calendar.reason_help"))
    with st.expander(t("work_calendar.add"), expanded=True):
        _show_add(actor, view)
    if view.days:
        with st.expander(t("work_calendar.change")):
            _show_change(actor, view)
    with st.expander(t("work_calendar.import")):
        _show_import(actor, view)
    if not view.complete:
        st.write(t("work_calendar.complete_note", year=view.year))
        st.button(
            t("work_calendar.complete", year=view.year), key="calendar_complete", on_click=_edit,
            args=(actor, view, "complete"),
        )  # fmt: skip


def _show_add(actor: Actor, view: CalendarYearView) -> None:
    first, last = date(view.year, 1, 1), date(view.year, 12, 31)
    st.segmented_control(
        t("work_calendar.kind"), ["holiday", "working"], default="holiday", required=True, key="calendar_kind",
        format_func=lambda kind: t(f"work_calendar.{kind}"),
    )  # fmt: skip
    st.date_input(
        t("work_calendar.days"), (first, first), min_value=first, max_value=last, key=f"calendar_days_{view.year}"
    )  # fmt: skip
    st.selectbox(
        t("work_calendar.name"), _NAMES, key="calendar_name", accept_new_options=True,
        format_func=lambda name: holiday_name(name),
    )  # fmt: skip
    st.button(
        t("work_calendar.add_button"), type="primary", key="calendar_add", on_click=_edit, args=(actor, view, "add")
    )


def _show_change(actor: Actor, view: CalendarYearView) -> None:
    entries = {entry.day: entry for entry in view.days}
    st.selectbox(
        t("work_calendar.which"), list(entries), key=f"calendar_which_{view.year}",
        format_func=lambda day: _line(entries[day]),
    )  # fmt: skip
    st.date_input(
        t("work_calendar.move_to"), date(view.year, 1, 1), min_value=date(view.year, 1, 1),
        max_value=date(view.year, 12, 31), key=f"calendar_to_{view.year}",
    )  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        for what in ("move", "remove"):
            st.button(
                t(f"work_calendar.{what}"), key=f"calendar_{what}", on_click=_edit, args=(actor, view, what)
            )  # fmt: skip


def _show_import(actor: Actor, view: CalendarYearView) -> None:
    st.write(t("work_calendar.import_note"))
    key = f"calendar_file_{view.version}"
    st.file_uploader(t("work_calendar.file"), type=["xlsx", "xls", "csv"], key=key)
    st.button(t("work_calendar.import_button"), key="calendar_import", on_click=_import, args=(actor, view, key))


@covered
def _import(actor: Actor, view: CalendarYearView, key: str) -> None:
    file = st.session_state.get(key)
    if file is None:
        return
    with action("work_calendar.saved") as outcome:
        reason = st.session_state["calendar_reason"]
        report = import_calendar(actor, file.name, file.getvalue(), view.version, reason)
        outcome.values |= {"days": report.changed, "moved": report.moved}


def _line(entry: CalendarDay) -> str:
    kind = t("work_calendar.working" if entry.working else "work_calendar.holiday")
    weekday = t(f"look.weekday.{_WEEK[entry.day.weekday()]}")
    return f"{entry.day:%m-%d} {weekday} · {kind} · {holiday_name(entry.name)}"


@covered
def _edit(actor: Actor, view: CalendarYearView, what: str) -> None:
    with action("work_calendar.saved") as outcome:
        report = edit_calendar(actor, _edit_of(view, what), view.version, st.session_state["calendar_reason"])
        outcome.values |= {"days": report.changed, "moved": report.moved}


def _edit_of(view: CalendarYearView, what: str) -> CalendarEdit:
    value = st.session_state.get
    if what == "complete":
        return CalendarEdit(complete=frozenset({view.year}))
    if what == "add":
        working = value("calendar_kind") == "working"
        days = _span(value(f"calendar_days_{view.year}") or ())
        return CalendarEdit(put=tuple(CalendarDay(day, working, value("calendar_name") or "") for day in days))
    day = value(f"calendar_which_{view.year}")
    old = next(entry for entry in view.days if entry.day == day)
    to: date = value(f"calendar_to_{view.year}") or old.day
    moved = CalendarDay(to, old.working, old.name)
    return CalendarEdit(frozenset({old.day}), (moved,) if what == "move" else ())


def _span(days: Sequence[date]) -> list[date]:
    """Every day from the first to the last that was chosen."""
    if not days:
        return []
    return [days[0] + timedelta(days=number) for number in range((days[-1] - days[0]).days + 1)]
