"""Volunteers: the roll, one volunteer, the form to join."""

from collections.abc import Callable
from datetime import timedelta

import streamlit as st

from domain.clock import local_date, utc_now
from domain.permissions import Actor, Permission, may
from services.activities.attendances import list_attendances_of
from services.areas.work_areas import list_work_areas
from services.people.volunteers import (
    Namesake,
    VolunteerForm,
    VolunteerPage,
    VolunteerView,
    end_volunteer,
    list_namesakes,
    list_teams,
    move_volunteer,
    register_volunteer,
)
from ui import state
from ui.components.lists import show_empty
from ui.components.own_service import show_own_attendances
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe
from ui.times import length_text


def show_roll(page: VolunteerPage, searched: bool, on_choose: Callable[[int], None]) -> None:
    """The rows of one page, each a target; below them the other pages."""
    if not page.volunteers:
        kind = "search" if searched else "roll"
        show_empty(t(f"volunteers.empty.{kind}"), t(f"volunteers.empty_next.{kind}"))
        return
    with st.container(key="lg-rows-volunteers", gap=None):
        for row in page.volunteers:
            with st.container(key=f"lg-pick-volunteer-{row.id}", gap=None):
                st.html(_row_html(row))
                st.button(plain(row.name), key=f"volunteer-{row.id}", on_click=on_choose, args=(row.id,))
    if page.pages > 1:
        with st.container(key="lg-touch-pages"):
            st.pagination(page.pages, key="volunteers-page")


def _row_html(row: VolunteerView) -> str:
    home = " · ".join(part for part in (row.team or t("volunteers.no_team"), row.area) if part)
    left = t("volunteers.left_on", day=row.left_on) if row.left_on else ""
    served = length_text(timedelta(minutes=row.minutes), days=False)
    return (
        f'<div class="lg-row lg-person"><div><b>{safe(row.name)}</b><span>{safe(home)}</span></div>'
        f"<div><b>{safe(served)}</b><span>{safe(left or t('volunteers.this_year'))}</span></div></div>"
    )


def show_volunteer(actor: Actor, view: VolunteerView) -> None:
    """One volunteer: where they belong, what they did, and what may be changed."""
    facts = (
        ("fields.team", view.team or t("volunteers.no_team")),
        ("fields.home_area", view.area or t("volunteers.no_area")),
        ("volunteers.joined", view.joined_on.isoformat()),
        ("volunteers.left", view.left_on.isoformat() if view.left_on else ""),
    )
    lines = "".join(f"<dt>{safe(t(key))}</dt><dd>{safe(value)}</dd>" for key, value in facts if value)
    st.html(f'<h1 class="lg-card-title">{safe(view.name)}</h1><dl class="lg-pairs">{lines}</dl>')
    if may(actor, Permission.VOLUNTEER_EDIT) and view.left_on is None:
        _show_changes(actor, view)
    st.html(f'<div class="lg-title"><b>{safe(t("volunteers.attendances"))}</b></div>')
    show_own_attendances(list_attendances_of(actor, view.id))


def _show_changes(actor: Actor, view: VolunteerView) -> None:
    key = f"volunteer-{view.id}-{view.version}"
    with st.container(horizontal=True, key="lg-touch-changes"):
        with st.popover(t("volunteers.do.move")):
            _show_home(actor, key, view)
            st.button(t("volunteers.do.move_now"), key=f"{key}-move", on_click=_move, args=(actor, view, key))
        with st.popover(t("volunteers.do.leave")):
            st.caption(t("volunteers.leave_note"))
            st.button(t("volunteers.do.leave_now"), key=f"{key}-leave", on_click=_end, args=(actor, view))


def _show_home(actor: Actor, key: str, view: VolunteerView | None) -> None:
    """Team and area of a volunteer; 0 stands for none."""
    teams = {0: t("volunteers.no_team")} | team_names(actor)
    areas = {0: t("volunteers.no_area")} | {area.id: area.label for area in list_work_areas(actor)}
    if view is not None and view.area_id is not None:
        areas.setdefault(view.area_id, view.area or "")
    st.session_state.setdefault(f"{key}-team", (view.team_id or 0) if view else 0)
    st.session_state.setdefault(f"{key}-area", (view.area_id or 0) if view else actor.area_id or 0)
    st.selectbox(
        t("fields.team"), list(teams), key=f"{key}-team",
        format_func=teams.__getitem__,
    )  # fmt: skip
    st.selectbox(
        t("fields.home_area"), list(areas), key=f"{key}-area",
        format_func=areas.__getitem__,
    )  # fmt: skip


@covered
def _move(actor: Actor, view: VolunteerView, key: str) -> None:
    team, area = st.session_state[f"{key}-team"] or None, st.session_state[f"{key}-area"] or None
    with action("volunteers.done.moved") as outcome:
        outcome.values["name"] = plain(move_volunteer(actor, view.id, team, area, view.version).name)


@covered
def _end(actor: Actor, view: VolunteerView) -> None:
    with action("volunteers.done.left") as outcome:
        today = local_date(utc_now())
        outcome.values["name"] = plain(end_volunteer(actor, view.id, today, view.version).name)


def show_join_form(actor: Actor) -> None:
    """Put somebody on the roll. Somebody of the same name is shown first: the same person, or another one."""
    state.form_key("volunteer")
    st.html(f'<div class="lg-title"><b>{safe(t("volunteers.form.title"))}</b></div>')
    name = st.text_input(t("fields.person_name"), key="join-name", max_chars=60)
    namesakes = {one.person_id: one for one in list_namesakes(actor, name)}
    if namesakes:
        labels = {number: _namesake_text(one) for number, one in namesakes.items()} | {0: t("volunteers.form.other")}
        if st.session_state.get("join-person") not in labels:
            st.session_state["join-person"] = None
        st.radio(
            t("volunteers.form.known"), list(labels), index=None, key="join-person", format_func=labels.__getitem__,
        )  # fmt: skip
    st.text_input(t("fields.phone"), key="join-phone", max_chars=32, help=t("volunteers.form.phone_why"))
    st.checkbox(t("volunteers.form.agreed"), key="join-agreed")
    _show_home(actor, "join", None)
    undecided = bool(namesakes) and st.session_state.get("join-person") is None
    with st.container(horizontal=True, key="lg-touch-join"):
        st.button(
            t("volunteers.form.save"), type="primary", key="join-save", on_click=_join, args=(actor,),
            disabled=undecided,
        )  # fmt: skip
        st.button(t("activities.form.back"), key="join-back", on_click=_leave_form)


def _namesake_text(one: Namesake) -> str:
    parts = [one.name, one.area or t("volunteers.no_area")]
    if one.is_volunteer:
        parts.append(t("volunteers.form.on_roll"))
    return plain(" · ".join(parts))


@covered
def _join(actor: Actor) -> None:
    parts = ("name", "phone", "team", "area", "person", "agreed")
    typed = {part: st.session_state.get(f"join-{part}") for part in parts}
    form = VolunteerForm(
        typed["name"] or "", typed["team"] or None, typed["area"] or None, typed["phone"] or "",
        typed["person"] or None, bool(typed["agreed"]),
    )  # fmt: skip
    with action("volunteers.done.joined") as outcome:
        saved = register_volunteer(actor, form, state.form_key("volunteer"))
        outcome.values["name"] = plain(saved.name)
    if outcome.ok:
        state.new_form_key("volunteer")
        _leave_form()
        state.set_query(id=saved.id)


def _leave_form() -> None:
    for key in [key for key in st.session_state if str(key).startswith("join-")]:
        del st.session_state[key]
    state.set_query(form=None)


def team_names(actor: Actor) -> dict[int, str]:
    """The teams by id, those of a brigade set in under it."""
    return {team.id: "　" * team.depth + team.name for team in list_teams(actor)}
