"""A check-out counts to the planned end and its grace; the times stay; a correction is for what really ran longer."""

from datetime import timedelta

import pytest

from db.models import Attendance
from db.session import Database
from domain import activities as rules
from domain import hand_entries
from domain.activities import Cut
from domain.permissions import EVERYWHERE
from services.activities.attendances import check_in, check_out, confirm_entry, enter_attendance, list_own_attendances
from services.activities.calendar import get_activity
from services.activities.corrections import (
    CorrectionForm,
    answer_correction,
    correct_attendance,
    list_correction_faults,
)
from services.activities.plans import ActivityForm, edit_activity
from services.points.checks import list_ledger_faults, list_record_faults
from services.points.views import get_points_of
from services.system.installations import current_profile
from tests.check_in import come, leave
from tests.services.activities.test_attendances import END, NOW, Town

EVENING = END + timedelta(hours=5)


@pytest.fixture
def town(db: Database) -> Town:
    return Town()


def most() -> int:
    """Minutes that count at the most of somebody who came at the beginning."""
    return 120 + current_profile().thresholds.check_out_minutes_after.value


def sound(db: Database) -> bool:
    with db.reading(EVERYWHERE) as session:
        return list_ledger_faults(session) + list_record_faults(session) + list_correction_faults(session) == []


def test_who_scans_out_in_the_evening_counts_to_the_end_and_is_told(db: Database, town: Town) -> None:
    come(town.zhang, town.activity, NOW)
    left = leave(town.zhang, town.activity, EVENING)
    assert (left.checked_out_at, left.minutes, left.cut) == (EVENING, most(), Cut.PAST_END)
    assert [row.cut for row in list_own_attendances(town.zhang)] == [Cut.PAST_END]
    earned = [entry.minutes for entry in get_points_of(town.leader, town.people["张安"]).entries if entry.minutes]
    assert earned == [most()]
    assert sound(db)


@pytest.mark.parametrize("late", [timedelta(), timedelta(minutes=29)])
def test_within_the_grace_every_minute_counts(town: Town, late: timedelta) -> None:
    come(town.zhang, town.activity, NOW)
    left = leave(town.zhang, town.activity, END + late)
    assert (left.minutes, left.cut) == ((120 * 60 + late.seconds) // 60, None)


def test_a_leaders_tablet_counts_no_further(town: Town) -> None:
    check_in(town.leader, town.activity, town.volunteers["张安"], now=NOW)
    assert check_out(town.leader, town.activity, town.volunteers["张安"], now=EVENING).minutes == most()


def test_what_really_ran_longer_is_corrected_by_two(db: Database, town: Town) -> None:
    come(town.zhang, town.activity, NOW)
    left = leave(town.zhang, town.activity, END + timedelta(hours=2))
    form = CorrectionForm(left.id, NOW, END + timedelta(hours=2), "活动延长到下午", left.version)
    asked = correct_attendance(town.leader, form, "k", EVENING)
    assert (asked.minutes_before, asked.minutes_after) == (most(), 240)
    with pytest.raises(hand_entries.SecondPersonNeeded):
        answer_correction(town.leader, asked.id, True, now=EVENING)
    corrected = answer_correction(town.second, asked.id, True, now=EVENING)
    assert (corrected.minutes, corrected.cut) == (240, None)
    again = CorrectionForm(left.id, NOW, END + timedelta(hours=2), "再来一次", corrected.version)
    with pytest.raises(hand_entries.NothingToCorrect):
        correct_attendance(town.leader, again, "k2", EVENING)
    assert sound(db)


def test_an_entry_by_hand_that_two_answer_for_is_not_cut(town: Town) -> None:
    entered = enter_attendance(town.leader, town.manual(left=END + timedelta(hours=2)), EVENING)
    assert confirm_entry(town.second, entered.id, entered.version, EVENING).minutes == 240


def test_the_organiser_extends_the_end_while_it_runs(town: Town) -> None:
    come(town.zhang, town.activity, NOW)
    view = get_activity(town.second, town.activity, now=NOW)
    form = ActivityForm(
        view.title, view.kind, NOW, END + timedelta(hours=3), place="广场", area_id=town.one, capacity=2
    )
    edit_activity(town.second, town.activity, form, view.version, END - timedelta(minutes=5))
    assert leave(town.zhang, town.activity, END + timedelta(hours=3)).minutes == 300
    with pytest.raises(rules.ActivityOver):
        edit_activity(town.second, town.activity, form, get_activity(town.second, town.activity).version, EVENING)


def test_hours_from_before_stay(db: Database, town: Town) -> None:
    come(town.zhang, town.activity, NOW)
    left = leave(town.zhang, town.activity, EVENING)
    with db.transaction(EVERYWHERE) as session:
        row = session.get(Attendance, left.id)
        assert row is not None
        row.minutes = 420
    assert [(row.minutes, row.cut) for row in list_own_attendances(town.zhang)] == [(420, None)]
