"""Accounts: who may sign in, as which role, for which area."""

from functools import partial

import streamlit as st

from domain.clock import utc_now
from domain.permissions import Role
from services.accounts.users import (
    AREA_ROLES,
    UserForm,
    UserView,
    add_user,
    link_person,
    list_accounts,
    set_active,
    set_password,
)
from services.areas.register import list_area_choices
from services.lists.account_exports import export_accounts
from services.people.register import PeopleFilter, find_people
from ui import state
from ui.components.export import show_export
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe
from ui.style import panel

actor = state.actor()
accounts = list_accounts(actor)


def row(user: UserView) -> dict[str, object]:
    """One line of the list."""
    return {
        t("users.column.username"): user.username,
        t("users.column.name"): user.name,
        t("users.column.person"): user.person,
        t("users.column.role"): t(f"roles.{user.role}"),
        t("users.column.area"): user.area_name or t("users.whole_street"),
        t("users.column.standing"): t(f"users.standing.{user.standing}"),
    }


@covered
def switch(user: UserView) -> None:
    """Let an account in or keep it out."""
    with action("users.changed"):
        set_active(actor, user.username, not user.is_active, user.version)


@covered
def change_password(user: UserView) -> None:
    """Give the chosen account a new password."""
    with action("users.password_changed"):
        set_password(actor, user.username, st.session_state["users_new_password"])


@covered
def link(user: UserView, person: int | None) -> None:
    """Say whose the chosen account is."""
    with action("users.person_linked" if person else "users.person_unlinked"):
        link_person(actor, user.username, person, user.version)


def show_linking(user: UserView) -> None:
    """Whose the account is: found by name, one press; another press takes it back."""
    words = st.text_input(t("users.person_search", name=user.username), max_chars=60, key="users_person_search")
    found = {one.id: one for one in find_people(actor, PeopleFilter(search=words)).people[:12]} if words else {}
    if words and not found:
        st.caption(t("users.person_none"))
    if found:
        person = st.selectbox(
            t("users.column.person"), list(found), key=f"users_person_{words}",
            format_func=lambda one: plain(" · ".join(filter(None, (found[one].name, found[one].area)))),
        )  # fmt: skip
        st.button(t("users.link"), key="users_link", on_click=link, args=(user, person))
    if user.person:
        st.button(t("users.unlink", name=plain(user.person)), key="users_unlink", on_click=link, args=(user, None))


left, right = st.columns([3, 2], gap="small")
with left, panel("users"):
    title, count = t("users.title"), t("users.count", n=len(accounts))
    st.html(f'<div class="lg-title"><b>{safe(title)}</b><small>{safe(count)}</small></div>')
    chosen = st.dataframe(
        [row(user) for user in accounts],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=520,
        key="users_list",
    ).selection.rows
    show_export(actor, "accounts", partial(export_accounts, actor), utc_now(), len(accounts))
    if chosen:
        user = accounts[chosen[0]]
        st.button(
            t("users.keep_out" if user.is_active else "users.let_in", name=user.username), on_click=switch, args=(user,)
        )
        with st.form("users_password", clear_on_submit=True):
            st.text_input(t("users.new_password", name=user.username), type="password", key="users_new_password")
            st.form_submit_button(t("users.set_password"), on_click=change_password, args=(user,))
        show_linking(user)

with right, panel("users-add"):
    st.html(f'<div class="lg-title"><b>{safe(t("users.add"))}</b></div>')
    username = st.text_input(t("users.column.username"), max_chars=60, key="users_username")
    name = st.text_input(t("users.column.name"), max_chars=60, key="users_name")
    role = st.selectbox(t("users.column.role"), list(Role), format_func=lambda role: t(f"roles.{role}"), index=3)
    area = None
    if role in AREA_ROLES:
        choices = list_area_choices(actor)
        area = st.selectbox(t("users.column.area"), list(choices), format_func=choices.__getitem__)
    password = st.text_input(t("users.password"), type="password", key="users_password")
    if st.button(t("users.add_button"), type="primary"):
        with action("users.added"):
            add_user(actor, UserForm(username, name, role.value, password, area))
        st.rerun()
