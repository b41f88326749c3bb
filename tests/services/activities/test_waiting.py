"""The waiting list: in order, moved up by a withdrawal or by more places, and never more in than places."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from db.session import Database
from domain.activities import AttendanceStatus
from domain.clock import utc_now
from domain.errors import StaleRecord
from domain.permissions import Actor, Role
from services.activities.attendances import list_attendances, list_own_attendances, sign_up, withdraw
from services.activities.calendar import get_activity
from services.activities.plans import ActivityForm, edit_activity
from tests.factories import make_activity, make_area, make_attendance, make_person, make_user, make_volunteer

PLACES, MANY = 10, 30


class Queue:
    """An activity for some in one grid, and many volunteers with accounts."""

    def __init__(self, places: int, many: int) -> None:
        grid = make_area("一格", parent=make_area("街道", level="street"))
        self.leader = make_user(Role.GRID_LEADER, area=grid)
        self.activity = make_activity(starts_at=utc_now() + timedelta(days=1), area_id=grid, capacity=places)
        self.users: list[Actor] = []
        for number in range(many):
            person = make_person(f"志愿者{number:02d}", area=grid)
            make_volunteer(person=person, area=grid)
            self.users.append(make_user(Role.VOLUNTEER, person=person))

    def turns(self) -> list[str]:
        """Names of who waits, the next first."""
        found = [row for row in list_attendances(self.leader, self.activity) if row.status is AttendanceStatus.WAITING]
        assert [row.queue_place for row in found] == list(range(1, len(found) + 1))
        return [row.name for row in found]

    def placed(self) -> set[str]:
        found = list_attendances(self.leader, self.activity)
        return {row.name for row in found if row.status is AttendanceStatus.SIGNED_UP}


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        gate.wait(30)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_who_comes_after_the_last_place_waits_in_order(db: Database) -> None:
    queue = Queue(2, 5)
    places = [sign_up(user, queue.activity).queue_place for user in queue.users]
    assert places == [0, 0, 1, 2, 3]
    view = get_activity(queue.users[3], queue.activity)
    assert (view.signed_up, view.waiting, view.free) == (2, 3, 0)
    assert (view.mine, view.my_turn) == (AttendanceStatus.WAITING, 2)
    assert queue.turns() == ["志愿者02", "志愿者03", "志愿者04"]


def test_a_withdrawal_moves_the_first_up(db: Database) -> None:
    queue = Queue(2, 5)
    for user in queue.users:
        sign_up(user, queue.activity)
    withdraw(queue.users[3], queue.activity)  # one who waits leaves the queue: nobody moves into a place
    assert queue.placed() == {"志愿者00", "志愿者01"}
    withdraw(queue.users[0], queue.activity)
    assert queue.placed() == {"志愿者01", "志愿者02"}
    moved = list_own_attendances(queue.users[2])[0]
    assert (moved.queue_place, moved.moved_up_at is not None) == (0, True)
    again = sign_up(queue.users[0], queue.activity)  # who comes back stands at the end
    assert again.queue_place == 2
    assert queue.turns() == ["志愿者04", "志愿者00"]


def test_more_places_go_to_those_who_wait(db: Database) -> None:
    queue = Queue(1, 4)
    for user in queue.users:
        sign_up(user, queue.activity)
    view = get_activity(queue.leader, queue.activity)

    def form(capacity: int | None) -> ActivityForm:
        return ActivityForm(view.title, view.kind, view.starts_at, view.ends_at, place="广场", capacity=capacity)

    changed = edit_activity(queue.leader, view.id, form(3), view.version)
    assert (changed.signed_up, changed.waiting) == (3, 1)
    assert queue.turns() == ["志愿者03"]
    changed = edit_activity(queue.leader, view.id, form(None), changed.version)
    assert (changed.signed_up, changed.waiting) == (4, 0)


def test_thirty_at_once_for_ten_places(db: Database) -> None:
    queue = Queue(PLACES, MANY)
    found = at_once([lambda user=user: sign_up(user, queue.activity) for user in queue.users])  # type: ignore[misc]
    assert sum(row.status is AttendanceStatus.SIGNED_UP for row in found) == PLACES
    assert sorted(row.queue_place for row in found if row.status is AttendanceStatus.WAITING) == list(range(1, 21))
    first = queue.turns()
    inside = [user for user, row in zip(queue.users, found, strict=True) if row.status is AttendanceStatus.SIGNED_UP]
    at_once([lambda user=user: withdraw(user, queue.activity) for user in inside[:6]])  # type: ignore[misc]
    assert len(queue.placed()) == PLACES
    assert set(first[:6]) <= queue.placed()
    assert queue.turns() == first[6:]


def test_no_two_wait_at_the_same_turn(db: Database) -> None:
    activity = make_activity(capacity=1)
    make_attendance(activity, make_volunteer("张安"), queue_number=1)
    make_attendance(make_activity(capacity=1), make_volunteer("王和"), queue_number=1)
    with pytest.raises(StaleRecord):
        make_attendance(activity, make_volunteer("李平"), queue_number=1)
