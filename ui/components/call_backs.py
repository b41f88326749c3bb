"""Parts of the page 回访: who waits for a call, the fast form, the reopening of what is not solved, the three rates."""

import secrets
from datetime import datetime
from functools import partial
from urllib.parse import quote

import streamlit as st

from config.profiles import Profile
from domain.call_backs import CallBackSource, Satisfaction
from domain.clock import local_date
from domain.incidents import IncidentAction, IncidentSymbol
from domain.indicators import SMALL_SAMPLE, Behind, Figure
from domain.periods import Period, PeriodKind, period_around
from domain.permissions import Actor, Permission, may
from services.call_backs.calls import CallBackForm, WaitingCase, count_to_call_back, list_to_call_back, record_call_back
from services.call_backs.rates import RATES, RateRow, call_back_rates
from services.incidents.cases import act_on_incident
from services.incidents.views import IncidentCard, IncidentView
from services.lists.figure_exports import export_call_back_rates, export_to_call_back
from ui import state
from ui.components.export import show_export
from ui.components.lists import Row, show_empty, show_rows
from ui.components.tables import SUMS, link, table_html, titles
from ui.guard import action, covered
from ui.i18n import named, t
from ui.safe import safe
from ui.times import moment_text

_PERIODS: tuple[PeriodKind, ...] = ("month", "quarter", "year")
_ASKED = ("responded", "solved")
_NOT_SOLVED = "call_backs_not_solved"  # (case, what was said) that may be opened again


def show_waiting(actor: Actor, profile: Profile, chosen: str | None, now: datetime) -> None:
    """The cases to call back about, those closed first before the others."""
    cases, total = list_to_call_back(actor, now), count_to_call_back(actor, now)
    head, note = safe(t("call_backs.waiting", n=total)), safe(t("call_backs.note"))
    st.html(f'<div class="lg-title"><b>{head}</b><small>{note}</small></div>')
    if not cases:
        limits = profile.thresholds
        days, attempts = limits.call_back_days.value, limits.call_back_attempts.value
        show_empty(t("call_backs.empty.title"), t("call_backs.empty.next", days=days, attempts=attempts))
        return
    show_rows([_row(case, now) for case in cases], chosen, lambda key: state.set_query(id=key), "callbacks")
    if total > len(cases):
        st.html(f'<div class="lg-foot">{safe(t("call_backs.more", n=len(cases)))}</div>')
    show_export(actor, "to_call_back", partial(export_to_call_back, actor), now, total, several=True)


def _row(case: WaitingCase, now: datetime) -> Row:
    tried = t("call_backs.attempts", n=case.attempts) if case.attempts else t("call_backs.attempts.none")
    return Row(
        str(case.id), IncidentSymbol.CLOSED, case.title, case.area_name or t("case.outside"), tried,
        t("call_backs.row", closed=moment_text(case.closed_at, now), reporter=case.reporter),
    )  # fmt: skip


def show_form(actor: Actor, card: IncidentCard) -> None:
    """Two questions, and four buttons that save: how content the reporter is, or that nobody was reached."""
    view = card.view
    with st.container(horizontal=True, gap="small", key="lg-call-backs-asked"):
        _ask(view)
    st.text_area(t("call_backs.words"), max_chars=1000, height=68, key=_key(view.id, "words"))
    st.caption(t("call_backs.end"))
    with st.container(horizontal=True, gap="small", key="lg-call-backs-end"):
        for result in (*Satisfaction, None):
            name = result.value if result else "unreached"
            st.button(
                t(f"call_backs.{name}"), key=_key(view.id, name), on_click=_save, args=(actor, view, result)
            )  # fmt: skip


def _ask(view: IncidentView) -> None:
    for name in _ASKED:
        labels = {yes: t(f"call_backs.{name}.{yes}") for yes in ("yes", "no")}
        st.segmented_control(
            t(f"call_backs.{name}"), list(labels), key=_key(view.id, name), format_func=labels.__getitem__
        )
    sources = {source: t(f"call_backs.source.{source}") for source in (CallBackSource.PHONE, CallBackSource.VISIT)}
    st.segmented_control(
        t("call_backs.source"), list(sources), default=CallBackSource.PHONE, required=True,
        key=_key(view.id, "source"), format_func=sources.__getitem__,
    )  # fmt: skip


@covered
def _save(actor: Actor, view: IncidentView, result: Satisfaction | None) -> None:
    value = st.session_state.get
    said = {name: {"yes": True, "no": False}.get(str(value(_key(view.id, name)))) for name in _ASKED}
    note = value(_key(view.id, "words")) or ""
    form_key = st.session_state.setdefault(_key(view.id, "form"), secrets.token_urlsafe(16))
    with action("call_backs.saved", result=t(f"call_backs.{result.value if result else 'unreached'}")) as outcome:
        answers = said if result else dict.fromkeys(_ASKED)
        form = CallBackForm(
            form_key, result is not None, **answers, satisfaction=result, note=note,
            source=value(_key(view.id, "source")) or CallBackSource.PHONE,
        )  # fmt: skip
        record_call_back(actor, view.id, view.version, form)
    if not outcome.ok:
        return
    st.session_state[f"call_back_round_{view.id}"] = _round(view.id) + 1
    st.session_state[_NOT_SOLVED] = (view.id, note) if result and not said["solved"] else None
    if result is None or said["solved"]:
        state.set_query(id=None)


def _round(incident_id: int) -> int:
    return int(st.session_state.get(f"call_back_round_{incident_id}", 0))


def _key(incident_id: int, part: str) -> str:
    return f"call_back_{incident_id}_{_round(incident_id)}_{part}"


def show_reopening(actor: Actor, card: IncidentCard) -> bool:
    """After an answer "not solved": the case may be opened again with one press. Whether it was offered."""
    found = st.session_state.get(_NOT_SOLVED)
    offered = IncidentAction.REOPEN in {item.action for item in card.actions} and may(actor, Permission.INCIDENT_VERIFY)
    if not found or found[0] != card.view.id or not offered:
        return False
    st.warning(t("call_backs.reopen", number=card.view.number))
    with st.container(horizontal=True, gap="small", key="lg-call-backs-reopen"):
        st.button(
            t("call_backs.reopen.button"), type="primary", key="call_backs_reopen", on_click=_reopen,
            args=(actor, card.view, found[1]),
        )  # fmt: skip
        st.button(t("call_backs.reopen.leave"), key="call_backs_leave", on_click=_leave)
    return True


@covered
def _reopen(actor: Actor, view: IncidentView, note: str) -> None:
    with action("call_backs.reopen.done") as outcome:
        reason = t("call_backs.reopen.reason", note=note)[:1000]
        act_on_incident(actor, view.id, IncidentAction.REOPEN, view.version, reason)
    if outcome.ok:
        _leave()


def _leave() -> None:
    st.session_state[_NOT_SOLVED] = None
    state.set_query(id=None)


def show_rates(actor: Actor, profile: Profile, now: datetime) -> None:
    """The three rates of a period by community or department, with how many call-backs stand behind each."""
    periods = {kind: t(f"call_backs.period.{kind}") for kind in _PERIODS}
    above = profile.level_above(profile.grid_level.value)
    groups = {above.key: named(above.name), "department": t("call_backs.by.department")}
    with st.container(horizontal=True, gap="small", key="lg-call-backs-rates"):
        kind = st.segmented_control(
            t("call_backs.period"), list(periods), default="month", required=True, key="call_backs_period",
            format_func=periods.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        by = st.segmented_control(
            t("call_backs.by"), list(groups), default=above.key, required=True, key="call_backs_by",
            format_func=groups.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
    period = period_around(kind, local_date(now))
    rows = call_back_rates(actor, period, by, now)
    heads = (groups[by], t("call_backs.counted"), *titles("indicators.name", *RATES))
    st.html(
        table_html(heads, (_rate_cells(row, period, by) for row in rows), SUMS)
        + f'<div class="lg-how"><b>{safe(t("look.how"))}</b> {safe(t("call_backs.how", n=SMALL_SAMPLE))}</div>'
    )
    show_export(actor, "call_back_rates", partial(export_call_back_rates, actor, period, by), now, several=True)


def _rate_cells(row: RateRow, period: Period, by: str) -> list[str]:
    group = row.group
    if group.text:
        name = t(group.text)
    elif isinstance(group.name, str):
        name = group.name
    else:
        name = named(group.name) if group.name else t("call_backs.all")
    own = (period, by, group.key) if group.key else (period,)
    counted = _link(Behind(RATES[0], True, *own), str(row.counted)) if row.counted else "0"
    return [name, counted, *(_rate(row.figures[key], Behind(key, False, *own)) for key in RATES)]


def _rate(figure: Figure, behind: Behind) -> str:
    if figure.value is None:
        return t("call_backs.small") if figure.small else "—"
    text = f"{figure.value:.1%}"
    return _link(behind, text, f"{figure.numerator:g} / {figure.denominator}") if figure.numerator else text


def _link(behind: Behind, text: str, title: str = "") -> str:
    """A figure that opens the list of what it counts."""
    return link(f"/incidents?behind={quote(str(behind))}", text, title)
