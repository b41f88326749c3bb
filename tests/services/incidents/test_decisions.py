"""What waits for somebody at the desk: the counts are those of its list."""

from dataclasses import replace
from datetime import timedelta

from db.session import Database
from domain.incidents import IncidentSymbol
from domain.whistles import WhistleReason
from services.incidents.cases import IncidentFilter, get_incident, list_incidents
from services.incidents.decisions import Decisions, count_decisions
from services.incidents.links import link_incident
from services.whistles.calls import blow_whistle, list_awaited_report_ins
from tests.incident_town import NOW, logged, make_street

LATE = NOW + timedelta(days=60)


def test_nothing_waits_when_there_is_no_case(db: Database) -> None:
    assert count_decisions(make_street().command, NOW).total == 0


def test_counts_are_those_of_the_lists(db: Database) -> None:
    street = make_street()
    main, linked, called = (logged(street.command, key) for key in ("main", "linked", "called"))
    version = get_incident(street.command, linked.id, NOW).view.version
    link_incident(street.command, linked.id, version, main.number, now=NOW)
    blow_whistle(street.command, called.id, WhistleReason.PROMINENT_PROBLEM, [street.department.user_id], now=NOW)
    for actor, now, symbol, every in (
        (street.command, NOW, IncidentSymbol.WAITING, 3),
        (street.secretary, LATE, IncidentSymbol.OVERDUE, 2),
    ):
        found = count_decisions(actor, now)
        assert found == Decisions({**dict.fromkeys(found.by_symbol, 0), symbol: 2}, 0, 1)
        assert found.total == 3
        wanted = IncidentFilter(symbols=frozenset({symbol}), mains_only=True)
        assert list_incidents(actor, wanted, now).total == 2
        assert list_incidents(actor, replace(wanted, mains_only=False), now).total == every
        assert len(list_awaited_report_ins(actor)) == 1
