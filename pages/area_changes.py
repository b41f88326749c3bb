"""网格调整: split, merge or redraw grids from a day on, with a preview on the map; what was changed before (A4, A6)."""

import streamlit as st

from ui import state
from ui.components.area_change_records import show_records
from ui.components.area_change_steps import show_progress
from ui.components.area_changes import show_change_form, take_map_click
from ui.components.map import instruct, map_spec, show_map, take_click
from ui.i18n import t
from ui.style import panel

actor = state.actor()
VIEWS = ["make", "records"]
LAYERS = ("base", "areas", "labels")


def change_view() -> None:
    """Another view; the address bar carries it."""
    state.set_query(view=st.session_state["area-changes-view"])


start = state.query("view")
if start in VIEWS:
    st.session_state["area-changes-view"] = start
view = st.segmented_control(
    t("area_changes.view"), VIEWS, default=None if start in VIEWS else "make", required=True,
    key="area-changes-view", format_func=lambda key: t(f"area_changes.view.{key}"), on_change=change_view,
    label_visibility="collapsed",
)  # fmt: skip
click = take_click("area-changes-map")
if view == "make":
    take_map_click(actor, click)
wishes: dict[str, object] = {}
progress = None
with st.container(horizontal=True, key="lg-split-areas"):
    with panel("area-changes"):
        if view == "records":
            show_records(actor)
        else:
            wishes, progress = show_change_form(actor)
    with panel("area-changes-map"):
        if progress:
            show_progress(progress)
        height = 540 if progress else 680  # with the steps above it the map still ends above 820 px
        show_map(map_spec(actor, layers=LAYERS, choose="none"), "area-changes-map", height, instruct(actor, **wishes))
