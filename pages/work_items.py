"""准入清单: the work that departments may hand to grids, until when, and which department loads the grids most."""

from functools import partial

import streamlit as st

from domain.clock import utc_now
from domain.permissions import Permission, may
from domain.work_items import WorkItemState
from services.dictionaries.work_items import department_loads, list_work_items
from services.lists.rule_exports import export_work_items
from ui import state
from ui.components.export import show_export
from ui.components.work_items import show_ending, show_form, show_items, show_loads
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor = state.actor()
items = list_work_items(actor)
holding = [item for item in items if item.state is WorkItemState.IN_FORCE]
with st.container(horizontal=True, key="lg-split-work-items"):
    with panel("work-items"):
        counts = t("work_items.counts", n=len(holding), temporary=sum(item.temporary for item in holding))
        st.html(f'<div class="lg-title"><b>{safe(t("work_items.title"))}</b><small>{safe(counts)}</small></div>')
        st.caption(t("work_items.note"))
        show_items(items)
        show_export(actor, "work_items", partial(export_work_items, actor), utc_now(), len(items))
    with panel("work-items-loads"):
        st.html(f'<div class="lg-title"><b>{safe(t("work_items.loads"))}</b></div>')
        show_loads(department_loads(actor))
        if may(actor, Permission.WORK_ITEM_EDIT):
            with st.expander(t("work_items.add")):
                show_form(actor)
            if holding:
                with st.expander(t("work_items.choose_end")):
                    show_ending(actor, holding)
