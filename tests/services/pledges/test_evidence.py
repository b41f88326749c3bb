"""Services fulfil pledges: records once, what is noted by hand with a second person, nothing deleted (feature D3)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from db.models import Attendance, AuditEntry, PledgeEvidence, Visit
from db.session import Database, transaction
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.permissions import EVERYWHERE, SYSTEM, Role
from domain.pledges import (
    SLIPS_A_DAY,
    EvidenceKind,
    EvidenceNotWaiting,
    EvidenceOutsidePledge,
    EvidenceState,
    EvidenceWithdrawn,
    InvalidQuantity,
    InvalidRating,
    NotTheirRecord,
    OwnPledge,
    PledgeJudged,
    PledgeRunning,
    PledgeStatus,
    RecordCounted,
    TooManySlips,
    UnitNotOfRecord,
    Verdict,
)
from domain.texts import EmptyText
from services.incidents.photos import NotAPicture
from services.pledges.checks import list_pledge_faults
from services.pledges.evidence import (
    EvidenceForm,
    confirm_evidence,
    get_evidence_photo,
    list_candidates,
    log_evidence,
    withdraw_evidence,
)
from services.pledges.register import PledgeView, edit_pledge, get_pledge_card
from services.pledges.reviews import judge_pledge, rate_pledge
from services.system.maintenance import verify
from tests import factories as make
from tests.incident_town import NOW
from tests.pictures import picture
from tests.pledge_town import DAY, PledgeTown, attend, handle, make_pledge, make_pledge_town, pledge_form

ACTIVITY, INCIDENT, TASK = EvidenceKind.ACTIVITY, EvidenceKind.INCIDENT, EvidenceKind.TASK
SOON = NOW + timedelta(hours=5)


def state_of(town: PledgeTown, pledge: int) -> PledgeView:
    return get_pledge_card(town.street.command, pledge, SOON).pledge


def by_hand(pledge: int, **values: object) -> EvidenceForm:
    given = {"quantity": 4, "happened_on": DAY, "note": "调解楼上漏水"} | values
    return EvidenceForm(pledge, EvidenceKind.MEDIATION, None, **given)  # type: ignore[arg-type]


def test_an_activity_attended_counts_its_hours(db: Database) -> None:
    town = make_pledge_town()
    pledge, attendance = make_pledge(town), attend(town)
    offered = list_candidates(town.member, pledge)
    assert [(record.kind, record.id, record.quantities["hours"]) for record in offered] == [(ACTIVITY, attendance, 2.5)]
    form = EvidenceForm(pledge, ACTIVITY, attendance, form_key="k")
    assert log_evidence(town.member, form, SOON) == log_evidence(town.member, form, SOON)
    found = state_of(town, pledge)
    assert (found.progress.status, found.progress.done) == (PledgeStatus.ON_THE_WAY, 2.5)
    assert list_candidates(town.member, pledge) == []


def test_only_records_of_the_pledges_days_and_unit_are_offered(sqlite_db: Database) -> None:
    town = make_pledge_town()
    pledge, households = make_pledge(town, due_on=DAY), make_pledge(town, unit="households")
    attend(town, NOW - timedelta(days=1))
    inside, late = attend(town), attend(town, NOW + timedelta(days=30))
    attend(town, NOW + timedelta(days=31))
    assert [record.id for record in list_candidates(town.member, pledge)] == [late, inside]
    assert list_candidates(town.member, households) == []


def test_a_case_counts_for_who_handled_it(db: Database) -> None:
    town = make_pledge_town()
    case = handle(town)
    pledge = make_pledge(town, person_id=town.leader_person, post="grid_leader", amount=1, unit="cases")
    assert [record.id for record in list_candidates(town.leader, pledge)] == [case]
    log_evidence(town.leader, EvidenceForm(pledge, INCIDENT, case), SOON)
    assert state_of(town, pledge).progress.status is PledgeStatus.KEPT
    others = make_pledge(town, amount=1, unit="cases")
    with pytest.raises(NotTheirRecord):
        log_evidence(town.member, EvidenceForm(others, INCIDENT, case), SOON)


def test_a_visit_counts_once_for_who_made_it(sqlite_db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, amount=1, unit="times")
    with transaction(EVERYWHERE) as session:
        made = Visit(kind="patrol", at=NOW, area_id=town.street.grid_a, person_id=town.person, note="", withdrawn=False,
                     created_by=town.member.user_id, created_at=NOW)  # fmt: skip
        session.add(made)
    assert [record.kind for record in list_candidates(town.member, pledge)] == [EvidenceKind.VISIT]
    log_evidence(town.member, EvidenceForm(pledge, EvidenceKind.VISIT, made.id), SOON)
    assert state_of(town, pledge).progress.status is PledgeStatus.KEPT
    with sqlite_db.reading(EVERYWHERE) as session:
        assert list_pledge_faults(session) == []


def test_a_record_counts_for_one_pledge_only_and_once(db: Database) -> None:
    town = make_pledge_town()
    first, second, attendance = make_pledge(town), make_pledge(town), attend(town)
    evidence = log_evidence(town.member, EvidenceForm(first, ACTIVITY, attendance), SOON)
    for pledge in (first, second):
        with pytest.raises(RecordCounted):
            log_evidence(town.member, EvidenceForm(pledge, ACTIVITY, attendance), SOON)
    row = {
        "pledge_id": second, "person_id": town.person, "kind": ACTIVITY.value, "record_id": attendance, "turn": 0,
        "happened_on": DAY, "quantity": 1, "note": "", "created_at": NOW,
    }  # fmt: skip
    with pytest.raises((DBAPIError, StaleRecord)), db.transaction(EVERYWHERE) as session:
        session.add(PledgeEvidence(**row))
    withdraw_evidence(town.member, evidence, "记错了承诺", SOON)
    assert state_of(town, first).progress.done == 0
    log_evidence(town.member, EvidenceForm(second, ACTIVITY, attendance), SOON)
    assert state_of(town, second).progress.done == 2.5
    listed = get_pledge_card(town.member, first, SOON).evidence
    assert [(one.state, one.reason) for one in listed] == [(EvidenceState.WITHDRAWN, "记错了承诺")]
    with pytest.raises(EvidenceWithdrawn):
        withdraw_evidence(town.member, evidence, "再撤", SOON)


@pytest.mark.parametrize("statement", ["UPDATE pledge_evidence SET quantity = 99", "DELETE FROM pledge_marks"])
def test_the_database_refuses_when_evidence_is_touched(db: Database, statement: str) -> None:
    town = make_pledge_town()
    evidence = log_evidence(town.member, EvidenceForm(make_pledge(town), ACTIVITY, attend(town)), SOON)
    withdraw_evidence(town.member, evidence, "撤回", SOON)
    with pytest.raises(DBAPIError, match="append-only"), db.transaction(EVERYWHERE) as session:
        session.execute(text(statement))


def test_what_is_noted_by_hand_waits_for_another(db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town)
    evidence = log_evidence(town.member, by_hand(pledge), SOON)
    assert state_of(town, pledge).progress.done == 0
    own = make.make_user(Role.GRID_LEADER, area=town.street.grid_a, person=town.person)
    for actor, refusal in ((town.member, PermissionDenied), (own, OwnPledge), (town.street.leader_b, NotFound)):
        with pytest.raises(refusal):
            confirm_evidence(actor, evidence, SOON)
    assert [one.may_confirm for one in get_pledge_card(town.leader, pledge, SOON).evidence] == [True]
    confirm_evidence(town.leader, evidence, SOON)
    assert state_of(town, pledge).progress.done == 4
    with pytest.raises(EvidenceNotWaiting):
        confirm_evidence(town.leader, evidence, SOON)


def test_who_entered_it_is_no_second_person(sqlite_db: Database) -> None:
    town = make_pledge_town()
    evidence = log_evidence(town.leader, by_hand(make_pledge(town)), SOON)
    with pytest.raises(OwnPledge):
        confirm_evidence(town.leader, evidence, SOON)
    confirm_evidence(town.street.secretary, evidence, SOON)


def test_what_does_not_fit_is_refused(sqlite_db: Database) -> None:
    town = make_pledge_town()
    pledge, attendance = make_pledge(town), attend(town)
    before = attend(town, NOW - timedelta(days=2))
    households = make_pledge(town, unit="households")
    cases = [
        (EvidenceForm(pledge, ACTIVITY, 4711), NotTheirRecord),
        (EvidenceForm(pledge, ACTIVITY), NotTheirRecord),
        (EvidenceForm(pledge, ACTIVITY, attendance, quantity=3), InvalidQuantity),
        (EvidenceForm(households, ACTIVITY, attendance), UnitNotOfRecord),
        (EvidenceForm(pledge, ACTIVITY, before), EvidenceOutsidePledge),
        (by_hand(pledge, note=" "), EmptyText),
        (by_hand(pledge, quantity=None), InvalidQuantity),
        (by_hand(households, quantity=1.5), InvalidQuantity),
        (by_hand(pledge, happened_on=date(2026, 3, 19)), EvidenceOutsidePledge),
        (by_hand(pledge, photo=b"no picture"), NotAPicture),
    ]
    for form, refusal in cases:
        with pytest.raises(refusal):
            log_evidence(town.member, form, SOON)
    assert get_pledge_card(town.member, pledge, SOON).evidence == []


def test_nobody_enters_for_a_neighbour(sqlite_db: Database) -> None:
    town = make_pledge_town()
    other = make.make_user(
        Role.PARTY_MEMBER, area=town.street.grid_a, person=make.make_person("旁人", area=town.street.grid_a)
    )
    public, inside = make_pledge(town, is_public=True), make_pledge(town)
    evidence = log_evidence(town.member, by_hand(public), SOON)
    with pytest.raises(PermissionDenied):
        log_evidence(other, by_hand(public), SOON)
    with pytest.raises(NotFound):
        log_evidence(other, by_hand(inside), SOON)
    with pytest.raises(PermissionDenied):
        withdraw_evidence(other, evidence, "x", SOON)


def test_a_picture_comes_without_its_place(sqlite_db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town)
    log_evidence(town.member, by_hand(pledge, photo=picture()), SOON)
    photo = get_pledge_card(town.leader, pledge, SOON).evidence[0].photo_id or 0
    content, _ = get_evidence_photo(town.leader, photo)
    assert content.startswith(b"\xff\xd8")
    assert b"Exif" not in content
    with pytest.raises(NotFound):
        get_evidence_photo(town.street.leader_b, photo)


def test_a_verdict_is_a_sentence_beside_the_status(db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, due_on=DAY)
    secretary, tomorrow = town.street.secretary, NOW + timedelta(days=1)
    with pytest.raises(PledgeRunning):
        judge_pledge(secretary, pledge, 1, Verdict.KEPT, "好", NOW)
    with pytest.raises(EmptyText):
        judge_pledge(secretary, pledge, 1, Verdict.KEPT, "", tomorrow)
    judge_pledge(secretary, pledge, 1, Verdict.KEPT, "做了很多没有登记的事", tomorrow)
    found = get_pledge_card(secretary, pledge, tomorrow).pledge
    assert found.progress.status is PledgeStatus.LATE
    assert found.verdict is not None
    assert (found.verdict.verdict, found.verdict.words) == ("kept", "做了很多没有登记的事")
    with pytest.raises(StaleRecord):
        judge_pledge(town.street.command, pledge, 1, Verdict.NOT_KEPT, "没有", tomorrow)
    with pytest.raises(StaleRecord):
        edit_pledge(secretary, pledge, 1, pledge_form(town), tomorrow)
    with pytest.raises(PledgeJudged):
        log_evidence(town.member, by_hand(pledge), tomorrow)


def test_ratings_are_slips_without_names(db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town)
    for number, stars in enumerate((5, 4, 5, 3)):
        rate_pledge(town.leader, pledge, stars, f"k{number}", NOW)
    rate_pledge(town.leader, pledge, 3, "k3", NOW)
    assert (state_of(town, pledge).ratings, state_of(town, pledge).rating) == (4, None)
    rate_pledge(town.leader, pledge, 5, "k4", NOW)
    assert state_of(town, pledge).rating == pytest.approx(4.4)
    with pytest.raises(InvalidRating):
        rate_pledge(town.leader, pledge, 6, "k5", NOW)
    own = make.make_user(Role.GRID_LEADER, area=town.street.grid_a, person=town.person)
    with pytest.raises(OwnPledge):
        rate_pledge(own, pledge, 5, "k6", NOW)


def test_who_entered_how_many_slips_is_on_the_card_and_in_the_audit_and_nobody_enters_any_number(db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town)
    again = make.make_user(Role.COMMUNITY_SECRETARY, area=town.street.grid_a, person=town.leader_person, name="方宁乙")
    for number in range(SLIPS_A_DAY):
        rate_pledge(town.leader if number % 2 else again, pledge, 5, f"k{number}", NOW)
    with pytest.raises(TooManySlips):
        rate_pledge(again, pledge, 5, "more", NOW)
    assert rate_pledge(again, pledge, 5, "k0", NOW)  # sent again, it is the same slip
    rate_pledge(town.street.command, pledge, 1, "k", NOW)
    assert get_pledge_card(town.member, pledge, NOW).raters == [("方宁", 25), ("方宁乙", 25), ("顾岚", 1)]
    rate_pledge(again, pledge, 5, "tomorrow", NOW + timedelta(days=1))
    with db.reading(EVERYWHERE) as session:
        assert session.query(AuditEntry).filter_by(action="pledge.rate", subject_id=pledge).count() == SLIPS_A_DAY + 2


def test_verify_reads_the_records_again(db: Database) -> None:
    town = make_pledge_town()
    attendance = attend(town)
    log_evidence(town.member, EvidenceForm(make_pledge(town), ACTIVITY, attendance), SOON)

    def faults() -> list[str]:
        with db.reading(EVERYWHERE) as session:
            return list_pledge_faults(session)

    assert [check.faults for check in verify(SYSTEM).checks if check.name == "pledges"] == [[]]

    assert faults() == []
    with db.transaction(EVERYWHERE) as session:
        session.execute(update(Attendance).values(minutes=60))
    assert "more than the record says" in faults()[0]
    with db.transaction(EVERYWHERE) as session:
        session.execute(update(Attendance).values(minutes=None))
    assert "no such record" in faults()[0]
