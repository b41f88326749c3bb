"""Activities that repeat: preview, planning all or none, one and the following."""

from datetime import date, time, timedelta

import pytest

from db.session import Database, transaction
from domain.clock import from_local, local_date, to_local
from domain.errors import PermissionDenied, StaleRecord
from domain.permissions import EVERYWHERE, Actor, Role
from domain.series import InvalidRepeat, Repeat, RepeatUnit
from services.activities.calendar import ActivityFilter, ActivityView, get_activity, list_upcoming_activities
from services.activities.plans import (
    ActivityForm,
    ActivityOutsideScope,
    CapacityBelowTaken,
    RoomTaken,
    cancel_activity,
    edit_activity,
)
from services.activities.series import (
    NotOfASeries,
    cancel_following,
    edit_following,
    plan_series,
    preview_series,
)
from services.clocks.calendars import fill_calendar
from tests.factories import (
    make_activity,
    make_area,
    make_attendance,
    make_room,
    make_station,
    make_user,
    make_volunteer,
)

FIRST = date(2026, 9, 24)  # a Thursday; the next one is National Day
NOW = from_local(date(2026, 9, 20), time(9))
WEEKLY = Repeat(RepeatUnit.WEEK, 1, date(2026, 10, 15))
DAYS = [FIRST + timedelta(weeks=number) for number in range(4)]


@pytest.fixture
def station(db: Database) -> int:
    return make_station(area_id=make_area("街道", level="street"))


def form(station: int, room: int | None = None, day: date = FIRST, clock: int = 19, **values: object) -> ActivityForm:
    starts = from_local(day, time(clock))
    values = {"title": "饭后来吧"} | values
    return ActivityForm(
        kind="community_service", starts_at=starts, ends_at=starts + timedelta(minutes=90), station_id=station,
        room_id=room, **values,
    )  # type: ignore[arg-type]  # fmt: skip


def planned(actor: Actor) -> list[ActivityView]:
    return list_upcoming_activities(actor, ActivityFilter(), 100, NOW)


def test_preview_marks_holidays_and_clashes_and_writes_nothing(station: int) -> None:
    actor, room = make_user(), make_room(station)
    with transaction(EVERYWHERE) as session:
        fill_calendar(session, NOW)
    make_activity("棋牌赛", station_id=station, room_id=room, starts_at=from_local(DAYS[2], time(18)))
    found = preview_series(actor, form(station, room), WEEKLY)
    assert [one.day for one in found] == DAYS
    assert [bool(one.day_off) for one in found] == [False, True, False, False]
    assert [one.clash.title if one.clash else None for one in found] == [None, None, "棋牌赛", None]
    assert len(planned(actor)) == 1
    with pytest.raises(InvalidRepeat):
        preview_series(actor, form(station), Repeat(RepeatUnit.WEEK, 1, FIRST - timedelta(days=1)))


def test_all_days_are_planned_or_none(station: int) -> None:
    actor, room = make_user(), make_room(station)
    make_activity("棋牌赛", station_id=station, room_id=room, starts_at=from_local(DAYS[2], time(18)))
    with pytest.raises(RoomTaken):
        plan_series(actor, form(station, room), WEEKLY, DAYS, "k", NOW)
    assert len(planned(actor)) == 1
    kept = [day for day in DAYS if day != DAYS[2]]
    first = plan_series(actor, form(station, room), WEEKLY, kept, "k", NOW)
    assert plan_series(actor, form(station, room), WEEKLY, kept, "k", NOW).id == first.id
    made = [one for one in planned(actor) if one.series_id == first.series_id]
    assert [local_date(one.starts_at) for one in made] == kept
    for days in ([], [FIRST + timedelta(days=1)]):
        with pytest.raises(InvalidRepeat):
            plan_series(actor, form(station, room), WEEKLY, days, "other", NOW)


def test_only_planners_plan_and_only_for_their_area(station: int) -> None:
    with pytest.raises(PermissionDenied):
        plan_series(make_user(Role.VISITOR), form(station), WEEKLY, DAYS, "k", NOW)
    leader, elsewhere = make_user(Role.GRID_LEADER, area=make_area("一格")), make_area("二格")
    with pytest.raises(ActivityOutsideScope):
        plan_series(leader, form(station, area_id=elsewhere), WEEKLY, DAYS, "k", NOW)
    made = plan_series(make_user(), form(station), WEEKLY, DAYS, "k", NOW)
    with pytest.raises(ActivityOutsideScope):
        cancel_following(leader, made.id, "下雨", made.version, NOW)


def test_this_and_the_following_move_together(station: int) -> None:
    actor, room = make_user(), make_room(station)
    plan_series(actor, form(station, room), WEEKLY, DAYS, "k", NOW)
    first, second, third, fourth = planned(actor)
    cancel_activity(actor, third.id, "下雨", third.version, NOW)
    moved = form(station, room, DAYS[2], 18, title="饭后来吧（秋）")  # onto the next day of the series
    assert edit_following(actor, second.id, moved, second.version, NOW) == 2
    found = {one.id: get_activity(actor, one.id, NOW) for one in (first, second, third, fourth)}
    assert [local_date(found[one.id].starts_at) for one in (first, second, fourth)] == [
        DAYS[0], DAYS[2], DAYS[3] + timedelta(weeks=1)
    ]  # fmt: skip
    assert [to_local(found[one.id].starts_at).hour for one in (first, second, fourth)] == [19, 18, 18]
    assert found[first.id].title == "饭后来吧"
    assert found[third.id].starts_at == third.starts_at
    with pytest.raises(StaleRecord):
        edit_following(actor, second.id, moved, second.version, NOW)


def test_a_series_moves_by_its_own_step_both_ways(station: int) -> None:
    actor, room = make_user(), make_room(station)
    first = plan_series(actor, form(station, room), WEEKLY, DAYS, "k", NOW)
    assert edit_following(actor, first.id, form(station, room, DAYS[1]), first.version, NOW) == 4
    assert [local_date(one.starts_at) for one in planned(actor)] == [day + timedelta(weeks=1) for day in DAYS]
    again = get_activity(actor, first.id, NOW)
    assert edit_following(actor, first.id, form(station, room), again.version, NOW) == 4
    assert [local_date(one.starts_at) for one in planned(actor)] == DAYS


def test_nothing_moves_when_one_cannot(station: int) -> None:
    actor, room = make_user(), make_room(station)
    first = plan_series(actor, form(station, room), WEEKLY, DAYS, "k", NOW)
    make_activity("棋牌赛", station_id=station, room_id=room, starts_at=from_local(DAYS[3], time(15)))
    with pytest.raises(RoomTaken):
        edit_following(actor, first.id, form(station, room, clock=16), first.version, NOW)
    last = planned(actor)[-1]
    for number in range(2):
        make_attendance(last.id, make_volunteer(f"张{number}"))
    with pytest.raises(CapacityBelowTaken):
        edit_following(actor, first.id, form(station, room, capacity=1), first.version, NOW)
    assert {to_local(one.starts_at).hour for one in planned(actor) if one.series_id} == {19}


def test_this_and_the_following_are_called_off(station: int) -> None:
    actor = make_user()
    plan_series(actor, form(station), WEEKLY, DAYS, "k", NOW)
    second = planned(actor)[1]
    assert cancel_following(actor, second.id, "装修", second.version, NOW) == 3
    assert [local_date(one.starts_at) for one in planned(actor)] == DAYS[:1]
    alone = make_activity(starts_at=from_local(FIRST, time(9)))
    with pytest.raises(NotOfASeries):
        cancel_following(actor, alone, "下雨", 1, NOW)


def test_a_day_held_for_another_area_by_now_is_not_changed_with_the_others(station: int) -> None:
    one, two = make_area("一格"), make_area("二格")
    leader, chief = make_user(Role.GRID_LEADER, area=one), make_user()
    first = plan_series(chief, form(station, area_id=one), WEEKLY, DAYS, "k", NOW)
    third = planned(chief)[2]
    edit_activity(chief, third.id, form(station, day=DAYS[2], area_id=two), third.version, NOW)
    with pytest.raises(ActivityOutsideScope):
        cancel_following(leader, first.id, "下雨", first.version, NOW)
    with pytest.raises(ActivityOutsideScope):
        edit_following(leader, first.id, form(station, area_id=one, title="新"), first.version, NOW)
    assert {row.title for row in planned(chief)} == {"饭后来吧"}
    last = planned(chief)[3]
    assert cancel_following(leader, last.id, "下雨", last.version, NOW) == 1
