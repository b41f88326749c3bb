"""Where a redemption is handed out: said by the clerk, kept as it was, shown wherever the redemption is."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.session import Database, transaction
from domain.errors import StaleRecord
from domain.periods import Period
from domain.permissions import EVERYWHERE, Role
from domain.shop import CounterNeeded
from services.lists.files import ListFormat
from services.lists.points_exports import export_redemptions
from services.points.views import get_own_points, list_ledger
from services.shop import goods, redemptions
from services.shop.codes import make_code
from services.shop.counters import list_counters
from services.shop.goods import GoodForm
from services.shop.redemptions import RedeemForm
from tests import factories as make
from tests.points_town import NOW, PointsTown, give, make_points_town

SOON = NOW + timedelta(minutes=1)
TODAY = date(2026, 11, 30)


@pytest.fixture
def town(db: Database) -> PointsTown:
    town = make_points_town()
    give(town.person, 100)
    return town


def offer(town: PointsTown, station: int | None = None) -> int:
    return goods.add_good(town.clerk, GoodForm("理发", "service", 30, counted=False, station_id=station), NOW)


def test_it_is_recorded_where_it_was_handed_out_and_not_where_the_good_belongs(town: PointsTown) -> None:
    shop, post = make.make_station("石榴之家", area_id=town.b), make.make_station("书院驿站", area_id=town.a)
    good = offer(town, shop)
    done = redemptions.redeem(town.clerk, RedeemForm(good, 1, make_code(town.member, NOW).code, station_id=post), SOON)
    assert (done.station_id, done.station) == (post, "书院驿站")
    assert [row.station for row in redemptions.list_redemptions(town.clerk)] == ["书院驿站"]
    own = get_own_points(town.member, now=SOON)
    assert own is not None
    assert own.entries[0].about == "理发 · 书院驿站"
    assert list_ledger(town.clerk, TODAY)[-1].about == "理发 · 书院驿站"
    sheet = export_redemptions(town.clerk, Period(TODAY, TODAY), ListFormat.CSV, "zh_CN", SOON).decode("utf-8-sig")
    head, row = sheet.splitlines()[-2:]
    assert row.split(",")[head.split(",").index("发放地点")] == "书院驿站"


def test_without_a_phone_it_is_the_counter_at_which_the_member_stood(town: PointsTown) -> None:
    post = make.make_station("书院驿站", area_id=town.a)
    asked = redemptions.ask_redemption(
        town.clerk, RedeemForm(offer(town), 1, person_id=town.person, station_id=post), NOW
    )
    assert asked.station == "书院驿站"
    assert redemptions.confirm_redemption(town.second, asked.id, asked.version, SOON).station == "书院驿站"
    assert list_counters(town.second, SOON).usual == post, "the only one of the grid"


def test_where_there_are_stations_one_of_today_is_named(town: PointsTown) -> None:
    good, code = offer(town), make_code(town.member, NOW).code
    closed = make.make_station("旧站", area_id=town.a, valid_to=TODAY)
    assert redemptions.redeem(town.clerk, RedeemForm(good, 1, code), SOON).station is None, "there is none at all"
    with pytest.raises(CounterNeeded):
        redemptions.redeem(town.clerk, RedeemForm(good, 1, make_code(town.member, NOW).code, station_id=closed), SOON)
    open_one = make.make_station("新站", area_id=town.a)
    code = make_code(town.member, NOW).code
    for station in (None, closed, 99_999):
        with pytest.raises(CounterNeeded):
            redemptions.redeem(town.clerk, RedeemForm(good, 1, code, station_id=station), SOON)
        with pytest.raises(CounterNeeded):
            redemptions.ask_redemption(town.clerk, RedeemForm(good, 1, person_id=town.person, station_id=station), SOON)
    done = redemptions.redeem(town.clerk, RedeemForm(good, 1, code, station_id=open_one), SOON)
    assert done.balance == 40, "what was refused moved nothing, and the code was still good"


def test_the_usual_counter_is_the_last_one_then_the_only_one_of_the_area(town: PointsTown) -> None:
    first, other = make.make_station("甲站", area_id=town.a), make.make_station("乙站", area_id=town.b)
    found = list_counters(town.second, NOW)
    assert (found.stations, found.usual) == ({first: "甲站", other: "乙站"}, first)
    assert list_counters(town.clerk, NOW).usual is None, "two in the street"
    form = RedeemForm(offer(town), 1, make_code(town.member, NOW).code, station_id=other)
    redemptions.redeem(town.second, form, SOON)
    assert list_counters(town.second, SOON).usual == other
    assert list_counters(make.make_user(Role.GRID_LEADER, area=town.b), SOON).usual == other


def test_the_database_keeps_the_station_of_a_redemption(town: PointsTown) -> None:
    first, other = make.make_station("甲站", area_id=town.a), make.make_station("乙站", area_id=town.b)
    form = RedeemForm(offer(town), 1, make_code(town.member, NOW).code, station_id=first)
    done = redemptions.redeem(town.clerk, form, SOON)
    for value in (str(other), "NULL"):
        with pytest.raises((DBAPIError, StaleRecord)), transaction(EVERYWHERE) as session:
            session.execute(text(f"UPDATE redemptions SET station_id = {value}"))
    ended = redemptions.end_redemption(town.clerk, done.id, True, "拿错了", done.version, SOON)
    assert (ended.state, ended.station) == ("returned", "甲站")
