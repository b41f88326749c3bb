"""吹哨报到: who is called, until when, what the case waits for, who rates, and that the timeline proves it (C6)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import text

from db.session import Database, transaction, use_database
from domain.calendars import CalendarDay, CalendarEdit
from domain.errors import NotFound, PermissionDenied, Refusal
from domain.incidents import ActionNotAllowed, IncidentAction, IncidentStatus, ReasonRequired
from domain.links import CaseIsLinked
from domain.permissions import EVERYWHERE, Actor, Role
from domain.texts import EmptyText
from domain.whistles import (
    AlreadyRated,
    AlreadyWhistled,
    AnswerState,
    DepartmentNotSuitable,
    DepartmentRequired,
    InvalidRating,
    NoAnswerYet,
    NotReportedIn,
    WhistleOnEndedCase,
    WhistleReason,
    WhistleSettled,
    WhistleUnanswered,
)
from services.clocks.calendar_edits import add_known_years, edit_calendar
from services.incidents.actions import act_on_incident
from services.incidents.cases import get_incident
from services.incidents.links import link_incident
from services.incidents.views import IncidentView
from services.system.installations import forget_installation
from services.timelines.checks import TimelineFault, verify_timelines
from services.whistles import calls as whistles
from services.whistles.views import AwaitedCount
from tests.factories import make_user
from tests.incident_town import NOW, Street, logged, make_street
from tests.services.test_at_once import at_once

A, R = IncidentAction, WhistleReason
HOUR = timedelta(hours=1)


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def act(actor: Actor, incident: int, action: IncidentAction, note: str = "", **values: object) -> IncidentView:
    version = get_incident(actor, incident, NOW).view.version
    given = {"now": NOW + HOUR, "standard_confirmed": True} | values
    return act_on_incident(actor, incident, action, version, note, **given)  # type: ignore[arg-type]


def fed_back(street: Street, key: str = "form-1") -> int:
    """A case that can be closed."""
    incident = logged(street.command, key).id
    act(street.leader_a, incident, A.TAKE_OVER)
    act(street.leader_a, incident, A.FEED_BACK, "已修复")
    return incident


def blow(
    street: Street, incident: int, *departments: Actor, reason: WhistleReason = R.EMERGENCY, now: datetime = NOW
) -> int:
    """Whistle; returns the answer of the first department."""
    called = departments or (street.department,)
    views = whistles.blow_whistle(street.command, incident, reason, [one.user_id for one in called], "请到场", now)
    return next(view.id for view in reversed(views) if view.answer.department_id == called[0].user_id)


def test_each_department_has_its_own_clock_and_sees_the_case(street: Street) -> None:
    other, idle = (make_user(Role.DEPARTMENT, name=name) for name in ("市场监管所", "消防站"))
    incident = logged(street.command).id
    with pytest.raises(NotFound):
        get_incident(street.department, incident, NOW)
    blow(street, incident, street.department)
    blow(street, incident, other, reason=R.JOINT_ENFORCEMENT, now=NOW + HOUR)
    views = whistles.list_whistles(street.command, incident, NOW + HOUR)
    assert [(view.department, view.answer.due_at, view.late) for view in views] == [
        ("城管中队", NOW + HOUR, False),  # one hour by day and night
        ("市场监管所", datetime(2026, 3, 19, 2, 32, tzinfo=UTC), False),  # 4 working hours from Wednesday 15:32
    ]
    assert whistles.list_whistles(street.command, incident, NOW + HOUR + timedelta(seconds=1))[0].late
    for actor in (street.department, other):
        assert get_incident(actor, incident, NOW).view.id == incident
    with pytest.raises(NotFound):
        get_incident(idle, incident, NOW)
    assert verify_timelines().findings == []


def test_the_case_waits_for_each_department(street: Street) -> None:
    other = make_user(Role.DEPARTMENT, name="市场监管所")
    incident = fed_back(street)
    first = blow(street, incident, street.department, other)
    second = next(view.id for view in whistles.list_whistles(street.command, incident) if view.id != first)
    with pytest.raises(WhistleUnanswered) as told:
        act(street.command, incident, A.CLOSE)
    assert told.value.values == {"departments": "城管中队、市场监管所"}
    whistles.report_in(street.department, first, now=NOW + HOUR)
    with pytest.raises(WhistleUnanswered, match="市场监管所"):
        act(street.command, incident, A.CLOSE)
    whistles.waive_whistle(street.command, second, "职责不在该所", NOW + HOUR)
    assert act(street.command, incident, A.CLOSE).status is IncidentStatus.CLOSED
    states = {view.department: view.state for view in whistles.list_whistles(street.command, incident)}
    assert states == {"城管中队": AnswerState.REPORTED_IN, "市场监管所": AnswerState.WAIVED}
    assert verify_timelines().findings == []


def test_a_main_waits_for_what_is_awaited_in_a_linked_case(street: Street) -> None:
    main, other = fed_back(street), logged(street.command, "form-2").id
    answer = blow(street, other)
    version = get_incident(street.command, other, NOW).view.version
    number = get_incident(street.command, main, NOW).view.number
    link_incident(street.command, other, version, number, now=NOW)
    with pytest.raises(WhistleUnanswered):
        act(street.command, main, A.CLOSE)
    with pytest.raises(CaseIsLinked):
        blow(street, other, make_user(Role.DEPARTMENT, name="市场监管所"))
    whistles.report_in(street.department, answer)
    act(street.command, main, A.CLOSE)
    assert get_incident(street.command, other, NOW).view.status is IncidentStatus.CLOSED
    assert verify_timelines().findings == []


def test_verifying_waits_as_well(street: Street) -> None:
    incident = logged(street.command, source="hotline_12345").id
    act(street.command, incident, A.DISPATCH, assignee_id=street.leader_a.user_id)
    act(street.leader_a, incident, A.TAKE_OVER)
    act(street.leader_a, incident, A.FEED_BACK, "已修复")
    answer = blow(street, incident)
    with pytest.raises(WhistleUnanswered):
        act(street.secretary, incident, A.VERIFY)
    whistles.report_in(street.department, answer)
    act(street.secretary, incident, A.VERIFY)


def test_a_department_reports_in_says_what_it_did_and_is_rated(street: Street) -> None:
    incident = logged(street.command).id
    answer = blow(street, incident)
    with pytest.raises(NotReportedIn):
        whistles.give_result(street.department, answer, "已查处")
    with pytest.raises(NoAnswerYet):
        whistles.rate_answer(street.command, answer, 5)
    late = NOW + HOUR + timedelta(minutes=5)
    view = whistles.report_in(street.department, answer, "两人到场", late)[0]
    assert (view.answer.reported_at, view.answer.late_seconds, view.late) == (late, 300, True)
    assert (view.may_report_in, view.may_give_result) == (False, True)
    with pytest.raises(NoAnswerYet):
        whistles.rate_answer(street.command, answer, 5)
    with pytest.raises(EmptyText):
        whistles.give_result(street.department, answer, " ")
    whistles.give_result(street.department, answer, "已查处", late + HOUR)
    whistles.give_result(street.department, answer, "已查处并回访", late + HOUR)
    for rating in (0, 6):
        with pytest.raises(InvalidRating):
            whistles.rate_answer(street.command, answer, rating)
    view = whistles.rate_answer(street.command, answer, 4, "来得快", late + HOUR)[0]
    assert (view.answer.result, view.answer.rating, view.answer.rated_by) == (
        "已查处并回访", 4, street.command.user_id,
    )  # fmt: skip
    with pytest.raises(AlreadyRated):
        whistles.rate_answer(street.command, answer, 1)
    with pytest.raises(AlreadyRated):
        whistles.give_result(street.department, answer, "改口")
    timeline = get_incident(street.command, incident, NOW).timeline
    assert [item.action for item in timeline][1:] == [A.WHISTLE, *[A.ANSWER_WHISTLE] * 3, A.RATE_ANSWER]
    assert verify_timelines().findings == []


def test_what_may_be_rated_after_the_end_is_rated(street: Street) -> None:
    incident = fed_back(street)
    answer = blow(street, incident)
    whistles.report_in(street.department, answer, now=NOW + HOUR)
    act(street.command, incident, A.CLOSE)
    whistles.give_result(street.department, answer, "已查处", NOW + 2 * HOUR)
    whistles.rate_answer(street.administrator, answer, 3, now=NOW + 2 * HOUR)
    assert get_incident(street.command, incident, NOW).view.closed_at == NOW + HOUR
    assert verify_timelines().findings == []


def test_a_whistle_is_refused_in_words(street: Street) -> None:
    incident = logged(street.command).id
    away = make_user(Role.DEPARTMENT, name="停用科", is_active=False)
    elsewhere = make_user(Role.DEPARTMENT, name="邻社区站所", area=street.grid_c)
    with pytest.raises(DepartmentRequired):
        whistles.blow_whistle(street.command, incident, R.EMERGENCY, [])
    for wrong in (street.leader_a, away, elsewhere):
        with pytest.raises(DepartmentNotSuitable):
            whistles.blow_whistle(street.command, incident, R.EMERGENCY, [wrong.user_id])
    answer = blow(street, incident)
    with pytest.raises(AlreadyWhistled, match="城管中队"):
        blow(street, incident)
    for actor in (street.leader_a, street.secretary, street.department):
        with pytest.raises(PermissionDenied):
            whistles.blow_whistle(actor, incident, R.EMERGENCY, [street.department.user_id])
    with pytest.raises(ValueError, match="no_reason"):
        whistles.blow_whistle(street.command, incident, "no_reason", [street.department.user_id])  # type: ignore[arg-type]
    whistles.report_in(street.department, answer)
    assert blow(street, incident) != answer  # the same again once it had come
    assert [item.name for item in whistles.list_departments(street.command, incident) if item.awaited] == ["城管中队"]


def test_only_the_department_itself_answers_and_only_the_street_waives_and_rates(street: Street) -> None:
    other = make_user(Role.DEPARTMENT, name="市场监管所")
    incident = logged(street.command).id
    answer = blow(street, incident, street.department, other)
    for actor in (street.command, street.leader_a, other):
        with pytest.raises(ActionNotAllowed):
            whistles.report_in(actor, answer)
        with pytest.raises(ActionNotAllowed):
            whistles.give_result(actor, answer, "x")
    for actor in (street.secretary, street.department):
        with pytest.raises(PermissionDenied):
            whistles.waive_whistle(actor, answer, "x")
        with pytest.raises(PermissionDenied):
            whistles.rate_answer(actor, answer, 5)
    with pytest.raises(ReasonRequired):
        whistles.waive_whistle(street.command, answer, " ")
    for wrong in (0, -1, 2**40, 999):
        with pytest.raises(NotFound):
            whistles.report_in(street.department, wrong)


def test_a_settled_answer_and_an_ended_case_take_no_more(street: Street) -> None:
    incident = logged(street.command).id
    answer = blow(street, incident)
    whistles.waive_whistle(street.command, answer, "已自行解决")
    for again in (
        lambda: whistles.report_in(street.department, answer),
        lambda: whistles.waive_whistle(street.command, answer, "又"),
    ):
        with pytest.raises(WhistleSettled, match="城管中队"):
            again()
    open_one = blow(street, incident)
    act(street.command, incident, A.VOID, "不属实")
    for late in (
        lambda: blow(street, incident),
        lambda: whistles.report_in(street.department, open_one),
        lambda: whistles.waive_whistle(street.command, open_one, "又"),
    ):
        with pytest.raises(WhistleOnEndedCase):
            late()
    assert whistles.count_awaited_report_ins(street.command) == AwaitedCount(0, 0)


def test_a_called_department_takes_no_steps_of_somebody_elses_case(street: Street) -> None:
    incident = logged(street.command).id
    act(street.leader_a, incident, A.TAKE_OVER)
    blow(street, incident)
    assert [item.action for item in get_incident(street.department, incident, NOW).actions] == [A.ADD_NOTE]
    with pytest.raises(ActionNotAllowed):
        act(street.department, incident, A.FEED_BACK, "已修复")
    act(street.department, incident, A.ADD_NOTE, "已派人")


def test_what_is_awaited_is_counted_and_listed_for_whom_it_concerns(street: Street) -> None:
    other = make_user(Role.DEPARTMENT, name="市场监管所")
    later, sooner = logged(street.command, "one").id, logged(street.command, "two").id
    blow(street, later, street.department, other, reason=R.PROMINENT_PROBLEM)
    blow(street, sooner, street.department)
    due = NOW + 2 * HOUR
    assert whistles.count_awaited_report_ins(street.command, due) == AwaitedCount(3, 1)
    assert whistles.count_awaited_report_ins(street.department, due) == AwaitedCount(2, 1)
    assert whistles.count_awaited_report_ins(street.leader_b, due) == AwaitedCount(0, 0)
    assert [row.incident_id for row in whistles.list_awaited_report_ins(street.department)] == [sooner, later]
    assert {row.department for row in whistles.list_awaited_report_ins(street.leader_a)} == {"城管中队", "市场监管所"}


def test_a_suspended_case_keeps_its_review_day_when_it_is_whistled(street: Street) -> None:
    incident = logged(street.command).id
    act(street.leader_a, incident, A.TAKE_OVER)
    act(
        street.command, incident, A.SUSPEND, "等待改造", assignee_id=street.secretary.user_id,
        review_on=(NOW + timedelta(days=9)).date(),
    )  # fmt: skip
    blow(street, incident)
    assert get_incident(street.command, incident, NOW).view.review_on is not None
    assert verify_timelines().findings == []


def test_a_changed_calendar_moves_what_is_awaited_and_the_timeline_says_so(street: Street) -> None:
    add_known_years(NOW)
    other = make_user(Role.DEPARTMENT, name="市场监管所")
    incident = logged(street.command).id
    came = blow(street, incident, street.department, other, reason=R.PROMINENT_PROBLEM)  # due on Thursday
    whistles.report_in(street.department, came, now=NOW + HOUR)
    storm = CalendarEdit(put=(CalendarDay(date(2026, 3, 19), False, "台风停工"),))
    edit_calendar(street.administrator, storm, 1, "台风", NOW + HOUR)
    views = whistles.list_whistles(street.command, incident)
    assert {view.department: view.answer.due_at - NOW for view in views} == {
        "城管中队": timedelta(days=1), "市场监管所": timedelta(days=2),
    }  # fmt: skip
    recounts = [item for item in get_incident(street.command, incident, NOW).timeline if item.action is A.RECOUNT]
    assert [sorted(item.changes) for item in recounts] == [["days", "due_at", "due_from"], ["whistles"]]
    assert verify_timelines().findings == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE whistle_answers SET reported_at = NULL",
        "UPDATE whistle_answers SET due_at = '2027-01-01 00:00:00+00'",
        "UPDATE whistle_answers SET rating = 5",
        "UPDATE whistles SET reason = 'joint_enforcement'",
        "DELETE FROM whistle_answers",
    ],
)
def test_an_answer_that_the_timeline_does_not_say_is_found(street: Street, change: str) -> None:
    incident = logged(street.command).id
    whistles.report_in(street.department, blow(street, incident))
    with transaction(EVERYWHERE) as session:
        session.execute(text(change))
    assert [finding.fault for finding in verify_timelines().findings] == [TimelineFault.WHISTLE]


def test_at_once_a_department_is_called_once(street: Street) -> None:
    incident = logged(street.command).id
    called = [street.department.user_id]
    ends = at_once([lambda: len(whistles.blow_whistle(street.command, incident, R.EMERGENCY, called))] * 5)
    assert ends == {"made 1": 1, "already_whistled": 4}


def test_at_once_a_department_reports_in_or_is_waived(street: Street) -> None:
    answer = blow(street, logged(street.command).id)
    ends = at_once(
        [lambda: len(whistles.report_in(street.department, answer))] * 3
        + [lambda: len(whistles.waive_whistle(street.command, answer, "不需要"))] * 3
    )
    assert ends == {"made 1": 1, "whistle_settled": 5}
    assert verify_timelines().findings == []


def test_at_once_a_case_is_closed_or_whistled(street: Street) -> None:
    for number in range(4):
        incident = fed_back(street, f"race-{number}")
        version = get_incident(street.command, incident, NOW).view.version
        ends = at_once(
            [
                lambda incident=incident: blow(street, incident) and "called",  # type: ignore[misc]
                lambda incident=incident, version=version: (
                    act_on_incident(  # type: ignore[misc]
                        street.secretary, incident, A.CLOSE, version, standard_confirmed=True, now=NOW + HOUR
                    ).status
                ),
            ]
        )
        status = get_incident(street.command, incident, NOW).view.status
        if status is IncidentStatus.CLOSED:
            assert ends == {"made closed": 1, "whistle_on_ended_case": 1}
        else:
            assert ends in ({"made called": 1, "incident_changed": 1}, {"made called": 1, "whistle_unanswered": 1})
    assert verify_timelines().findings == []


class AnyOrder(RuleBasedStateMachine):
    """Whatever is whistled, answered, waived, rated and stepped: see the invariants."""

    database: Database
    street: Street
    other: Actor
    count = 0

    def __init__(self) -> None:
        super().__init__()
        use_database(self.database)
        forget_installation()
        AnyOrder.count += 1
        self.incident = logged(self.street.command, f"any-{AnyOrder.count}").id
        self.now = NOW

    @rule(
        what=st.sampled_from(["blow", "report_in", "result", "waive", "rate", "take", "feed", "close", "reopen"]),
        who=st.sampled_from(["command", "secretary", "leader_a", "department", "other"]),
        called=st.sets(st.sampled_from(["department", "other"])),
        place=st.integers(0, 3),
        minutes=st.integers(0, 200),
    )
    def act(self, what: str, who: str, called: set[str], place: int, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        actor = self.person(who)
        views = whistles.list_whistles(self.street.command, self.incident)
        answer = views[place % len(views)].id if views else 1
        version = get_incident(self.street.command, self.incident, NOW).view.version
        steps = {"take": A.TAKE_OVER, "feed": A.FEED_BACK, "close": A.CLOSE, "reopen": A.REOPEN}
        try:
            if what == "blow":
                ids = [self.person(name).user_id for name in called]
                whistles.blow_whistle(actor, self.incident, R.EMERGENCY, ids, now=self.now)
            elif what == "report_in":
                whistles.report_in(actor, answer, now=self.now)
            elif what == "result":
                whistles.give_result(actor, answer, "已处理", self.now)
            elif what == "waive":
                whistles.waive_whistle(actor, answer, "不需要", self.now)
            elif what == "rate":
                whistles.rate_answer(actor, answer, place + 1, now=self.now)
            else:
                act_on_incident(
                    actor, self.incident, steps[what], version, "说明", standard_confirmed=True, now=self.now
                )
        except Refusal:
            pass

    def person(self, name: str) -> Actor:
        return self.other if name == "other" else getattr(self.street, name)  # type: ignore[no-any-return]

    @invariant()
    def a_closed_case_waits_for_nobody(self) -> None:
        views = whistles.list_whistles(self.street.command, self.incident)
        if get_incident(self.street.command, self.incident, NOW).view.status is IncidentStatus.CLOSED:
            assert AnswerState.AWAITED not in {view.state for view in views}
        for view in views:
            assert not (view.answer.reported_at and view.answer.waived_at)
            assert view.answer.rating is None or view.answer.result

    @invariant()
    def no_department_is_awaited_twice(self) -> None:
        views = whistles.list_whistles(self.street.command, self.incident)
        awaited = [view.department for view in views if view.state is AnswerState.AWAITED]
        assert len(awaited) == len(set(awaited))

    def teardown(self) -> None:
        assert verify_timelines().findings == []


@pytest.fixture
def machine(sqlite_db: Database) -> type[AnyOrder]:
    AnyOrder.database, AnyOrder.street = sqlite_db, make_street()
    AnyOrder.other = make_user(Role.DEPARTMENT, name="市场监管所")
    return AnyOrder


def test_in_any_order_the_answers_follow_from_the_timeline(machine: type[AnyOrder]) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(max_examples=12, stateful_step_count=25, suppress_health_check=list(HealthCheck)),
    )
