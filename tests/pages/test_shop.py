"""The page 积分兑换 as a clerk uses it at the counter."""

import pytest
from streamlit.testing.v1 import AppTest

from config.texts import text
from db.session import Database
from domain.permissions import Role
from domain.shop import RedemptionState
from services.points.views import get_points_of
from services.shop import goods, redemptions, waits
from services.shop.codes import make_code
from services.shop.goods import GoodForm, StockForm
from services.shop.redemptions import RedeemForm
from tests import factories as make
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from tests.points_town import PointsTown, give, make_points_town


@pytest.fixture
def town(sqlite_db: Database) -> PointsTown:
    town = make_points_town()
    give(town.person, 100)
    for name, price, stock in (("雨伞<b>", 30, 5), ("大米", 120, 2)):
        number = goods.add_good(town.clerk, GoodForm(name, "goods", price))
        goods.receive_stock(town.clerk, StockForm(number, stock, "街角超市"))
    return town


def choose(page: AppTest, good: int, round: int = 0) -> AppTest:
    return page.button_group(key=f"shop_{round}_good").set_value(good).run()


def balance(town: PointsTown) -> int:
    return get_points_of(town.clerk, town.person).balance


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_a_redemption_takes_a_good_a_code_and_one_press(
    town: PointsTown, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    clerk = make.make_user(Role.GRID_LEADER, area=town.a, locale=locale)
    page = open_page(monkeypatch, clerk, "shop")
    assert not page.exception
    assert page.button(key="shop_redeem").disabled
    choose(page, 1)
    page.text_input(key="shop_0_code").input(make_code(town.member).code).run()
    shown = texts_of(page)
    assert text(locale, "shop.member", surname="安") in shown
    assert "安宁" not in shown
    assert "雨伞<b>" not in "".join(element.proto.body for element in page.get("html"))
    press(page, "shop_redeem")
    assert len(said(page, "success")) == 1
    assert balance(town) == 70
    assert page.text_input(key="shop_1_code").value == ""
    assert text(locale, "shop.state.done") in texts_of(page)


def test_a_wrong_code_and_a_small_balance_are_said(town: PointsTown, monkeypatch: pytest.MonkeyPatch) -> None:
    page = choose(open_page(monkeypatch, town.clerk, "shop"), 2)
    page.text_input(key="shop_0_code").input("000000").run()
    assert said(page, "error") == [text("zh_CN", "errors.code_unknown")]
    assert page.button(key="shop_redeem").disabled
    page.text_input(key="shop_0_code").input(make_code(town.member).code).run()
    press(page, "shop_redeem")
    assert said(page, "error") == [text("zh_CN", "errors.points_too_few", balance=100, points=120)]
    assert balance(town) == 100


def test_without_a_phone_two_members_of_staff_do_it(town: PointsTown, monkeypatch: pytest.MonkeyPatch) -> None:
    page = choose(open_page(monkeypatch, town.clerk, "shop"), 1)
    page.text_input(key="shop_0_search").input("安").run()
    page.radio(key="shop_0_person").set_value(town.person).run()
    press(page, "shop_ask")
    assert said(page, "success") == [text("zh_CN", "shop.done.asked", surname="安")]
    (asked,) = redemptions.list_redemptions(town.clerk, RedemptionState.WAITING)
    assert f"shop-yes-{asked.id}" not in keys_of(page)
    assert "安宁" in texts_of(open_page(monkeypatch, town.second, "shop"))
    second = press(open_page(monkeypatch, town.second, "shop"), f"shop-yes-{asked.id}")
    assert len(said(second, "success")) == 1
    assert balance(town) == 70


def test_a_redemption_is_given_back_with_a_reason(town: PointsTown, monkeypatch: pytest.MonkeyPatch) -> None:
    done = redemptions.redeem(town.clerk, RedeemForm(1, 1, make_code(town.member).code))
    page = press(open_page(monkeypatch, town.clerk, "shop"), f"shop-returned-{done.id}")
    assert said(page, "error") == [text("zh_CN", "errors.empty_text", field=text("zh_CN", "fields.end_reason"))]
    page.text_input(key=f"shop-why-{done.id}").input("拿错了").run()
    press(page, f"shop-returned-{done.id}")
    assert said(page, "success") == [text("zh_CN", "shop.done.ended")]
    assert balance(town) == 100
    assert "拿错了" in texts_of(page)


def test_stock_comes_in_and_goods_are_offered(town: PointsTown, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(monkeypatch, town.clerk, "shop")
    page.number_input(key="stock_0_in-n").set_value(7).run()
    page.text_input(key="stock_0_in-donor").input("社区医院").run()
    press(page, "stock_0_in-save")
    assert said(page, "success") == [text("zh_CN", "shop.done.received", stock=12)]
    assert "社区医院" in texts_of(page)
    page.text_input(key="stock_1_offer-0-name").input("理发").run()
    page.checkbox(key="stock_1_offer-0-counted").set_value(False).run()
    press(page, "stock_1_offer-save")
    assert [good.name for good in goods.list_goods(town.clerk)] == ["雨伞<b>", "理发", "大米"]


def test_only_who_may_offers_and_only_staff_opens_it(town: PointsTown, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "stock_0_offer-save" not in keys_of(open_page(monkeypatch, town.second, "shop"))
    for role in (Role.VISITOR, Role.VOLUNTEER, Role.PARTY_MEMBER, Role.DEPARTMENT):
        assert is_closed(open_page(monkeypatch, make.make_user(role, area=town.a), "shop"))


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_queues_say_whose_they_are_and_where_the_good_is(
    town: PointsTown, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    station = make.make_station("红石榴驿站", area_id=town.a)
    tea = goods.add_good(town.clerk, GoodForm("茶叶", "goods", 10, station_id=station))
    waits.wait_for(town.clerk, tea, town.person)
    goods.receive_stock(town.clerk, StockForm(tea, 3, "茶庄"))
    redemptions.ask_redemption(town.second, RedeemForm(tea, 1, person_id=town.person, station_id=station))
    of_grid = text(locale, "shop.scope.area", area="甲网格")
    shown = texts_of(open_page(monkeypatch, make.make_user(Role.GRID_LEADER, area=town.a, locale=locale), "shop"))
    assert text(locale, "shop.scope.and_own", of=of_grid) in shown
    assert shown.count("· 红石榴驿站") == 2
    everywhere = texts_of(open_page(monkeypatch, make.make_user(Role.COMMAND_CENTRE, locale=locale), "shop"))
    assert text(locale, "shop.scope.street") in everywhere
    nowhere = texts_of(open_page(monkeypatch, make.make_user(Role.GRID_LEADER, locale=locale), "shop"))
    assert text(locale, "shop.scope.none") in nowhere
    assert "shop." not in shown + everywhere + nowhere


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_counter_is_said_before_and_stays_for_the_next_member(
    town: PointsTown, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    make.make_station("石榴之家", area_id=town.b)
    post = make.make_station("书院驿站", area_id=town.b)
    clerk = make.make_user(Role.GRID_LEADER, area=town.a, locale=locale)
    page = choose(open_page(monkeypatch, clerk, "shop"), 1)
    page.text_input(key="shop_0_code").input(make_code(town.member).code).run()
    press(page, "shop_redeem")
    assert said(page, "error") == [text(locale, "errors.counter_needed")]
    page.selectbox(key="shop_counter").set_value(post).run()
    press(page, "shop_redeem")
    assert [row.station for row in redemptions.list_redemptions(town.clerk)] == ["书院驿站"]
    assert page.selectbox(key="shop_counter").value == post
    assert "书院驿站" in texts_of(page)
    again = open_page(monkeypatch, clerk, "shop")
    assert again.selectbox(key="shop_counter").value == post
    assert get_points_of(town.clerk, town.person).entries[0].about == "雨伞<b> · 书院驿站"


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_table_counts_the_street_and_the_queue_says_how_many_it_leaves_out(
    town: PointsTown, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    gone = goods.add_good(town.clerk, GoodForm("茶叶", "goods", 10))
    for person in (town.person, make.make_person("钱多", area=town.b)):
        waits.wait_for(make.make_user(Role.COMMAND_CENTRE), gone, person)
    shown = texts_of(open_page(monkeypatch, make.make_user(Role.GRID_LEADER, area=town.a, locale=locale), "shop"))
    of_grid = text(locale, "shop.scope.area", area="甲网格")
    assert text(locale, "shop.waits.of", of=of_grid, n=2) in shown
    assert text(locale, "shop.goods.scope") in shown
    everywhere = texts_of(open_page(monkeypatch, make.make_user(Role.COMMAND_CENTRE, locale=locale), "shop"))
    assert text(locale, "shop.waits.of", of=text(locale, "shop.scope.street"), n=2) not in everywhere
