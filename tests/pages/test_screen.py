"""The big screen through the real gate: scenes, what a touch holds, an empty wall."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from config.texts import text
from db.session import Database
from domain.clock import local_date, utc_now
from domain.permissions import Role
from services.pledges.register import add_pledge
from tests.factories import make_user, use_profile
from tests.pages.session import keys_of, open_page, press, texts_of
from tests.pledge_town import make_pledge_town, pledge_form
from ui.components import scenes
from ui.components.scenes import SCENES, Turn

TODAY = local_date(utc_now())


def scene_of(page: AppTest) -> str:
    """Which scene the bar at the top says to be shown."""
    (scene,) = [one for one in SCENES if f"lg-turn-{one}" in texts_of(page)]
    return scene


def stand_at(monkeypatch: pytest.MonkeyPatch, turn: Turn) -> None:
    """Let it be a turn's time."""
    monkeypatch.setattr(scenes, "turn_at", lambda *_: turn)


@pytest.fixture
def pledged(sqlite_db: Database) -> None:
    town = make_pledge_town()
    use_profile("linfeng")
    form = pledge_form(town, starts_on=TODAY - timedelta(days=30), due_on=TODAY + timedelta(days=60), is_public=True)
    add_pledge(town.street.secretary, form)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_screen_begins_with_the_map_and_its_turn_comes_to_the_wall(
    pledged: None, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    visitor = make_user(Role.VISITOR, locale=locale)
    page = open_page(monkeypatch, visitor, "screen")
    assert (scene_of(page), "每月夜巡" in texts_of(page)) == ("map", False)
    stand_at(monkeypatch, Turn("pledges", 3))
    page = open_page(monkeypatch, visitor, "screen")
    assert not page.exception
    assert (scene_of(page), "每月夜巡" in texts_of(page)) == ("pledges", True)
    assert text(locale, "pledge_wall.page", n=1, pages=1) in texts_of(page)


@pytest.mark.parametrize("scene", SCENES)
def test_an_address_keeps_a_scene_whose_turn_never_ends(
    pledged: None, monkeypatch: pytest.MonkeyPatch, scene: str
) -> None:
    page = open_page(monkeypatch, make_user(Role.VISITOR), "screen", scene=scene)
    assert scene_of(page) == scene
    assert "lg-touch-screen" not in keys_of(page)


def test_a_touch_holds_what_is_shown_and_another_one_lets_it_go_on(
    pledged: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(monkeypatch, make_user(Role.VISITOR), "screen")
    page = press(page, "lg-touch-screen")
    assert text("zh_CN", "screen.held") in texts_of(page)
    stand_at(monkeypatch, Turn("pledges", 0))
    page = page.run()
    assert scene_of(page) == "map"
    page = press(page, "lg-touch-screen").run()
    assert text("zh_CN", "screen.held") not in texts_of(page)
    assert scene_of(page) == "pledges"


def test_a_wall_without_pledges_takes_no_turn(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_at(monkeypatch, Turn("pledges", 0))
    page = open_page(monkeypatch, make_user(Role.VISITOR), "screen")
    assert not page.exception
    assert scene_of(page) == "map"
