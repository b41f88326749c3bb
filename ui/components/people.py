"""人员: headcount and post count, the list with its filters, one person with posts and forms."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import streamlit as st

from domain.clock import local_date
from domain.permissions import Actor, Permission, may
from services.lists.exports import export_people
from services.organisations.tree import OrganisationTree
from services.people.contacts import ConsentRow, list_contact_words, withdraw_contact
from services.people.posts import PostView, count_post_holders, end_post, list_posts_of
from services.people.register import PeopleFilter, PeoplePage, PersonView, find_people, uncover_phone
from services.system.installations import current_profile
from ui import state
from ui.components.assign_form import skill_names
from ui.components.assignments import post_name
from ui.components.export import show_export
from ui.components.figures import Figure, show_figures
from ui.components.lists import show_empty
from ui.components.organisations import since_words
from ui.guard import action, covered
from ui.i18n import named, t
from ui.safe import plain, safe
from ui.style import theme
from ui.times import moment_text

Choose = Callable[[int], None]
KINDS = ("everybody", "members", "unassigned", "holders", "several")


def show_post_counts(actor: Actor, now: datetime) -> None:
    """People who hold posts, each once; posts held, each counted; how often each post is held."""
    count, by_post = count_post_holders(actor, now)
    day = local_date(now).isoformat()
    show_figures(
        [
            Figure(t("people.holders"), count.people, t("people.unit.people"), day),
            Figure(t("people.posts"), count.posts, t("people.unit.posts"), day),
            Figure(t("people.several"), count.several, t("people.unit.people"), day),
        ],
        theme(),
    )
    st.html(f'<div class="lg-how"><b>{safe(t("look.how"))}</b> {safe(t("people.how"))}</div>')
    if by_post:
        words = [f"{post_name(key)} {number}" for key, number in sorted(by_post.items(), key=lambda one: -one[1])]
        st.html(f'<p class="lg-quiet">{safe(" · ".join(words))}</p>')


def show_people(actor: Actor, tree: OrganisationTree, chosen: int | None, on_choose: Choose, now: datetime) -> None:
    """Filters, then a page of people."""
    which = _filter(tree)
    page = find_people(actor, which, st.session_state.get("people-page", 1), now)
    with st.container(horizontal=True, key="lg-touch-people-found", vertical_alignment="center"):
        st.caption(t("people.found", n=page.total))
        show_export(actor, "people", partial(export_people, actor, which), now, page.total)
    if not page.people:
        kind = "search" if which != PeopleFilter() else "none"
        show_empty(t(f"people.empty.{kind}"), t(f"people.empty.{kind}.next"))
        return
    with st.container(key="lg-rows-people", gap=None):
        for person in page.people:
            with st.container(key=f"lg-pick-person-{person.id}", gap=None):
                st.html(_row_html(person, person.id == chosen))
                st.button(plain(person.name), key=f"person-{person.id}", on_click=on_choose, args=(person.id,))
    _show_pages(page)


def _show_pages(page: PeoplePage) -> None:
    if page.pages > 1:
        with st.container(key="lg-touch-people-pages"):
            st.pagination(page.pages, key="people-page")


def _filter(tree: OrganisationTree) -> PeopleFilter:
    with st.container(key="lg-touch-people-search"):
        search = st.text_input(
            t("people.search"), key="people_search", placeholder=t("people.search_hint"), max_chars=60,
            label_visibility="collapsed",
        )  # fmt: skip
        asked = state.query("kind")
        kind = st.segmented_control(
            t("people.kind"), KINDS, default=asked if asked in KINDS else "everybody", required=True, key="people_kind",
            format_func=lambda key: t(f"people.kind.{key}"), label_visibility="collapsed", on_change=_set_kind,
        )  # fmt: skip
    profile = current_profile()
    posts = {post.key: named(post.name) for post in (*profile.posts, *profile.grid_posts)}
    organisations = organisation_choices(tree)
    with st.container(horizontal=True, key="lg-touch-people-filter"):
        post = st.selectbox(
            t("people.post"), ["", *posts], key="people_post", label_visibility="collapsed",
            format_func=lambda key: plain(posts.get(key, t("people.all_posts"))),
        )  # fmt: skip
        organisation = st.selectbox(
            t("people.organisation"), [None, *organisations], key="people_organisation", label_visibility="collapsed",
            format_func=lambda key: plain(organisations[key]) if key else t("people.all_organisations"),
        )  # fmt: skip
    node = tree.find(organisation)
    return PeopleFilter(
        search.strip(), members=kind == "members", holders=kind == "holders", several=kind == "several",
        unassigned=kind == "unassigned", post=post or None, organisation_path=node.path if node else None,
    )  # fmt: skip


def _set_kind() -> None:
    state.set_query(kind=st.session_state["people_kind"])


def organisation_choices(tree: OrganisationTree) -> dict[int, str]:
    """The organisations of the scope, in the order of the tree."""
    return {node.id: node.name for node in tree.nodes if node.in_scope}


def _row_html(person: PersonView, chosen: bool) -> str:
    posts = t("look.list_comma").join(f"{post_name(post.post)}" for post in person.posts)
    home = " · ".join(part for part in (person.organisation or person.area, posts) if part)
    member = t("people.member") if person.is_party_member else ""
    several = t("people.posts_n", n=len(person.posts)) if len(person.posts) > 1 else ""
    return (
        f'<div class="lg-row lg-person{" lg-on" if chosen else ""}"><div><b>{safe(person.name)}</b>'
        f"<span>{safe(home or t('people.no_post'))}</span></div>"
        f"<div><b>{safe(several)}</b><span>{safe(member)}</span></div></div>"
    )


def show_person(actor: Actor, person: PersonView, now: datetime) -> None:
    """Who it is, with a masked phone; posts now and before."""
    member = t("people.member" if person.is_party_member else "people.no_member")
    st.html(
        f'<div class="lg-case-no"><span>{safe(member)}</span><span>{safe(person.area)}</span></div>'
        f'<h1 class="lg-h1">{safe(person.name)}</h1>'
    )
    facts = (
        (t("people.organisation"), person.organisation or "—"),
        (t("people.area"), person.area or "—"),
        (t("people.skills"), skill_names(person.skills) or "—"),
        (t("fields.phone"), person.phone or "—"),
    )
    pairs = "".join(f"<dt>{safe(label)}</dt><dd>{safe(value)}</dd>" for label, value in facts)
    st.html(f'<dl class="lg-pairs">{pairs}</dl>')
    if person.phone and may(actor, Permission.CONTACT_SEE):
        _show_uncover(actor, person)
    _show_contact_words(actor, person, now)
    _show_posts(actor, person, now)


def _show_contact_words(actor: Actor, person: PersonView, now: datetime) -> None:
    """What the person said about being called; who may edit enters that they are not to be called any more."""
    words = list_contact_words(actor, person.id)
    if words:
        lines = "".join(f"<p>{safe(contact_words(word, now))}</p>" for word in words)
        st.html(f'<h3 class="lg-h3">{safe(t("people.contact"))}</h3><div class="lg-quiet">{lines}</div>')
    agreed = bool(words) and words[0].given
    if may(actor, Permission.PERSON_EDIT) and (person.phone or agreed):
        with st.popover(t("people.do.withdraw")):
            st.caption(t("people.withdraw.note"))
            st.text_input(t("fields.consent_note"), key=f"withdraw-{person.id}-note", max_chars=200)
            st.button(t("people.do.withdraw_now"), key=f"withdraw-{person.id}", on_click=_withdraw,
                      args=(actor, person))  # fmt: skip


def contact_words(word: ConsentRow, now: datetime) -> str:
    """`2026-12-01 09:00 同意 · 当面或电话说 · 王芳`."""
    said = t("consents.given" if word.given else "consents.withdrawn")
    parts = (f"{moment_text(word.at, now)} {said}", t(f"consents.channel.{word.channel}"), word.by, word.note)
    return " · ".join(part for part in parts if part)


@covered
def _withdraw(actor: Actor, person: PersonView) -> None:
    with action("people.done.withdrawn", name=plain(person.name)) as outcome:
        withdraw_contact(actor, person.id, st.session_state[f"withdraw-{person.id}-note"])
    if outcome.ok:
        st.session_state[f"withdraw-{person.id}-note"] = ""


def _show_uncover(actor: Actor, person: PersonView) -> None:
    """Whoever wants the number says why; it stays on the screen for this run alone."""
    key = f"phone-{person.id}"
    with st.popover(t("people.do.uncover")):
        st.caption(t("people.uncover.note"))
        st.text_input(t("fields.reason"), key=f"{key}-reason", max_chars=200)
        st.button(t("people.do.uncover_now"), key=key, on_click=_uncover, args=(actor, person))
        if phone := st.session_state.pop(f"{key}-shown", None):
            st.info(t("people.uncovered", name=plain(person.name), phone=plain(phone)))


@covered
def _uncover(actor: Actor, person: PersonView) -> None:
    key = f"phone-{person.id}"
    with action() as outcome:
        phone = uncover_phone(actor, person.id, st.session_state[f"{key}-reason"])
    if outcome.ok:
        st.session_state[f"{key}-shown"] = phone
        st.session_state[f"{key}-reason"] = ""


def _show_posts(actor: Actor, person: PersonView, now: datetime) -> None:
    every = list_posts_of(actor, person.id)
    present = [post for post in every if post.until is None]
    st.html(f'<h3 class="lg-h3">{safe(t("people.held", n=len(present)))}</h3>')
    if not present:
        st.caption(t("people.no_post"))
    for post in present:
        with st.container(horizontal=True, key=f"lg-touch-who-post-{post.id}", vertical_alignment="center"):
            st.html(_post_html(post))
            if may(actor, Permission.PERSON_EDIT):
                _show_end(actor, post, now)
    if past := [post for post in every if post.until is not None]:
        with st.expander(t("people.past", n=len(past))):
            st.html(f'<div class="lg-lines">{"".join(_post_html(post) for post in past)}</div>')


def _post_html(post: PostView) -> str:
    since = since_words(post.since)
    if post.until is not None:
        since = t("organisations.from_until", first=post.since.isoformat(), until=post.until.isoformat())
    return (
        f'<div class="lg-who"><b>{safe(post_name(post.post))}</b><span>{safe(post.place)} · {safe(since)}</span></div>'
    )


def _show_end(actor: Actor, post: PostView, now: datetime) -> None:
    key = f"end-post-{post.id}"
    with st.popover(t("assignments.do.end")):
        st.date_input(t("organisations.until"), local_date(now), key=f"{key}-day", format="YYYY-MM-DD")
        st.button(t("people.do.end_post"), key=key, on_click=_end, args=(actor, post))


@covered
def _end(actor: Actor, post: PostView) -> None:
    with action("organisations.done.saved"):
        end_post(actor, post.id, st.session_state[f"end-post-{post.id}-day"])


def close_person() -> None:
    """Back to the list."""
    state.set_query(person=None, form=None)
