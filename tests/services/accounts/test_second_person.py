"""One person with two accounts is one person: whatever takes two is refused to both of them, and not offered (0211)."""

from datetime import timedelta

import pytest

from db.models import User
from db.session import Database, transaction
from domain.call_backs import HandlerMayNotCallBack
from domain.clock_requests import ApprovedBefore, AskerMayNotDecide
from domain.hand_entries import SecondPersonNeeded
from domain.incidents import HandlerMayNotVerify, IncidentAction
from domain.permissions import EVERYWHERE, Actor, Permission, Role, may
from domain.pledges import EvidenceKind, OwnPledge
from domain.rotas import NotYourDuty, SwapAnswer
from domain.shop import ConfirmedByAnother
from services.accounts import sessions
from services.activities import attendances, corrections
from services.activities.corrections import CorrectionForm
from services.call_backs.calls import CallBackForm, list_to_call_back, record_call_back
from services.clocks.requests import ask_exemption, decide_request, list_requests, list_waiting_requests
from services.incidents.cases import act_on_incident, get_incident
from services.pledges.evidence import EvidenceForm, confirm_evidence, log_evidence
from services.pledges.register import get_pledge_card
from services.rotas.duties import answer_swap, ask_swap
from services.rotas.plans import RotaForm, get_rota_card, make_rota
from services.shop import goods, redemptions
from services.shop.goods import GoodForm
from services.shop.redemptions import RedeemForm
from tests.check_in import come, leave
from tests.factories import make_person, make_user
from tests.incident_town import NOW, Street, logged, make_street
from tests.pledge_town import DAY, make_pledge, make_pledge_town
from tests.points_town import NOW as SHOP_DAY
from tests.points_town import give, make_points_town
from tests.services.activities.test_attendances import END, Town
from tests.services.activities.test_attendances import NOW as STARTS

A = IncidentAction
LATE = NOW + timedelta(days=3)


def two_accounts(area: int, first: Role = Role.GRID_LEADER, second: Role = Role.GRID_LEADER) -> tuple[Actor, Actor]:
    """The same person twice; the second account knows of the first, as its session would."""
    person = make_person("两面", area=area)
    return make_user(first, area=area, person=person), make_user(second, area=area, person=person)


def test_a_session_knows_the_persons_other_accounts_those_kept_out_as_well(db: Database) -> None:
    street = make_street()
    one, two = two_accounts(street.grid_a)
    stranger = make_user(Role.GRID_LEADER, area=street.grid_a, person=make_person("别人"))
    nobody = make_user(Role.GRID_LEADER, area=street.grid_a)
    assert make_user(Role.GRID_LEADER, area=street.grid_a).accounts.isdisjoint({nobody.user_id, one.user_id})
    with transaction(EVERYWHERE) as session:
        known = {key: session.get(User, key) for key in (one.user_id, two.user_id, stranger.user_id, nobody.user_id)}
        known[one.user_id].is_active = False  # type: ignore[union-attr]
        tokens = {key: sessions.open_session(session, user, NOW) for key, user in known.items()}  # type: ignore[arg-type]
    actors = {key: sessions.find_actor(token, NOW) for key, token in tokens.items()}
    assert actors[one.user_id] is None
    assert {key: actor.accounts for key, actor in actors.items() if actor} == {
        two.user_id: {one.user_id, two.user_id},
        stranger.user_id: {stranger.user_id},
        nobody.user_id: {nobody.user_id},
    }
    assert actors[two.user_id].user_id == two.user_id  # type: ignore[union-attr]


def test_an_entry_by_hand(db: Database) -> None:
    town = Town()
    one, two = two_accounts(town.one)
    entry = attendances.enter_attendance(one, town.manual(), END)
    assert [row.may_confirm for row in attendances.list_waiting_entries(two)] == [False]
    assert [row.may_confirm for row in attendances.list_attendances(town.second, town.activity)] == [True]
    for refused in (
        lambda: attendances.confirm_entry(two, entry.id, entry.version, END),
        lambda: attendances.reject_entry(two, entry.id, "不对", entry.version, END),
    ):
        with pytest.raises(SecondPersonNeeded):
            refused()
    assert attendances.confirm_entry(town.second, entry.id, entry.version, END).minutes == 120


def test_a_correction_of_hours(db: Database) -> None:
    town = Town()
    one, two = two_accounts(town.one)
    come(town.zhang, town.activity, STARTS)
    row = leave(town.zhang, town.activity, STARTS + timedelta(minutes=90))
    form = CorrectionForm(row.id, STARTS, STARTS + timedelta(minutes=110), "看错了", row.version)
    asked = corrections.correct_attendance(one, form, "k", END)
    assert [one.may_answer for one in corrections.list_waiting_corrections(two)] == [False]
    for is_confirmed in (True, False):
        with pytest.raises(SecondPersonNeeded):
            corrections.answer_correction(two, asked.id, is_confirmed, "不对", END)


def test_what_was_noted_for_a_pledge(db: Database) -> None:
    town = make_pledge_town()
    one, two = two_accounts(town.street.grid_a)
    pledge = make_pledge(town)
    noted = log_evidence(one, EvidenceForm(pledge, EvidenceKind.MEDIATION, None, 4, DAY, "调解"), NOW)
    assert [row.may_confirm for row in get_pledge_card(two, pledge, NOW).evidence] == [False]
    with pytest.raises(OwnPledge):
        confirm_evidence(two, noted, NOW)
    confirm_evidence(town.leader, noted, NOW)


def test_a_redemption_without_a_phone(db: Database) -> None:
    town = make_points_town()
    give(town.person, 100)
    one, two = two_accounts(town.a, second=Role.COMMUNITY_SECRETARY)
    good = goods.add_good(town.clerk, GoodForm("理发", "service", 30, counted=False), SHOP_DAY)
    asked = redemptions.ask_redemption(one, RedeemForm(good, person_id=town.person), SHOP_DAY)
    with pytest.raises(ConfirmedByAnother):
        redemptions.confirm_redemption(two, asked.id, asked.version, SHOP_DAY)
    assert redemptions.confirm_redemption(town.second, asked.id, asked.version, SHOP_DAY).balance == 70


def test_a_swap_asked_for_and_agreed_to_on_the_words_of_others(db: Database) -> None:
    street = make_street()
    people = tuple(make_person(name, area=street.grid_a) for name in ("张安", "李平"))
    one, two = two_accounts(street.grid_a, Role.COMMUNITY_SECRETARY)
    rota = make_rota(street.secretary, RotaForm("夜巡", street.grid_a, people, DAY, DAY + timedelta(days=3)), NOW)
    duties = [duty.id for duty in get_rota_card(street.secretary, rota, NOW).duties]
    swap = ask_swap(one, duties[2], duties[3], NOW)
    with pytest.raises(NotYourDuty):
        answer_swap(two, swap, SwapAnswer.ACCEPTED, NOW)
    answer_swap(street.leader_a, swap, SwapAnswer.ACCEPTED, NOW)


def closed_late(street: Street, handler: Actor) -> int:
    """A case that ``handler`` answered late and the centre closed."""
    case = logged(street.command, reporter_name="王大力", reporter_phone="13912345678").id
    for actor, step, at in ((handler, A.TAKE_OVER, NOW), (handler, A.FEED_BACK, LATE)):
        act(street, case, actor, step, at)
    return case


def act(street: Street, case: int, actor: Actor, step: A, at: object = LATE) -> None:
    version = get_incident(street.command, case, LATE).view.version
    act_on_incident(actor, case, step, version, "好了", standard_confirmed=True, now=at)  # type: ignore[arg-type]


def test_a_case_is_not_verified_nor_called_back_by_its_handler(db: Database) -> None:
    street = make_street()
    one, two = two_accounts(street.grid_a, second=Role.COMMUNITY_SECRETARY)
    case = closed_late(street, one)
    assert A.CLOSE not in {button.action for button in get_incident(two, case, LATE).actions}
    with pytest.raises(HandlerMayNotVerify):
        act(street, case, two, A.CLOSE)
    act(street, case, street.command, A.CLOSE)
    assert may(two, Permission.INCIDENT_CALL_BACK)
    assert list_to_call_back(two, LATE) == []
    assert [row.id for row in list_to_call_back(street.secretary, LATE)] == [case]
    version = get_incident(two, case, LATE).view.version
    with pytest.raises(HandlerMayNotCallBack):
        record_call_back(two, case, version, CallBackForm("k", reached=False), LATE)


def test_an_exemption_is_not_asked_for_and_approved_nor_approved_twice(db: Database) -> None:
    street = make_street()
    asker, approver = two_accounts(street.grid_a, second=Role.COMMUNITY_SECRETARY)
    case = closed_late(street, asker)
    request = ask_exemption(asker, case, "暴雨", LATE)
    assert list_waiting_requests(approver) == []
    assert [row.may_decide for row in list_requests(approver, case, LATE).requests] == [False]
    with pytest.raises(AskerMayNotDecide):
        decide_request(approver, request.id, True, "", LATE)
    one, two = two_accounts(street.community, Role.COMMUNITY_SECRETARY, Role.COMMUNITY_SECRETARY)
    decide_request(one, request.id, True, "", LATE)
    assert list_waiting_requests(two) == []
    with pytest.raises(ApprovedBefore):
        decide_request(two, request.id, True, "", LATE)
    assert len(list_waiting_requests(street.secretary)) == 1
