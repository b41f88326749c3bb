"""The address bar is anybody's to type into: no page breaks on days of no calendar, numbers that are none, or signs."""

import logging

import pytest

from db.session import Database
from domain.permissions import Role
from tests.factories import make_activity, make_person, make_station, make_user, make_volunteer
from tests.incident_town import Street
from tests.pages.session import open_page, said
from tests.pledge_town import make_pledge, make_pledge_town
from ui.registry import SCREENS

NAMES = (
    "id", "form", "view", "area", "at", "grid", "part", "person", "need", "day", "month", "week", "unit", "step",
    "site", "sites", "station", "place", "draw", "state", "q", "post", "of", "metres", "kinds", "for", "figure",
    "areas", "kind", "propose", "correct", "key", "by", "period", "from", "to", "year", "list", "table", "indicator",
    "under", "org", "incident", "case", "behind", "status", "foot", "f_rating", "f_pledge",
)  # fmt: skip
VALUES = (
    "0001-01-01", "9999-12-31", "9999-12", "2026-02-30", "NaN", "inf,-inf", "-1", "0", "1", "999999999", "9" * 30,
    "１２", "'\"<b>%00", "2026-W01-1",
)  # fmt: skip


DAYS = tuple(dict.fromkeys(("day", "month", "week", "from", "to", "year"), value) for value in VALUES[:4])
OPEN = dict.fromkeys(("id", "person", "grid", "unit", "station", "area"), "1")  # records that are there


@pytest.fixture
def street(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> Street:
    monkeypatch.setattr("ui.components.map.show_map", lambda *_, **__: None)
    monkeypatch.setattr("ui.components.map.take_click", lambda _key: None)
    town = make_pledge_town()
    make_pledge(town, is_public=True)
    make_station(area_id=town.street.grid_a, lon=112.405, lat=34.605)
    make_activity(area_id=town.street.grid_a)
    return town.street


@pytest.mark.slow
@pytest.mark.parametrize("path", [screen.path for screen in SCREENS])
def test_no_address_breaks_a_page(
    street: Street, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    person = make_person("总管", area=street.grid_a, skills="mediation")
    make_volunteer(person=person, area=street.grid_a)
    actor = make_user(Role.ADMINISTRATOR, person=person)
    broken = []
    for query in (*(dict.fromkeys(NAMES, value) for value in VALUES), *(days | OPEN for days in DAYS)):
        with caplog.at_level(logging.ERROR, "linge"):
            page = open_page(monkeypatch, actor, path, **query)
        if page.exception or caplog.records or any("编号" in words for words in said(page, "error")):
            broken.append((query["id"], query["day"], [record.exc_text or record.msg for record in caplog.records]))
            caplog.clear()
    assert broken == []
