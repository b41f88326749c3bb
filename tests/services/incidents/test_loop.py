"""The loop around the lanes: checks by others, levels, suspension, reopening; any order of steps (C3, C8, C9)."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from db.models import Incident, IncidentEvent
from db.queries.incidents import list_events
from db.session import Database, reading, use_database
from domain.errors import Refusal, StaleRecord
from domain.incidents import (
    CheckerMayNotHandle,
    HandlerMayNotVerify,
    IncidentAction,
    IncidentLevel,
    IncidentStatus,
    IncidentSymbol,
    ReasonRequired,
    replay,
)
from domain.permissions import EVERYWHERE, Actor
from services.incidents.actions import ReopenTooLate, ReviewDateRequired, act_on_incident
from services.incidents.assignees import AssigneeNotSuitable, AssigneeRequired, list_assignees
from services.incidents.cases import IncidentFilter, get_incident, list_incidents
from services.incidents.suspensions import SuspendedAges, suspended_ages
from services.incidents.views import IncidentView
from services.maps.points import incident_points
from services.system.installations import current_profile, forget_installation
from services.timelines.checks import verify_timelines
from tests.incident_town import NOW, Street, logged, make_street
from tests.pictures import picture

A, S = IncidentAction, IncidentStatus
FULL = {"source": "hotline_12345"}  # takes the seven steps


def act(actor: Actor, view: IncidentView, action: IncidentAction, note: str = "", **values: object) -> IncidentView:
    values = {"now": NOW + timedelta(hours=1), "standard_confirmed": True} | values
    return act_on_incident(actor, view.id, action, view.version, note, **values)  # type: ignore[arg-type]


def start(street: Street, **values: object) -> IncidentView:
    return get_incident(street.command, logged(street.command, **values).id, NOW).view


def row_of(view: IncidentView) -> Incident:
    with reading(EVERYWHERE) as session:
        row = session.get(Incident, view.id)
        assert row is not None
        return row


def events_of(view: IncidentView) -> list[IncidentEvent]:
    with reading(EVERYWHERE) as session:
        return list_events(session, view.id)


def test_the_source_chooses_the_lane(sqlite_db: Database) -> None:
    street = make_street()
    assert start(street).lane == current_profile().lane().key
    assert start(street, key="other", **FULL).lane == "seven_steps"


def test_one_press_checks_files_and_dispatches_with_an_entry_for_each(db: Database) -> None:
    street = make_street()
    view = start(street, **FULL)
    card = get_incident(street.command, view.id, NOW)
    button = next(item for item in card.actions if item.action is A.DISPATCH)
    assert button.via == (A.CHECK, A.FILE)
    view = act(street.command, view, A.DISPATCH, "请处理", assignee_id=street.leader_a.user_id)
    assert view.status is S.DISPATCHED
    assert [(event.action, event.note) for event in events_of(view)] == [
        ("report", ""), ("check", ""), ("file", ""), ("dispatch", "请处理"),
    ]  # fmt: skip
    row = row_of(view)
    assert (row.filed_at, row.dispatched_at) == (NOW + timedelta(hours=1),) * 2
    with pytest.raises(StaleRecord):
        act_on_incident(street.secretary, view.id, A.DISPATCH, 1, assignee_id=street.leader_a.user_id, now=NOW)


def test_a_repeated_press_dispatches_once(sqlite_db: Database) -> None:
    street = make_street()
    view = start(street, **FULL)
    for _ in range(2):
        act(street.command, view, A.DISPATCH, assignee_id=street.leader_a.user_id)
    assert len(events_of(view)) == 4


def test_nothing_is_half_done_when_the_dispatch_is_refused(db: Database) -> None:
    street = make_street()
    view = start(street, **FULL)
    with pytest.raises(AssigneeRequired):
        act(street.command, view, A.DISPATCH)
    assert len(events_of(view)) == 1
    assert row_of(view).version == view.version


def test_the_two_checks_are_somebody_elses_than_the_handler(sqlite_db: Database) -> None:
    street = make_street()
    view = act(street.leader_a, start(street, **FULL), A.CHECK, "现场查看属实")
    view = act(street.command, view, A.DISPATCH, assignee_id=street.secretary.user_id)
    with pytest.raises(CheckerMayNotHandle):
        act(street.leader_a, view, A.TAKE_OVER)
    view = act(street.secretary, view, A.TAKE_OVER)
    view = act(street.secretary, view, A.FEED_BACK, "已修复")
    with pytest.raises(HandlerMayNotVerify):
        act(street.secretary, view, A.VERIFY)
    view = act(street.command, view, A.CLOSE if view.status is S.VERIFIED else A.VERIFY)
    assert act(street.command, view, A.CLOSE).status is S.CLOSED


def test_a_case_goes_up_level_by_level_and_down_again_under_its_number(db: Database) -> None:
    street = make_street()
    view = act(street.leader_a, start(street), A.TAKE_OVER)
    assert view.level is IncidentLevel.GRID
    ways = [
        (street.leader_a, A.ESCALATE, street.secretary, IncidentLevel.COMMUNITY),
        (street.secretary, A.ESCALATE, street.command, IncidentLevel.STREET),
        (street.command, A.ESCALATE, street.department, IncidentLevel.DEPARTMENT),
        (street.department, A.HAND_DOWN, street.command, IncidentLevel.STREET),
        (street.command, A.HAND_DOWN, street.secretary, IncidentLevel.COMMUNITY),
    ]
    for actor, action, to, level in ways:
        with pytest.raises(ReasonRequired):
            act(actor, view, action, assignee_id=to.user_id)
        assert to.user_id in {person.user_id for person in list_assignees(actor, view.id, action)}
        after = act(actor, view, action, "权限不在本级", assignee_id=to.user_id)
        assert (after.number, after.level, after.handler_id) == (view.number, level, to.user_id)
        view = after
    assert A.ESCALATE in {item.action for item in get_incident(street.secretary, view.id, NOW).actions}


def test_the_top_and_the_bottom_have_no_further_level(sqlite_db: Database) -> None:
    street = make_street()
    view = act(street.leader_a, start(street), A.TAKE_OVER)
    offered = {item.action for item in get_incident(street.leader_a, view.id, NOW).actions}
    assert A.ESCALATE in offered
    assert A.HAND_DOWN not in offered
    with pytest.raises(AssigneeNotSuitable):  # not step by step
        act(street.leader_a, view, A.ESCALATE, "太远", assignee_id=street.department.user_id)


def test_a_suspended_case_has_an_owner_and_a_review_day_that_alarms(db: Database) -> None:
    street = make_street()
    view = act(street.leader_a, start(street), A.TAKE_OVER)
    owner = {"assignee_id": street.secretary.user_id}
    for day in (None, date(2026, 3, 18), date(2026, 3, 1)):
        with pytest.raises(ReviewDateRequired):
            act(street.command, view, A.SUSPEND, "等待改造", review_on=day, **owner)
    with pytest.raises(AssigneeRequired):
        act(street.command, view, A.SUSPEND, "等待改造", review_on=date(2026, 3, 25))
    view = act(street.command, view, A.SUSPEND, "等待改造", review_on=date(2026, 3, 25), **owner)
    assert (view.review_on, view.symbol) == (date(2026, 3, 25), IncidentSymbol.HANDLING)
    assert row_of(view).handler_id == street.leader_a.user_id
    view = act(street.command, view, A.ADD_NOTE, "已联系施工方")
    assert view.review_on == date(2026, 3, 25)
    assert act(street.command, view, A.RESUME).review_on is None


def test_suspended_cases_leave_the_late_ones_and_come_back_on_their_review_day(db: Database) -> None:
    street = make_street()
    owner = {"assignee_id": street.secretary.user_id, "review_on": date(2026, 3, 25)}
    for number in range(3):
        view = act(street.leader_a, start(street, key=f"s{number}"), A.TAKE_OVER)
        if number:
            act(street.command, view, A.SUSPEND, "等待改造", **owner)
    day, eve = NOW + timedelta(days=7), NOW + timedelta(days=6)
    assert suspended_ages(street.command, eve) == SuspendedAges((2, 0, 0, 0), 0)
    assert suspended_ages(street.command, day + timedelta(days=30)) == SuspendedAges((0, 0, 2, 0), 2)
    assert suspended_ages(street.leader_b, day).total == 0
    overdue = frozenset({IncidentSymbol.OVERDUE})
    assert list_incidents(street.command, IncidentFilter(symbols=overdue), day).total == 1
    assert list_incidents(street.command, IncidentFilter(symbols=overdue, review_due=True), eve).total == 1
    due = list_incidents(street.command, IncidentFilter(symbols=overdue, review_due=True), day)
    assert due.total == 3
    only = IncidentFilter(suspended=True, review_due=True)
    assert list_incidents(street.command, only, day).total == incident_points(street.command, only, day).total == 2


def test_what_was_answered_is_counted_once_and_again_after_a_return(db: Database) -> None:
    street = make_street()
    view = act(street.leader_a, start(street, category="litter"), A.TAKE_OVER)  # 4 working hours: Thursday 09:02
    due = view.due_at
    assert due is not None
    view = act(street.leader_a, view, A.FEED_BACK, "已清理", now=due + timedelta(minutes=30))
    assert row_of(view).overdue_seconds == 1800
    view = act(street.secretary, view, A.RETURN, "没有清干净", now=due + timedelta(hours=1))
    row = row_of(view)
    assert (row.answered_at, row.overdue_seconds, row.failed_check_count, row.returned_count) == (None, None, 1, 0)
    view = act(street.leader_a, view, A.FEED_BACK, "再次清理", photos=(picture(),), now=due + timedelta(hours=2))
    view = act(street.secretary, view, A.CLOSE, now=due + timedelta(hours=5))
    assert row_of(view).overdue_seconds == 7200  # until the answer, not until the close


def test_a_case_is_reopened_within_the_days_and_says_who_was_told(db: Database) -> None:
    street = make_street()
    view = act(street.leader_a, start(street), A.TAKE_OVER)
    view = act(street.leader_a, view, A.FEED_BACK, "已修复")
    view = act(street.secretary, view, A.CLOSE)
    late = NOW + timedelta(hours=1, days=current_profile().thresholds.reopen_days.value, seconds=1)
    with pytest.raises(ReopenTooLate):
        act(street.command, view, A.REOPEN, "又坏了", now=late)
    view = act(street.command, view, A.REOPEN, "又坏了", now=late - timedelta(seconds=2))
    assert (view.status, view.reopened_count, view.closed_at) == (S.REPORTED, 1, None)
    assert get_incident(street.command, view.id, NOW).timeline[-1].changes["told"] == ["岑立", "方宁"]
    assert [event.action for event in events_of(view)][:4] == ["report", "take_over", "feed_back", "close"]


def test_supervision_needs_words_and_stays_visible(sqlite_db: Database) -> None:
    street = make_street()
    view = start(street)
    with pytest.raises(ReasonRequired):
        act(street.command, view, A.SUPERVISE)
    assert act(street.command, view, A.SUPERVISE, "今天必须办结").supervised_at == NOW + timedelta(hours=1)


class AnyOrder(RuleBasedStateMachine):
    """Anybody tries any step in any order on a case of the full lane: see ``check`` for what always holds."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        use_database(self.database)
        forget_installation()
        AnyOrder.count += 1
        self.view = start(STREETS[id(self.database)], key=f"any-{AnyOrder.count}", **FULL)
        self.lane = current_profile().lane(self.view.lane).lane

    count = 0

    @rule(
        action=st.sampled_from(A),
        who=st.sampled_from(["command", "secretary", "leader_a", "leader_b", "department", "visitor", "administrator"]),
        note=st.sampled_from(["", "理由"]),
        to=st.sampled_from([None, "leader_a", "secretary", "command", "department"]),
        day=st.sampled_from([None, date(2026, 3, 17), date(2026, 4, 1)]),
        stale=st.booleans(),
    )
    def act(self, action: IncidentAction, who: str, note: str, to: str | None, day: date | None, stale: bool) -> None:
        street, before = STREETS[id(self.database)], row_of(self.view)
        assignee = getattr(street, to).user_id if to else None
        version = before.version - (1 if stale else 0)
        try:
            act_on_incident(
                getattr(street, who), self.view.id, action, version, note, assignee_id=assignee, review_on=day,
                standard_confirmed=note == "理由", now=NOW + timedelta(hours=1),
            )  # fmt: skip
        except Refusal:
            after = row_of(self.view)
            assert (after.version, after.status, after.event_count) == (
                before.version,
                before.status,
                before.event_count,
            )

    @rule(choice=st.integers(0, 99), to=st.integers(0, 9))
    def act_as_offered(self, choice: int, to: int) -> None:
        """Random steps alone seldom get far: take one that a card offers."""
        street = STREETS[id(self.database)]
        actor = [street.command, street.secretary, street.leader_a, street.administrator][choice % 4]
        try:
            card = get_incident(actor, self.view.id, NOW)
        except Refusal:
            return
        if not card.actions:
            return
        button = card.actions[choice % len(card.actions)]
        people = list_assignees(actor, self.view.id, button.action) if button.needs_assignee else []
        if button.needs_assignee and not people:
            return
        assignee = people[to % len(people)].user_id if people else None
        act_on_incident(
            actor, self.view.id, button.action, card.view.version, "理由", assignee_id=assignee,
            standard_confirmed=True, review_on=date(2026, 4, 1), now=NOW + timedelta(hours=1),
        )  # fmt: skip

    @invariant()
    def closed_only_after_the_check(self) -> None:
        row, events = row_of(self.view), events_of(self.view)
        actions = [IncidentAction(event.action) for event in events]
        assert replay(self.lane, actions) == row.status
        for place, event in enumerate(events):
            if event.action == A.CLOSE:
                assert events[place - 1].to_status in (S.VERIFIED, S.CLOSED), "closed without verification"
                since = max((n for n, e in enumerate(events[:place]) if e.action == A.REOPEN), default=0)
                verified = [e for e in events[since:place] if e.action == A.VERIFY]
                handlers = {e.user_id for e in events[:place] if e.action in ("take_over", "report_in", "feed_back")}
                assert verified
                assert not {e.user_id for e in verified} & handlers
        assert (row.status in (S.CLOSED, S.VOIDED)) == (row.closed_at is not None)

    def teardown(self) -> None:
        assert verify_timelines().findings == []


STREETS: dict[int, Street] = {}


def test_no_order_of_steps_closes_without_verification(sqlite_db: Database) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    AnyOrder.database = sqlite_db
    STREETS[id(sqlite_db)] = make_street()
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(max_examples=12, stateful_step_count=25, suppress_health_check=list(HealthCheck)),
    )
