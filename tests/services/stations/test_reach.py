"""Reach of stations as a service: whose households, straight and on foot by hand, scope, sums, what it costs (F2)."""

from dataclasses import dataclass
from typing import Any

import pytest
import shapely

from db.models import Area, BaseMapFeature, Station
from db.session import Database, transaction
from domain.errors import PermissionDenied
from domain.permissions import EVERYWHERE, Role
from services.areas.locating import InvalidPlace
from services.areas.tree import current_state
from services.maps.overlays import read_overlay
from services.stations.homes import homes_of
from services.stations.next_sites import MOST_PLACES, next_sites
from services.stations.reach import InvalidReach, ReachFilter, ReachTable, measure_reach
from services.stations.reach_map import reach_overlay
from tests.factories import make_station, make_user
from tests.incident_town import IN_A, IN_B, NOW, Street, make_street
from tests.statements import recorded

EAST, NORTH = 1 / 91_790, 1 / 110_940  # degrees of one metre here
X, Y = IN_A  # the middle of grid A, where two streets cross in the town below


def east_of(metres: float, north: float = 0, at: tuple[float, float] = IN_A) -> tuple[float, float]:
    return at[0] + metres * EAST, at[1] + north * NORTH


def add(layer: str, kind: str, *shapes: shapely.Geometry) -> None:
    with transaction(EVERYWHERE) as session:
        session.add_all([BaseMapFeature(layer=layer, kind=kind, geometry=shape) for shape in shapes])


def house(metres: float, north: float, width: float) -> shapely.Polygon:
    """A house of ``width`` × 10 m whose middle lies so many metres east and north of the crossing."""
    lon, lat = east_of(metres, north)
    return shapely.box(lon - width / 2 * EAST, lat - 5 * NORTH, lon + width / 2 * EAST, lat + 5 * NORTH)


def set_households(**numbers: tuple[int, int | None]) -> None:
    with transaction(EVERYWHERE) as session:
        for area_id, number in numbers.values():
            session.get_one(Area, area_id).households = number


# Grid A: 100 households in four houses of 100, 100, 200 and 100 m², so 20, 20, 40, 20 households:
#             east  north  households   straight   on foot: along the streets, then off them
HOUSES = [
    (100, 0),  #             20          100        100
    (100, 50),  #            20          112        150
    (-150, 150),  #          40          212        300
    (0, 350),  #             20          350        350
]
# Grid B: 30 households and no house: they stand in its middle, 918 m east of the crossing, where no street leads.
# Grid C: nobody knows how many.


@dataclass(frozen=True)
class Town:
    street: Street
    station: int


def make_town(*, streets: bool = True) -> Town:
    street = make_street(households=100)
    set_households(b=(street.grid_b, 30))
    add("building", "residential", *(house(x, y, 20 if x < 0 else 10) for x, y in HOUSES))
    add("building", "commercial", house(200, 0, 40))
    if streets:
        add("road", "local", shapely.LineString([east_of(-400), east_of(400)]))
        add("road", "path", shapely.LineString([east_of(0, -400), east_of(0, 400)]))
    return Town(street, make_station(lon=X, lat=Y, area_id=street.grid_a))


def reached(town: Town, metres: int, **values: Any) -> tuple[int, int]:
    table = measure_reach(town.street.command, ReachFilter(metres, **values), NOW)
    return table.reached, table.total


@pytest.mark.parametrize(
    ("metres", "straight", "on_foot"),
    [(90, 0, 0), (105, 20, 20), (120, 40, 20), (155, 40, 40), (220, 80, 40), (305, 80, 80), (360, 100, 100)],
)
def test_households_are_those_counted_by_hand(db: Database, metres: int, straight: int, on_foot: int) -> None:
    town = make_town()
    assert reached(town, metres) == (straight, 130)
    assert reached(town, metres, on_foot=True) == (on_foot, 130)


def test_each_area_shares_its_households_out_over_its_houses_exactly(db: Database) -> None:
    town = make_town()
    set_households(a=(town.street.grid_a, 7))
    homes = homes_of(current_state())
    by_place = {int(place): homes.households[homes.area == place].tolist() for place in set(homes.area.tolist())}
    names = {homes.rows[place].name: numbers for place, numbers in by_place.items()}
    assert names == {"书院格": [2, 1, 3, 1], "学圃格": [30]}  # 1.4, 1.4, 2.8, 1.4: the largest rests are rounded up
    assert homes.by_area.tolist() == [False] * 4 + [True]


def test_what_is_counted_by_area_or_not_at_all_is_said(db: Database) -> None:
    town = make_town()
    make_station("流动站")
    table = measure_reach(town.street.command, ReachFilter(300), NOW)
    assert (table.by_area, table.areas, table.unknown, table.without_outline, table.without_place) == (30, 1, 1, 0, 1)
    with transaction(EVERYWHERE) as session:
        session.get_one(Area, town.street.grid_b).geometry = None
    table = measure_reach(town.street.command, ReachFilter(300), NOW)
    assert (table.total, table.by_area, table.without_outline) == (100, 0, 30)


def test_the_finest_areas_that_know_their_number_count_and_those_above_where_nobody_below_knows(db: Database) -> None:
    town = make_town()
    set_households(community=(town.street.community, 999), street=(town.street.street, 5000))
    assert reached(town, 2000) == (130, 130)
    set_households(a=(town.street.grid_a, None), b=(town.street.grid_b, None))
    table = measure_reach(town.street.command, ReachFilter(2000), NOW)
    assert (table.total, table.unknown, [row.name for row in table.finest]) == (999, 1, ["书院社区"])


def sums(table: ReachTable) -> list[tuple[int, int]]:
    return [(sum(row.reached for row in rows), sum(row.total for row in rows)) for rows in (table.grids, table.finest)]


@pytest.mark.parametrize("on_foot", [False, True])
def test_grids_and_finest_areas_add_up_to_the_total(db: Database, on_foot: bool) -> None:
    town = make_town()
    for metres in (105, 220, 360, 2000):
        table = measure_reach(town.street.command, ReachFilter(metres, on_foot=on_foot), NOW)
        assert sums(table) == [(table.reached, table.total)] * 2
        assert (table.on_foot, table.streets) == (on_foot, True)
    assert [(row.name, row.reached, row.total) for row in table.grids][-1] == ("归帆格", 0, 0)
    assert table.grids[-1].share is None


def test_a_station_says_what_it_reaches_and_what_by_it_alone(db: Database) -> None:
    town = make_town()
    lon, lat = east_of(100)
    other = make_station("议事厅", kind="council_hall", lon=lon, lat=lat, area_id=town.street.grid_a)
    table = measure_reach(town.street.command, ReachFilter(120), NOW)
    assert [(row.id, row.households, row.alone) for row in table.stations] == [(town.station, 40, 0), (other, 40, 0)]
    table = measure_reach(town.street.command, ReachFilter(105), NOW)
    assert [(row.id, row.households, row.alone) for row in table.stations] == [(other, 40, 20), (town.station, 20, 0)]
    assert reached(town, 105, kinds=("council_hall",)) == (40, 130)
    assert reached(town, 105, kinds=("service_centre",)) == (20, 130)


def test_each_sees_the_own_areas_alone(db: Database) -> None:
    town = make_town()
    street = town.street
    totals = {
        who.name: measure_reach(who, ReachFilter(1000), NOW).total
        for who in (street.command, street.secretary, street.leader_a, street.leader_b, street.department)
    }
    assert totals == {"顾岚": 130, "岑立": 130, "方宁": 100, "陆禾": 30, "城管中队": 0}
    theirs = measure_reach(street.leader_b, ReachFilter(1000), NOW)
    assert [row.name for row in (*theirs.grids, *theirs.finest)] == ["学圃格", "学圃格"]
    assert [(row.id, row.households) for row in theirs.stations] == [(town.station, 30)]  # reaches over the border
    assert measure_reach(street.leader_b, ReachFilter(300), NOW).stations == ()
    assert next_sites(street.leader_b, ReachFilter(300), now=NOW).sites[0].name == "书院社区 · 学圃格"
    for who in (street.visitor, street.volunteer, street.member):
        for ask in (measure_reach, next_sites):
            with pytest.raises(PermissionDenied):
                ask(who, ReachFilter(300), now=NOW)
        with pytest.raises(PermissionDenied):
            reach_overlay(who, ReachFilter(300), None)


@pytest.mark.parametrize("metres", [0, -5, 20_001])
def test_a_distance_that_is_none_is_refused(db: Database, metres: int) -> None:
    street = make_street()
    for ask in (measure_reach, next_sites):
        with pytest.raises(InvalidReach):
            ask(street.command, ReachFilter(metres), now=NOW)
    with pytest.raises(InvalidReach):
        reach_overlay(street.command, ReachFilter(metres), None)
    with pytest.raises(InvalidPlace):
        next_sites(street.command, ReachFilter(300), [(181.0, 0.0)], NOW)


def test_nothing_known_is_no_share(db: Database) -> None:
    empty = measure_reach(make_user(Role.COMMAND_CENTRE), ReachFilter(300), NOW)  # not even an area
    assert (empty.total, empty.share, empty.grids, empty.stations) == (0, None, (), ())
    street = make_street()
    table = measure_reach(street.command, ReachFilter(300, on_foot=True), NOW)
    assert (table.total, table.share, table.unknown) == (0, None, 3)
    assert next_sites(street.command, ReachFilter(300), now=NOW).sites == ()
    assert reach_overlay(street.command, ReachFilter(300), None).total == 0


def test_without_a_station_of_the_kind_nobody_is_reached(db: Database) -> None:
    town = make_town()
    table = measure_reach(town.street.command, ReachFilter(300, ("no_such_kind",)), NOW)
    assert (table.reached, table.total, table.stations) == (0, 130, ())


def test_on_foot_without_streets_is_straight_and_says_so(db: Database) -> None:
    town = make_town(streets=False)
    table = measure_reach(town.street.command, ReachFilter(220, on_foot=True), NOW)
    assert (table.reached, table.on_foot, table.streets) == (80, False, False)


def test_the_second_site_is_counted_after_the_first(db: Database) -> None:
    town = make_town()
    with transaction(EVERYWHERE) as session:
        session.get_one(Station, town.station).lon = 113.0  # far away: nobody is reached
    here, near, far = east_of(50), east_of(60, 30), east_of(-150, 150)
    found = next_sites(town.street.command, ReachFilter(120), [here, near, far], NOW)
    told = [(site.number, site.name, site.more, site.reached) for site in found.sites]
    assert told == [
        (1, "", 40, 40),  # the two houses of 20; the second place has the same two and adds nothing any more
        (3, "", 40, 80),
        (None, "书院社区 · 学圃格", 30, 110),
    ]
    assert found.tried == 5  # and the middles of two grids
    many = [(X + n / 1000, Y) for n in range(MOST_PLACES + 3)]
    assert next_sites(town.street.command, ReachFilter(120), many, NOW).tried == MOST_PLACES + 2


def test_no_site_is_named_that_adds_nothing(db: Database) -> None:
    town = make_town()
    assert next_sites(town.street.command, ReachFilter(2000), now=NOW).sites == ()


def test_a_change_shows_at_once_and_a_rerun_asks_two_statements(db: Database) -> None:
    town = make_town()
    actor, which = town.street.command, ReachFilter(300)
    assert measure_reach(actor, which, NOW).reached == 80
    next_sites(actor, which, now=NOW)
    with recorded() as statements:
        measure_reach(actor, which, NOW)
    statements.most(2)
    with recorded() as statements:
        next_sites(actor, which, now=NOW)
    statements.most(2)
    make_station(lon=IN_B[0], lat=IN_B[1], area_id=town.street.grid_b)
    assert measure_reach(actor, which, NOW).reached == 110
    set_households(b=(town.street.grid_b, 50))
    assert measure_reach(actor, which, NOW).reached == 130
    add("building", "residential", house(918, -400, 10))  # now the homes of grid B stand there, 400 m from its station
    assert measure_reach(actor, which, NOW).reached == 80


def test_statements_do_not_grow_with_stations_and_houses(db: Database) -> None:
    town = make_town()
    with recorded() as few:
        measure_reach(town.street.command, ReachFilter(300, on_foot=True), NOW)
    for number in range(30):
        make_station(f"站{number}", lon=X, lat=Y, area_id=town.street.grid_a)
    add("building", "residential", *(house(-200 + 10 * n, -200, 10) for n in range(40)))
    with recorded() as many:
        measure_reach(town.street.command, ReachFilter(300, on_foot=True), NOW)
    assert len(many) <= len(few)


def test_the_map_gets_squares_ground_and_sites_without_a_name(db: Database) -> None:
    town = make_town()
    actor, which = town.street.command, ReachFilter(120)
    sites = next_sites(actor, which, now=NOW).sites
    overlay = reach_overlay(actor, which, (X, Y), sites, NOW)
    text = read_overlay(actor, overlay.token)
    assert (text.count('"overlaps"'), text.count('"new"'), text.count('"changed"')) == (3, 1, 2 * len(sites))
    assert "书院" not in text
    walked = read_overlay(actor, reach_overlay(actor, ReachFilter(120, on_foot=True), (X, Y), (), NOW).token)
    assert walked.count('"new"') == 1
    assert reach_overlay(actor, ReachFilter(2000), None, (), NOW).total == 0
