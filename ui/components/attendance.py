"""Who comes to an activity, as its leader keeps it: the list with its buttons, adding people, entries by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from domain.activities import ActivityStatus, AttendanceStatus
from domain.clock import from_local, local_date, to_local, utc_now
from domain.permissions import Actor
from services.activities.attendances import (
    AttendanceView,
    ManualForm,
    check_in,
    check_out,
    check_out_everybody,
    confirm_entry,
    enter_attendance,
    list_attendances,
    reject_entry,
    sign_up,
    withdraw,
)
from services.activities.calendar import ActivityView
from services.people.volunteers import VolunteerView, list_volunteers
from services.system.installations import current_profile
from ui.components.activities import check_in_opens, span_text
from ui.components.corrections import open_correction, show_correction_form
from ui.components.lists import show_empty
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe
from ui.times import clock_text, day_text, length_text

_S = AttendanceStatus
_FOUND = 8  # people offered by a search: as many as a thumb can choose from


def show_attendance(actor: Actor, view: ActivityView, now: datetime) -> None:
    """The whole panel below the card of an activity."""
    found = list_attendances(actor, view.id)
    inside = sum(row.status is _S.CHECKED_IN for row in found)
    st.html(f'<div class="lg-title"><b>{safe(t("attendance.title"))}</b><small>{safe(_counts(found))}</small></div>')
    if not found:
        show_empty(t("attendance.empty"), t("attendance.empty_next"))
    for row in found:
        _show_row(actor, view, row, now)
    if (others := view.signed_up + view.waiting - len(found)) > 0:
        st.caption(t("attendance.others", n=others))
    if inside > 1:
        label = "attendance.out_all_at_end" if now >= view.ends_at else "attendance.out_all"
        with st.container(key="lg-touch-out-all"):
            st.button(t(label, n=inside), key="out-all", on_click=_out_all, args=(actor, view.id))
    show_correction_form(actor, found)
    if view.status is ActivityStatus.CANCELLED:
        return
    if view.status is not ActivityStatus.ENDED:
        _show_adding(actor, view, found, now)
    if now >= view.starts_at:
        _show_entry_form(actor, view, found, now)


def _counts(found: Sequence[AttendanceView]) -> str:
    came = sum(row.checked_in_at is not None and row.status is not _S.TO_CONFIRM for row in found)
    out = sum(row.status is _S.CHECKED_OUT for row in found)
    waiting = sum(row.status is _S.WAITING for row in found)
    more = f" · {t('activities.waiting', n=waiting)}" if waiting else ""
    return t("attendance.counts", signed=len(found) - waiting, came=came, out=out) + more


def _show_row(actor: Actor, view: ActivityView, row: AttendanceView, now: datetime) -> None:
    with st.container(horizontal=True, key=f"lg-touch-who-{row.id}", vertical_alignment="center"):
        team = f"<small>{safe(row.team)}</small>" if row.team else ""
        st.html(f'<div class="lg-who"><b>{safe(row.name)}</b>{team}<span>{safe(state_text(row))}</span></div>')
        for act in _open_acts(view, row, now):
            st.button(
                t(f"attendance.do.{act}"),
                key=f"{act}-{row.id}",
                type="secondary" if act == "withdraw" else "primary",
                on_click=_record,
                args=(actor, act, view.id, row.volunteer_id),
            )
        if row.status is _S.CHECKED_OUT:
            st.button(t("corrections.do.ask"), key=f"correct-{row.id}", on_click=open_correction, args=(row.id,))


def _open_acts(view: ActivityView, row: AttendanceView, now: datetime) -> list[str]:
    if row.status is _S.CHECKED_IN:
        return ["out_at_end" if now >= view.ends_at else "out"]
    if view.status not in (ActivityStatus.PLANNED, ActivityStatus.RUNNING):
        return []
    if row.status is _S.WAITING:
        return ["withdraw"]
    if row.status is not _S.SIGNED_UP:
        return []
    gives_way = view.waiting > 0 and now >= view.starts_at  # who has not come by now may leave the place to another
    return (["in"] if now >= check_in_opens(view) else ["withdraw"]) + ["withdraw"] * gives_way


def state_text(row: AttendanceView) -> str:
    """`已报名`, `候补第 2 位`, `09:02 到`, `09:02–11:05 · 2 小时 3 分（本人签）`, `… 待第二人确认`."""
    if row.checked_in_at is None:
        return _before_text(row, is_over=row.ends_at < utc_now())
    if row.checked_out_at is None:
        return t("attendance.state.in", clock=clock_text(row.checked_in_at), source=source_text(row))
    span = span_text(row.checked_in_at, row.checked_out_at)
    if row.status is _S.TO_CONFIRM:
        return t("attendance.state.to_confirm", span=span, entered=row.entered_by_name or t("attendance.somebody"))
    served = length_text(timedelta(minutes=row.minutes or 0), days=False)
    words = t("attendance.state.out", span=span, served=served, source=source_text(row))
    if row.cut is None:
        return words
    grace = current_profile().thresholds.check_out_minutes_after.value
    return f"{words} · {t(f'attendance.cut.{row.cut}', end=clock_text(row.ends_at), grace=grace)}"


def _before_text(row: AttendanceView, *, is_over: bool) -> str:
    if row.status is _S.WAITING:
        return t("attendance.state.not_moved_up" if is_over else "attendance.state.waiting", n=row.queue_place)
    if is_over:
        return t("attendance.state.missed")
    if row.moved_up_at is None:
        return t("attendance.state.signed_up")
    moment = f"{day_text(row.moved_up_at)} {clock_text(row.moved_up_at)}"
    return t("attendance.state.moved_up", moment=moment)


def source_text(row: AttendanceView) -> str:
    """Who recorded it: by the code, 网格长 name, or 补录 by whom and confirmed by whom; and how often corrected."""
    source = t(
        f"attendance.source.{row.source}",
        entered=row.entered_by_name or t("attendance.somebody"),
        confirmed=row.confirmed_by_name or t("attendance.somebody"),
    )
    return f"{source}{t('corrections.source', n=row.corrections)}" if row.corrections else source


@covered
def _record(actor: Actor, act: str, activity_id: int, volunteer_id: int) -> None:
    with action(f"attendance.done.{act}") as outcome:
        if act == "in":
            row = check_in(actor, activity_id, volunteer_id)
        elif act == "withdraw":
            row = withdraw(actor, activity_id, volunteer_id)
        elif act == "sign_up":
            row = sign_up(actor, activity_id, volunteer_id)
            if row.status is _S.WAITING:
                outcome.done = "attendance.done.waiting"
        else:
            row = check_out(actor, activity_id, volunteer_id, at_the_end=act == "out_at_end")
        outcome.values |= {"name": plain(row.name), "n": row.queue_place}
    if outcome.ok:
        st.session_state[f"add-{activity_id}"] = ""


@covered
def _out_all(actor: Actor, activity_id: int) -> None:
    with action("attendance.done.out_all") as outcome:
        outcome.values["n"] = check_out_everybody(actor, activity_id)


def _show_adding(actor: Actor, view: ActivityView, found: Sequence[AttendanceView], now: datetime) -> None:
    """Somebody stands at the door: find the name, one touch signs up or checks in."""
    act = "in" if now >= check_in_opens(view) else "sign_up"
    search = st.text_input(
        t(f"attendance.add.{act}"), key=f"add-{view.id}", placeholder=t("volunteers.search_hint"), max_chars=60
    )
    if not search.strip():
        return
    listed = {row.volunteer_id for row in found}
    matches = [person for person in list_volunteers(actor, search=search).volunteers if person.id not in listed]
    if not matches:
        show_empty(t("attendance.add.none"), t("attendance.add.none_next"))
        return
    with st.container(horizontal=True, key="lg-touch-add"):
        for person in matches[:_FOUND]:
            st.button(
                plain(_known_as(person)), key=f"add-{view.id}-{person.id}", on_click=_record,
                args=(actor, act, view.id, person.id),
            )  # fmt: skip
    if len(matches) > _FOUND:
        st.caption(t("attendance.add.more", n=len(matches) - _FOUND))


def _known_as(person: VolunteerView) -> str:
    return " · ".join(part for part in (person.name, person.team or person.area) if part)


def _show_entry_form(actor: Actor, view: ActivityView, found: Sequence[AttendanceView], now: datetime) -> None:
    """An attendance that nobody recorded on the day; it waits for a second person."""
    key = f"manual-{view.id}"
    st.session_state.setdefault(f"{key}-came", to_local(view.starts_at).time())
    st.session_state.setdefault(f"{key}-left", to_local(min(view.ends_at, now)).time())
    with st.expander(t("attendance.manual.title")):
        st.caption(t("attendance.manual.why"))
        search = st.text_input(t("fields.volunteer"), key=f"{key}-search", placeholder=t("volunteers.search_hint"))
        people = _entry_choices(actor, search, found)
        if st.session_state.get(f"{key}-who") not in people:
            st.session_state[f"{key}-who"] = next(iter(people), None) if len(people) == 1 else None
        chosen = st.selectbox(
            t("attendance.manual.who"), list(people), format_func=people.__getitem__, index=None,
            key=f"{key}-who", placeholder=t("attendance.manual.choose"),
        )  # fmt: skip
        came, left = st.columns(2)
        came.time_input(t("fields.came_at"), key=f"{key}-came", step=300)
        left.time_input(t("fields.left_at"), key=f"{key}-left", step=300)
        st.text_input(t("fields.manual_reason"), key=f"{key}-reason", max_chars=400)
        label = t("attendance.manual.save")
        st.button(label, key=f"{key}-save", disabled=chosen is None, on_click=_enter, args=(actor, view))


@covered
def _enter(actor: Actor, view: ActivityView) -> None:
    typed = {part: st.session_state[f"manual-{view.id}-{part}"] for part in ("who", "came", "left", "reason")}
    day = local_date(view.starts_at)
    over_midnight = typed["left"] <= typed["came"] and local_date(view.ends_at) > day
    came_at = from_local(day, typed["came"])
    left_at = from_local(day + timedelta(days=over_midnight), typed["left"])
    with action("attendance.done.enter") as outcome:
        row = enter_attendance(actor, ManualForm(view.id, typed["who"], came_at, left_at, typed["reason"]))
        outcome.values["name"] = plain(row.name)
    if outcome.ok:
        key = f"manual-{view.id}"
        for part, empty in (("search", ""), ("who", None), ("reason", "")):
            st.session_state[f"{key}-{part}"] = empty


def _entry_choices(actor: Actor, search: str, found: Sequence[AttendanceView]) -> dict[int, str]:
    """Those who signed up and were not recorded, then whom the search finds."""
    waiting = {row.volunteer_id: row.name for row in found if row.status in (_S.SIGNED_UP, _S.WAITING)}
    recorded = {row.volunteer_id for row in found} - waiting.keys()
    if not search.strip():
        return waiting
    matches = list_volunteers(actor, search=search).volunteers
    return {person.id: _known_as(person) for person in matches if person.id not in recorded}


def show_waiting_entries(actor: Actor, entries: Sequence[AttendanceView]) -> None:
    """Entries by hand that wait for a second person, each with its two answers where the actor may give them."""
    for row in entries:
        with st.container(key=f"lg-touch-wait-{row.id}", border=True):
            when = f"{day_text(row.starts_at, weekday=True)} · {row.activity}"
            note = t("attendance.reason", reason=row.note)
            st.html(
                f'<div class="lg-who"><b>{safe(row.name)}</b><small>{safe(when)}</small>'
                f"<span>{safe(state_text(row))}</span><span>{safe(note)}</span></div>"
            )
            if not row.may_confirm:
                st.caption(t("attendance.second_person"))
                continue
            with st.container(horizontal=True):
                st.button(
                    t("attendance.do.confirm"), key=f"confirm-{row.id}", type="primary", on_click=_confirm,
                    args=(actor, row.id, row.version),
                )  # fmt: skip
                with st.popover(t("attendance.do.reject")):
                    st.text_input(t("fields.reject_reason"), key=f"reject-{row.id}-reason", max_chars=400)
                    st.button(
                        t("attendance.do.reject_now"), key=f"reject-{row.id}", on_click=_reject,
                        args=(actor, row.id, row.version),
                    )  # fmt: skip


@covered
def _confirm(actor: Actor, attendance_id: int, version: int) -> None:
    with action("attendance.done.confirm") as outcome:
        outcome.values["name"] = plain(confirm_entry(actor, attendance_id, version).name)


@covered
def _reject(actor: Actor, attendance_id: int, version: int) -> None:
    with action("attendance.done.reject") as outcome:
        reason = st.session_state.get(f"reject-{attendance_id}-reason", "")
        outcome.values["name"] = plain(reject_entry(actor, attendance_id, reason, version).name)
