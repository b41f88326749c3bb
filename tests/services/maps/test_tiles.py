"""Tiles of areas and of the base map: level by zoom, classes by scope, what is outline only."""

import gzip
from datetime import date, timedelta

import pytest
import shapely

from db.models import Assignment, BaseMapFeature
from db.session import Database, transaction
from domain.clock import local_date, utc_now
from domain.measures import Measure
from domain.permissions import EVERYWHERE, Actor
from geo.tiles import HALF_WORLD, to_mercator
from services.areas.tree import area_tree, current_state
from services.maps.measures import covered_areas
from services.maps.tiles import NoSuchTile, Tile, area_tiles, base_tiles, level_at
from services.people.assignments import AssignmentForm, assign_member
from tests.factories import make_area, make_person, make_user
from tests.incident_town import IN_A, NOW, Street, logged, make_street
from tests.tile_decoder import Feature, decode_tile


def tile_at(z: int, lon: float = IN_A[0], lat: float = IN_A[1]) -> Tile:
    [[x, y]] = to_mercator([[lon, lat]])  # type: ignore[arg-type]
    size = 2 * HALF_WORLD / 2**z
    return z, int((x + HALF_WORLD) // size), int((HALF_WORLD - y) // size)


def layers(actor: Actor, z: int, measure: Measure | None = None, now=NOW) -> dict[str, list[Feature]]:  # type: ignore[no-untyped-def]
    data = area_tiles(actor, measure, now).tile(tile_at(z))
    return decode_tile(gzip.decompress(data)) if data else {}


def classes(actor: Actor, measure: Measure | None, now=NOW) -> dict[int, int]:  # type: ignore[no-untyped-def]
    return {f.id: f.properties["c"] for f in layers(actor, 13, measure, now)["areas"] if f.id}


@pytest.fixture
def street(db: Database) -> Street:
    return make_street(households=400)


def test_grids_are_shown_when_they_are_wide_enough_and_the_street_from_afar(street: Street) -> None:
    assert {f.id for f in layers(street.command, 14)["areas"]} >= {street.grid_a, street.grid_b}
    assert [f.id for f in layers(street.command, 9)["areas"]] == [street.street]


def test_level_falls_back_to_the_top_when_even_that_is_narrow(street: Street) -> None:
    assert level_at(current_state(), 0) == "street"


def test_labels_say_number_and_short_name_when_the_area_is_a_grid(street: Street) -> None:
    make_area("望棠网格", parent=street.community, code="410311001001014", box=(112.4, 34.595, 112.41, 34.6))
    names = {(f.properties.get("no"), f.properties["n"]) for f in layers(street.command, 13)["areas"]}
    assert {("01", "书院格"), ("14", "望棠")} <= names


def test_edges_are_told_by_level_when_a_border_is_shared(street: Street) -> None:
    styles = {f.properties["s"] for f in layers(street.command, 13)["edges"]}
    assert styles == {0, 1, 2}


def test_veil_covers_what_is_outside_when_a_tile_reaches_beyond_the_town(street: Street) -> None:
    assert len(layers(street.command, 13)["veil"]) == 1


def test_class_rises_when_incidents_are_logged_and_the_version_with_it(street: Street) -> None:
    before = area_tiles(street.command, Measure.OPEN, NOW).version
    assert classes(street.command, Measure.OPEN)[street.grid_a] == 0
    logged(street.command, "one")
    assert classes(street.command, Measure.OPEN)[street.grid_a] == 1
    assert classes(street.command, Measure.OPEN)[street.grid_b] == 0
    assert area_tiles(street.command, Measure.OPEN, NOW).version != before


def test_foreign_areas_are_outline_only_when_a_grid_leader_looks(street: Street) -> None:
    logged(street.command, "one")
    found = classes(street.leader_b, Measure.OPEN)
    assert (found[street.grid_a], found[street.grid_b]) == (-2, 0)
    assert classes(street.leader_b, None)[street.grid_a] == -2


def test_overdue_counts_when_the_time_is_over(street: Street) -> None:
    logged(street.command, "one")
    assert classes(street.command, Measure.OVERDUE)[street.grid_a] == 0
    assert classes(street.command, Measure.OVERDUE, NOW + timedelta(days=60))[street.grid_a] == 1


def test_rate_is_no_data_when_households_are_not_known(street: Street) -> None:
    logged(street.command, "one")
    found = classes(street.command, Measure.RATE, NOW + timedelta(days=1))
    assert (found[street.grid_a], found[street.grid_b]) == (0, -1)


def test_value_travels_with_the_class_when_there_is_one(street: Street) -> None:
    logged(street.command, "one")
    tile = layers(street.command, 13, Measure.RATE, NOW + timedelta(days=1))["areas"]
    assert {f.id: f.properties.get("v") for f in tile}[street.grid_a] == "2.5"


def test_uncovered_mark_goes_when_a_member_is_assigned(street: Street) -> None:
    def bare() -> set[int | None]:
        return {f.id for f in layers(street.command, 12, None, utc_now())["areas"] if f.properties.get("u")}

    assert bare() == {street.grid_a, street.grid_b}  # grid C lies in the next tile
    member = make_person("石磊", area=street.grid_a, is_party_member=True)
    assign_member(street.command, AssignmentForm(member, street.grid_a, "core_member", local_date(utc_now())))
    assert bare() == {street.grid_b}


def test_uncovered_mark_is_on_own_areas_only_when_a_grid_leader_looks(street: Street) -> None:
    assert {f.id for f in layers(street.leader_a, 13)["areas"] if f.properties.get("u")} == {street.grid_a}


def test_uncovered_mark_is_missing_when_the_asker_may_not_see_assignments(street: Street) -> None:
    assert not any(f.properties.get("u") for f in layers(street.visitor, 13)["areas"])


@pytest.mark.parametrize("tile", [(3, 8, 0), (3, 0, -1), (21, 0, 0), (-1, 0, 0)])
def test_tile_is_refused_when_its_numbers_name_none(street: Street, tile: Tile) -> None:
    with pytest.raises(NoSuchTile):
        area_tiles(street.command, None).tile(tile)


def test_base_tile_holds_what_its_zoom_shows_in_the_readers_language(street: Street) -> None:
    road = shapely.LineString([(112.40, 34.603), (112.42, 34.607)])
    with transaction(EVERYWHERE) as session:
        for kind, name, name_en, rank in (("arterial", "望江大道", "Wangjiang Ave", 10), ("path", "", "", 16)):
            session.add(BaseMapFeature(layer="road", kind=kind, name=name, name_en=name_en, rank=rank, geometry=road))
    [found] = decode_tile(gzip.decompress(base_tiles(street.visitor).tile(tile_at(13))))["road"]
    assert found.properties == {"k": "arterial", "n": "望江大道"}
    [found] = decode_tile(gzip.decompress(base_tiles(street.visitor, english=True).tile(tile_at(13))))["road"]
    assert found.properties["n"] == "Wangjiang Ave"
    assert len(decode_tile(gzip.decompress(base_tiles(street.visitor).tile(tile_at(16))))["road"]) == 2


def test_nothing_is_drawn_when_there_are_no_areas(db: Database) -> None:
    assert area_tiles(make_user(), None, NOW).tile(tile_at(13))[:2] == b"\x1f\x8b"  # the veil alone
    assert base_tiles(make_user()).tile(tile_at(13)) == b""


def test_a_part_of_a_covered_grid_is_covered_and_a_grid_beside_it_is_not(sqlite_db: Database) -> None:
    street = make_area("街道", level="street")
    grids = [make_area(f"{name}格", parent=street) for name in "一二"]
    parts = [make_area(f"{number}号楼组", level="micro_grid", parent=grid) for number, grid in enumerate(grids)]
    person = make_person(area=street, is_party_member=True)
    with sqlite_db.transaction(EVERYWHERE) as session:
        session.add(Assignment(person_id=person, area_id=grids[0], post="x", starts_on=date(2026, 1, 1)))
    state = current_state()
    tree, covered = area_tree(state), covered_areas(state, utc_now())
    found = dict(zip(tree.ids.tolist(), covered.tolist(), strict=True))
    assert [found[key] for key in (street, *grids, *parts)] == [True, True, False, True, False]
