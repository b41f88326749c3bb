"""The script of every run: session, language, navigation, header, page."""

import streamlit as st

from domain.clock import utc_now
from domain.permissions import may
from services.system.installations import current_installation
from ui import state
from ui.components.closed import show_closed
from ui.components.header import show_header
from ui.components.talent_asks import show_ask_hint
from ui.guard import run_page, sign_in_or_stop, whole_run
from ui.i18n import t
from ui.registry import SCREENS, START, screens_of
from ui.style import apply_style

st.set_page_config(page_title="邻格 Linge", page_icon="🏘️", layout="wide", initial_sidebar_state="collapsed")
with whole_run(begin=lambda: apply_style(state.value("linge_face", "desk"))):
    actor = sign_in_or_stop()
pages = {
    screen.path: st.Page(screen.file, title=t(f"screens.{screen.path}"), url_path=screen.path) for screen in SCREENS
}
home = st.Page("../pages/home.py", title=t("screens.home"), default=True)
here = st.navigation([home, *pages.values()], position="hidden")
screen = next((screen for screen in SCREENS if here == pages[screen.path]), None)
if screen is None:
    st.switch_page(pages[START[actor.role]])

state.remember("linge_face", screen.face)
apply_style(screen.face)
with whole_run():
    if screen.face != "screen":
        links = [(found, pages[found.path]) for found in screens_of(actor) if found.in_navigation]
        show_header(actor, current_installation(), links, here)
    if may(actor, screen.permission):
        if screen.path == START[actor.role]:
            show_ask_hint(actor, utc_now())
        run_page(here, actor, screen.permission)
    else:
        show_closed(actor, screen, pages[START[actor.role]])
