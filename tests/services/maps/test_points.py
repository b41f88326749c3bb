"""Points of the map: the same incidents as the list, symbols, scope, areas instead of points when there are many."""

from datetime import timedelta

import pytest

from db.session import Database
from domain.incidents import IncidentSymbol
from domain.permissions import Actor
from services.incidents.cases import IncidentFilter, list_incidents
from services.maps import points as map_points
from services.maps.points import PointLayer, incident_points, station_points
from services.maps.views import map_versions
from tests.factories import make_station
from tests.incident_town import IN_B, NOW, OUTSIDE, Street, logged, make_street


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def symbols(layer: PointLayer) -> list[str]:
    return [layer.symbols[row[3]] for row in layer.rows]


@pytest.mark.parametrize(
    "which",
    [
        IncidentFilter(),
        IncidentFilter(symbols=frozenset({IncidentSymbol.WAITING})),
        IncidentFilter(symbols=frozenset({IncidentSymbol.OVERDUE})),
        IncidentFilter(category="street_light"),
        IncidentFilter(text="路灯"),
        IncidentFilter(outside=True),
    ],
)
def test_map_and_list_count_the_same_when_the_filter_is_the_same(street: Street, which: IncidentFilter) -> None:
    for number, place in enumerate((None, IN_B, OUTSIDE, IN_B)):
        at = {"at": place, "area_id": street.grid_a} if place is None else {"at": place}
        logged(street.command, f"form-{number}", **at)
    for actor in (street.command, street.secretary, street.leader_a):
        assert incident_points(actor, which, NOW).total == list_incidents(actor, which, NOW).total


def test_incident_without_a_place_is_counted_when_the_map_cannot_show_it(street: Street) -> None:
    logged(street.command, "placed")
    logged(street.command, "listed", at=None, area_id=street.grid_a)
    layer = incident_points(street.command, now=NOW)
    assert (layer.total, layer.placed, layer.without_place, len(layer.rows)) == (2, 1, 1, 1)


def test_incidents_do_not_leak_when_the_asker_works_elsewhere(street: Street) -> None:
    logged(street.command, "one")
    assert incident_points(street.leader_a, now=NOW).total == 1
    assert incident_points(street.leader_b, now=NOW).total == 0
    assert incident_points(street.leader_b, now=NOW).rows == []


def test_labels_are_missing_when_the_asker_may_not_read_incidents(street: Street) -> None:
    receipt = logged(street.command, "one")
    [shown], [bare] = incident_points(street.command, now=NOW).rows, incident_points(street.visitor, now=NOW).rows
    assert receipt.number in shown[4]
    assert len(bare) == 4


def test_words_find_nothing_out_when_the_asker_may_not_read_incidents(street: Street) -> None:
    logged(street.command, "one")
    for text, readable in (("路灯", 1), ("王", 0)):
        assert incident_points(street.command, IncidentFilter(text=text), NOW).total == readable
        assert incident_points(street.visitor, IncidentFilter(text=text), NOW).total == 1
    assert incident_points(street.visitor, IncidentFilter(category="noise"), NOW).total == 1


def test_symbol_turns_when_time_runs_out_and_the_version_with_it(street: Street) -> None:
    logged(street.command, "one")
    early, late = (
        incident_points(street.command, now=NOW),
        incident_points(street.command, now=NOW + timedelta(days=60)),
    )
    assert (symbols(early), symbols(late)) == (["waiting"], ["overdue"])
    assert early.version != late.version


def test_version_stays_when_nothing_was_written(street: Street) -> None:
    logged(street.command, "one")
    assert map_versions(street.command, None, NOW) == map_versions(street.command, None, NOW)
    before = map_versions(street.command, None, NOW)["incidents"]
    logged(street.command, "two", at=IN_B)
    assert map_versions(street.command, None, NOW)["incidents"] != before


def test_areas_stand_for_points_when_there_are_too_many(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_points, "MOST_POINTS", 20)
    for number in range(22):
        logged(street.command, f"form-{number}", at=IN_B if number % 2 else (112.405, 34.605))
    layer = incident_points(street.command, now=NOW)
    assert layer.rows == []
    assert sum(bunch[3] for bunch in layer.bunches) == layer.placed == 22
    assert {bunch[0] for bunch in layer.bunches} <= {street.grid_a, street.grid_b, street.community}


def test_stations_carry_the_symbol_of_their_kind(street: Street) -> None:
    make_station("党群服务中心", kind="service_centre", lon=112.405, lat=34.605)
    make_station("无名站", kind="service_station")
    layer = station_points(street.visitor)
    assert (layer.total, layer.placed, layer.without_place) == (2, 1, 1)
    assert symbols(layer) == ["service_centre"]
    assert layer.rows[0][4] == "党群服务中心"


def actor_sees(actor: Actor) -> int:
    return incident_points(actor, now=NOW).total


def test_volunteer_without_reading_rights_gets_points_of_the_own_area_only(street: Street) -> None:
    logged(street.command, "one")
    logged(street.command, "two", at=(112.425, 34.605))
    assert (actor_sees(street.volunteer), actor_sees(street.command)) == (1, 2)
