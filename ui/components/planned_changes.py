"""Changes of grids that are planned for a day ahead: the list, cancelling, and what was not made (feature A4)."""

import streamlit as st

from config.texts import refusal_text
from domain.permissions import Actor, Permission, may
from services.areas.planned_changes import (
    PlannedView,
    cancel_planned,
    check_planned,
    count_failed_planned,
    list_planned,
)
from ui import state
from ui.components.symbols import symbol_mark
from ui.guard import action, covered
from ui.i18n import language, t
from ui.safe import safe
from ui.times import day_text


def show_planned_warning(actor: Actor) -> None:
    """To those who change grids, and to nobody else: planned changes that were not made, with the way to them."""
    if not may(actor, Permission.AREA_IMPORT):
        return
    if count := count_failed_planned(actor):
        words, link = t("area_changes.planned.failed", n=count), t("area_changes.planned.look")
        st.html(
            f'<div class="lg-banner" role="alert">{symbol_mark("overdue")}<span>{safe(words)}</span>'
            f'<a href="/area_changes?view=records" target="_self">{safe(link)}</a></div>'
        )


def show_planned(actor: Actor) -> bool:
    """Every planned change that was not made; whether there is any."""
    found = list_planned(actor)
    if found:
        st.html(f'<h3 class="lg-h3">{safe(t("area_changes.planned.title"))}</h3>')
    for one in found:
        _show(actor, one)
    return bool(found)


def _show(actor: Actor, one: PlannedView) -> None:
    comma = t("look.list_comma")
    old, new = comma.join(one.old), comma.join(f"{name} {code}" for code, name in one.new)
    who = one.planned_by or t("area_changes.record.program")
    by = t("area_changes.planned.by", name=who, at=day_text(one.planned_at, year=True))
    with st.container(border=True, key=f"lg-touch-planned-{one.id}"):
        st.html(
            f'<div class="lg-row-1"><b>{safe(t(f"area_changes.kind.{one.kind}"))} {safe(one.day.isoformat())}</b></div>'
            f'<div class="lg-row-3 lg-flush">{safe(old)} → {safe(new)}</div>'
            f'<div class="lg-row-3 lg-flush">{safe(one.reason)} · {safe(by)}</div>'
            f"{_state_html(one)}{_again_html(one)}"
        )
        if one.cancelled_at is None:
            _show_end(actor, one)


def _show_end(actor: Actor, one: PlannedView) -> None:
    if one.failed_at is not None:
        _press(actor, one, t("area_changes.planned.do.note"))
        return
    if not one.looked_at:
        st.button(t("area_changes.planned.do.look"), key=f"planned-look-{one.id}", on_click=_look, args=(actor, one))
    with st.popover(t("area_changes.planned.do.cancel")):
        _press(actor, one, t("area_changes.planned.do.sure", day=one.day.isoformat()))


def _press(actor: Actor, one: PlannedView, words: str) -> None:
    st.button(words, key=f"planned-{one.id}", on_click=_cancel, args=(actor, one))


def _state_html(one: PlannedView) -> str:
    """Its state in words; what was not made, or would not be, stands out while somebody has to do something."""
    if one.refusal and one.cancelled_at is None:
        return f'<div class="lg-row-3 lg-flush lg-alert">{symbol_mark("overdue")}<span>{safe(_state(one))}</span></div>'
    return f'<div class="lg-row-3 lg-flush">{safe(_state(one))}</div>'


def _state(one: PlannedView) -> str:
    """Waits, would not fit as things are, was not made and why, or who cancelled it."""
    why = refusal_text(language(), one.refusal) if one.refusal else ""
    name = one.cancelled_by or t("area_changes.record.program")
    if one.failed_at is not None:
        said = t("area_changes.planned.not_made", why=why)
        return said if one.cancelled_at is None else f"{said} {t('area_changes.planned.noted', name=name)}"
    if one.cancelled_at is not None:
        return t("area_changes.planned.cancelled", name=name, at=day_text(one.cancelled_at, year=True))
    if not one.looked_at:
        return t("area_changes.planned.not_looked_at")
    return t("area_changes.planned.unfit", why=why) if why else t("area_changes.planned.waits")


def _again_html(one: PlannedView) -> str:
    """The way to the same change once more, on the grids that it was meant for."""
    if one.failed_at is None or one.cancelled_at is not None:
        return ""
    areas = ",".join(map(str, one.area_ids))
    words = safe(t("area_changes.planned.again"))
    address = f"/area_changes?view=make&kind={one.kind}&areas={areas}"
    return f'<div class="lg-more"><a href="{address}" target="_self">{words}</a></div>'


@covered
def _look(actor: Actor, one: PlannedView) -> None:
    with action():
        refusal = check_planned(actor, one.id)
        if refusal is None:
            state.flash("success", t("area_changes.planned.fits", day=one.day.isoformat()))
        else:
            state.flash("error", t("area_changes.planned.unfit", why=refusal_text(language(), refusal)))


@covered
def _cancel(actor: Actor, one: PlannedView) -> None:
    done = "area_changes.planned.done.cancel" if one.failed_at is None else "area_changes.planned.done.note"
    with action(done, day=one.day.isoformat()):
        cancel_planned(actor, one.id)
