"""The calendar in the database: filled, edited, and what a change does to running deadlines."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from config.calendar import calendar_for, known_years
from db.models import Incident
from db.session import Database, transaction
from domain.calendars import CalendarDay, CalendarDayTwice, CalendarEdit, CalendarYearEmpty, WorkdayNotOnWeekend
from domain.clocks import CalendarContradiction
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.incidents import IncidentAction, ReasonRequired
from domain.permissions import EVERYWHERE, Actor
from services.clocks import recounts as deadline_recounts
from services.clocks.calendar_edits import CalendarUnchanged, add_known_years, edit_calendar, get_calendar_year
from services.clocks.calendars import calendar_warning, current_calendar, hold_calendar
from services.incidents.cases import act_on_incident, get_incident
from services.system.installations import current_profile
from services.timelines.checks import verify_timelines
from tests.incident_town import NOW, Street, logged, make_street
from tests.services.test_at_once import at_once
from tests.statements import recorded

A = IncidentAction
# NOW is Wednesday 18 March 2026, 14:32; a street light has one working day, so it is due on Thursday at 14:32.
DUE = datetime(2026, 3, 19, 6, 32, tzinfo=UTC)
THURSDAY, FRIDAY, SATURDAY = date(2026, 3, 19), date(2026, 3, 20), date(2026, 3, 21)
STORM = CalendarEdit(put=(CalendarDay(THURSDAY, False, "台风停工"),))


@pytest.fixture
def street(db: Database) -> Street:
    found = make_street()
    add_known_years(NOW)
    return found


def test_an_empty_table_counts_like_the_packages(db: Database) -> None:
    make_street()
    assert current_calendar() == calendar_for(current_profile())
    add_known_years(NOW)
    assert current_calendar() == calendar_for(current_profile())
    assert add_known_years(NOW) is None


def test_a_year_shows_its_days_and_where_they_come_from(street: Street) -> None:
    view = get_calendar_year(street.administrator, 2026)
    assert (view.source, view.complete, view.version) == ("package", True, 1)
    assert CalendarDay(date(2026, 10, 1), False, "national_day") in view.days
    later = get_calendar_year(street.administrator, max(known_years()) + 1)
    assert (later.days, later.complete) == ((), False)


def test_only_the_administrator_keeps_the_calendar(street: Street) -> None:
    with pytest.raises(PermissionDenied):
        get_calendar_year(street.command, 2026)
    with pytest.raises(PermissionDenied):
        edit_calendar(street.command, STORM, 1, "台风", NOW)


def test_a_holiday_moves_running_deadlines_and_says_so(street: Street) -> None:
    case = logged(street.command)
    assert case.due_at == DUE
    report = edit_calendar(street.administrator, STORM, 1, "市防指停工通知", NOW)
    assert (report.version, report.changed, report.moved) == (2, 1, 1)
    card = get_incident(street.command, case.id, NOW)
    assert card.view.due_at == DUE + timedelta(days=1)
    entry = card.timeline[-1]
    assert (entry.action, entry.note, entry.actor_name) == (A.RECOUNT, "市防指停工通知", "管理员")
    assert entry.changes == {
        "due_from": DUE.isoformat(), "due_at": (DUE + timedelta(days=1)).isoformat(),
        "days": [["2026-03-19", "", "holiday", "台风停工"]],
    }  # fmt: skip
    assert card.deadline is not None
    assert card.deadline.due_at == card.view.due_at
    assert [part.holidays for part in card.deadline.stretches if part.skipped] == [("台风停工",)]
    assert verify_timelines().findings == []


def test_a_worked_saturday_and_a_moved_holiday(street: Street) -> None:
    case = logged(street.command)
    admin = street.administrator
    two_days = CalendarEdit(put=tuple(CalendarDay(day, False, "台风停工") for day in (THURSDAY, FRIDAY)))
    edit_calendar(admin, two_days, 1, "台风", NOW)
    assert get_incident(street.command, case.id, NOW).view.due_at == DUE + timedelta(days=4)  # Monday
    edit_calendar(admin, CalendarEdit(put=(CalendarDay(SATURDAY, True, "补班"),)), 2, "补班", NOW)
    assert get_incident(street.command, case.id, NOW).view.due_at == DUE + timedelta(days=2)
    moved = CalendarEdit(frozenset({THURSDAY}), (CalendarDay(date(2026, 3, 25), False, "台风停工"),))
    assert edit_calendar(admin, moved, 3, "台风推迟", NOW).moved == 1
    card = get_incident(street.command, case.id, NOW)
    assert card.view.due_at == DUE
    assert [entry.action for entry in card.timeline].count(A.RECOUNT) == 3


def test_a_day_behind_the_deadline_moves_nothing(street: Street) -> None:
    case = logged(street.command)
    later = CalendarEdit(put=(CalendarDay(FRIDAY, False, "x"),))
    assert edit_calendar(street.administrator, later, 1, "x", NOW).moved == 0
    assert len(get_incident(street.command, case.id, NOW).timeline) == 1


def test_emergency_hours_do_not_care(street: Street) -> None:
    case = logged(street.command, urgency="urgent")
    report = edit_calendar(
        street.administrator, CalendarEdit(put=(CalendarDay(THURSDAY, False, "x"),)), 1, "x", NOW
    )  # fmt: skip
    assert report.moved == 0
    assert get_incident(street.command, case.id, NOW).view.due_at == case.due_at


def act(street: Street, incident_id: int, actor: Actor, step: A, now: datetime = NOW, **values: Any) -> None:
    version = get_incident(street.command, incident_id, now).view.version
    act_on_incident(actor, incident_id, step, version, standard_confirmed=True, now=now, **values)


def suspended(street: Street) -> int:
    case = logged(street.command)
    act(street, case.id, street.leader_a, A.TAKE_OVER)
    owner = street.command.user_id
    act(street, case.id, street.command, A.SUSPEND, note="等施工", assignee_id=owner, review_on=date(2026, 4, 1))
    return case.id


def test_suspended_answered_and_closed_ones_are_left_alone(street: Street) -> None:
    stands = suspended(street)
    answered = logged(street.command, "form-2").id
    act(street, answered, street.leader_a, A.TAKE_OVER)
    act(street, answered, street.leader_a, A.FEED_BACK, note="好了")
    void = logged(street.command, "form-3").id
    act(street, void, street.command, A.VOID, note="不属实")
    assert edit_calendar(street.administrator, STORM, 1, "台风", NOW).moved == 0
    for incident_id in (stands, answered, void):
        card = get_incident(street.command, incident_id, NOW)
        assert card.view.due_at == DUE
        assert A.RECOUNT not in [entry.action for entry in card.timeline]
    # The suspended one is counted by the new calendar when it goes on.
    at = NOW + timedelta(hours=1)
    act(street, stands, street.command, A.RESUME, at)
    assert get_incident(street.command, stands, at).view.due_at == DUE + timedelta(days=1, hours=1)
    card = get_incident(street.command, stands, at)
    assert card.deadline is not None
    assert [part.skipped for part in card.deadline.stretches if part.skipped] == ["suspended", "holiday"]


def test_a_reopened_case_counts_from_its_reopening(street: Street) -> None:
    case = logged(street.command).id
    for actor, step in ((street.leader_a, A.TAKE_OVER), (street.leader_a, A.FEED_BACK), (street.command, A.CLOSE)):
        act(street, case, actor, step, note="好了")
    at = NOW + timedelta(hours=1)
    act(street, case, street.command, A.REOPEN, at, note="又坏了")
    assert edit_calendar(street.administrator, STORM, 1, "台风", at).moved == 1
    card = get_incident(street.command, case, at)
    assert card.deadline is not None
    assert card.deadline.stretches[0].start == at
    assert card.view.due_at == DUE + timedelta(days=1, hours=1)


@pytest.mark.parametrize(
    ("edit", "refusal"),
    [
        (CalendarEdit(put=(CalendarDay(FRIDAY, False, "a"), CalendarDay(FRIDAY, True, "b"))), WorkdayNotOnWeekend),
        (
            CalendarEdit(put=(CalendarDay(SATURDAY, False, "a"), CalendarDay(SATURDAY, True, "b"))),
            CalendarContradiction,
        ),
        (CalendarEdit(put=(CalendarDay(FRIDAY, False, "a"), CalendarDay(FRIDAY, False, "a"))), CalendarDayTwice),
        (CalendarEdit(put=(CalendarDay(date(2026, 10, 10), False, "a"),)), CalendarContradiction),
        (CalendarEdit(frozenset({FRIDAY})), NotFound),
        (CalendarEdit(complete=frozenset({2028})), CalendarYearEmpty),
        (CalendarEdit(complete=frozenset({2026})), CalendarUnchanged),
    ],
)
def test_refused_edits_change_nothing(street: Street, edit: CalendarEdit, refusal: type[Exception]) -> None:
    before = get_calendar_year(street.administrator, 2026)
    with pytest.raises(refusal):
        edit_calendar(street.administrator, edit, 1, "x", NOW)
    assert get_calendar_year(street.administrator, 2026) == before


def test_an_edit_wants_a_reason_and_the_version_that_was_shown(street: Street) -> None:
    with pytest.raises(ReasonRequired):
        edit_calendar(street.administrator, STORM, 1, "  ", NOW)
    edit_calendar(street.administrator, STORM, 1, "台风", NOW)
    with pytest.raises(StaleRecord):
        edit_calendar(street.administrator, CalendarEdit(frozenset({THURSDAY})), 1, "x", NOW)


def test_a_missing_year_is_announced_until_it_is_entered(street: Street) -> None:
    late = datetime(2026, 11, 10, tzinfo=UTC)
    assert calendar_warning(NOW) is None
    assert calendar_warning(late).years == (2027,)  # type: ignore[union-attr]
    new_year = CalendarDay(date(2027, 1, 1), False, "new_year")
    edit_calendar(street.administrator, CalendarEdit(put=(new_year,)), 1, "通知", late)
    assert calendar_warning(late).years == (2027,)  # type: ignore[union-attr]
    edit_calendar(street.administrator, CalendarEdit(complete=frozenset({2027})), 2, "通知", late)
    assert calendar_warning(late) is None
    assert get_calendar_year(street.administrator, 2027).source == "entered"


def test_a_recount_takes_few_statements_for_each_batch(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        logged(street.command, f"f{number}")
    monkeypatch.setattr(deadline_recounts, "BATCH", 5)
    with recorded() as statements:
        assert edit_calendar(street.administrator, STORM, 1, "台风", NOW).moved == 12
    assert verify_timelines().findings == []
    # Three batches and an empty one: cases, entries, changed rows, new entries, audit records, the map's version.
    statements.most(8 + 3 * 6 + 1)


def test_a_case_logged_while_the_calendar_changes_is_not_missed(street: Street) -> None:
    """Whoever wins, the case ends with the deadline of the new calendar: in ten tries of five at once."""
    for turn in range(5):
        version = get_calendar_year(street.administrator, 2026).version
        there = any(entry.day == THURSDAY for entry in get_calendar_year(street.administrator, 2026).days)
        edit = CalendarEdit(frozenset({THURSDAY})) if there else STORM
        calls = [lambda n=n, turn=turn: logged(street.command, f"{turn}-{n}").id for n in range(3)]  # type: ignore[misc]
        calls.append(lambda edit=edit, version=version: edit_calendar(  # type: ignore[misc]
            street.administrator, edit, version, "x", NOW).version)  # fmt: skip
        done = at_once(calls)
        assert all(key.startswith("made") for key in done), done
        wanted = DUE if there else DUE + timedelta(days=1)
        with transaction(EVERYWHERE) as session:
            assert {row.due_at for row in session.query(Incident)} == {wanted}


def test_two_administrators_at_once_one_is_told(street: Street) -> None:
    days = [CalendarEdit(put=(CalendarDay(day, False, "x"),)) for day in (THURSDAY, FRIDAY)]
    done = at_once([lambda e=e: edit_calendar(street.administrator, e, 1, "x", NOW).version for e in days])  # type: ignore[misc]
    assert done == {"made 2": 1, "stale_record": 1}


def test_hold_calendar_is_the_current_one(street: Street) -> None:
    edit_calendar(street.administrator, STORM, 1, "台风", NOW)
    with transaction(EVERYWHERE) as session:
        held = hold_calendar(session)
    assert held == current_calendar()
    assert held.holidays[THURSDAY] == "台风停工"
