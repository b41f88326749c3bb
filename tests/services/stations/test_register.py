"""Stations: create, edit, close, what is open now; on both databases."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from db.session import Database
from domain.clock import from_local
from domain.errors import InvalidText, NotFound, PermissionDenied, StaleRecord
from domain.hours import InvalidHours
from domain.permissions import Role
from domain.stations import HolidayHours, HolidaysContradict, InvalidHolidayDays, holidays_of
from services.stations.holidays import list_coming_holidays
from services.stations.register import (
    StationClosesBeforeOpening,
    StationForm,
    StationNeedsPlace,
    StationOutsideScope,
    UnknownStationItem,
    close_station,
    count_planned_from,
    count_stations,
    create_station,
    edit_station,
    get_station,
    list_stations,
)
from services.system.installations import current_profile
from tests.factories import make_activity, make_area, make_station, make_user

NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)  # Wednesday 10:00 in Shanghai
DAY = date(2026, 5, 1)
WEEK = {"mon": "08:30-12:00", "wed": "08:30-12:00, 14:00-17:30"}


def form(**values: object) -> StationForm:
    kind = current_profile().station_kinds[0]
    given = {
        "name": "红石榴驿站", "kind": kind.key, "lon": 0.5, "lat": 0.5, "weekly": WEEK,
        "items": tuple(item.key for item in kind.items[:1]),
    } | values  # fmt: skip
    return StationForm(**given)  # type: ignore[arg-type]


@pytest.fixture
def areas(db: Database) -> dict[str, int]:
    street = make_area("街道", level="street", box=(0, 0, 2, 1))
    return {
        "street": street,
        "west": make_area("西格", parent=street, box=(0, 0, 1, 1)),
        "east": make_area("东格", parent=street, box=(1, 0, 2, 1)),
    }


def test_station_is_made_once_when_the_form_is_sent_twice(areas: dict[str, int]) -> None:
    actor = make_user()
    made = create_station(actor, form(name=" 红石榴 驿站 ", phone="010-1234"), "key", NOW)
    assert create_station(actor, form(), "key", NOW).id == made.id
    assert (made.name, made.area, made.is_outside, made.open_now) == ("红石榴 驿站", "西格", False, True)
    other = create_station(actor, form(), "key2", NOW)
    assert other.code != made.code
    assert len(list_stations(actor, now=NOW)) == 2


def test_area_follows_the_point(areas: dict[str, int]) -> None:
    actor = make_user()
    made = create_station(actor, form(), "key", NOW)
    moved = edit_station(actor, made.id, form(lon=1.5), made.version, NOW)
    assert (moved.area, moved.area_id) == ("东格", areas["east"])
    outside = edit_station(actor, made.id, form(lon=3.0), moved.version, NOW)
    assert (outside.area, outside.is_outside) == (None, True)


def test_form_is_refused_when_something_is_wrong(areas: dict[str, int]) -> None:
    actor = make_user()
    wrong = [
        (InvalidText, {"name": ""}),
        (InvalidText, {"name": "站" * 121}),
        (InvalidText, {"address": "a\x07"}),
        (NotFound, {"kind": "no_such_kind"}),
        (StationNeedsPlace, {"lon": None}),
        (StationNeedsPlace, {"lat": 91.0}),
        (StationNeedsPlace, {"lon": float("nan")}),
        (InvalidHours, {"weekly": {"mon": "12:00-08:30"}}),
        (InvalidHours, {"weekly": {"mon": "08:30-12:00, 11:00-13:00"}}),
        (InvalidHours, {"weekly": {"mon": "in the morning"}}),
        (UnknownStationItem, {"items": ("no_such_item",)}),
        (InvalidHours, {"holidays": (HolidayHours(DAY, DAY, "all day"),)}),
        (InvalidHolidayDays, {"holidays": (HolidayHours(DAY, DAY - timedelta(days=1)),)}),
        (HolidaysContradict, {"holidays": (HolidayHours(DAY, DAY), HolidayHours(DAY, DAY, "9:00-10:00"))}),
    ]
    for number, (refusal, values) in enumerate(wrong):
        with pytest.raises(refusal):
            create_station(actor, form(**values), f"key{number}", NOW)
    assert list_stations(actor, now=NOW) == []


def test_a_secretary_edits_only_in_the_own_area(areas: dict[str, int]) -> None:
    west, east = (make_user(Role.COMMUNITY_SECRETARY, area=areas[name]) for name in ("west", "east"))
    for role in (Role.VISITOR, Role.VOLUNTEER, Role.GRID_LEADER, Role.DEPARTMENT):
        with pytest.raises(PermissionDenied):
            create_station(make_user(role, area=areas["west"]), form(), "k", NOW)
    made = create_station(west, form(), "key", NOW)
    with pytest.raises(StationOutsideScope):
        create_station(east, form(), "key2", NOW)
    with pytest.raises(StationOutsideScope):
        edit_station(east, made.id, form(lon=1.5), made.version, NOW)
    with pytest.raises(StationOutsideScope):
        edit_station(west, made.id, form(lon=1.5), made.version, NOW)
    assert (get_station(west, made.id, NOW).may_edit, get_station(east, made.id, NOW).may_edit) == (True, False)
    assert get_station(make_user(Role.VISITOR), made.id, NOW).area == "西格"


def test_two_editors_the_second_is_told(areas: dict[str, int]) -> None:
    actor = make_user()
    made = create_station(actor, form(), "key", NOW)
    edit_station(actor, made.id, form(name="新名字"), made.version, NOW)
    with pytest.raises(StaleRecord):
        edit_station(actor, made.id, form(name="旧名字"), made.version, NOW)
    assert get_station(actor, made.id, NOW).name == "新名字"


def test_holidays_stay_when_the_week_is_edited(areas: dict[str, int]) -> None:
    hours = {"weekly": {"wed": "08:30-12:00"}, "exceptions": {"2026-03-18": ""}}
    station = make_station(kind=current_profile().station_kinds[0].key, hours=hours, lon=0.5, lat=0.5)
    actor = make_user()
    assert get_station(actor, station, NOW).open_now is False
    view = edit_station(actor, station, form(), get_station(actor, station, NOW).version, NOW)
    assert view.open_now is False
    assert get_station(actor, station, NOW + timedelta(days=7)).open_now is True


def open_at(station: int, day: str, clock: str = "09:00") -> bool | None:
    moment = from_local(date.fromisoformat(day), time.fromisoformat(clock))
    listed = {view.id for view in list_stations(make_user(Role.VISITOR), open_now=True, now=moment)}
    found = get_station(make_user(Role.VISITOR), station, moment).open_now
    assert (station in listed) is bool(found)
    return found


def test_holidays_of_the_form_count_for_open_now(areas: dict[str, int]) -> None:
    actor = make_user(Role.COMMUNITY_SECRETARY, area=areas["west"])
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:30-12:00")
    holidays = (
        HolidayHours(date(2026, 5, 1), date(2026, 5, 5)),
        HolidayHours(date(2026, 5, 9), date(2026, 5, 9), "08:30-12:00"),
        HolidayHours(date(2026, 6, 1), date(2026, 6, 1), "14:00-15:00"),
    )
    made = create_station(actor, form(weekly=week, holidays=holidays), "key", NOW)
    assert [open_at(made.id, day) for day in ("2026-04-30", "2026-05-01", "2026-05-05", "2026-05-06")] == [
        True, False, False, True,
    ]  # fmt: skip
    assert (open_at(made.id, "2026-05-09"), open_at(made.id, "2026-05-16")) == (True, False)
    assert (open_at(made.id, "2026-06-01"), open_at(made.id, "2026-06-01", "14:30")) == (False, True)
    view = get_station(actor, made.id, from_local(date(2026, 4, 30), time(18)))
    assert view.opens_next is not None
    assert view.opens_next[0] == date(2026, 5, 6)


def test_an_edit_replaces_the_days_to_come_and_keeps_the_past(areas: dict[str, int]) -> None:
    actor = make_user()
    past, today, coming = (HolidayHours(day, day) for day in (date(2026, 3, 4), date(2026, 3, 18), date(2026, 3, 25)))
    made = create_station(actor, form(holidays=(past, today, coming)), "key", NOW)
    assert made.open_now is False
    view = edit_station(actor, made.id, form(holidays=(coming,)), made.version, NOW)
    assert (view.open_now, holidays_of(view.hours)) == (True, [past, coming])
    view = edit_station(actor, made.id, form(), view.version, NOW)
    assert holidays_of(view.hours) == [past, coming]
    view = edit_station(actor, made.id, form(holidays=()), view.version, NOW)
    assert holidays_of(view.hours) == [past]


def test_other_hours_for_days_that_have_begun_count_from_today(areas: dict[str, int]) -> None:
    actor, first, last = make_user(), date(2026, 3, 16), date(2026, 3, 20)
    made = create_station(actor, form(holidays=(HolidayHours(first, last),)), "key", NOW)
    view = edit_station(actor, made.id, form(holidays=(HolidayHours(first, last, "09:00-10:00"),)), made.version, NOW)
    assert holidays_of(view.hours) == [
        HolidayHours(first, date(2026, 3, 17)), HolidayHours(date(2026, 3, 18), last, "09:00-10:00"),
    ]  # fmt: skip


def test_the_calendar_offers_its_days(db: Database) -> None:
    found = list_coming_holidays(make_user(Role.COMMUNITY_SECRETARY), NOW)
    labour = [one for one in found if one.name == "labour_day" and one.first.year == 2026]
    assert [(one.first, one.last) for one in labour if not one.working] == [(date(2026, 5, 1), date(2026, 5, 5))]
    assert [one.first for one in labour if one.working] == [date(2026, 5, 9)]
    assert min(one.last for one in found) >= date(2026, 3, 18)
    with pytest.raises(PermissionDenied):
        list_coming_holidays(make_user(Role.GRID_LEADER), NOW)


def test_open_now_knows_open_closed_and_unknown(db: Database) -> None:
    open_now = make_station("开", hours={"weekly": WEEK})
    closed = make_station("关", hours={"weekly": {"tue": "08:30-12:00"}})
    unknown = make_station("不详")
    broken = make_station("坏", hours={"weekly": {"wed": "whenever"}})
    actor = make_user(Role.VISITOR)
    found = {view.id: view.open_now for view in list_stations(actor, now=NOW)}
    assert found == {open_now: True, closed: False, unknown: None, broken: None}
    assert [view.id for view in list_stations(actor, open_now=True, now=NOW)] == [open_now]
    day, window = get_station(actor, closed, NOW).opens_next or (None, None)
    assert (day, str(window)) == (date(2026, 3, 24), "08:30-12:00")


def test_lists_filter_by_kind_and_search(db: Database) -> None:
    make_station("红石榴驿站", kind="a")
    make_station("睦邻议事厅", kind="b", code="HALL7")
    actor = make_user(Role.VISITOR)
    assert [view.name for view in list_stations(actor, kind="a", now=NOW)] == ["红石榴驿站"]
    assert [view.name for view in list_stations(actor, search="hsl", now=NOW)] == ["红石榴驿站"]
    assert [view.name for view in list_stations(actor, search="hall7", now=NOW)] == ["睦邻议事厅"]
    assert list_stations(actor, search="100%", now=NOW) == []
    assert count_stations(actor, NOW) == {"a": 1, "b": 1}


def test_closing_takes_it_from_the_lists_and_says_what_is_planned(db: Database) -> None:
    actor, station = make_user(), make_station()
    make_activity(starts_at=NOW + timedelta(days=3), station_id=station)
    make_activity(starts_at=NOW - timedelta(days=3), station_id=station)
    make_activity(starts_at=NOW + timedelta(days=3), station_id=station, cancelled_at=NOW)
    today = date(2026, 3, 18)
    assert count_planned_from(actor, station, today) == 1
    version = get_station(actor, station, NOW).version
    with pytest.raises(StationClosesBeforeOpening):
        close_station(actor, station, date(2019, 1, 1), version, NOW)
    with pytest.raises(PermissionDenied):
        close_station(make_user(Role.GRID_LEADER), station, today, version, NOW)
    view = close_station(actor, station, today, version, NOW)
    assert (view.valid_to, view.open_now) == (today, None)
    with pytest.raises(StaleRecord):
        close_station(actor, station, today, version, NOW)
    assert list_stations(actor, now=NOW) == []
    assert [one.id for one in list_stations(actor, with_closed=True, now=NOW)] == [station]
