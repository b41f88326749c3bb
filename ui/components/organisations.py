"""组织: the tree around the chosen organisation, and the card of one."""

from collections.abc import Callable, Sequence

import streamlit as st

from domain.errors import NotFound
from services.organisations.tree import OrganisationCard, OrganisationNode, OrganisationTree
from services.system.installations import current_profile
from ui.components.assignments import post_name
from ui.components.figures import number_text
from ui.components.lists import show_empty
from ui.i18n import named, t
from ui.safe import plain, safe

Choose = Callable[[int], None]
MOST_ROWS = 80


def tier_name(key: str) -> str:
    """The name of a tier; the key itself once the profile has it no more."""
    try:
        return named(current_profile().tier(key).name)
    except NotFound:
        return key


def level_name(key: str) -> str:
    """The name of a level of areas."""
    try:
        return named(current_profile().level(key).name)
    except NotFound:
        return key


def show_tree(tree: OrganisationTree, chosen: OrganisationNode | None, on_choose: Choose) -> None:
    """What lies above the chosen organisation, it, and what lies right under it; or what a search finds.

    An organisation without parts stands among its neighbours. So any tree fits, whatever its size.
    """
    counts = t("organisations.count", n=len(tree.nodes), day=tree.day.isoformat())
    st.html(f'<div class="lg-title"><b>{safe(t("organisations.tree"))}</b><small>{safe(counts)}</small></div>')
    text = st.text_input(
        t("organisations.search"), key="org_search", placeholder=t("organisations.search_hint"), max_chars=60,
        label_visibility="collapsed",
    )  # fmt: skip
    if not tree.nodes:
        show_empty(t("organisations.empty"), t("organisations.empty.next"))
        return
    if text.strip():
        rows = [(node, 0) for node in tree.search(text)]
    else:
        rows = _around(tree, chosen)
    if not rows:
        show_empty(t("organisations.not_found"), t("organisations.not_found.next"))
    with st.container(key="lg-rows-organisations", gap=None):
        for node, indent in rows[:MOST_ROWS]:
            _show_row(node, indent, chosen is not None and node.id == chosen.id, on_choose)
    if len(rows) > MOST_ROWS:
        st.html(f'<div class="lg-foot">{safe(t("assignments.more", n=len(rows) - MOST_ROWS))}</div>')


def _around(tree: OrganisationTree, chosen: OrganisationNode | None) -> list[tuple[OrganisationNode, int]]:
    if chosen is None:
        return [(node, 0) for node in tree.parts_of(None)]
    centre = chosen if chosen.parts else tree.find(chosen.parent_id)
    if centre is None:
        return [(node, 0) for node in tree.parts_of(None)]
    above = [*tree.above(centre), centre]
    return [(node, depth) for depth, node in enumerate(above)] + [
        (node, len(above)) for node in tree.parts_of(centre.id)
    ]


def _show_row(node: OrganisationNode, indent: int, chosen: bool, on_choose: Choose) -> None:
    with st.container(key=f"lg-pick-organisation-{node.id}", gap=None):
        st.html(_row_html(node, indent, chosen))
        st.button(
            plain(node.name), key=f"org-{node.id}", on_click=on_choose, args=(node.id,), disabled=not node.in_scope
        )


def _row_html(node: OrganisationNode, indent: int, chosen: bool) -> str:
    words = [tier_name(node.tier)]
    if node.in_scope:
        words.append(t("organisations.members_n", n=node.members_below))
        if node.parts:
            words.append(t("organisations.parts_n", n=node.parts))
    else:
        words.append(t("organisations.above_scope"))
    return (
        f'<div class="lg-row{" lg-on" if chosen else ""}" style="padding-left:{14 + 18 * indent}px">'
        f'<div class="lg-row-1"><b title="{safe(node.name)}">{safe(node.name)}</b></div>'
        f'<div class="lg-row-2 lg-flush"><span>{safe(" · ".join(words))}</span></div></div>'
    )


def show_organisation_head(tree: OrganisationTree, node: OrganisationNode) -> None:
    """Name, tier, what it hangs under, and its figures."""
    above = " › ".join(found.name for found in tree.above(node))
    st.html(
        f'<div class="lg-case-no"><span>{safe(node.code)}</span><span>{safe(tier_name(node.tier))}</span></div>'
        f'<h1 class="lg-h1">{safe(node.name)}</h1>'
        + (f'<p class="lg-quiet">{safe(t("organisations.under", above=above))}</p>' if above else "")
    )
    cells = (
        (t("organisations.fact.members"), t("organisations.fact.members_n", n=number_text(node.members_below))),
        (t("organisations.fact.parts"), t("organisations.fact.parts_n", n=number_text(node.parts))),
        (t("organisations.fact.areas"), t("organisations.fact.areas_n", n=number_text(node.areas))),
    )
    st.html(
        '<div class="lg-facts">'
        + "".join(f"<div>{safe(label)}<b>{safe(value)}</b></div>" for label, value in cells)
        + "</div>"
    )


def show_organisation_lists(card: OrganisationCard, on_person: Choose) -> None:
    """Posts held, members: each name leads to the person."""
    st.html(f'<h3 class="lg-h3">{safe(t("organisations.posts", n=len(card.posts)))}</h3>')
    if not card.posts:
        st.caption(t("organisations.posts.none"))
    lines = [
        (post.person_id, post.person, f"{post_name(post.post)} · {since_words(post.valid_from)}") for post in card.posts
    ]
    show_people_lines(lines, on_person, "post")
    st.html(f'<h3 class="lg-h3">{safe(t("organisations.members", n=card.member_total))}</h3>')
    if not card.members:
        st.caption(t("organisations.members.none"))
    show_people_lines([(one.id, one.name, one.organisation) for one in card.members], on_person, "member")
    if rest := card.member_total - len(card.members):
        st.html(f'<div class="lg-foot">{safe(t("organisations.members.more", n=rest))}</div>')


def show_people_lines(lines: Sequence[tuple[int, str, str]], on_person: Choose, name: str) -> None:
    """(id of a person, name, words): rows that are buttons."""
    with st.container(key=f"lg-rows-{name}", gap=None):
        for number, (person, title, words) in enumerate(lines):
            with st.container(key=f"lg-pick-{name}-{number}", gap=None):
                said = f"<div><b>{safe(title)}</b><span>{safe(words)}</span></div>"
                st.html(f'<div class="lg-row lg-person">{said}<div></div></div>')
                st.button(plain(title), key=f"{name}-{number}-{person}", on_click=on_person, args=(person,))


def since_words(day: object) -> str:
    """`2024-03-01 起`."""
    return t("assignments.since", day=str(day))
