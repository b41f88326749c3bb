"""The demo town of 岚 has a split and a merger in its past, with everything where it lay then (features A4, M2)."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from shapely import Point
from sqlalchemy import func, select

from config.profiles import PROFILE_KEYS, load_profile
from db.models import Activity, Area, Assignment, Incident, IncidentEvent, OrganisationArea, PostHolding, Visit
from db.session import Database
from domain.area_changes import CarriedSubject, ChangeKind
from domain.clock import local_date
from domain.incidents import OPEN, IncidentAction
from domain.permissions import EVERYWHERE, SYSTEM
from geo.cutting import require_cover
from services.areas.change_views import list_area_changes, list_carried
from services.demo import DemoReport, build_demo
from services.system.maintenance import verify
from tests.built_towns import TownShelf, in_use

NOW = datetime(2026, 3, 18, 6, 32, tzinfo=UTC)
SPLIT, MERGER = date(2025, 10, 9), date(2026, 1, 12)

Town = tuple[Database, DemoReport]


@pytest.fixture(scope="module")
def built(built_towns: TownShelf, tmp_path_factory: pytest.TempPathFactory) -> Town:
    file = tmp_path_factory.mktemp("lanshan") / "town.db"
    report = built_towns.copy("lanshan", NOW, file)
    return Database(f"sqlite:///{file}"), report


@pytest.fixture
def town(built: Town) -> Iterator[Database]:
    with in_use(built[0]):
        yield built[0]


def ended(town: Database) -> dict[int, Area]:
    with town.reading(EVERYWHERE) as session:
        return {area.id: area for area in session.scalars(select(Area).where(Area.valid_to.is_not(None)))}


def test_one_town_has_changes_in_its_past() -> None:
    having = [key for key in PROFILE_KEYS if load_profile(key).town.grid_changes]
    assert having == ["lanshan"]
    assert all(change.is_example for change in load_profile("lanshan").town.grid_changes)


def test_the_records_tell_of_a_split_and_a_merger(town: Database) -> None:
    merger, split = list_area_changes(SYSTEM)
    assert (split.kind, split.day, len(split.old), len(split.new)) == (ChangeKind.SPLIT, SPLIT, 1, 2)
    assert (merger.kind, merger.day, len(merger.old), len(merger.new)) == (ChangeKind.MERGE, MERGER, 2, 1)
    codes = [code for view in (split, merger) for code, _ in (*view.old, *view.new)]
    assert len(set(codes)) == 6
    assert max(code for code, _ in (*split.old, *merger.old)) < min(code for code, _ in (*split.new, *merger.new))
    assert split.figures["incident"]["kept"] > 100
    assert split.figures["incident"]["moved"] > 0
    assert split.waiting == 0
    assert merger.waiting > 0
    assert {one.subject for one in list_carried(SYSTEM)} <= {CarriedSubject.ASSIGNMENT, CarriedSubject.POST}


def test_no_headline_figure_counts_a_grid_that_has_ended(built: Town) -> None:
    for figure in built[1].headline:
        assert figure.held is None or figure.held == figure.stated, figure
    with built[0].reading(EVERYWHERE) as session:
        grids = session.scalar(select(func.count(Area.id)).where(Area.level == "grid", Area.valid_to.is_(None)))
    assert grids == 24


def test_verify_finds_nothing(town: Database) -> None:
    report = verify(SYSTEM)
    assert [check for check in report.checks if check.faults] == []


def test_the_old_grids_covered_the_same_ground_with_the_same_households(town: Database) -> None:
    merger, split = list_area_changes(SYSTEM)
    with town.reading(EVERYWHERE) as session:
        by_code = {area.code: area for area in session.scalars(select(Area))}
    for view in (split, merger):
        old, new = ([by_code[code] for code, _ in codes] for codes in (view.old, view.new))
        require_cover([area.geometry for area in old], [area.geometry for area in new])
        assert sum(area.households or 0 for area in old) == sum(area.households or 0 for area in new)
        assert {area.valid_to for area in old} == {view.day} == {area.valid_from for area in new}
        assert len({area.parent_id for area in (*old, *new)}) == 1
        assert all(area.path.endswith(f"/{area.id}/") for area in old)


def test_cases_lie_where_they_were_closed_and_open_ones_moved(town: Database) -> None:
    old = ended(town)
    with town.reading(EVERYWHERE) as session:
        kept = list(session.scalars(select(Incident).where(Incident.area_id.in_(old))))
        moves = list(session.scalars(select(IncidentEvent).where(IncidentEvent.action == IncidentAction.REGRID)))
        areas = {area.id: area for area in session.scalars(select(Area))}
        ids = [move.incident_id for move in moves]
        moved = {case.id: case for case in session.scalars(select(Incident).where(Incident.id.in_(ids)))}
    assert all(case.status not in OPEN for case in kept)
    for case in kept:
        area = old[case.area_id or 0]
        assert local_date(case.reported_at) <= (area.valid_to or date.max)
        assert area.geometry.buffer(1e-6).contains(Point(case.lon, case.lat))
    for move in moves:
        said = json.loads(move.detail)
        assert said["area_to"] == areas[moved[move.incident_id].area_id or 0].name
        assert said["area_from"] in {area.name for area in old.values()}
    assert len(moves) == sum(view.figures["incident"]["moved"] for view in list_area_changes(SYSTEM))


def test_nothing_dated_lies_outside_the_days_of_its_grid(town: Database) -> None:
    with town.reading(EVERYWHERE) as session:
        areas = {area.id: area for area in session.scalars(select(Area))}
        spans = [(row.area_id, row.starts_on, row.ends_on) for row in session.scalars(select(Assignment))]
        for model in (PostHolding, OrganisationArea):
            spans += [
                (row.area_id, row.valid_from, row.valid_to and row.valid_to - timedelta(days=1))
                for row in session.scalars(select(model))
            ]
        moments = [(row.area_id, row.starts_at) for row in session.scalars(select(Activity))]
        moments += [(row.area_id, row.at) for row in session.scalars(select(Visit))]
    spans += [(area_id, local_date(moment), local_date(moment)) for area_id, moment in moments]
    changed = {area_id for area_id, area in areas.items() if area.valid_to or area.valid_from in (SPLIT, MERGER)}
    for area_id, first, last in spans:
        if area_id in changed:
            area = areas[area_id]
            assert first >= area.valid_from
            assert area.valid_to is None or (last is not None and last < area.valid_to), (area.name, first, last)


def test_a_second_building_gives_the_same_changes(built: Town, tmp_path_factory: pytest.TempPathFactory) -> None:
    again = Database(f"sqlite:///{tmp_path_factory.mktemp('again') / 'town.db'}")
    assert build_demo("lanshan", now=NOW, target=again).digest == built[1].digest
