"""网格: areas as a list and on the map; the staffing rule; the check of boundaries; import for administrators."""

import streamlit as st

from domain.errors import NotFound
from domain.permissions import Permission, may
from services.areas.register import get_area
from ui import state
from ui.components.area_checks import show_checks
from ui.components.area_import import show_import
from ui.components.areas import show_area_card, show_area_list
from ui.components.lists import show_empty
from ui.components.map import instruct, map_spec, show_map, take_click
from ui.components.staffing import show_staffing
from ui.i18n import t
from ui.style import panel

actor = state.actor()
VIEWS = ["list", "staffing", "check", *(["import"] if may(actor, Permission.AREA_IMPORT) else [])]
LAYERS = ("base", "areas", "labels")


def open_area(area_id: int | None) -> None:
    """Choose an area; the address bar carries it."""
    state.set_query(area=area_id)


def change_view() -> None:
    """Another view begins without a chosen area."""
    state.set_query(view=st.session_state["areas-view"], area=None, under=None)


def show_left(view: str) -> dict[str, object]:
    """The view's own panel; answers with what the map is to show."""
    asked = state.query("area") or ""
    if asked.isdecimal() and view in ("list", "staffing"):
        try:
            area = get_area(actor, int(asked))
        except NotFound:
            show_empty(t("areas.gone"), t("areas.gone.next"))
            return {}
        show_area_card(actor, area, open_area)
        return {"area": area.id, "fly": "area", "fly_token": str(area.id)}
    if view == "check":
        return show_checks(actor)
    if view == "import":
        return show_import(actor)
    if view == "staffing":
        show_staffing(actor, open_area)
    else:
        show_area_list(actor, open_area)
    return {}


start = state.query("view")
view = st.segmented_control(
    t("areas.view"), VIEWS, default=start if start in VIEWS else "list", required=True, key="areas-view",
    format_func=lambda key: t(f"areas.view.{key}"), on_change=change_view, label_visibility="collapsed",
)  # fmt: skip
click = take_click("areas-map")
if click and click.hit_layer == "areas" and view in ("list", "staffing"):
    open_area(click.hit_id)
with st.container(horizontal=True, key="lg-split-areas"):
    with panel("areas"):
        wishes = show_left(view)
    with panel("areas-map"):
        show_map(map_spec(actor, layers=LAYERS, choose="none"), "areas-map", 680, instruct(actor, **wishes))
