"""An activity is called off while people are in: what they served until then counts, and nothing after it."""

from datetime import datetime, timedelta

import pytest

from db.models import Activity, AuditEntry
from db.session import Database, transaction
from domain import activities as rules
from domain import hand_entries
from domain.activities import AttendanceStatus
from domain.check_in_codes import CodePurpose
from domain.permissions import EVERYWHERE
from domain.series import Repeat, RepeatUnit
from services.activities.attendances import (
    check_in,
    check_out,
    check_out_everybody,
    enter_attendance,
    list_own_attendances,
    reject_entry,
    sign_up,
)
from services.activities.calendar import get_activity
from services.activities.codes import get_place, list_places, use_ticket
from services.activities.corrections import CorrectionForm, correct_attendance
from services.activities.plans import ActivityForm, cancel_activity
from services.activities.series import cancel_following, plan_series
from services.points.checks import list_ledger_faults, list_record_faults
from tests.check_in import come, leave, ticket_of
from tests.factories import make_activity
from tests.services.activities.test_attendances import END, NOW, Town

RAIN = NOW + timedelta(minutes=40)


@pytest.fixture
def town(db: Database) -> Town:
    return Town()


def call_off(town: Town, now: datetime = RAIN) -> None:
    cancel_activity(town.leader, town.activity, "暴雨", get_activity(town.leader, town.activity, now).version, now)


def minutes_of(town: Town, name: str) -> list[int | None]:
    return [row.minutes for row in list_own_attendances(town.users[name])]


def faults() -> list[str]:
    with transaction(EVERYWHERE) as session:
        return [*list_ledger_faults(session), *list_record_faults(session)]


def test_who_is_in_is_checked_out_then_and_the_points_follow(db: Database, town: Town) -> None:
    come(town.zhang, town.activity, NOW)
    come(town.users["李平"], town.activity, NOW + timedelta(minutes=10))
    leave(town.users["李平"], town.activity, NOW + timedelta(minutes=25))
    call_off(town)
    assert (minutes_of(town, "张安"), minutes_of(town, "李平")) == ([40], [15])
    assert faults() == []
    with db.reading(EVERYWHERE) as session:
        written = session.query(AuditEntry).filter_by(action="check_out", detail="cancelled").all()
    assert [entry.user_id for entry in written] == [town.leader.user_id]


def test_nothing_is_added_afterwards(town: Town) -> None:
    sign_up(town.users["李平"], town.activity, now=NOW - timedelta(days=1))
    into = ticket_of(town.users["李平"], town.activity, now=RAIN)
    come(town.zhang, town.activity, NOW)
    out = ticket_of(town.zhang, town.activity, CodePurpose.OUT, RAIN)
    call_off(town)
    soon = RAIN + timedelta(minutes=1)
    with pytest.raises(rules.ActivityOver):
        use_ticket(town.users["李平"], into, now=soon)
    with pytest.raises(rules.ActivityOver):
        check_in(town.leader, town.activity, town.volunteers["李平"], now=soon)
    with pytest.raises(rules.ActivityOver):
        get_place(town.leader, town.activity, CodePurpose.OUT, soon)
    for late in (
        lambda: use_ticket(town.zhang, out, now=soon),
        lambda: check_out(town.leader, town.activity, town.volunteers["张安"], at_the_end=True, now=END),
    ):
        with pytest.raises(rules.AlreadyCheckedOut):
            late()
    assert check_out_everybody(town.leader, town.activity, END) == 0
    assert minutes_of(town, "张安") == [40]
    assert [row.status for row in list_own_attendances(town.users["李平"])] == [AttendanceStatus.SIGNED_UP]


@pytest.mark.parametrize("everybody", [True, False])
def test_who_was_left_in_before_this_rule_leaves_when_it_was_called_off(town: Town, everybody: bool) -> None:
    come(town.zhang, town.activity, NOW)
    with transaction(EVERYWHERE) as session:
        session.get(Activity, town.activity).cancelled_at = RAIN  # type: ignore[union-attr]
    if everybody:
        check_out_everybody(town.leader, town.activity, END + timedelta(days=1))
    else:
        check_out(town.leader, town.activity, town.volunteers["张安"], now=END + timedelta(days=1))
    assert minutes_of(town, "张安") == [40]


def test_one_called_off_with_those_after_it_lets_go_as_well(town: Town) -> None:
    form = ActivityForm("合唱", "community_service", NOW, END, place="广场", area_id=town.one)
    day = NOW.date()
    days = [day, day + timedelta(days=7)]
    first = plan_series(town.leader, form, Repeat(RepeatUnit.WEEK, 1, days[-1]), days, "k", NOW - timedelta(days=1))
    come(town.zhang, first.id, NOW)
    assert cancel_following(town.leader, first.id, "暴雨", first.version, RAIN) == 2
    assert minutes_of(town, "张安") == [40]


def test_across_midnight_the_code_is_still_offered_until_the_day_of_the_end_is_over(town: Town) -> None:
    starts = datetime.fromisoformat("2026-03-18T22:30:00+08:00")
    night = make_activity("守岁", starts_at=starts, hours=3, area_id=town.one)
    come(town.zhang, night, starts)
    after = starts + timedelta(hours=2)  # 0:30 of the next day
    assert [one.id for one in list_places(town.leader, after)] == [night]
    come(town.users["李平"], night, after)  # it goes on: who comes late comes in
    assert leave(town.zhang, night, starts + timedelta(hours=3)).minutes == 180
    morning = starts + timedelta(hours=12)
    assert [one.id for one in list_places(town.leader, morning)] == [night]  # the one who forgot can still go
    assert list_places(town.leader, starts + timedelta(hours=26)) == []
    with pytest.raises(rules.ActivityOver):
        get_place(town.leader, night, CodePurpose.OUT, starts + timedelta(hours=26))


@pytest.mark.parametrize("by_code", [True, False])
def test_nobody_is_at_two_places_who_comes_in_has_left_the_other(town: Town, by_code: bool) -> None:
    other = make_activity("合唱", starts_at=NOW, area_id=town.one)
    over = make_activity("早操", starts_at=NOW - timedelta(hours=2), hours=1, area_id=town.one)
    come(town.zhang, over, NOW - timedelta(hours=2))
    come(town.zhang, town.activity, NOW)
    come(town.users["李平"], town.activity, NOW)
    if by_code:
        come(town.zhang, other, RAIN)
    else:
        check_in(town.leader, other, town.volunteers["张安"], RAIN)
    leave(town.zhang, other, END)
    found = {row.activity_id: row.minutes for row in list_own_attendances(town.zhang)}
    assert found == {over: None, town.activity: 40, other: 80}  # what is over waits for its leader's word
    assert minutes_of(town, "李平") == [None]
    assert faults() == []


def test_no_entry_by_hand_nor_correction_counts_an_hour_twice(town: Town) -> None:
    other = make_activity("合唱", starts_at=NOW, area_id=town.one)
    come(town.zhang, other, NOW)
    row = leave(town.zhang, other, NOW + timedelta(minutes=60))
    with pytest.raises(hand_entries.EntryOverlaps) as refused:
        enter_attendance(town.leader, town.manual(), END)
    assert refused.value.values["title"] == "合唱"
    entry = enter_attendance(town.leader, town.manual(came=NOW + timedelta(minutes=60)), END)  # from then on
    longer = CorrectionForm(row.id, NOW, NOW + timedelta(minutes=90), "看错了", row.version)
    with pytest.raises(hand_entries.EntryOverlaps):  # what waits for its second person is there, too
        correct_attendance(town.leader, longer, "k", END)
    reject_entry(town.second, entry.id, "没有来", entry.version, END)
    assert correct_attendance(town.leader, longer, "k", END).minutes_after == 90
