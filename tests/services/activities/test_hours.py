"""Hours by team and by area: the figures add up, on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest

from db.session import Database
from domain.errors import PermissionDenied
from domain.permissions import Role
from services.activities.hours import ServicePart, get_own_service, summarise_service
from tests.factories import (
    make_activity,
    make_area,
    make_attendance,
    make_person,
    make_team,
    make_user,
    make_volunteer,
)

NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
SINCE, UNTIL = NOW - timedelta(days=30), NOW + timedelta(days=1)


def serve(volunteer: int, minutes: int, at: datetime = NOW, **values: object) -> None:
    make_attendance(
        make_activity(starts_at=at), volunteer,
        **({"checked_in_at": at, "checked_out_at": at, "minutes": minutes} | values),
    )  # fmt: skip


def line(part: ServicePart) -> tuple[str | None, int, int, int, int]:
    return part.name, part.people, part.served, part.times, part.minutes


@pytest.fixture
def street(db: Database) -> int:
    """Street > community > two grids, one with a courtyard; four volunteers in two teams or none."""
    street = make_area("街道", level="street", area_m2=2_000_000.0)
    community = make_area("社区", level="community", parent=street)
    first, second = make_area("一格", parent=community), make_area("二格", parent=community)
    yard = make_area("院落", level="micro_grid", parent=first)
    team = make_team("望邻队")
    in_grid, in_yard = make_volunteer("甲", area=first, team=team), make_volunteer("乙", area=yard, team=team)
    above, nowhere = make_volunteer("丙", area=community), make_volunteer("丁", team=make_team("话邻队"))
    make_volunteer("戊", area=second, team=team)
    make_volunteer("己", area=second, left_on=date(2026, 1, 1))
    serve(in_grid, 60)
    serve(in_grid, 30)
    serve(in_yard, 45)
    serve(above, 15)
    serve(nowhere, 20)
    serve(in_grid, 1000, at=NOW - timedelta(days=90))
    serve(in_yard, 1000, cancelled_at=NOW)
    serve(nowhere, 1000, source="manual")
    return street


def test_teams_and_areas_both_add_up_to_the_total(street: int) -> None:
    found = summarise_service(make_user(), SINCE, UNTIL, now=NOW)
    assert (found.people, found.served, found.times, found.minutes) == (5, 4, 5, 170)
    assert [line(part) for part in found.by_team] == [
        ("望邻队", 3, 2, 3, 135), ("话邻队", 1, 1, 1, 20), (None, 1, 1, 1, 15),
    ]  # fmt: skip
    assert [line(part) for part in found.by_area] == [
        ("一格", 2, 2, 3, 135), ("二格", 1, 0, 0, 0), (None, 2, 2, 2, 35),
    ]  # fmt: skip
    for name in ("people", "served", "times", "minutes"):
        total = getattr(found, name)
        assert sum(getattr(part, name) for part in found.by_team) == total
        assert sum(getattr(part, name) for part in found.by_area) == total
    assert found.area_km2 == 2.0
    assert found.density == 2.5


def test_areas_are_joined_on_the_level_that_is_asked_for(street: int) -> None:
    found = summarise_service(make_user(), SINCE, UNTIL, "community", NOW)
    assert [line(part) for part in found.by_area] == [("社区", 4, 3, 4, 150), (None, 1, 1, 1, 20)]


def test_grids_of_one_name_are_told_apart_by_their_community(db: Database) -> None:
    street = make_area("街道", level="street")
    for name in ("东社区", "西社区"):
        grid = make_area("第一网格", parent=make_area(name, level="community", parent=street))
        serve(make_volunteer(f"{name}人", area=grid), 10)
    serve(make_volunteer("丙", area=make_area("第二网格", parent=street)), 10)
    found = summarise_service(make_user(), SINCE, UNTIL, now=NOW).by_area
    assert sorted((part.above or "", part.name) for part in found) == [
        ("", "第二网格"), ("东社区", "第一网格"), ("西社区", "第一网格"),
    ]  # fmt: skip


def test_a_leader_counts_the_people_of_the_grid_alone(street: int) -> None:
    grid = make_area("三格", parent=street, area_m2=None)
    mine, other = make_volunteer("庚", area=grid), make_volunteer("辛", area=street)
    serve(mine, 10)
    serve(other, 10)
    found = summarise_service(make_user(Role.GRID_LEADER, area=grid), SINCE, UNTIL, now=NOW)
    assert (found.people, found.minutes, found.density) == (1, 10, None)
    assert [part.name for part in found.by_area] == ["三格"]
    with pytest.raises(PermissionDenied):
        summarise_service(make_user(Role.VOLUNTEER, area=grid), SINCE, UNTIL, now=NOW)


def test_the_density_of_an_area_is_people_by_its_size(street: int) -> None:
    grid = make_area("四格", parent=street, area_m2=500_000)
    for name in ("庚", "辛", "壬"):
        make_volunteer(name, area=grid)
    found = {part.name: part.density for part in summarise_service(make_user(), SINCE, UNTIL, now=NOW).by_area}
    assert found["四格"] == 6
    assert found.get(None) is None


def test_own_service_counts_what_is_confirmed(db: Database) -> None:
    person = make_person("张安")
    volunteer, second = make_volunteer(person=person, team=make_team("望邻队")), make_user()
    serve(volunteer, 60)
    serve(volunteer, 30, at=NOW - timedelta(days=40))
    serve(volunteer, 5, at=NOW - timedelta(days=400))
    serve(volunteer, 100, source="manual")
    serve(volunteer, 7, source="manual", confirmed_by=second.user_id)
    own = get_own_service(make_user(Role.VOLUNTEER, person=person), NOW)
    assert own is not None
    assert (own.team, own.month, own.year, own.total) == ("望邻队", (67, 2), (97, 3), (102, 4))


def test_own_service_is_none_when_one_is_no_volunteer(db: Database) -> None:
    assert get_own_service(make_user(Role.PARTY_MEMBER, person=make_person("李平")), NOW) is None
    assert get_own_service(make_user(Role.COMMAND_CENTRE), NOW) is None
    with pytest.raises(PermissionDenied):
        get_own_service(make_user(Role.VISITOR), NOW)
