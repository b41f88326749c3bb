"""The balanced proposal: for each grid without a member who could take it and why; a person confirms."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import streamlit as st

from config.posts import member_posts, traits_of
from domain.assignments import ReasonKind
from domain.permissions import Actor
from services.people.assignments import Coverage
from services.people.proposals import Proposal, confirm_proposals, propose_assignments, skills_of
from services.system.installations import current_profile
from ui import state
from ui.components.assign_form import distance_words, skill_names
from ui.components.assignments import grid_word, post_name
from ui.components.lists import show_empty
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe
from ui.times import clock_text

PAGE = 8
_KEPT = "assign_proposals"


def show_proposals(actor: Actor, coverage: Coverage, now: datetime) -> None:
    """Make a proposal, look at it page by page, confirm one row or all. Nothing is written before."""
    grid = grid_word()
    st.html(
        f'<div class="lg-title"><b>{safe(t("proposals.title"))}</b><small>{safe(t("proposals.note"))}</small></div>'
    )
    st.html(f'<div class="lg-how"><b>{safe(t("look.how"))}</b> {safe(t("proposals.how", grid=grid))}</div>')
    _show_start(actor, coverage, now)
    kept = st.session_state.get(_KEPT)
    if kept is None:
        return
    bare = {row.id for row in coverage.missing}
    waiting = [found for found in kept["proposals"] if found.grid.id in bare]
    fit = [found for found in waiting if found.member]
    st.caption(t("proposals.made", clock=clock_text(kept["at"]), n=len(fit), without=len(waiting) - len(fit)))
    if not waiting:
        show_empty(t("proposals.empty", grid=grid), t("proposals.empty.next"))
        return
    pages = -(-len(waiting) // PAGE)
    number = min(st.session_state.get("proposals-page", 1), pages)
    for found in waiting[(number - 1) * PAGE : number * PAGE]:
        _show_row(actor, found)
    if pages > 1:
        with st.container(key="lg-touch-proposal-pages"):
            st.pagination(pages, key="proposals-page")
    if fit:
        with st.container(key="lg-touch-confirm-all"):
            st.button(
                t("proposals.do.all", n=len(fit)), key="confirm-all", type="primary", on_click=_confirm,
                args=(actor, fit),
            )  # fmt: skip


def _show_start(actor: Actor, coverage: Coverage, now: datetime) -> None:
    parts = {part.area_id: part for part in coverage.parts if part.covered < part.total}
    if not parts:
        show_empty(t("proposals.empty", grid=grid_word()), t("proposals.empty.next"))
        return
    with st.container(horizontal=True, key="lg-touch-propose", vertical_alignment="bottom"):
        part = st.selectbox(
            t("assignments.part"), [None, *parts], key="proposals_part", label_visibility="collapsed",
            format_func=lambda key: plain(parts[key].name) if key else t("assignments.all_parts"),
        )  # fmt: skip
        label = t("proposals.do.again" if _KEPT in st.session_state else "proposals.do.make")
        st.button(label, key="propose", on_click=_propose, args=(actor, part, now))


@covered
def _propose(actor: Actor, part: int | None, now: datetime) -> None:
    with action():
        st.session_state[_KEPT] = {"proposals": propose_assignments(actor, part), "at": now}


def _show_row(actor: Actor, found: Proposal) -> None:
    with st.container(key=f"lg-proposal-{found.grid.id}", gap="small"):
        st.html(_row_html(found))
        if found.member is None:
            return
        posts = [post.key for post in member_posts(current_profile())]
        with st.container(key=f"lg-touch-proposal-{found.grid.id}", gap="small"):
            post = st.selectbox(
                t("assignments.post"), posts, index=posts.index(found.post), key=f"proposal-post-{found.grid.id}",
                format_func=lambda one: plain(post_name(one)), label_visibility="collapsed",
            )  # fmt: skip
            with st.container(horizontal=True):
                st.button(
                    t("proposals.do.one"), key=f"confirm-{found.grid.id}", on_click=_confirm,
                    args=(actor, [replace(found, post=post)]),
                )  # fmt: skip
                st.button(
                    t("proposals.do.other"), key=f"other-{found.grid.id}", on_click=_choose_other,
                    args=(found.grid.code,),
                )  # fmt: skip


def _row_html(found: Proposal) -> str:
    homes = t("assignments.households", n=found.grid.households) if found.grid.households is not None else ""
    where = " · ".join(part for part in (found.grid.parent, homes) if part)
    who = found.member.name if found.member else t("proposals.nobody")
    tone = "" if found.member else ' class="lg-soon"'
    return (
        f'<div class="lg-who"><b>{safe(found.grid.name)}</b><small>{safe(where)}</small>'
        f"<span><b{tone}>{safe(who)}</b></span><span>{safe(reason_words(found))}</span></div>"
    )


def reason_words(found: Proposal) -> str:
    """`距居住社区 420 米 · 现包联 0 格，加上本方案 1 格 · 技能 调解（岗位所需）`."""
    words = []
    for reason in found.pairing.reasons:
        if reason.kind is ReasonKind.DISTANCE:
            words.append(distance_words(reason.number))
        elif reason.kind is ReasonKind.LOAD and found.member:
            words.append(t("proposals.load", now=found.member.grids, then=int(reason.number)))
        elif reason.kind in (ReasonKind.NOBODY_NEAR, ReasonKind.ALL_LOADED):
            words.append(t(f"proposals.{reason.kind}", n=int(reason.number)))
    if found.member and (skills := skills_of(found.member)):
        needed = set(skills) & traits_of(found.post).skills
        words.append(t("proposals.fits" if needed else "assignments.skills", skills=skill_names(needed or skills)))
    return " · ".join(words)


@covered
def _choose_other(code: str) -> None:
    """The form of the grid, with every candidate; the proposals stay as they are."""
    state.set_query(area=code, form=None)


@covered
def _confirm(actor: Actor, chosen: Sequence[Proposal]) -> None:
    chosen = [replace(one, post=st.session_state.get(f"proposal-post-{one.grid.id}", one.post)) for one in chosen]
    with action("proposals.done") as outcome:
        outcome.values["n"] = confirm_proposals(actor, chosen, state.form_key("proposal"))
    if outcome.ok:
        state.new_form_key("proposal")
