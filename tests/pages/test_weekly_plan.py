"""活动计划表 as its roles use it: nothing there, an empty week, a filled one, both languages."""

from datetime import timedelta

import pytest

from config.texts import text
from db.session import Database
from domain.clock import local_date, utc_now
from domain.permissions import Role
from services.activities.weeks import monday_of
from tests.factories import make_activity, make_area, make_room, make_station, make_user
from tests.pages.session import keys_of, open_page, press, said, texts_of


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", list(Role))
def test_page_for_every_role(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, role: Role, locale: str) -> None:
    visitor = make_user(Role.VISITOR, locale=locale)
    if role is Role.VISITOR:
        assert text(locale, "weekly_plan.nowhere") in texts_of(open_page(monkeypatch, visitor, "weekly_plan"))
    grid = make_area("一格", parent=make_area("街道", level="street"))
    station = make_station("邻里中心", area_id=grid)
    actor = make_user(role, area=grid, locale=locale)
    page = open_page(monkeypatch, actor, "weekly_plan", of=f"s{station}")
    assert text(locale, "weekly_plan.empty") in texts_of(page)
    room = make_room(station, "多功能厅")
    make_activity("合唱", station_id=station, room_id=room, area_id=grid, starts_at=utc_now() + timedelta(days=7))
    page = press(page, "week-on")
    shown = texts_of(page)
    assert not page.exception
    assert not said(page, "error")
    assert "合唱" in shown
    assert "多功能厅" in shown
    assert "weekly_plan." not in shown
    assert page.query_params["week"] in (
        (following := (monday_of(local_date(utc_now())) + timedelta(days=7)).isoformat()), [following]
    )  # fmt: skip


def test_a_grid_is_chosen_and_a_bad_address_shows_the_first(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = make_area("一格", parent=make_area("街道", level="street"))
    make_activity("夜话", area_id=grid, place="院内", starts_at=utc_now())
    actor = make_user()
    page = open_page(monkeypatch, actor, "weekly_plan", of="a999", week="x")
    assert not said(page, "error")
    page.selectbox(key="week-of").set_value(f"a{grid}")
    page = page.run()
    assert "夜话" in texts_of(page)
    assert text("zh_CN", "weekly_plan.part.evening") in texts_of(page)
    assert "week-back" in keys_of(page)


def test_who_has_an_area_begins_with_it_others_with_a_station(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    street = make_area("街道", level="street")
    own, other = make_area("一格", parent=street), make_area("二格", parent=street)
    station = make_station("邻里中心", area_id=other)
    page = open_page(monkeypatch, make_user(Role.GRID_LEADER, area=own), "weekly_plan")
    assert page.selectbox(key="week-of").value == f"a{own}"
    page = open_page(monkeypatch, make_user(), "weekly_plan")
    assert page.selectbox(key="week-of").value == f"s{station}"


def test_the_whole_street_begins_where_something_is_on_next(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = make_area("一格", parent=make_area("街道", level="street"))
    make_station("安静站", area_id=grid)
    lively = make_station("热闹站", area_id=grid)
    make_activity("合唱", station_id=lively, area_id=grid, starts_at=utc_now() + timedelta(minutes=5))
    page = open_page(monkeypatch, make_user(), "weekly_plan")
    assert page.selectbox(key="week-of").value == f"s{lively}"
