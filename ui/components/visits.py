"""Parts of 走访巡查: the form, one's own records with correction, and the grids that wait."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Literal

import streamlit as st

from domain.errors import Refusal
from domain.permissions import Actor, Permission, may
from domain.visits import NOTE_LENGTH, GapPart, VisitKind
from services.incidents.photos import PHOTO_TYPES
from services.lists.member_exports import export_visits, export_waiting_grids
from services.visits.gaps import GapRow, list_grid_visits, read_gaps
from services.visits.log import (
    VisitForm,
    VisitPlace,
    VisitRow,
    correct_visit,
    find_place,
    list_own_grids,
    list_own_visits,
    withdraw_visit,
)
from ui import state
from ui.components.chosen_place import Place, chosen_place, set_place
from ui.components.export import show_export, show_export_of_days
from ui.components.figures import Figure, show_figures
from ui.components.lists import show_empty
from ui.guard import action, covered, failure_text
from ui.i18n import t
from ui.safe import plain, safe
from ui.style import theme
from ui.times import moment_text

MOST_ROWS = 60
VIEWS: tuple[Literal["log", "gaps"], ...] = ("log", "gaps")


def show_views() -> None:
    """Logging, or the grids that wait."""
    now = "gaps" if state.query("view") == "gaps" else "log"
    st.segmented_control(
        t("visits.view"), VIEWS, default=now, required=True, key="visits_view", label_visibility="collapsed",
        format_func=lambda one: t(f"visits.view.{one}"), on_change=_set_view,
    )  # fmt: skip


def _set_view() -> None:
    state.set_query(view=None if st.session_state["visits_view"] == "log" else "gaps", grid=None, part=None)


def show_form(actor: Actor, key: str, place: Place, now: datetime) -> VisitPlace | None:
    """Kind, place, note, picture; returns the grid that the place lies in."""
    st.segmented_control(
        t("visits.kind"), list(VisitKind), default=VisitKind.VISIT, required=True, key=f"{key}_kind",
        format_func=lambda kind: t(f"visits.kind.{kind}"), label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    grids = list_own_grids(actor, now)
    if grids:
        with st.container(horizontal=True, gap="xsmall"):
            for grid in grids[:4]:
                st.button(
                    t("visits.my_grid", grid=plain(grid.name)), key=f"{key}_grid_{grid.area_id}", on_click=set_place,
                    args=(key, grid.area_id), width="stretch",
                )  # fmt: skip
    found = _show_place(actor, place, now)
    st.text_input(
        t("visits.note"), key=f"{key}_note", max_chars=NOTE_LENGTH, placeholder=t("visits.note.hint"),
        label_visibility="collapsed",
    )  # fmt: skip
    with st.expander(t("visits.photo")):
        st.file_uploader(t("visits.photo"), type=PHOTO_TYPES, key=f"{key}_photo", label_visibility="collapsed")
    return found


def _show_place(actor: Actor, place: Place, now: datetime) -> VisitPlace | None:
    if place is None:
        st.html(f'<div class="lg-place"><b>{safe(t("visits.where.none"))}</b></div>')
        return None
    lon, lat = place if isinstance(place, tuple) else (None, None)
    try:
        found = find_place(actor, lon, lat, place if isinstance(place, int) else None, now)
    except Refusal as refusal:
        st.error(failure_text(refusal))
        return None
    st.html(f'<div class="lg-place lg-place-set"><b>{safe(found.name)}</b><span>{safe(found.community)}</span></div>')
    return found


def filled_form(key: str, form_key: str) -> VisitForm:
    """The form as it stands in the session, also what was typed in this very press."""
    place, photo = chosen_place(key), st.session_state.get(f"{key}_photo")
    lon, lat = place if isinstance(place, tuple) else (None, None)
    return VisitForm(
        st.session_state.get(f"{key}_kind") or VisitKind.VISIT, lon, lat, place if isinstance(place, int) else None,
        st.session_state.get(f"{key}_note") or "", photo.getvalue() if photo else None, form_key,
    )  # fmt: skip


def show_own_visits(actor: Actor, now: datetime) -> None:
    """One's own records, each of which can be corrected."""
    found = list_own_visits(actor)
    st.html(f'<h3 class="lg-h3">{safe(t("visits.own", n=len(found)))}</h3>')
    if not found:
        show_empty(t("visits.own.none"), t("visits.own.none.next"))
        return
    show_visits(found[:8], now)
    with st.expander(t("visits.correct")):
        _ask_correction(actor, found, now)


def show_visits(found: Sequence[VisitRow], now: datetime, *, who: bool = False) -> None:
    """Lines: kind, grid, when, by whom, note, picture."""
    st.html(f'<div class="lg-lines">{"".join(_line(row, now, who) for row in found)}</div>')


def _line(row: VisitRow, now: datetime, who: bool) -> str:
    parts = [moment_text(row.at, now), *([row.by or t("visits.by.nobody")] if who else []), row.note]
    photo = f'<a href="/visit-photos/{row.photo_id}" target="_blank">{safe(t("visits.photo.see"))}</a>'
    words = " · ".join(part for part in parts if part)
    return (
        f'<div class="lg-who"><b>{safe(t(f"visits.kind.{row.kind}"))} · {safe(row.area)}</b>'
        f"<span>{safe(words)} {photo if row.photo_id else ''}</span></div>"
    )


def _ask_correction(actor: Actor, found: Sequence[VisitRow], now: datetime) -> None:
    by_id = {row.id: row for row in found}
    chosen = st.selectbox(
        t("visits.correct.which"), list(by_id), key="visits_which",
        format_func=lambda one: plain(_named(by_id[one], now)) if one in by_id else "",
    )  # fmt: skip
    row = by_id[chosen]
    kind = st.radio(
        t("visits.kind"), list(VisitKind), index=list(VisitKind).index(VisitKind(row.kind)), horizontal=True,
        format_func=lambda kind: t(f"visits.kind.{kind}"), key=f"visits_kind_{row.id}",
    )  # fmt: skip
    note = st.text_input(t("visits.note"), row.note, max_chars=NOTE_LENGTH, key=f"visits_note_{row.id}")
    form = VisitForm(kind or VisitKind(row.kind), row.lon, row.lat, row.area_id, note)
    with st.container(horizontal=True, gap="small"):
        st.button(t("visits.correct.do"), key=f"visits_correct_{row.id}", on_click=_correct, args=(actor, row.id, form))
        st.button(t("visits.withdraw"), key=f"visits_withdraw_{row.id}", on_click=_withdraw, args=(actor, row.id))


def _named(row: VisitRow, now: datetime) -> str:
    return f"{t(f'visits.kind.{row.kind}')} · {row.area} · {moment_text(row.at, now)}"


@covered
def _correct(actor: Actor, visit_id: int, form: VisitForm) -> None:
    with action("visits.corrected"):
        correct_visit(actor, visit_id, form)


@covered
def _withdraw(actor: Actor, visit_id: int) -> None:
    with action("visits.withdrawn"):
        withdraw_visit(actor, visit_id)


def show_gaps(actor: Actor, now: datetime) -> None:
    """Figures that open their lists, the list, and who was in the chosen grid."""
    part = next((one for one in GapPart if one == state.query("part")), GapPart.ALL)
    board = read_gaps(actor, part, now)
    show_figures(
        [
            Figure(
                t(f"visits.gap.{one}", days=board.most_days), board.counts[one], t("visits.gap.unit"),
                board.day.isoformat(), opens=f"/visits?view=gaps&part={one}",
            )
            for one in (GapPart.LONG, GapPart.NEVER, GapPart.LATELY)
        ],
        theme(),
    )  # fmt: skip
    st.html(
        f'<div class="lg-title"><b>{safe(t(f"visits.gaps.{part}", days=board.most_days))} {len(board.rows)}</b>'
        f"<small>{safe(t('visits.gaps.note'))}</small></div>"
    )
    if may(actor, Permission.EXPORT):
        with st.expander(t("exports.do")):
            _show_exports(actor, part, len(board.rows), now)
    if not board.rows:
        show_empty(t("visits.gaps.none"), t("visits.gaps.none.next"))
    grid = state.query_id("grid")
    if grid is not None:
        _show_grid(actor, grid, now)
    st.html(f'<div class="lg-lines">{"".join(_gap_line(row, part) for row in board.rows[:MOST_ROWS])}</div>')
    if len(board.rows) > MOST_ROWS:
        st.html(f'<div class="lg-foot">{safe(t("visits.gaps.more", n=len(board.rows) - MOST_ROWS))}</div>')


def _show_exports(actor: Actor, part: GapPart, found: int, now: datetime) -> None:
    """The grids of the list, and everybody's visits and patrols of some days."""
    show_export(actor, "waiting_grids", partial(export_waiting_grids, actor, part), now, found, several=True)
    kind = st.segmented_control(
        t("visits.kind"), ["all", *VisitKind], default="all", required=True, key="visits_export_kind",
        format_func=lambda one: t(f"visits.kind.{one}"),
    )  # fmt: skip
    chosen = None if kind == "all" else VisitKind(kind)
    show_export_of_days(actor, "visits", partial(export_visits, actor, kind=chosen), now)


def _gap_line(row: GapRow, part: GapPart) -> str:
    said = t("visits.days", n=row.days) if row.days is not None else t("visits.never")
    last = t("visits.last", day=row.last.isoformat()) if row.last else ""
    tone = ' class="lg-soon"' if row.part in (GapPart.LONG, GapPart.NEVER) else ""
    return (
        f'<a class="lg-who" target="_self" href="/visits?view=gaps&amp;part={part}&amp;grid={row.area_id}">'
        f"<b>{safe(row.name)} <small>{safe(row.community)}</small></b>"
        f"<span><i{tone}>{safe(said)}</i> {safe(last)}</span></a>"
    )


def _show_grid(actor: Actor, grid: int, now: datetime) -> None:
    try:
        found = list_grid_visits(actor, grid)
    except Refusal as refusal:
        st.error(failure_text(refusal))
        return
    st.html(f'<h3 class="lg-h3">{safe(t("visits.of_grid", n=len(found)))}</h3>')
    if not found:
        show_empty(t("visits.of_grid.none"), t("visits.of_grid.none.next"))
    show_visits(found, now, who=True)
