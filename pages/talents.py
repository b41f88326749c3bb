"""达人库: one's own part with consent, and for those who look after grids the pool with its search."""

import streamlit as st

from domain.clock import utc_now
from domain.permissions import Permission, may
from services.talents.own import get_own_talent
from ui import state
from ui.components.lists import show_empty
from ui.components.own_talent import show_own_talent
from ui.components.talent_asks import show_own_asks
from ui.components.talent_needs import show_chosen_need, show_needs
from ui.components.talents import show_by_skill, show_paper_form, show_pool, show_talent
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor, now = state.actor(), utc_now()
own = get_own_talent(actor)
chosen = state.query_id("id") or 0


def show_own() -> None:
    """One's own part, or what an account without a person has to do."""
    if own is None:
        show_empty(t("talents.own.nobody"), t("talents.own.nobody_next"))
    else:
        show_own_talent(actor, own)


def show_views() -> str:
    """Which part is open: the people, or what is needed."""
    with st.container(key="lg-touch-talents-view"):
        return st.segmented_control(
            t("talents.view"), ("pool", "needs"), default="needs" if state.query("need") else "pool", required=True,
            key="talents-view", format_func=lambda key: t(f"talents.view.{key}"), label_visibility="collapsed",
        )  # fmt: skip


if not may(actor, Permission.TALENT_SEE):
    with panel("own-asks"):
        show_own_asks(actor, now)
    with panel("own-talent"):
        show_own()
elif show_views() == "needs":
    with st.container(horizontal=True, key="lg-split-talents"):
        with panel("needs"):
            show_needs(actor, now)
        with panel("open"):
            show_chosen_need(actor, now)
else:
    with st.container(horizontal=True, key="lg-split-talents"):
        with panel("talents"):
            st.html(f'<div class="lg-title"><b>{safe(t("talents.pool"))}</b></div>')
            page = show_pool(actor, now, chosen)
        with st.container(key="lg-talents-side"):
            if chosen:
                with panel("open"):
                    with st.container(key="lg-touch-talent-back"):
                        st.button(t("talents.do.close"), key="back", on_click=state.set_query, kwargs={"id": None})
                    show_talent(actor, chosen)
            with panel("talents-by-skill"):
                show_by_skill(page)
            if may(actor, Permission.PERSON_EDIT):
                with panel("talents-paper"), st.expander(t("talents.paper")):
                    show_paper_form(actor, now)
            if own is not None:
                with panel("own-talent"), st.expander(t("talents.own.part"), expanded=own.in_pool):
                    show_own_asks(actor, now)
                    show_own_talent(actor, own)
