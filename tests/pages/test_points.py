"""The page 积分: one's own points, and those of the areas one answers for."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from config.texts import catalog, text
from db.models import RedemptionCode
from db.queries.bulk import follow_ids, insert_rows
from db.session import Database, reading, transaction
from domain.clock import utc_now
from domain.permissions import EVERYWHERE, GRANTS, SYSTEM, Permission, Role
from domain.points import EarningKind
from services.activities import attendances
from services.points.earning import earn
from services.shop import goods, waits
from services.shop.goods import GoodForm, StockForm
from tests import factories as make
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from tests.points_town import PointsTown, give, make_points_town
from tests.statements import recorded

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def town(sqlite_db: Database) -> PointsTown:
    town = make_points_town()
    goods.add_good(town.clerk, GoodForm(HOSTILE, "goods", 30))
    goods.receive_stock(town.clerk, StockForm(1, 5))
    goods.add_good(town.clerk, GoodForm("药箱", "goods", 80))
    return town


def served(town: PointsTown) -> int:
    now = utc_now()
    activity = make.make_activity("义诊" + HOSTILE, starts_at=now - timedelta(hours=2), area_id=town.a)
    attendances.check_in(town.clerk, activity, town.volunteer, now=now - timedelta(hours=2))
    attendances.check_out(town.clerk, activity, town.volunteer, now=now)
    return activity


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_a_member_reads_balance_reasons_and_what_can_be_had(
    town: PointsTown, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    activity = served(town)
    member = make.make_user(Role.VOLUNTEER, area=town.a, person=town.person, locale=locale)
    shown = texts_of(page := open_page(monkeypatch, member, "points"))
    assert not page.exception
    for wanted in ("26", f'href="/activities?id={activity}"', "+24", "+2", text(locale, "points.why.earn.activity")):
        assert wanted in shown
    assert text(locale, "points.goods.missing", n=4) in shown
    assert text(locale, "points.rule.service", points=6, per=30) in shown
    assert text(locale, "points.example") in shown
    assert text(locale, "points.months") not in shown
    assert HOSTILE not in shown


def test_a_code_is_shown_once_and_kept_as_a_hash(town: PointsTown, monkeypatch: pytest.MonkeyPatch) -> None:
    page = press(open_page(monkeypatch, town.member, "points"), "points_code_make")
    code = page.session_state["points_code"].code
    assert f"{code[:3]} {code[3:]}" in texts_of(page)
    with reading(EVERYWHERE) as session:
        stored = session.scalars(select(RedemptionCode)).one()
    assert code not in stored.code_hash


def test_a_member_waits_for_what_is_out_of_stock(town: PointsTown, monkeypatch: pytest.MonkeyPatch) -> None:
    page = press(open_page(monkeypatch, town.member, "points"), "points-wait-2")
    assert said(page, "success") == [text("zh_CN", "points.wait.done", place=1)]
    assert "points-wait-1" not in keys_of(page)
    goods.receive_stock(town.clerk, StockForm(2, 1))
    page.run()
    assert text("zh_CN", "points.wait.told") in texts_of(page)
    press(page, f"points-stop-{2}")
    assert waits.list_waits(town.clerk) == []


@pytest.mark.parametrize("role", [role for role in Role if Permission.POINTS_SEE in GRANTS[role]])
def test_who_answers_for_an_area_sees_its_months_and_members(
    town: PointsTown, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    served(town)
    page = open_page(monkeypatch, make.make_user(role, area=town.a), "points")
    shown = texts_of(page)
    assert not page.exception
    assert text("zh_CN", "points.months") in shown
    assert "安宁" in shown
    page = press(page, f"points-{town.person}")
    assert "+24" in texts_of(page)
    elsewhere = open_page(monkeypatch, make.make_user(role, area=town.b), "points", id=town.person)
    assert "安宁" not in texts_of(elsewhere)
    assert said(elsewhere, "error") == [text("zh_CN", "errors.not_found")]


def test_others_may_not_open_it(town: PointsTown, monkeypatch: pytest.MonkeyPatch) -> None:
    for role in (Role.VISITOR, Role.DEPARTMENT):
        assert is_closed(open_page(monkeypatch, make.make_user(role), "points"))


def test_an_account_without_a_person_is_told_so(town: PointsTown, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(monkeypatch, make.make_user(Role.VOLUNTEER, area=town.a), "points")
    assert text("zh_CN", "points.nobody") in texts_of(page)


def add_members(first: int, last: int, area: int) -> None:
    """Members with an entry each."""
    from db.models import Person, PointsAccount, Volunteer

    with transaction(EVERYWHERE) as session:
        numbers = range(first, last)
        insert_rows(session, Person, [
            {"id": n, "name": f"员{n}", "name_key": f"yuan{n}", "is_party_member": False, "skills": "", "version": 1,
             "updated_at": utc_now(), "area_id": area} for n in numbers
        ])  # fmt: skip
        insert_rows(session, Volunteer, [
            {"person_id": n, "area_id": area, "joined_on": make.FOUNDED, "version": 1, "updated_at": utc_now()}
            for n in numbers
        ])  # fmt: skip
        insert_rows(session, PointsAccount, [
            {"person_id": n, "balance": 0, "entry_count": 0, "last_hash": ""} for n in numbers
        ])  # fmt: skip
        follow_ids(session)
        for n in list(numbers)[:20]:
            earn(session, SYSTEM, n, EarningKind.PLEDGE, "pledge", n, 2, utc_now())


def test_both_pages_ask_as_much_of_700_members_as_of_7000(town: PointsTown, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: dict[str, list[int]] = {"points": [], "shop": []}
    for first, last in ((1000, 1700), (1700, 8000)):
        add_members(first, last, town.a)
        for path, found in counts.items():
            page = open_page(monkeypatch, town.clerk, path)
            with recorded() as statements:
                page.run()
            assert not page.exception
            found.append(len(statements))
    assert counts["points"][0] == counts["points"][1] <= 10
    assert counts["shop"][0] == counts["shop"][1] <= 10


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_everything_that_brings_points_has_words(locale: str) -> None:
    known = catalog(locale)
    wanted = {f"points.{part}.{kind}" for kind in EarningKind for part in ("rule", "why.earn")}
    assert sorted(wanted - known.keys()) == []


def test_a_pledge_opens_for_those_who_may_see_it(town: PointsTown, monkeypatch: pytest.MonkeyPatch) -> None:
    give(town.person, 20, utc_now(), subject_id=7)
    member = make.make_user(Role.PARTY_MEMBER, area=town.a, person=town.person)
    assert 'href="/pledges?id=7"' in texts_of(open_page(monkeypatch, member, "points"))
