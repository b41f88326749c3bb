"""走访巡查: what, where, one press; beside it the map of days since somebody was there, and who has waited long."""

import streamlit as st

from domain.clock import utc_now
from domain.measures import Measure
from domain.permissions import Permission, may
from services.visits.log import log_visit
from ui import state
from ui.components import visits as parts
from ui.components.chosen_place import chosen_place, forget_place, set_place
from ui.components.legend import legend_html
from ui.components.map import instruct, map_spec, show_map, take_click
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import safe
from ui.style import panel, theme

actor, now = state.actor(), utc_now()
key = f"visits_{state.form_key('visits')}"
sees_gaps = may(actor, Permission.VISIT_SEE)


def take_place() -> None:
    """Let a click on the map, or the tablet's position, be the place."""
    click = take_click("visits")
    if click is not None and state.query("view") != "gaps":
        set_place(key, (click.lon, click.lat))
    elif click is not None and click.hit_id is not None:
        state.set_query(grid=click.hit_id)


@covered
def submit() -> None:
    """One call; what was typed stays where it was refused."""
    form = parts.filled_form(key, state.form_key("visits"))
    with action("visits.logged") as outcome:
        log_visit(state.actor(), form)
    if outcome.ok:
        forget_place()
        state.new_form_key("visits")


take_place()
view = "gaps" if sees_gaps and state.query("view") == "gaps" else "log"
place = chosen_place(key)
with st.container(horizontal=True, key="lg-report", gap="small"):
    with panel("report-form"), st.container(key="lg-report-inputs"):
        if sees_gaps:
            parts.show_views()
        if view == "gaps":
            parts.show_gaps(actor, now)
        else:
            found = parts.show_form(actor, key, place, now)
            st.button(t("visits.submit"), type="primary", on_click=submit, key="visits_submit", width="stretch")
            parts.show_own_visits(actor, now)
            place = place if found else None
    with panel("report-map"):
        fill = Measure.VISITS if sees_gaps else None
        legend = legend_html(theme(), fill, statuses=False, stations=False, scoped=not actor.scope.everywhere)
        st.html(f'<div class="lg-visit-legend"><b>{safe(t(f"visits.map.{view}"))}</b>{legend}</div>')
        area = state.query_id("grid") if view == "gaps" else place if isinstance(place, int) else None
        wish = instruct(
            actor, pin=place if isinstance(place, tuple) and view == "log" else None, fill=fill, area=area,
            fly="area" if area else None, fly_token=str(area),
        )  # fmt: skip
        layers = ("base", "areas", "labels")
        show_map(map_spec(actor, face="tablet", choose="place", layers=layers), "visits", 640, wish)
