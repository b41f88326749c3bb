"""Cases that report the same thing: suggested, linked, followed and freed; two links that cross (C7, decision 0130)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from db.models import Incident
from db.queries.incidents import list_events
from db.session import Database, reading, transaction
from domain.dictionaries import PhotoRequired
from domain.errors import NotFound, PermissionDenied, Refusal, StaleRecord
from domain.incidents import OPEN, HandlerMayNotVerify, IncidentAction, IncidentStatus, ReasonRequired, replay
from domain.links import (
    CaseIsLinked,
    HasAnotherMain,
    LinkInCircle,
    LinkOfEnded,
    LinkToItself,
    NotLinked,
)
from domain.permissions import EVERYWHERE, Actor
from domain.whistles import WhistleReason, WhistleUnanswered
from services.incidents.actions import act_on_incident
from services.incidents.cases import IncidentFilter, find_similar_incidents, get_incident, list_incidents
from services.incidents.links import link_incident, read_links, unlink_incident
from services.incidents.views import IncidentReceipt, IncidentView
from services.maps.points import incident_points
from services.system.installations import current_profile
from services.timelines.checks import verify_timelines
from services.whistles.calls import blow_whistle, waive_whistle
from tests.incident_town import IN_A, IN_B, NOW, Street, logged, make_street
from tests.pictures import picture
from tests.statements import recorded

A, S = IncidentAction, IncidentStatus
LATER = NOW + timedelta(hours=1)
NEAR = (IN_A[0] + 0.0002, IN_A[1])  # 18 m from IN_A


def view(actor: Actor, receipt: IncidentReceipt) -> IncidentView:
    return get_incident(actor, receipt.id, NOW).view


def link(actor: Actor, case: IncidentReceipt, main: IncidentReceipt, reason: str = "") -> IncidentView:
    return link_incident(actor, case.id, view(actor, case).version, main.number, reason, LATER)


def act(actor: Actor, case: IncidentReceipt, action: IncidentAction, note: str = "", **values: Any) -> IncidentView:
    values = {"now": LATER, "standard_confirmed": True} | values
    return act_on_incident(actor, case.id, action, view(actor, case).version, note, **values)


def row(case: IncidentReceipt) -> Incident:
    with reading(EVERYWHERE) as session:
        return session.get_one(Incident, case.id)


def entries(case: IncidentReceipt) -> list[str]:
    with reading(EVERYWHERE) as session:
        return [event.action for event in list_events(session, case.id)]


def pair(street: Street) -> tuple[IncidentReceipt, IncidentReceipt]:
    """A main, and a later report of the same thing 18 m away."""
    main = logged(street.command, "main", NOW - timedelta(days=2))
    return main, logged(street.command, "again", at=NEAR)


def closed(street: Street, main: IncidentReceipt) -> None:
    act(street.leader_a, main, A.TAKE_OVER)
    act(street.leader_a, main, A.FEED_BACK, "修好了", photos=(picture(),))
    act(street.secretary, main, A.CLOSE, now=LATER + timedelta(hours=1))


def test_the_same_class_nearby_within_days_is_suggested_with_picture_metres_and_days(db: Database) -> None:
    street = make_street()
    case = logged(street.command, "case")
    near = logged(street.command, "near", NOW - timedelta(days=3), at=NEAR, photos=(picture(),))
    logged(street.command, "other class", category="manhole")
    logged(street.command, "old", NOW - timedelta(days=11))
    logged(street.command, "far", at=(IN_A[0] + 0.002, IN_A[1]))
    [found] = read_links(street.command, case.id, NOW).suggested
    assert (found.number, found.metres, found.days, found.earlier) == (near.number, 18, 3, True)
    assert found.photo_id == get_incident(street.command, near.id, NOW).photos[0].id
    [other] = read_links(street.command, near.id, NOW).suggested
    assert (other.number, other.earlier, other.photo_id) == (case.number, False, None)
    [before_saving, _] = find_similar_incidents(street.command, "street_light", *NEAR, now=NOW)
    assert (before_saving.photo_id, before_saving.metres, before_saving.days) == (found.photo_id, 0, 3)


def test_a_link_keeps_both_numbers_and_counts_both_callers(db: Database) -> None:
    street = make_street()
    main, case = pair(street)
    linked = link(street.secretary, case, main)
    assert (linked.number, linked.main_id, linked.status) == (case.number, main.id, S.REPORTED)
    assert (view(street.command, main).callers, view(street.command, case).callers) == (2, 1)
    links = read_links(street.command, main.id, NOW)
    assert [(one.number, one.metres, one.days) for one in links.linked] == [(case.number, 18, 2)]
    there = read_links(street.command, case.id, NOW)
    assert there.main is not None
    assert (there.main.number, there.main_number, there.suggested) == (main.number, main.number, ())
    details = [get_incident(street.command, one.id, NOW).timeline[-1] for one in (case, main)]
    assert [(item.action, item.changes) for item in details] == [
        (A.LINK, {"main": main.number, "main_id": main.id, "metres": 18}),
        (A.LINK, {"linked": case.number, "linked_id": case.id, "metres": 18}),
    ]
    assert verify_timelines().findings == []
    assert link(street.secretary, case, main).version == linked.version  # pressed twice: once


def test_lists_and_map_can_leave_out_the_linked(db: Database) -> None:
    street = make_street()
    main, case = pair(street)
    link(street.command, case, main)
    which = IncidentFilter(mains_only=True)
    assert [one.id for one in list_incidents(street.command, which, NOW).rows] == [main.id]
    assert [one[0] for one in incident_points(street.command, which, NOW).rows] == [main.id]
    assert list_incidents(street.command, IncidentFilter(), NOW).total == 2


def test_what_does_not_look_the_same_is_linked_for_a_reason(db: Database) -> None:
    street = make_street()
    main = logged(street.command, "main", category="manhole")
    case = logged(street.command, "case")
    with pytest.raises(ReasonRequired):
        link(street.command, case, main)
    assert link(street.command, case, main, "同一处施工造成").main_id == main.id
    assert get_incident(street.command, case.id, NOW).timeline[-1].note == "同一处施工造成"


def test_links_never_chain_and_never_make_a_circle(db: Database) -> None:
    street = make_street()
    first, second, third = (logged(street.command, key) for key in ("1", "2", "3"))
    link(street.command, third, second)
    link(street.command, second, first)  # what was linked to it moves along
    assert (row(second).main_id, row(third).main_id, view(street.command, first).callers) == (first.id, first.id, 3)
    fourth = logged(street.command, "4")
    link(street.command, fourth, third)  # the main of a linked case is that case's main
    assert row(fourth).main_id == first.id
    with pytest.raises(LinkInCircle):
        link(street.command, first, fourth)
    with pytest.raises(LinkToItself):
        link(street.command, first, first)
    with pytest.raises(HasAnotherMain):
        link(street.command, second, logged(street.command, "5"))
    assert verify_timelines().findings == []


def test_neither_a_closed_nor_a_voided_case_is_linked(db: Database) -> None:
    street = make_street()
    main, case = pair(street)
    act(street.command, main, A.VOID, "不属实")
    for one, other in ((case, main), (main, case)):
        with pytest.raises(LinkOfEnded) as refused:
            link(street.command, one, other)
        assert refused.value.values["number"] == main.number
    ended = logged(street.command, "closed")
    closed(street, ended)
    with pytest.raises(LinkOfEnded):
        link(street.command, case, ended)


def test_who_may_not_dispatch_may_not_link_and_nobody_links_what_they_do_not_see(db: Database) -> None:
    street = make_street()
    main, case = pair(street)
    with pytest.raises(PermissionDenied):
        link_incident(street.leader_a, case.id, 1, main.number)
    with pytest.raises(PermissionDenied):
        unlink_incident(street.leader_a, case.id, 1, "x")
    elsewhere = logged(street.command, "elsewhere", at=(112.425, 34.605))  # of another community
    with pytest.raises(NotFound):
        link(street.secretary, case, elsewhere, "x")
    with pytest.raises(NotFound):
        link_incident(street.secretary, elsewhere.id, 1, main.number, "x")
    with pytest.raises(NotFound):
        link_incident(street.command, case.id, 1, "没有这个编号")


def test_a_main_in_another_grid_is_named_by_its_number_alone(db: Database) -> None:
    street = make_street()
    main, case = logged(street.command, "main", description="邻格的话", at=IN_B), logged(street.command, "case")
    link(street.command, case, main, "同一条管线")
    links = read_links(street.leader_a, case.id, NOW)
    assert (links.main, links.main_number) == (None, main.number)
    assert "邻格的话" not in repr(links)
    there = read_links(street.leader_b, main.id, NOW)
    assert (there.linked, there.elsewhere, view(street.leader_b, main).callers) == ((), 1, 2)


def test_the_steps_of_a_linked_case_are_done_to_its_main(db: Database) -> None:
    street = make_street()
    main, case = pair(street)
    link(street.command, case, main)
    with pytest.raises(CaseIsLinked) as refused:
        act(street.leader_a, case, A.TAKE_OVER)
    assert refused.value.values == {"number": main.number}
    assert [item.action for item in get_incident(street.command, case.id, NOW).actions] == [A.ADD_NOTE]
    act(street.leader_a, case, A.ADD_NOTE, "又来电催问")


def test_closing_the_main_closes_the_linked_and_reopening_opens_them_without_counting_them(db: Database) -> None:
    street = make_street()
    main, case = pair(street)
    link(street.command, case, main)
    closed(street, main)
    with pytest.raises(CaseIsLinked):
        act(street.command, case, A.REOPEN, "x")
    found = row(case)
    assert (found.status, found.closed_at, found.answered_at) == ("closed", LATER + timedelta(hours=1), LATER)
    assert found.overdue_seconds == 0
    again = act(street.command, main, A.REOPEN, "又不亮了", now=LATER + timedelta(hours=2))
    found = row(case)
    assert (found.status, found.closed_at, found.answered_at, found.reopened_count) == ("reported", None, None, 0)
    assert (found.due_at, row(main).reopened_count) == (again.due_at, 1)
    assert entries(case) == ["report", "link", "close_linked", "reopen_linked"]
    profile = current_profile()
    assert replay(profile.lane(found.lane).lane, map(A, entries(case))) is S.REPORTED
    assert verify_timelines().findings == []
    closed(street, main)
    assert (row(case).status, verify_timelines().findings) == ("closed", [])


def test_a_main_waits_for_the_department_that_was_called_to_a_linked_case(db: Database) -> None:
    street = make_street()
    main, case = pair(street)
    called = [street.department.user_id]
    [whistle] = blow_whistle(street.command, case.id, WhistleReason.EMERGENCY, called, "请到场", LATER)
    link(street.command, case, main)
    with pytest.raises(WhistleUnanswered):
        closed(street, main)
    assert (row(main).status, row(case).status) == ("fed_back", "reported")
    waive_whistle(street.command, whistle.id, "不再需要", LATER)
    act(street.secretary, main, A.CLOSE, now=LATER + timedelta(hours=1))
    assert row(case).status == "closed"


def test_an_answer_from_before_the_report_counts_from_the_report(db: Database) -> None:
    street = make_street()
    main = logged(street.command, "main", NOW - timedelta(hours=3))
    act(street.leader_a, main, A.TAKE_OVER, now=NOW - timedelta(hours=2))
    act(street.leader_a, main, A.FEED_BACK, "修好了", now=NOW - timedelta(hours=1), photos=(picture(),))
    case = logged(street.command, "case")
    link(street.command, case, main)
    act(street.secretary, main, A.CLOSE)
    assert row(case).answered_at == NOW


def test_voiding_the_main_frees_the_linked(db: Database) -> None:
    street = make_street()
    main, case = pair(street)
    link(street.command, case, main)
    act(street.command, main, A.VOID, "不属本街道")
    assert (row(case).main_id, row(case).status, entries(case)) == (None, "reported", ["report", "link", "unlink"])
    assert act(street.leader_a, case, A.TAKE_OVER).status is S.HANDLING
    assert verify_timelines().findings == []


def test_a_link_is_taken_back_for_a_reason_also_when_both_are_closed(db: Database) -> None:
    street = make_street()
    main, case = pair(street)
    with pytest.raises(NotLinked):
        unlink_incident(street.command, case.id, view(street.command, case).version, "x", LATER)
    link(street.command, case, main)
    closed(street, main)
    version = view(street.command, case).version
    with pytest.raises(ReasonRequired):
        unlink_incident(street.command, case.id, version, " ", LATER)
    with pytest.raises(StaleRecord):
        unlink_incident(street.command, case.id, version - 1, "不是同一盏灯", LATER)
    freed = unlink_incident(street.command, case.id, version, "不是同一盏灯", LATER)
    assert (freed.main_id, freed.status, view(street.command, main).callers) == (None, S.CLOSED, 1)
    assert act(street.command, case, A.REOPEN, "没有修到").reopened_count == 1
    assert (entries(main)[-1], verify_timelines().findings) == ("unlink", [])


def test_a_stale_card_links_nothing(db: Database) -> None:
    street = make_street()
    main, case = pair(street)
    version = view(street.command, case).version
    act(street.leader_a, case, A.ADD_NOTE, "现场看过")
    with pytest.raises(StaleRecord):
        link_incident(street.command, case.id, version, main.number)


def test_verify_compares_the_main_with_the_entries(db: Database) -> None:
    street = make_street()
    main, case = pair(street)
    link(street.command, case, main)
    with transaction(EVERYWHERE) as session:
        session.get_one(Incident, case.id).main_id = None
    assert [str(finding) for finding in verify_timelines().findings] == [f"{case.number}: entry 2 course"]


def test_records_move_nothing_that_verify_compares(db: Database) -> None:
    """A suspended case keeps its review, a closed one its moment, whatever is noted of them."""
    street = make_street()
    main = logged(street.command, "main")
    act(street.leader_a, main, A.TAKE_OVER)
    act(
        street.secretary, main, A.SUSPEND, "等材料", assignee_id=street.command.user_id,
        review_on=(NOW + timedelta(days=9)).date(),
    )  # fmt: skip
    link(street.command, logged(street.command, "case"), main)
    assert row(main).review_on == (NOW + timedelta(days=9)).date()
    assert verify_timelines().findings == []


def test_links_are_read_and_written_in_few_statements(db: Database) -> None:
    street = make_street()
    main, *cases = (logged(street.command, str(number), photos=(picture((40, 30)),)) for number in range(5))
    for case in cases:
        link(street.command, case, main)
    logged(street.command, "suggested")
    with recorded() as statements:
        assert len(read_links(street.command, main.id, NOW).linked) == 4
    statements.most(6)


def at_once(*calls: Callable[[], Any]) -> list[str]:
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> str:
        gate.wait(30)
        try:
            call()
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))


@pytest.mark.parametrize("_round", range(4))
def test_two_links_that_cross_make_no_circle(db: Database, _round: int) -> None:
    street = make_street()
    one, other = pair(street)
    first, second = view(street.command, one).version, view(street.command, other).version
    told = at_once(
        lambda: link_incident(street.command, one.id, first, other.number, now=LATER),
        lambda: link_incident(street.secretary, other.id, second, one.number, now=LATER),
    )
    assert told == ["done", "link_in_circle"]
    assert {row(one).main_id, row(other).main_id} in ({None, one.id}, {None, other.id})
    assert verify_timelines().findings == []


@pytest.mark.parametrize("_round", range(4))
def test_a_link_and_the_closing_of_its_main_end_alike(db: Database, _round: int) -> None:
    """Linked first: who closes is told that the main has changed. Closed first: the link is refused."""
    street = make_street()
    main, case = pair(street)
    act(street.leader_a, main, A.TAKE_OVER)
    act(street.leader_a, main, A.FEED_BACK, "修好了", photos=(picture(),))
    version, other = view(street.command, main).version, view(street.command, case).version
    at_once(
        lambda: act_on_incident(street.secretary, main.id, A.CLOSE, version, standard_confirmed=True, now=LATER),
        lambda: link_incident(street.command, case.id, other, main.number, now=LATER),
    )
    if row(case).main_id is not None:
        assert {S(row(case).status), S(row(main).status)} <= OPEN
    else:
        assert (row(case).status, row(main).status) == ("reported", "closed")
    assert verify_timelines().findings == []


class AnyLinks(RuleBasedStateMachine):
    """Five cases linked, freed, voided, closed and reopened in any order."""

    street: Street
    count = 0

    def __init__(self) -> None:
        super().__init__()
        AnyLinks.count += 1
        self.cases = [logged(self.street.command, f"{AnyLinks.count}-{number}") for number in range(5)]

    @rule(one=st.integers(0, 4), other=st.integers(0, 4))
    def link(self, one: int, other: int) -> None:
        self.attempt(lambda: link(self.street.command, self.cases[one], self.cases[other]))

    @rule(one=st.integers(0, 4))
    def unlink(self, one: int) -> None:
        case = self.cases[one]
        self.attempt(lambda: unlink_incident(self.street.command, case.id, row(case).version, "x", LATER))

    @rule(one=st.integers(0, 4), action=st.sampled_from([A.TAKE_OVER, A.FEED_BACK, A.CLOSE, A.REOPEN, A.VOID]))
    def step(self, one: int, action: IncidentAction) -> None:
        actor = self.street.leader_a if action in (A.TAKE_OVER, A.FEED_BACK) else self.street.command
        photos = (picture((40, 30)),) if action is A.FEED_BACK else ()
        self.attempt(lambda: act(actor, self.cases[one], action, "x", photos=photos))

    @invariant()
    def no_link_chains_and_linked_cases_stand_with_their_main(self) -> None:
        with reading(EVERYWHERE) as session:
            rows = {found.id: found for found in session.scalars(select(Incident))}
        for found in rows.values():
            if found.main_id is None:
                continue
            main = rows[found.main_id]
            assert main.main_id is None
            assert (S(main.status) in OPEN) == (S(found.status) in OPEN)

    def attempt(self, call: Callable[[], Any]) -> None:
        with suppress(Refusal):
            call()

    def teardown(self) -> None:
        assert verify_timelines().findings == []


def test_links_hold_in_any_order(sqlite_db: Database) -> None:
    AnyLinks.street = make_street()
    run_state_machine_as_test(
        AnyLinks,
        settings=settings(max_examples=12, stateful_step_count=16, suppress_health_check=list(HealthCheck)),
    )


def _answered(street: Street, case: IncidentReceipt, at: datetime) -> None:
    act(street.leader_a, case, A.TAKE_OVER, now=at)
    act(street.leader_a, case, A.FEED_BACK, "已处理。", now=at)


def test_a_linked_case_closes_by_its_own_photo_and_not_by_its_handler(sqlite_db: Database) -> None:
    street = make_street()
    main, linked = logged(street.command, "main", category="other"), logged(street.command, "again", category="litter")
    _answered(street, main, LATER)
    act(street.secretary, linked, A.TAKE_OVER)
    link(street.command, linked, main, "一并处理")
    with pytest.raises(HandlerMayNotVerify):
        act(street.secretary, main, A.CLOSE, photos=(picture(),))
    with pytest.raises(PhotoRequired):
        act(street.command, main, A.CLOSE)
    act(street.command, main, A.CLOSE, photos=(picture(),))
    assert row(linked).status == S.CLOSED


def test_what_was_late_when_it_was_linked_stays_late_and_an_exemption_falls_with_the_reopening(
    sqlite_db: Database,
) -> None:
    street = make_street()
    main, linked = logged(street.command, "main"), logged(street.command, "again", at=NEAR)
    _answered(street, main, LATER)
    due_at = row(linked).due_at
    assert due_at is not None
    late = due_at + timedelta(days=1)
    link_incident(street.command, linked.id, view(street.command, linked).version, main.number, "", late)
    act(street.command, main, A.CLOSE, photos=(picture(),), now=late)
    assert row(linked).overdue_seconds == 86400
    with transaction(EVERYWHERE) as session:
        session.get_one(Incident, linked.id).exempted_at = late
    act(street.command, main, A.REOPEN, "又来了", now=late)
    assert row(linked).exempted_at is None
    assert row(linked).overdue_seconds is None
