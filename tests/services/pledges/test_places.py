"""A place counts once a day for a pledge: a second entry is refused, one of before is said not to count."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from db.models import PledgeEvidence, Visit
from db.queries.points import find_account
from db.session import Database, reading, transaction
from domain.errors import Refusal
from domain.permissions import EVERYWHERE, SYSTEM
from domain.pledge_services import SamePlaceCounted
from domain.pledges import EvidenceKind, EvidenceState, PledgeStatus
from domain.plots import CheckResult, PlotKind, PlotOwner
from services.pledges.checks import list_pledge_faults
from services.pledges.earning import list_pledge_point_faults, settle_pledges
from services.pledges.evidence import EvidenceForm, log_evidence
from services.pledges.register import PledgeCard, get_pledge_card
from services.plots.register import CheckForm, PlotForm, add_plot, check_plot
from services.visits.log import withdraw_visit
from tests.incident_town import IN_A, NOW
from tests.pledge_town import DAY, PledgeTown, make_pledge, make_pledge_town

VISIT = EvidenceKind.VISIT
SOON = NOW + timedelta(days=3)
WITHIN = ((112.404, 34.604), (112.405, 34.604), (112.405, 34.605), (112.404, 34.605))
METRE = 1 / 111_195  # in degrees of latitude


def visit(town: PledgeTown, north: float | None = 0, at: datetime = NOW) -> int:
    """So many metres north of the grid's point, or without a point."""
    with transaction(EVERYWHERE) as session:
        made = Visit(
            kind="visit", at=at, area_id=town.street.grid_a, person_id=town.person, note="", withdrawn=False,
            lon=None if north is None else IN_A[0], lat=None if north is None else IN_A[1] + north * METRE,
            created_by=town.member.user_id, created_at=at,
        )  # fmt: skip
        session.add(made)
        session.flush()
        return made.id


def entered_before(town: PledgeTown, pledge: int, records: list[int], kind: EvidenceKind = VISIT) -> list[int]:
    """Evidence of the time when each record counted."""
    with transaction(EVERYWHERE) as session:
        made = [
            PledgeEvidence(
                pledge_id=pledge, person_id=town.person, kind=kind.value, record_id=record, turn=0, happened_on=DAY,
                quantity=1, note="", created_by=town.member.user_id, created_at=NOW,
            )
            for record in records
        ]  # fmt: skip
        session.add_all(made)
        session.flush()
        return [row.id for row in made]


def card_of(town: PledgeTown, pledge: int) -> PledgeCard:
    return get_pledge_card(town.member, pledge, SOON)


def states(card: PledgeCard) -> dict[int, EvidenceState]:
    return {row.id: row.state for row in card.evidence}


def counted(card: PledgeCard) -> float:
    return sum(row.quantity for row in card.evidence if row.state is EvidenceState.COUNTED)


def test_five_visits_within_a_minute_at_one_door_count_once(db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, amount=5, unit="times")
    first, *again = [visit(town, north, NOW + timedelta(seconds=10 * turn)) for turn, north in enumerate((0, 5, 19, 0))]
    log_evidence(town.member, EvidenceForm(pledge, VISIT, first), SOON)
    for record in again:
        with pytest.raises(SamePlaceCounted):
            log_evidence(town.member, EvidenceForm(pledge, VISIT, record), SOON)
    log_evidence(town.member, EvidenceForm(pledge, VISIT, visit(town, 25)), SOON)
    log_evidence(town.member, EvidenceForm(pledge, VISIT, visit(town, 0, NOW + timedelta(days=1))), SOON)
    card = card_of(town, pledge)
    assert (card.pledge.progress.done, counted(card), len(card.evidence)) == (3, 3, 3)


def test_visits_without_a_point_are_one_place_in_their_grid(sqlite_db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, amount=5, unit="times")
    log_evidence(town.member, EvidenceForm(pledge, VISIT, visit(town, None)), SOON)
    with pytest.raises(SamePlaceCounted):
        log_evidence(town.member, EvidenceForm(pledge, VISIT, visit(town, None)), SOON)
    log_evidence(town.member, EvidenceForm(pledge, VISIT, visit(town, 0)), SOON)


def test_what_counted_before_stays_in_the_list_and_counts_no_more(db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, amount=3, unit="times")
    records = [visit(town) for _ in range(3)]
    first, *again = entered_before(town, pledge, records)
    card = card_of(town, pledge)
    assert states(card) == {first: EvidenceState.COUNTED} | dict.fromkeys(again, EvidenceState.REPEATED)
    assert (card.pledge.progress.done, card.pledge.progress.status) == (1, PledgeStatus.ON_THE_WAY)
    withdraw_visit(town.member, records[0], SOON)
    after = states(card_of(town, pledge))
    assert after == {first: EvidenceState.WITHDRAWN, again[0]: EvidenceState.COUNTED, again[1]: EvidenceState.REPEATED}
    assert counted(card_of(town, pledge)) == card_of(town, pledge).pledge.progress.done == 1


def test_points_follow_once_they_are_settled(db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, amount=1, unit="times")
    entered_before(town, pledge, [visit(town), visit(town)])
    assert settle_pledges(SYSTEM, now=SOON) == 1
    with reading(EVERYWHERE) as session:
        account = find_account(session, town.person)
        assert account is not None
        assert account.balance == 10
        assert list_pledge_faults(session) + list_pledge_point_faults(session) == []


def test_checks_of_one_plot_count_once_a_day(sqlite_db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, person_id=town.leader_person, post="grid_leader", amount=5, unit="times")
    plots = [
        add_plot(town.street.command, PlotForm(PlotKind.FRONTAGE, name, PlotOwner.PERSON, "石磊", WITHIN), NOW)
        for name in ("甲店", "乙店")
    ]
    checks = [check_plot(town.leader, plot, CheckForm(CheckResult.KEPT), NOW) for plot in (plots[0], *plots)]
    for check in (checks[0], checks[2]):
        log_evidence(town.leader, EvidenceForm(pledge, EvidenceKind.PLOT_CHECK, check), SOON)
    with pytest.raises(SamePlaceCounted):
        log_evidence(town.leader, EvidenceForm(pledge, EvidenceKind.PLOT_CHECK, checks[1]), SOON)
    assert get_pledge_card(town.leader, pledge, SOON).pledge.progress.done == 2


def test_two_entered_at_once_count_once(db: Database) -> None:
    town = make_pledge_town()
    pledge, gate = make_pledge(town, amount=5, unit="times"), Barrier(4)

    def enter(record: int) -> str:
        gate.wait(60)
        try:
            log_evidence(town.member, EvidenceForm(pledge, VISIT, record), SOON)
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(enter, [visit(town) for _ in range(4)]))
    assert found == ["done", *["same_place_counted"] * 3]
    assert counted(card_of(town, pledge)) == 1
