"""吹哨报到 on the card of a case: who was called and why, each department's clock and answer, its buttons."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal

import streamlit as st

from config.profiles import Profile
from domain.incidents import OPEN, IncidentSymbol
from domain.permissions import Actor, Permission, Role, may
from domain.whistles import RATINGS, WhistleReason
from services.incidents.views import IncidentCard
from services.whistles.calls import (
    blow_whistle,
    count_awaited_report_ins,
    give_result,
    list_awaited_report_ins,
    list_departments,
    list_whistles,
    rate_answer,
    report_in,
    waive_whistle,
)
from services.whistles.views import AwaitedAnswer, WhistleView
from ui.components.lists import Row, show_rows
from ui.guard import action, covered
from ui.i18n import named, t
from ui.safe import safe
from ui.times import left_text, length_text, moment_text

_SHOWN = 8  # awaited report-ins above a department's list
_CALLS: dict[str, Callable[[Actor, int, str], object]] = {
    "report": report_in,
    "result": give_result,
    "waive": waive_whistle,
}
Kind = Literal["primary", "secondary"]


def show_whistles(actor: Actor, card: IncidentCard, profile: Profile, now: datetime) -> list[WhistleView]:
    """The whistles of a case; nothing where there are none and the actor may blow none. Returns their answers."""
    views = list_whistles(actor, card.view.id, now)
    blows = may(actor, Permission.INCIDENT_WHISTLE) and card.view.status in OPEN
    if not views and not blows:
        return views
    with st.container(key="lg-whistles", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", key="lg-whistles-head"):
            st.html(f'<h3 class="lg-h3">{safe(t("whistles.title"))}</h3>')
            if blows:
                with st.popover(t("whistles.blow"), key=_key(card.view.id, "blow")):
                    _show_form(actor, card.view.id, profile)
        for _, found in groupby(views, key=lambda view: view.answer.whistle_id):
            answers = list(found)
            st.html(_head(answers[0], profile, now))
            for view in answers:
                st.html(_answer(view, now))
                if not _is_own(view):
                    _show_buttons(actor, view)
    return views


def _head(view: WhistleView, profile: Profile, now: datetime) -> str:
    said = t(
        "whistles.blown", reason=named(profile.whistle_reason(view.answer.reason).name),
        name=view.blown_by or t("whistles.program"), moment=moment_text(view.answer.blown_at, now),
    )  # fmt: skip
    note = f"<span>{safe(view.note)}</span>" if view.note else ""
    return f'<p class="lg-whistle"><b>{safe(said)}</b>{note}</p>'


def _answer(view: WhistleView, now: datetime) -> str:
    late = " lg-late" if view.late else ""
    words = "".join(f"<p>{safe(words)}</p>" for words in _said(view, now))
    return (
        f'<div class="lg-answer"><b>{safe(view.department)}</b>'
        f'<em class="lg-answer-{view.state}{late}">{safe(t(f"whistles.state.{view.state}"))}</em>'
        f'<span class="{late.strip()}">{safe(_clock(view, now))}</span>'
        f"{words}</div>"
    )


def _clock(view: WhistleView, now: datetime) -> str:
    answer = view.answer
    if answer.waived_at:
        return moment_text(answer.waived_at, now)
    if answer.reported_at is None:
        return left_text(answer.due_at - now)
    took = t("whistles.took", length=length_text(answer.reported_at - answer.blown_at))
    if answer.late_seconds:
        return f"{took} {t('whistles.late', length=length_text(timedelta(seconds=answer.late_seconds)))}"
    return took


def _said(view: WhistleView, now: datetime) -> list[str]:
    answer = view.answer
    words = []
    if answer.waived_at:
        words.append(t("whistles.waived", name=view.waived_by or t("whistles.program"), reason=answer.waive_reason))
    elif answer.reported_at is None:
        words.append(t("whistles.due", moment=moment_text(answer.due_at, now)))
    if answer.result:
        words.append(answer.result)
    if answer.rating:
        words.append(t("whistles.rated", n=answer.rating))
    return words


def _is_own(view: WhistleView) -> bool:
    """Whether it is the reader's to answer: those buttons stand at the foot of the card with its steps."""
    return view.may_report_in or view.may_give_result


def show_own_answers(actor: Actor, answers: Sequence[WhistleView]) -> None:
    """To a department that was called: reporting in, or its result, without scrolling down to the whistle."""
    for view in answers:
        if _is_own(view):
            _show_buttons(actor, view)


def _show_buttons(actor: Actor, view: WhistleView) -> None:
    forms = [
        name
        for name, allowed in (
            ("report", view.may_report_in), ("result", view.may_give_result), ("rate", view.may_rate),
            ("waive", view.may_waive),
        )
        if allowed
    ]  # fmt: skip
    if not forms:
        return
    with st.container(horizontal=True, gap="small", width="content", key=_answer_key(view.id, "buttons")):
        for place, name in enumerate(forms):
            kind: Kind = "primary" if place == 0 and name != "waive" else "secondary"
            with st.popover(t(f"whistles.{name}"), type=kind, key=_answer_key(view.id, name)):
                _show_answer_form(actor, view, name)


def _show_answer_form(actor: Actor, view: WhistleView, name: str) -> None:
    if name == "rate":
        points = {n: t("whistles.points", n=n) for n in RATINGS}
        st.segmented_control(
            t("whistles.rating"), list(points), key=_answer_key(view.id, "rating"), format_func=lambda n: points[n],
        )  # fmt: skip
    st.text_area(t(f"whistles.{name}.words"), max_chars=1000, key=_answer_key(view.id, f"{name}_words"))
    st.button(
        t("case.confirm"), type="primary", key=_answer_key(view.id, f"{name}_confirm"), on_click=_do,
        args=(actor, view.id, name),
    )  # fmt: skip


@covered
def _do(actor: Actor, answer_id: int, name: str) -> None:
    words = st.session_state.get(_answer_key(answer_id, f"{name}_words")) or ""
    with action(f"whistles.{name}.done") as outcome:
        if name == "rate":
            rate_answer(actor, answer_id, st.session_state.get(_answer_key(answer_id, "rating")) or 0, words)
        else:
            _CALLS[name](actor, answer_id, words)
    _next_round(f"answer_{answer_id}", outcome.ok)


def _show_form(actor: Actor, incident_id: int, profile: Profile) -> None:
    found = list_departments(actor, incident_id)
    free = {department.user_id: department.name for department in found if not department.awaited}
    if not free:
        st.write(t("whistles.no_department"))
        return
    reasons = {reason: _reason(profile, reason) for reason in WhistleReason}
    st.radio(
        t("whistles.reason"), list(reasons), key=_key(incident_id, "reason"),
        format_func=lambda reason: reasons[reason],
    )  # fmt: skip
    st.pills(
        t("whistles.departments"), list(free), selection_mode="multi", key=_key(incident_id, "departments"),
        format_func=lambda user_id: free.get(user_id, ""),
    )  # fmt: skip
    st.text_area(t("whistles.note"), max_chars=1000, key=_key(incident_id, "note"))
    st.button(
        t("whistles.blow.confirm"), type="primary", key=_key(incident_id, "confirm"), on_click=_blow,
        args=(actor, incident_id),
    )  # fmt: skip


def _reason(profile: Profile, reason: WhistleReason) -> str:
    choice = profile.whistle_reason(reason)
    limit = t(f"clocks.limit.{choice.report_in.clock}", amount=f"{choice.report_in.amount:g}")
    example = t("whistles.example") if choice.report_in.is_example else ""
    return t("whistles.reason.limit", reason=named(choice.name), limit=limit, example=example)


@covered
def _blow(actor: Actor, incident_id: int) -> None:
    value = st.session_state.get
    with action("whistles.blow.done") as outcome:
        blow_whistle(
            actor, incident_id, value(_key(incident_id, "reason")) or WhistleReason.PROMINENT_PROBLEM,
            value(_key(incident_id, "departments")) or [], value(_key(incident_id, "note")) or "",
        )  # fmt: skip
    _next_round(str(incident_id), outcome.ok)


def _key(incident_id: int, part: str) -> str:
    return f"whistle_{incident_id}_{_round(str(incident_id))}_{part}"


def _answer_key(answer_id: int, part: str) -> str:
    return f"whistle_answer_{answer_id}_{_round(f'answer_{answer_id}')}_{part}"


def _round(name: str) -> int:
    return int(st.session_state.get(f"whistle_round_{name}", 0))


def _next_round(name: str, done: bool) -> None:
    """What was refused keeps what was typed; what was done gets fresh fields."""
    if done:
        st.session_state[f"whistle_round_{name}"] = _round(name) + 1


def own_awaited_rows(actor: Actor, profile: Profile, now: datetime) -> list[Row]:
    """Of a department the cases that wait for its report-in, due first; of others none."""
    return awaited_rows(actor, profile, now, _SHOWN) if actor.role is Role.DEPARTMENT else []


def show_awaited(
    actor: Actor, rows: list[Row], chosen: str | None, now: datetime, choose: Callable[[str], None]
) -> None:  # fmt: skip
    """Above a department's list: the cases that wait for its report-in; nothing where there are none."""
    if not rows:
        return
    count = count_awaited_report_ins(actor, now)
    title = t("whistles.awaited", n=count.total)
    late = f"<em>{safe(t('whistles.awaited.late', n=count.late))}</em>" if count.late else ""
    st.html(f'<h3 class="lg-h3">{safe(title)}{late}</h3>')
    show_rows(rows, chosen, choose, "awaited")


def awaited_rows(actor: Actor, profile: Profile, now: datetime, limit: int) -> list[Row]:
    """The cases that wait for report-ins, due first, one row each: of the department itself, else of all."""
    own = actor.role is Role.DEPARTMENT
    by_case: dict[int, list[AwaitedAnswer]] = {}
    for found in list_awaited_report_ins(actor, limit):
        by_case.setdefault(found.incident_id, []).append(found)
    return [
        Row(
            str(incident_id), IncidentSymbol.OVERDUE if first.due_at < now else IncidentSymbol.WAITING, first.title,
            first.number if own else t("look.list_comma").join(found.department for found in (first, *others)),
            left_text(first.due_at - now),
            named(profile.whistle_reason(first.reason).name) if own else t("desk.decide.awaited"),
            late=first.due_at < now,
        )
        for incident_id, (first, *others) in by_case.items()
    ]  # fmt: skip
