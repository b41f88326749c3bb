"""超期 is one figure: list, desk, big screen, map and indicators count the same cases (decision 0108)."""

from datetime import date, timedelta

import pytest

from db.models import Incident
from db.session import Database, transaction
from domain.incidents import IncidentAction, IncidentSymbol
from domain.indicators import Behind
from domain.links import MainEndsLater
from domain.measures import Measure
from domain.periods import Period
from domain.permissions import EVERYWHERE, Actor
from services.areas.tree import current_state
from services.incidents.cases import IncidentFilter, act_on_incident, get_incident, list_incidents
from services.incidents.decisions import count_decisions
from services.incidents.due_counts import count_due
from services.incidents.links import link_incident, read_links
from services.indicators.measuring import measure
from services.indicators.overview import read_desk, read_screen
from services.maps.measures import measure_values
from services.maps.points import incident_points
from tests.incident_town import NOW, Street, logged, make_street
from ui.components.map import incident_query

A, Y = IncidentAction, IncidentSymbol
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
LATE = NOW + timedelta(days=6)
NEAR = (112.4052, 34.605)


def act(street: Street, case: int, actor: Actor, action: A, note: str = "", **values: object) -> None:
    version = get_incident(street.command, case, NOW).view.version
    given = {"standard_confirmed": True, "now": NOW} | values
    act_on_incident(actor, case, action, version, note, **given)  # type: ignore[arg-type]


def link(street: Street, case: int, main: int) -> None:
    views = [get_incident(street.command, one, NOW).view for one in (case, main)]
    link_incident(street.command, case, views[0].version, views[1].number, "同一处", NOW)


def make_all_kinds(street: Street) -> tuple[int, int]:
    """One case of each kind whose deadline is over at LATE; returns the two that are 超期."""
    main, linked, answered, suspended, voided, closed, handled = (
        logged(street.command, key).id
        for key in ("main", "linked", "answered", "suspended", "voided", "closed", "handled")
    )
    for case in (answered, suspended, closed, handled):
        act(street, case, street.leader_a, A.TAKE_OVER)
    for case in (answered, closed):
        act(street, case, street.leader_a, A.FEED_BACK, "已修", now=LATE - timedelta(days=1))
    act(street, closed, street.command, A.CLOSE, now=LATE - timedelta(hours=1))
    act(street, voided, street.command, A.VOID, "不属实")
    review = {"assignee_id": street.command.user_id, "review_on": date(2026, 4, 25)}
    act(street, suspended, street.command, A.SUSPEND, "等材料", **review)
    link(street, linked, main)
    return main, handled


def test_every_place_counts_the_same_cases(db: Database) -> None:
    street = make_street()
    late = {*make_all_kinds(street)}
    actor = street.command

    def listed(which: IncidentFilter) -> set[int]:
        return {view.id for view in list_incidents(actor, which, LATE).rows}

    behind = Behind("overdue_open", False, MARCH)
    assert listed(IncidentFilter(symbols=frozenset({Y.OVERDUE}))) == late
    assert listed(IncidentFilter(due="late")) == late
    assert listed(IncidentFilter(behind=behind)) == late
    assert list_incidents(actor, IncidentFilter(), LATE).counts[Y.OVERDUE] == 2
    assert count_due(actor, LATE).late == 2
    assert count_decisions(actor, LATE).by_symbol[Y.OVERDUE] == 2
    for overview in (read_desk(actor, LATE), read_screen(actor, LATE)):
        assert (overview.open_by_symbol[Y.OVERDUE], overview.due.late, len(overview.pressing)) == (2, 2, 2)
    assert measure(actor, MARCH, "community", LATE).total.figures["overdue_open"].now.value == 2
    assert max(measure_values(current_state(), actor.scope, Measure.OVERDUE, LATE).total) == 2
    points = incident_points(actor, IncidentFilter(), LATE)
    at = points.symbols.index(Y.OVERDUE.value)
    assert {row[0] for row in points.rows if row[3] == at} == late


@pytest.mark.parametrize("due", ["late", "soon", "today"])
def test_the_map_beside_a_list_of_what_presses_holds_what_the_list_holds(sqlite_db: Database, due: str) -> None:
    street = make_street()
    for name, moment in (("late", -1), ("soon", 1), ("today", 5), ("later", 40)):
        case = logged(street.command, name).id
        with transaction(EVERYWHERE) as session:
            session.get_one(Incident, case).due_at = NOW + timedelta(hours=moment)
    which = IncidentFilter(due=due)
    assert incident_points(street.command, which, NOW).total == list_incidents(street.command, which, NOW).total > 0
    assert f"due={due}" in incident_query(which)


def test_a_linked_case_is_neither_late_nor_soon_late_and_stands_behind_those_that_wait(sqlite_db: Database) -> None:
    street = make_street()
    main, linked = logged(street.command, "main").id, logged(street.command, "linked").id
    link(street, linked, main)
    assert get_incident(street.command, linked, LATE).view.symbol is Y.WAITING
    assert [view.id for view in list_incidents(street.command, IncidentFilter(), LATE).rows] == [main, linked]


def test_a_case_is_not_linked_to_a_main_whose_time_ends_later(db: Database) -> None:
    street = make_street()
    late = logged(street.command, "late", NOW - timedelta(days=4))
    fresh = logged(street.command, "fresh", at=NEAR)
    with pytest.raises(MainEndsLater) as refused:
        link(street, late.id, fresh.id)
    assert refused.value.values == {"number": fresh.number}
    link(street, fresh.id, late.id)
    assert count_due(street.command, NOW).late == 1


def test_the_main_that_is_proposed_is_the_one_whose_time_ends_first(sqlite_db: Database) -> None:
    street = make_street()
    earlier = logged(street.command, "earlier", NOW - timedelta(hours=2))
    urgent = logged(street.command, "urgent", at=NEAR)
    with transaction(EVERYWHERE) as session:
        session.get_one(Incident, urgent.id).due_at = NOW + timedelta(hours=1)
    proposed = {one.id: one.as_main for one in read_links(street.command, urgent.id, NOW).suggested}
    assert proposed == {earlier.id: False}
    assert [one.as_main for one in read_links(street.command, earlier.id, NOW).suggested] == [True]
    link(street, earlier.id, urgent.id)


def test_a_case_that_was_answered_is_linked_whatever_its_time(sqlite_db: Database) -> None:
    street = make_street()
    first, second = logged(street.command, "first", NOW - timedelta(hours=1)), logged(street.command, "second")
    act(street, first.id, street.leader_a, A.TAKE_OVER)
    act(street, first.id, street.leader_a, A.FEED_BACK, "已修")
    link(street, first.id, second.id)
    assert get_incident(street.command, first.id, NOW).view.main_id == second.id
