"""责任田 and 门前三包 as their roles use them: drawn by clicks, checked in two presses, in both languages."""

from typing import Any

import pytest

from config.texts import text
from db.session import Database
from domain.permissions import GRANTS, Permission, Role
from domain.plots import CheckResult, PlotKind, PlotOwner
from services.plots.register import CheckForm, PlotForm, add_plot, check_plot, get_plot_card, read_plots
from tests.factories import make_user
from tests.incident_town import Street, make_street
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from tests.pictures import picture
from ui.components.map import MapClick

WITHIN = ((112.404, 34.604), (112.405, 34.604), (112.405, 34.605))


@pytest.fixture
def seen(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def take_click(_key: str) -> MapClick | None:
        place = found.pop("click", None)
        return MapClick(*place, 16, None, None) if place else None

    monkeypatch.setattr("ui.components.map.show_map", lambda spec, key, height, wish=None: found.update(wish=wish))
    monkeypatch.setattr("ui.components.map.take_click", take_click)
    return found


@pytest.fixture
def street(seen: dict[str, Any]) -> Street:
    return make_street()


def drawn_plot(street: Street) -> int:
    return add_plot(street.command, PlotForm(PlotKind.FIELD, "巷口绿地", PlotOwner.PERSON, "张安", WITHIN))


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", [role for role in Role if Permission.PLOT_SEE in GRANTS[role]])
def test_each_role_opens_list_and_card(
    street: Street, monkeypatch: pytest.MonkeyPatch, seen: dict[str, Any], role: Role, locale: str
) -> None:
    actor = make_user(role, area=street.grid_a, locale=locale)
    page = open_page(monkeypatch, actor, "plots")
    assert not page.exception
    assert text(locale, "plots.none") in texts_of(page)
    assert ("plots_draw" in keys_of(page)) is (Permission.PLOT_EDIT in GRANTS[role])
    plot = drawn_plot(street)
    check_plot(street.leader_a, plot, CheckForm(CheckResult.NOT_KEPT, "堆物", picture(), picture()))
    shown = texts_of(open_page(monkeypatch, actor, "plots"))
    assert "巷口绿地" in shown
    assert "张安" not in shown
    assert seen["wish"].overlay
    page = open_page(monkeypatch, actor, "plots", id=plot)
    shown = texts_of(page)
    assert not page.exception
    assert "张安" in shown
    assert shown.count("/plot-photos/") == 2


@pytest.mark.parametrize("role", [role for role in Role if Permission.PLOT_SEE not in GRANTS[role]])
def test_a_role_that_may_not_see_is_told(street: Street, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    assert is_closed(open_page(monkeypatch, make_user(role), "plots"))


def test_a_check_is_one_press_on_the_card(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    plot = drawn_plot(street)
    press(open_page(monkeypatch, street.leader_a, "plots", id=plot), "plots_kept")
    assert [check.result for check in get_plot_card(street.leader_a, plot).checks] == ["kept"]


def test_corners_are_clicked_and_two_are_no_plot(
    street: Street, monkeypatch: pytest.MonkeyPatch, seen: dict[str, Any]
) -> None:
    page = open_page(monkeypatch, street.secretary, "plots", draw=1)
    for corner in WITHIN[:2]:
        seen["click"] = corner
        page.run()
    [name] = [field.key for field in page.text_input if field.key and field.key.endswith("_name")]
    page.text_input(key=name).input("巷口绿地").run()
    page.text_input(key=name.replace("_name", "_owner")).input("张安").run()
    page = press(page, "plots_save")
    assert text("zh_CN", "errors.invalid_plot") in said(page, "error")
    seen["click"] = WITHIN[2]
    page.run()
    assert seen["wish"].lines == ((*WITHIN, WITHIN[0]),)
    press(page, "plots_save")
    [row] = read_plots(street.secretary).plots
    assert (row.name, row.owner) == ("巷口绿地", "张安")


def test_another_grids_plot_is_not_found(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    plot = drawn_plot(street)
    page = open_page(monkeypatch, street.leader_b, "plots", id=plot)
    assert said(page, "error") == [text("zh_CN", "errors.not_found")]
