"""导入工单: a file of another system, its columns, what would happen, confirm, and the rows that came back (N1)."""

import streamlit as st

from ui import state
from ui.components.lists import show_empty
from ui.components.order_import import show_choices, show_done, show_findings
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor = state.actor()
with st.container(horizontal=True, key="lg-split-orders"):
    with panel("orders-file"):
        st.html(f'<div class="lg-title"><b>{safe(t("orders.title"))}</b><small>{safe(t("orders.note"))}</small></div>')
        chosen = show_choices(actor)
    with panel("open" if chosen else "orders-findings"):
        st.html(f'<div class="lg-title"><b>{safe(t("orders.findings"))}</b></div>')
        if chosen is not None:
            show_findings(actor, *chosen)
        elif not show_done():
            show_empty(t("orders.look.start"), t("orders.look.next"))
