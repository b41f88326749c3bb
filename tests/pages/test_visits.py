"""走访巡查 as its roles use it: two presses to a record, refusals in words, the grids that wait."""

from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from config.texts import text
from db.session import Database
from domain.clock import utc_now
from domain.measures import Measure
from domain.permissions import GRANTS, Permission, Role
from domain.visits import VisitKind
from services.visits.log import VisitForm, list_own_visits, log_visit
from tests.factories import make_user
from tests.incident_town import IN_A, IN_B, OUTSIDE, Street, make_street
from tests.pages.session import is_closed, open_page, press, said, texts_of
from ui.components.map import MapClick


@pytest.fixture
def drawn(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def take_click(_key: str) -> MapClick | None:
        lon, lat = seen.pop("click", (None, None))
        return None if lon is None else MapClick(lon, lat, 16, None, None)

    monkeypatch.setattr("ui.components.map.show_map", lambda spec, key, height, wish=None: seen.update(wish=wish))
    monkeypatch.setattr("ui.components.map.take_click", take_click)
    return seen


@pytest.fixture
def street(drawn: dict[str, Any]) -> Street:
    return make_street()


def key_of(page: AppTest) -> str:
    value = page.query_params["f_visits"]
    return f"visits_{value if isinstance(value, str) else value[0]}"


def click(page: AppTest, drawn: dict[str, Any], place: tuple[float, float]) -> AppTest:
    drawn["click"] = place
    return page.run()


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", [role for role in Role if Permission.VISIT_LOG in GRANTS[role]])
def test_each_role_that_may_log_gets_the_form(
    street: Street, monkeypatch: pytest.MonkeyPatch, role: Role, locale: str
) -> None:
    page = open_page(monkeypatch, make_user(role, area=street.grid_a, locale=locale), "visits")
    assert not page.exception
    assert not said(page, "error")
    assert text(locale, "visits.where.none") in texts_of(page)


@pytest.mark.parametrize("role", [role for role in Role if Permission.VISIT_LOG not in GRANTS[role]])
def test_a_role_that_may_not_log_is_told(street: Street, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    assert is_closed(open_page(monkeypatch, make_user(role), "visits"))


def test_two_presses_make_a_record(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(monkeypatch, street.leader_a, "visits")
    first = key_of(page)
    press(page, f"{first}_grid_{street.grid_a}")
    press(page, "visits_submit")
    [row] = list_own_visits(street.leader_a)
    assert (row.kind, row.area_id) == ("visit", street.grid_a)
    assert text("zh_CN", "visits.logged") in said(page, "success")
    assert key_of(page) != first


def test_a_click_fills_the_grid_and_a_refused_one_is_told(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    page = click(open_page(monkeypatch, street.leader_a, "visits"), drawn, IN_A)
    assert "书院格" in texts_of(page)
    assert drawn["wish"].pin == IN_A
    assert said(click(page, drawn, OUTSIDE), "error") == [text("zh_CN", "errors.visit_outside")]
    assert said(click(page, drawn, IN_B), "error")
    press(page, "visits_submit")
    assert list_own_visits(street.leader_a) == []


def test_without_a_place_nothing_is_logged(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    page = press(open_page(monkeypatch, street.leader_a, "visits"), "visits_submit")
    assert text("zh_CN", "errors.missing_place") in said(page, "error")
    assert list_own_visits(street.leader_a) == []


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_grids_that_wait_are_figures_and_a_list(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any], locale: str
) -> None:
    now = utc_now()
    log_visit(street.leader_a, VisitForm(VisitKind.VISIT, *IN_A, note="看望"), now - timedelta(days=40))
    command = make_user(Role.COMMAND_CENTRE, locale=locale)
    page = open_page(monkeypatch, command, "visits", view="gaps", grid=street.grid_a)
    shown = texts_of(page)
    for part in ("long", "never", "lately"):
        assert f"part={part}" in shown or text(locale, f"visits.gap.{part}", days=30) in shown
    assert text(locale, "visits.days", n=40) in shown
    assert "看望" in shown
    assert drawn["wish"].fill is Measure.VISITS
    page = open_page(monkeypatch, command, "visits", view="gaps", part="never")
    assert "归帆格" in texts_of(page)
    assert "书院格" not in texts_of(page)


def test_a_member_sees_no_figures_of_others(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    page = open_page(monkeypatch, street.member, "visits", view="gaps")
    assert text("zh_CN", "visits.where.none") in texts_of(page)
    assert drawn["wish"].fill is None


def test_a_record_is_corrected_on_the_page(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = log_visit(street.leader_a, VisitForm(VisitKind.VISIT, *IN_A))
    page = open_page(monkeypatch, street.leader_a, "visits")
    page.radio(key=f"visits_kind_{visit}").set_value(VisitKind.PATROL).run()
    press(page, f"visits_correct_{visit}")
    assert [row.kind for row in list_own_visits(street.leader_a)] == ["patrol"]
