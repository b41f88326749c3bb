"""Rhythm by unit: gaps, the ladder, the records behind it; who may see which units."""

from datetime import date, datetime, time, timedelta

import pytest

from db.session import Database
from domain.area_changes import ChangeKind
from domain.clock import from_local
from domain.errors import NotFound, PermissionDenied
from domain.permissions import Actor, Role
from domain.rhythm import LadderStep
from services.activities.rhythm import (
    TEAM,
    count_kinds_by_month,
    get_rhythm,
    list_step_records,
    rhythm_overlay,
)
from services.areas.change_plan import ChangeForm
from services.areas.changes import apply_change, plan_change
from services.maps.overlays import read_overlay
from tests.factories import (
    make_activity,
    make_area,
    make_attendance,
    make_team,
    make_user,
    make_volunteer,
    use_profile,
)
from tests.incident_town import NOW as SPLIT_AT
from tests.incident_town import make_street
from tests.services.areas.test_changes import CUT, present

MONTH, NOW = date(2026, 9, 1), from_local(date(2026, 9, 20), time(12))
HOBBY, GOVERNING = "tea_talk", "building_council"  # of the profile wanli: 2 times, 6 hours, 3 times


def at(day: int, month: int = 9) -> datetime:
    return from_local(date(2026, month, day), time(9))


@pytest.fixture
def grids(db: Database) -> tuple[int, int, int]:
    use_profile("wanli")
    street = make_area("街道", level="street", box=(121.38, 31.26, 121.42, 31.28))
    community = make_area("居民区", level="community", parent=street)
    return tuple(
        make_area(f"{n}格", parent=community, box=(121.38 + n / 100, 31.26, 121.39 + n / 100, 31.28)) for n in range(3)
    )  # type: ignore[return-value]


def attended(volunteer: int, kind: str, day: int, hours: float = 1, month: int = 9, **values: object) -> int:
    starts = at(day, month)
    activity = make_activity(kind, kind=kind, starts_at=starts)
    times = {"checked_in_at": starts, "checked_out_at": starts + timedelta(hours=hours), "minutes": int(hours * 60)}
    make_attendance(activity, volunteer, **(times | values))
    return activity


def test_units_without_an_activity_are_gaps(grids: tuple[int, int, int]) -> None:
    first, second, third = grids
    building = make_area("楼组", level="micro_grid", parent=first)
    make_activity(area_id=building, starts_at=at(5))  # counts for the grid it lies in
    make_activity(area_id=second, starts_at=at(25))  # still to come
    make_activity(area_id=third, starts_at=at(5), cancelled_at=NOW)
    make_activity(area_id=third, starts_at=at(31, 8))
    make_activity(area_id=third, starts_at=at(1, 10))
    make_activity(starts_at=at(5))  # of the whole street: for no grid
    view = get_rhythm(make_user(), date(2026, 9, 17), NOW)
    assert (view.month, view.unit, view.per_month) == (MONTH, "grid", 1)
    assert [(one.over, one.ahead) for one in view.units] == [(1, 0), (0, 1), (0, 0)]
    assert [one.key for one in view.gaps] == [third]
    assert (view.kept, len(view.units)) == (2, 3)
    actor = make_user()
    overlay = rhythm_overlay(actor, view)
    assert overlay.total == 1
    assert "2格" in read_overlay(actor, overlay.token)


def test_the_ladder_counts_verified_records_by_home(grids: tuple[int, int, int]) -> None:
    home, other, _ = grids
    dancer, helper = make_volunteer("甲", area=home), make_volunteer("乙", area=home)
    make_volunteer("丙", area=other)
    hobby = [attended(dancer, HOBBY, 2), attended(dancer, HOBBY, 3, month=8)]
    for day in (1, 2, 3):
        attended(helper, GOVERNING, day, hours=2)
    attended(dancer, GOVERNING, 4, source="manual")  # waits for its second person
    attended(dancer, GOVERNING, 5, month=10)  # after the month
    view = get_rhythm(make_user(), MONTH, NOW)
    assert (view.ladder_since, view.ladder_until) == (date(2025, 10, 1), date(2026, 10, 1))
    assert [tuple(one.steps[step] for step in LadderStep) for one in view.units] == [(1, 1, 1), (0, 0, 0), (0, 0, 0)]
    found = list_step_records(make_user(), MONTH, home, LadderStep.INTEREST)
    assert [(one.activity_id, one.people) for one in found] == [(number, 1) for number in hobby]
    assert len(list_step_records(make_user(), MONTH, home, LadderStep.SERVICE)) == 3
    assert list_step_records(make_user(), MONTH, other, LadderStep.SERVICE) == []


def test_only_units_of_the_scope_are_seen(grids: tuple[int, int, int]) -> None:
    leader = make_user(Role.GRID_LEADER, area=grids[0])
    assert [one.key for one in get_rhythm(leader, MONTH, NOW).units] == [grids[0]]
    with pytest.raises(NotFound):
        list_step_records(leader, MONTH, grids[1], LadderStep.INTEREST)
    with pytest.raises(PermissionDenied):
        get_rhythm(make_user(Role.VISITOR), MONTH, NOW)


def test_teams_are_units_where_the_profile_says_so(db: Database) -> None:
    use_profile("linfeng")
    brigade = make_team("总队")
    teams = [make_team(name, parent=brigade) for name in ("望邻队", "话邻队")]
    make_activity(team_id=teams[0], starts_at=at(5))
    view = get_rhythm(make_user(), MONTH, NOW)
    assert view.unit == TEAM
    assert [(one.name, one.activities) for one in view.units] == [("望邻队", 1), ("话邻队", 0)]
    assert rhythm_overlay(make_user(), view).token == ""


def test_kinds_are_counted_by_month_over_a_year(grids: tuple[int, int, int]) -> None:
    make_activity(kind=HOBBY, starts_at=at(1))
    make_activity(kind=HOBBY, starts_at=at(30))
    make_activity(kind=GOVERNING, starts_at=from_local(date(2025, 10, 1), time()))
    make_activity(kind=GOVERNING, starts_at=from_local(date(2025, 9, 30), time(23)))
    make_activity(kind=HOBBY, starts_at=at(1, 10))
    found = count_kinds_by_month(make_user(), MONTH)
    assert found == {(MONTH, HOBBY): 2, (date(2025, 10, 1), GOVERNING): 1}


def test_a_month_shows_its_own_grids_and_counts_what_was_held_before_a_split(db: Database) -> None:
    use_profile("wanli")
    street = make_street()
    volunteer = make_volunteer("甲", area=street.grid_a)
    for day in (3, 4):
        attended(volunteer, HOBBY, day, month=2)
    for month in (2, 3):
        make_activity("邻里节", area_id=street.grid_a, starts_at=at(5, month))
    form = ChangeForm(ChangeKind.SPLIT, (street.grid_a,), date(2026, 3, 18), "户数超标", lines=CUT, heir=0)
    apply_change(street.administrator, form, plan_change(street.administrator, form, SPLIT_AT).digest, SPLIT_AT)

    def units(month: int, actor: Actor) -> dict[str, int]:
        return {one.name: one.activities for one in get_rhythm(actor, date(2026, month, 9), SPLIT_AT).units}

    assert units(2, street.command) == {"书院格": 1, "学圃格": 0, "归帆格": 0}
    assert units(3, street.command) == {"学圃格": 0, "书院格一": 1, "书院格二": 1, "归帆格": 0}
    assert get_rhythm(street.command, date(2026, 3, 9), SPLIT_AT).activities == 1, "each once"
    leader = make_user(Role.GRID_LEADER, area=present("书院格二").id)
    assert units(3, leader) == {"书院格二": 1}
    for month, home in ((2, "书院格"), (3, "书院格一")):
        view = get_rhythm(street.command, date(2026, month, 1), SPLIT_AT)
        standing = {one.name: one.steps[LadderStep.INTEREST] for one in view.units if one.steps[LadderStep.INTEREST]}
        assert standing == {home: 1}
        unit = next(one.key for one in view.units if one.name == home)
        found = list_step_records(street.command, date(2026, month, 1), unit, LadderStep.INTEREST, SPLIT_AT)
        assert len(found) == 2
