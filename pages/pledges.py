"""承诺: the board by grid and post with late ones first, one pledge with its services and what is said of it."""

from functools import partial

import streamlit as st

from domain.clock import utc_now
from domain.errors import NotFound
from domain.permissions import Permission, Role, may
from domain.pledges import SETTLED, is_unfinished
from services.lists.member_exports import export_pledges
from services.pledges.board import read_board
from services.pledges.register import get_pledge_card, list_own_pledges
from ui import state
from ui.components.export import show_export
from ui.components.lists import show_empty, show_rows
from ui.components.pledge_board import (
    chosen_filter,
    row_of,
    show_board_figures,
    show_groups,
    show_months,
    show_pledge_list,
)
from ui.components.pledge_card import show_evidence, show_logging, show_pledge_head, show_reviews
from ui.components.pledge_form import show_pledge_form
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor, now = state.actor(), utc_now()
edits, member = may(actor, Permission.PLEDGE_EDIT), actor.role is Role.PARTY_MEMBER
which, form = chosen_filter(), state.query("form")


def choose(key: str) -> None:
    """Open a pledge; the address bar carries it."""
    state.set_query(id=key, form=None)


def show_card(pledge_id: int | None) -> None:
    """The chosen pledge, or the form."""
    if edits and form == "new":
        show_pledge_form(actor, None, now)
        return
    try:
        card = get_pledge_card(actor, pledge_id or 0, now)
    except NotFound:
        show_empty(t("pledges.choose"), t("pledges.choose.next"))
        return
    if edits and form == "edit":
        show_pledge_form(actor, card.pledge, now)
        return
    show_pledge_head(card)
    if card.pledge.person_id == actor.person_id or may(actor, Permission.PLEDGE_CONFIRM):
        show_logging(actor, card, now)
    show_evidence(actor, card, now)
    show_reviews(actor, card, now)
    if edits:
        with st.container(key="lg-touch-edit"):
            st.button(t("pledges.do.edit"), key="edit", on_click=state.set_query, kwargs={"form": "edit"})


board = read_board(actor, which, now)
own = list_own_pledges(actor, now) if member else []
running = [view.id for view in own if view.progress.status not in SETTLED or is_unfinished(view.progress)]
first = next(iter(running or [view.id for view in own or board.rows]), None)
chosen = state.query_id("id") or first


def show_own() -> None:
    """A member's own pledges, each a press away from what could count for it."""
    with st.container(horizontal=True, key="lg-split-pledges", gap="small"):
        with panel("own-card"):
            show_card(chosen)
        with panel("own-pledges"):
            st.html(f'<div class="lg-title"><b>{safe(t("pledges.own"))} {len(own)}</b></div>')
            if not own:
                show_empty(t("pledges.own.none"), t("pledges.own.none.next"))
            show_rows([row_of(view, own=True) for view in own], str(chosen), choose, "own")


if member:
    show_own()
with st.container(horizontal=True, key="lg-split-board" if member else "lg-assign", gap="small"):
    with panel("assign-list"):
        if edits:
            with st.container(key="lg-touch-new"):
                st.button(
                    t("pledges.do.new"), key="new", width="stretch", on_click=state.set_query, kwargs={"form": "new"}
                )
        show_pledge_list(board, which, str(chosen), choose)
        show_export(actor, "pledges", partial(export_pledges, actor, which), now, board.found)
    with st.container(key="lg-assign-middle", gap="small"):
        with panel("pledge-figures"):
            show_board_figures(board)
        with panel("pledge-groups"):
            show_groups(board)
        with panel("pledge-months"):
            show_months(board)
    if not member:
        with panel("assign-chosen"):
            show_card(chosen)
