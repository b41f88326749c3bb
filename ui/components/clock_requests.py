"""延期与免责: what was asked about a case's clock, the buttons to ask and to decide, and what waits for me."""

from collections.abc import Sequence

import streamlit as st

from domain.clock_requests import LONGEST, RequestKind, RequestState
from domain.permissions import Actor
from services.clocks.request_views import RequestView
from services.clocks.requests import (
    ask_exemption,
    ask_extension,
    decide_request,
    list_requests,
    list_waiting_requests,
    withdraw_request,
)
from services.incidents.views import IncidentCard
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import safe
from ui.times import moment_text

_K = RequestKind


def show_requests(actor: Actor, card: IncidentCard) -> None:
    """The requests of a case with their buttons; nothing where nothing was asked and nothing can be."""
    found = list_requests(actor, card.view.id)
    if not found.requests and not found.may_ask:
        return
    st.html(f'<h3 class="lg-h3">{safe(t("clock_requests.title"))}</h3>')
    unit = f"clocks.limit.{card.run.limit.clock}" if card.run else ""
    for request in found.requests:
        _show_request(actor, request, unit)
    with st.container(horizontal=True, gap="small"):
        for kind in sorted(found.may_ask, reverse=True):
            with st.popover(t(f"clock_requests.ask.{kind}"), key=f"ask_{kind}_{card.view.id}_{len(found.requests)}"):
                _show_form(actor, card, kind, len(found.requests))


def show_waiting_requests(actor: Actor, incident_path: str = "/incidents?id=") -> int:
    """Those that wait for this actor's decision, each a link to its case; how many. For the desk."""
    waiting = list_waiting_requests(actor)
    if waiting:
        head = f'<h3 class="lg-h3">{safe(t("clock_requests.waiting", n=len(waiting)))}</h3>'
        st.html(head + _links(waiting, incident_path))
    return len(waiting)


def _links(waiting: Sequence[RequestView], path: str) -> str:
    lines = (
        f'<li><a href="{path}{request.incident_id}" target="_self">{safe(request.number)} {safe(request.title)}</a>'
        f"<span>{safe(t(f'clock_requests.{request.kind}'))} · {safe(request.reason)}</span></li>"
        for request in waiting
    )
    return f'<ul class="lg-requests">{"".join(lines)}</ul>'


def _show_request(actor: Actor, request: RequestView, unit: str) -> None:
    amount = f" {t(unit, amount=f'{request.amount:g}')}" if request.amount and unit else ""
    state = t(f"clock_requests.state.{request.state}")
    words = t("clock_requests.asked", name=request.asked_by, moment=moment_text(request.asked_at, request.asked_at))
    lines = [request.reason, words]
    if request.approvals:
        names = t("look.list_comma").join(request.approvals)
        lines.append(t("clock_requests.approved_by", names=names))
    elif request.decided_by and request.state is not RequestState.WITHDRAWN:
        lines.append(t("clock_requests.decided_by", name=request.decided_by))
    lines += [request.decision] if request.decision else []
    head = f"<b>{safe(t(f'clock_requests.{request.kind}') + amount)}</b> <em>{safe(state)}</em>"
    st.html(f'<div class="lg-request">{head}{"".join(f"<p>{safe(line)}</p>" for line in lines)}</div>')
    if request.may_decide:
        with st.popover(t("clock_requests.decide"), key=f"decide_{request.id}_{len(request.approvals)}"):
            st.text_area(t("clock_requests.decision"), max_chars=400, key=f"decision_{request.id}")
            with st.container(horizontal=True, gap="small"):
                for grant in (True, False):
                    st.button(
                        t("clock_requests.grant" if grant else "clock_requests.refuse"),
                        type="primary" if grant else "secondary", key=f"decide_{request.id}_{grant}", on_click=_decide,
                        args=(actor, request.id, grant),
                    )  # fmt: skip
    if request.may_withdraw:
        st.button(
            t("clock_requests.withdraw"), key=f"withdraw_{request.id}", on_click=_withdraw, args=(actor, request.id)
        )


def _show_form(actor: Actor, card: IncidentCard, kind: RequestKind, number: int) -> None:
    key = f"{kind}_{card.view.id}_{number}"
    if kind is _K.EXTENSION and card.run:
        unit = t(f"clocks.limit.{card.run.limit.clock}", amount="").strip()
        st.number_input(
            t("clock_requests.amount", unit=unit), min_value=0.5, max_value=LONGEST * card.run.limit.amount, value=1.0,
            step=0.5, key=f"amount_{key}",
        )  # fmt: skip
    else:
        st.write(t("clock_requests.exemption_note"))
    st.text_area(t("clock_requests.reason"), max_chars=400, key=f"reason_{key}")
    st.button(
        t("clock_requests.send"),
        type="primary",
        key=f"send_{key}",
        on_click=_ask,
        args=(actor, card.view.id, kind, key),
    )


@covered
def _ask(actor: Actor, incident_id: int, kind: RequestKind, key: str) -> None:
    reason = st.session_state.get(f"reason_{key}") or ""
    with action("clock_requests.sent"):
        if kind is _K.EXTENSION:
            ask_extension(actor, incident_id, st.session_state.get(f"amount_{key}") or 0, reason)
        else:
            ask_exemption(actor, incident_id, reason)


@covered
def _decide(actor: Actor, request_id: int, grant: bool) -> None:
    with action("clock_requests.decided"):
        decide_request(actor, request_id, grant, st.session_state.get(f"decision_{request_id}") or "")


@covered
def _withdraw(actor: Actor, request_id: int) -> None:
    with action("clock_requests.withdrawn"):
        withdraw_request(actor, request_id)
