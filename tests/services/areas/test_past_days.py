"""After grids changed: past days show their own grids, and sums over time stay (feature A4)."""

import gzip
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from db.models import Area, Incident
from db.session import Database, reading, transaction
from domain.area_changes import ChangeKind
from domain.incidents import IncidentAction
from domain.measures import Measure
from domain.periods import period_around
from domain.permissions import EVERYWHERE
from services.areas.change_plan import ChangeForm
from services.areas.exporting import export_areas
from services.areas.register import list_areas
from services.areas.tree import area_tree, current_state
from services.incidents.cases import act_on_incident, get_incident
from services.indicators.measuring import measure
from services.indicators.tables import group_name
from services.maps.measures import measure_values
from services.maps.panel import area_code, area_panel, find_area_id
from services.maps.tiles import area_tiles
from services.maps.views import area_outline
from services.people.assignments import AssignmentForm, assign_member, get_coverage
from services.timelines.checks import verify_timelines
from tests.factories import make_person
from tests.incident_town import NOW, Street, logged, make_street
from tests.services.areas.test_changes import EAST_HALF, TODAY, WEST_HALF, change, closed, present, split
from tests.services.maps.test_tiles import tile_at
from tests.statements import recorded
from tests.tile_decoder import decode_tile

YESTERDAY = TODAY - timedelta(days=1)
LATER = NOW + timedelta(days=1)


def changed() -> Street:
    """Grid A was split today: one case closed in it before, two open ones moved."""
    street = make_street(households=620)
    closed(street, "c", WEST_HALF, NOW - timedelta(days=3))
    logged(street.command, "w", lon=WEST_HALF[0], lat=WEST_HALF[1])
    logged(street.command, "e", lon=EAST_HALF[0], lat=EAST_HALF[1])
    change(street, split(street))
    return street


def shown(street: Street, day: date | None) -> set[int | None]:
    data = area_tiles(street.command, Measure.OPEN, NOW, day).tile(tile_at(14))
    return {feature.id for feature in decode_tile(gzip.decompress(data))["areas"]}


def test_tiles_of_a_past_day_show_its_grids_without_colours(db: Database) -> None:
    street = changed()
    new = {present("书院格一").id, present("书院格二").id}
    assert street.grid_a in shown(street, YESTERDAY)
    assert not new & shown(street, YESTERDAY)
    for day in (None, TODAY, TODAY + timedelta(days=9)):
        assert new <= shown(street, day)
        assert street.grid_a not in shown(street, day)
    past = area_tiles(street.command, Measure.OPEN, NOW, YESTERDAY)
    assert past.version != area_tiles(street.command, Measure.OPEN, NOW).version
    with recorded(db) as statements:
        past.tile(tile_at(14))
        past.tile(tile_at(14))
    assert len(statements) <= 6


def test_the_panel_of_a_past_day_finds_the_grid_and_its_days(db: Database) -> None:
    street = changed()
    assert find_area_id(street.command, "410311001001001") is None
    assert find_area_id(street.command, "410311001001001", YESTERDAY) == street.grid_a
    assert area_code(street.visitor, street.grid_a) == "410311001001001"
    panel = area_panel(street.command, street.grid_a, NOW)
    assert (panel.name, panel.valid_to, panel.in_scope) == ("书院格", TODAY, False)
    assert area_outline(street.command, street.grid_a).geometry["type"] == "Polygon"


def test_sums_of_the_levels_above_stay_on_the_map(db: Database) -> None:
    street = make_street(households=620)
    closed(street, "c", WEST_HALF, NOW - timedelta(days=3))
    logged(street.command, "w", lon=WEST_HALF[0], lat=WEST_HALF[1])

    def reported() -> float:
        values = measure_values(current_state(), EVERYWHERE, Measure.RATE, NOW)
        [at] = area_tree(current_state()).places([street.community])
        return float(values.total[at])

    before = reported()
    change(street, split(street))
    assert (before, reported()) == (2, 2)


def test_indicators_show_old_and_new_with_their_days_and_the_same_total(db: Database) -> None:
    street = make_street(households=620)
    closed(street, "c", WEST_HALF, NOW - timedelta(days=3))
    logged(street.command, "w", lon=WEST_HALF[0], lat=WEST_HALF[1])
    march = period_around("month", TODAY)

    def reported(by: str) -> tuple[dict[str, float], float]:
        table = measure(street.command, march, by, LATER)
        rows = {group_name(row.group, "zh_CN"): row.figures["reported"].now.numerator for row in table.rows}
        return rows, table.total.figures["reported"].now.numerator

    before = reported("grid"), reported("community")
    change(street, split(street))
    rows, total = reported("grid")
    assert rows == {
        "学圃格": 0, "书院格一（自 2026-03-18）": 1, "书院格二（自 2026-03-18）": 0, "归帆格": 0,
        "书院格（至 2026-03-17）": 1,
    }  # fmt: skip
    assert total == before[0][1] == 2
    assert reported("community") == before[1]


def test_a_redrawn_grid_is_one_row_over_the_change(db: Database) -> None:
    street = make_street()
    closed(street, "c", WEST_HALF, NOW - timedelta(days=3))
    logged(street.command, "w", lon=WEST_HALF[0], lat=WEST_HALF[1])
    lines = (((112.407, 34.59), (112.407, 34.62)),)
    change(street, ChangeForm(ChangeKind.REDRAW, (street.grid_a, street.grid_b), TODAY, "道路改造", lines))
    table = measure(street.command, period_around("month", TODAY), "grid", LATER)
    found = [
        (row.group.name, row.figures["reported"].now.numerator) for row in table.rows if row.group.name == "书院格"
    ]
    assert found == [("书院格", 2)]


def test_list_and_export_of_a_past_day(db: Database, tmp_path: Path) -> None:
    street = changed()
    assert [area.name for area in list_areas(street.administrator, "grid", YESTERDAY)] == ["书院格", "学圃格", "归帆格"]
    file = tmp_path / "grids.geojson"
    report = export_areas(street.administrator, "geojson", "grid", file, NOW, YESTERDAY)
    assert report.areas == 3
    names = [one["properties"]["name"] for one in json.loads(file.read_text("utf-8"))["features"]]
    assert names == ["书院格", "学圃格", "归帆格"]
    assert export_areas(street.administrator, "geojson", "grid", file, NOW).areas == 4


def test_coverage_of_a_past_day_counts_its_grids(db: Database) -> None:
    street = make_street(households=620)
    person = make_person("柳青", is_party_member=True)
    assign_member(street.command, AssignmentForm(person, street.grid_a, "core_member", date(2026, 1, 1)), NOW)
    change(street, split(street, heir=1))

    def covered(day: date) -> dict[str, int]:
        return {grid.name: grid.members for grid in get_coverage(street.command, day).grids}

    assert covered(YESTERDAY) == {"书院格": 1, "学圃格": 0, "归帆格": 0}
    assert covered(TODAY) == {"书院格一": 0, "书院格二": 1, "学圃格": 0, "归帆格": 0}


@pytest.mark.parametrize("placed", [True, False])
def test_a_case_that_is_opened_again_goes_to_the_grid_that_is_there_now(db: Database, placed: bool) -> None:
    street = make_street(households=620)
    done = closed_by_feedback(street)
    if not placed:
        with transaction(EVERYWHERE) as session:
            case = session.get_one(Incident, done)
            case.lon = case.lat = None
    change(street, split(street), NOW + timedelta(hours=6))
    view = get_incident(street.command, done, LATER).view
    assert view.area_id == street.grid_a
    act_on_incident(street.command, done, IncidentAction.REOPEN, view.version, "又坏了", now=LATER)
    view = get_incident(street.command, done, LATER).view
    # Without a place nobody can say which half it is: it stays, and its place can be put right.
    assert view.area_name == ("书院格一" if placed else "书院格")
    assert verify_timelines().findings == []


def closed_by_feedback(street: Street) -> int:
    """A case of grid A's west half that was handled, checked and closed."""
    done = logged(street.command, "r", lon=WEST_HALF[0], lat=WEST_HALF[1]).id
    steps = [
        (street.leader_a, IncidentAction.TAKE_OVER, ""), (street.leader_a, IncidentAction.FEED_BACK, "修好了"),
        (street.command, IncidentAction.CLOSE, ""),
    ]  # fmt: skip
    for hour, (actor, action, note) in enumerate(steps, 1):
        version = get_incident(actor, done, NOW).view.version
        act_on_incident(
            actor, done, action, version, note, standard_confirmed=True, now=NOW + timedelta(hours=hour)
        )  # fmt: skip
    with reading(EVERYWHERE) as session:
        assert session.get_one(Incident, done).closed_at is not None
        assert session.get_one(Area, street.grid_a).valid_to is None
    return done
