"""Volunteers from a table: the file, what an import would do, the refused rows, and the press that writes (E1)."""

import streamlit as st

from domain.permissions import Actor
from geo.workbooks import EXTENSIONS
from services.people.volunteer_import import VolunteerPlan, apply_volunteer_import, plan_volunteer_import
from ui import state
from ui.components.tables import SUMS, table_html, titles
from ui.guard import action, covered, failure_text
from ui.i18n import t
from ui.safe import plain, safe

_LINES, _PLAN = 30, "volunteers-plan"


def show_volunteer_import(actor: Actor) -> None:
    """The upload, then what it would add."""
    st.html(f'<div class="lg-title"><b>{safe(t("volunteer_import.title"))}</b></div>')
    st.caption(t("volunteer_import.help"))
    file = st.file_uploader(
        t("volunteer_import.file"), type=[name.lstrip(".") for name in EXTENSIONS],
        key=f"volunteers-upload-{st.session_state.get('volunteers-round', 0)}",
    )  # fmt: skip
    with st.container(horizontal=True, key="lg-touch-import"):
        st.button(t("volunteer_import.back"), key="import-back", on_click=state.set_query, kwargs={"form": None})
        plan = _plan(actor, file) if file is not None else None
        if plan is not None and plan.added:
            label = t("volunteer_import.do", n=f"{len(plan.added):,}")
            st.button(label, key="import-now", type="primary", on_click=_apply, args=(actor, plan))
    if plan is not None:
        _show_plan(plan)


def _plan(actor: Actor, file: st.runtime.uploaded_file_manager.UploadedFile) -> VolunteerPlan | None:
    """The plan of this file; made once, kept while the file stays."""
    kept = st.session_state.get(_PLAN)
    if kept is None or kept[0] != file.file_id:
        try:
            kept = file.file_id, plan_volunteer_import(actor, file.name, file.getvalue())
        except Exception as error:
            st.error(failure_text(error))
            return None
        st.session_state[_PLAN] = kept
    found: VolunteerPlan = kept[1]
    return found


def _show_plan(plan: VolunteerPlan) -> None:
    counts = {"read": plan.read, "added": len(plan.added), "known": plan.known, "refused": len(plan.refused)}
    st.markdown(t("volunteer_import.counts", **{name: f"{n:,}" for name, n in counts.items()}))
    if plan.without_consent:
        st.info(t("volunteer_import.without_consent", n=f"{plan.without_consent:,}"))
    if plan.refused:
        lines = (
            (row.row, row.name, t(f"volunteer_import.refused.{row.reason}", detail=row.detail))
            for row in plan.refused[:_LINES]
        )
        st.html(table_html(titles("volunteer_import.column", "row", "name", "reason"), lines, SUMS))
    if len(plan.refused) > _LINES:
        st.caption(t("volunteer_import.more", n=f"{len(plan.refused) - _LINES:,}"))


@covered
def _apply(actor: Actor, plan: VolunteerPlan) -> None:
    with action("volunteer_import.done") as outcome:
        outcome.values["n"] = plain(f"{apply_volunteer_import(actor, plan):,}")
    if outcome.ok:
        st.session_state["volunteers-round"] = st.session_state.get("volunteers-round", 0) + 1
        st.session_state.pop(_PLAN, None)
        state.set_query(form=None)
