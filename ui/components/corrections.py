"""Corrections of attendances: asking for one, the second person's answer, and what was corrected (feature E2)."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

import streamlit as st

from domain.clock import from_local, local_date, to_local
from domain.permissions import Actor
from services.activities.corrections import (
    CorrectionForm,
    CorrectionView,
    answer_correction,
    correct_attendance,
    list_corrections,
)
from services.activities.recording import AttendanceView
from ui import state
from ui.components.activities import span_text
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe
from ui.times import clock_text, day_text, length_text


def open_correction(attendance_id: int | None) -> None:
    """Open the form for an attendance; None closes it."""
    state.set_query(correct=attendance_id)


def show_correction_form(actor: Actor, found: Sequence[AttendanceView]) -> None:
    """The form for the attendance in the address bar, below what was corrected there before."""
    number = state.query_id("correct")
    row = next((one for one in found if one.id == number), None)
    if row is None or row.checked_in_at is None or row.checked_out_at is None:
        return
    key = f"correct-{row.id}-{row.version}"
    st.session_state.setdefault(f"{key}-came", _clock(row.checked_in_at))
    st.session_state.setdefault(f"{key}-left", _clock(row.checked_out_at))
    with st.container(border=True, key="lg-touch-correct"):
        st.html(f'<div class="lg-title"><b>{safe(t("corrections.title", name=row.name))}</b></div>')
        show_corrections(list_corrections(actor, row.id))
        st.caption(t("corrections.why"))
        absent = st.toggle(t("corrections.absent"), key=f"{key}-absent")
        came, left = st.columns(2)
        came.time_input(t("fields.came_at"), key=f"{key}-came", step=60, disabled=absent)
        left.time_input(t("fields.left_at"), key=f"{key}-left", step=60, disabled=absent)
        st.text_input(t("fields.correction_reason"), key=f"{key}-reason", max_chars=400)
        with st.container(horizontal=True):
            st.button(
                t("corrections.do.send"), key=f"{key}-send", type="primary", on_click=_ask, args=(actor, row, key)
            )
            st.button(t("corrections.do.close"), key=f"{key}-close", on_click=open_correction, args=(None,))


@covered
def _ask(actor: Actor, row: AttendanceView, key: str) -> None:
    typed: dict[str, Any] = {
        part: st.session_state.get(f"{key}-{part}") for part in ("absent", "came", "left", "reason")
    }
    came_at = left_at = None
    if not typed["absent"] and row.checked_in_at:
        day = local_date(row.checked_in_at)
        came_at = _near(row.checked_in_at, from_local(day, typed["came"]))
        left_at = _near(row.checked_out_at, from_local(day, typed["left"]))
        if typed["left"] <= typed["came"] and local_date(row.ends_at) > day:
            left_at = _near(row.checked_out_at, from_local(day + timedelta(days=1), typed["left"]))
    with action("corrections.done.ask") as outcome:
        form = CorrectionForm(row.id, came_at, left_at, typed["reason"] or "", row.version)
        outcome.values["name"] = plain(correct_attendance(actor, form, state.form_key("correction")).name)
    if outcome.ok:
        state.new_form_key("correction")
        open_correction(None)


def _clock(moment: datetime) -> time:
    return to_local(moment).time().replace(second=0, microsecond=0)


def _near(before: datetime | None, typed: datetime) -> datetime:
    """A clock left as it was shown, in minutes, means the instant itself."""
    return before if before is not None and before.replace(second=0, microsecond=0) == typed else typed


def show_waiting_corrections(actor: Actor, found: Sequence[CorrectionView]) -> None:
    """Those that wait for a second person, each with its two answers where the actor may give them."""
    for row in found:
        with st.container(key=f"lg-touch-corr-{row.id}", border=True):
            when = f"{day_text(row.starts_at, weekday=True)} · {row.activity}"
            st.html(
                f'<div class="lg-who"><b>{safe(row.name)}</b><small>{safe(when)}</small>'
                f"<span>{safe(correction_text(row))}</span></div>"
            )
            if not row.may_answer:
                st.caption(t("corrections.second_person"))
                continue
            with st.container(horizontal=True):
                st.button(
                    t("attendance.do.confirm"), key=f"corr-yes-{row.id}", type="primary", on_click=_answer,
                    args=(actor, row, True),
                )  # fmt: skip
                with st.popover(t("attendance.do.reject")):
                    st.text_input(t("fields.reject_reason"), key=f"corr-{row.id}-note", max_chars=400)
                    st.button(
                        t("corrections.do.reject"), key=f"corr-no-{row.id}", on_click=_answer, args=(actor, row, False)
                    )


@covered
def _answer(actor: Actor, row: CorrectionView, is_confirmed: bool) -> None:
    note = "" if is_confirmed else st.session_state.get(f"corr-{row.id}-note", "")
    with action("corrections.done.yes" if is_confirmed else "corrections.done.no", name=plain(row.name)):
        answer_correction(actor, row.id, is_confirmed=is_confirmed, note=note)


def show_corrections(found: Sequence[CorrectionView]) -> None:
    """What was corrected, by whom, and who confirmed it."""
    lines = "".join(f'<div class="lg-who"><span>{safe(correction_text(row))}</span></div>' for row in found)
    if lines:
        st.html(f'<div class="lg-lines">{lines}</div>')


def correction_text(row: CorrectionView) -> str:
    """`09:02–11:05（2 小时 3 分）→ 09:02–10:00（58 分）。原因：… 张安 3月2日 10:00 提出，李平确认`."""
    somebody = t("attendance.somebody")
    before = _hours(row.came_before, row.left_before, row.minutes_before)
    after = t("corrections.was_absent")
    if row.came_after and row.left_after:
        after = _hours(row.came_after, row.left_after, row.minutes_after)
    asked = f"{day_text(row.asked_at)} {clock_text(row.asked_at)}"
    answer = "waiting" if row.is_confirmed is None else "confirmed" if row.is_confirmed else "refused"
    said = t(f"corrections.answer.{answer}", name=row.answered_by_name or somebody, note=row.note or "")
    return t(
        "corrections.line", before=before, after=after, reason=row.reason, asked=row.asked_by_name or somebody,
        at=asked, answer=said,
    )  # fmt: skip


def _hours(came: datetime, left: datetime, minutes: int | None) -> str:
    return t(
        "corrections.hours", span=span_text(came, left), served=length_text(timedelta(minutes=minutes or 0), days=False)
    )
