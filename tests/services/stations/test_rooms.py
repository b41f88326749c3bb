"""Rooms of stations: who keeps them, what is refused, and that one room holds one activity, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from db.models import Activity, Room
from db.session import Database, reading, transaction
from domain.clock import local_date, utc_now
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.permissions import EVERYWHERE, Role
from domain.series import Repeat, RepeatUnit
from domain.stations import InvalidRoomCapacity, RoomClosesBeforeOpening, RoomOfOtherCommunity
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
from services.activities.series import plan_series
from services.stations.booking import find_room_owner
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
from tests.incident_town import IN_C, Street, make_street
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


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def test_the_own_community_and_the_street_book_at_once_and_others_are_told_whom_to_ask(street: Street) -> None:
    station = make_station(area_id=street.grid_a)
    room = make_room(station)
    elsewhere = [make_user(role, area=street.grid_c) for role in (Role.GRID_LEADER, Role.COMMUNITY_SECRETARY)]
    for actor in elsewhere:
        assert find_room_owner(actor, station) == "书院社区"
        with pytest.raises(RoomOfOtherCommunity) as refused:
            plan_activity(actor, form(station, room), "k")
        assert refused.value.values == {"area": "书院社区"}
        assert plan_activity(actor, form(station, None), "k").area_id == street.grid_c
    for number, actor in enumerate((street.leader_a, street.leader_b, street.secretary, street.command)):
        assert find_room_owner(actor, station) is None
        assert plan_activity(actor, form(station, room, 3 * number), "r").room_id == room


def test_an_activity_keeps_a_room_of_another_community_but_takes_no_new_time(street: Street) -> None:
    station = make_station(area_id=street.grid_c, lon=IN_C[0], lat=IN_C[1])
    room, other = make_room(station), make_room(station, "书画室")
    lent = plan_activity(street.command, form(station, room, area_id=street.grid_a), "k")
    kept = edit_activity(street.leader_a, lent.id, form(station, room, title="象棋赛"), lent.version)
    assert (kept.title, kept.room_id) == ("象棋赛", room)
    for new in (form(station, room, 1), form(station, other)):
        with pytest.raises(RoomOfOtherCommunity):
            edit_activity(street.leader_a, lent.id, new, kept.version)
    gone = edit_activity(street.leader_a, lent.id, form(station, None, 1), kept.version)
    with pytest.raises(RoomOfOtherCommunity):
        edit_activity(street.leader_a, lent.id, form(station, room), gone.version)


def test_a_series_takes_no_room_of_another_community_and_a_station_in_none_is_everybodys(street: Street) -> None:
    room = make_room(make_station(area_id=street.grid_c))
    day = local_date(START)
    with reading(EVERYWHERE) as session:
        station = session.get_one(Room, room).station_id
    with pytest.raises(RoomOfOtherCommunity):
        plan_series(
            street.leader_a, form(station, room), Repeat(RepeatUnit.WEEK, 1, day + timedelta(days=7)), (day,), "k"
        )
    for area in (street.street, None):
        free = make_station(area_id=area)
        assert find_room_owner(street.leader_a, free) is None
        assert plan_activity(street.leader_a, form(free, make_room(free)), f"free {area}").room_id
    with pytest.raises(PermissionDenied):
        find_room_owner(street.member, station)
    with pytest.raises(NotFound):
        find_room_owner(street.leader_a, 99)
