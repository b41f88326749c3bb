"""账号: whose an account is, found by name and linked by a press; only the administrator opens the page."""

import pytest

from config.texts import text
from db.session import Database
from domain.permissions import Role
from services.accounts.users import UserView, list_accounts
from tests.factories import make_area, make_person, make_user
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of


def test_an_account_is_linked_with_a_person_and_freed_again(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator = make_user(Role.ADMINISTRATOR, username="a")
    make_user(Role.VOLUNTEER, username="b")
    person = make_person("张安", area=make_area("一格"))

    def of_b() -> UserView:
        return next(user for user in list_accounts(administrator) if user.username == "b")

    page = open_page(monkeypatch, administrator, "users")
    assert not page.exception
    assert keys_of(page).isdisjoint({"users_link", "users_unlink"})
    page.session_state["users_list"] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    page.run()
    assert text("zh_CN", "users.person_search", name="b") in texts_of(page)
    page.text_input(key="users_person_search").set_value("nobody").run()
    assert text("zh_CN", "users.person_none") in texts_of(page)
    page.text_input(key="users_person_search").set_value("zhang").run()
    press(page, "users_link")
    assert said(page, "success") == [text("zh_CN", "users.person_linked")]
    assert (of_b().person_id, of_b().person) == (person, "张安")
    press(page, "users_unlink")
    assert of_b().person_id is None


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_list_says_whose_an_account_is(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, locale: str) -> None:
    administrator = make_user(Role.ADMINISTRATOR, locale=locale, person=make_person("张安"))
    page = open_page(monkeypatch, administrator, "users")
    assert not page.exception
    assert page.dataframe[0].value[text(locale, "users.column.person")].tolist() == ["张安"]


def test_others_may_not(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_closed(open_page(monkeypatch, make_user(Role.COMMAND_CENTRE), "users"))
