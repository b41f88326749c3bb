"""One pledge: what was promised, what counts for it, what is said of it, and the forms of each."""

from datetime import datetime

import streamlit as st

from domain.clock import local_date
from domain.errors import StaleRecord
from domain.permissions import Actor, Permission, may
from domain.pledges import BY_HAND, EvidenceKind, EvidenceState, PledgeUnit, Verdict
from services.incidents.photos import PHOTO_TYPES
from services.pledges.evidence import (
    EvidenceForm,
    confirm_evidence,
    list_candidates,
    log_evidence,
    withdraw_evidence,
)
from services.pledges.register import EvidenceView, PledgeCard, PledgeView, get_pledge_card
from services.pledges.reviews import judge_pledge, rate_pledge
from ui import state
from ui.components.assignments import post_name
from ui.components.lists import show_empty
from ui.components.pledge_words import amount_text, badge_html, bar_html, due_text, number_of, progress_text
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe
from ui.times import moment_text

MOST_OFFERED = 6


def show_pledge_head(card: PledgeCard) -> None:
    """Status, words, whose, where, how far, until when."""
    view, progress = card.pledge, card.pledge.progress
    public = t("pledges.public" if view.is_public else "pledges.internal")
    reached = progress.reached_on.isoformat() if progress.reached_on else t("pledges.not_reached")
    facts = (
        (t("pledges.fact.done", unit=t(f"pledges.unit_name.{view.unit}")), _done_text(view)),
        (t("pledges.fact.due"), view.due_on.isoformat()),
        (t("pledges.fact.reached"), reached),
    )
    cells = "".join(f'<div>{safe(name)}<b title="{safe(value)}">{safe(value)}</b></div>' for name, value in facts)
    st.html(
        f'<div class="lg-case-no"><span>{badge_html(progress)}</span><span>{safe(public)}</span></div>'
        f'<h1 class="lg-h1">{safe(view.text)}</h1>'
        f'<div class="lg-foot">{safe(" · ".join((view.person, post_name(view.post), view.area, view.community)))}</div>'
        f'{bar_html(progress)}<div class="lg-facts">{cells}</div>'
    )


def _done_text(view: PledgeView) -> str:
    return f"{number_of(view.progress.done)} / {number_of(view.amount)}"


def show_evidence(actor: Actor, card: PledgeCard, now: datetime) -> None:
    """Every service, withdrawn ones too, each with what may be done about it."""
    st.html(f'<h3 class="lg-h3">{safe(t("pledges.evidence", n=len(card.evidence)))}</h3>')
    if not card.evidence:
        show_empty(t("pledges.evidence.none"), t("pledges.evidence.none.next"))
    for row in card.evidence:
        with st.container(horizontal=True, key=f"lg-touch-who-{row.id}", vertical_alignment="center"):
            st.html(_evidence_html(card, row, now))
            if row.may_confirm:
                st.button(
                    t("pledges.do.confirm"), key=f"confirm-{row.id}", type="primary", on_click=_confirm,
                    args=(actor, row.id),
                )  # fmt: skip
            if row.state is not EvidenceState.WITHDRAWN and _may_withdraw(actor, card, row):
                with st.popover(t("pledges.do.withdraw")):
                    st.text_input(t("fields.reason"), key=f"withdraw-{row.id}", max_chars=400)
                    st.button(
                        t("pledges.do.withdraw_now"), key=f"withdraw-now-{row.id}", on_click=_withdraw,
                        args=(actor, row.id),
                    )  # fmt: skip


def _may_withdraw(actor: Actor, card: PledgeCard, row: EvidenceView) -> bool:
    own = actor.person_id == card.pledge.person_id or actor.user_id == row.created_by
    return may(actor, Permission.PLEDGE_EDIT) or (own and card.pledge.verdict is None)


def _evidence_html(card: PledgeCard, row: EvidenceView, now: datetime) -> str:
    words = [t(f"pledges.kind.{row.kind}"), row.note]
    by = t("pledges.entered", who=row.created_by_name or "—", when=moment_text(row.created_at, now))
    lines = [" · ".join(word for word in words if word), by]
    if row.confirmed_by_name and row.confirmed_at:
        lines.append(t("pledges.confirmed", who=row.confirmed_by_name, when=moment_text(row.confirmed_at, now)))
    if row.withdrawn_at:
        lines.append(
            t("pledges.withdrawn", who=row.withdrawn_by_name or "—", when=moment_text(row.withdrawn_at, now),
              reason=row.reason or "")
        )  # fmt: skip
    mark = "" if row.state is EvidenceState.COUNTED else f"<small>{safe(t(f'pledges.evidence.{row.state}'))}</small>"
    photo = (
        f'<a href="/pledge-photos/{row.photo_id}" target="_blank">{safe(t("pledges.photo"))}</a>'
        if row.photo_id
        else ""
    )
    head = f"{row.happened_on.isoformat()} · {amount_text(row.quantity, card.pledge.unit)}"
    tone = ' style="opacity:.6"' if row.state is EvidenceState.WITHDRAWN else ""
    return (
        f'<div class="lg-who"{tone}><b>{safe(head)}</b>{mark}'
        + "".join(f"<span>{safe(line)}</span>" for line in lines)
        + f"{photo}</div>"
    )


def show_logging(actor: Actor, card: PledgeCard, now: datetime) -> None:
    """Records that could count, one press each; below them what is noted by hand."""
    if card.pledge.verdict is not None:
        return
    offered = list_candidates(actor, card.pledge.id)
    st.html(f'<h3 class="lg-h3">{safe(t("pledges.log"))}</h3>')
    if not offered:
        st.caption(t("pledges.log.none"))
    for record in offered[:MOST_OFFERED]:
        with st.container(horizontal=True, key=f"lg-touch-who-{record.kind}-{record.id}", vertical_alignment="center"):
            worth = amount_text(record.quantities[PledgeUnit(card.pledge.unit)], card.pledge.unit)
            words = " · ".join((record.day.isoformat(), t(f"pledges.kind.{record.kind}"), worth))
            st.html(f'<div class="lg-who"><b>{safe(record.title)}</b><span>{safe(words)}</span></div>')
            st.button(
                t("pledges.do.count"), key=f"count-{record.kind}-{record.id}", type="primary", on_click=_count,
                args=(actor, EvidenceForm(card.pledge.id, record.kind, record.id)),
            )  # fmt: skip
    with st.expander(t("pledges.log.by_hand")):
        _show_by_hand(actor, card, now)


def _show_by_hand(actor: Actor, card: PledgeCard, now: datetime) -> None:
    name = f"hand-{card.pledge.id}"
    st.segmented_control(
        t("pledges.hand.kind"), sorted(BY_HAND), default=EvidenceKind.TASK, required=True, key=f"{name}-kind",
        format_func=lambda kind: t(f"pledges.kind.{kind}"),
    )  # fmt: skip
    st.number_input(
        t("pledges.hand.quantity", unit=t(f"pledges.unit_name.{card.pledge.unit}")), min_value=0.0, value=1.0, step=1.0,
        key=f"{name}-quantity", format="%g",
    )  # fmt: skip
    st.date_input(t("pledges.hand.day"), local_date(now), key=f"{name}-day", format="YYYY-MM-DD")
    st.text_input(t("fields.evidence_note"), key=f"{name}-note", max_chars=400)
    st.file_uploader(t("pledges.hand.photo"), type=PHOTO_TYPES, key=f"{name}-photo")
    st.caption(t("pledges.hand.second"))
    with st.container(key=f"lg-touch-{name}"):
        st.button(t("pledges.do.note"), key=name, type="primary", on_click=_note, args=(actor, card.pledge.id))


@covered
def _count(actor: Actor, form: EvidenceForm) -> None:
    with action("pledges.done.counted"):
        log_evidence(actor, form)


@covered
def _note(actor: Actor, pledge_id: int) -> None:
    name = f"hand-{pledge_id}"
    given = {field: st.session_state[f"{name}-{field}"] for field in ("kind", "quantity", "day", "note", "photo")}
    photo = given["photo"].getvalue() if given["photo"] else None
    with action("pledges.done.noted") as outcome:
        form = EvidenceForm(
            pledge_id, EvidenceKind(given["kind"]), None, given["quantity"], given["day"], given["note"], photo,
            state.form_key("evidence"),
        )  # fmt: skip
        log_evidence(actor, form)
    if outcome.ok:
        state.new_form_key("evidence")
        for field in given:
            st.session_state.pop(f"{name}-{field}", None)


@covered
def _confirm(actor: Actor, evidence_id: int) -> None:
    with action("pledges.done.confirmed"):
        confirm_evidence(actor, evidence_id)


@covered
def _withdraw(actor: Actor, evidence_id: int) -> None:
    with action("pledges.done.withdrawn"):
        withdraw_evidence(actor, evidence_id, st.session_state[f"withdraw-{evidence_id}"])


def show_reviews(actor: Actor, card: PledgeCard, now: datetime) -> None:
    """评诺: the secretary's verdict, the residents' ratings, and for those who may the way to enter them."""
    view = card.pledge
    st.html(f'<h3 class="lg-h3">{safe(t("pledges.reviews"))}</h3>')
    words = t("pledges.verdict.none")
    if view.verdict:
        said = t(f"pledges.verdict.{view.verdict.verdict}")
        by = t("pledges.entered", who=view.verdict.by or "—", when=moment_text(view.verdict.at, now))
        words = t("pledges.verdict.line", verdict=said, words=view.verdict.words, by=by)
    rating = t("pledges.ratings.few", n=view.ratings) if view.rating is None else t(
        "pledges.ratings", mean=f"{view.rating:.1f}", n=view.ratings
    )  # fmt: skip
    if card.raters:
        by = t("look.list_comma").join(t("pledges.rater", who=name or "—", n=n) for name, n in card.raters)
        rating = f"{rating} · {t('pledges.raters', by=by)}"
    st.html(f'<p class="lg-pre">{safe(words)}</p><p class="lg-foot">{safe(rating)}</p>')
    own = actor.person_id is not None and actor.person_id == view.person_id
    if may(actor, Permission.PLEDGE_CONFIRM) and not own:
        _show_rating(actor, view.id)
    if may(actor, Permission.PLEDGE_EDIT) and not own:
        _show_judging(actor, card)


def _show_rating(actor: Actor, pledge_id: int) -> None:
    with st.popover(t("pledges.do.rate")):
        st.caption(t("pledges.rate.note"))
        st.segmented_control(
            t("pledges.rate"), [1, 2, 3, 4, 5], key=f"stars-{pledge_id}", format_func=lambda n: t("pledges.stars", n=n)
        )
        st.button(t("pledges.do.rate_now"), key=f"rate-{pledge_id}", on_click=_rate, args=(actor, pledge_id))


@covered
def _rate(actor: Actor, pledge_id: int) -> None:
    with action("pledges.done.rated") as outcome:
        rate_pledge(actor, pledge_id, st.session_state[f"stars-{pledge_id}"] or 0, state.form_key("rating"))
    if outcome.ok:
        state.new_form_key("rating")
        st.session_state.pop(f"stars-{pledge_id}", None)


def _show_judging(actor: Actor, card: PledgeCard) -> None:
    name = f"judge-{card.pledge.id}"
    with st.popover(t("pledges.do.judge")):
        st.segmented_control(
            t("pledges.verdict"), list(Verdict), default=Verdict.KEPT, required=True, key=f"{name}-verdict",
            format_func=lambda verdict: t(f"pledges.verdict.{verdict}"),
        )  # fmt: skip
        st.text_input(t("fields.verdict_words"), key=f"{name}-words", max_chars=400)
        st.button(t("pledges.do.judge_now"), key=name, type="primary", on_click=_judge, args=(actor, card))


@covered
def _judge(actor: Actor, card: PledgeCard) -> None:
    name = f"judge-{card.pledge.id}"
    verdict, words = Verdict(st.session_state[f"{name}-verdict"]), st.session_state[f"{name}-words"]
    with action("pledges.done.judged") as outcome:
        judge_pledge(actor, card.pledge.id, card.pledge.version, verdict, words)
    if isinstance(outcome.error, StaleRecord):
        newer = get_pledge_card(actor, card.pledge.id).pledge
        said = newer.verdict.words if newer.verdict else f"{newer.text} · {progress_text(newer)} · {due_text(newer)}"
        state.flash("info", t("assignments.newer", words=plain(said)))
