"""Assign a member to a grid, and end an assignment."""

from collections.abc import Iterable
from datetime import date, datetime

import streamlit as st

from config.posts import member_posts, traits_of
from domain.clock import local_date
from domain.errors import StaleRecord
from domain.permissions import Actor, Permission, may
from services.people.assignments import (
    AssignmentForm,
    AssignmentView,
    GridCard,
    GridRow,
    assign_member,
    end_assignment,
    get_grid_card,
)
from services.people.proposals import Candidate, list_candidates
from services.system.installations import current_profile
from ui import state
from ui.components.assignments import assignment_html, grid_word, post_name, span_words
from ui.components.lists import show_empty
from ui.guard import action, covered
from ui.i18n import named, t
from ui.safe import plain, safe


def show_present(actor: Actor, card: GridCard, now: datetime) -> None:
    """Who looks after the grid now or will, each with the way to end it for those who may."""
    grid = grid_word()
    st.html(f'<h3 class="lg-h3">{safe(t("assignments.present", n=len(card.present)))}</h3>')
    if not card.present:
        kind = "edit" if may(actor, Permission.ASSIGNMENT_EDIT) else "see"
        show_empty(t("assignments.empty.members", grid=grid), t(f"assignments.empty.members.{kind}"))
    for view in card.present:
        with st.container(horizontal=True, key=f"lg-touch-who-{view.id}", vertical_alignment="center"):
            st.html(assignment_html(view))
            if may(actor, Permission.ASSIGNMENT_EDIT):
                _show_end(actor, view, now)


def _show_end(actor: Actor, view: AssignmentView, now: datetime) -> None:
    name = f"end-{view.id}"
    with st.popover(t("assignments.do.end")):
        st.date_input(t("assignments.last_day"), local_date(now), key=f"{name}-day", format="YYYY-MM-DD")
        st.text_input(t("fields.reason"), key=f"{name}-reason", max_chars=400)
        st.button(t("assignments.do.end_now"), key=name, type="primary", on_click=_end, args=(actor, view))


@covered
def _end(actor: Actor, view: AssignmentView) -> None:
    name = f"end-{view.id}"
    with action("assignments.done.ended", person=plain(view.person)) as outcome:
        day, reason = st.session_state[f"{name}-day"], st.session_state[f"{name}-reason"]
        end_assignment(actor, view.id, view.version, day, reason)
    if isinstance(outcome.error, StaleRecord):
        newer = next(found for found in get_grid_card(actor, view.area_id).assignments if found.id == view.id)
        words = f"{newer.person} · {span_words(newer.starts_on, newer.ends_on)} · {newer.end_reason}"
        state.flash("info", t("assignments.newer", words=plain(words)))


def show_assign_form(actor: Actor, grid: GridRow, now: datetime) -> None:
    """Who, as what, from when to when, why. What is typed stays when the service refuses."""
    name = f"assign-{grid.id}"
    st.html(f'<h3 class="lg-h3">{safe(t("assignments.form"))}</h3>')
    text = st.text_input(
        t("assignments.member_search"), key=f"{name}-search", placeholder=t("assignments.member_hint"), max_chars=60,
        label_visibility="collapsed",
    )  # fmt: skip
    found = {one.member.id: one for one in list_candidates(actor, grid, text, now)}
    if not found:
        show_empty(t("assignments.empty.candidates"), t("assignments.empty.candidates.next"))
        return
    if st.session_state.get(f"{name}-person") not in found:
        st.session_state[f"{name}-person"] = next(iter(found))
    person = st.radio(
        t("assignments.member"), list(found), key=f"{name}-person",
        format_func=lambda key: plain(found[key].member.name),
        captions=[candidate_words(one) for one in found.values()],
    )  # fmt: skip
    post = _show_post(name, found[person])
    first, last = st.columns(2)
    first.date_input(t("assignments.first_day"), local_date(now), key=f"{name}-from", format="YYYY-MM-DD")
    last.date_input(t("assignments.last_day"), None, key=f"{name}-to", format="YYYY-MM-DD")
    st.text_input(t("assignments.reason"), key=f"{name}-reason", max_chars=400)
    label = t("assignments.do.assign", person=plain(found[person].member.name))
    with st.container(key="lg-assign-do"):
        st.button(label, key=name, type="primary", on_click=_assign, args=(actor, grid, person, post), width="stretch")


def _show_post(name: str, candidate: Candidate) -> str:
    """The post: the one that fits, until another is chosen; and why it fits."""
    posts = [post.key for post in member_posts(current_profile())]
    key = f"{name}-post-{candidate.member.id}"
    post = st.selectbox(
        t("assignments.post"), posts, index=posts.index(candidate.post), key=key,
        format_func=lambda one: plain(post_name(one)),
    )  # fmt: skip
    matching = skill_names(set(candidate.skills) & traits_of(post).skills)
    st.caption(t("assignments.fits", skills=matching) if matching else t("assignments.fits_no_skill"))
    return post


def skill_names(keys: Iterable[str]) -> str:
    """`调解、法律`."""
    names = all_skills()
    return t("look.list_comma").join(names.get(key, key) for key in sorted(keys))


def all_skills() -> dict[str, str]:
    """The profile's skills: key → name."""
    return {skill.key: named(skill.name) for skill in current_profile().skills}


def candidate_words(candidate: Candidate) -> str:
    """`距居住社区 420 米 · 现包联 0 格 · 技能 调解`, as Markdown."""
    home = candidate.member.home or t("assignments.no_home")
    distance = distance_words(candidate.metres)
    words = [home, distance, t("assignments.load", n=candidate.member.grids)]
    if candidate.skills:
        words.append(t("assignments.skills", skills=skill_names(candidate.skills)))
    return plain(" · ".join(word for word in words if word))


def distance_words(metres: float | None) -> str:
    """`距居住社区 420 米`, from a kilometre on `2.1 公里`, "" where it is not known."""
    if metres is None:
        return ""
    if metres < 1000:
        return t("assignments.distance_m", n=f"{round(metres, -1):.0f}")
    return t("assignments.distance_km", n=f"{metres / 1000:.1f}")


@covered
def _assign(actor: Actor, grid: GridRow, person: int, post: str) -> None:
    name = f"assign-{grid.id}"
    start: date = st.session_state[f"{name}-from"]
    end: date | None = st.session_state[f"{name}-to"]
    with action("assignments.done.assigned", grid=plain(grid.name)) as outcome:
        reason, key = st.session_state[f"{name}-reason"], state.form_key("assign")
        assign_member(actor, AssignmentForm(person, grid.id, post, start, end, reason, key))
    if outcome.ok:
        state.new_form_key("assign")
        for field in ("search", "person", "reason", "from", "to"):
            st.session_state.pop(f"{name}-{field}", None)
