"""Forms of 轮值: swaps with consent, a new rota, the coming duties handed out anew."""

from datetime import date, datetime, timedelta

import streamlit as st

from domain.clock import local_date
from domain.permissions import Actor, Permission, may
from domain.rotas import Absence, RotaStep, SwapAnswer
from services.incidents.places import list_own_areas
from services.people.register import PeopleFilter, find_people
from services.rotas.duties import answer_swap, ask_swap
from services.rotas.plans import DutyView, RotaCard, RotaForm, make_rota, remake_rota
from ui import state
from ui.components.rotas import day_words
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain


def show_swaps(actor: Actor, card: RotaCard, now: datetime) -> None:
    """Swaps that wait, with the buttons of who may answer, and the form that asks for one."""
    duties = {duty.id: duty for duty in card.duties}
    for swap in card.swaps:
        one, other = duties[swap.duty_id], duties[swap.other_id]
        st.caption(
            plain(
                t("rotas.swap.line", who=one.person or "", day=day_words(one.starts_on), other=other.person or "",
                  other_day=day_words(other.starts_on))
            )
        )  # fmt: skip
        asked = actor.person_id == swap.asked_of
        for_them = card.in_areas and may(actor, Permission.ROTA_CONFIRM) and actor.person_id != swap.asked_by
        if asked or for_them:
            with st.container(horizontal=True, key=f"lg-touch-swap-{swap.id}"):
                for name, answer in (("accept", SwapAnswer.ACCEPTED), ("decline", SwapAnswer.DECLINED)):
                    st.button(
                        t(f"rotas.swap.{name}"), key=f"rota_{name}_{swap.id}", on_click=_answer,
                        args=(actor, swap.id, answer),
                    )  # fmt: skip
    with st.expander(t("rotas.swap")):
        _ask(actor, card, now)


def _ask(actor: Actor, card: RotaCard, now: datetime) -> None:
    coming = [duty for duty in card.duties if duty.starts_on > local_date(now) and duty.person_id is not None]
    asks_for = card.in_areas and may(actor, Permission.ROTA_EDIT)
    mine = [duty for duty in coming if asks_for or duty.person_id == actor.person_id]
    if not mine:
        st.caption(t("rotas.swap.none"))
        return
    one = _choose("rotas.swap.mine", mine, "rota_mine")
    others = [duty for duty in coming if duty.person_id != one.person_id and duty.starts_on != one.starts_on]
    if not others:
        st.caption(t("rotas.swap.none"))
        return
    other = _choose("rotas.swap.other", others, "rota_other")
    st.button(t("rotas.swap.ask"), key="rota_ask", on_click=_ask_swap, args=(actor, one.id, other.id))


def _choose(label: str, duties: list[DutyView], key: str) -> DutyView:
    by_id = {duty.id: duty for duty in duties}
    chosen = st.selectbox(
        t(label), list(by_id), key=key,
        format_func=lambda one: f"{day_words(by_id[one].starts_on)} · {plain(by_id[one].person or '')}",
    )  # fmt: skip
    return by_id[chosen]


@covered
def _ask_swap(actor: Actor, duty_id: int, other_id: int) -> None:
    with action("rotas.swap.asked"):
        ask_swap(actor, duty_id, other_id)


@covered
def _answer(actor: Actor, swap_id: int, answer: SwapAnswer) -> None:
    with action(f"rotas.swap.{answer}"):
        answer_swap(actor, swap_id, answer)


def show_make(actor: Actor, now: datetime) -> None:
    """A new rota: people, days, seats."""
    with st.expander(t("rotas.make")):
        key = f"rota_{state.form_key('rota')}"
        today = local_date(now)
        areas = {area.id: area.name for area in list_own_areas(actor)}
        st.text_input(t("rotas.name"), max_chars=60, key=f"{key}_name")
        st.selectbox(t("rotas.area"), list(areas), key=f"{key}_area", format_func=lambda one: plain(areas.get(one, "")))
        _ask_people(actor, key, {})
        st.date_input(t("rotas.from"), today + timedelta(days=1), key=f"{key}_from")
        st.date_input(t("rotas.to"), today + timedelta(days=28), key=f"{key}_to")
        st.selectbox(
            t("rotas.step"), list(RotaStep), key=f"{key}_step", format_func=lambda step: t(f"rotas.step.{step}")
        )
        st.number_input(t("rotas.seats"), 1, 10, 1, key=f"{key}_seats")
        st.button(t("rotas.make.do"), type="primary", key="rota_make", on_click=_make, args=(actor, key))


def _ask_people(actor: Actor, key: str, members: dict[int, str]) -> None:
    search = st.text_input(t("rotas.search"), key=f"{key}_search", max_chars=60)
    known: dict[int, str] = st.session_state.setdefault(f"{key}_names", dict(members))
    known |= {one.id: one.name for one in find_people(actor, PeopleFilter(search=search or "")).people}
    chosen = st.multiselect(
        t("rotas.people"), list(known), default=list(members), key=f"{key}_people", select_all=False,
        format_func=lambda one: plain(known.get(one, "")), placeholder=t("rotas.people.hint"),
    )  # fmt: skip
    if st.session_state.get(f"{key}_away") not in chosen:
        st.session_state[f"{key}_away"] = None  # who is not on the rota is not away from it
    st.selectbox(
        t("rotas.away"), chosen, index=None, key=f"{key}_away", placeholder=t("rotas.away.hint"),
        format_func=lambda one: plain(known.get(one, "")),
    )  # fmt: skip
    st.date_input(t("rotas.away.from"), None, key=f"{key}_away_from")
    st.date_input(t("rotas.away.to"), None, key=f"{key}_away_to")


def _absences(key: str) -> tuple[tuple[int, Absence], ...]:
    value = st.session_state.get
    who, first, last = value(f"{key}_away"), value(f"{key}_away_from"), value(f"{key}_away_to")
    return ((who, Absence(first, last or first)),) if who is not None and first is not None else ()


@covered
def _make(actor: Actor, key: str) -> None:
    value = st.session_state.get
    with action("rotas.made") as outcome:
        rota = make_rota(
            actor,
            RotaForm(
                value(f"{key}_name") or "", value(f"{key}_area") or 0, tuple(value(f"{key}_people") or ()),
                value(f"{key}_from") or date.max, value(f"{key}_to") or date.min, value(f"{key}_step") or RotaStep.DAY,
                value(f"{key}_seats") or 1, _absences(key), state.form_key("rota"),
            ),
        )  # fmt: skip
    if outcome.ok:
        state.new_form_key("rota")
        state.set_query(id=rota, week=None)


def show_remake(actor: Actor, card: RotaCard, now: datetime) -> None:
    """Other members or absences for the duties to come."""
    with st.expander(t("rotas.remake")):
        key = f"rota_{card.rota.id}_{card.rota.version}"
        st.caption(t("rotas.remake.note"))
        _ask_people(actor, key, card.members)
        st.button(t("rotas.remake.do"), key="rota_remake", on_click=_remake, args=(actor, card, key))


@covered
def _remake(actor: Actor, card: RotaCard, key: str) -> None:
    rota, people = card.rota, tuple(st.session_state.get(f"{key}_people") or ())
    kept = tuple((person, away) for person, spans in card.absences.items() if person in people for away in spans)
    form = RotaForm(
        rota.name, rota.area_id, people, rota.starts_on, rota.ends_on,
        RotaStep(rota.step), rota.seats, kept + _absences(key),
    )  # fmt: skip
    with action("rotas.remade"):
        remake_rota(actor, rota.id, rota.version, form)
