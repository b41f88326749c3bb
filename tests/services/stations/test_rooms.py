"""Rooms of stations: who keeps them, what is refused, and that one room holds one activity, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from db.models import Activity
from db.session import Database, transaction
from domain.clock import local_date, utc_now
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.permissions import EVERYWHERE, Role
from domain.stations import InvalidRoomCapacity, RoomClosesBeforeOpening
from domain.texts import EmptyText
from services.activities.calendar import get_activity, list_clashes
from services.activities.plans import (
    ActivityForm,
    RoomNotOfStation,
    RoomTaken,
    cancel_activity,
    edit_activity,
    plan_activity,
)
from services.stations.register import StationOutsideScope
from services.stations.rooms import (
    RoomForm,
    RoomNameTaken,
    RoomStillPlanned,
    add_room,
    close_room,
    edit_room,
    list_rooms,
)
from tests.factories import make_activity, make_area, make_room, make_station, make_user
from tests.services.test_at_once import at_once

START = utc_now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
TWO_HOURS = timedelta(hours=2)


@pytest.fixture
def station(db: Database) -> int:
    return make_station(area_id=make_area("街道", level="street"))


def form(station: int, room: int | None, begins: int = 0, **values: object) -> ActivityForm:
    """An activity of two hours that begins so many hours after START."""
    starts = START + timedelta(hours=begins)
    values = {"title": "棋牌赛"} | values
    return ActivityForm(
        kind="community_service",
        starts_at=starts,
        ends_at=starts + TWO_HOURS,
        station_id=station,
        room_id=room,
        **values,
    )  # type: ignore[arg-type]


def test_rooms_are_added_changed_and_closed(station: int) -> None:
    actor = make_user()
    made = add_room(actor, station, RoomForm(" 活动室 ", 40), "k")
    assert add_room(actor, station, RoomForm("活动室", 40), "k").id == made.id
    assert (made.name, made.capacity) == ("活动室", 40)
    changed = edit_room(actor, made.id, RoomForm("多功能厅"), made.version)
    with pytest.raises(StaleRecord):
        edit_room(actor, made.id, RoomForm("别名"), made.version)
    today = local_date(utc_now())
    with pytest.raises(RoomClosesBeforeOpening):
        close_room(actor, made.id, today - timedelta(days=1), changed.version)
    assert close_room(actor, made.id, today, changed.version).valid_to == today
    assert list_rooms(actor, station, today) == []
    assert [room.name for room in list_rooms(actor, station)] == ["多功能厅"]


def test_bad_rooms_are_refused(station: int) -> None:
    actor = make_user()
    room = make_room(station, "活动室")
    with pytest.raises(EmptyText):
        add_room(actor, station, RoomForm(" "), "a")
    for capacity in (0, -1, 10**9):
        with pytest.raises(InvalidRoomCapacity):
            add_room(actor, station, RoomForm("小间", capacity), "b")
    with pytest.raises(RoomNameTaken):
        add_room(actor, station, RoomForm("活动室"), "c")
    with pytest.raises(NotFound):
        add_room(actor, 99, RoomForm("小间"), "d")
    other = make_room(station, "书画室")
    with pytest.raises(RoomNameTaken):
        edit_room(actor, other, RoomForm("活动室"), 1)
    make_activity(station_id=station, room_id=room, starts_at=START)
    with pytest.raises(RoomStillPlanned):
        close_room(actor, room, local_date(START), 1)


def test_rooms_are_kept_by_those_who_keep_the_station(station: int) -> None:
    room, elsewhere = make_room(station), make_area("别处", level="street")
    with pytest.raises(PermissionDenied):
        add_room(make_user(Role.VISITOR), station, RoomForm("小间"), "k")
    secretary = make_user(Role.COMMUNITY_SECRETARY, area=elsewhere)
    for call in (
        lambda: add_room(secretary, station, RoomForm("小间"), "k"),
        lambda: edit_room(secretary, room, RoomForm("小间"), 1),
        lambda: close_room(secretary, room, local_date(START), 1),
    ):
        with pytest.raises(StationOutsideScope):
            call()


def test_a_room_holds_one_activity_at_a_time(station: int) -> None:
    actor, room, other = make_user(), make_room(station), make_room(station, "书画室")
    first = plan_activity(actor, form(station, room), "1")
    assert first.where == "红石榴驿站 活动室"
    with pytest.raises(RoomTaken) as refused:
        plan_activity(actor, form(station, room, 1, title="义诊"), "2")
    assert refused.value.values["title"] == "棋牌赛"
    plan_activity(actor, form(station, room, 2), "3")  # one ends when the next begins
    plan_activity(actor, form(station, other), "4")
    plan_activity(actor, form(station, None), "5")
    assert [row.id for row in list_clashes(actor, station, START, START + TWO_HOURS, room_id=room)] == [first.id]
    cancel_activity(actor, first.id, "下雨", first.version)
    again = plan_activity(actor, form(station, room), "6")
    with pytest.raises(RoomTaken):
        edit_activity(actor, again.id, form(station, room, 1), again.version)
    assert edit_activity(actor, again.id, form(station, room, -1), again.version).starts_at < START


def test_a_room_of_another_station_or_day_is_refused(station: int) -> None:
    actor, elsewhere = make_user(), make_station("别站")
    with pytest.raises(RoomNotOfStation):
        plan_activity(actor, form(station, make_room(elsewhere)), "1")
    closed = make_room(station, "旧室", valid_to=local_date(START))
    with pytest.raises(RoomNotOfStation):
        plan_activity(actor, form(station, closed), "2")
    with pytest.raises(NotFound):
        plan_activity(actor, form(station, 99), "3")


def test_exactly_one_wins_when_two_take_the_room_at_once(station: int) -> None:
    actor, room = make_user(), make_room(station)
    calls = [lambda n=n: plan_activity(actor, form(station, room, title=f"甲{n}"), f"k{n}").title for n in range(6)]
    found = at_once(calls)
    assert found["room_taken"] == 5
    assert sum(count for what, count in found.items() if what.startswith("made")) == 1


def test_exactly_one_wins_when_two_move_there_at_once(station: int) -> None:
    actor, room = make_user(), make_room(station)
    made = [plan_activity(actor, form(station, room, 3 * number), f"k{number}") for number in range(4)]
    target = form(station, room, 30)
    found = at_once([lambda one=one: edit_activity(actor, one.id, target, one.version).title for one in made])
    assert found == {"made 棋牌赛": 1, "room_taken": 3}


def test_the_database_refuses_two_in_one_room_by_itself(station: int) -> None:
    room = make_room(station)
    make_activity("甲", station_id=station, room_id=room, starts_at=START)
    with pytest.raises((StaleRecord, IntegrityError)):
        make_activity("乙", station_id=station, room_id=room, starts_at=START + timedelta(hours=1))
    later = make_activity("丙", station_id=station, room_id=room, starts_at=START + TWO_HOURS)
    with pytest.raises((StaleRecord, IntegrityError)), transaction(EVERYWHERE) as session:
        session.get(Activity, later).starts_at = START + timedelta(hours=1)  # type: ignore[union-attr]
    assert get_activity(make_user(), later).starts_at == START + TWO_HOURS
