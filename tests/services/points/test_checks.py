"""``manage.py verify`` against a ledger that somebody changed past the triggers."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from db.session import Database, database, transaction
from domain.permissions import EVERYWHERE, SYSTEM
from services.points.months import close_month
from services.shop import goods
from services.shop.codes import make_code
from services.shop.goods import GoodForm, StockForm
from services.shop.redemptions import RedeemForm, redeem
from services.system.maintenance import verify
from tests import factories as make
from tests.points_town import NOW, give, make_points_town

_TRIGGERS = ("points_entries_no_update", "points_entries_no_delete", "points_months_no_update")


@pytest.fixture
def person(sqlite_db: Database) -> int:
    town = make_points_town()
    make.make_person("旁人")
    for month in (8, 9, 10):
        give(town.person, 40, NOW.replace(month=month, day=5), subject_id=month)
    close_month(SYSTEM, date(2026, 8, 1), NOW)
    return town.person


def tamper(*statements: str) -> None:
    with transaction(EVERYWHERE) as session:
        kept = {
            name: session.scalar(text(f"SELECT sql FROM sqlite_master WHERE name = '{name}'")) for name in _TRIGGERS
        }
        for name in kept:
            session.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            session.execute(text(statement))
        for sql in kept.values():
            session.execute(text(sql))


def faults_of(*names: str) -> list[str]:
    assert database().is_sqlite
    return [fault for check in verify(SYSTEM).checks if check.name in names for fault in check.faults]


def test_a_sound_ledger_has_no_faults(person: int) -> None:
    assert faults_of("schema", "points_ledger", "points_records", "points_shop") == []


TAMPERED: dict[str, tuple[Callable[[int], list[str]], str]] = {
    "points": (lambda _: ["UPDATE points_entries SET points = 400 WHERE id = 2"], "entry 2 or the one before"),
    "points and balance": (
        lambda _: ["UPDATE points_entries SET points = 400 WHERE id = 2", "UPDATE points_accounts SET balance = 480"],
        "entry 2 or the one before",
    ),
    "the reason": (lambda _: ["UPDATE points_entries SET subject_id = 77 WHERE id = 3"], "entry 3 or the one before"),
    "the day": (lambda _: ["UPDATE points_entries SET day = '2026-07-01' WHERE id = 2"], "entry 2 or the one before"),
    "the balance": (lambda _: ["UPDATE points_accounts SET balance = 121"], "balance 121, its entries say 120"),
    "a deleted entry": (lambda _: ["DELETE FROM points_entries WHERE id = 2"], "or the one before was altered"),
    "a cut entry": (
        lambda _: ["DELETE FROM points_entries WHERE id = 3", "UPDATE points_accounts SET balance = 80"],
        "2 entries, 3 expected",
    ),
    "a closed month": (
        lambda _: ["UPDATE points_months SET earned = 10"],
        "points month 2026-08: its entries are not those that were closed",
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_verify_finds(person: int, what: str) -> None:
    statements, fault = TAMPERED[what]
    tamper(*statements(person))
    assert any(fault in found for found in faults_of("points_ledger")), faults_of("points_ledger")


def test_verify_misses_the_triggers(person: int) -> None:
    with transaction(EVERYWHERE) as session:
        session.execute(text("DROP TRIGGER points_entries_month_open"))
    assert faults_of("schema") == ["trigger points_entries_month_open is missing"]


def test_verify_finds_an_attendance_that_was_changed(person: int) -> None:
    from services.activities import attendances

    volunteer = make.make_volunteer("实在")
    activity = make.make_activity(starts_at=NOW)
    chief = make.make_user()
    attendances.check_in(chief, activity, volunteer, now=NOW)
    view = attendances.check_out(chief, activity, volunteer, now=NOW + timedelta(hours=1))
    assert faults_of("points_records") == []
    with transaction(EVERYWHERE) as session:
        session.execute(text("UPDATE attendances SET minutes = 480"))
    assert faults_of("points_records") == [f"attendance {view.id}: its points are not those of its minutes"]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE shop_goods SET stock = 9", "shop good 1: stock 9, its movements say 4"),
        ("UPDATE redemptions SET points = 1", "redemption 1: points and stock are not those of a done one"),
        ("UPDATE redemptions SET state = 'returned'", "redemption 1: points and stock are not those of a returned one"),
    ],
)
def test_verify_finds_a_shop_that_was_changed(person: int, statement: str, fault: str) -> None:
    clerk, member = make.make_user(), make.make_user(person=person)
    good = goods.add_good(clerk, GoodForm("雨伞", "goods", 30), NOW)
    goods.receive_stock(clerk, StockForm(good, 5), NOW)
    redeem(clerk, RedeemForm(good, 1, make_code(member, NOW).code), NOW)
    assert faults_of("points_shop") == []
    with transaction(EVERYWHERE) as session:
        session.execute(text(statement))
    assert faults_of("points_shop") == [fault]
