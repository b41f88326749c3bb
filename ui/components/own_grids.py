"""A party member's own page: the grids one looks after, what is open there, what one has signed up for."""

from datetime import datetime

import streamlit as st

from domain.assignments import AssignmentStatus
from domain.errors import NotFound
from domain.permissions import Actor
from services.activities.calendar import list_upcoming_activities
from services.incidents.cases import IncidentFilter, list_incidents
from services.incidents.views import IncidentView
from services.people.assignments import AssignmentView, GridCard, get_grid_card, list_own_assignments
from ui.components.assignments import assignment_html, grid_word, show_grid_head, show_grid_map
from ui.components.case_rows import case_row
from ui.components.lists import clock_html, show_empty
from ui.components.symbols import symbol_mark
from ui.i18n import t
from ui.safe import safe
from ui.style import panel
from ui.times import day_text

MOST_TASKS = 12


def show_own_grids(actor: Actor, now: datetime) -> None:
    """The whole page of a party member."""
    every = list_own_assignments(actor)
    present = [view for view in every if view.status is not AssignmentStatus.ENDED]
    with st.container(horizontal=True, key="lg-split-own-grids"):
        with st.container(key="lg-own-left"):
            with panel("own-list"):
                _show_list(present, [view for view in every if view.status is AssignmentStatus.ENDED])
            with panel("own-tasks"):
                _show_tasks(actor, now)
            with panel("own-activities"):
                _show_activities(actor, now)
        with panel("grid-map-own"):
            card = _card(actor, present)
            if card:
                show_grid_head(card)
            show_grid_map(actor, card.grid.id if card else None, fly=True, key="own_grids")


def _card(actor: Actor, present: list[AssignmentView]) -> GridCard | None:
    """The first own grid that lies where the account may look."""
    for view in present:
        try:
            return get_grid_card(actor, view.area_id)
        except NotFound:
            continue
    return None


def _show_list(present: list[AssignmentView], past: list[AssignmentView]) -> None:
    grid = grid_word()
    st.html(f'<div class="lg-title"><b>{safe(t("own_grids.title", grid=grid))} {len(present)}</b></div>')
    if not present:
        show_empty(t("own_grids.none", grid=grid), t("own_grids.none.next"))
    st.html(f'<div class="lg-lines">{"".join(assignment_html(view, area=True) for view in present)}</div>')
    if past:
        with st.expander(t("assignments.history", n=len(past))):
            st.html(f'<div class="lg-lines">{"".join(assignment_html(view, area=True) for view in past)}</div>')


def _show_tasks(actor: Actor, now: datetime) -> None:
    page = list_incidents(actor, IncidentFilter(page_size=MOST_TASKS), now)
    st.html(
        f'<div class="lg-title"><b>{safe(t("own_grids.tasks"))} {page.total}</b>'
        f"<small>{safe(t('own_grids.tasks.note'))}</small></div>"
    )
    if not page.rows:
        show_empty(t("own_grids.tasks.none"), t("own_grids.tasks.none.next"))
        return
    st.html(f'<div class="lg-lines">{"".join(_task_html(view, now) for view in page.rows)}</div>')
    if page.total > len(page.rows):
        st.html(f'<div class="lg-foot">{safe(t("own_grids.tasks.more", n=page.total - len(page.rows)))}</div>')


def _task_html(view: IncidentView, now: datetime) -> str:
    row = case_row(view, now, view.place or view.area_name or "")
    return (
        f'<a class="lg-who" target="_self" href="/incidents?id={view.id}">{symbol_mark(view.symbol)} '
        f"<b>{safe(view.title)}</b><span>{safe(row.place)}{clock_html(row)}</span></a>"
    )


def _show_activities(actor: Actor, now: datetime) -> None:
    mine = [view for view in list_upcoming_activities(actor, limit=60, now=now) if view.mine is not None]
    st.html(f'<div class="lg-title"><b>{safe(t("own_grids.activities"))} {len(mine)}</b></div>')
    if not mine:
        show_empty(t("own_grids.activities.none"), t("own_grids.activities.none.next"))
        return
    lines = "".join(
        f'<a class="lg-who" target="_self" href="/activities?id={view.id}"><b>{safe(view.title)}</b>'
        f"<span>{safe(day_text(view.starts_at, weekday=True))} · {safe(view.where)}</span></a>"
        for view in mine
    )
    st.html(f'<div class="lg-lines">{lines}</div>')
