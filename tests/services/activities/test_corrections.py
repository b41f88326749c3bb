"""Corrections: new records confirmed by a second person; totals follow the last; the database keeps them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.session import Database
from domain import activities as rules
from domain import hand_entries
from domain.activities import AttendanceStatus
from domain.errors import InvalidText, NotFound, PermissionDenied, StaleRecord
from domain.permissions import EVERYWHERE, SYSTEM, Actor, Role
from services.activities.attendances import list_own_attendances
from services.activities.corrections import (
    CorrectionForm,
    CorrectionView,
    answer_correction,
    correct_attendance,
    list_correction_faults,
    list_corrections,
    list_own_corrections,
    list_waiting_corrections,
)
from services.activities.hours import get_own_service
from services.activities.recording import AttendanceView
from services.system.maintenance import verify
from tests.check_in import come, leave
from tests.factories import make_user
from tests.services.activities.test_attendances import END, NOW, Town
from tests.services.test_at_once import at_once

LATER = END + timedelta(days=1)


@pytest.fixture
def town(db: Database) -> Town:
    return Town()


@pytest.fixture
def served(town: Town) -> AttendanceView:
    """张安 was there for 90 minutes, by the code."""
    come(town.zhang, town.activity, NOW)
    return leave(town.zhang, town.activity, NOW + timedelta(minutes=90))


def form(row: AttendanceView, minutes: int | None = 60, reason: str = "提前走了", **values: int) -> CorrectionForm:
    """He left after so many minutes; None = he was not there."""
    came = NOW if minutes is not None else None
    left = NOW + timedelta(minutes=minutes) if minutes is not None else None
    return CorrectionForm(row.id, came, left, reason, values.get("version", row.version))


def faults(db: Database) -> Sequence[str]:
    with db.reading(EVERYWHERE) as session:
        return list_correction_faults(session)


def ask(town: Town, row: AttendanceView, minutes: int | None = 60, key: str = "k") -> CorrectionView:
    return correct_attendance(town.leader, form(row, minutes), key, LATER)


def test_hours_follow_a_correction_once_it_is_confirmed(db: Database, town: Town, served: AttendanceView) -> None:
    asked = ask(town, served)
    assert (asked.minutes_before, asked.minutes_after, asked.is_confirmed) == (90, 60, None)
    assert ask(town, served).id == asked.id  # the same form again
    assert [row.minutes for row in list_own_attendances(town.zhang)] == [90]
    assert [row.may_answer for row in list_waiting_corrections(town.leader)] == [False]
    assert [row.may_answer for row in list_waiting_corrections(town.second)] == [True]
    row = answer_correction(town.second, asked.id, is_confirmed=True, now=LATER)
    assert (row.minutes, row.source, row.corrections) == (60, "code", 1)
    own = list_own_corrections(town.zhang)
    assert [(one.reason, one.asked_by_name, one.answered_by_name) for one in own] == [
        ("提前走了", town.leader.name, town.second.name)
    ]
    service = get_own_service(town.zhang, LATER)
    assert service is not None
    assert service.total == (60, 1)
    assert list_waiting_corrections(town.second) == []
    assert faults(db) == []


def test_the_last_confirmed_counts_and_who_was_not_there_counts_for_nothing(
    db: Database, town: Town, served: AttendanceView
) -> None:
    answer_correction(town.second, ask(town, served, 60, "a").id, is_confirmed=True, now=LATER)
    again = list_own_attendances(town.zhang)[0]
    refused = ask(town, again, 30, "b")
    with pytest.raises(InvalidText):
        answer_correction(town.second, refused.id, is_confirmed=False, now=LATER)
    assert answer_correction(town.second, refused.id, is_confirmed=False, note="查过了", now=LATER).minutes == 60
    gone = answer_correction(town.second, ask(town, again, None, "c").id, is_confirmed=True, now=LATER)
    assert (gone.status, gone.minutes) == (AttendanceStatus.CANCELLED, None)
    service = get_own_service(town.zhang, LATER)
    assert service is not None
    assert service.total == (0, 0)
    assert [row.is_confirmed for row in list_corrections(town.leader, served.id)] == [True, False, True]
    assert faults(db) == []


def test_bad_corrections_are_refused(town: Town, served: AttendanceView) -> None:
    too_long = CorrectionForm(served.id, END - timedelta(hours=23), END, "x", served.version)
    early = CorrectionForm(served.id, NOW - timedelta(hours=5), NOW - timedelta(hours=4), "x", served.version)
    one_sided = CorrectionForm(served.id, NOW, None, "x", served.version)
    for refusal, bad in (
        (InvalidText, form(served, 60, " ")),
        (hand_entries.NothingToCorrect, form(served, 90)),
        (rules.CheckOutBeforeCheckIn, form(served, -5)),
        (rules.CheckOutBeforeCheckIn, one_sided),
        (hand_entries.TooManyHours, too_long),
        (hand_entries.TooManyHours, form(served, 60 * 24 * 3)),
        (hand_entries.EntryOutsideActivity, early),
        (StaleRecord, form(served, version=served.version + 1)),
        (NotFound, CorrectionForm(4711, NOW, END, "x", 1)),
    ):
        with pytest.raises(refusal):
            correct_attendance(town.leader, bad, "bad", LATER)
    inside = come(town.users["李平"], town.activity, NOW)
    with pytest.raises(hand_entries.NothingToCorrect):
        correct_attendance(town.leader, form(inside), "in", LATER)
    ask(town, served)
    with pytest.raises(hand_entries.CorrectionWaits):
        ask(town, served, 45, "other")


def test_the_second_person_is_another_than_the_first_and_the_volunteer(town: Town, served: AttendanceView) -> None:
    asked = ask(town, served)
    himself = make_user(Role.COMMUNITY_SECRETARY, area=town.one, person=town.people["张安"])
    for actor in (town.leader, himself):
        with pytest.raises(hand_entries.SecondPersonNeeded):
            answer_correction(actor, asked.id, is_confirmed=True, now=LATER)
    with pytest.raises(NotFound):
        answer_correction(town.foreign, asked.id, is_confirmed=True, now=LATER)
    with pytest.raises(NotFound):
        correct_attendance(town.foreign, form(served, 30), "f", LATER)
    for actor in (town.zhang, make_user(Role.VISITOR)):
        with pytest.raises(PermissionDenied):
            answer_correction(actor, asked.id, is_confirmed=True, now=LATER)
    assert list_corrections(town.foreign, served.id) == []
    answer_correction(town.second, asked.id, is_confirmed=True, now=LATER)
    with pytest.raises(hand_entries.NothingToConfirm):
        answer_correction(town.second, asked.id, is_confirmed=True, now=LATER)


def test_many_answers_at_once_make_one(db: Database, town: Town, served: AttendanceView) -> None:
    asked = ask(town, served)
    chiefs: list[Actor] = [make_user() for _ in range(5)]

    def answer(actor: Actor) -> int | None:
        return answer_correction(actor, asked.id, is_confirmed=True, now=LATER).minutes

    found = at_once([lambda chief=chief: answer(chief) for chief in chiefs])  # type: ignore[misc]
    assert found["made 60"] == 1
    assert set(found) <= {"made 60", "nothing_to_confirm", "stale_record"}


@pytest.mark.parametrize("table", ["attendance_corrections", "attendance_correction_answers"])
def test_nothing_of_a_correction_is_altered_or_deleted(
    db: Database, town: Town, served: AttendanceView, table: str
) -> None:
    answer_correction(town.second, ask(town, served).id, is_confirmed=True, now=LATER)
    column = "reason" if table == "attendance_corrections" else "note"
    for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="append-only"), db.transaction(EVERYWHERE) as session:
            session.execute(text(statement))


def test_verify_finds_hours_that_no_correction_says(db: Database, town: Town, served: AttendanceView) -> None:
    answer_correction(town.second, ask(town, served).id, is_confirmed=True, now=LATER)
    with db.transaction(EVERYWHERE) as session:
        session.execute(text(f"UPDATE attendances SET minutes = 90 WHERE id = {served.id}"))
    assert faults(db) == [f"attendance {served.id}: what counts is not what its corrections say"]
    report = {check.name: check.faults for check in verify(SYSTEM).checks}
    assert report["attendance_corrections"] == faults(db)
    assert report["schema"] == []


def test_whoever_was_corrected_away_may_be_entered_again(db: Database, town: Town, served: AttendanceView) -> None:
    now: datetime = NOW + timedelta(minutes=95)
    gone = correct_attendance(town.leader, form(served, None), "k", now)
    answer_correction(town.second, gone.id, is_confirmed=True, now=now)
    assert come(town.zhang, town.activity, now).status is AttendanceStatus.CHECKED_IN
    assert faults(db) == []


def test_without_corrections_there_is_nothing_to_find(db: Database) -> None:
    assert faults(db) == []
