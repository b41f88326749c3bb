"""轮值 as its roles use it: made by a secretary, done by a press, in both languages."""

from datetime import timedelta
from typing import Any

import pytest

from config.texts import text
from db.session import Database
from domain.clock import local_date, utc_now
from domain.permissions import GRANTS, Permission, Role
from domain.rotas import Absence, DutyState
from services.rotas.plans import RotaForm, get_rota_card, list_rotas, make_rota, remake_rota
from tests.factories import make_person, make_user
from tests.incident_town import IN_A, Street, make_street
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from ui.components.map import MapClick


@pytest.fixture
def seen(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def take_click(_key: str) -> MapClick | None:
        place = found.pop("click", None)
        return MapClick(*place, 16, None, None) if place else None

    monkeypatch.setattr("ui.components.map.show_map", lambda spec, key, height, wish=None: None)
    monkeypatch.setattr("ui.components.map.take_click", take_click)
    return found


@pytest.fixture
def street(seen: dict[str, Any]) -> Street:
    return make_street()


def rota_of(street: Street, *people: int) -> int:
    today = local_date(utc_now())
    form = RotaForm("夜间巡逻", street.grid_a, people, today - timedelta(days=1), today + timedelta(days=4))
    return make_rota(street.secretary, form)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", [role for role in Role if Permission.ROTA_SEE in GRANTS[role]])
def test_each_role_opens_the_page_empty_and_filled(
    street: Street, monkeypatch: pytest.MonkeyPatch, role: Role, locale: str
) -> None:
    actor = make_user(role, area=street.grid_a, locale=locale)
    page = open_page(monkeypatch, actor, "rotas")
    assert not page.exception
    assert text(locale, "rotas.none") in texts_of(page)
    rota_of(street, make_person("张安", area=street.grid_a), make_person("李平", area=street.grid_a))
    page = open_page(monkeypatch, actor, "rotas")
    assert not page.exception
    shown = texts_of(page)
    assert "张安" in shown
    assert text(locale, "rotas.missed", n=1) in shown
    assert ("rota_make" in keys_of(page)) is (Permission.ROTA_EDIT in GRANTS[role])


@pytest.mark.parametrize("role", [role for role in Role if Permission.ROTA_SEE not in GRANTS[role]])
def test_a_role_that_may_not_see_is_told(street: Street, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    assert is_closed(open_page(monkeypatch, make_user(role), "rotas"))


def test_a_duty_is_done_in_two_presses(street: Street, monkeypatch: pytest.MonkeyPatch, seen: dict[str, Any]) -> None:
    person = make_person("张安", area=street.grid_a)
    member = make_user(Role.PARTY_MEMBER, area=street.grid_a, person=person)
    rota = rota_of(street, person)
    duty = get_rota_card(member, rota).duties[1]
    page = press(open_page(monkeypatch, member, "rotas"), f"rota_done_{duty.id}")
    assert text("zh_CN", "errors.missing_place") in said(page, "error")
    seen["click"] = IN_A
    press(page.run(), f"rota_done_{duty.id}")
    assert get_rota_card(member, rota).duties[1].state is DutyState.DONE


def test_a_rota_of_nobody_is_refused_in_words(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    page = press(open_page(monkeypatch, street.secretary, "rotas"), "rota_make")
    assert said(page, "error")
    assert list_rotas(street.secretary) == []


@pytest.mark.parametrize("week", ["9999-12-31", "0001-01-01", "soon"])
def test_a_week_that_no_calendar_reaches_is_none(street: Street, monkeypatch: pytest.MonkeyPatch, week: str) -> None:
    rota_of(street, make_person("张安", area=street.grid_a))
    page = open_page(monkeypatch, street.secretary, "rotas", week=week)
    assert not page.exception
    assert "张安" in texts_of(page)


def test_a_member_of_a_grid_asks_for_a_swap_on_the_rota_of_the_community(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [make_person(name, area=street.grid_a) for name in ("张安", "李平")]
    member = make_user(Role.PARTY_MEMBER, area=street.grid_a, person=people[0])
    today = local_date(utc_now())
    form = RotaForm("社区巡逻", street.community, tuple(people), today, today + timedelta(days=3))
    rota = make_rota(street.secretary, form)
    page = press(open_page(monkeypatch, member, "rotas"), "rota_ask")
    assert said(page, "success") == [text("zh_CN", "rotas.swap.asked")]
    assert [swap.asked_by for swap in get_rota_card(member, rota).swaps] == [people[0]]


def test_only_those_on_the_rota_can_be_away_and_who_is_taken_off_takes_the_absence_along(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [make_person(name, area=street.grid_a) for name in ("张安", "李平")]
    make_person("丁未", area=street.grid_a)
    rota = rota_of(street, *people)
    today = local_date(utc_now())
    card = get_rota_card(street.secretary, rota)
    form = RotaForm(
        card.rota.name, street.grid_a, tuple(people), card.rota.starts_on, card.rota.ends_on,
        absences=((people[1], Absence(today, today)),),
    )  # fmt: skip
    remake_rota(street.secretary, rota, card.rota.version, form)
    page = open_page(monkeypatch, street.secretary, "rotas")
    key = f"rota_{rota}_{card.rota.version + 1}"
    assert page.selectbox(key=f"{key}_away").options == ["张安", "李平"], [one.key for one in page.selectbox]
    page.multiselect(key=f"{key}_people").unselect(people[1]).run()
    assert not page.exception
    assert page.selectbox(key=f"{key}_away").options == ["张安"]
    press(page, "rota_remake")
    assert get_rota_card(street.secretary, rota).absences == {}
