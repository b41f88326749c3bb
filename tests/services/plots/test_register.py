"""Plots: drawn within the street, checked with pictures, each sees one's own grid, places ranked."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.session import Database, transaction
from domain.errors import InvalidText, NotFound, PermissionDenied, StaleRecord
from domain.permissions import EVERYWHERE, Role
from domain.plots import CheckResult, InvalidPlot, PlotEnded, PlotKind, PlotOutside, PlotOwner, PlotState
from domain.visits import NumberInNote
from services.maps.overlays import read_overlay
from services.plots.register import (
    CheckForm,
    PlotForm,
    add_plot,
    check_plot,
    end_plot,
    get_plot_card,
    get_plot_photo,
    outline_plots,
    read_plots,
)
from tests.factories import make_user
from tests.incident_town import NOW, Street, make_street
from tests.pictures import picture

WITHIN = ((112.404, 34.604), (112.405, 34.604), (112.405, 34.605), (112.404, 34.605))


def form(corners: tuple[tuple[float, float], ...] = WITHIN, **values: str) -> PlotForm:
    filled = {"name": "巷口绿地", "owner": "张安"} | values
    return PlotForm(PlotKind.FIELD, filled["name"], PlotOwner.PERSON, filled["owner"], corners, values.get("key", ""))


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def test_a_plot_is_drawn_once_and_its_grid_is_found(street: Street) -> None:
    plot = add_plot(street.secretary, form(key="k"), NOW)
    assert add_plot(street.secretary, form(key="k"), NOW) == plot
    [row] = read_plots(street.leader_a, now=NOW).plots
    assert (row.id, row.area_id, row.owner, row.result) == (plot, street.grid_a, "张安", None)
    assert row.area_m2 == pytest.approx(10_170, rel=0.01)  # 91.6 m x 111 m
    assert row.geometry.is_valid


@pytest.mark.parametrize(
    ("corners", "refusal"),
    [
        (((112.4, 34.6),) * 3, InvalidPlot),
        (WITHIN[:2], InvalidPlot),
        ((WITHIN[0], WITHIN[2], WITHIN[1], WITHIN[3]), InvalidPlot),
        (tuple((lon + 0.5, lat) for lon, lat in WITHIN), PlotOutside),
        (((112.404, 34.599), (112.405, 34.599), (112.405, 34.605), (112.404, 34.605)), PlotOutside),
        (((112.4, 34.6), (112.41, 34.6), (112.41, 34.61), (112.4, 34.61)), InvalidPlot),
    ],
)
def test_what_is_no_plot_or_outside_the_street_is_refused(
    street: Street, corners: tuple[tuple[float, float], ...], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        add_plot(street.command, form(corners), NOW)
    assert read_plots(street.command, now=NOW).plots == []


def test_names_are_asked_and_other_grids_refused(street: Street) -> None:
    with pytest.raises(InvalidText):
        add_plot(street.command, form(owner=" "), NOW)
    with pytest.raises(PermissionDenied):
        add_plot(street.leader_a, form(), NOW)
    with pytest.raises(PermissionDenied):
        add_plot(make_user(Role.COMMUNITY_SECRETARY, area=street.grid_c), form(), NOW)


def test_checks_make_the_state_and_keep_their_pictures(street: Street) -> None:
    plot = add_plot(street.secretary, form(), NOW)
    sent = CheckForm(CheckResult.NOT_KEPT, "堆物", picture(), picture(), "k")
    check = check_plot(street.leader_a, plot, sent, NOW)
    assert check_plot(street.leader_a, plot, sent, NOW) == check
    card = get_plot_card(street.leader_a, plot)
    [found] = card.checks
    assert (found.result, found.note, set(found.photos)) == ("not_kept", "堆物", {"before", "after"})
    assert get_plot_photo(street.leader_a, found.photos["after"])[0]
    assert read_plots(street.command, PlotState.NOT_KEPT, NOW).counts[PlotState.NOT_KEPT] == 1
    check_plot(street.leader_a, plot, CheckForm(CheckResult.KEPT), NOW + timedelta(days=1))
    board = read_plots(street.command, now=NOW)
    assert board.counts == {PlotState.KEPT: 1, PlotState.NOT_KEPT: 0, PlotState.UNCHECKED: 0}
    assert [(row.name, row.kept, row.checked) for row in board.places] == [("书院格", 1, 1)]
    with pytest.raises(NumberInNote):
        check_plot(street.leader_a, plot, CheckForm(CheckResult.KEPT, "13912345678"), NOW)
    with pytest.raises(DBAPIError, match="append-only"), transaction(EVERYWHERE) as session:
        session.execute(text("UPDATE plot_checks SET result = 'kept'"))


def test_another_grid_sees_nothing(street: Street) -> None:
    plot = add_plot(street.secretary, form(), NOW)
    check_plot(street.leader_a, plot, CheckForm(CheckResult.KEPT, "", picture()), NOW)
    photo = get_plot_card(street.leader_a, plot).checks[0].photos["before"]
    assert read_plots(street.leader_b, now=NOW).plots == []
    for call in (
        lambda: get_plot_card(street.leader_b, plot),
        lambda: get_plot_photo(street.leader_b, photo),
        lambda: check_plot(street.leader_b, plot, CheckForm(CheckResult.KEPT), NOW),
    ):
        with pytest.raises(NotFound):
            call()
    with pytest.raises(PermissionDenied):
        read_plots(street.member, now=NOW)


def test_a_plot_is_ended_once_and_then_not_checked(street: Street) -> None:
    plot = add_plot(street.secretary, form(), NOW)
    with pytest.raises(StaleRecord):
        end_plot(street.secretary, plot, 7, NOW)
    end_plot(street.secretary, plot, 1, NOW)
    with pytest.raises(PlotEnded):
        check_plot(street.leader_a, plot, CheckForm(CheckResult.KEPT), NOW)
    assert read_plots(street.command, now=NOW).plots == []
    assert get_plot_card(street.command, plot).plot.valid_to is not None


def test_the_layer_holds_what_the_list_holds_and_names_no_person(street: Street) -> None:
    add_plot(street.secretary, form(), NOW)
    board = read_plots(street.leader_a, now=NOW)
    overlay = outline_plots(street.leader_a, board.plots, ["○ 未检查"])
    assert overlay.total == len(board.plots) == 1
    shapes = read_overlay(street.leader_a, overlay.token)
    assert "plot_unchecked" in shapes
    assert "张安" not in shapes
