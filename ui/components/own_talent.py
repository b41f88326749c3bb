"""One's own part in the talent pool: what I offer, whether I am found by it, and what that means."""

import streamlit as st

from domain.errors import StaleRecord
from domain.permissions import Actor
from domain.talents import OfferTime
from services.talents.consents import say_own_consent
from services.talents.own import SENTENCE_LENGTH, OfferForm, OwnTalent, OwnWord, get_own_talent, save_offer
from ui.components.assign_form import all_skills
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import safe
from ui.times import day_text

_FIELDS = ("skills", "sentence", "times")


def show_own_talent(actor: Actor, own: OwnTalent) -> None:
    """Offer, consent with what it means, every word given so far."""
    chip = "talents.own.in" if own.in_pool else "talents.own.out"
    mark = ' class="lg-chip lg-mine"' if own.in_pool else ' class="lg-chip"'
    st.html(f'<div class="lg-title"><b>{safe(t("talents.own"))}</b><i{mark}>{safe(t(chip))}</i></div>')
    with st.container(key="lg-touch-offer"):
        _show_offer(actor, own)
    _show_consent(actor, own)
    if own.words:
        with st.expander(t("talents.words", n=len(own.words))):
            st.html(words_html(own))


def _show_offer(actor: Actor, own: OwnTalent) -> None:
    skills = all_skills()
    st.pills(
        t("talents.own.skills"), list(skills), default=[key for key in own.skills if key in skills],
        selection_mode="multi", key="offer-skills", format_func=skills.__getitem__,
    )  # fmt: skip
    st.text_input(
        t("fields.talent_sentence"), own.sentence, key="offer-sentence", max_chars=SENTENCE_LENGTH,
        placeholder=t("talents.own.sentence_hint"),
    )  # fmt: skip
    st.pills(
        t("talents.own.times"), list(OfferTime), default=list(own.times), selection_mode="multi", key="offer-times",
        format_func=lambda key: t(f"talents.time.{key}"),
    )  # fmt: skip
    st.button(t("talents.do.save"), key="offer-save", on_click=_save, args=(actor, own))


@covered
def _save(actor: Actor, own: OwnTalent) -> None:
    skills, sentence, times = (st.session_state[f"offer-{field}"] for field in _FIELDS)
    version = st.session_state.get("offer-version", own.version)
    with action("talents.done.saved") as outcome:
        save_offer(actor, version, OfferForm(skills, sentence, times))
    st.session_state.pop("offer-version", None)
    newer = get_own_talent(actor) if isinstance(outcome.error, StaleRecord) else None
    if newer:
        st.session_state["offer-version"] = newer.version


def _show_consent(actor: Actor, own: OwnTalent) -> None:
    points = "".join(f"<li>{safe(t(f'talents.means.{name}'))}</li>" for name in ("who", "what", "contact", "leave"))
    st.html(f'<h3 class="lg-h3">{safe(t("talents.means"))}</h3><ul class="lg-rules">{points}</ul>')
    with st.container(key="lg-touch-consent"):
        if own.in_pool:
            st.button(t("talents.do.leave"), key="consent-no", on_click=_say, args=(actor, False))
        elif not own.skills:
            st.caption(t("talents.own.skill_first"))
        else:
            st.button(t("talents.do.join"), key="consent-yes", type="primary", on_click=_say, args=(actor, True))


@covered
def _say(actor: Actor, given: bool) -> None:
    with action("talents.done.joined" if given else "talents.done.left"):
        say_own_consent(actor, given)


def words_html(own: OwnTalent) -> str:
    """Each word: joined or left, when, how, who entered it."""
    lines = "".join(
        f'<div class="lg-who"><b>{safe(t("talents.word.given" if word.given else "talents.word.withdrawn"))}</b>'
        f"<small>{safe(day_text(word.at, year=True))}</small><span>{safe(_how(word))}</span></div>"
        for word in own.words
    )
    return f'<div class="lg-lines">{lines}</div>'


def _how(word: OwnWord) -> str:
    return " · ".join(part for part in (t(f"talents.channel.{word.channel}"), word.by, word.note) if part)
