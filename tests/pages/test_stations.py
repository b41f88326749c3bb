"""The stations page as its roles use it. The map itself has tests of its own and is left out here."""

from datetime import timedelta
from typing import Any

import pytest

from config.texts import text
from db.session import Database
from domain.calendars import CalendarStretch
from domain.clock import local_date, utc_now
from domain.permissions import Role
from domain.stations import HolidayHours, holidays_of
from services.stations.register import edit_station, get_station, list_stations
from services.stations.rooms import list_rooms
from services.system.installations import current_profile
from tests.factories import make_activity, make_area, make_station, make_user
from tests.pages.session import keys_of, open_page, press, said, texts_of
from tests.services.stations.test_register import form
from tests.statements import recorded
from ui.components.map import MapClick
from ui.safe import plain

ALWAYS = {"weekly": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")}


@pytest.fixture
def drawn(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page told its map last; ``clicks`` are given to the page once, by the key of its map."""
    seen: dict[str, Any] = {"clicks": {}}

    def show_map(spec: Any, key: str, height: int, instruct: Any = None) -> None:
        seen[key] = instruct

    monkeypatch.setattr("ui.components.map.show_map", show_map)
    monkeypatch.setattr("ui.components.map.take_click", lambda key: seen["clicks"].pop(key, None))
    return seen


@pytest.fixture
def street(drawn: dict[str, Any]) -> int:
    return make_area("街道", level="street", box=(0, 0, 2, 1))


def kind() -> str:
    return current_profile().station_kinds[0].key


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", list(Role))
def test_page_lists_stations_for_every_role(
    street: int, monkeypatch: pytest.MonkeyPatch, role: Role, locale: str
) -> None:
    actor = make_user(role, area=street, locale=locale)
    shown = texts_of(open_page(monkeypatch, actor, "stations"))
    assert text(locale, "stations.empty") in shown
    make_station("红石榴驿站", kind=kind(), hours=ALWAYS, lon=0.5, lat=0.5, area_id=street)
    make_station("远站", kind=kind(), lon=9.0, lat=9.0)
    make_station("无处站", kind="gone")
    page = open_page(monkeypatch, actor, "stations")
    shown = texts_of(page)
    assert not page.exception
    assert not said(page, "error")
    assert text(locale, "stations.badge", n=3, total=3, placed=2) in shown
    assert text(locale, "stations.badge_no_place", n=1) in shown
    assert text(locale, "stations.badge_outside", n=1) in shown
    assert text(locale, "stations.open_until", clock="24:00") in shown
    assert ("new" in keys_of(page)) == (role in (Role.COMMUNITY_SECRETARY, Role.COMMAND_CENTRE, Role.ADMINISTRATOR))
    assert "stations." not in shown


def test_open_now_and_kind_narrow_the_list(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    other = current_profile().station_kinds[1].key
    make_station("开着站", kind=kind(), hours=ALWAYS)
    make_station("关着站", kind=other, hours={"weekly": {}, "exceptions": {"2020-01-01": "08:00-09:00"}})
    page = open_page(monkeypatch, make_user(Role.VISITOR), "stations")
    page.toggle(key="station-open").set_value(True)
    shown = texts_of(page.run())
    assert "开着站" in shown
    assert "关着站" not in shown
    page.toggle(key="station-open").set_value(False)
    page.button_group(key="station-kind").set_value(other)
    shown = texts_of(page.run())
    assert "关着站" in shown
    assert "开着站" not in shown


def test_a_click_on_the_map_opens_the_station(
    street: int, drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    station = make_station("红石榴驿站", kind=kind(), address="<i>3号</i>", lon=0.5, lat=0.5, area_id=street)
    make_activity("棋牌赛", station_id=station)
    drawn["clicks"]["stations"] = MapClick(0.5, 0.5, 17, "stations", station)
    page = open_page(monkeypatch, make_user(Role.VISITOR), "stations")
    shown = texts_of(page)
    assert "&lt;i&gt;3号&lt;/i&gt;" in shown
    assert "棋牌赛" in shown
    assert drawn["stations"].point == ("stations", station)
    assert not {"edit", f"close-{station}"} & keys_of(page)


def test_secretary_creates_a_station_by_a_click_on_the_map(
    street: int, drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = make_user(Role.COMMUNITY_SECRETARY, area=street)
    page = press(open_page(monkeypatch, actor, "stations"), "new")
    page.text_input(key="station-new-name").set_value("红石榴驿站")
    page = press(page, "station-new-save")
    assert said(page, "error") == [text("zh_CN", "errors.station_needs_place")]
    drawn["clicks"]["stations-place"] = MapClick(0.5, 0.5, 17, None, None)
    page = page.run()
    assert text("zh_CN", "stations.form.in_area", area="街道") in texts_of(page)
    assert drawn["stations-place"].pin == (0.5, 0.5)
    page.text_input(key="station-new-mon").set_value("12:00-08:00")
    page = press(page, "station-new-save")
    assert said(page, "error")
    assert page.text_input(key="station-new-name").value == "红石榴驿站"
    page = press(page, "station-new-usual")
    page = press(page, "station-new-save")
    assert said(page, "success") == [text("zh_CN", "stations.done.saved", name="红石榴驿站")]
    assert [(view.name, view.area) for view in list_stations(actor)] == [("红石榴驿站", "街道")]


def test_second_editor_is_told_and_keeps_what_was_typed(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = make_user()
    station = make_station("旧名", kind=kind(), lon=0.5, lat=0.5, area_id=street)
    page = open_page(monkeypatch, actor, "stations", id=station, form="edit")
    edit_station(actor, station, form(name="别人的名字"), get_station(actor, station).version)
    page.text_input(key=f"station-{station}-name").set_value("我的名字")
    page = press(page, f"station-{station}-save")
    assert said(page, "error") == [text("zh_CN", "errors.stale_record")]
    assert "别人的名字" in said(page, "info")[0]
    page = press(page, f"station-{station}-save")
    assert get_station(actor, station).name == "我的名字"


def test_closing_takes_the_station_from_the_list(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = make_user()
    station = make_station("红石榴驿站", kind=kind(), area_id=street)
    page = press(open_page(monkeypatch, actor, "stations", id=station), f"close-{station}")
    assert said(page, "success") == [text("zh_CN", "stations.done.closed", name="红石榴驿站")]
    assert list_stations(actor, now=utc_now()) == []


def test_unknown_addresses_do_no_harm(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = make_user(Role.VISITOR)
    assert said(open_page(monkeypatch, actor, "stations", id=999), "error") == [text("zh_CN", "errors.not_found")]
    for query in ({"id": "x"}, {"form": "new"}, {"form": "edit"}):
        page = open_page(monkeypatch, actor, "stations", **query)
        assert not page.exception
        assert "station-new-save" not in keys_of(page)


def test_statements_do_not_grow_with_the_stations(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def counted() -> int:
        with recorded() as statements:
            open_page(monkeypatch, make_user(), "stations")
        statements.most(25)
        return len(statements)

    make_station("一站", kind=kind(), area_id=street)
    few = counted()
    for number in range(20):
        make_station(f"站{number}", kind=kind(), area_id=street)
    assert counted() <= few


def test_rooms_are_entered_in_the_form_and_named_on_the_card(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = make_user(area=street)
    station = make_station("红石榴驿站", kind=kind(), lon=0.5, lat=0.5, area_id=street)
    page = open_page(monkeypatch, actor, "stations", id=station, form="edit")
    key = f"room-new-{station}-0"
    page = press(page, f"{key}-add")
    assert said(page, "error")
    page.text_input(key=f"{key}-name").set_value("活动室")
    page.number_input(key=f"{key}-capacity").set_value(40)
    page = press(page, f"{key}-add")
    assert said(page, "success") == [text("zh_CN", "rooms.done.saved", name="活动室")]
    room = list_rooms(actor, station)[0]
    assert (room.name, room.capacity) == ("活动室", 40)
    page.text_input(key=f"room-{room.id}-1-name").set_value("多功能厅")
    page = press(page, f"room-{room.id}-1-save")
    for reader in (actor, make_user(Role.VISITOR, locale="en")):
        shown = texts_of(open_page(monkeypatch, reader, "stations", id=station))
        assert text(reader.locale, "rooms.with_capacity", name="多功能厅", n=40) in shown
    page = press(open_page(monkeypatch, actor, "stations", id=station, form="edit"), f"room-{room.id}-2-close")
    assert said(page, "success") == [text("zh_CN", "rooms.done.closed", name="多功能厅")]


def test_holidays_are_typed_or_taken_from_the_calendar(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = make_user(area=street)
    station = make_station("红石榴驿站", kind=kind(), hours=ALWAYS, lon=0.5, lat=0.5, area_id=street)
    name, today = f"station-{station}", local_date(utc_now())
    first, last, worked = (today + timedelta(days=number) for number in (10, 12, 13))
    stretches = [CalendarStretch(first, last, False, "national_day"), CalendarStretch(worked, worked, True, "own")]
    monkeypatch.setattr("ui.components.station_holidays.list_coming_holidays", lambda _actor, _now: stretches)
    page = press(open_page(monkeypatch, actor, "stations", id=station, form="edit"), f"{name}-add-days")
    assert page.date_input(key=f"{name}-holiday-1-days").value == (today, today)
    press(page, f"{name}-add-days")
    page.text_input(key=f"{name}-holiday-2-hours").set_value("09:00-10:00")
    press(page, f"{name}-save")
    assert said(page, "error") == [
        text("zh_CN", "errors.holidays_contradict", day=plain(f"{today}"), one="不开放", other=plain("09:00-10:00"))
    ]
    press(page, f"{name}-holiday-2-drop")
    for number in range(len(stretches)):
        offered = page.selectbox(key=f"{name}-calendar")
        offered.set_value(offered.options[number]).run()
        assert page.selectbox(key=f"{name}-calendar").value is None
    press(page, f"{name}-save")
    assert said(page, "success") == [text("zh_CN", "stations.done.saved", name="红石榴驿站")]
    view = get_station(actor, station)
    assert view.open_now is False
    assert holidays_of(view.hours) == [
        HolidayHours(today, today), HolidayHours(first, last), HolidayHours(worked, worked, "00:00-24:00"),
    ]  # fmt: skip
    for reader in (actor, make_user(Role.VISITOR, locale="en")):
        shown = texts_of(open_page(monkeypatch, reader, "stations", id=station))
        days = text(reader.locale, "stations.days", first=first.isoformat(), last=last.isoformat())
        assert f"{days} {text(reader.locale, 'stations.closed')}" in shown
    page = open_page(monkeypatch, actor, "stations", id=station, form="edit")
    monkeypatch.setattr("ui.components.station_holidays.list_coming_holidays", lambda _actor, _now: [])
    for number in (1, 2, 3):
        press(page, f"{name}-holiday-{number}-drop")
    assert text("zh_CN", "stations.form.calendar_none") in texts_of(page)
    press(page, f"{name}-save")
    assert get_station(actor, station).open_now is True
