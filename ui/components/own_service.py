"""One's own voluntary service: hours of the month, of the year, in all, and each attendance with its source."""

from collections.abc import Sequence

import streamlit as st

from domain.permissions import Actor
from services.activities.attendances import list_own_attendances
from services.activities.corrections import CorrectionView, list_own_corrections
from services.activities.hours import OwnService
from services.activities.recording import AttendanceView
from ui.components.attendance import state_text
from ui.components.corrections import correction_text
from ui.components.figures import Figure, show_figures
from ui.components.lists import show_empty
from ui.i18n import t
from ui.safe import safe
from ui.style import theme
from ui.times import day_text


def show_own_service(own: OwnService | None) -> None:
    """Three figures; for somebody who is not on the roll how to get there."""
    if own is None:
        show_empty(t("own_service.none"), t("own_service.none_next"))
        return
    parts = (("month", own.month), ("year", own.year), ("total", own.total))
    figures = [
        Figure(
            t("own_service.hours"), minutes / 60, t("volunteers.unit.hours"), t(f"own_service.{name}"),
            compare=t("own_service.times", n=times),
        )
        for name, (minutes, times) in parts
    ]  # fmt: skip
    team = own.team or t("volunteers.no_team")
    figures.append(Figure(t("own_service.belongs"), team, "", "", compare=own.area or ""))
    show_figures(figures, theme())


def show_mine(actor: Actor) -> None:
    """Every attendance of one's own, with the corrections of those that have any."""
    rows = list_own_attendances(actor)
    show_own_attendances(rows, list_own_corrections(actor) if any(row.corrections for row in rows) else ())


def show_own_attendances(rows: Sequence[AttendanceView], corrections: Sequence[CorrectionView] = ()) -> None:
    """Newest first: what, when, how long, who recorded it, and how it was corrected."""
    if not rows:
        show_empty(t("own_service.empty"), t("own_service.empty_next"))
        return
    lines = "".join(
        f'<div class="lg-who"><b>{safe(row.activity)}</b>'
        f"<small>{safe(day_text(row.starts_at, year=True))}</small><span>{safe(state_text(row))}</span>"
        + "".join(f"<span>{safe(correction_text(one))}</span>" for one in corrections if one.attendance_id == row.id)
        + "</div>"
        for row in rows
    )
    st.html(f'<div class="lg-lines">{lines}</div>')
