"""Parts of 责任田 and 门前三包: figures and list, the card with its history, the drawing."""

from datetime import datetime

import streamlit as st

from domain.clock import local_date
from domain.errors import Refusal
from domain.permissions import Actor, Permission, may
from domain.plots import NOTE_LENGTH, CheckResult, PlotKind, PlotOwner, PlotState
from services.incidents.photos import PHOTO_TYPES
from services.plots.register import (
    CheckForm,
    PlotBoard,
    PlotCard,
    PlotForm,
    add_plot,
    check_plot,
    end_plot,
    get_plot_card,
    state_of,
)
from services.plots.register import PlotRow as PlotRow
from ui import state
from ui.components.figures import Figure, show_figures
from ui.components.lists import show_empty
from ui.components.symbols import symbol_mark
from ui.guard import action, covered, failure_text
from ui.i18n import t
from ui.safe import safe
from ui.style import theme
from ui.times import moment_text

MOST_ROWS, MOST_CHECKS = 40, 12
SYMBOLS = {PlotState.KEPT: "closed", PlotState.NOT_KEPT: "overdue", PlotState.UNCHECKED: "waiting"}
SIGNS = {PlotState.KEPT: "✓", PlotState.NOT_KEPT: "✕", PlotState.UNCHECKED: "?"}
Corners = tuple[tuple[float, float], ...]


def label_of(row: PlotRow) -> str:
    """What stands over a plot on the map: a sign and a word; no person."""
    found = state_of(row)
    return f"{SIGNS[found]} {t(f'plots.state.{found}')}"


def legend_html() -> str:
    """Shape and word of each state."""
    items = "".join(f"<span>{SIGNS[one]} {safe(t(f'plots.state.{one}'))}</span> " for one in PlotState)
    return f'<div class="lg-map-legend">{items}</div>'


def show_board(board: PlotBoard, wanted: PlotState | None, now: datetime) -> None:
    """Figures that open their lists, the list, and the places from the lowest share of kept plots."""
    day = local_date(now).isoformat()
    show_figures(
        [
            Figure(
                t(f"plots.state.{one}"), board.counts[one], t("plots.unit"), day if not place else "",
                status="overdue" if one is PlotState.NOT_KEPT and board.counts[one] else "",
                opens=f"/plots?state={one}",
            )
            for place, one in enumerate((PlotState.NOT_KEPT, PlotState.UNCHECKED, PlotState.KEPT))
        ],
        theme(),
    )  # fmt: skip
    title = t(f"plots.state.{wanted}") if wanted else t("plots.all")
    st.html(f'<div class="lg-title"><b>{safe(title)} {len(board.plots)}</b></div>')
    if not board.plots:
        show_empty(t("plots.none"), t("plots.none.next"))
    st.html(f'<div class="lg-lines">{"".join(_line(row, now) for row in board.plots[:MOST_ROWS])}</div>')
    if len(board.plots) > MOST_ROWS:
        st.html(f'<div class="lg-foot">{safe(t("plots.more", n=len(board.plots) - MOST_ROWS))}</div>')
    if board.places:
        st.html(f'<h3 class="lg-h3">{safe(t("plots.places"))}</h3>')
        st.html(
            '<div class="lg-lines">'
            + "".join(
                f'<div class="lg-who"><b>{safe(row.name)}</b><span>'
                f"{safe(t('plots.share', kept=row.kept, checked=row.checked, plots=row.plots))}</span></div>"
                for row in board.places
            )
            + "</div>"
        )


def _line(row: PlotRow, now: datetime) -> str:
    when = moment_text(row.checked_at, now) if row.checked_at else ""
    words = [t(f"plots.kind.{row.kind}"), row.area, t(f"plots.state.{state_of(row)}"), when]
    return (
        f'<a class="lg-who lg-marked" target="_self" href="/plots?id={row.id}">{symbol_mark(SYMBOLS[state_of(row)])}'
        f"<b>{safe(row.name)}</b><span>{safe(' · '.join(word for word in words if word))}</span></a>"
    )


def show_card(actor: Actor, plot_id: int, now: datetime) -> None:
    """A plot: its owner, one press for each result, and the history with pictures side by side."""
    st.button(t("plots.back"), key="plots_back", on_click=state.set_query, kwargs={"id": None})
    try:
        card = get_plot_card(actor, plot_id)
    except Refusal as refusal:
        st.error(failure_text(refusal))
        return
    plot = card.plot
    st.html(
        f'<div class="lg-title"><b>{symbol_mark(SYMBOLS[state_of(plot)])} {safe(plot.name)}</b>'
        f"<small>{safe(t(f'plots.state.{state_of(plot)}'))}</small></div>"
        f"<p>{safe(t(f'plots.kind.{plot.kind}'))} · {safe(plot.area)} · {safe(t('plots.m2', n=f'{plot.area_m2:,.0f}'))}"
        f"<br>{safe(t(f'plots.owner.{plot.owner_kind}'))} {safe(plot.owner)}</p>"
    )
    if plot.valid_to is None:
        _show_check(actor, card)
    st.html(f'<h3 class="lg-h3">{safe(t("plots.history", n=len(card.checks)))}</h3>')
    for check in card.checks[:MOST_CHECKS]:
        mark = symbol_mark(SYMBOLS[PlotState(check.result)])
        words = " · ".join(word for word in (moment_text(check.at, now), check.by or "", check.note) if word)
        pictures = "".join(
            f'<figure><img src="/plot-photos/{photo}" alt="{safe(t(f"plots.photo.{stage}"))}" loading="lazy">'
            f"<figcaption>{safe(t(f'plots.photo.{stage}'))}</figcaption></figure>"
            for stage, photo in sorted(check.photos.items(), reverse=True)
        )
        st.html(
            f'<div class="lg-plot-check"><p>{mark} <b>{safe(t(f"plots.state.{check.result}"))}</b> {safe(words)}</p>'
            f'<div class="lg-plot-pair">{pictures}</div></div>'
        )
    if may(actor, Permission.PLOT_EDIT) and plot.valid_to is None:
        with st.expander(t("plots.end")):
            st.button(t("plots.end.do"), key=f"plots_end_{plot.version}", on_click=_end, args=(actor, card))


def _show_check(actor: Actor, card: PlotCard) -> None:
    key = f"plots_{state.form_key('plot_check')}"
    with st.container(horizontal=True, key="lg-touch-plot-check"):
        for result in CheckResult:
            st.button(
                t(f"plots.check.{result}"), key=f"plots_{result}", on_click=_check, width="stretch",
                type="primary" if result is CheckResult.KEPT else "secondary",
                args=(actor, card.plot.id, result, key),
            )  # fmt: skip
    with st.expander(t("plots.more_to_say")):
        st.text_input(t("plots.note"), max_chars=NOTE_LENGTH, key=f"{key}_note")
        for stage in ("before", "after"):
            st.file_uploader(t(f"plots.photo.{stage}"), type=PHOTO_TYPES, key=f"{key}_{stage}")


@covered
def _check(actor: Actor, plot_id: int, result: CheckResult, key: str) -> None:
    photos = {stage: st.session_state.get(f"{key}_{stage}") for stage in ("before", "after")}
    before, after = (photo.getvalue() if photo else None for photo in photos.values())
    note = st.session_state.get(f"{key}_note") or ""
    with action("plots.checked") as outcome:
        check_plot(actor, plot_id, CheckForm(result, note, before, after, state.form_key("plot_check")))
    if outcome.ok:
        state.new_form_key("plot_check")


@covered
def _end(actor: Actor, card: PlotCard) -> None:
    with action("plots.ended") as outcome:
        end_plot(actor, card.plot.id, card.plot.version)
    if outcome.ok:
        state.set_query(id=None)


def drawn() -> tuple[Corners, ...]:
    """The outline so far, closed once it has three corners, for the map."""
    corners = _corners()
    return ((*corners, corners[0]) if len(corners) > 2 else corners,)


def _corners() -> Corners:
    found: Corners = st.session_state.get("plots_corners", ())
    return found


def add_corner(corner: tuple[float, float]) -> None:
    """A click on the map is the next corner."""
    st.session_state["plots_corners"] = (*_corners(), corner)


def _undo() -> None:
    st.session_state["plots_corners"] = _corners()[:-1]


def _stop() -> None:
    st.session_state.pop("plots_corners", None)
    state.set_query(draw=None)


def show_drawing(actor: Actor) -> None:
    """Corners by clicks, then kind, name and owner."""
    key = f"plot_{state.form_key('plot')}"
    st.html(f'<div class="lg-title"><b>{safe(t("plots.draw"))}</b></div><p>{safe(t("plots.draw.how"))}</p>')
    st.caption(t("plots.corners", n=len(_corners())))
    with st.container(horizontal=True):
        st.button(t("plots.undo"), key="plots_undo", on_click=_undo, disabled=not _corners())
        st.button(t("plots.stop"), key="plots_stop", on_click=_stop)
    st.segmented_control(
        t("plots.kind"), list(PlotKind), default=PlotKind.FIELD, required=True, key=f"{key}_kind",
        format_func=lambda kind: t(f"plots.kind.{kind}"),
    )  # fmt: skip
    st.text_input(t("plots.name"), max_chars=60, key=f"{key}_name", placeholder=t("plots.name.hint"))
    st.segmented_control(
        t("plots.owner"), list(PlotOwner), default=PlotOwner.PERSON, required=True, key=f"{key}_owner_kind",
        format_func=lambda kind: t(f"plots.owner.{kind}"),
    )  # fmt: skip
    st.text_input(t("plots.owner.name"), max_chars=60, key=f"{key}_owner")
    st.button(t("plots.save"), type="primary", key="plots_save", on_click=_save, args=(actor, key), width="stretch")


@covered
def _save(actor: Actor, key: str) -> None:
    value = st.session_state.get
    form = PlotForm(
        value(f"{key}_kind") or PlotKind.FIELD, value(f"{key}_name") or "",
        value(f"{key}_owner_kind") or PlotOwner.PERSON, value(f"{key}_owner") or "", _corners(), state.form_key("plot"),
    )  # fmt: skip
    with action("plots.saved") as outcome:
        plot = add_plot(actor, form)
    if outcome.ok:
        _stop()
        state.new_form_key("plot")
        state.set_query(id=plot)
