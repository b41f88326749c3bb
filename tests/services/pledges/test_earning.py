"""A kept pledge earns once; what counts for it follows the records behind it (features D3, E3)."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from db.models import Incident, Person, Visit, Volunteer
from db.queries.points import find_account
from db.session import Database, reading, transaction
from domain.incidents import IncidentAction
from domain.permissions import EVERYWHERE, SYSTEM
from domain.pledges import EvidenceKind, PledgeStatus
from services.activities.corrections import CorrectionForm, answer_correction, correct_attendance
from services.incidents.actions import act_on_incident
from services.pledges.checks import list_pledge_faults
from services.pledges.earning import list_pledge_point_faults, settle_pledges
from services.pledges.evidence import EvidenceForm, confirm_evidence, log_evidence, withdraw_evidence
from services.pledges.register import edit_pledge, get_pledge_card
from services.points.checks import list_ledger_faults
from services.system.installations import current_profile
from services.visits.log import withdraw_visit
from tests.incident_town import NOW
from tests.pledge_town import DAY, PledgeTown, attend, handle, make_pledge, make_pledge_town, pledge_form

SOON = NOW + timedelta(hours=5)


def points_of(person: int) -> int:
    with reading(EVERYWHERE) as session:
        account = find_account(session, person)
        assert list_ledger_faults(session) == list_pledge_faults(session) == list_pledge_point_faults(session) == []
    return account.balance if account else 0


def status_of(town: PledgeTown, pledge: int) -> PledgeStatus:
    return get_pledge_card(town.street.command, pledge, SOON).pledge.progress.status


def test_a_kept_pledge_earns_once_and_gives_back_with_its_evidence(db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, amount=4)
    first = log_evidence(town.member, EvidenceForm(pledge, EvidenceKind.ACTIVITY, attend(town)), SOON)
    assert points_of(town.person) == 0
    second = log_evidence(town.member, EvidenceForm(pledge, EvidenceKind.ACTIVITY, attend(town)), SOON)
    log_evidence(town.member, EvidenceForm(pledge, EvidenceKind.ACTIVITY, attend(town)), SOON)
    assert points_of(town.person) == 10
    withdraw_evidence(town.member, first, "登记错了", SOON)
    assert points_of(town.person) == 10
    withdraw_evidence(town.member, second, "登记错了", SOON)
    assert (points_of(town.person), status_of(town, pledge)) == (0, PledgeStatus.ON_THE_WAY)


def test_what_is_noted_by_hand_earns_with_its_second_person(db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, amount=4)
    form = EvidenceForm(pledge, EvidenceKind.TASK, None, 4, DAY, "打扫楼道")
    evidence = log_evidence(town.member, form, SOON)
    assert points_of(town.person) == 0
    confirm_evidence(town.leader, evidence, SOON)
    assert points_of(town.person) == 10


def test_a_member_who_lives_elsewhere_earns_for_the_grid_of_the_pledge(db: Database) -> None:
    """The leader who confirms does not see the member's account, and the points come all the same."""
    town = make_pledge_town()
    pledge = make_pledge(town, amount=4)
    evidence = log_evidence(town.member, EvidenceForm(pledge, EvidenceKind.TASK, None, 4, DAY, "打扫楼道"), SOON)
    move(town)
    confirm_evidence(town.leader, evidence, SOON)
    assert points_of(town.person) == 10


def move(town: PledgeTown) -> None:
    with transaction(EVERYWHERE) as session:
        for row in (session.get(Person, town.person), session.get(Volunteer, town.volunteer)):
            assert row is not None
            row.area_id = town.street.grid_b


def test_a_changed_measure_takes_the_points_back(db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, amount=2)
    log_evidence(town.member, EvidenceForm(pledge, EvidenceKind.ACTIVITY, attend(town)), SOON)
    assert points_of(town.person) == 10
    version = get_pledge_card(town.street.command, pledge, SOON).pledge.version
    edit_pledge(town.street.secretary, pledge, version, pledge_form(town, amount=8), SOON)
    assert points_of(town.person) == 0


def test_corrected_hours_count_for_the_pledge_no_more(db: Database) -> None:
    town = make_pledge_town()
    pledge, attendance = make_pledge(town, amount=2), attend(town)
    log_evidence(town.member, EvidenceForm(pledge, EvidenceKind.ACTIVITY, attendance), SOON)
    form = CorrectionForm(attendance, NOW, NOW + timedelta(hours=1), "提前走了", 1)
    asked = correct_attendance(town.leader, form, "k", SOON)
    assert status_of(town, pledge) is PledgeStatus.KEPT
    answer_correction(town.street.secretary, asked.id, True, now=SOON)
    card = get_pledge_card(town.street.command, pledge, SOON)
    assert (card.pledge.progress.status, card.evidence[0].reason) == (
        PledgeStatus.OPEN,
        "原记录已更正或重新办理，不再计入",
    )
    with reading(EVERYWHERE) as session:
        assert list_pledge_faults(session) == list_pledge_point_faults(session) == []


def test_a_reopened_case_counts_for_the_pledge_no_more(db: Database) -> None:
    town = make_pledge_town()
    case = handle(town)
    with transaction(EVERYWHERE) as session:
        session.execute(update(Incident).values(lane=current_profile().lanes[0].key))
    pledge = make_pledge(town, person_id=town.leader_person, post="grid_leader", amount=1, unit="cases")
    log_evidence(town.leader, EvidenceForm(pledge, EvidenceKind.INCIDENT, case), SOON)
    assert points_of(town.leader_person) == 10
    act_on_incident(town.street.command, case, IncidentAction.REOPEN, 1, "没有解决", now=SOON)
    assert (points_of(town.leader_person), status_of(town, pledge)) == (0, PledgeStatus.OPEN)


def test_a_withdrawn_visit_counts_for_the_pledge_no_more(sqlite_db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, amount=1, unit="times")
    with transaction(EVERYWHERE) as session:
        made = Visit(kind="patrol", at=NOW, area_id=town.street.grid_a, person_id=town.person, note="", withdrawn=False,
                     created_by=town.member.user_id, created_at=NOW)  # fmt: skip
        session.add(made)
    log_evidence(town.member, EvidenceForm(pledge, EvidenceKind.VISIT, made.id), SOON)
    assert points_of(town.person) == 10
    withdraw_visit(town.member, made.id, SOON)
    assert (points_of(town.person), status_of(town, pledge)) == (0, PledgeStatus.OPEN)


def test_pledges_kept_before_there_was_a_ledger_are_settled(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, amount=2)
    with monkeypatch.context() as patch:
        patch.setattr("services.pledges.evidence.settle_pledge", lambda *_: None)
        log_evidence(town.member, EvidenceForm(pledge, EvidenceKind.ACTIVITY, attend(town)), SOON)
    with reading(EVERYWHERE) as session:
        assert list_pledge_point_faults(session) == [f"pledge {pledge}: its points are not those of its state"]
    assert settle_pledges(SYSTEM, now=SOON) == 1
    assert settle_pledges(SYSTEM, now=SOON) == 0
    assert points_of(town.person) == 10
