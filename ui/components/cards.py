"""党员卡: the cards with their figures, the records behind one, what is shown to everybody, link and print."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import streamlit as st

from domain.cards import IDENTITY, PUBLIC_FIELDS, CardFigure
from domain.permissions import Actor, Permission, may
from services.cards.cards import MemberCards
from services.cards.consents import change_consent, make_link, revoke_link
from services.cards.figures import CardRecord, FigureView
from services.cards.printing import print_cards
from services.cards.words import figure_words, post_words
from services.people.register import PeopleFilter, find_people
from ui import state
from ui.components.lists import show_empty
from ui.components.place import qr_picture, server_address
from ui.guard import action, covered, when_pressed
from ui.i18n import language, named, t
from ui.safe import plain, safe
from ui.times import moment_text

MOST_RECORDS = 60


def show_members(actor: Actor, chosen: int | None, now: datetime) -> None:
    """Search and choose whose cards are shown."""
    st.html(f'<div class="lg-title"><b>{safe(t("cards.members"))}</b></div>')
    text = st.text_input(
        t("cards.search"), key="cards_search", placeholder=t("cards.search_hint"), max_chars=60,
        label_visibility="collapsed",
    )  # fmt: skip
    page = find_people(actor, PeopleFilter(search=text, holders=True), now=now)
    if not page.people:
        show_empty(t("cards.nobody"), t("cards.nobody.next"))
    with st.container(key="lg-rows-members", gap=None):
        for one in page.people:
            posts = t("look.list_comma").join(dict.fromkeys(post_words(post.post, language()) for post in one.posts))
            on = " lg-on" if one.id == chosen else ""
            with st.container(key=f"lg-pick-member-{one.id}", gap=None):
                where = f"<span>{safe(posts)}</span><span>{safe(one.area)}</span>"
                st.html(
                    f'<div class="lg-row{on}"><div class="lg-row-1"><b>{safe(one.name)}</b></div>'
                    f'<div class="lg-row-2 lg-flush">{where}</div></div>'
                )
                st.button(plain(f"{one.name} · {posts}"), key=f"member-{one.id}", on_click=_choose, args=(one.id,))
    if page.total > len(page.people):
        st.html(f'<div class="lg-foot">{safe(t("cards.more", n=page.total - len(page.people)))}</div>')


def _choose(key: int) -> None:
    state.set_query(person=key, figure=None)


def show_cards(cards: MemberCards, figure: str | None) -> None:
    """The sheet as it is printed: who, then a row for each card; every figure opens its records."""
    lines = [cards.organisation, t("look.list_comma").join(post_words(post, language()) for post in cards.posts)]
    if cards.grids:
        lines.append(t("cards.line.grids", grids=t("look.list_comma").join(cards.grid_names)))
    example = f"<small>{safe(t('cards.example'))}</small>"
    rows = "".join(
        f'<div class="lg-card-row"><b>{safe(named(card.name))}{example if card.is_example else ""}</b>'
        f"<div>{''.join(_figure_html(cards.person_id, one, figure) for one in card.figures)}</div></div>"
        for card in cards.cards
    )
    st.html(
        f'<div class="lg-card"><div class="lg-card-top"><b>{safe(named(cards.title))}</b>'
        f"<span>{safe(t('cards.as_of', day=cards.day.isoformat()))}</span></div>"
        f"<h1>{safe(cards.name)}</h1><p>{'<br>'.join(safe(line) for line in lines if line)}</p>{rows}</div>"
    )


def _figure_html(person_id: int, figure: FigureView, chosen: str | None) -> str:
    words = figure_words(figure, language())
    unit = f"<u>{safe(words['unit'])}</u>" if words["unit"] else ""
    size = ' class="lg-wide"' if words["wide"] else ""
    value = f"<b{size}>{safe(words['value'])}</b>{unit}"
    if figure.records or figure.outside:
        current = ' aria-current="true"' if chosen == figure.key else ""
        address = f"/cards?person={person_id}&figure={figure.key}"
        value = f'<a href="{address}" target="_self"{current}>{value}</a>'
    return f"<div><span>{safe(words['label'])}</span>{value}</div>"


def show_records(cards: MemberCards, figure: str | None) -> None:
    """The records behind the chosen figure."""
    found = next((one for card in cards.cards for one in card.figures if one.key == figure), None)
    if found is None:
        show_empty(t("cards.records.choose"), t("cards.records.choose.next"))
        return
    title = t("cards.records", name=t(f"cards.figure.{found.key}"), n=len(found.records))
    st.html(f'<h3 class="lg-h3">{safe(title)}</h3>')
    st.html(f'<div class="lg-lines">{_records_html(found, found.records[:MOST_RECORDS])}</div>')
    if len(found.records) > MOST_RECORDS:
        st.caption(t("areas.more", n=len(found.records) - MOST_RECORDS))
    if found.outside:
        st.caption(t("cards.records.outside", n=found.outside))


def _records_html(figure: FigureView, records: Sequence[CardRecord]) -> str:
    lines = []
    for record in records:
        title = post_words(record.title, language()) if figure.key is CardFigure.POSTS else record.title
        title = f"{t(f'cards.entry.{record.kind}')} {title}" if record.kind else title
        day = f"<span>{record.day.isoformat()}</span>" if record.day else ""
        inside = f"<b>{safe(title)}</b>{day}"
        link = f'<a class="lg-who" target="_self" href="{safe(record.link)}">{inside}</a>'
        lines.append(link if record.link else f'<div class="lg-who">{inside}</div>')
    return "".join(lines)


def show_print(actor: Actor, cards: MemberCards) -> None:
    """The PDF on A5, made when it is asked for."""
    make = partial(print_cards, actor, cards.person_id, language(), server_address())
    with st.container(key="lg-touch-print"):
        st.download_button(
            t("cards.do.print"), when_pressed(make), file_name=f"card-{cards.person_id}-{cards.day:%Y%m%d}.pdf",
            mime="application/pdf", key="print", type="primary", on_click="ignore", width="stretch",
        )  # fmt: skip


def show_public(actor: Actor, cards: MemberCards, now: datetime) -> None:
    """What everybody may see: each field with its consent and date, and the link with its code."""
    own = actor.person_id == cards.person_id
    if not may(actor, Permission.CARD_EDIT) or not (own or may(actor, Permission.PERSON_EDIT)):
        return
    st.html(f'<h3 class="lg-h3">{safe(t("cards.public"))}</h3><p class="lg-foot">{safe(t("cards.public.how"))}</p>')
    basis = "" if own else st.text_input(t("fields.consent_basis"), key="cards_basis", max_chars=200)
    on_cards = {figure.key.value for card in cards.cards for figure in card.figures}
    for field in PUBLIC_FIELDS:
        if field in on_cards or field not in set(CardFigure):
            _show_field(actor, cards, field, basis, now)
    _show_link(actor, cards, now)


def _show_field(actor: Actor, cards: MemberCards, field: str, basis: str, now: datetime) -> None:
    row = cards.consents.get(field)
    given = bool(row and row.given)
    words = t("cards.consent.never")
    if row:
        key = "cards.consent.given" if row.given else "cards.consent.withdrawn"
        words = t(key, when=moment_text(row.at, now), who=row.by or "—")
    with st.container(horizontal=True, key=f"lg-touch-who-{field}", vertical_alignment="center"):
        st.html(f'<div class="lg-who"><b>{safe(_field_name(field))}</b><span>{safe(words)}</span></div>')
        st.button(
            t("cards.do.withdraw" if given else "cards.do.agree"), key=f"consent-{field}", on_click=_consent,
            args=(actor, cards.person_id, field, not given, basis),
        )  # fmt: skip


def _field_name(field: str) -> str:
    return t(f"cards.figure.{field}") if field in set(CardFigure) else t(f"cards.field.{field}")


@covered
def _consent(actor: Actor, person_id: int, field: str, given: bool, basis: str) -> None:
    with action("cards.done.agreed" if given else "cards.done.withdrawn"):
        change_consent(actor, person_id, field, given, basis)


def _show_link(actor: Actor, cards: MemberCards, now: datetime) -> None:
    link = next((one for one in cards.links if one.revoked_at is None), None)
    if link is None:
        if cards.consents.get(IDENTITY) and cards.consents[IDENTITY].given:
            with st.container(key="lg-touch-link"):
                st.button(t("cards.do.link"), key="link", on_click=_link, args=(actor, cards.person_id))
        return
    target = f"{server_address()}/card/{link.token}"
    picture = qr_picture(target)
    made = t("cards.link.made", when=moment_text(link.made_at, now))
    st.html(
        f'<div class="lg-card-link"><img width="132" height="132" alt="{safe(t("cards.qr"))}" src="{safe(picture)}">'
        f'<div><a href="/card/{safe(link.token)}" target="_blank">{safe(t("cards.link.open"))}</a>'
        f"<span>{safe(made)}</span></div></div>"
    )
    with st.container(key="lg-touch-revoke"):
        st.button(t("cards.do.revoke"), key="revoke", on_click=_revoke, args=(actor, link.id))


@covered
def _link(actor: Actor, person_id: int) -> None:
    with action("cards.done.linked"):
        make_link(actor, person_id)


@covered
def _revoke(actor: Actor, link_id: int) -> None:
    with action("cards.done.revoked"):
        revoke_link(actor, link_id)
