"""The guard of every run: what a failure shows, what the log holds, and that a page comes back by itself."""

import logging
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from db.session import Database
from domain.errors import DatabaseAway, PermissionDenied, Refusal
from domain.permissions import Actor, Role
from services.accounts.sessions import find_actor
from services.accounts.users import UserExists, link_person, set_active
from tests.factories import make_area, make_person, make_user
from tests.pages.session import open_page, said, sign_in_as
from ui import guard, state
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


def test_a_press_acts_as_whoever_the_account_is_by_then(monkeypatch: pytest.MonkeyPatch, sqlite_db: Database) -> None:
    person, administrator = make_person("程远"), make_user(Role.ADMINISTRATOR)
    first, second = make_user(person=person), make_user()
    sign_in_as(monkeypatch, second)
    link_person(administrator, second.username, person, 1)
    pressed: list[Actor] = []
    guard.covered(lambda actor, *, by: pressed.extend((actor, by)))(second, by=second)
    assert [one.person_id for one in pressed] == [person, person]
    assert [one.accounts for one in pressed] == [{first.user_id, second.user_id}] * 2


def test_a_file_is_made_for_whoever_may_have_it_when_the_button_is_pressed(
    monkeypatch: pytest.MonkeyPatch, visitor: Actor
) -> None:
    administrator, other = make_user(Role.ADMINISTRATOR), make_user(Role.ADMINISTRATOR)
    sign_in_as(monkeypatch, other)
    state.set_actor(other)
    made = guard.when_pressed(lambda: b"list")
    assert made() == b"list"
    set_active(administrator, other.username, False)
    with pytest.raises(PermissionDenied):
        made()


def test_a_file_is_not_made_for_an_account_that_became_another_persons(
    monkeypatch: pytest.MonkeyPatch, sqlite_db: Database
) -> None:
    administrator, other = make_user(Role.ADMINISTRATOR), make_user(person=make_person("程远"))
    sign_in_as(monkeypatch, other)
    state.set_actor(other)
    made = guard.when_pressed(lambda: b"list")
    link_person(administrator, other.username, make_person("许安"), 1)
    with pytest.raises(PermissionDenied):
        made()


def test_every_download_button_asks_when_it_is_pressed() -> None:
    code = "".join(path.read_text() for folder in ("ui", "pages") for path in Path(folder).rglob("*.py"))
    guarded = re.findall(r"download_button\(\s*[^\n]*?(?:when_pressed|_made)\(", code)
    assert 0 < code.count("download_button(") == len(guarded)
