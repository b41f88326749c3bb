"""The page of a place: today's activities, the code, in and out, no names."""

from datetime import timedelta

import pytest

from config.settings import settings
from config.texts import text
from db.session import Database
from domain.clock import utc_now
from domain.permissions import Role
from tests.check_in import come
from tests.factories import make_activity, make_area, make_person, make_user, make_volunteer
from tests.pages.session import is_closed, open_page, press, said, texts_of


@pytest.fixture
def grid(sqlite_db: Database) -> int:
    return make_area("一格", parent=make_area("街道", level="street"))


def begun(grid: int, **values: object) -> int:
    return make_activity("义诊<b>", starts_at=utc_now() - timedelta(seconds=5), area_id=grid, place="广场", **values)


def test_staff_choose_an_activity_of_today_and_see_its_code(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    leader = make_user(Role.GRID_LEADER, area=grid)
    page = open_page(monkeypatch, leader, "check_in")
    assert text("zh_CN", "check_in.none") in texts_of(page)
    activity = begun(grid, capacity=5)
    person = make_person("欧阳静", area=grid)
    make_volunteer(person=person, area=grid)
    come(make_user(Role.VOLUNTEER, person=person), activity)
    page = press(open_page(monkeypatch, leader, "check_in"), f"activity-{activity}")
    shown = texts_of(page)
    assert "data:image/svg+xml" in shown
    assert f"/code/{activity}.in." in shown
    assert text("zh_CN", "check_in.counts", signed=1, came=1) in shown
    assert "欧阳" in shown
    assert "欧阳静" not in shown
    assert "<b>广" not in shown
    page = page.button_group(key="purpose").set_value("out").run()
    assert f"/code/{activity}.out." in texts_of(page)
    assert press(page, "other").query_params.get("id") is None


def test_the_address_is_the_one_of_the_settings(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINGE_PUBLIC_URL", "https://linge.example.cn/")
    settings.cache_clear()
    activity = begun(grid)
    shown = texts_of(open_page(monkeypatch, make_user(Role.GRID_LEADER, area=grid), "check_in", id=activity))
    monkeypatch.undo()
    settings.cache_clear()
    assert f"https://linge.example.cn/code/{activity}.in." in shown


def test_a_code_of_another_area_or_day_is_not_shown(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = make_user(Role.GRID_LEADER, area=make_area("二格"))
    page = open_page(monkeypatch, foreign, "check_in", id=begun(grid))
    assert said(page, "error")
    assert "/code/" not in texts_of(page)
    page = open_page(monkeypatch, make_user(), "check_in", id=make_activity("改天", area_id=grid))
    assert said(page, "error") == [text("zh_CN", "errors.activity_over")]
    assert is_closed(open_page(monkeypatch, make_user(Role.VOLUNTEER, area=grid), "check_in"))
