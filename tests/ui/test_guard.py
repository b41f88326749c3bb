"""The guard of every run: what a failure shows, what the log holds, and that a page comes back by itself."""

import logging

import pytest
from streamlit.testing.v1 import AppTest

from db.session import Database
from domain.errors import DatabaseAway, Refusal
from domain.permissions import Actor, Role
from services.accounts.sessions import find_actor
from services.accounts.users import UserExists
from tests.factories import make_area, make_user
from tests.pages.session import open_page, said
from ui import guard
from ui.safe import plain


@pytest.fixture
def visitor(sqlite_db: Database) -> Actor:
    make_area("青棠街道", level="street")
    return make_user(Role.VISITOR)


def away(monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    """Let the database be away the next times that the guard asks who is signed in."""
    monkeypatch.setattr(guard, "RETRY_SECONDS", 0)
    asked: list[int] = []

    def asking(token: str | None) -> Actor | None:
        asked.append(1)
        if len(asked) <= times:
            raise DatabaseAway()
        return find_actor(token)

    monkeypatch.setattr(guard, "find_actor", asking)
    return asked


def test_a_page_comes_back_by_itself_when_the_database_does(monkeypatch: pytest.MonkeyPatch, visitor: Actor) -> None:
    asked = away(monkeypatch, 3)
    page = open_page(monkeypatch, visitor, "activities")
    assert len(asked) >= 4
    assert said(page, "error") == []


def test_a_page_says_so_when_the_database_stays_away(monkeypatch: pytest.MonkeyPatch, visitor: Actor) -> None:
    away(monkeypatch, 10**6)
    monkeypatch.setattr(guard, "RETRIES", 2)
    page = open_page(monkeypatch, visitor, "activities")
    assert said(page, "error") == ["数据库暂时没有回应。什么都没有丢，请稍等再试一次。"]
    assert not page.exception
    away(monkeypatch, 0)
    assert said(page.button(key="lg-try-again").click().run(), "error") == []


def test_an_unexpected_failure_shows_its_number_and_no_trace(
    monkeypatch: pytest.MonkeyPatch, visitor: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(guard, "require", lambda *_: 1 / 0)
    page = open_page(monkeypatch, visitor, "activities")
    [words] = said(page, "error")
    [record] = [record for record in caplog.records if record.name == "linge.ui"]
    assert str(record.args[0]) in words  # type: ignore[index]
    assert "ZeroDivision" not in words
    assert not page.exception


def test_the_log_holds_a_refusals_code_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "linge.ui")
    guard.failure_text(Refusal(name="张安", phone="13800001234"))
    assert "refused" in caplog.text
    assert "张安" not in caplog.text
    assert "1380000" not in caplog.text


def test_what_people_typed_is_no_markdown_in_a_message() -> None:
    words = guard.failure_text(UserExists(username="![x](http://outside.example/x.png) $a$"))
    assert plain("![x](http://outside.example/x.png) $a$") in words
    assert "![x](" not in words


def test_a_page_of_an_ended_session_shows_the_way_to_the_sign_in_alone(
    monkeypatch: pytest.MonkeyPatch, visitor: Actor
) -> None:
    page: AppTest = open_page(monkeypatch, visitor, "activities")
    monkeypatch.setattr(guard, "session_token", lambda: "ended")
    page.run()
    assert len(page.warning) == 1
    assert not page.button
