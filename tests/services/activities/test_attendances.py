"""Signing up, checking in and out, entries by hand: every rule and refusal, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from db.models import Attendance, AuditEntry
from db.session import Database
from domain import activities as rules
from domain import hand_entries
from domain.activities import AttendanceStatus
from domain.errors import InvalidText, NotFound, PermissionDenied, StaleRecord
from domain.permissions import EVERYWHERE, Actor, Role
from services.activities.attendances import (
    ManualForm,
    check_in,
    check_out,
    check_out_everybody,
    confirm_entry,
    enter_attendance,
    list_attendances,
    list_attendances_of,
    list_own_attendances,
    list_waiting_entries,
    reject_entry,
    sign_up,
    withdraw,
)
from services.activities.calendar import get_activity
from services.activities.recording import NotAVolunteer
from services.system.installations import current_profile
from tests.check_in import come, leave
from tests.factories import make_activity, make_area, make_person, make_user, make_volunteer

NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(days=1)
END = NOW + timedelta(hours=2)


class Town:
    """Two grids; in the first an activity from NOW to END for two people, and three volunteers with accounts."""

    def __init__(self) -> None:
        street = make_area("街道", level="street")
        self.one, self.two = make_area("一格", parent=street), make_area("二格", parent=street)
        self.people = {name: make_person(name, area=self.one) for name in ("张安", "李平", "王和")}
        self.volunteers = {name: make_volunteer(person=key, area=self.one) for name, key in self.people.items()}
        self.users = {name: make_user(Role.VOLUNTEER, person=key) for name, key in self.people.items()}
        self.leader = make_user(Role.GRID_LEADER, area=self.one)
        self.second = make_user(Role.COMMUNITY_SECRETARY, area=street)
        self.foreign = make_user(Role.GRID_LEADER, area=self.two)
        self.activity = make_activity(starts_at=NOW, area_id=self.one, capacity=2)

    @property
    def zhang(self) -> Actor:
        return self.users["张安"]

    def manual(self, came: datetime = NOW, left: datetime = END, reason: str = "忘带手机") -> ManualForm:
        return ManualForm(self.activity, self.volunteers["张安"], came, left, reason)


@pytest.fixture
def town(db: Database) -> Town:
    return Town()


def test_hours_are_out_minus_in(town: Town) -> None:
    assert sign_up(town.zhang, town.activity, now=BEFORE).status is AttendanceStatus.SIGNED_UP
    came = come(town.zhang, town.activity, NOW + timedelta(minutes=5))
    assert (came.status, came.minutes, came.source) == (AttendanceStatus.CHECKED_IN, None, "code")
    left = leave(town.zhang, town.activity, NOW + timedelta(minutes=95, seconds=59))
    assert (left.status, left.minutes, left.source) == (AttendanceStatus.CHECKED_OUT, 90, "code")


def test_hours_stop_at_the_ceiling(town: Town) -> None:
    most = current_profile().thresholds.attendance_hours.value
    long_one = make_activity(starts_at=NOW, area_id=town.one, hours=most + 6)
    come(town.zhang, long_one, NOW)
    left = leave(town.zhang, long_one, NOW + timedelta(hours=most + 5))
    assert (left.minutes, left.cut) == (most * 60, rules.Cut.CEILING)


def test_second_check_in_and_check_out_are_refused(town: Town) -> None:
    with pytest.raises(rules.NotCheckedIn):
        leave(town.zhang, town.activity, NOW)
    come(town.zhang, town.activity, NOW)
    with pytest.raises(rules.AlreadyCheckedIn):
        come(town.zhang, town.activity, NOW + timedelta(minutes=1))
    with pytest.raises(rules.AlreadyCheckedIn):
        check_in(town.leader, town.activity, town.volunteers["张安"], now=NOW + timedelta(minutes=1))
    with pytest.raises(rules.CheckOutBeforeCheckIn):
        leave(town.zhang, town.activity, NOW - timedelta(minutes=1))
    leave(town.zhang, town.activity, NOW + timedelta(minutes=30))
    with pytest.raises(rules.AlreadyCheckedOut):
        leave(town.zhang, town.activity, NOW + timedelta(minutes=60))
    assert [row.minutes for row in list_own_attendances(town.zhang)] == [30]


def test_check_in_is_refused_when_too_early_or_over(town: Town) -> None:
    opens = timedelta(minutes=current_profile().thresholds.check_in_minutes_before.value)
    with pytest.raises(rules.CheckInTooEarly):
        come(town.zhang, town.activity, NOW - opens - timedelta(minutes=1))
    with pytest.raises(rules.ActivityOver):
        come(town.zhang, town.activity, END)
    assert come(town.zhang, town.activity, NOW - opens).status is AttendanceStatus.CHECKED_IN


def test_a_full_activity_lets_wait_until_somebody_withdraws(town: Town) -> None:
    sign_up(town.zhang, town.activity, now=BEFORE)
    with pytest.raises(rules.AlreadySignedUp):
        sign_up(town.zhang, town.activity, now=BEFORE)
    sign_up(town.users["李平"], town.activity, now=BEFORE)
    with pytest.raises(rules.ActivityFull):
        come(town.users["王和"], town.activity, NOW)
    waiting = sign_up(town.users["王和"], town.activity, now=BEFORE)
    assert (waiting.status, waiting.queue_place) == (AttendanceStatus.WAITING, 1)
    with pytest.raises(rules.AlreadySignedUp):
        sign_up(town.users["王和"], town.activity, now=BEFORE)
    with pytest.raises(rules.OnWaitingList):
        come(town.users["王和"], town.activity, NOW)
    withdraw(town.zhang, town.activity, now=BEFORE)
    with pytest.raises(rules.NotSignedUp):
        withdraw(town.zhang, town.activity, now=BEFORE)
    view = get_activity(town.zhang, town.activity, NOW)
    assert (view.signed_up, view.free, view.mine) == (2, 0, None)
    assert list_own_attendances(town.zhang) == []


def test_one_may_come_back_after_withdrawing(town: Town) -> None:
    first = sign_up(town.zhang, town.activity, now=BEFORE)
    withdraw(town.zhang, town.activity, now=BEFORE)
    again = sign_up(town.zhang, town.activity, now=NOW)
    assert (again.id, again.signed_up_at, again.cancelled_at) == (first.id, NOW, None)
    come(town.zhang, town.activity, NOW)
    with pytest.raises(rules.AlreadyCheckedIn):
        withdraw(town.zhang, town.activity, now=NOW)


def test_leader_records_for_volunteers_of_the_grid(db: Database, town: Town) -> None:
    volunteer = town.volunteers["张安"]
    sign_up(town.leader, town.activity, volunteer, now=BEFORE)
    came = check_in(town.leader, town.activity, volunteer, now=NOW)
    assert (came.source, came.entered_by_name) == ("leader", town.leader.name)
    assert check_out(town.leader, town.activity, volunteer, now=END).minutes == 120
    with db.reading(EVERYWHERE) as session:
        assert [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)] == [
            "sign_up", "check_in", "check_out",
        ]  # fmt: skip


def test_source_tells_when_a_leader_had_a_part_in_it(town: Town) -> None:
    sign_up(town.leader, town.activity, town.volunteers["张安"], now=BEFORE)
    assert come(town.zhang, town.activity, NOW).source == "code"
    assert check_out(town.leader, town.activity, town.volunteers["张安"], now=END).source == "leader"


def test_a_forgotten_check_out_counts_to_the_planned_end(town: Town) -> None:
    come(town.zhang, town.activity, NOW)
    late = END + timedelta(hours=5)
    assert check_out(town.leader, town.activity, town.volunteers["张安"], at_the_end=True, now=late).minutes == 120


def test_everybody_who_is_in_is_checked_out_at_once(town: Town) -> None:
    come(town.zhang, town.activity, NOW)
    come(town.users["李平"], town.activity, NOW)
    leave(town.users["李平"], town.activity, NOW + timedelta(minutes=30))
    with pytest.raises(PermissionDenied):
        check_out_everybody(town.zhang, town.activity, END)
    assert check_out_everybody(town.foreign, town.activity, END) == 0
    assert check_out_everybody(town.leader, town.activity, END + timedelta(hours=3)) == 1
    assert {row.name: row.minutes for row in list_attendances(town.leader, town.activity)} == {"张安": 120, "李平": 30}
    assert check_out_everybody(town.leader, town.activity, END) == 0


def test_record_of_a_volunteer_is_seen_within_the_own_areas(town: Town) -> None:
    come(town.zhang, town.activity, NOW)
    found = list_attendances_of(town.leader, town.volunteers["张安"])
    assert [(row.activity_id, row.source) for row in found] == [(town.activity, "code")]
    with pytest.raises(NotFound):
        list_attendances_of(town.foreign, town.volunteers["张安"])
    with pytest.raises(PermissionDenied):
        list_attendances_of(town.zhang, town.volunteers["张安"])


def test_others_cannot_be_recorded_without_the_right_or_the_area(town: Town) -> None:
    volunteer = town.volunteers["李平"]
    for actor in (town.zhang, make_user(Role.PARTY_MEMBER), make_user(Role.VISITOR)):
        for act in (sign_up, withdraw, check_in, check_out):
            with pytest.raises(PermissionDenied):
                act(actor, town.activity, volunteer, now=NOW)
    with pytest.raises(NotFound):
        sign_up(town.foreign, town.activity, volunteer, now=BEFORE)
    with pytest.raises(PermissionDenied):
        sign_up(make_user(Role.VISITOR), town.activity, now=BEFORE)
    with pytest.raises(NotFound):
        sign_up(town.leader, 999, volunteer, now=BEFORE)


def test_only_volunteers_on_the_roll_sign_up(town: Town) -> None:
    left = make_person("赵走")
    make_volunteer(person=left, left_on=NOW.date() - timedelta(days=3))
    for person in (None, make_person("孙没有"), left):
        with pytest.raises(NotAVolunteer):
            sign_up(make_user(Role.VOLUNTEER, person=person), town.activity, now=BEFORE)


def test_a_volunteer_sees_ones_own_attendance_alone(town: Town) -> None:
    sign_up(town.zhang, town.activity, now=BEFORE)
    sign_up(town.users["李平"], town.activity, now=BEFORE)
    with pytest.raises(PermissionDenied):
        list_attendances(town.zhang, town.activity)
    assert [row.name for row in list_own_attendances(town.zhang)] == ["张安"]
    # Not even with an area of one's own: that is where one serves, not whom one looks after.
    with_area = make_user(Role.VOLUNTEER, person=town.people["张安"], area=town.one)
    assert [row.name for row in list_own_attendances(with_area)] == ["张安"]
    assert get_activity(town.zhang, town.activity, NOW).signed_up == 2


def test_a_leader_sees_everybody_at_ones_own_activity_and_ones_own_people_elsewhere(town: Town) -> None:
    guest = make_volunteer("周远", area=town.two)
    sign_up(town.zhang, town.activity, now=BEFORE)
    sign_up(town.foreign, town.activity, guest, now=BEFORE)
    assert {row.name for row in list_attendances(town.leader, town.activity)} == {"张安", "周远"}
    assert {row.name for row in list_attendances(town.foreign, town.activity)} == {"周远"}
    # The guest stands on the list, so the tablet at the door may check them in.
    assert check_in(town.leader, town.activity, guest, now=NOW).name == "周远"


def test_manual_entry_counts_once_a_second_person_confirms(town: Town) -> None:
    entry = enter_attendance(town.leader, town.manual(), END)
    assert (entry.status, entry.minutes, entry.source) == (AttendanceStatus.TO_CONFIRM, None, "manual")
    assert [row.may_confirm for row in list_waiting_entries(town.leader)] == [False]
    assert [row.may_confirm for row in list_waiting_entries(town.second)] == [True]
    assert list_waiting_entries(town.foreign) == []
    with pytest.raises(hand_entries.SecondPersonNeeded):
        confirm_entry(town.leader, entry.id, entry.version, END)
    with pytest.raises(NotFound):
        confirm_entry(town.foreign, entry.id, entry.version, END)
    with pytest.raises(PermissionDenied):
        confirm_entry(town.zhang, entry.id, entry.version, END)
    done = confirm_entry(town.second, entry.id, entry.version, END)
    assert (done.status, done.minutes, done.confirmed_by_name) == (AttendanceStatus.CHECKED_OUT, 120, town.second.name)
    with pytest.raises(StaleRecord):
        confirm_entry(town.second, entry.id, entry.version, END)
    with pytest.raises(hand_entries.NothingToConfirm):
        confirm_entry(town.second, entry.id, done.version, END)
    assert list_waiting_entries(town.second) == []


def test_nobody_confirms_ones_own_hours(town: Town) -> None:
    entry = enter_attendance(town.leader, town.manual(), END)
    oneself = make_user(Role.COMMUNITY_SECRETARY, area=town.one, person=town.people["张安"])
    with pytest.raises(hand_entries.SecondPersonNeeded):
        confirm_entry(oneself, entry.id, entry.version, END)
    with pytest.raises(hand_entries.SecondPersonNeeded):
        reject_entry(town.leader, entry.id, "不对", entry.version, END)


def test_rejected_entry_counts_nothing_and_may_be_made_again(db: Database, town: Town) -> None:
    entry = enter_attendance(town.leader, town.manual(), END)
    with pytest.raises(InvalidText):
        reject_entry(town.second, entry.id, "", entry.version, END)
    gone = reject_entry(town.second, entry.id, "那天没有来", entry.version, END)
    assert (gone.status, gone.minutes, gone.checked_in_at) == (AttendanceStatus.CANCELLED, None, None)
    with db.reading(EVERYWHERE) as session:
        detail = session.query(AuditEntry).filter_by(action="reject").one().detail
        assert "忘带手机" in detail
        assert "那天没有来" in detail
    again = enter_attendance(town.leader, town.manual(), END)
    assert again.status is AttendanceStatus.TO_CONFIRM


def test_manual_entry_is_refused_when_it_cannot_be_true(town: Town) -> None:
    most = timedelta(hours=current_profile().thresholds.attendance_hours.value)
    wrong = [
        (rules.CheckOutBeforeCheckIn, town.manual(came=END, left=NOW)),
        (rules.CheckOutBeforeCheckIn, town.manual(left=NOW)),
        (hand_entries.TooManyHours, town.manual(left=END + timedelta(days=2))),
        (hand_entries.TooManyHours, town.manual(came=END - most - timedelta(minutes=1))),
        (hand_entries.EntryOutsideActivity, town.manual(came=NOW - timedelta(hours=3), left=NOW)),
        (InvalidText, town.manual(reason="  ")),
    ]
    for refusal, form in wrong:
        with pytest.raises(refusal):
            enter_attendance(town.leader, form, END)
    with pytest.raises(PermissionDenied):
        enter_attendance(town.zhang, town.manual(), END)
    come(town.zhang, town.activity, NOW)
    with pytest.raises(rules.AlreadyCheckedIn):
        enter_attendance(town.leader, town.manual(), END)
    cancelled = make_activity(starts_at=NOW, area_id=town.one, cancelled_at=BEFORE)
    with pytest.raises(rules.ActivityOver):
        enter_attendance(town.leader, ManualForm(cancelled, town.volunteers["李平"], NOW, END, "x"), END)


def test_the_last_place_goes_to_one_when_two_take_it_at_once(db: Database, town: Town) -> None:
    from concurrent.futures import ThreadPoolExecutor

    town.activity = make_activity(starts_at=NOW, area_id=town.one, capacity=1)

    def attempt(actor: Actor) -> bool:
        return sign_up(actor, town.activity, now=BEFORE).status is AttendanceStatus.SIGNED_UP

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(attempt, town.users.values())) == [False, False, True]


def test_a_double_tap_makes_one_check_in(db: Database, town: Town) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def attempt(_: int) -> bool:
        try:
            come(town.zhang, town.activity, NOW)
        except (rules.AlreadyCheckedIn, StaleRecord):
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(4))) == 1
    with db.reading(EVERYWHERE) as session:
        assert session.query(Attendance).count() == 1
