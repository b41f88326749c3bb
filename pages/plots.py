"""责任田 and 门前三包: plots on the map with what the newest check found; a check is two presses."""

from functools import partial

import streamlit as st

from domain.clock import utc_now
from domain.permissions import Permission, may
from domain.plots import PlotState
from services.lists.member_exports import export_plots
from services.plots.register import outline_plots, read_plots
from ui import state
from ui.components import plots as parts
from ui.components.export import show_export
from ui.components.map import instruct, map_spec, show_map, take_click
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor, now = state.actor(), utc_now()
draws = may(actor, Permission.PLOT_EDIT) and state.query_flag("draw")
if (click := take_click("plots")) and draws:
    parts.add_corner((click.lon, click.lat))
wanted = next((one for one in PlotState if one == state.query("state")), None)
board, chosen = read_plots(actor, wanted, now), state.query_id("id")
with st.container(horizontal=True, key="lg-report", gap="small"):
    with panel("report-form"), st.container(key="lg-report-inputs"):
        if draws:
            parts.show_drawing(actor)
        elif chosen is not None:
            parts.show_card(actor, chosen, now)
        else:
            parts.show_board(board, wanted, now)
            show_export(actor, "plots", partial(export_plots, actor, wanted), now, len(board.plots))
            if may(actor, Permission.PLOT_EDIT):
                st.button(t("plots.draw"), key="plots_draw", on_click=state.set_query, kwargs={"draw": 1})
    with panel("report-map"):
        st.html(f'<div class="lg-visit-legend"><b>{safe(t("plots.map"))}</b>{parts.legend_html()}</div>')
        overlay = outline_plots(actor, board.plots, [parts.label_of(row) for row in board.plots])
        picked = next((number for number, row in enumerate(board.plots) if row.id == chosen), None)
        wish = instruct(
            actor, overlay=overlay.token, overlay_pick=picked, lines=parts.drawn() if draws else (), drawing=draws
        )
        layers = ("base", "areas", "labels")
        show_map(map_spec(actor, face="tablet", choose="none", layers=layers), "plots", 640, wish)
