"""The panel beside the map, the search, the tree behind the measures."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import shapely

from db.session import Database
from domain.errors import NotFound
from domain.permissions import Role, Scope
from geo.tiles import tile_box
from services.areas.tree import area_tree, current_state
from services.maps.panel import AreaFigures, area_panel, find_area_id, find_areas, home_area_id
from services.maps.views import CHINA, area_outline, first_tiles, home_box, warm_up
from tests.factories import make_activity, make_station, make_user
from tests.incident_town import NOW, Street, logged, make_street


@pytest.fixture
def street(db: Database) -> Street:
    return make_street(households=420)


def test_panel_tells_what_is_known_when_the_area_is_the_actors(street: Street) -> None:
    receipt = logged(street.command, "one")
    make_station("书院驿站", area_id=street.grid_a)
    panel = area_panel(street.leader_a, street.grid_a, NOW)
    assert (panel.number, panel.name, panel.households, panel.in_scope) == ("01", "书院格", 420, True)
    assert [name for _, name in panel.path] == ["青棠街道", "书院社区"]
    assert [station.name for station in panel.stations] == ["书院驿站"]
    assert [view.number for view in panel.incidents] == [receipt.number]
    assert sum(panel.open.values()) == 1  # type: ignore[union-attr]


def test_panel_keeps_people_and_incidents_back_when_the_area_is_foreign(street: Street) -> None:
    logged(street.command, "one")
    panel = area_panel(street.leader_b, street.grid_a, NOW)
    assert (panel.in_scope, panel.leader, panel.members, panel.open, panel.incidents) == (False, None, None, None, ())


def test_panel_shows_no_incidents_when_the_role_may_not_read_them(street: Street) -> None:
    logged(street.command, "one")
    panel = area_panel(street.visitor, street.grid_a, NOW)
    assert (panel.open, panel.incidents, panel.members) == (None, (), None)


def test_panel_counts_cases_and_names_the_next_activities_for_visitors_too(street: Street) -> None:
    logged(street.command, "one")
    make_activity("早茶会", starts_at=NOW + timedelta(days=1), area_id=street.grid_a)
    panel = area_panel(street.visitor, street.grid_a, NOW)
    assert panel.figures == AreaFigures(open=1, overdue=0, rate=pytest.approx(1000 / 420))
    assert [one.title for one in panel.activities] == ["早茶会"]
    assert not panel.sees_leader


def test_panel_of_a_foreign_area_has_neither_figures_nor_activities(street: Street) -> None:
    logged(street.command, "one")
    panel = area_panel(street.leader_b, street.grid_a, NOW)
    assert (panel.figures, panel.activities) == (None, ())


def test_panel_begins_with_the_own_area_else_with_the_only_one_at_the_top(street: Street) -> None:
    assert home_area_id(street.leader_a) == street.grid_a
    assert home_area_id(street.visitor) == street.street
    assert home_area_id(replace(street.visitor, role=Role.DEPARTMENT)) is None


def test_panel_of_a_community_counts_its_parts(street: Street) -> None:
    assert area_panel(street.command, street.community, NOW).parts == 2


def test_panel_is_not_found_when_there_is_no_such_area(street: Street) -> None:
    with pytest.raises(NotFound):
        area_panel(street.command, 999_999, NOW)


@pytest.mark.parametrize("text", ["学圃", "xuepu", "xp", "410311001001002"])
def test_search_finds_by_name_pinyin_initials_and_code(street: Street, text: str) -> None:
    assert find_areas(street.visitor, text)[0].id == street.grid_b


def test_search_finds_nothing_when_the_text_is_empty_or_strange(street: Street) -> None:
    assert find_areas(street.visitor, "  ") == []
    assert find_areas(street.visitor, "<script>%_") == []


def test_code_leads_to_the_area_when_it_is_valid(street: Street) -> None:
    assert find_area_id(street.visitor, "410311001001002") == street.grid_b
    assert find_area_id(street.visitor, "nothing") is None


def test_map_opens_on_the_own_area_else_on_all_else_on_china(street: Street) -> None:
    assert home_box(street.leader_a) == pytest.approx((112.4, 34.6, 112.41, 34.61))
    assert home_box(street.command) == pytest.approx((112.4, 34.6, 112.43, 34.61))


def test_map_opens_on_china_when_there_is_no_area(db: Database) -> None:
    assert home_box(make_user()) == CHINA


def test_outline_is_the_areas_own(street: Street) -> None:
    outline = area_outline(street.leader_b, street.grid_a)
    corners = set(shapely.geometry.shape(outline.geometry).exterior.coords)
    assert corners == {(112.4, 34.6), (112.41, 34.6), (112.41, 34.61), (112.4, 34.61)}


def test_sums_go_up_the_tree_and_scopes_down(street: Street) -> None:
    tree = area_tree(current_state())
    totals = dict(zip(tree.ids.tolist(), tree.sums(tree.counted({street.grid_a: 2, street.grid_c: 5})), strict=True))
    assert (totals[street.street], totals[street.community], totals[street.grid_b]) == (7, 2, 0)
    path = f"/{street.street}/{street.community}/"
    inside = tree.within(Scope(area_paths=(path,)))
    assert set(tree.ids[inside].tolist()) == {street.community, street.grid_a, street.grid_b}
    assert not tree.within(Scope()).any()
    assert np.array_equal(tree.places([street.grid_b, -5]) >= 0, [True, False])


def test_first_tiles_cover_the_box_at_a_zoom_that_a_desk_shows() -> None:
    found = first_tiles((112.4, 34.6, 112.43, 34.61))
    assert 4 <= len(found) <= 9
    boxes = [tile_box(*tile, buffer=0) for tile in found]
    assert min(box[0] for box in boxes) <= 112.4
    assert max(box[3] for box in boxes) >= 34.61


def test_warming_up_is_harmless_when_there_is_nothing(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    warm_up()
    make_street()
    warm_up()
    assert caplog.records == []
