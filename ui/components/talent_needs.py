"""Needs for skills: the list, one need with whom to ask and why, and the form of a new one."""

from datetime import datetime, time, timedelta

import streamlit as st

from domain.clock import from_local, local_date
from domain.errors import NotFound
from domain.permissions import Actor
from domain.talents import NeedState
from services.activities.calendar import ActivityFilter, list_upcoming_activities
from services.areas.work_areas import list_work_areas
from services.stations.register import list_stations
from services.talents.matches import Suggestion, ask_talent, suggest_talents, take_back_ask
from services.talents.needs import NeedForm, NeedView, add_need, get_need, list_needs, withdraw_need
from ui import state
from ui.components.assign_form import all_skills, skill_names
from ui.components.lists import Row, show_empty, show_rows
from ui.components.talent_asks import reason_words, when_text
from ui.components.talents import called, times_text
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import safe

_STATES = {"open": (NeedState.OPEN,), "met": (NeedState.MET,), "all": tuple(NeedState)}
_PLACES = ("activity", "station", "area")


def show_needs(actor: Actor, now: datetime) -> None:
    """Which needs, and their rows: what begins first stands first."""
    with st.container(horizontal=True, key="lg-touch-needs", vertical_alignment="center"):
        kind = st.segmented_control(
            t("talents.needs"), list(_STATES), default="open", required=True, key="needs-state",
            format_func=lambda key: t(f"talents.needs.{key}"), label_visibility="collapsed",
        )  # fmt: skip
        st.button(
            t("talents.do.need"), key="need-new", type="primary", on_click=state.set_query,
            kwargs={"form": "need", "need": None},
        )  # fmt: skip
    views = list_needs(actor, _STATES[kind], now)
    if not views:
        show_empty(t("talents.needs.none"), t("talents.needs.none_next"))
    rows = [_row(view) for view in views]
    show_rows(rows, state.query("need"), lambda key: state.set_query(need=key, form=None), "needs")


def _row(view: NeedView) -> Row:
    mark = {"open": "in_progress", "met": "closed", "withdrawn": "voided"}[view.state]
    return Row(
        str(view.id), mark, f"{skill_names([view.skill])} · {view.text}",
        " · ".join(part for part in (view.activity, view.station, view.area) if part),
        when_text(view.starts_at, view.until), state_text(view),
    )  # fmt: skip


def state_text(view: NeedView) -> str:
    """What stands out of a need: whom it waits for, who comes, or that its time has passed."""
    name = t("talents.called", surname=view.asked) if view.asked else t("talents.somebody")
    if view.state == NeedState.MET:
        return t("talents.need.came" if view.is_over else "talents.need.met", name=name)
    if view.state == NeedState.WITHDRAWN or view.is_over:
        return t("talents.need.withdrawn" if view.state == NeedState.WITHDRAWN else "talents.need.over")
    return t("talents.need.waits", name=name) if view.ask_id else t("talents.need.open")


def show_chosen_need(actor: Actor, now: datetime) -> None:
    """The form, or the chosen need with whom to ask."""
    if state.query("form") == "need":
        _show_form(actor, now)
        return
    try:
        view = get_need(actor, state.query_id("need") or 0, now)
    except NotFound:
        show_empty(t("talents.need.choose"), t("talents.need.choose_next"))
        return
    where = " · ".join(part for part in (view.activity, view.station, view.area) if part)
    facts = (
        (t("talents.skill"), skill_names([view.skill])),
        (t("talents.need.when"), when_text(view.starts_at, view.until)),
        (t("talents.need.where"), where or "—"),
        (t("talents.need.by"), view.created_by or "—"),
        (t("talents.need.state"), state_text(view)),
    )
    pairs = "".join(f"<dt>{safe(label)}</dt><dd>{safe(value)}</dd>" for label, value in facts)
    st.html(f'<h1 class="lg-h1">{safe(view.text)}</h1><dl class="lg-pairs">{pairs}</dl>')
    if view.declined:
        st.caption(t("talents.need.declined", n=view.declined))
    if view.ask_id:
        st.caption(t("talents.asked_by", who=view.asked_by or "—", why=reason_words(view.reasons or "")))
    if view.state == NeedState.OPEN and not view.is_over:
        _show_open(actor, view, now)


def _show_open(actor: Actor, view: NeedView, now: datetime) -> None:
    with st.container(horizontal=True, key="lg-touch-need"):
        if view.ask_id:
            st.button(t("talents.do.take_back"), key="take-back", on_click=_take_back, args=(actor, view))
        st.button(t("talents.do.withdraw_need"), key="withdraw-need", on_click=_withdraw, args=(actor, view))
    if view.ask_id:
        return
    found = suggest_talents(actor, view.id, now)
    st.html(f'<h3 class="lg-h3">{safe(t("talents.suggestions", n=found.found))}</h3>')
    st.caption(t("talents.suggestions.note"))
    if not found.suggestions:
        show_empty(t("talents.suggestions.none"), t("talents.suggestions.none_next"))
    for one in found.suggestions:
        with st.container(horizontal=True, key=f"lg-touch-who-{one.talent.person_id}", vertical_alignment="center"):
            st.html(_suggestion_html(one))
            st.button(
                t("talents.do.ask"), key=f"ask-{one.talent.person_id}", type="primary", on_click=_ask,
                args=(actor, view, one.talent.person_id),
            )  # fmt: skip
    if found.left_out:
        st.caption(t("look.list_comma").join(t(f"talents.left_out.{why}", n=n) for why, n in found.left_out.items()))


def _suggestion_html(one: Suggestion) -> str:
    talent = one.talent
    said = " · ".join(part for part in (talent.area, talent.sentence, times_text(talent)) if part)
    return (
        f'<div class="lg-who"><b>{safe(called(talent))}</b><span>{safe(reason_words(",".join(one.reasons)))}</span>'
        f"<span>{safe(said)}</span></div>"
    )


@covered
def _ask(actor: Actor, view: NeedView, person: int) -> None:
    with action("talents.done.asked"):
        ask_talent(actor, view.id, view.version, person)


@covered
def _take_back(actor: Actor, view: NeedView) -> None:
    with action("talents.done.taken_back"):
        take_back_ask(actor, view.ask_id or 0, view.ask_version or 0)


@covered
def _withdraw(actor: Actor, view: NeedView) -> None:
    with action("talents.done.need_withdrawn"):
        withdraw_need(actor, view.id, view.version)


def _show_form(actor: Actor, now: datetime) -> None:
    st.html(f'<h3 class="lg-h3">{safe(t("talents.do.need"))}</h3>')
    skills = all_skills()
    st.selectbox(t("talents.skill"), list(skills), key="need-skill", format_func=skills.__getitem__)
    st.text_input(t("fields.need_text"), key="need-text", max_chars=200, placeholder=t("talents.need.hint"))
    place = st.segmented_control(
        t("talents.need.where"), _PLACES, default="activity", required=True, key="need-place",
        format_func=lambda key: t(f"talents.place.{key}"),
    )  # fmt: skip
    choices = _choices(actor, place, now)
    if not choices:
        show_empty(t(f"talents.place.{place}.none"), t("talents.place.none_next"))
    st.selectbox(
        t(f"talents.place.{place}"), list(choices), key=f"need-{place}", format_func=choices.__getitem__
    )  # fmt: skip
    if place != "activity":
        st.date_input(t("fields.day"), local_date(now) + timedelta(days=3), key="need-day", format="YYYY-MM-DD")
        first, last = st.columns(2)
        first.time_input(t("fields.starts_at"), time(14, 0), key="need-from", step=1800)
        last.time_input(t("fields.ends_at"), time(16, 0), key="need-until", step=1800)
    with st.container(horizontal=True, key="lg-touch-need-form"):
        st.button(t("talents.do.save"), key="need-save", type="primary", on_click=_save, args=(actor, place))
        st.button(t("activities.form.back"), key="need-back", on_click=state.set_query, kwargs={"form": None})


def _choices(actor: Actor, place: str, now: datetime) -> dict[int, str]:
    if place == "activity":
        which = ActivityFilter(area_path=actor.area_path, with_cancelled=False)
        found = list_upcoming_activities(actor, which, 60, now)
        return {one.id: f"{one.title} · {when_text(one.starts_at, one.ends_at)}" for one in found}
    areas = {area.id: area.label for area in list_work_areas(actor)}
    if place == "area":
        return areas
    return {one.id: one.name for one in list_stations(actor, now=now) if one.area_id in areas or not actor.area_path}


@covered
def _save(actor: Actor, place: str) -> None:
    value = st.session_state
    starts_at, until = None, None
    if place != "activity":
        starts_at, until = (from_local(value["need-day"], value[f"need-{end}"]) for end in ("from", "until"))
    form = NeedForm(
        value["need-skill"], value["need-text"], **{f"{place}_id": value[f"need-{place}"]}, starts_at=starts_at,
        until=until, form_key=state.form_key("need"),
    )  # fmt: skip
    saved = 0
    with action("talents.done.need") as outcome:
        saved = add_need(actor, form)
    if outcome.ok:
        state.new_form_key("need")
        value["need-text"] = ""
        state.set_query(need=saved, form=None)
