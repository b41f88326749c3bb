"""Whatever happens in whatever order: all accounts hold 0 together, each balance is its entries, none falls below 0."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.queries import points as rows
from db.session import Database, reading, transaction
from domain.errors import Refusal
from domain.permissions import EVERYWHERE, SYSTEM
from domain.points import EarningKind
from services.points.checks import list_ledger_faults, list_shop_faults
from services.points.earning import Record, settle
from services.points.expiry import expire_points
from services.points.months import close_month
from services.shop import goods, redemptions
from services.shop.codes import make_code
from services.shop.goods import GoodForm, StockForm
from services.shop.redemptions import RedeemForm
from tests.points_town import NOW, PointsTown, make_points_town


@dataclass
class World:
    """A member, a good, and what was redeemed; time goes on with each step."""

    town: PointsTown
    good: int
    now: datetime = NOW
    done: list[int] = field(default_factory=list)

    def record(self, number: int, amount: int) -> None:
        """A record that says so much now, 0 for nothing."""
        quantities = {EarningKind.SERVICE: amount * 30, EarningKind.VISIT: 1} if amount else {}
        with transaction(EVERYWHERE) as session:
            at = self.now - timedelta(days=number)
            settle(session, SYSTEM, Record("visit", number, self.town.person, at, quantities), self.now)

    def redeem(self, number: int, amount: int) -> None:
        form = RedeemForm(self.good, amount, make_code(self.town.member, self.now).code)
        self.done.append(redemptions.redeem(self.town.clerk, form, self.now).id)

    def give_back(self, number: int, amount: int) -> None:
        if self.done:
            redemption = self.done[number % len(self.done)]
            redemptions.end_redemption(self.town.clerk, redemption, amount > 1, "退", 1, self.now)

    def expire(self, number: int, amount: int) -> None:
        self.now += timedelta(days=200 * amount)
        expire_points(SYSTEM, now=self.now)

    def close(self, number: int, amount: int) -> None:
        self.now += timedelta(days=20)
        close_month(SYSTEM, None, self.now)

    def receive(self, number: int, amount: int) -> None:
        goods.receive_stock(self.town.clerk, StockForm(self.good, amount + 1), self.now)


STEPS: tuple[Callable[[World, int, int], None], ...] = (
    World.record, World.record, World.redeem, World.redeem, World.give_back, World.expire, World.close, World.receive,
)  # fmt: skip
_made: dict[str, World] = {}


@pytest.fixture
def town(sqlite_db: Database) -> PointsTown:
    _made.clear()
    return make_points_town()


@settings(
    max_examples=25, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 6), st.integers(0, 6)), max_size=10))
def test_the_ledger_balances_whatever_happens(
    town: PointsTown, steps: list[tuple[Callable[[World, int, int], None], int, int]]
) -> None:
    world = _made.setdefault("world", World(town, goods.add_good(town.clerk, GoodForm("伞", "goods", 7), NOW)))
    for step, number, amount in steps:
        with suppress(Refusal):
            step(world, number, amount)
        with reading(EVERYWHERE) as session:
            assert all(account.balance >= 0 for account in rows.list_accounts(session))
    with reading(EVERYWHERE) as session:
        assert list_ledger_faults(session) + list_shop_faults(session) == []
