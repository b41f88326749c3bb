"""回访: who is called back about what, what counts, and the three rates (feature C10)."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from db.session import Database, transaction
from domain.call_backs import (
    CallBack,
    CallBackIncomplete,
    CallBackOnOpenCase,
    HandlerMayNotCallBack,
    Satisfaction,
    columns_of,
    counted,
)
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.incidents import IncidentAction, IncidentStatus
from domain.periods import Period
from domain.permissions import EVERYWHERE, Actor, Role
from services.call_backs.calls import (
    CallBackForm,
    count_to_call_back,
    list_call_backs,
    list_to_call_back,
    record_call_back,
)
from services.call_backs.rates import call_back_rates
from services.incidents.actions import act_on_incident
from services.incidents.cases import get_incident
from services.system.installations import current_profile
from services.timelines.checks import TimelineFault, verify_timelines
from tests.factories import make_user
from tests.incident_town import IN_C, NOW, Street, logged, make_street
from tests.services.test_at_once import at_once

A, S = IncidentAction, Satisfaction
HOUR = timedelta(hours=1)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def closed(street: Street, key: str = "form-1", **values: object) -> int:
    """A closed case that leader A handled and the secretary closed."""
    contact = {"reporter_name": "王大力", "reporter_phone": "13912345678"}
    incident = logged(street.command, key, **(contact | values)).id  # type: ignore[arg-type]
    leader = street.leader_a if values.get("at") is None else make_user(Role.GRID_LEADER, area=street.grid_c)
    for actor, action, note in (
        (leader, A.TAKE_OVER, ""),
        (leader, A.FEED_BACK, "已修"),
        (street.command, A.CLOSE, ""),
    ):
        act(actor, incident, action, note)
    return incident


def act(actor: Actor, incident: int, action: IncidentAction, note: str = "") -> None:
    version = get_incident(actor, incident, NOW).view.version
    act_on_incident(actor, incident, action, version, note, standard_confirmed=True, now=NOW)


def call(
    street: Street, incident: int, form: CallBackForm, actor: Actor | None = None, now: datetime = NOW + HOUR
) -> CallBack:
    version = get_incident(street.command, incident, NOW).view.version
    return record_call_back(actor or street.secretary, incident, version, form, now)


def said(
    key: str, solved: bool = True, satisfaction: Satisfaction = S.SATISFIED, responded: bool = True
) -> CallBackForm:
    return CallBackForm(key, True, responded, solved, satisfaction)


def test_the_last_one_reached_counts(street: Street) -> None:
    incident = closed(street)
    call(street, incident, CallBackForm("a", False, note="无人接听"))
    call(street, incident, said("b", solved=False, satisfaction=S.DISSATISFIED), now=NOW + 2 * HOUR)
    call(street, incident, said("c", satisfaction=S.FAIRLY), street.command, NOW + 3 * HOUR)
    call(street, incident, CallBackForm("d", False), now=NOW + 4 * HOUR)
    assert [one.reached for one in list_call_backs(street.command, incident)] == [False, True, True, False]
    total = call_back_rates(street.command, MARCH, "community", NOW + 5 * HOUR)[-1]
    assert total.counted == 1
    assert {key: figure.numerator for key, figure in total.figures.items()} == {
        "response_rate": 1, "solution_rate": 1, "satisfaction_rate": 1,
    }  # fmt: skip
    timeline = get_incident(street.command, incident, NOW).timeline
    assert [item.action for item in timeline][-4:] == [A.CALL_BACK] * 4
    assert get_incident(street.command, incident, NOW).view.closed_at == NOW
    assert verify_timelines().findings == []


def test_a_call_back_on_an_open_case_is_refused(street: Street) -> None:
    incident = logged(street.command).id
    with pytest.raises(CallBackOnOpenCase):
        call(street, incident, said("a"))
    act(street.command, incident, A.VOID, "不属实")
    with pytest.raises(CallBackOnOpenCase):
        call(street, incident, said("a"))
    again = closed(street, "form-2")
    act(street.command, again, A.REOPEN, "又坏了")
    with pytest.raises(CallBackOnOpenCase):
        call(street, again, said("a"))


def test_whoever_handled_it_does_not_ask(street: Street) -> None:
    incident = logged(street.command, reporter_phone="13912345678").id
    act(street.secretary, incident, A.TAKE_OVER)
    act(street.secretary, incident, A.FEED_BACK, "已修")
    act(street.command, incident, A.CLOSE)
    with pytest.raises(HandlerMayNotCallBack):
        call(street, incident, said("a"))
    assert list_to_call_back(street.secretary, NOW) == []
    assert [case.id for case in list_to_call_back(street.command, NOW)] == [incident]


def test_only_those_who_may_and_in_their_scope(street: Street) -> None:
    incident = closed(street)
    for actor in (street.leader_b, street.department, street.member):
        with pytest.raises(PermissionDenied):
            call(street, incident, said("a"), actor)
    elsewhere = make_user(Role.COMMUNITY_SECRETARY, area=street.grid_c)
    with pytest.raises(NotFound):
        call(street, incident, said("a"), elsewhere)
    assert count_to_call_back(elsewhere, NOW) == 0


@pytest.mark.parametrize(
    "form",
    [
        CallBackForm("a", True),
        CallBackForm("a", True, True, True),
        CallBackForm("a", True, None, True, S.SATISFIED),
        CallBackForm("a", False, True),
        CallBackForm("a", False, satisfaction=S.SATISFIED),
    ],
)
def test_half_an_answer_is_none(street: Street, form: CallBackForm) -> None:
    with pytest.raises(CallBackIncomplete):
        call(street, closed(street), form)


def test_the_queue_is_oldest_first_masked_and_empties(street: Street) -> None:
    incident, other = closed(street), closed(street, "form-2", reporter_name="", reporter_phone="13800001111")
    closed(street, "form-3", reporter_name="", reporter_phone="")  # nobody to call
    cases = list_to_call_back(street.secretary, NOW + HOUR)
    assert [(case.id, case.reporter, case.attempts) for case in cases] == [
        (incident, "王** 139****5678", 0), (other, "138****1111", 0),
    ]  # fmt: skip
    for number in range(current_profile().thresholds.call_back_attempts.value):
        assert count_to_call_back(street.secretary, NOW + HOUR) == 2
        call(street, incident, CallBackForm(f"no-{number}", False))
    assert [case.id for case in list_to_call_back(street.secretary, NOW + HOUR)] == [other]
    call(street, other, said("yes"))
    assert list_to_call_back(street.secretary, NOW + HOUR) == []
    days = timedelta(days=current_profile().thresholds.call_back_days.value, seconds=1)
    closed(street, "form-4")
    assert count_to_call_back(street.secretary, NOW + days) == 0


def test_a_reopened_case_is_asked_about_again(street: Street) -> None:
    incident = closed(street)
    call(street, incident, said("a", solved=False, satisfaction=S.DISSATISFIED))
    act_on_incident(
        street.command, incident, A.REOPEN, get_incident(street.command, incident, NOW).view.version, "回访未解决",
        now=NOW + 2 * HOUR,
    )  # fmt: skip
    for actor, action in ((street.leader_a, A.TAKE_OVER), (street.leader_a, A.FEED_BACK), (street.command, A.CLOSE)):
        version = get_incident(actor, incident, NOW).view.version
        act_on_incident(actor, incident, action, version, "已修", standard_confirmed=True, now=NOW + 3 * HOUR)
    assert [case.id for case in list_to_call_back(street.secretary, NOW + 4 * HOUR)] == [incident]
    call(street, incident, said("b"), now=NOW + 4 * HOUR)
    assert get_incident(street.command, incident, NOW).view.status is IncidentStatus.CLOSED
    assert verify_timelines().findings == []


def test_rates_stay_unsaid_below_five_and_stand_by_community(street: Street) -> None:
    for number in range(4):
        call(street, closed(street, f"f{number}"), said("a" * (number + 1), solved=number > 0))
    row = call_back_rates(street.command, MARCH, "community", NOW + 2 * HOUR)[-1]
    assert (row.counted, row.figures["solution_rate"].small, row.figures["solution_rate"].value) == (4, True, None)
    call(street, closed(street, "f5"), said("last", satisfaction=S.DISSATISFIED, responded=False))
    call(street, closed(street, "f6", at=IN_C), said("c"), street.command)
    rows = call_back_rates(street.command, MARCH, "community", NOW + 2 * HOUR)
    assert [(found.group.name, found.counted) for found in rows[:-1]] == [("书院社区", 5), ("归帆社区", 1)]
    assert {key: figure.value for key, figure in rows[0].figures.items()} == {
        "response_rate": 0.8, "solution_rate": 0.8, "satisfaction_rate": 0.8,
    }  # fmt: skip
    assert rows[-1].counted == 6
    assert [found.counted for found in call_back_rates(street.secretary, MARCH, "community", NOW + 2 * HOUR)] == [5, 5]
    april = Period(date(2026, 4, 1), date(2026, 4, 30))
    empty = call_back_rates(street.command, april, "department", NOW)
    assert [(found.counted, found.figures["response_rate"].value) for found in empty] == [(0, None)]


def test_the_same_form_twice_is_one_call_and_the_second_caller_is_told(street: Street) -> None:
    incident = closed(street)
    version = get_incident(street.command, incident, NOW).view.version
    first = record_call_back(street.secretary, incident, version, said("same"), NOW + HOUR)
    assert record_call_back(street.secretary, incident, version, said("same"), NOW + 2 * HOUR) == first
    with pytest.raises(StaleRecord):
        record_call_back(street.command, incident, version, said("other"), NOW + HOUR)
    assert len(list_call_backs(street.command, incident)) == 1


def test_at_once_one_of_two_callers_is_told(street: Street) -> None:
    incident = closed(street)
    version = get_incident(street.command, incident, NOW).view.version
    callers = [street.secretary, street.command, street.administrator] * 2
    ends = at_once(
        [
            lambda one=one, n=n: record_call_back(one, incident, version, said(f"k{n}"), NOW + HOUR) and "call"  # type: ignore[misc]
            for n, one in enumerate(callers)
        ]
    )
    assert ends == {"made call": 1, "incident_changed": 5}
    assert verify_timelines().findings == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE call_backs SET satisfaction = 'satisfied'",
        "UPDATE incidents SET call_solved = 1",
        "UPDATE incidents SET called_at = NULL, call_responded = NULL, call_solved = NULL, call_satisfaction = NULL",
        "DELETE FROM call_backs",
    ],
)
def test_a_call_back_that_the_timeline_does_not_say_is_found(street: Street, change: str) -> None:
    call(street, closed(street), said("a", solved=False, satisfaction=S.DISSATISFIED))
    with transaction(EVERYWHERE) as session:
        session.execute(text(change))
    assert [finding.fault for finding in verify_timelines().findings] == [TimelineFault.CALL_BACK]


@given(st.lists(st.booleans(), max_size=8))
def test_what_counts_is_the_last_reached(reached: list[bool]) -> None:
    calls = [
        CallBack(NOW + n * HOUR, None, one, one or None, one or None, "fairly" if one else None, "phone", "")
        for n, one in enumerate(reached)
    ]
    found = counted(calls)
    places = [n for n, one in enumerate(reached) if one]
    assert found == (calls[places[-1]] if places else None)
    assert columns_of(found)["called_at"] == (found.at if found else None)
