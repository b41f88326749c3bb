"""组织: the tree of party organisations with its cards, 应建必建率, people and the posts they hold."""

import streamlit as st

from domain.clock import utc_now
from domain.permissions import Permission, may
from services.organisations.tree import OrganisationTree, get_organisation_card, organisation_tree
from services.people.register import get_person_view
from ui import state
from ui.components.lists import show_empty
from ui.components.organisation_coverage import show_organisation_coverage
from ui.components.organisation_forms import show_add_form, show_changes, show_links
from ui.components.organisations import show_organisation_head, show_organisation_lists, show_tree
from ui.components.people import close_person, show_people, show_person, show_post_counts
from ui.components.person_forms import show_person_form, show_post_form
from ui.i18n import t
from ui.style import panel

actor, now = state.actor(), utc_now()
VIEWS = ("tree", "coverage", "people")


def choose_organisation(key: int) -> None:
    """Choose an organisation; the address bar carries it."""
    state.set_query(org=key)


def choose_person(key: int) -> None:
    """Go to a person."""
    state.set_query(view="people", person=key, form=None)
    st.session_state["org_view"] = "people"


def show_organisations(tree: OrganisationTree) -> None:
    """The tree, and beside it the chosen organisation."""
    edits = may(actor, Permission.ORGANISATION_EDIT)
    chosen = tree.find(state.query_id("org")) or next((node for node in tree.nodes if node.in_scope), None)
    with st.container(horizontal=True, key="lg-split-organisations"):
        with panel("organisation-tree"):
            show_tree(tree, chosen, choose_organisation)
            if edits and actor.scope.everywhere:
                with st.popover(t("organisations.do.add_top")):
                    show_add_form(actor, now, parent=None)
        with panel("open" if state.query_id("org") else "organisation"):
            if chosen is None or not chosen.in_scope:
                show_empty(t("organisations.none"), t("organisations.none.next"))
                return
            card = get_organisation_card(actor, chosen.id, now)
            show_organisation_head(tree, chosen)
            if edits:
                show_changes(actor, tree, chosen, now)
            show_links(actor, card, now, edits=edits)
            show_organisation_lists(card, choose_person)


def show_everybody(tree: OrganisationTree) -> None:
    """Figures and list, and beside them one person or a form."""
    edits, person_id = may(actor, Permission.PERSON_EDIT), state.query_id("person")
    form = state.query("form") if edits else None
    with st.container(horizontal=True, key="lg-split-people"):
        with st.container(key="lg-people-left"):
            with panel("people-figures"):
                show_post_counts(actor, now)
            with panel("people-list"):
                if edits:
                    with st.container(key="lg-touch-person-new"):
                        wish = {"form": "new", "person": None}
                        st.button(t("people.do.add"), key="person-new", on_click=state.set_query, kwargs=wish)
                show_people(actor, tree, person_id, choose_person, now)
        with panel("open" if person_id or form else "person"):
            if form == "new":
                show_person_form(actor, tree, None)
            elif person_id is None:
                show_empty(t("people.none"), t("people.none.next"))
            else:
                show_one(tree, person_id, form, edits)


def show_one(tree: OrganisationTree, person_id: int, form: str | None, edits: bool) -> None:
    """One person: what is known, or the form to change it."""
    person = get_person_view(actor, person_id, now)
    if form == "edit":
        show_person_form(actor, tree, person)
        return
    show_person(actor, person, now)
    with st.container(horizontal=True, key="lg-touch-person"):
        if edits:
            st.button(t("people.do.edit"), key="person-edit", on_click=state.set_query, kwargs={"form": "edit"})
            with st.popover(t("people.do.hold")):
                show_post_form(actor, tree, person, now)
        st.button(t("activities.do.back"), key="person-back", on_click=close_person)


def take_view() -> None:
    """The address bar carries the view."""
    state.set_query(view=st.session_state["org_view"])


tree = organisation_tree(actor, now)
asked = state.query("view")
st.session_state.setdefault("org_view", asked if asked in VIEWS else "tree")
with st.container(key="lg-touch-views"):
    view = st.segmented_control(
        t("organisations.views"), VIEWS, required=True, key="org_view",
        format_func=lambda name: t(f"organisations.view.{name}"), label_visibility="collapsed", on_change=take_view,
    )  # fmt: skip
if view == "coverage":
    show_organisation_coverage(actor, tree, now, edits=may(actor, Permission.ORGANISATION_EDIT))
elif view == "people":
    show_everybody(tree)
else:
    show_organisations(tree)
