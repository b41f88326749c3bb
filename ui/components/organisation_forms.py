"""Changes to one organisation: rename, move, link areas, set up one under it, close."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import streamlit as st

from domain.clock import local_date
from domain.errors import StaleRecord
from domain.permissions import Actor
from services.areas.work_areas import list_work_areas
from services.organisations.changes import (
    OrganisationForm,
    add_organisation,
    close_organisation,
    end_link,
    link_area,
    move_organisation,
    rename_organisation,
)
from services.organisations.tree import LinkRow, OrganisationCard, OrganisationNode, OrganisationTree, tier_order
from services.system.installations import current_profile
from ui import state
from ui.components.lists import show_empty
from ui.components.organisations import level_name, since_words, tier_name
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe


def show_links(actor: Actor, card: OrganisationCard, now: datetime, *, edits: bool) -> None:
    """The areas that it looks after or did, each present one with the way to end it."""
    present = [link for link in card.links if link.valid_to is None]
    st.html(f'<h3 class="lg-h3">{safe(t("organisations.links", n=len(present)))}</h3>')
    if not card.links:
        show_empty(t("organisations.links.none"), t("organisations.links.none.next"))
    for link in card.links:
        with st.container(horizontal=True, key=f"lg-touch-who-link-{link.id}", vertical_alignment="center"):
            st.html(_link_html(link))
            if edits and link.valid_to is None:
                with st.popover(t("assignments.do.end")):
                    st.date_input(
                        t("organisations.until"), local_date(now), key=f"unlink-{link.id}-day", format="YYYY-MM-DD"
                    )
                    st.button(
                        t("organisations.do.unlink"), key=f"unlink-{link.id}", on_click=_unlink, args=(actor, link)
                    )


def _link_html(link: LinkRow) -> str:
    words = since_words(link.valid_from)
    if link.valid_to is not None:
        words = t("organisations.from_until", first=link.valid_from.isoformat(), until=link.valid_to.isoformat())
    return (
        f'<div class="lg-who"><b>{safe(link.area)}</b><small>{safe(level_name(link.level))}</small>'
        f"<span>{safe(words)}</span></div>"
    )


@covered
def _unlink(actor: Actor, link: LinkRow) -> None:
    with action("organisations.done.saved"):
        end_link(actor, link.id, st.session_state[f"unlink-{link.id}-day"])


def show_changes(actor: Actor, tree: OrganisationTree, node: OrganisationNode, now: datetime) -> None:
    """One button for each change; each opens its few inputs."""
    with st.container(horizontal=True, key="lg-touch-organisation"):
        with st.popover(t("organisations.do.rename")):
            _show_rename(actor, node)
        with st.popover(t("organisations.do.move")):
            _show_move(actor, tree, node)
        with st.popover(t("organisations.do.link")):
            _show_link(actor, node, now)
        if tiers_below(node.tier):
            with st.popover(t("organisations.do.add")):
                show_add_form(actor, now, parent=node)
        with st.popover(t("organisations.do.close")):
            _show_close(actor, node, now)


def tiers_below(tier: str) -> list[str]:
    """The tiers that may hang under one."""
    order = tier_order(current_profile())
    return order[order.index(tier) + 1 :] if tier in order else []


def _show_rename(actor: Actor, node: OrganisationNode) -> None:
    key = f"rename-{node.id}"
    st.text_input(t("organisations.name"), node.name, key=f"{key}-name", max_chars=120)
    st.button(t("organisations.do.save"), key=key, type="primary", on_click=_rename, args=(actor, node))


@covered
def _rename(actor: Actor, node: OrganisationNode) -> None:
    _do(lambda: rename_organisation(actor, node.id, node.version, st.session_state[f"rename-{node.id}-name"]))


def _show_move(actor: Actor, tree: OrganisationTree, node: OrganisationNode) -> None:
    key = f"move-{node.id}"
    order = tier_order(current_profile())
    rank = order.index(node.tier) if node.tier in order else len(order)
    choices: dict[int | None, str] = {
        one.id: f"{one.name} · {tier_name(one.tier)}"
        for one in tree.nodes
        if one.in_scope and one.tier in order[:rank] and not one.path.startswith(node.path)
    }
    if actor.scope.everywhere:
        choices[None] = t("organisations.top")
    if not choices:
        st.caption(t("organisations.move.none"))
        return
    st.caption(t("organisations.move.note"))
    ids = list(choices)
    index = ids.index(node.parent_id) if node.parent_id in choices else 0
    st.selectbox(
        t("organisations.parent"), ids, index=index, key=f"{key}-parent", format_func=lambda one: plain(choices[one])
    )
    st.button(t("organisations.do.move_now"), key=key, type="primary", on_click=_move, args=(actor, node))


@covered
def _move(actor: Actor, node: OrganisationNode) -> None:
    _do(lambda: move_organisation(actor, node.id, node.version, st.session_state[f"move-{node.id}-parent"]))


def _show_link(actor: Actor, node: OrganisationNode, now: datetime) -> None:
    key = f"link-{node.id}"
    areas = {area.code: f"{area.name} · {level_name(area.level)}" for area in list_work_areas(actor)}
    st.selectbox(t("organisations.area"), list(areas), key=f"{key}-area", format_func=lambda code: plain(areas[code]))
    st.date_input(t("organisations.since"), local_date(now), key=f"{key}-day", format="YYYY-MM-DD")
    st.button(t("organisations.do.link_now"), key=key, type="primary", on_click=_link, args=(actor, node))


@covered
def _link(actor: Actor, node: OrganisationNode) -> None:
    key = f"link-{node.id}"
    with action("organisations.done.saved"):
        link_area(actor, node.id, st.session_state[f"{key}-area"] or "", st.session_state[f"{key}-day"])


def show_add_form(
    actor: Actor,
    now: datetime,
    *,
    parent: OrganisationNode | None,
    area: str = "",
    name: str = "",
    tiers: Sequence[str] = (),
) -> None:
    """A new organisation under ``parent`` (None: at the top).

    ``area`` is the code of what it will look after, ``name`` what it could be called, ``tiers`` those to choose from.
    """
    key = f"new-{parent.id if parent else ''}-{area}"
    tiers = tiers or (tiers_below(parent.tier) if parent else tier_order(current_profile())[:1])
    st.selectbox(t("organisations.tier"), tiers, index=len(tiers) - 1 if area else 0, key=f"{key}-tier",
                 format_func=tier_name)  # fmt: skip
    st.text_input(t("organisations.name"), name, key=f"{key}-name", max_chars=120)
    st.date_input(t("organisations.since"), local_date(now), key=f"{key}-day", format="YYYY-MM-DD")
    st.button(
        t("organisations.do.add_now"), key=key, type="primary", on_click=_add,
        args=(actor, key, parent.id if parent else None, area),
    )  # fmt: skip


@covered
def _add(actor: Actor, key: str, parent: int | None, area: str) -> None:
    value: dict[str, Any] = {name: st.session_state[f"{key}-{name}"] for name in ("tier", "name", "day")}
    since: date = value["day"]
    with action("organisations.done.added", name=plain(value["name"])) as outcome:
        form = OrganisationForm(value["name"], value["tier"], parent, area, since, state.form_key("organisation"))
        add_organisation(actor, form)
    if outcome.ok:
        state.new_form_key("organisation")
        st.session_state.pop(f"{key}-name", None)


def _show_close(actor: Actor, node: OrganisationNode, now: datetime) -> None:
    key = f"close-org-{node.id}"
    st.caption(t("organisations.close.note"))
    st.date_input(t("organisations.until"), local_date(now), key=f"{key}-day", format="YYYY-MM-DD")
    st.button(t("organisations.do.close_now"), key=key, on_click=_close, args=(actor, node))


@covered
def _close(actor: Actor, node: OrganisationNode) -> None:
    day = st.session_state[f"close-org-{node.id}-day"]
    if _do(lambda: close_organisation(actor, node.id, node.version, day)):
        state.set_query(org=node.parent_id)


def _do(change: Callable[[], None]) -> bool:
    """Make a change; who comes second is told, what was typed stays, and the next try is on the newest record."""
    with action("organisations.done.saved") as outcome:
        change()
    if isinstance(outcome.error, StaleRecord):
        state.flash("info", t("organisations.newer"))
    return outcome.ok
