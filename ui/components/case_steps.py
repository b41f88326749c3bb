"""The steps that are open on a case: a button each, and the form for what a step asks first."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

import streamlit as st

from domain.clock import local_date, utc_now
from domain.dictionaries import DictionaryEntry
from domain.incidents import IncidentAction
from domain.permissions import Actor, Permission, roles_with
from services.incidents.assignees import Assignee
from services.incidents.cases import act_on_incident, list_assignees
from services.incidents.photos import PHOTO_TYPES
from services.incidents.views import AllowedAction, IncidentCard, IncidentView
from services.whistles.views import WhistleView
from ui.components.whistles import show_own_answers
from ui.guard import action, covered
from ui.i18n import named, t
from ui.safe import plain, safe

_A = IncidentAction
# What moves a case forward stands first; the first of them is the primary button.
FORWARD = (
    _A.CLOSE, _A.VERIFY, _A.FEED_BACK, _A.DISPATCH, _A.TAKE_OVER, _A.REPORT_IN, _A.FILE, _A.CHECK, _A.RESUME,
    _A.EVALUATE,
)  # fmt: skip
_ORDER = (
    *FORWARD, _A.RETURN, _A.SUPERVISE, _A.HAND_OVER, _A.CALL, _A.ESCALATE, _A.HAND_DOWN, _A.SUSPEND, _A.REOPEN,
    _A.ADD_NOTE, _A.VOID,
)  # fmt: skip
Kind = Literal["primary", "secondary"]
# One press would change what others rely on, and needs no words: asked again, with a line that says what it does.
_ASKED = frozenset({_A.RESUME})
_SHOWN = 4  # steps with a button of their own; the rest lie behind 更多


def show_steps(actor: Actor, card: IncidentCard, answers: Sequence[WhistleView]) -> None:
    """A button for each step that the actor may do now; what needs words, a person or photos asks for them first.

    ``answers``: those to the whistles of the case; the buttons of the actor's own stand first.
    A step that was refused keeps what was typed; one that was done clears it.
    """
    allowed = sorted(card.actions, key=lambda item: _ORDER.index(item.action))
    _show_kept(actor, card)
    primary = allowed[0].action if allowed and allowed[0].action in FORWARD else None
    with st.container(horizontal=True, key="lg-case-steps", gap="small"):
        _show_kept_from(card)
        show_own_answers(actor, answers)
        for item in allowed[:_SHOWN]:
            _show_step(actor, card, item, "primary" if item.action is primary else "secondary")
        if allowed[_SHOWN:]:
            with st.popover(t("case.more"), key=f"case_more_{_round(card.view.id)}"):
                for item in allowed[_SHOWN:]:
                    with st.expander(t(f"case.action.{item.action}")):
                        _show_form(actor, card, item)


def _show_kept_from(card: IncidentCard) -> None:
    """To whom handled the case and may verify others': why there is no button for it, and whose step it is."""
    if not {_A.VERIFY, _A.CLOSE} & set(card.kept_from):
        return
    roles = [t(f"roles.{role}") for role in roles_with(Permission.INCIDENT_VERIFY)]
    words = t("case.kept_from", roles=t("look.list_comma").join(roles))
    st.html(f'<p class="lg-quiet">{safe(words)}</p>')


def _show_kept(actor: Actor, card: IncidentCard) -> None:
    """Words that were typed for a step which somebody else took first: its form is gone, they are not."""
    view, allowed = card.view, {item.action for item in card.actions}
    for step in _A:
        words = st.session_state.get(_key(view.id, step, "note"))
        if words and step not in allowed:
            st.session_state[f"case_kept_{view.id}"] = words
    if not (kept := st.session_state.get(f"case_kept_{view.id}")):
        return
    with st.container(border=True, key="lg-kept", gap="small"):
        st.html(f'<b>{safe(t("case.kept"))}</b><p class="lg-words">{safe(kept)}</p>')
        with st.container(horizontal=True, gap="small"):
            if _A.ADD_NOTE in allowed:
                st.button(
                    t("case.kept.note"), key=f"kept_note_{view.id}", on_click=_note_kept,
                    args=(actor, view.id, view.version),
                )  # fmt: skip
            st.button(t("case.kept.drop"), key=f"kept_drop_{view.id}", on_click=_drop_kept, args=(view.id,))


def _note_kept(actor: Actor, incident_id: int, version: int) -> None:
    st.session_state[_key(incident_id, _A.ADD_NOTE, "note")] = st.session_state[f"case_kept_{incident_id}"]
    before = _round(incident_id)
    _do(actor, incident_id, version, _A.ADD_NOTE)
    if _round(incident_id) > before:
        _drop_kept(incident_id)


def _drop_kept(incident_id: int) -> None:
    st.session_state.pop(f"case_kept_{incident_id}", None)


def _show_step(actor: Actor, card: IncidentCard, item: AllowedAction, kind: Kind) -> None:
    label, view = _label(item), card.view
    if not _asks(item):
        st.button(
            label, type=kind, key=_key(view.id, item.action, "do"), on_click=_do,
            args=(actor, view.id, view.version, item.action),
        )  # fmt: skip
        return
    with st.popover(label, type=kind, key=_key(view.id, item.action, "open")):
        _show_form(actor, card, item)


def _asks(item: AllowedAction) -> bool:
    """Whether a step asks something before it is done."""
    wants = item.needs_reason or item.needs_assignee or item.needs_result or item.takes_photos or item.needs_standard
    return wants or item.action in _ASKED


def _label(item: AllowedAction) -> str:
    """What the button says: dispatching names what it does before, too."""
    return " · ".join(t(f"case.action.{action}") for action in (*item.via, item.action))


def _show_form(actor: Actor, card: IncidentCard, item: AllowedAction) -> None:
    view = card.view
    if item.needs_assignee:
        people = {person.user_id: _person(person) for person in list_assignees(actor, view.id, item.action)}
        if not people:
            st.write(t("case.no_assignee"))
            return
        st.selectbox(
            t("case.review_by" if item.needs_review else "case.assignee"), list(people),
            key=_key(view.id, item.action, "assignee"), format_func=lambda user_id: people[user_id],
        )  # fmt: skip
    if item.needs_review:
        tomorrow = local_date(utc_now()) + timedelta(days=1)
        st.date_input(
            t("case.review_on"), tomorrow + timedelta(days=6), min_value=tomorrow,
            key=_key(view.id, item.action, "review"),
        )  # fmt: skip
    if item.needs_standard and card.entry:
        _ask_standard(card.entry, view, item.action)
    if item.action in _ASKED:
        st.caption(t(f"case.ask.{item.action}"))
    st.text_area(t(_words_key(item)), max_chars=1000, key=_key(view.id, item.action, "note"))
    if item.takes_photos:
        st.file_uploader(
            t("case.photos_needed" if _wants_photo(card, item) else "case.photos_add"),
            type=PHOTO_TYPES, accept_multiple_files=True,
            key=_key(view.id, item.action, "photos"),
        )  # fmt: skip
    st.button(
        t("case.confirm"), type="primary", key=_key(view.id, item.action, "confirm"), on_click=_do,
        args=(actor, view.id, view.version, item.action),
    )  # fmt: skip


def _words_key(item: AllowedAction) -> str:
    """The text key of what is to be written: a note is no result."""
    if item.needs_reason:
        return "case.reason"
    return "case.result" if item.needs_result and item.action is not _A.ADD_NOTE else "case.note"


def _wants_photo(card: IncidentCard, item: AllowedAction) -> bool:
    """Whether the step needs a photo that is not there yet."""
    photo = card.entry.photo_required if card.entry and item.needs_standard else False
    return photo and not any(one.stage == "after" for one in card.photos)


def _ask_standard(entry: DictionaryEntry, view: IncidentView, step: IncidentAction) -> None:
    """The closing standard of what it was filed under, to be said to be met; and whether a photo has to show it."""
    photo = f"<small> · {safe(t('case.photo_required'))}</small>" if entry.photo_required else ""
    st.html(f'<div class="lg-ask"><b>{safe(t("case.standard"))}</b>{photo}</div>')
    st.checkbox(plain(named(entry.standard)), key=_key(view.id, step, "standard"))


def _person(person: Assignee) -> str:
    role, area = t(f"roles.{person.role}"), person.area_name or t("case.assignee_street")
    return t("case.assignee_line", role=role, name=person.name, area=area)


@covered
def _do(actor: Actor, incident_id: int, version: int, step: IncidentAction) -> None:
    value = st.session_state.get
    files = value(_key(incident_id, step, "photos")) or []
    with action("case.saved", action=t(f"case.action.{step}")) as outcome:
        act_on_incident(
            actor, incident_id, step, version,
            note=value(_key(incident_id, step, "note")) or "",
            photos=tuple(file.getvalue() for file in files),
            assignee_id=value(_key(incident_id, step, "assignee")),
            review_on=value(_key(incident_id, step, "review")),
            standard_confirmed=bool(value(_key(incident_id, step, "standard"))),
        )  # fmt: skip
    if outcome.ok:  # the next round has fresh fields, and its popovers are closed
        st.session_state[f"case_round_{incident_id}"] = _round(incident_id) + 1


def _round(incident_id: int) -> int:
    return int(st.session_state.get(f"case_round_{incident_id}", 0))


def _key(incident_id: int, step: IncidentAction, part: str) -> str:
    return f"case_{incident_id}_{_round(incident_id)}_{step}_{part}"
