"""Parts of a card: what the case is linked to, what is linked to it, and what looks like the same thing (C7)."""

import streamlit as st

from domain.incidents import OPEN
from domain.permissions import Actor, Permission, may
from services.incidents.links import CaseLinks, LinkedCase, link_incident, read_links, unlink_incident
from services.incidents.views import IncidentCard, IncidentView
from ui.components.symbols import symbol_mark
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import safe


def thumbnail(photo_id: int | None) -> str:
    """The small picture of a row; nothing where there is none."""
    source = f"/photos/{photo_id}?small=1"
    alt = safe(t("links.photo"))
    return f'<img class="lg-thumb" src="{source}" alt="{alt}" loading="lazy">' if photo_id else ""


def show_links(actor: Actor, card: IncidentCard) -> None:
    """The main of a case, or what is linked to it and what could be: linked with one press."""
    view, links = card.view, read_links(actor, card.view.id)
    deciding = may(actor, Permission.INCIDENT_DISPATCH)
    if view.main_id is not None:
        _show_main(actor, view, links, deciding)
        return
    if links.linked or links.elsewhere:
        number = len(links.linked) + links.elsewhere
        st.html(f'<h3 class="lg-h3">{safe(t("links.linked", n=number, callers=view.callers))}</h3>')
        st.html("".join(_line(one) for one in links.linked) + _elsewhere(links.elsewhere))
    if not deciding or view.status not in OPEN:
        return
    if links.suggested:
        st.html(f'<h3 class="lg-h3">{safe(t("links.suggested", n=len(links.suggested)))}</h3>')
        for one in links.suggested:
            _show_suggested(actor, view, one)
    _ask_other(actor, view)


def _show_main(actor: Actor, view: IncidentView, links: CaseLinks, deciding: bool) -> None:
    st.html(f'<h3 class="lg-h3">{safe(t("links.main", number=links.main_number))}</h3>')
    st.html(_line(links.main) if links.main else f'<p class="lg-quiet">{safe(t("links.main.elsewhere"))}</p>')
    if not deciding:
        return
    with st.popover(t("links.unlink"), key=f"unlink_{view.id}_{view.version}"):
        st.text_input(t("links.reason"), key=f"unlink_reason_{view.id}", max_chars=400)
        st.button(
            t("links.unlink.confirm"), type="primary", key=f"unlink_do_{view.id}", on_click=_unlink,
            args=(actor, view.id, view.version),
        )  # fmt: skip


def _elsewhere(number: int) -> str:
    return f'<p class="lg-quiet">{safe(t("links.elsewhere", n=number))}</p>' if number else ""


def _line(one: LinkedCase) -> str:
    link = f'<a href="/incidents?id={one.id}" target="_self">{safe(t("report.similar.open"))}</a>'
    return (
        f'<div class="lg-linked">{thumbnail(one.photo_id)}<p>{symbol_mark(one.symbol)} {safe(one.title)}'
        f"<small>{safe(one.number)} · {safe(_apart(one))}</small></p>{link}</div>"
    )


def _apart(one: LinkedCase) -> str:
    metres = t("links.no_metres") if one.metres is None else t("links.metres", metres=one.metres)
    return t("links.apart", metres=metres, days=one.days)


def _show_suggested(actor: Actor, view: IncidentView, one: LinkedCase) -> None:
    """What was reported first is the main unless that would hide lateness: the press links the other one to it."""
    st.html(_line(one))
    label = t("links.to_that" if one.as_main else "links.to_this")
    which = (view.id, view.version, one.number) if one.as_main else (one.id, one.version, view.number)
    st.button(label, key=f"link_{view.id}_{one.id}", on_click=_link, args=(actor, *which))


def _ask_other(actor: Actor, view: IncidentView) -> None:
    with st.popover(t("links.other"), key=f"link_other_{view.id}_{view.version}"):
        st.text_input(t("links.number"), key=f"link_number_{view.id}", max_chars=40)
        st.text_input(t("links.reason"), key=f"link_reason_{view.id}", max_chars=400)
        st.button(
            t("links.confirm"), type="primary", key=f"link_do_{view.id}", on_click=_link_other,
            args=(actor, view.id, view.version),
        )  # fmt: skip


@covered
def _link(actor: Actor, incident_id: int, version: int, number: str, reason: str = "") -> None:
    with action("links.saved", number=number):
        link_incident(actor, incident_id, version, number, reason)


def _link_other(actor: Actor, incident_id: int, version: int) -> None:
    value = st.session_state.get
    number, reason = value(f"link_number_{incident_id}") or "", value(f"link_reason_{incident_id}") or ""
    _link(actor, incident_id, version, number, reason)


@covered
def _unlink(actor: Actor, incident_id: int, version: int) -> None:
    with action("links.freed"):
        unlink_incident(actor, incident_id, version, st.session_state.get(f"unlink_reason_{incident_id}") or "")
