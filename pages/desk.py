"""指挥台: what waits for a decision, in order of the time left; the map; the chosen case with its steps."""

import streamlit as st

from domain.clock import utc_now
from domain.errors import NotFound
from domain.measures import Measure
from services.incidents.cases import get_incident
from services.incidents.decisions import count_decisions
from services.indicators.overview import list_cells, read_desk
from services.maps.views import map_versions
from services.system.installations import current_profile
from ui import state
from ui.components.case import show_case
from ui.components.case_steps import show_steps
from ui.components.clock_requests import show_requests, show_waiting_requests
from ui.components.desk import AWAITED, REVIEW, decision_rows, show_cells, show_desk_figures
from ui.components.due_counts import show_due_counts
from ui.components.legend import show_legend
from ui.components.links import show_links
from ui.components.lists import show_empty, show_row_keys, show_rows
from ui.components.map import instruct, map_spec, show_map
from ui.components.planned_changes import show_planned_warning
from ui.components.whistles import show_whistles
from ui.components.work_calendar import show_calendar_warning
from ui.guard import covered
from ui.i18n import t
from ui.safe import safe
from ui.style import panel, theme

actor, profile, now, drawn = state.actor(), current_profile(), utc_now(), theme()
MEASURES = {"rate": Measure.RATE, "coverage": Measure.COVERAGE, "none": None}


def choose(key: str) -> None:
    """Put the chosen case into the address bar: it can be sent to a colleague."""
    state.set_query(incident=key)


@st.fragment(run_every=20)
@covered
def watch() -> None:
    """Draw the desk anew when somebody changed an incident; what is being typed stays."""
    if map_versions(actor, None)["incidents"] != state.value("desk_version"):
        st.rerun()


show_calendar_warning(actor)
show_planned_warning(actor)
overview = read_desk(actor, now)
decisions = count_decisions(actor, now)
pills: dict[str, int] = {symbol.value: count for symbol, count in decisions.by_symbol.items()}
pills |= {AWAITED: decisions.awaited, REVIEW: decisions.review_due}
waiting = decisions.total
with st.container(horizontal=True, key="lg-desk", gap="small"):
    with panel("decisions"):
        st.html(f'<div class="lg-title"><b>{safe(t("desk.decisions"))} <em>{waiting}</em></b></div>')
        show_due_counts(overview.due)
        chosen_symbol = st.pills(
            t("desk.filter"), ["all", *pills], default="all", required=True,
            label_visibility="collapsed", key="desk_filter", on_change=state.set_query, kwargs={"incident": None},
            format_func=lambda key: t(f"desk.filter.{key}", n=pills.get(key, waiting)),
        )  # fmt: skip
        rows, more = decision_rows(actor, profile, chosen_symbol, now)
        if state.query("incident") is None and rows:
            choose(rows[0].key)  # it stays chosen when somebody else's step changes the order
        chosen = state.query("incident")
        if rows:
            show_row_keys(rows, chosen, choose, "desk", t("desk.by_time"))
            show_rows(rows, chosen, choose, "desk")
        else:
            show_empty(t("desk.empty.title"), t("desk.empty.next"))
        show_waiting_requests(actor, "/desk?incident=")
        rest = t("desk.more", n=more) if more else ""
        in_hand = overview.open - decisions.total
        st.html(f'<div class="lg-foot">{safe(rest + t("desk.in_hand", n=in_hand))}</div>')

    with st.container(key="lg-desk-middle", gap="small"):
        with panel("figures"):
            show_desk_figures(overview, drawn)
        with panel("map"):
            with st.container(horizontal=True, gap="small"):
                layers = st.pills(
                    t("desk.layers"), ["incidents", "stations"], default=["incidents", "stations"],
                    selection_mode="multi", label_visibility="collapsed", key="desk_layers",
                    format_func=lambda name: t(f"map.layer.{name}"),
                )  # fmt: skip
                fill = MEASURES[st.segmented_control(
                    t("map.measure"), list(MEASURES), default="rate", required=True, key="desk_fill",
                    label_visibility="collapsed", format_func=lambda name: t(f"map.measure.{name}"),
                )]  # fmt: skip
            wish = instruct(
                actor, fill=fill, layers={name: name in layers for name in ("incidents", "stations")},
                point=("incidents", number) if (number := state.query_id("incident")) else None,
            )  # fmt: skip
            st.session_state["desk_version"] = wish.versions["incidents"]
            click = show_map(map_spec(actor, controls=("zoom", "scale")), "desk", height=440, instruct=wish)
            if click and click.hit_layer == "incidents" and str(click.hit_id) != chosen:
                choose(str(click.hit_id))
                st.rerun()
        with panel("legend"):
            show_legend(drawn, fill)
        with panel("cells"):
            show_cells(list_cells(actor, now), drawn)

    with panel("case"):
        try:
            card = get_incident(actor, number, now) if (number := state.query_id("incident")) else None
        except NotFound:
            card = None
        if card is None:
            show_empty(t("desk.no_case.title"), t("desk.no_case.next"))
        else:
            show_case(card, profile, now)
            show_links(actor, card)
            answers = show_whistles(actor, card, profile, now)
            show_requests(actor, card)
            show_steps(actor, card, answers)
watch()
