"""指标 as its roles use it: figures with what they are made of, periods, groupings, the way to the list and back."""

import re
from datetime import date
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from config.texts import text
from db.session import Database
from domain.clock import utc_now
from domain.permissions import GRANTS, Permission, Role
from tests.factories import make_user
from tests.incident_town import Street, logged, make_street
from tests.indicator_town import make_cases
from tests.pages.session import is_closed, open_page, press, said, texts_of
from tests.statements import recorded

SEES = [role for role in Role if Permission.INDICATOR_SEE in GRANTS[role]]
MARCH = {"period": "month", "from": "2026-03-01"}


@pytest.fixture
def street(sqlite_db: Database) -> Street:
    return make_street()


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", SEES)
def test_each_role_sees_the_figures_empty_and_filled(
    street: Street, monkeypatch: pytest.MonkeyPatch, role: Role, locale: str
) -> None:
    area = street.community if role in (Role.GRID_LEADER, Role.COMMUNITY_SECRETARY) else None
    actor = make_user(role, area=area, locale=locale)
    for _ in range(2):
        page = open_page(monkeypatch, actor, "indicators")
        shown = texts_of(page)
        assert not page.exception
        assert not said(page, "error")
        assert text(locale, "indicators.name.closed_in_time_rate") in shown
        assert "indicators." not in re.sub(r'href="[^"]*"', "", shown)
        logged(street.command, "f", utc_now())


@pytest.mark.parametrize("role", [role for role in Role if role not in SEES])
def test_other_roles_are_refused(street: Street, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    page = open_page(monkeypatch, make_user(role, area=street.street), "indicators")
    assert is_closed(page)


def links(shown: str) -> dict[str, str]:
    """What the links to lists say, by their address."""
    found = re.findall(r'<a href="(/incidents\?[^"]+)"[^>]*>([^<]+)</a>', shown)
    return {parse_qs(urlsplit(unescape(address)).query)["behind"][0]: words for address, words in found}


def test_a_figure_opens_its_list_and_the_list_leads_back(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    town = make_cases()
    monkeypatch.setattr("ui.components.incidents.show_map", lambda *_a, **_k: None)
    found = links(texts_of(open_page(monkeypatch, town.command, "indicators", **MARCH)))
    below = "closed_in_time_rate.below.2026-03-01.2026-03-31.."
    assert int(found[below]) > 3
    listed = open_page(monkeypatch, town.command, "incidents", behind=below)
    assert text("zh_CN", "incidents.total", n=int(found[below])) in texts_of(listed)
    assert text("zh_CN", "indicators.name.closed_in_time_rate") in texts_of(listed)
    press(listed, "behind_all")
    assert "behind" not in listed.query_params


def test_period_grouping_and_indicator_stand_in_the_address(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = make_cases()
    page = open_page(monkeypatch, town.command, "indicators", **MARCH)
    assert text("zh_CN", "indicators.days.text", first="2026-03-01", last="2026-03-31") in texts_of(page)
    press(page, "indicators_previous")
    assert page.query_params["from"] == "2026-02-01"
    page.selectbox(key="indicators_by").select("department").run()
    page.selectbox(key="indicators_indicator").select("overdue_open").run()
    assert (page.query_params["by"], page.query_params["indicator"]) == ("department", "overdue_open")
    assert "城管中队" in texts_of(page)
    page.segmented_control(key="indicators_period").set_value("quarter").run()
    assert page.query_params["from"] == "2026-01-01"
    page.segmented_control(key="indicators_period").set_value("custom").run()
    page.date_input(key="indicators_days").set_value((date(2026, 2, 20), date(2026, 3, 2))).run()
    assert (page.query_params["from"], page.query_params["to"]) == ("2026-02-20", "2026-03-02")
    assert not page.exception


@pytest.mark.parametrize(
    "query",
    [
        {"period": "custom", "from": "2026-03-31", "to": "2026-03-01"},
        {"period": "century", "from": "soon"},
        {"by": "person", "indicator": "beauty"},
    ],
)
def test_a_wrong_address_shows_the_usual(
    street: Street, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    page = open_page(monkeypatch, street.command, "indicators", **query)
    assert not page.exception
    assert text("zh_CN", "indicators.name.closed_in_time_rate") in texts_of(page)


def test_statements_stay_few(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    town = make_cases()
    page = open_page(monkeypatch, town.command, "indicators", **MARCH)
    with recorded() as statements:
        page.run()
    statements.most(20)
