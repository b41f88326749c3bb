"""Changes of grids that were made, and what went along with them and waits to be confirmed (feature A4)."""

from collections.abc import Sequence

import streamlit as st

from domain.permissions import Actor
from services.areas.change_views import (
    CarriedView,
    ChangeView,
    confirm_all,
    confirm_carried,
    list_area_changes,
    list_carried,
)
from ui.components.area_change_preview import SUBJECTS
from ui.components.lists import show_empty
from ui.components.planned_changes import show_planned
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe

_MOST = 40


def show_records(actor: Actor) -> None:
    """What is planned, every change with its figures, then what waits."""
    waiting = list_carried(actor)
    changes = list_area_changes(actor)
    planned = show_planned(actor)
    if not changes and not planned:
        show_empty(t("area_changes.none"), t("area_changes.none.next"))
        return
    for change in changes:
        _show_change(change)
    if waiting:
        _show_waiting(actor, waiting)


def _show_waiting(actor: Actor, waiting: Sequence[CarriedView]) -> None:
    st.html(f'<h3 class="lg-h3">{safe(t("area_changes.waiting", n=len(waiting)))}</h3>')
    st.caption(t("area_changes.waiting.help"))
    with st.container(key="lg-touch-confirm-all"):
        label = t("area_changes.do.confirm_all", n=len(waiting))
        st.button(label, key="change-confirm-all", on_click=_confirm_all, args=(actor,))
    for one in waiting[:_MOST]:
        with st.container(border=True, horizontal=True, vertical_alignment="bottom", key=f"lg-touch-carried-{one.id}"):
            what = t(f"area_changes.carried.{one.subject}", name=plain(one.name), old=plain(one.old))
            st.selectbox(
                what, list(one.choices), index=list(one.choices).index(one.new_id), key=f"carried-{one.id}",
                format_func=one.choices.__getitem__,
            )  # fmt: skip
            st.button(t("area_changes.do.confirm"), key=f"confirm-{one.id}", on_click=_confirm, args=(actor, one))
    if len(waiting) > _MOST:
        st.caption(t("areas.more", n=len(waiting) - _MOST))


@covered
def _confirm(actor: Actor, one: CarriedView) -> None:
    with action("area_changes.confirmed", name=plain(one.name)):
        confirm_carried(actor, one.id, st.session_state.get(f"carried-{one.id}"))


@covered
def _confirm_all(actor: Actor) -> None:
    with action("area_changes.confirmed_all") as outcome:
        outcome.values["n"] = confirm_all(actor)


def _show_change(change: ChangeView) -> None:
    old, new = (
        t("look.list_comma").join(f"{name} {code}" for code, name in areas) for areas in (change.old, change.new)
    )
    counts = [
        t(
            "area_changes.record.count", subject=t(f"area_changes.subject.{subject}"),
            kept=figures["kept"], moved=figures["moved"],
        )
        for subject in SUBJECTS
        if any((figures := change.figures.get(subject, {"kept": 0, "moved": 0})).values())
    ]  # fmt: skip
    by = t("area_changes.record.by", name=change.made_by or t("area_changes.record.program"))
    if change.planned_by:
        by = t("area_changes.record.planned_by", name=change.planned_by)
    st.html(
        f'<div class="lg-row"><div class="lg-row-1"><b>{safe(t(f"area_changes.kind.{change.kind}"))} '
        f"{safe(change.day.isoformat())}</b></div>"
        f'<div class="lg-row-3 lg-flush">{safe(old)} → {safe(new)}</div>'
        f'<div class="lg-row-3 lg-flush">{safe(change.reason)} · {safe(by)}</div>'
        f'<div class="lg-row-3 lg-flush">{safe(t("look.list_comma").join(counts))}</div></div>'
    )
