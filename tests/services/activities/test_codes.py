"""Checking in and out by the code at the place: who may, when, once; nothing is written by a refusal."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from db.models import Attendance
from db.session import Database
from domain import activities as rules
from domain.activities import AttendanceStatus
from domain.check_in_codes import CodeExpired, CodeForged, CodePurpose
from domain.errors import PermissionDenied
from domain.permissions import EVERYWHERE, Actor, Role
from services.activities.attendances import enter_attendance, sign_up
from services.activities.codes import get_own_attendance, get_place, list_places, open_code, use_ticket
from services.activities.plans import ActivityOutsideScope, cancel_activity
from services.activities.recording import NotAVolunteer
from tests.check_in import come, leave, shown_code, ticket_of
from tests.factories import make_activity, make_area, make_attendance, make_person, make_user, make_volunteer
from tests.services.activities.test_attendances import END, NOW, Town
from tests.services.test_at_once import at_once


@pytest.fixture
def town(db: Database) -> Town:
    return Town()


def written(db: Database, activity: int) -> list[tuple[datetime | None, datetime | None, int | None, str]]:
    with db.reading(EVERYWHERE) as session:
        found = session.query(Attendance).filter_by(activity_id=activity).order_by(Attendance.id)
        return [(row.checked_in_at, row.checked_out_at, row.minutes, row.source) for row in found]


def test_who_signed_up_comes_and_goes_by_the_code(db: Database, town: Town) -> None:
    sign_up(town.zhang, town.activity, now=NOW - timedelta(days=1))
    offer = open_code(town.zhang, shown_code(town.activity, now=NOW), NOW)
    assert (offer.refusal, offer.walk_in, offer.activity.id) == (None, False, town.activity)
    assert written(db, town.activity) == [(None, None, None, "self")]  # looking writes nothing
    assert use_ticket(town.zhang, offer.ticket, now=NOW).status is AttendanceStatus.CHECKED_IN
    out = leave(town.zhang, town.activity, NOW + timedelta(minutes=50))
    assert (out.minutes, out.source) == (50, "code")
    assert get_own_attendance(town.zhang, town.activity) == out
    place = get_place(town.leader, town.activity, CodePurpose.OUT, NOW)
    assert (place.came, place.inside, place.latest) == (1, 0, ("张",))


def test_a_second_use_is_told_and_changes_nothing(db: Database, town: Town) -> None:
    ticket = ticket_of(town.zhang, town.activity, now=NOW)
    use_ticket(town.zhang, ticket, walk_in=True, now=NOW)
    before = written(db, town.activity)
    with pytest.raises(rules.AlreadyCheckedIn):
        use_ticket(town.zhang, ticket, walk_in=True, now=NOW + timedelta(minutes=1))
    offer = open_code(town.zhang, shown_code(town.activity, now=NOW), NOW)
    assert isinstance(offer.refusal, rules.AlreadyCheckedIn)
    assert written(db, town.activity) == before
    leave(town.zhang, town.activity, END)
    with pytest.raises(rules.AlreadyCheckedOut):
        leave(town.zhang, town.activity, END + timedelta(minutes=1))


def test_a_code_is_refused_when_late_forged_or_of_another(db: Database, town: Town) -> None:
    code = shown_code(town.activity, now=NOW)
    late = NOW + timedelta(minutes=2)
    ticket = open_code(town.zhang, code, NOW).ticket
    for refusal, call in (
        (CodeExpired, lambda: open_code(town.zhang, code, late)),
        (CodeForged, lambda: open_code(town.zhang, code.replace(".in.", ".out."), NOW)),
        (CodeForged, lambda: open_code(town.zhang, ticket, NOW)),
        (CodeForged, lambda: use_ticket(town.zhang, code, walk_in=True, now=NOW)),
        (CodeForged, lambda: use_ticket(town.users["李平"], ticket, walk_in=True, now=NOW)),
        (CodeExpired, lambda: use_ticket(town.zhang, ticket, walk_in=True, now=NOW + timedelta(minutes=6))),
    ):
        with pytest.raises(refusal):
            call()
    assert written(db, town.activity) == []


def test_who_is_not_signed_up_needs_a_second_press_and_a_free_place(db: Database, town: Town) -> None:
    offer = open_code(town.zhang, shown_code(town.activity, now=NOW), NOW)
    assert (offer.walk_in, offer.refusal) == (True, None)
    with pytest.raises(rules.SignUpFirst):
        use_ticket(town.zhang, offer.ticket, now=NOW)
    assert written(db, town.activity) == []
    assert use_ticket(town.zhang, offer.ticket, walk_in=True, now=NOW).status is AttendanceStatus.CHECKED_IN
    come(town.users["李平"], town.activity, NOW)
    third = open_code(town.users["王和"], shown_code(town.activity, now=NOW), NOW)
    assert isinstance(third.refusal, rules.ActivityFull)
    with pytest.raises(rules.ActivityFull):
        use_ticket(town.users["王和"], third.ticket, walk_in=True, now=NOW)
    sign_up(town.users["王和"], town.activity, now=NOW)
    assert isinstance(
        open_code(town.users["王和"], shown_code(town.activity, now=NOW), NOW).refusal, rules.OnWaitingList
    )
    with pytest.raises(rules.OnWaitingList):
        use_ticket(town.users["王和"], third.ticket, walk_in=True, now=NOW)


def test_going_before_coming_and_too_early_or_too_late(town: Town) -> None:
    ticket = ticket_of(town.zhang, town.activity, CodePurpose.OUT, NOW)
    with pytest.raises(rules.NotCheckedIn):
        use_ticket(town.zhang, ticket, now=NOW)
    come(town.zhang, town.activity, NOW + timedelta(minutes=2))
    with pytest.raises(rules.CheckOutBeforeCheckIn):
        use_ticket(town.zhang, ticket, now=NOW)
    assert isinstance(
        open_code(town.users["李平"], shown_code(town.activity, now=NOW - timedelta(hours=1)), NOW - timedelta(hours=1))
        .refusal,
        rules.CheckInTooEarly,
    )  # fmt: skip
    with pytest.raises(rules.ActivityOver):
        come(town.users["李平"], town.activity, END)
    assert leave(town.zhang, town.activity, END + timedelta(minutes=20)).minutes == 138


def test_only_volunteers_with_an_account_use_a_code(town: Town) -> None:
    code = shown_code(town.activity, now=NOW)
    with pytest.raises(PermissionDenied):
        open_code(make_user(Role.VISITOR), code, NOW)
    for person in (None, make_person("孙没有")):
        with pytest.raises(NotAVolunteer):
            open_code(make_user(Role.VOLUNTEER, person=person), code, NOW)


def test_an_entry_by_hand_stands_against_the_code(town: Town) -> None:
    enter_attendance(town.leader, town.manual(left=NOW + timedelta(minutes=30)), NOW + timedelta(minutes=40))
    now = NOW + timedelta(minutes=40)
    assert isinstance(open_code(town.zhang, shown_code(town.activity, now=now), now).refusal, rules.AlreadyCheckedIn)
    assert get_place(town.leader, town.activity, CodePurpose.IN, now).came == 0


def test_codes_are_shown_by_staff_of_the_area_on_the_day(town: Town) -> None:
    assert [one.id for one in list_places(town.leader, NOW)] == [town.activity]
    assert list_places(town.foreign, NOW) == []
    with pytest.raises(ActivityOutsideScope):
        get_place(town.foreign, town.activity, CodePurpose.IN, NOW)
    for role in (Role.VOLUNTEER, Role.PARTY_MEMBER, Role.VISITOR):
        with pytest.raises(PermissionDenied):
            get_place(make_user(role, area=town.one), town.activity, CodePurpose.IN, NOW)
    for other_day in (NOW - timedelta(days=1), NOW + timedelta(days=1)):
        with pytest.raises(rules.ActivityOver):
            get_place(town.leader, town.activity, CodePurpose.IN, other_day)
    code = shown_code(town.activity, now=NOW)
    chief = make_user()
    cancel_activity(chief, town.activity, "下雨", 1, NOW)
    with pytest.raises(rules.ActivityOver):
        get_place(chief, town.activity, CodePurpose.IN, NOW)
    assert isinstance(open_code(town.zhang, code, NOW).refusal, rules.ActivityOver)


def test_a_double_tap_and_a_rush_for_the_last_places(db: Database) -> None:
    grid = make_area("一格", parent=make_area("街道", level="street"))
    activity = make_activity(starts_at=datetime.now(UTC) - timedelta(minutes=1), area_id=grid, capacity=4)
    actors = []
    for number in range(8):
        person = make_person(f"志愿者{number}", area=grid)
        make_volunteer(person=person, area=grid)
        actors.append(make_user(Role.VOLUNTEER, person=person))
    tickets = [(actor, ticket_of(actor, activity)) for actor in actors]

    def tap(actor: Actor, ticket: str) -> str:
        return use_ticket(actor, ticket, walk_in=True).status

    found = at_once([lambda one=one: tap(*one) for one in tickets for _ in range(2)])  # type: ignore[misc]
    assert found["made checked_in"] == 4
    assert sum(found.values()) == 16
    assert set(found) <= {"made checked_in", "already_checked_in", "activity_full", "stale_record"}
    assert Counter(source for *_, source in written(db, activity)) == {"code": 4}


def test_the_latest_are_named_by_surname_alone(db: Database) -> None:
    grid = make_area("一格", parent=make_area("街道", level="street"))
    leader = make_user(Role.GRID_LEADER, area=grid)
    activity = make_activity(starts_at=NOW, area_id=grid)
    for number, name in enumerate(("欧阳静", "张安", "李平")):
        came = {"checked_in_at": NOW + timedelta(minutes=number), "source": "code"}
        make_attendance(activity, make_volunteer(name, area=grid), **came)
    place = get_place(leader, activity, CodePurpose.IN, NOW)
    assert place.latest == ("李", "张", "欧阳")
