"""The page of the map on a past day. The map itself has tests of its own and is left out here."""

from datetime import timedelta
from typing import Any

import pytest

from config.texts import text
from db.session import Database
from domain.clock import local_date, utc_now
from services.areas.changes import apply_change, plan_change
from tests.factories import make_activity
from tests.incident_town import Street, make_street
from tests.pages.session import open_page, press, texts_of
from tests.services.areas.test_changes import split


@pytest.fixture
def told(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page told its map last."""
    seen: dict[str, Any] = {}

    def show_map(spec: Any, key: str, height: int, instruct: Any = None) -> None:
        seen["map"] = instruct

    monkeypatch.setattr("ui.components.map.show_map", show_map)
    monkeypatch.setattr("ui.components.map.take_click", lambda key: None)
    return seen


def changed() -> Street:
    street, today = make_street(households=620), local_date(utc_now())
    form = split(street, day=today)
    apply_change(street.administrator, form, plan_change(street.administrator, form).digest)
    return street


def test_a_past_day_shows_its_grids_alone_and_the_way_back(
    told: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    street = changed()
    yesterday = (local_date(utc_now()) - timedelta(days=1)).isoformat()
    page = open_page(monkeypatch, street.command, "map", day=yesterday, area="410311001001001")
    assert (told["map"].day, told["map"].fill, told["map"].area) == (yesterday, None, street.grid_a)
    assert {name for name, on in told["map"].layers.items() if on} == {"areas", "base"}
    assert f"这是 {yesterday} 的网格" in texts_of(page)
    assert f"至 {yesterday} 使用" in texts_of(page)
    press(page, "map-day-today")
    assert told["map"].day == ""
    assert told["map"].fill is not None


def test_the_panel_begins_with_the_whole_street_and_tells_a_visitor_what_names_nobody(
    told: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    street = make_street(households=620)
    make_activity("早茶会", starts_at=utc_now() + timedelta(days=1), area_id=street.grid_a)
    seen = texts_of(open_page(monkeypatch, street.visitor, "map"))
    assert "青棠街道" in seen
    seen = texts_of(open_page(monkeypatch, street.visitor, "map", area="410311001001001"))
    assert "早茶会" in seen
    assert text("zh_CN", "map.panel.rate") in seen
    assert text("zh_CN", "map.panel.leader") not in seen
    assert text("zh_CN", "map.panel.leader") in texts_of(
        open_page(monkeypatch, street.command, "map", area="410311001001001")
    )


def test_choosing_today_is_no_past_day(told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    today = local_date(utc_now())
    page = open_page(monkeypatch, make_street().command, "map")
    assert page.date_input(key="map_day").value == today
    page.date_input(key="map_day").set_value(today - timedelta(days=1)).run()
    assert told["map"].day == (today - timedelta(days=1)).isoformat()
    page.date_input(key="map_day").set_value(today).run()
    assert told["map"].day == ""


@pytest.mark.parametrize("day", ["gestern", "2999-01-01", ""])
def test_what_is_no_past_day_shows_today(told: dict[str, Any], monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    street = changed()
    page = open_page(monkeypatch, street.command, "map", day=day)
    assert told["map"].day == ""
    assert not page.exception
