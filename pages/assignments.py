"""党员包联: the grids with and without members on map and list, one grid with its members, a balanced proposal."""

from functools import partial

import streamlit as st

from domain.clock import utc_now
from domain.errors import NotFound
from domain.permissions import Permission, Role, may
from services.lists.exports import export_coverage
from services.people.assignments import get_coverage, get_grid_card
from ui import state
from ui.components.assign_form import show_assign_form, show_present
from ui.components.assignments import (
    grid_clicked,
    grid_word,
    show_coverage,
    show_grid_head,
    show_grid_list,
    show_grid_map,
    show_history,
    show_kinds,
    show_parts,
)
from ui.components.export import show_export
from ui.components.lists import show_empty
from ui.components.map import take_click
from ui.components.own_grids import show_own_grids
from ui.components.proposals import show_proposals
from ui.i18n import t
from ui.style import panel

actor, now = state.actor(), utc_now()
edits = may(actor, Permission.ASSIGNMENT_EDIT)


def choose(code: str) -> None:
    """Choose a grid from the list: the map goes there. The address bar carries it."""
    state.set_query(area=code, form=None)
    st.session_state["assign_clicked"] = None


def show_card(code: str | None, area_id: int | None) -> None:
    """The chosen grid with its members, the form and the history."""
    if area_id is None:
        kind = "gone" if code else "card"
        show_empty(t(f"assignments.empty.{kind}", grid=grid_word()), t(f"assignments.empty.{kind}.next"))
        return
    try:
        card = get_grid_card(actor, area_id, now)
    except NotFound:
        show_empty(t("assignments.empty.gone", grid=grid_word()), t("assignments.empty.gone.next"))
        return
    show_grid_head(card)
    show_present(actor, card, now)
    if edits:
        show_assign_form(actor, card.grid, now)
    show_history(card)


if actor.role is Role.PARTY_MEMBER:
    show_own_grids(actor, now)
    st.stop()

coverage = get_coverage(actor)
if (click := take_click("assign")) and (clicked := grid_clicked(click, coverage)):
    state.set_query(area=clicked, form=None)
    st.session_state["assign_clicked"] = clicked
code = state.query("area") or (coverage.grids[0].code if coverage.total == 1 else None)
area_id = next((row.id for row in coverage.grids if row.code == code), None)
proposing = edits and state.query("form") == "proposal"

single = coverage.total == 1 and not edits
with st.container(horizontal=True, key="lg-split-assign" if single else "lg-assign", gap="small"):
    if not single:
        with panel("assign-list"):
            if edits:
                with st.container(key="lg-touch-proposal"):
                    st.button(
                        t("assignments.do.back" if proposing else "assignments.do.propose"), key="switch",
                        width="stretch", on_click=state.set_query, kwargs={"form": None if proposing else "proposal"},
                    )  # fmt: skip
            show_grid_list(coverage, code, choose, edits=edits)
            show_export(actor, "coverage", partial(export_coverage, actor), now, coverage.total)
    with st.container(key="lg-assign-middle", gap="small"):
        with panel("assign-figures"):
            show_coverage(coverage)
        with panel("grid-map"):
            show_grid_map(actor, area_id, fly=code != st.session_state.get("assign_clicked"))
        if len(coverage.kinds) > 1:
            with panel("assign-kinds"):
                show_kinds(coverage.kinds)
        if len(coverage.parts) > 1:
            with panel("assign-parts"):
                show_parts(coverage.parts)
    with panel("assign-card" if area_id is None and not proposing else "assign-chosen"):
        if proposing:
            show_proposals(actor, coverage, now)
        else:
            show_card(code, area_id)
