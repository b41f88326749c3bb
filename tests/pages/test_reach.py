"""站点覆盖 as its roles use it: empty, filled, wrong addresses, sites, a refused role, both languages."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from config.texts import text
from db.models import Area
from db.session import Database, transaction
from domain.permissions import EVERYWHERE, Role
from tests.factories import make_station, make_user
from tests.incident_town import IN_A, IN_B, Street, make_street
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from tests.statements import recorded
from ui.components.map import MapClick
from ui.components.reach_map import MAP


@pytest.fixture
def street(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> Street:
    monkeypatch.setattr("ui.components.map.show_map", lambda *_args, **_values: None)
    street = make_street(households=100)
    with transaction(EVERYWHERE) as session:
        session.get_one(Area, street.grid_b).households = 30
    return street


def station(street: Street, **values: object) -> int:
    return make_station(lon=IN_A[0], lat=IN_A[1], area_id=street.grid_a, **values)


def words_of(page: AppTest) -> str:
    return re.sub(r"<[^>]+>", " ", texts_of(page))


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_figures_stand_with_numerator_and_denominator(
    street: Street, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    station(street)
    page = open_page(monkeypatch, make_user(Role.COMMAND_CENTRE, locale=locale), "reach")
    assert not page.exception
    shown = words_of(page)
    assert text(locale, "reach.figure.of", reached=100, total=130) in shown
    assert "76.9" in shown
    assert "100 / 100" in shown
    assert "0 / 30" in shown
    assert text(locale, "reach.how.by_area", areas=2, n=130) in shown


def test_who_has_an_area_is_told_that_stations_outside_count_too(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    station(street)
    near = text("zh_CN", "reach.figure.near")
    assert near in words_of(open_page(monkeypatch, street.leader_a, "reach"))
    assert near not in words_of(open_page(monkeypatch, street.command, "reach"))


def test_a_figure_opens_its_list_with_the_same_choice(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    station(street)
    page = open_page(monkeypatch, street.command, "reach", metres=700, foot=1, kinds="service_centre")
    shown = texts_of(page)
    address = "/reach?metres=700&amp;kinds=service_centre&amp;foot=1&amp;table="
    assert all(f'href="{address}{table}"' in shown for table in ("grids", "missed", "stations"))
    assert text("zh_CN", "reach.no_streets") in shown
    page = open_page(monkeypatch, street.command, "reach", metres=700, table="missed")
    assert "书院社区 · 学圃格" in texts_of(page)
    page = open_page(monkeypatch, street.command, "reach", metres=700, table="missed", area=street.grid_a)
    assert text("zh_CN", "reach.all_reached") in texts_of(page)
    page = open_page(monkeypatch, street.command, "reach", metres=700, table="stations")
    assert "红石榴驿站" in texts_of(page)


def test_without_households_and_without_stations_it_says_what_to_do(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.components.map.show_map", lambda *_args, **_values: None)
    shown = texts_of(open_page(monkeypatch, make_street().command, "reach"))
    assert text("zh_CN", "reach.no_homes.next") in shown
    assert text("zh_CN", "reach.no_stations.next") in shown
    assert "—" in shown


@pytest.mark.parametrize("metres", ["0", "99999"])
def test_a_distance_that_is_none_is_told(street: Street, monkeypatch: pytest.MonkeyPatch, metres: str) -> None:
    page = open_page(monkeypatch, street.command, "reach", metres=metres)
    assert [message for message in said(page, "error") if metres in message]
    assert not page.exception


def test_what_the_address_says_wrongly_is_the_usual(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    station(street)
    wrong = {"metres": "abc", "table": "x", "area": "y", "station": "4711", "at": "1,2;999,0;x", "site": "9"}
    page = open_page(monkeypatch, street.command, "reach", **wrong)
    assert not page.exception
    assert not said(page, "error")
    assert "按直线 500 米" in texts_of(page)
    assert "书院格" in texts_of(page)


def test_the_next_sites_come_when_asked_for_and_clicked_places_take_part(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    station(street)
    page = open_page(monkeypatch, street.command, "reach")
    assert "reach-sites-1" not in keys_of(page)
    press(page, "reach_sites")
    assert "书院社区 · 学圃格" in texts_of(page)
    press(page, "reach-sites-1")
    assert page.query_params["site"][0] == "1"
    page = open_page(monkeypatch, street.command, "reach", sites=1, at=f"{IN_B[0]},{IN_B[1]}")
    assert text("zh_CN", "reach.sites.own", n=1) in texts_of(page)
    press(page, "reach_clear")
    assert "at" not in page.query_params


@pytest.mark.parametrize(("picking", "param"), [(False, "station"), (True, "at")])
def test_a_click_chooses_a_station_or_adds_a_place(
    street: Street, monkeypatch: pytest.MonkeyPatch, picking: bool, param: str
) -> None:
    number = station(street)
    page = open_page(monkeypatch, street.command, "reach")
    if picking:
        page.toggle(key="reach_pick").set_value(True).run()
    clicks = [MapClick(*IN_A, 15, "stations", number)]
    monkeypatch.setattr("ui.components.map.take_click", lambda key: clicks.pop() if clicks and key == MAP else None)
    page.run()
    expected = f"{IN_A[0]:.6f},{IN_A[1]:.6f}" if picking else str(number)
    assert page.query_params[param] in (expected, [expected])


def test_a_leader_sees_the_own_grid_and_a_member_no_page(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    station(street)
    shown = texts_of(open_page(monkeypatch, street.leader_b, "reach"))
    assert "学圃格" in shown
    assert "书院格" not in shown
    assert is_closed(open_page(monkeypatch, street.member, "reach"))


def test_the_page_stays_within_its_statements(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        station(street, name=f"站{number}")
    page = open_page(monkeypatch, street.command, "reach", sites=1)
    with recorded() as statements:
        page.run()
    statements.most(24)
