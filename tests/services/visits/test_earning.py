"""A day on which somebody was out earns once, whatever is logged, withdrawn, confirmed, or pressed twice at once."""

from datetime import timedelta

import pytest

from db.queries.points import lock_account
from db.session import Database, transaction
from domain.permissions import EVERYWHERE, Actor, Role
from domain.points import SHOP, Entry, EntryKind
from domain.visits import VisitKind
from services.points.checks import list_ledger_faults
from services.points.ledger import write_entry
from services.rotas.duties import confirm_duty
from services.rotas.plans import RotaForm, get_rota_card, make_rota
from services.visits.log import VisitForm, correct_visit, log_visit, withdraw_visit
from tests.factories import make_person, make_user
from tests.incident_town import IN_A, NOW, Street, make_street
from tests.pledge_town import DAY
from tests.services.test_at_once import at_once
from tests.services.visits.test_log import points_of, rule_points

HOUR = timedelta(hours=1)


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


@pytest.fixture
def leader(street: Street) -> Actor:
    return make_user(Role.GRID_LEADER, area=street.grid_a, person=make_person("方宁", area=street.grid_a))


def out(leader: Actor, hours: int = 0, kind: VisitKind = VisitKind.VISIT) -> int:
    return log_visit(leader, VisitForm(kind, *IN_A), NOW + hours * HOUR)


def spend_all(leader: Actor) -> None:
    with transaction(EVERYWHERE) as session:
        account = lock_account(session, leader.person_id or 0)
        entry = Entry(account.id, EntryKind.REDEEM, account.id, SHOP, account.balance, DAY, NOW, "test", 1)
        write_entry(session, account, entry)


def duty(street: Street, leader: Actor, days: int = 1) -> int:
    """A duty of the leader's from today on."""
    last = DAY + timedelta(days=days - 1)
    rota = make_rota(street.secretary, RotaForm("夜巡", street.grid_a, (leader.person_id or 0,), DAY, last), NOW)
    return get_rota_card(street.secretary, rota, NOW).duties[0].id


def test_withdrawn_and_logged_again_pays_nothing_for_points_that_were_spent(street: Street, leader: Actor) -> None:
    first = out(leader)
    spend_all(leader)
    for hours in (1, 2, 3):
        withdraw_visit(leader, first, NOW + hours * HOUR)
        assert points_of(leader) == 0
        first = out(leader, hours)
        assert points_of(leader) == 0  # they were had, and spent
    with transaction(EVERYWHERE) as session:
        assert list_ledger_faults(session) == []


def test_withdrawn_and_logged_again_gives_back_what_was_taken(street: Street, leader: Actor) -> None:
    for hours in (0, 1, 2):
        first = out(leader, hours)
        assert points_of(leader) == rule_points()
        withdraw_visit(leader, first, NOW + hours * HOUR)
        assert points_of(leader) == 0


def test_a_day_keeps_its_points_while_another_record_of_it_counts(street: Street, leader: Actor) -> None:
    first, second = out(leader), out(leader, 1)
    withdraw_visit(leader, first, NOW + 2 * HOUR)
    assert points_of(leader) == rule_points()
    withdraw_visit(leader, correct_visit(leader, second, VisitForm(VisitKind.PATROL, *IN_A), NOW), NOW + 3 * HOUR)
    assert points_of(leader) == 0


@pytest.mark.parametrize("visit_first", [True, False])
def test_a_visit_and_a_duty_of_one_day_earn_once(street: Street, leader: Actor, visit_first: bool) -> None:
    one, other = duty(street, leader), duty(street, leader)
    visit = out(leader) if visit_first else 0
    confirm_duty(leader, one, *IN_A, NOW + HOUR)
    confirm_duty(leader, other, *IN_A, NOW + HOUR)
    visit = visit or out(leader, 2)
    assert points_of(leader) == rule_points()
    withdraw_visit(leader, visit, NOW + 3 * HOUR)
    assert points_of(leader) == rule_points()  # the duties were done


def test_a_duty_that_somebody_confirms_later_counts_on_its_own_day(street: Street, leader: Actor) -> None:
    one = duty(street, leader)
    out(leader)
    confirm_duty(street.secretary, one, now=NOW + timedelta(days=2))
    assert points_of(leader) == rule_points()
    log_visit(leader, VisitForm(VisitKind.VISIT, *IN_A), NOW + timedelta(days=2))
    assert points_of(leader) == 2 * rule_points()


def test_two_at_once_earn_once(street: Street, leader: Actor) -> None:
    at_once([lambda: out(leader)] * 6)
    assert points_of(leader) == rule_points()
