"""反复发生 as its roles use it: empty, filled, one place with its cases, a refused role, both languages."""

from typing import Any

import pytest

from config.texts import text
from db.session import Database
from domain.clock import utc_now
from domain.permissions import Role
from services.incidents.repeats import list_repeat_places
from tests.factories import make_user
from tests.incident_town import IN_A, Street, logged, make_street
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from tests.statements import recorded
from ui.components.map import MapClick
from ui.components.repeats import place_at


@pytest.fixture
def street(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> Street:
    monkeypatch.setattr("ui.components.map.show_map", lambda *_args, **_values: None)
    return make_street()


def fill(street: Street, number: int = 5) -> list[int]:
    return [logged(street.command, f"f{n}", utc_now(), reporter_name="王某某").id for n in range(number)]


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_page_empty_and_filled(street: Street, monkeypatch: pytest.MonkeyPatch, locale: str) -> None:
    actor = make_user(Role.GRID_LEADER, area=street.grid_a, locale=locale)
    assert text(locale, "repeats.empty") in texts_of(open_page(monkeypatch, actor, "repeats"))
    ids = fill(street)
    page = open_page(monkeypatch, actor, "repeats")
    assert not page.exception
    assert not said(page, "error")
    [place] = list_repeat_places(actor).rows
    press(page, f"repeats-{place.id}")
    assert {key for key in keys_of(page) if key.startswith("repeat-cases-")} == {f"repeat-cases-{n}" for n in ids}
    assert "王" not in texts_of(page)
    press(page, "repeats_back")
    assert f"repeats-{place.id}" in keys_of(page)


def test_a_place_that_is_gone_or_anothers_shows_the_list(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(street)
    [place] = list_repeat_places(street.command).rows
    for wanted in ("4711", "abc", "-1"):
        page = open_page(monkeypatch, street.command, "repeats", place=wanted)
        assert f"repeats-{place.id}" in keys_of(page)
    other = open_page(monkeypatch, street.leader_b, "repeats", place=place.id)
    assert text("zh_CN", "repeats.empty") in texts_of(other)


@pytest.mark.parametrize("role", [Role.VISITOR, Role.VOLUNTEER, Role.PARTY_MEMBER])
def test_a_role_that_may_not_see_it_is_told(street: Street, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    page = open_page(monkeypatch, make_user(role, area=street.grid_a), "repeats")
    assert is_closed(page)


def test_a_click_on_a_symbol_is_a_click_on_its_place(street: Street) -> None:
    fill(street)
    rows: list[Any] = list_repeat_places(street.command).rows
    near = MapClick(IN_A[0] + 0.0001, IN_A[1], 16, None, None)
    assert place_at(near, rows) == rows[0].id
    assert place_at(MapClick(IN_A[0] + 0.01, IN_A[1], 16, None, None), rows) is None
    assert (place_at(None, rows), place_at(near, [])) == (None, None)


def test_the_page_stays_within_its_statements(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(street)
    page = open_page(monkeypatch, street.command, "repeats")
    with recorded() as statements:
        page.run()
    statements.most(20)
