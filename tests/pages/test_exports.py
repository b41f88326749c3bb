"""Where lists go out: the buttons stand on their pages for those who may, and for nobody else, in both languages."""

from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from config.texts import text
from db.session import Database
from domain.clock import local_date, utc_now
from domain.permissions import GRANTS, Permission, Role
from domain.plots import PlotKind, PlotOwner
from services.plots.register import PlotForm, add_plot
from services.rotas.plans import RotaForm, make_rota
from tests.factories import make_activity, make_user
from tests.incident_town import suspended_case
from tests.pages.session import open_page
from tests.pledge_town import PledgeTown, make_pledge, make_pledge_town
from tests.points_town import give
from ui.registry import screen_at

WITHIN = ((112.404, 34.604), (112.405, 34.604), (112.405, 34.605), (112.404, 34.605))
# Page, address and the lists that go out there.
WHERE: list[tuple[str, dict[str, Any], set[str]]] = [
    ("pledges", {}, {"pledges"}),
    ("visits", {"view": "gaps"}, {"waiting_grids", "visits"}),
    ("rotas", {}, {"duties"}),
    ("points", {}, {"ledger"}),
    ("shop", {}, {"redemptions"}),
    ("activities", {}, {"activities"}),
    ("plots", {}, {"plots"}),
    ("incidents", {"status": "suspended"}, {"suspended"}),
]


@pytest.fixture
def town(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> PledgeTown:
    monkeypatch.setattr("ui.components.map.show_map", lambda spec, key, height, wish=None: None)
    monkeypatch.setattr("ui.components.map.take_click", lambda _key: None)
    town, today = make_pledge_town(), local_date(utc_now())
    make_pledge(town, is_public=True)
    rota = RotaForm("夜巡", town.street.grid_a, (town.person,), today, today + timedelta(days=2))
    make_rota(town.street.secretary, rota)
    give(town.person, 20, utc_now())
    make_activity("合唱", starts_at=utc_now() + timedelta(days=1), area_id=town.street.grid_a)
    add_plot(town.street.command, PlotForm(PlotKind.FIELD, "巷口", PlotOwner.SHOP, "小店", WITHIN))
    suspended_case(town.street, utc_now())
    return town


def lists_of(page: AppTest) -> set[str]:
    """The lists that have both kinds of file."""
    ids = [element.proto.id for element in page.get("download_button")]
    found = set().union(*(lists for _, _, lists in WHERE)) | {"own_points"}
    return {one for one in found if all(any(f"export-{one}-{kind}" in key for key in ids) for kind in ("csv", "xlsx"))}


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize(("path", "query", "lists"), WHERE, ids=[path for path, _, _ in WHERE])
def test_lists_go_out_for_those_who_may(
    town: PledgeTown, monkeypatch: pytest.MonkeyPatch, path: str, query: dict[str, Any], lists: set[str], locale: str
) -> None:
    for role in Role:
        if screen_at(path).permission not in GRANTS[role]:
            continue
        page = open_page(monkeypatch, make_user(role, area=town.street.grid_a, locale=locale), path, **query)
        assert not page.exception
        assert lists_of(page) == (lists if Permission.EXPORT in GRANTS[role] else set()), role


def test_a_member_takes_the_own_statement(town: PledgeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(monkeypatch, town.member, "points")
    assert lists_of(page) == {"own_points"}
    buttons = [element.proto.label for element in page.get("download_button")]
    assert buttons == [text("zh_CN", "exports.csv"), text("zh_CN", "exports.xlsx")]
