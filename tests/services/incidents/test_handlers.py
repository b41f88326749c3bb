"""Who had a case in hand neither checks it nor decides about it, however short it was, and is not offered to."""

from datetime import timedelta

import pytest

from db.session import Database
from domain.call_backs import HandlerMayNotCallBack
from domain.clock_requests import AskerMayNotDecide
from domain.incidents import CheckerMayNotHandle, HandlerMayNotVerify, IncidentAction, IncidentStatus
from domain.permissions import Actor, Role
from services.call_backs.calls import CallBackForm, count_to_call_back, list_to_call_back, record_call_back
from services.clocks.requests import (
    ask_exemption,
    ask_extension,
    decide_request,
    list_requests,
    list_waiting_requests,
)
from services.incidents.cases import act_on_incident, fix_place, get_incident
from services.incidents.links import link_incident
from tests.factories import make_user
from tests.incident_town import NOW, Street, logged, make_street
from tests.services.incidents.test_actions import use_lane

A, S = IncidentAction, IncidentStatus
NEXT_DAY = NOW + timedelta(days=2)
CONTACT = {"reporter_name": "王大力", "reporter_phone": "13912345678"}


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def act(
    street: Street, case: int, actor: Actor, action: A, note: str = "", to: Actor | None = None, **values: object
) -> None:
    """A step of ``actor``; ``to``: whom it gives the case."""
    version = get_incident(street.command, case, NOW).view.version
    given = {"now": NOW, "assignee_id": to.user_id if to else None, "standard_confirmed": True} | values
    act_on_incident(actor, case, action, version, note, **given)  # type: ignore[arg-type]


def passed_through(street: Street, key: str = "form-1", now: object = NOW) -> int:
    """A case that the leader took over, the secretary was given and handed down again, and the leader answered."""
    case = logged(street.command, key, **CONTACT).id
    act(street, case, street.leader_a, A.TAKE_OVER)
    act(street, case, street.leader_a, A.ESCALATE, "要社区协调", street.secretary)
    act(street, case, street.leader_a, A.HAND_OVER, "还是自己来", street.leader_a)
    act(street, case, street.leader_a, A.FEED_BACK, "已修", now=now)
    return case


def buttons(actor: Actor, case: int) -> set[A]:
    return {button.action for button in get_incident(actor, case, NOW).actions}


def test_who_was_given_a_case_and_did_nothing_does_not_check_the_answer(street: Street) -> None:
    case = passed_through(street)
    assert A.CLOSE not in buttons(street.secretary, case)
    with pytest.raises(HandlerMayNotVerify):
        act(street, case, street.secretary, A.CLOSE)
    act(street, case, street.command, A.CLOSE)
    assert get_incident(street.command, case, NOW).view.status is S.CLOSED


def test_who_was_given_a_case_does_not_find_before_filing_that_it_is_there(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_lane(monkeypatch, "licun", "seven_steps")
    case = logged(street.command).id
    act(street, case, street.command, A.CHECK)
    act(street, case, street.command, A.FILE)
    act(street, case, street.command, A.DISPATCH, to=street.secretary)
    act(street, case, street.secretary, A.RETURN, "不在本社区")
    act(street, case, street.command, A.RETURN, "重新核查")
    assert A.CHECK not in buttons(street.secretary, case)
    with pytest.raises(HandlerMayNotVerify):
        act(street, case, street.secretary, A.CHECK)
    act(street, case, street.administrator, A.CHECK)
    act(street, case, street.administrator, A.FILE)
    act(street, case, street.command, A.DISPATCH, to=street.secretary)
    with pytest.raises(CheckerMayNotHandle):
        act(street, case, street.administrator, A.TAKE_OVER)


def test_who_was_given_a_case_does_not_decide_about_its_exemption(street: Street) -> None:
    case = passed_through(street, now=NEXT_DAY)
    request = ask_exemption(street.leader_a, case, "要等材料", NEXT_DAY)
    assert list_waiting_requests(street.secretary) == []
    assert not list_requests(street.secretary, case, NEXT_DAY).requests[0].may_decide
    with pytest.raises(AskerMayNotDecide):
        decide_request(street.secretary, request.id, True, "", NEXT_DAY)
    assert [found.id for found in list_waiting_requests(street.command)] == [request.id]
    assert decide_request(street.command, request.id, True, "", NEXT_DAY).approvals == ("顾岚",)


def test_who_was_given_a_case_does_not_decide_about_more_time(street: Street) -> None:
    case = logged(street.command).id
    act(street, case, street.leader_a, A.TAKE_OVER)
    act(street, case, street.leader_a, A.ESCALATE, "要协调", street.secretary)
    act(street, case, street.secretary, A.ESCALATE, "要协调", street.command)
    act(street, case, street.secretary, A.HAND_OVER, "先看现场", street.leader_a)
    request = ask_extension(street.leader_a, case, 1, "要等材料", NOW)
    other = make_user(Role.COMMAND_CENTRE, name="第二位")
    for actor in (street.command, street.secretary):
        assert list_waiting_requests(actor) == []
        with pytest.raises(AskerMayNotDecide):
            decide_request(actor, request.id, True, "", NOW)
    assert [found.id for found in list_waiting_requests(other)] == [request.id]


def test_who_was_given_a_case_does_not_call_its_reporter_back(street: Street) -> None:
    case = passed_through(street)
    act(street, case, street.command, A.CLOSE)
    assert (list_to_call_back(street.secretary, NOW), count_to_call_back(street.secretary, NOW)) == ([], 0)
    with pytest.raises(HandlerMayNotCallBack):
        _call(street.secretary, street, case)
    assert [found.id for found in list_to_call_back(street.command, NOW)] == [case]


def _call(actor: Actor, street: Street, case: int) -> None:
    version = get_incident(street.command, case, NOW).view.version
    record_call_back(actor, case, version, CallBackForm("call", False), NOW)


def linked_to_one_of(street: Street, handler: Actor) -> tuple[int, int]:
    """(main, linked): ``handler`` took the main over; nobody touched the linked one."""
    main, linked = logged(street.command, "main", **CONTACT), logged(street.command, "again", **CONTACT).id
    act(street, main.id, handler, A.TAKE_OVER)
    version = get_incident(street.command, linked, NOW).view.version
    link_incident(street.command, linked, version, main.number, "同一处", NOW)
    return main.id, linked


def test_the_handler_of_a_main_is_offered_no_call_about_what_is_linked_to_it(street: Street) -> None:
    main, linked = linked_to_one_of(street, street.secretary)
    act(street, main, street.secretary, A.FEED_BACK, "已修")
    act(street, main, street.command, A.CLOSE)
    assert (list_to_call_back(street.secretary, NOW), count_to_call_back(street.secretary, NOW)) == ([], 0)
    with pytest.raises(HandlerMayNotCallBack):
        _call(street.secretary, street, linked)
    assert {found.id for found in list_to_call_back(street.command, NOW)} == {main, linked}


def test_the_handler_of_a_main_outside_the_scope_is_offered_no_request_about_what_is_linked_to_it(
    street: Street,
) -> None:
    """The secretary was given the main, which then was handed on and found to lie in another community."""
    main = logged(street.command, "main")
    act(street, main.id, street.leader_a, A.TAKE_OVER)
    act(street, main.id, street.leader_a, A.ESCALATE, "请协助", street.secretary)
    act(street, main.id, street.secretary, A.HAND_OVER, "不在本社区", street.leader_a)
    version = get_incident(street.command, main.id, NOW).view.version
    fix_place(street.command, main.id, version, area_id=street.grid_c, note="在归帆格", now=NOW)
    linked = logged(street.command, "again").id
    act(street, linked, street.leader_a, A.TAKE_OVER)
    request = ask_extension(street.leader_a, linked, 1, "要等材料", NOW)
    version = get_incident(street.command, linked, NOW).view.version
    link_incident(street.command, linked, version, main.number, "同一处", NOW)
    assert list_waiting_requests(street.secretary) == []
    with pytest.raises(AskerMayNotDecide):
        decide_request(street.secretary, request.id, True, "", NOW)
