"""Tariff, cap, expiry, accounting days, the chain of a member's entries."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.profiles import PROFILE_KEYS, load_profile
from domain import points as rules
from domain.points import EarningKind, Entry, EntryKind, Rule, Tariff
from domain.shop import (
    CodeExpired,
    CodeUnknown,
    CodeUsed,
    InvalidAmount,
    KeptForWaiting,
    OutOfStock,
    check_code,
    check_stock,
)

OLD = Tariff(date(2024, 1, 1), (Rule(EarningKind.SERVICE, 5, 30), Rule(EarningKind.VISIT, 3)))
NEW = Tariff(date(2026, 7, 1), (Rule(EarningKind.SERVICE, 6, 30),))
NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
ENTRY = Entry(7, EntryKind.EARN, rules.ISSUED, 7, 24, date(2026, 11, 3), NOW, "attendance", 5, "service", 120)


def test_the_version_of_the_day_holds() -> None:
    assert rules.tariff_on((NEW, OLD), date(2026, 6, 30)) == OLD
    assert rules.tariff_on((OLD, NEW), date(2026, 7, 1)) == NEW
    assert rules.tariff_on((OLD, NEW), date(2023, 12, 31)) is None


@pytest.mark.parametrize(("minutes", "points"), [(0, 0), (29, 0), (30, 6), (59, 6), (120, 24), (-5, 0)])
def test_full_units_count(minutes: int, points: int) -> None:
    assert rules.points_for(NEW, EarningKind.SERVICE, minutes) == points


def test_a_kind_without_a_rule_and_a_day_without_a_tariff_bring_nothing() -> None:
    assert rules.points_for(NEW, EarningKind.VISIT, 3) == 0
    assert rules.points_for(None, EarningKind.SERVICE, 300) == 0


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 300))
def test_a_month_never_takes_more_than_its_cap(points: int, earned: int, cap: int) -> None:
    taken = rules.capped(points, earned, cap)
    assert 0 <= taken <= points
    assert taken == 0 or earned + taken <= cap


def test_an_entry_of_a_closed_month_counts_today() -> None:
    today, closed = date(2026, 11, 20), date(2026, 10, 31)
    assert rules.accounting_day(date(2026, 10, 5), today, closed) == today
    assert rules.accounting_day(date(2026, 11, 5), today, closed) == date(2026, 11, 5)
    assert rules.accounting_day(date(2026, 10, 5), today, None) == date(2026, 10, 5)


@pytest.mark.parametrize(
    ("today", "months", "before"),
    [
        (date(2026, 11, 30), 24, date(2024, 11, 30)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
    ],
)
def test_points_expire_so_many_months_later(today: date, months: int, before: date) -> None:
    assert rules.expiry_day(today, months) == before


def test_the_oldest_points_go_first() -> None:
    assert rules.expiring(earned=100, gone=0) == 100
    assert rules.expiring(earned=100, gone=60) == 40
    assert rules.expiring(earned=100, gone=140) == 0


def test_every_word_of_an_entry_is_in_its_hash() -> None:
    digest = rules.entry_hash("", ENTRY)
    changes = {
        "points": 25, "day": date(2026, 11, 4), "at": NOW + timedelta(microseconds=1), "subject_id": 6, "note": "x",
        "quantity": None, "tariff": date(2026, 7, 1), "turn": 1, "by": 3, "part": "visit", "reverses_id": 2,
        "from_id": -2, "kind": EntryKind.REVERSE, "subject": "visit", "to_id": 8, "account_id": 8,
    }  # fmt: skip
    assert changes.keys() == vars(ENTRY).keys()
    for name, value in changes.items():
        assert rules.entry_hash("", replace(ENTRY, **{name: value})) != digest, name
    assert rules.entry_hash("other", ENTRY) != digest


def test_a_code_serves_once_and_for_five_minutes() -> None:
    check_code((NOW + timedelta(seconds=1), None), NOW)
    with pytest.raises(CodeUnknown):
        check_code(None, NOW)
    with pytest.raises(CodeExpired):
        check_code((NOW, None), NOW)
    with pytest.raises(CodeUsed):
        check_code((NOW + timedelta(minutes=5), NOW), NOW)


def test_stock_is_enough_or_not() -> None:
    check_stock("伞", None, 0, 99)
    check_stock("伞", 3, 2, 1)
    with pytest.raises(OutOfStock):
        check_stock("伞", 3, 0, 4)
    with pytest.raises(KeptForWaiting):
        check_stock("伞", 3, 2, 2)
    for quantity in (0, -1, 100):
        with pytest.raises(InvalidAmount):
            check_stock("伞", 3, 0, quantity)


@pytest.mark.parametrize("key", PROFILE_KEYS)
def test_no_system_states_its_tariff(key: str) -> None:
    profile = load_profile(key)
    assert all(version.is_example and all(rule.is_example for rule in version.rules) for version in profile.tariffs)
    assert profile.points.name.is_example == (key not in ("linfeng", "wanli"))
    assert {rule.kind for version in profile.tariffs for rule in version.rules} == set(EarningKind)
