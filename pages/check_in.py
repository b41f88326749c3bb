"""签到码: the tablet at a place shows today's code for checking in or out, anew before the old one ends."""

import streamlit as st

from domain.check_in_codes import CodePurpose
from domain.clock import utc_now
from services.activities.codes import get_place, list_places
from ui import state
from ui.components.activities import show_activities
from ui.components.lists import show_empty
from ui.components.place import show_place
from ui.guard import covered
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

RENEW_SECONDS = 10  # a code holds for 30 to 60 seconds: what is on show holds for 20 at least

actor = state.actor()
number = state.query_id("id") or 0
purpose = CodePurpose.OUT if state.query("for") == CodePurpose.OUT else CodePurpose.IN


@st.fragment(run_every=RENEW_SECONDS)
@covered
def show_now() -> None:
    show_place(get_place(state.actor(), number, purpose), purpose)


def choose_purpose() -> None:
    state.set_query(**{"for": st.session_state["purpose"]})


def show_buttons() -> None:
    with st.container(horizontal=True, key="lg-touch-place", vertical_alignment="center"):
        st.segmented_control(
            t("check_in.purpose"), list(CodePurpose), default=purpose, required=True, key="purpose",
            format_func=lambda one: t(f"check_in.for.{one}"), label_visibility="collapsed", on_change=choose_purpose,
        )  # fmt: skip
        st.button(t("check_in.other"), key="other", on_click=state.set_query, kwargs={"id": None, "for": None})


with panel("place"):
    if number:
        show_buttons()
        show_now()
    else:
        st.html(f'<div class="lg-title"><b>{safe(t("check_in.choose"))}</b></div>')
        found = list_places(actor, utc_now())
        if not found:
            show_empty(t("check_in.none"), t("check_in.none_next"))
        show_activities(found, None, lambda chosen: state.set_query(id=chosen), days=False)
