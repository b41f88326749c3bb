"""Parts of 轮值: one's own duties, the week as a table, what was missed, how many each has."""

from collections import Counter
from datetime import date, datetime, timedelta

import streamlit as st

from domain.clock import from_local, local_date
from domain.permissions import Actor, Permission, may
from domain.rotas import DutyState
from services.activities.weeks import monday_of
from services.rotas.duties import confirm_duty, list_own_duties
from services.rotas.plans import DutyView, RotaCard
from ui import state
from ui.components.calendar import day_in_address
from ui.components.lists import show_empty
from ui.components.print_button import show_print_button
from ui.components.symbols import symbol_mark
from ui.components.tables import WORDS, Html, table_html, titles
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe
from ui.times import day_text

MOST_OWN, MOST_MISSED = 4, 6
# Shape and colour beside the word.
SYMBOLS = {
    DutyState.DONE: "closed", DutyState.MISSED: "overdue", DutyState.NOW: "handling", DutyState.COMING: "waiting",
    DutyState.OPEN: "due_soon",
}  # fmt: skip
Point = tuple[float, float] | None


def day_words(day: date) -> str:
    """`3月18日 星期三`."""
    return day_text(from_local(day, datetime.min.time()), weekday=True)


def show_own(actor: Actor, place: Point, now: datetime) -> None:
    """One's next duties; that of today with its button."""
    st.html(f'<div class="lg-title"><b>{safe(t("rotas.mine"))}</b></div>')
    duties = list_own_duties(actor, now)
    if not duties:
        show_empty(t("rotas.mine.none"), t("rotas.mine.none.next"))
        return
    today = local_date(now)
    for duty in duties[:MOST_OWN]:
        said = f"{day_words(duty.starts_on)} · {duty.rota}"
        if duty.starts_on > today or duty.confirmed:
            mark = symbol_mark(SYMBOLS[DutyState.DONE if duty.confirmed else DutyState.COMING])
            st.html(f"<p>{mark} {safe(said)}</p>")
            continue
        st.html(f"<p>{symbol_mark('handling')} <b>{safe(said)}</b></p>")
        st.button(
            t("rotas.done"), type="primary", key=f"rota_done_{duty.id}", on_click=_confirm,
            args=(actor, duty.id, place), width="stretch",
        )  # fmt: skip
        st.caption(t("rotas.place.set" if place else "rotas.place.none"))


@covered
def _confirm(actor: Actor, duty_id: int, place: Point) -> None:
    lon, lat = place or (None, None)
    with action("rotas.done.said"):
        confirm_duty(actor, duty_id, lon, lat)


def show_week(actor: Actor, card: RotaCard, now: datetime) -> None:
    """The duties of a week from Monday, to read and to print; the address bar says which."""
    first = _monday(card, local_date(now))
    last = first + timedelta(days=6)
    duties = [duty for duty in card.duties if duty.starts_on <= last and duty.ends_on >= first]
    number = Counter(duty.state for duty in card.duties)
    counts = t(
        "rotas.counts", n=len(card.duties), done=number[DutyState.DONE], missed=number[DutyState.MISSED]
    )  # fmt: skip
    title = f"{card.rota.name} · {card.rota.area} · {t('rotas.week', first=first.isoformat(), last=last.isoformat())}"
    st.html(f'<div class="lg-title"><b>{safe(title)}</b><small>{safe(counts)}</small></div>')
    with st.container(horizontal=True, key="lg-touch-rota-week"):
        for name, to in (("previous", first - timedelta(days=7)), ("next", first + timedelta(days=7))):
            st.button(
                t(f"rotas.week.{name}"), key=f"rota_week_{name}", on_click=state.set_query,
                kwargs={"week": to.isoformat()},
            )  # fmt: skip
        show_print_button()
    if not duties:
        st.caption(t("rotas.week.none"))
        return
    st.html(table_html(titles("rotas.head", "day", "who", "state"), map(_cells, duties), f"{WORDS} lg-rota"))
    loads = " · ".join(t("rotas.load", name=name, n=card.loads.get(one, 0)) for one, name in card.members.items())
    st.html(f'<div class="lg-foot"><b>{safe(t("rotas.loads"))}</b> {safe(loads)}</div>')
    st.caption(t("rotas.print"))


def _monday(card: RotaCard, today: date) -> date:
    return monday_of(day_in_address("week") or min(max(today, card.rota.starts_on), card.rota.ends_on))


def _cells(duty: DutyView) -> tuple[str, ...]:
    day = day_words(duty.starts_on)
    if duty.ends_on > duty.starts_on:
        day += f" – {day_words(duty.ends_on)}"
    mark = symbol_mark(SYMBOLS[duty.state])
    return day, duty.person or t("rotas.open"), Html(f"{mark} {safe(t(f'rotas.state.{duty.state}'))}")


def show_missed(actor: Actor, card: RotaCard) -> None:
    """Duties that passed without being done; who leads may still confirm one that was."""
    missed, speaks_for = card.missed, card.in_areas and may(actor, Permission.ROTA_CONFIRM)
    st.html(f'<h3 class="lg-h3">{symbol_mark("overdue")} {safe(t("rotas.missed", n=len(missed)))}</h3>')
    for duty in missed[:MOST_MISSED]:
        words = f"{day_words(duty.starts_on)} · {duty.person or t('rotas.open')}"
        with st.container(horizontal=True, vertical_alignment="center", key=f"lg-touch-missed-{duty.id}"):
            st.html(f"<p>{safe(words)}</p>")
            if duty.person_id is not None and duty.person_id != actor.person_id and speaks_for:
                st.button(
                    t("rotas.done.for"), key=f"rota_for_{duty.id}", on_click=_confirm, args=(actor, duty.id, None),
                    help=plain(words),
                )  # fmt: skip
