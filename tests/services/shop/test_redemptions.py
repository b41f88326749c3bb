"""Redemption: the member's say, points and stock together, giving back, waiting, a hundred at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.queries.points import find_account
from db.session import Database, reading, transaction
from domain.errors import NotFound, PermissionDenied, Refusal, StaleRecord
from domain.permissions import EVERYWHERE, SYSTEM, Actor, Role
from domain.points import PointsTooFew
from domain.shop import (
    AlreadyWaiting,
    CodeExpired,
    CodeUnknown,
    CodeUsed,
    ConfirmedByAnother,
    GoodNotOffered,
    InvalidAmount,
    KeptForWaiting,
    NotSoldOut,
    OutOfStock,
    RedemptionEnded,
    RedemptionState,
    ReturnTooLate,
    TooManyCodes,
)
from domain.texts import EmptyText
from services.points.checks import list_ledger_faults, list_shop_faults
from services.shop import goods, redemptions, waits
from services.shop.codes import forget_codes, make_code
from services.shop.goods import GoodForm, StockForm
from services.shop.redemptions import RedeemForm
from tests import factories as make
from tests.points_town import NOW, PointsTown, give, make_points_town

SOON = NOW + timedelta(minutes=1)


@pytest.fixture
def town(db: Database) -> PointsTown:
    town = make_points_town()
    give(town.person, 100)
    return town


def offer(clerk: Actor, stock: int | None = 5, price: int = 30, name: str = "雨伞") -> int:
    good = goods.add_good(clerk, GoodForm(name, "goods", price, counted=stock is not None), NOW)
    if stock:
        goods.receive_stock(clerk, StockForm(good, stock), NOW)
    return good


def balance_of(person: int) -> int:
    with reading(EVERYWHERE) as session:
        found = find_account(session, person)
    return found.balance if found else 0


def stock_of(good: int, now: datetime = NOW) -> int | None:
    return next(row.stock for row in goods.list_goods(SYSTEM, now=now) if row.id == good)


def sound() -> bool:
    with reading(EVERYWHERE) as session:
        return list_ledger_faults(session) + list_shop_faults(session) == []


def test_a_code_moves_points_and_stock_once(town: PointsTown) -> None:
    good, code = offer(town.clerk), make_code(town.member, NOW).code
    seen = redemptions.look_at_code(town.clerk, code, SOON)
    assert (seen.surname, seen.balance) == ("安", 100)
    form = RedeemForm(good, 2, f" {code[:3]} {code[3:]}", form_key="k")
    done = redemptions.redeem(town.clerk, form, SOON)
    assert (done.state, done.points, done.balance, done.surname) == ("done", 60, 40, "安")
    assert redemptions.redeem(town.clerk, form, SOON).id == done.id
    assert (balance_of(town.person), stock_of(good)) == (40, 3)
    assert sound()


def test_a_code_serves_once_for_five_minutes_and_the_newest_alone(town: PointsTown) -> None:
    good, code = offer(town.clerk, price=10), make_code(town.member, NOW).code
    redemptions.redeem(town.clerk, RedeemForm(good, 1, code), SOON)
    with pytest.raises(CodeUsed):
        redemptions.redeem(town.clerk, RedeemForm(good, 1, code), SOON)
    with pytest.raises(CodeUnknown):
        redemptions.redeem(town.clerk, RedeemForm(good, 1, "12345"), SOON)
    old = make_code(town.member, SOON).code
    make_code(town.member, SOON + timedelta(seconds=1))
    with pytest.raises(CodeExpired):
        redemptions.redeem(town.clerk, RedeemForm(good, 1, old), SOON + timedelta(seconds=2))
    late = make_code(town.member, SOON).code
    with pytest.raises(CodeExpired):
        redemptions.redeem(town.clerk, RedeemForm(good, 1, late), SOON + timedelta(minutes=5))
    assert (balance_of(town.person), stock_of(good)) == (90, 4)


def test_codes_are_erased_a_day_later(town: PointsTown) -> None:
    good, code = offer(town.clerk), make_code(town.member, NOW).code
    redemptions.redeem(town.clerk, RedeemForm(good, 1, code), SOON)
    assert forget_codes(SYSTEM, NOW + timedelta(hours=24)) == 0
    assert forget_codes(SYSTEM, NOW + timedelta(hours=25)) == 1


def test_codes_cannot_be_guessed(town: PointsTown) -> None:
    good, code = offer(town.clerk), make_code(town.member, NOW).code
    for number in range(10):
        with pytest.raises(CodeUnknown):
            redemptions.look_at_code(town.clerk, f"{number}", SOON)
    with pytest.raises(TooManyCodes):
        redemptions.redeem(town.clerk, RedeemForm(good, 1, code), SOON)
    assert redemptions.redeem(town.second, RedeemForm(good, 1, code), SOON).balance == 70


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        (RedeemForm(0, 4), PointsTooFew),
        (RedeemForm(0, 6), OutOfStock),
        (RedeemForm(0, 0), InvalidAmount),
        (RedeemForm(0, -1), InvalidAmount),
        (RedeemForm(99, 1), NotFound),
    ],
)
def test_nothing_moves_when_refused(town: PointsTown, form: RedeemForm, refusal: type[Refusal]) -> None:
    good, code = offer(town.clerk), make_code(town.member, NOW).code
    with pytest.raises(refusal):
        redemptions.redeem(town.clerk, replace(form, good_id=form.good_id or good, code=code), SOON)
    assert (balance_of(town.person), stock_of(good)) == (100, 5)
    assert redemptions.redeem(town.clerk, RedeemForm(good, 1, code), SOON).balance == 70, "the code is still good"


def test_what_was_taken_off_the_list_is_not_redeemed(town: PointsTown) -> None:
    good, code = offer(town.clerk), make_code(town.member, NOW).code
    goods.edit_good(town.clerk, good, GoodForm("雨伞", "goods", 30, is_offered=False), 1, NOW)
    with pytest.raises(GoodNotOffered):
        redemptions.redeem(town.clerk, RedeemForm(good, 1, code), SOON)
    assert [row.id for row in goods.list_goods(town.clerk)] == []
    assert [row.id for row in goods.list_goods(town.clerk, offered=False)] == [good]


def test_nobody_redeems_their_own_code(town: PointsTown) -> None:
    good = offer(town.clerk)
    keeper = make.make_user(Role.GRID_LEADER, area=town.a, person=town.person)
    with pytest.raises(ConfirmedByAnother):
        redemptions.redeem(keeper, RedeemForm(good, 1, make_code(keeper, NOW).code), SOON)


def test_without_a_phone_a_second_person_confirms(town: PointsTown) -> None:
    good = offer(town.clerk)
    asked = redemptions.ask_redemption(town.clerk, RedeemForm(good, 1, person_id=town.person), NOW)
    assert (asked.state, balance_of(town.person), stock_of(good)) == ("waiting", 100, 5)
    with pytest.raises(ConfirmedByAnother):
        redemptions.confirm_redemption(town.clerk, asked.id, asked.version, SOON)
    keeper = make.make_user(Role.GRID_LEADER, area=town.a, person=town.person)
    with pytest.raises(ConfirmedByAnother):
        redemptions.confirm_redemption(keeper, asked.id, asked.version, SOON)
    elsewhere = make.make_user(Role.GRID_LEADER, area=town.b)
    with pytest.raises(NotFound):
        redemptions.confirm_redemption(elsewhere, asked.id, asked.version, SOON)
    with pytest.raises(NotFound):
        redemptions.ask_redemption(elsewhere, RedeemForm(good, 1, person_id=town.person), NOW)
    done = redemptions.confirm_redemption(town.second, asked.id, asked.version, SOON)
    assert (done.state, done.balance, stock_of(good)) == ("done", 70, 4)
    with pytest.raises(StaleRecord):
        redemptions.confirm_redemption(town.second, asked.id, asked.version, SOON)
    with pytest.raises(RedemptionEnded):
        redemptions.confirm_redemption(town.second, asked.id, done.version, SOON)
    assert sound()


def test_one_that_waits_is_turned_down_without_a_trace(town: PointsTown) -> None:
    good = offer(town.clerk)
    asked = redemptions.ask_redemption(town.clerk, RedeemForm(good, 1, person_id=town.person), NOW)
    ended = redemptions.end_redemption(town.second, asked.id, True, "人不在", asked.version, SOON)
    assert (ended.state, ended.balance, stock_of(good)) == ("cancelled", 100, 5)
    assert sound()


def redeemed(town: PointsTown, good: int) -> redemptions.RedemptionView:
    return redemptions.redeem(town.clerk, RedeemForm(good, 1, make_code(town.member, NOW).code), SOON)


@pytest.mark.parametrize(("returned", "state"), [(True, "returned"), (False, "cancelled")])
def test_points_and_stock_come_back(town: PointsTown, returned: bool, state: str) -> None:
    good = offer(town.clerk)
    done = redeemed(town, good)
    with pytest.raises(EmptyText):
        redemptions.end_redemption(town.clerk, done.id, returned, " ", done.version, SOON)
    ended = redemptions.end_redemption(town.clerk, done.id, returned, "拿错了", done.version, SOON)
    assert (ended.state, ended.balance, stock_of(good)) == (state, 100, 5)
    with pytest.raises(RedemptionEnded):
        redemptions.end_redemption(town.clerk, done.id, returned, "再退", ended.version, SOON)
    assert sound()


def test_nobody_gives_points_back_to_oneself(town: PointsTown) -> None:
    good = offer(town.clerk)
    done = redeemed(town, good)
    herself = make.make_user(Role.GRID_LEADER, area=town.a, person=town.person)
    with pytest.raises(ConfirmedByAnother):
        redemptions.end_redemption(herself, done.id, True, "退回", done.version, SOON)
    assert (balance_of(town.person), stock_of(good)) == (70, 4)


def test_after_the_days_of_the_profile_nothing_is_given_back(town: PointsTown) -> None:
    good = offer(town.clerk)
    done = redeemed(town, good)
    with pytest.raises(ReturnTooLate):
        redemptions.end_redemption(town.clerk, done.id, True, "太晚", done.version, SOON + timedelta(days=7, seconds=1))
    assert balance_of(town.person) == 70


def test_a_service_has_no_stock(town: PointsTown) -> None:
    good = offer(town.clerk, stock=None)
    assert redeemed(town, good).balance == 70
    assert stock_of(good) is None
    with pytest.raises(InvalidAmount):
        goods.receive_stock(town.clerk, StockForm(good, 5), NOW)
    assert sound()


def test_stock_comes_in_once_and_never_falls_below_zero(town: PointsTown) -> None:
    good = offer(town.clerk, stock=0)
    form = StockForm(good, 3, "街角超市", form_key="k")
    assert goods.receive_stock(town.clerk, form, NOW) == 3
    assert goods.receive_stock(town.clerk, form, NOW) == 3
    with pytest.raises(OutOfStock):
        goods.write_off(town.clerk, StockForm(good, 4, note="受潮"), NOW)
    with pytest.raises(EmptyText):
        goods.write_off(town.clerk, StockForm(good, 1), NOW)
    for quantity in (0, -1, 10_000):
        with pytest.raises(InvalidAmount):
            goods.receive_stock(town.clerk, StockForm(good, quantity), NOW)
    assert goods.write_off(town.clerk, StockForm(good, 1, note="受潮"), NOW) == 2
    found = [(row.kind, row.change, row.donor, row.note) for row in goods.list_movements(town.clerk)]
    assert found == [("written_off", -1, "", "受潮"), ("donated", 3, "街角超市", "")]
    assert sound()


@pytest.mark.parametrize("change", ["stock = -1", "stock = stock - 6", "price = 0"])
def test_the_database_itself_refuses_stock_below_zero(town: PointsTown, change: str) -> None:
    good = offer(town.clerk)
    with pytest.raises((DBAPIError, StaleRecord)), transaction(EVERYWHERE) as session:
        session.execute(text(f"UPDATE shop_goods SET {change}"))
    assert stock_of(good) == 5


def another(town: PointsTown, name: str, points: int = 100) -> Actor:
    person = make.make_person(name, area=town.a)
    give(person, points)
    return make.make_user(Role.VOLUNTEER, area=town.a, person=person)


def test_who_waited_longest_is_told_and_kept_for(town: PointsTown) -> None:
    good, later = offer(town.clerk, stock=0), another(town, "李实")
    assert waits.wait_for(town.member, good, now=NOW) == 1
    with pytest.raises(AlreadyWaiting):
        waits.wait_for(town.member, good, now=NOW)
    assert waits.wait_for(later, good, now=SOON) == 2
    elsewhere = make.make_user(Role.GRID_LEADER, area=town.b)
    away = make.make_person("钱多", area=town.b)
    waits.wait_for(elsewhere, good, away, SOON)
    assert [(row.person, row.place) for row in waits.list_waits(elsewhere)] == [("钱多", 3)]
    goods.receive_stock(town.clerk, StockForm(good, 1), SOON)
    assert [(row.person, row.told_at is not None) for row in waits.list_waits(town.clerk)] == [
        ("安宁", True), ("李实", False), ("钱多", False)
    ]  # fmt: skip
    with pytest.raises(KeptForWaiting):
        redemptions.redeem(town.clerk, RedeemForm(good, 1, make_code(later, SOON).code), SOON)
    assert redemptions.redeem(town.clerk, RedeemForm(good, 1, make_code(town.member, SOON).code), SOON).balance == 70
    assert [(row.person, row.place) for row in waits.list_waits(town.clerk)] == [("李实", 1), ("钱多", 2)]


def test_what_was_kept_for_too_long_goes_to_the_next(town: PointsTown) -> None:
    good, later = offer(town.clerk, stock=0), another(town, "李实")
    waits.wait_for(town.member, good, now=NOW)
    waits.wait_for(later, good, now=SOON)
    goods.receive_stock(town.clerk, StockForm(good, 1), SOON)
    after = SOON + timedelta(days=7, minutes=1)
    assert waits.tell_all(SYSTEM, SOON) == 0
    assert waits.tell_all(SYSTEM, after) == 1
    assert [(row.person, row.told_at) for row in waits.list_waits(town.clerk)] == [("李实", after)]
    with pytest.raises(NotSoldOut):
        waits.wait_for(town.member, offer(town.clerk, name="抽纸"), now=after)


def test_who_waits_no_longer_makes_room(town: PointsTown) -> None:
    good, later = offer(town.clerk, stock=0), another(town, "李实")
    waits.wait_for(town.member, good, now=NOW)
    waits.wait_for(later, good, now=SOON)
    goods.receive_stock(town.clerk, StockForm(good, 1), SOON)
    first = waits.list_waits(town.clerk)[0]
    with pytest.raises(NotFound):
        waits.stop_waiting(later, first.id, SOON)
    waits.stop_waiting(town.member, first.id, SOON)
    assert [(row.person, row.told_at) for row in waits.list_waits(town.clerk)] == [("李实", SOON)]


def test_a_clerk_puts_a_member_of_the_area_on_the_list(town: PointsTown) -> None:
    good = offer(town.clerk, stock=0)
    assert waits.wait_for(town.second, good, town.person, NOW) == 1
    with pytest.raises(PermissionDenied):
        waits.wait_for(another(town, "李实"), good, town.person, NOW)
    with pytest.raises(NotFound):
        waits.wait_for(make.make_user(Role.GRID_LEADER, area=town.b), good, town.person, NOW)


def test_a_price_and_a_name_are_checked(town: PointsTown) -> None:
    with pytest.raises(EmptyText):
        goods.add_good(town.clerk, GoodForm(" ", "goods", 30), NOW)
    for price in (0, -5, 10_000):
        with pytest.raises(InvalidAmount):
            goods.add_good(town.clerk, GoodForm("伞", "goods", price), NOW)
    form = GoodForm("伞", "goods", 30, form_key="k")
    assert goods.add_good(town.clerk, form, NOW) == goods.add_good(town.clerk, form, NOW)
    with pytest.raises(StaleRecord):
        goods.edit_good(town.clerk, 1, form, 7, NOW)


def at_once(calls: list[Callable[[], object]]) -> Counter[str]:
    gate = Barrier(len(calls))

    def run(call: Callable[[], object]) -> str:
        gate.wait(60)
        try:
            call()
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(run, calls))


def test_a_hundred_at_once_get_the_ten_that_are_there(town: PointsTown) -> None:
    good = offer(town.clerk, stock=10)
    codes = [make_code(another(town, f"员{number}", 30), NOW).code for number in range(100)]
    found = at_once(
        [lambda code=code: redemptions.redeem(town.clerk, RedeemForm(good, 1, code), SOON) for code in codes]
    )
    assert found == {"done": 10, "out_of_stock": 90}
    assert stock_of(good) == 0
    assert len(redemptions.list_redemptions(SYSTEM, RedemptionState.DONE, 200)) == 10
    assert sound()


def test_one_balance_is_spent_once_when_two_stations_redeem_at_once(town: PointsTown) -> None:
    both = [offer(town.clerk, price=80, name=name) for name in ("米", "油")]
    asked = [redemptions.ask_redemption(town.clerk, RedeemForm(good, 1, person_id=town.person), NOW) for good in both]
    found = at_once(
        [lambda row=row: redemptions.confirm_redemption(town.second, row.id, row.version, SOON) for row in asked]
    )
    assert found == {"done": 1, "points_too_few": 1}
    assert balance_of(town.person) == 20
    code = make_code(town.member, SOON).code
    cheap = offer(town.clerk, price=10, name="皂")
    used = at_once([lambda: redemptions.redeem(town.clerk, RedeemForm(cheap, 1, code), SOON)] * 6)
    assert used == {"done": 1, "code_used": 5}
    assert sound()


def test_guessing_with_many_hands_at_once_is_no_quicker(town: PointsTown) -> None:
    tries = [lambda n=number: redemptions.look_at_code(town.clerk, f"{n:06d}", NOW) for number in range(30)]
    assert at_once(tries) == {CodeUnknown.code: 10, TooManyCodes.code: 20}
    good, code = offer(town.clerk), make_code(town.member, NOW).code
    with pytest.raises(TooManyCodes):
        redemptions.redeem(town.clerk, RedeemForm(good, 1, code), NOW)
    assert redemptions.redeem(town.second, RedeemForm(good, 1, code), NOW).balance == 70
