"""Points: one's own balance, code, entries and what they buy; months and members of the areas one answers for."""

from functools import partial

import streamlit as st

from domain.clock import utc_now
from domain.permissions import Permission, may
from services.lists.points_exports import export_own_points
from services.points.views import (
    MemberPoints,
    MembersPage,
    get_own_points,
    get_points_of,
    list_members,
    list_month_figures,
    present_tariff,
)
from services.shop.goods import list_goods
from services.system.installations import current_profile
from ui import state
from ui.components.export import show_export
from ui.components.lists import show_empty
from ui.components.points import (
    show_balance,
    show_code,
    show_entries,
    show_ledger_export,
    show_member,
    show_members,
    show_months,
    show_tariff,
    show_wishes,
)
from ui.i18n import named, t
from ui.safe import safe
from ui.style import panel

actor, now, profile = state.actor(), utc_now(), current_profile()
answers = may(actor, Permission.POINTS_SEE)
own = get_own_points(actor, now=now)
if answers and own is not None and not own.entries and not own.waits:
    own = None  # who answers for others and never had points begins with the others


def show_members_of_area(members: MembersPage) -> None:
    """The members by name; a chosen one in place of the list."""
    chosen = state.query_id("id")
    with panel("open" if chosen else "points-members"):
        if chosen:
            show_member(get_points_of(actor, chosen, now=now))
            return
        st.html(f'<div class="lg-title"><b>{safe(t("points.by_name"))}</b></div>')
        with st.container(key="lg-touch-search"):
            st.text_input(t("volunteers.search"), key="points-search", placeholder=t("volunteers.search_hint"))
        show_members(members, lambda person: state.set_query(id=person))


def show_own(own: MemberPoints) -> None:
    """Balance and code, what can be had."""
    with panel("points-own"):
        mine = t("points.mine", points=named(profile.points.name.value))
        st.html(f'<div class="lg-title"><b>{safe(mine)}</b></div>')
        show_balance(own)
        show_code(actor, now)
    with panel("points-goods"):
        show_wishes(actor, own, list_goods(actor, now=now), profile)


if own is None and not answers:
    show_empty(t("points.nobody"), t("points.nobody.next"))
with st.container(horizontal=True, key="lg-split-points"):
    with st.container(key="lg-points-left"):
        if answers:
            found = list_members(
                actor, st.session_state.get("points-search", ""), st.session_state.get("points-page", 1)
            )
            with panel("points-months"):
                months = list_month_figures(actor, now=now)
                show_months(months, found)
                show_ledger_export(actor, months, now)
        if own is not None:
            show_own(own)
        with panel("points-tariff"):
            show_tariff(present_tariff(actor, now))
    with st.container(key="lg-points-right"):
        if answers:
            show_members_of_area(found)
        if own is not None:
            with panel("points-entries"):
                show_entries(own.entries)
                statement = partial(export_own_points, actor)
                show_export(
                    actor, "own_points", statement, now, len(own.entries), several=True,
                    permission=Permission.POINTS_OWN,
                )  # fmt: skip
