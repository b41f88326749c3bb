"""What presses: counts, the lists behind them, the order of the desk and of the big screen."""

from datetime import UTC, datetime, timedelta

import pytest

from db.models import Incident
from db.session import Database, transaction
from domain.clocks import Calendar
from domain.hours import parse_windows
from domain.incidents import IncidentAction
from domain.permissions import EVERYWHERE
from services.incidents.cases import IncidentFilter, act_on_incident, get_incident, list_incidents
from services.incidents.due_counts import DueCounts, count_due, soon_until
from services.indicators.overview import read_screen
from tests.incident_town import IN_C, NOW, Street, logged, make_street
from tests.statements import recorded

A = IncidentAction
# Deadlines around NOW, Wednesday 18 March 2026, 14:32; two working hours ahead is 16:32.
DUE = {
    "late": NOW - timedelta(hours=3), "later": NOW - timedelta(days=2), "now": NOW, "soon": NOW + timedelta(hours=2),
    "today": NOW + timedelta(hours=9), "tomorrow": NOW + timedelta(hours=10),
}  # fmt: skip


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def due(street: Street, name: str, **values: object) -> int:
    case = logged(street.command, f"{name}{values}", **values).id
    with transaction(EVERYWHERE) as session:
        session.get_one(Incident, case).due_at = DUE[name]
    return case


def test_counts_and_their_lists_agree(street: Street) -> None:
    cases = {name: due(street, name) for name in DUE}
    counts = count_due(street.command, NOW)
    assert counts == DueCounts(late=2, soon=2, today=3)
    found = {
        name: [row.id for row in list_incidents(street.command, IncidentFilter(due=name), NOW).rows]
        for name in ("late", "soon", "today")
    }
    assert found == {
        "late": [cases["later"], cases["late"]], "soon": [cases["now"], cases["soon"]],
        "today": [cases["now"], cases["soon"], cases["today"]],
    }  # fmt: skip


def test_answered_and_suspended_ones_press_nobody(street: Street) -> None:
    case = due(street, "soon")
    for step, note in ((A.TAKE_OVER, ""), (A.FEED_BACK, "好了")):
        version = get_incident(street.command, case, NOW).view.version
        act_on_incident(street.leader_a, case, step, version, note, now=NOW)
    assert count_due(street.command, NOW) == DueCounts(0, 0, 0)
    assert list_incidents(street.command, IncidentFilter(due="soon"), NOW).rows == []


def test_counts_stay_within_the_scope(street: Street) -> None:
    due(street, "late", at=IN_C)
    assert count_due(street.command, NOW).late == 1
    assert count_due(street.leader_a, NOW).late == 0


def test_two_working_hours_run_by_the_calendar() -> None:
    calendar = Calendar(parse_windows("08:30-12:00, 14:00-17:30"))
    friday = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)  # 17:00 in Shanghai
    assert soon_until(friday, calendar) == datetime(2026, 3, 23, 2, 0, tzinfo=UTC)  # Monday 10:00


def test_what_hurts_next_comes_first(street: Street) -> None:
    cases = {name: due(street, name) for name in ("today", "late", "tomorrow", "later", "soon")}
    order = [row.id for row in list_incidents(street.command, IncidentFilter(), NOW).rows]
    assert order == [cases[name] for name in ("later", "late", "soon", "today", "tomorrow")]
    screen = read_screen(street.command, NOW)
    assert [row.due_at for row in screen.pressing] == [DUE["later"], DUE["late"], DUE["soon"]]
    assert screen.due == DueCounts(2, 1, 2)
    assert len(screen.newest) == 2


def test_counting_takes_one_statement_and_the_calendar(street: Street) -> None:
    due(street, "late")
    with recorded() as statements:
        count_due(street.command, NOW)
    statements.most(2)
