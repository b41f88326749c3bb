"""Extensions and exemptions: who may ask and decide, when, and what that does to the clock and to nothing else."""

from datetime import datetime, timedelta

import pytest

from db.models import Incident
from db.session import Database, transaction
from domain.clock_requests import (
    AlreadyAsked,
    ApprovedBefore,
    AskerMayNotDecide,
    ExemptedBefore,
    ExtensionOutOfRange,
    ExtensionTooLate,
    NoClock,
    NotOverdue,
    RequestKind,
    RequestSettled,
    RequestState,
)
from domain.errors import NotFound, PermissionDenied
from domain.incidents import ActionNotAllowed, IncidentAction, ReasonRequired
from domain.permissions import EVERYWHERE, Actor, Role
from services.clocks.request_views import RequestView
from services.clocks.requests import (
    ask_exemption,
    ask_extension,
    decide_request,
    list_requests,
    list_waiting_requests,
    withdraw_request,
)
from services.incidents.cases import act_on_incident, get_incident
from services.timelines.checks import verify_timelines
from tests.factories import make_user
from tests.incident_town import NOW, Street, logged, make_street
from tests.services.test_at_once import at_once

A, K, S = IncidentAction, RequestKind, RequestState
DUE = NOW + timedelta(days=1)  # one working day
LATE = DUE + timedelta(hours=5)


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def act(street: Street, incident_id: int, actor: Actor, step: A, now: datetime = NOW, note: str = "") -> None:
    version = get_incident(street.command, incident_id, now).view.version
    act_on_incident(actor, incident_id, step, version, note, standard_confirmed=step is A.CLOSE, now=now)


def in_hand(street: Street, key: str = "form-1") -> int:
    case = logged(street.command, key).id
    act(street, case, street.leader_a, A.TAKE_OVER)
    return case


def answered_late(street: Street, key: str = "form-1") -> int:
    case = in_hand(street, key)
    act(street, case, street.leader_a, A.FEED_BACK, LATE, "好了")
    return case


def asked(street: Street, amount: float = 2, now: datetime = NOW) -> RequestView:
    return ask_extension(street.leader_a, in_hand(street), amount, "要等材料", now)


class TestExtension:
    def test_the_deadline_moves_and_the_timeline_says_so(self, street: Street) -> None:
        request = asked(street)
        assert (request.kind, request.state, request.amount) == (K.EXTENSION, S.WAITING, 2)
        done = decide_request(street.command, request.id, True, "同意", NOW)
        assert (done.state, done.decided_by, done.decision) == (S.GRANTED, "顾岚", "同意")
        card = get_incident(street.command, request.incident_id, NOW)
        assert card.view.due_at == NOW + timedelta(days=5)  # 3 working days: Thursday, Friday, Monday
        entry = card.timeline[-1]
        assert (entry.action, entry.note) == (A.EXTEND, "要等材料")
        assert entry.changes["added"] == {"amount": 2.0, "clock": "working_day"}
        assert entry.changes["due_from"] == DUE.isoformat()
        assert card.run is not None
        assert card.run.total.amount == 3
        assert card.deadline is not None
        assert card.deadline.due_at == card.view.due_at
        assert verify_timelines().findings == []

    def test_it_is_asked_before_the_deadline(self, street: Street) -> None:
        case = in_hand(street)
        for now in (DUE, DUE + timedelta(minutes=1)):
            with pytest.raises(ExtensionTooLate):
                ask_extension(street.leader_a, case, 1, "x", now)
        request = ask_extension(street.leader_a, case, 1, "x", DUE - timedelta(minutes=1))
        assert decide_request(street.command, request.id, True, "", LATE).state is S.GRANTED

    def test_only_the_handler_asks_and_only_another_decides(self, street: Street) -> None:
        case = in_hand(street)
        for actor in (street.command, street.secretary):
            with pytest.raises(ActionNotAllowed):
                ask_extension(actor, case, 1, "x", NOW)
        with pytest.raises(PermissionDenied):
            ask_extension(street.visitor, case, 1, "x", NOW)
        with pytest.raises(NotFound):
            ask_extension(street.leader_b, case, 1, "x", NOW)
        request = ask_extension(street.leader_a, case, 1, "x", NOW)
        with pytest.raises(PermissionDenied):
            decide_request(street.leader_a, request.id, True, "", NOW)
        assert decide_request(street.secretary, request.id, True, "", NOW).state is S.GRANTED

    def test_a_dispatcher_does_not_decide_on_his_own(self, street: Street) -> None:
        case = logged(street.command).id
        act(street, case, street.secretary, A.TAKE_OVER)
        request = ask_extension(street.secretary, case, 1, "x", NOW)
        with pytest.raises(AskerMayNotDecide):
            decide_request(street.secretary, request.id, True, "", NOW)

    @pytest.mark.parametrize("amount", [0, -1, 10.5, float("nan")])
    def test_lengths_that_are_none(self, street: Street, amount: float) -> None:
        with pytest.raises(ExtensionOutOfRange):
            asked(street, amount)

    def test_reasons_are_wanted(self, street: Street) -> None:
        with pytest.raises(ReasonRequired):
            ask_extension(street.leader_a, in_hand(street), 1, " ", NOW)
        request = ask_extension(street.leader_a, 1, 1, "x", NOW)
        with pytest.raises(ReasonRequired):
            decide_request(street.command, request.id, False, "", NOW)

    def test_a_no_moves_nothing_and_may_be_asked_again(self, street: Street) -> None:
        request = asked(street)
        assert decide_request(street.command, request.id, False, "来得及", NOW).state is S.REFUSED
        assert get_incident(street.command, request.incident_id, NOW).view.due_at == DUE
        with pytest.raises(RequestSettled):
            decide_request(street.secretary, request.id, True, "", NOW)
        ask_extension(street.leader_a, request.incident_id, 1, "再申请", NOW)

    def test_once_at_a_time(self, street: Street) -> None:
        request = asked(street)
        with pytest.raises(AlreadyAsked):
            ask_extension(street.leader_a, request.incident_id, 1, "x", NOW)
        with pytest.raises(ActionNotAllowed):
            withdraw_request(street.secretary, request.id, NOW)
        assert withdraw_request(street.leader_a, request.id, NOW).state is S.WITHDRAWN
        ask_extension(street.leader_a, request.incident_id, 1, "x", NOW)

    def test_an_answered_case_has_no_clock_left(self, street: Street) -> None:
        request = asked(street)
        act(street, request.incident_id, street.leader_a, A.FEED_BACK, note="好了")
        with pytest.raises(NoClock):
            decide_request(street.command, request.id, True, "", NOW)
        with pytest.raises(NoClock):
            ask_extension(street.leader_a, request.incident_id, 1, "x", NOW)

    def test_a_suspended_one_keeps_it_for_when_it_goes_on(self, street: Street) -> None:
        request = asked(street)
        case, version = request.incident_id, get_incident(street.command, request.incident_id, NOW).view.version
        review = (NOW + timedelta(days=20)).date()
        act_on_incident(
            street.command,
            case,
            A.SUSPEND,
            version,
            "等",
            assignee_id=street.command.user_id,
            review_on=review,
            now=NOW,
        )
        decide_request(street.secretary, request.id, True, "", NOW)
        act(street, case, street.command, A.RESUME, NOW + timedelta(hours=1))
        card = get_incident(street.command, case, NOW + timedelta(hours=1))
        assert card.view.due_at == NOW + timedelta(days=5, hours=1)
        assert card.deadline is not None
        assert verify_timelines().findings == []

    def test_a_reopened_case_starts_without_it(self, street: Street) -> None:
        request = asked(street)
        decide_request(street.command, request.id, True, "", NOW)
        case = request.incident_id
        act(street, case, street.leader_a, A.FEED_BACK, note="好了")
        act(street, case, street.command, A.CLOSE)
        act(street, case, street.command, A.REOPEN, NOW + timedelta(hours=1), "又坏了")
        card = get_incident(street.command, case, NOW)
        assert card.view.due_at == DUE + timedelta(hours=1)


class TestExemption:
    def test_two_yeses_leave_the_seconds_and_take_it_out(self, street: Street) -> None:
        case = answered_late(street)
        request = ask_exemption(street.leader_a, case, "停电", LATE)
        first = decide_request(street.command, request.id, True, "", LATE)
        assert (first.state, first.approvals) == (S.WAITING, ("顾岚",))
        assert not get_incident(street.command, case, LATE).view.exempted
        second = decide_request(street.secretary, request.id, True, "", LATE)
        assert (second.state, second.approvals) == (S.GRANTED, ("顾岚", "岑立"))
        card = get_incident(street.command, case, LATE)
        assert (card.view.exempted, card.view.overdue_seconds) == (True, 5 * 3600)
        assert card.timeline[-1].action is A.EXEMPT
        assert card.timeline[-1].changes["approvals"] == ["顾岚", "岑立"]
        assert verify_timelines().findings == []
        with pytest.raises(ExemptedBefore):
            ask_exemption(street.command, case, "再来", LATE)

    def test_neither_the_same_twice_nor_handler_nor_asker(self, street: Street) -> None:
        case = answered_late(street)
        request = ask_exemption(street.command, case, "停电", LATE)
        with pytest.raises(AskerMayNotDecide):
            decide_request(street.command, request.id, True, "", LATE)
        decide_request(street.secretary, request.id, True, "", LATE)
        with pytest.raises(ApprovedBefore):
            decide_request(street.secretary, request.id, True, "", LATE)
        with pytest.raises(PermissionDenied):
            decide_request(street.leader_a, request.id, True, "", LATE)

    def test_a_secretary_who_handled_it_does_not_approve(self, street: Street) -> None:
        case = logged(street.command).id
        act(street, case, street.secretary, A.TAKE_OVER)
        act(street, case, street.secretary, A.FEED_BACK, LATE, "好了")
        request = ask_exemption(street.command, case, "停电", LATE)
        with pytest.raises(AskerMayNotDecide):
            decide_request(street.secretary, request.id, True, "", LATE)
        assert list_waiting_requests(street.secretary) == []

    def test_only_what_was_answered_late(self, street: Street) -> None:
        case = in_hand(street)
        with pytest.raises(NotOverdue):
            ask_exemption(street.leader_a, case, "x", LATE)
        act(street, case, street.leader_a, A.FEED_BACK, note="好了")
        with pytest.raises(NotOverdue):
            ask_exemption(street.leader_a, case, "x", NOW)

    def test_a_no_is_final_and_a_withdrawal_is_not(self, street: Street) -> None:
        case = answered_late(street)
        request = ask_exemption(street.leader_a, case, "x", LATE)
        withdraw_request(street.leader_a, request.id, LATE)
        request = ask_exemption(street.leader_a, case, "x", LATE)
        decide_request(street.command, request.id, False, "理由不足", LATE)
        with pytest.raises(ExemptedBefore):
            ask_exemption(street.leader_a, case, "x", LATE)

    def test_a_reopened_case_is_judged_anew(self, street: Street) -> None:
        case = answered_late(street)
        request = ask_exemption(street.leader_a, case, "x", LATE)
        for actor in (street.command, street.secretary):
            decide_request(actor, request.id, True, "", LATE)
        act(street, case, street.command, A.CLOSE, LATE)
        act(street, case, street.command, A.REOPEN, LATE, "又坏了")
        with transaction(EVERYWHERE) as session:
            assert session.get_one(Incident, case).exempted_at is None
        assert verify_timelines().findings == []


class TestLists:
    def test_what_waits_for_whom(self, street: Street) -> None:
        extension, exemption = in_hand(street), answered_late(street, "form-2")
        ask_extension(street.leader_a, extension, 1, "x", NOW)
        wanted = ask_exemption(street.leader_a, exemption, "x", LATE)
        kinds = lambda actor: [request.kind for request in list_waiting_requests(actor)]  # noqa: E731
        assert kinds(street.command) == kinds(street.secretary) == [K.EXTENSION, K.EXEMPTION]
        assert kinds(street.leader_a) == kinds(street.department) == []
        decide_request(street.command, wanted.id, True, "", LATE)
        assert kinds(street.command) == [K.EXTENSION]
        elsewhere = make_user(Role.COMMUNITY_SECRETARY, area=street.grid_c)
        assert kinds(elsewhere) == []

    def test_the_card_offers_what_the_service_would_take(self, street: Street) -> None:
        case = in_hand(street)
        assert list_requests(street.leader_a, case, NOW).may_ask == {K.EXTENSION}
        assert list_requests(street.leader_a, case, DUE).may_ask == frozenset()
        assert list_requests(street.command, case, NOW).may_ask == frozenset()
        late = answered_late(street, "form-2")
        assert list_requests(street.leader_a, late, LATE).may_ask == {K.EXEMPTION}
        assert list_requests(street.command, late, LATE).may_ask == {K.EXEMPTION}
        request = ask_exemption(street.leader_a, late, "x", LATE)
        shown = list_requests(street.leader_a, late, LATE)
        assert (shown.may_ask, shown.requests[0].may_withdraw, shown.requests[0].may_decide) == (
            frozenset(),
            True,
            False,
        )
        assert list_requests(street.command, late, LATE).requests[0].may_decide
        assert request == shown.requests[0]


class TestAtOnce:
    def test_the_same_person_approves_twice(self, street: Street) -> None:
        case = answered_late(street)
        request = ask_exemption(street.leader_a, case, "x", LATE)
        calls = [lambda: decide_request(street.command, request.id, True, "", LATE).state.value] * 2
        assert at_once(calls) == {"made waiting": 1, "approved_before": 1}
        assert not get_incident(street.command, case, LATE).view.exempted

    def test_two_persons_approve(self, street: Street) -> None:
        case = answered_late(street)
        request = ask_exemption(street.leader_a, case, "x", LATE)
        deciders = (street.command, street.secretary)
        calls = [lambda who=who: decide_request(who, request.id, True, "", LATE).state.value for who in deciders]  # type: ignore[misc]
        assert at_once(calls) == {"made waiting": 1, "made granted": 1}
        card = get_incident(street.command, case, LATE)
        assert [entry.action for entry in card.timeline].count(A.EXEMPT) == 1
        assert verify_timelines().findings == []

    def test_an_extension_is_granted_once(self, street: Street) -> None:
        request = asked(street)
        deciders = (street.command, street.secretary)
        calls = [lambda who=who: decide_request(who, request.id, True, "", NOW).state.value for who in deciders]  # type: ignore[misc]
        assert at_once(calls) == {"made granted": 1, "request_settled": 1}
        card = get_incident(street.command, request.incident_id, NOW)
        assert card.view.due_at == NOW + timedelta(days=5)

    def test_it_is_asked_for_once(self, street: Street) -> None:
        case = in_hand(street)
        calls = [lambda: ask_extension(street.leader_a, case, 1, "x", NOW).state.value] * 3
        assert at_once(calls) == {"made waiting": 1, "already_asked": 2}
