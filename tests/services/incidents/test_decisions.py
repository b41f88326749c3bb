"""What waits for somebody at the desk: the counts are those of its list."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from config.texts import LANGUAGES, catalog
from db.session import Database
from domain.decisions import OTHERS, STEPS
from domain.incidents import IncidentAction, IncidentSymbol
from domain.permissions import Actor, Role
from domain.whistles import WhistleReason
from services.incidents.actions import act_on_incident
from services.incidents.cases import IncidentFilter, get_incident, list_incidents
from services.incidents.decisions import DECISIONS, Decisions, count_decisions, list_decisions
from services.incidents.links import link_incident
from services.whistles.calls import blow_whistle, list_awaited_report_ins
from tests.factories import make_user
from tests.incident_town import NOW, logged, make_street

LATE = NOW + timedelta(days=60)


def test_nothing_waits_when_there_is_no_case(db: Database) -> None:
    assert count_decisions(make_street().command, NOW).total == 0


def test_counts_are_those_of_the_lists(db: Database) -> None:
    street = make_street()
    main, linked, called = (logged(street.command, key) for key in ("main", "linked", "called"))
    version = get_incident(street.command, linked.id, NOW).view.version
    link_incident(street.command, linked.id, version, main.number, now=NOW)
    second = make_user(Role.DEPARTMENT).user_id
    departments = [street.department.user_id, second]
    blow_whistle(street.command, called.id, WhistleReason.PROMINENT_PROBLEM, departments, now=NOW)
    for actor, now, symbol, every in (
        (street.command, NOW, IncidentSymbol.WAITING, 3),
        (street.secretary, LATE, IncidentSymbol.OVERDUE, 2),
    ):
        found = count_decisions(actor, now)
        assert found == Decisions({**dict.fromkeys(found.by_symbol, 0), symbol: 2}, 0, awaited=1, total=2)
        wanted = IncidentFilter(symbols=frozenset({symbol}), mains_only=True)
        assert list_incidents(actor, wanted, now).total == 2
        assert list_incidents(actor, replace(wanted, mains_only=False), now).total == every
        assert len(list_awaited_report_ins(actor)) == 2
        both = IncidentFilter(symbols=frozenset(DECISIONS), review_due=True, mains_only=True)
        assert {row.incident_id for row in list_awaited_report_ins(actor)} <= {
            row.id for row in list_incidents(actor, both, now).rows
        }


def test_a_case_in_time_is_counted_for_the_departments_it_waits_for_and_once(db: Database) -> None:
    street = make_street()
    taken = logged(street.command, "taken")
    version = get_incident(street.secretary, taken.id, NOW).view.version
    act_on_incident(street.secretary, taken.id, IncidentAction.TAKE_OVER, version, now=NOW)
    assert count_decisions(street.command, NOW).total == 0
    departments = [street.department.user_id, make_user(Role.DEPARTMENT).user_id]
    blow_whistle(street.command, taken.id, WhistleReason.PROMINENT_PROBLEM, departments, now=NOW)
    found = count_decisions(street.command, NOW)
    assert (found.awaited, found.total) == (1, 1)
    found = count_decisions(street.command, LATE)
    assert (found.by_symbol[IncidentSymbol.OVERDUE], found.awaited, found.total) == (1, 1, 1)


def test_each_row_asks_what_its_reader_may_do(db: Database) -> None:
    street = make_street()
    incident = logged(street.command).id

    def asked(actor: Actor, now: datetime = NOW) -> str:
        found = list_incidents(actor, IncidentFilter(mains_only=True), now).rows
        return list_decisions(actor, found)[incident]

    def act(actor: Actor, action: IncidentAction, note: str = "") -> None:
        version = get_incident(actor, incident, NOW).view.version
        act_on_incident(actor, incident, action, version, note, now=NOW)

    assert (asked(street.command), asked(street.leader_a)) == ("dispatch", "take_over")
    act(street.secretary, IncidentAction.TAKE_OVER)
    assert asked(street.command, LATE) == "supervise_or_hand_over"
    act(street.secretary, IncidentAction.FEED_BACK, "已修")
    assert (asked(street.command), asked(street.secretary)) == ("close_or_return", "return_only")
    assert list_decisions(street.command, []) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_decision_has_words(language: str) -> None:
    assert all(f"desk.decide.{name}" in catalog(language) for name in (*STEPS, OTHERS, "awaited"))
