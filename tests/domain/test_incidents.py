"""The transition table, all lanes of all profiles, and symbols."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from config.profiles import PROFILE_KEYS, load_profile
from domain.errors import Refusal
from domain.incidents import (
    OPEN,
    STAGE_SYMBOLS,
    TRANSITIONS,
    ActionNotAllowed,
    HandlerMayNotVerify,
    IncidentAction,
    IncidentStatus,
    IncidentSymbol,
    InvalidTransition,
    Lane,
    Part,
    ReasonRequired,
    allowed_actions,
    lane_faults,
    next_status,
    replay,
    symbol_of,
)
from domain.permissions import Role

S, A = IncidentStatus, IncidentAction
HANDLED, CHECKED = frozenset({Part.HANDLER}), frozenset({Part.CHECKER})
PARTS = (frozenset(), HANDLED, CHECKED, HANDLED | CHECKED)
LANES = {(key, choice.key): choice.lane for key in PROFILE_KEYS for choice in load_profile(key).lanes}
every_lane = pytest.mark.parametrize("lane", LANES.values(), ids=[" ".join(names) for names in LANES])
SIMPLE = load_profile("lanshan").lane().lane
SEVEN = load_profile("lanshan").lane("seven_steps").lane
CALLS = load_profile("chengdu").lane().lane


@every_lane
def test_lane_is_sound(lane: Lane) -> None:
    assert lane_faults(lane) == []


@every_lane
def test_nobody_closes_without_the_check_of_another(lane: Lane) -> None:
    """Every way into CLOSED leads through a step that the handler may not take."""
    ways = [row for move in lane.moves if (row := TRANSITIONS[move]).to is S.CLOSED and row.status is not S.CLOSED]
    assert ways
    assert all(row.barred is Part.HANDLER and row.status in (S.FED_BACK, S.VERIFIED) for row in ways)


@every_lane
def test_grid_leader_handles_and_the_desk_closes(lane: Lane) -> None:
    """The main story holds in every lane; the full one has filing and dispatch before and a check after."""
    steps = [(A.TAKE_OVER, Role.GRID_LEADER), (A.FEED_BACK, Role.GRID_LEADER), (A.CLOSE, Role.COMMAND_CENTRE)]
    if lane.key == "seven_steps":
        desk = Role.COMMAND_CENTRE
        steps = [(A.CHECK, desk), (A.FILE, desk), (A.DISPATCH, desk), *steps[:2], (A.VERIFY, desk), steps[2]]
    status = S.REPORTED
    for action, role in steps:
        status = next_status(lane, status, action, role=role)
    assert status is S.CLOSED
    assert replay(lane, [A.REPORT, *(action for action, _ in steps)]) is S.CLOSED


def test_department_reports_in_when_the_grid_calls_in_chengdu() -> None:
    status = next_status(CALLS, S.REPORTED, A.CALL, role=Role.GRID_LEADER, reason="井盖属市政")
    status = next_status(CALLS, status, A.DISPATCH, role=Role.COMMAND_CENTRE)
    status = next_status(CALLS, status, A.REPORT_IN, role=Role.DEPARTMENT)
    assert next_status(CALLS, status, A.FEED_BACK, role=Role.DEPARTMENT) is S.FED_BACK


def test_step_is_refused_when_the_lane_has_none() -> None:
    for status, action in (
        (S.REPORTED, A.CLOSE),
        (S.CLOSED, A.FEED_BACK),
        (S.VOIDED, A.TAKE_OVER),
        (S.HANDLING, A.VERIFY),
    ):
        with pytest.raises(InvalidTransition):
            next_status(SIMPLE, status, action, role=Role.ADMINISTRATOR, reason="x")


def test_step_is_refused_when_the_role_may_not() -> None:
    for role in (Role.VISITOR, Role.VOLUNTEER, Role.PARTY_MEMBER, Role.DEPARTMENT):
        with pytest.raises(ActionNotAllowed):
            next_status(SIMPLE, S.REPORTED, A.TAKE_OVER, role=role)
    with pytest.raises(ActionNotAllowed):
        next_status(SIMPLE, S.FED_BACK, A.CLOSE, role=Role.GRID_LEADER)


def test_return_is_refused_without_a_reason() -> None:
    for reason in ("", "  \n"):
        with pytest.raises(ReasonRequired):
            next_status(SIMPLE, S.FED_BACK, A.RETURN, role=Role.COMMAND_CENTRE, reason=reason)
    back = next_status(SIMPLE, S.FED_BACK, A.RETURN, role=Role.COMMAND_CENTRE, reason="没有修好")
    assert back is S.HANDLING


def test_handler_may_not_close_what_they_handled() -> None:
    with pytest.raises(HandlerMayNotVerify):
        next_status(SIMPLE, S.FED_BACK, A.CLOSE, role=Role.COMMUNITY_SECRETARY, parts=HANDLED)
    assert A.CLOSE not in allowed_actions(SIMPLE, S.FED_BACK, Role.COMMUNITY_SECRETARY, parts=HANDLED)
    assert A.CLOSE in allowed_actions(SIMPLE, S.FED_BACK, Role.COMMUNITY_SECRETARY)


@every_lane
def test_allowed_actions_are_those_that_are_accepted(lane: Lane) -> None:
    for status, role, action, parts in itertools.product(S, Role, A, PARTS):
        try:
            next_status(lane, status, action, role=role, reason="r", parts=parts)
            accepted = True
        except Refusal:
            accepted = False
        assert accepted == (action in allowed_actions(lane, status, role, parts))


@every_lane
def test_somebody_may_act_on_every_open_status(lane: Lane) -> None:
    for status in lane.statuses & OPEN:
        moving = [row for row in lane.transitions_from(status) if row.to is not status]
        assert any(row.open_to(role) for row in moving for role in Role), status


def test_no_lane_leads_out_of_voided() -> None:
    assert not [row for row in TRANSITIONS.values() if row.status is S.VOIDED]


def test_lane_faults_are_named() -> None:
    assert lane_faults(Lane("x", frozenset({"reported.fly"}))) == ["reported.fly is not in the transition table"]
    faults = lane_faults(Lane("x", frozenset({"reported.take_over", "fed_back.close"})))
    assert faults == ["fed_back.close can never be used", "closed cannot be reached", "handling is a dead end"]


@pytest.mark.parametrize("actions", [[], [A.TAKE_OVER], [A.REPORT, A.CLOSE], [A.REPORT, A.REPORT]])
def test_replay_breaks_when_the_timeline_is_not_a_way(actions: list[IncidentAction]) -> None:
    with pytest.raises(InvalidTransition):
        replay(SIMPLE, actions)


class LaneMachine(RuleBasedStateMachine):
    """Any role tries any action in any order: refusals change nothing, and the timeline replays to the status."""

    lane = SEVEN

    def __init__(self) -> None:
        super().__init__()
        self.status = S.REPORTED
        self.timeline = [A.REPORT]

    @rule(
        action=st.sampled_from(A),
        role=st.sampled_from(Role),
        reason=st.sampled_from(["", "理由"]),
        own=st.sampled_from(PARTS),
    )
    def act(self, action: IncidentAction, role: Role, reason: str, own: frozenset[Part]) -> None:
        before = self.status
        try:
            after = next_status(self.lane, before, action, role=role, reason=reason, parts=own)
        except Refusal:
            row = TRANSITIONS.get(f"{before}.{action}")
            legal = row is not None and row.key in self.lane.moves and row.open_to(role)
            assert not (legal and (reason or not row.reason) and row.barred not in own)
            return
        row = TRANSITIONS[f"{before}.{action}"]
        assert row.key in self.lane.moves
        assert row.open_to(role)
        assert row.barred not in own
        assert reason or not row.reason
        if after is S.CLOSED and before is not S.CLOSED:
            assert before is (S.VERIFIED if self.lane is SEVEN else S.FED_BACK)
        self.status = after
        self.timeline.append(action)

    @rule(choice=st.integers(0, 99), reason=st.sampled_from(["", "理由"]))
    def act_as_allowed(self, choice: int, reason: str) -> None:
        """Random steps alone seldom get far: take one that somebody may take."""
        moves = [(action, role) for role in Role for action in allowed_actions(self.lane, self.status, role)]
        if moves:
            action, role = moves[choice % len(moves)]
            self.act(action, role, reason, frozenset())

    @invariant()
    def timeline_replays(self) -> None:
        assert replay(self.lane, self.timeline) is self.status
        assert self.status in self.lane.statuses


TestSevenSteps = LaneMachine.TestCase
TestCalls = type("CallMachine", (LaneMachine,), {"lane": CALLS}).TestCase
TestSimple = type("SimpleMachine", (LaneMachine,), {"lane": SIMPLE}).TestCase
FEWER = settings(max_examples=40, stateful_step_count=30)
TestSevenSteps.settings = TestCalls.settings = TestSimple.settings = FEWER

NOW = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("status", S)
def test_symbol_is_the_stage_when_time_does_not_press(status: IncidentStatus) -> None:
    far = NOW + timedelta(days=2)
    assert symbol_of(status, far, NOW, due_soon=NOW + 60 * MINUTE) is STAGE_SYMBOLS[status]
    assert symbol_of(status, None, NOW, due_soon=NOW + 60 * MINUTE) is STAGE_SYMBOLS[status]


@pytest.mark.parametrize(
    ("status", "due_at", "symbol"),
    [
        (S.FED_BACK, NOW - MINUTE, IncidentSymbol.VERIFYING),
        (S.REPORTED, NOW - MINUTE, IncidentSymbol.OVERDUE),
        (S.REPORTED, NOW, IncidentSymbol.DUE_SOON),
        (S.HANDLING, NOW + 60 * MINUTE, IncidentSymbol.DUE_SOON),
        (S.HANDLING, NOW + 61 * MINUTE, IncidentSymbol.HANDLING),
        (S.SUSPENDED, NOW - MINUTE, IncidentSymbol.HANDLING),
        (S.CLOSED, NOW - MINUTE, IncidentSymbol.CLOSED),
        (S.VOIDED, NOW - MINUTE, IncidentSymbol.CLOSED),
    ],
)
def test_symbol_is_late_before_due_soon_before_stage(status, due_at: datetime, symbol: IncidentSymbol) -> None:
    assert symbol_of(status, due_at, NOW, due_soon=NOW + 60 * MINUTE) is symbol


def test_symbol_is_closed_when_closed_late() -> None:
    assert symbol_of(S.CLOSED, NOW - MINUTE, NOW, closed_at=NOW) is IncidentSymbol.CLOSED
