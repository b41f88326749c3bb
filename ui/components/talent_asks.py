"""What one was asked to help with: the hint on the first page, the need, why oneself, and the two answers."""

from datetime import datetime

import streamlit as st

from domain.permissions import Actor, Permission, may
from services.talents.matches import OwnAsk, answer_ask, count_own_asks, list_own_asks
from ui.components.assign_form import skill_names
from ui.components.lists import show_empty
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import safe
from ui.times import clock_text, day_text

_SHOWN = 6


def show_ask_hint(actor: Actor, now: datetime) -> None:
    """To somebody whose answer is awaited, and to nobody else: how many questions wait, with the way there."""
    waiting = count_own_asks(actor, now) if may(actor, Permission.TALENT_OWN) else 0
    if waiting:
        words = t("talents.asks.hint", n=waiting)
        st.html(f'<p class="lg-note-line"><a href="/talents" target="_self">{safe(words)}</a></p>')


def show_own_asks(actor: Actor, now: datetime) -> None:
    """Questions that wait first, each with yes and no; then what became of the others."""
    asks = list_own_asks(actor, now)
    waiting = sum(ask.may_answer for ask in asks)
    st.html(f'<div class="lg-title"><b>{safe(t("talents.asks"))}</b><em>{waiting}</em></div>')
    if not asks:
        show_empty(t("talents.asks.none"), t("talents.asks.none_next"))
    for ask in asks[:_SHOWN]:
        with st.container(horizontal=True, key=f"lg-touch-who-ask-{ask.id}", vertical_alignment="center"):
            st.html(_ask_html(ask))
            if ask.may_answer:
                st.button(
                    t("talents.do.accept"), key=f"accept-{ask.id}", type="primary", on_click=_answer,
                    args=(actor, ask, True),
                )  # fmt: skip
                st.button(t("talents.do.decline"), key=f"decline-{ask.id}", on_click=_answer, args=(actor, ask, False))


def when_text(starts_at: datetime, until: datetime) -> str:
    """`3月19日 星期四 14:30–16:30`."""
    return f"{day_text(starts_at, weekday=True)} {clock_text(starts_at)}–{clock_text(until)}"


def reason_words(reasons: str) -> str:
    """Reasons as they are stored, in words."""
    return t("look.list_comma").join(t(f"talents.reason.{key}") for key in reasons.split(",") if key)


def _ask_html(ask: OwnAsk) -> str:
    where = " · ".join(part for part in (ask.activity, ask.station, ask.area) if part)
    state = "" if ask.may_answer else t(f"talents.ask_state.{ask.state}")
    by = t("talents.asked_by", who=ask.asked_by or "—", why=reason_words(ask.reasons))
    lines = (f"{when_text(ask.starts_at, ask.until)} · {where}", by)
    return (
        f'<div class="lg-who"><b>{safe(skill_names([ask.skill]))} · {safe(ask.text)}</b><small>{safe(state)}</small>'
        + "".join(f"<span>{safe(line)}</span>" for line in lines)
        + "</div>"
    )


@covered
def _answer(actor: Actor, ask: OwnAsk, accept: bool) -> None:
    with action("talents.done.accepted" if accept else "talents.done.declined"):
        answer_ask(actor, ask.id, ask.version, accept)
