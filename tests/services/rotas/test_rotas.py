"""Rotas in the database: made fairly, confirmed at the place, exchanged with consent, two editors told."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.session import Database, transaction
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.permissions import EVERYWHERE, Actor, Role
from domain.rotas import (
    Absence,
    AbsentNotOnRota,
    AwayThen,
    DutyElsewhere,
    DutyNotNow,
    DutyOver,
    DutyState,
    NotYourDuty,
    RotaWithoutMembers,
    SwapAnswer,
    SwapOver,
)
from domain.visits import VisitKind
from services.incidents.places import MissingPlace
from services.rotas.duties import answer_swap, ask_swap, confirm_duty, list_own_duties
from services.rotas.plans import RotaForm, get_rota_card, list_rotas, make_rota, remake_rota
from services.visits.log import VisitForm, log_visit
from tests.factories import make_person, make_user
from tests.incident_town import IN_A, IN_B, NOW, Street, make_street
from tests.services.test_at_once import at_once

DAY = date(2026, 3, 18)  # the day of NOW


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


@pytest.fixture
def pair(street: Street) -> tuple[Actor, Actor]:
    """Two members of grid A with accounts."""
    people = [make_person(name, area=street.grid_a) for name in ("张安", "李平")]
    one, other = (make_user(Role.PARTY_MEMBER, area=street.grid_a, person=person) for person in people)
    return one, other


def form(street: Street, pair: tuple[Actor, Actor], **values: object) -> RotaForm:
    people = tuple(actor.person_id or 0 for actor in pair)
    filled = {"people": people, "starts_on": DAY, "ends_on": DAY + timedelta(days=3)} | values
    return RotaForm("夜间巡逻", street.grid_a, **filled)  # type: ignore[arg-type]


def turns(street: Street, rota: int) -> list[int | None]:
    return [duty.person_id for duty in get_rota_card(street.secretary, rota, NOW).duties]


def test_a_rota_is_shared_out_evenly_and_sent_twice_is_one(street: Street, pair: tuple[Actor, Actor]) -> None:
    sent = form(street, pair, form_key="k")
    rota = make_rota(street.secretary, sent, NOW)
    assert make_rota(street.secretary, sent, NOW) == rota
    one, other = (actor.person_id for actor in pair)
    assert turns(street, rota) == [one, other, one, other]
    card = get_rota_card(street.secretary, rota, NOW)
    assert card.loads == {one: 2, other: 2}
    assert [duty.state for duty in card.duties] == [DutyState.NOW, *[DutyState.COMING] * 3]
    assert [duty.starts_on for duty in list_own_duties(pair[0], NOW)] == [DAY, DAY + timedelta(days=2)]


def test_bad_rotas_are_refused(street: Street, pair: tuple[Actor, Actor]) -> None:
    with pytest.raises(RotaWithoutMembers):
        make_rota(street.secretary, form(street, pair, people=()), NOW)
    with pytest.raises(PermissionDenied):
        make_rota(street.leader_a, form(street, pair), NOW)
    elsewhere = make_user(Role.COMMUNITY_SECRETARY, area=street.grid_c)
    with pytest.raises((PermissionDenied, NotFound)):
        make_rota(elsewhere, form(street, pair), NOW)
    assert list_rotas(street.secretary) == []


def test_nobody_stands_twice_in_a_slot_whatever_is_written(street: Street, pair: tuple[Actor, Actor]) -> None:
    make_rota(street.secretary, form(street, pair, seats=2), NOW)
    with pytest.raises((DBAPIError, StaleRecord)), transaction(EVERYWHERE) as session:
        session.execute(text(f"UPDATE rota_duties SET person_id = {pair[0].person_id}"))


def test_of_two_secretaries_the_second_is_told(street: Street, pair: tuple[Actor, Actor]) -> None:
    rota = make_rota(street.secretary, form(street, pair), NOW)
    version = get_rota_card(street.secretary, rota, NOW).rota.version
    away = ((pair[0].person_id or 0, Absence(DAY, DAY + timedelta(days=9))),)
    remake_rota(street.secretary, rota, version, form(street, pair, absences=away), NOW)
    one, other = (actor.person_id for actor in pair)
    assert turns(street, rota) == [one, other, other, other]  # that of today stays
    with pytest.raises(StaleRecord):
        remake_rota(street.command, rota, version, form(street, pair), NOW)
    with pytest.raises(RotaWithoutMembers):
        remake_rota(street.command, rota, version + 1, form(street, pair, people=()), NOW)
    remake_rota(street.command, rota, version + 1, form(street, pair), NOW)  # in the same second
    with pytest.raises(StaleRecord):
        remake_rota(street.secretary, rota, version + 1, form(street, pair), NOW)


def test_done_is_a_press_at_the_place_on_the_day(street: Street, pair: tuple[Actor, Actor]) -> None:
    rota = make_rota(street.secretary, form(street, pair), NOW)
    first, second = (duty.id for duty in get_rota_card(street.secretary, rota, NOW).duties[:2])
    for place, refusal in (((None, None), MissingPlace), (IN_B, DutyElsewhere)):
        with pytest.raises(refusal):
            confirm_duty(pair[0], first, *place, NOW)
    with pytest.raises(NotYourDuty):
        confirm_duty(pair[1], first, *IN_A, NOW)
    with pytest.raises(DutyNotNow):
        confirm_duty(pair[1], second, *IN_A, NOW)
    with pytest.raises(NotFound):
        confirm_duty(street.leader_b, first, *IN_A, NOW)
    confirm_duty(pair[0], first, *IN_A, NOW)
    confirm_duty(pair[0], first, *IN_A, NOW)
    assert get_rota_card(street.secretary, rota, NOW).duties[0].state is DutyState.DONE


def test_a_patrol_of_the_day_is_a_duty_done_and_none_is_missed(street: Street, pair: tuple[Actor, Actor]) -> None:
    rota = make_rota(street.secretary, form(street, pair), NOW)
    log_visit(pair[0], VisitForm(VisitKind.PATROL, *IN_A), NOW)
    log_visit(pair[1], VisitForm(VisitKind.VISIT, *IN_A), NOW + timedelta(days=1))
    later = NOW + timedelta(days=2)
    card = get_rota_card(street.leader_a, rota, later)
    assert [duty.state for duty in card.duties] == [
        DutyState.DONE, DutyState.MISSED, DutyState.NOW, DutyState.COMING,
    ]  # fmt: skip
    [missed] = card.missed
    confirm_duty(street.leader_a, missed.id, now=later)
    assert get_rota_card(street.leader_a, rota, later).missed == []


def test_a_swap_needs_the_other_ones_yes(street: Street, pair: tuple[Actor, Actor]) -> None:
    rota = make_rota(street.secretary, form(street, pair), NOW)
    today, second, third, fourth = (duty.id for duty in get_rota_card(street.secretary, rota, NOW).duties)
    one, other = (actor.person_id for actor in pair)
    with pytest.raises(NotYourDuty):
        ask_swap(pair[0], second, third, NOW)
    with pytest.raises(DutyOver):
        ask_swap(pair[0], today, fourth, NOW)
    swap = ask_swap(pair[0], third, fourth, NOW)
    assert turns(street, rota) == [one, other, one, other]
    with pytest.raises(NotYourDuty):
        answer_swap(pair[0], swap, SwapAnswer.ACCEPTED, NOW)
    answer_swap(pair[1], swap, SwapAnswer.ACCEPTED, NOW)
    assert turns(street, rota) == [one, other, other, one]
    with pytest.raises(SwapOver):
        answer_swap(pair[1], swap, SwapAnswer.DECLINED, NOW)
    assert get_rota_card(street.secretary, rota, NOW).swaps == []
    with pytest.raises(DBAPIError, match="append-only"), transaction(EVERYWHERE) as session:
        session.execute(text("DELETE FROM rota_swap_answers"))


def test_a_swap_is_answered_once_when_answered_many_times_at_once(street: Street, pair: tuple[Actor, Actor]) -> None:
    rota = make_rota(street.secretary, form(street, pair), NOW)
    _, _, third, fourth = (duty.id for duty in get_rota_card(street.secretary, rota, NOW).duties)
    one, other = (actor.person_id for actor in pair)
    swap = ask_swap(pair[0], third, fourth, NOW)
    answers = [SwapAnswer.ACCEPTED, SwapAnswer.DECLINED] * 3
    found = at_once([lambda said=said: answer_swap(pair[1], swap, said, NOW) for said in answers])
    assert found["made None"] == 1
    assert set(found) <= {"made None", "swap_over", "stale_record"}
    assert turns(street, rota) in ([one, other, one, other], [one, other, other, one])


def test_a_declined_swap_moves_nothing_and_nobody_is_put_into_an_absence(
    street: Street, pair: tuple[Actor, Actor]
) -> None:
    away = ((pair[0].person_id or 0, Absence(DAY + timedelta(days=3), DAY + timedelta(days=3))),)
    rota = make_rota(street.secretary, form(street, pair, absences=away), NOW)
    before = turns(street, rota)
    duties = [duty.id for duty in get_rota_card(street.secretary, rota, NOW).duties]
    with pytest.raises(AwayThen):
        ask_swap(pair[0], duties[2], duties[3], NOW)
    swap = ask_swap(pair[0], duties[2], duties[1], NOW)
    answer_swap(pair[1], swap, SwapAnswer.DECLINED, NOW)
    assert turns(street, rota) == before


def test_another_grid_sees_no_rota(street: Street, pair: tuple[Actor, Actor]) -> None:
    rota = make_rota(street.secretary, form(street, pair), NOW)
    assert list_rotas(street.leader_b) == []
    with pytest.raises(NotFound):
        get_rota_card(street.leader_b, rota, NOW)


@pytest.fixture
def of_community(street: Street, pair: tuple[Actor, Actor]) -> int:
    """A rota of the whole community on which two members with accounts of grid A stand."""
    sent = form(street, pair)
    return make_rota(street.secretary, replace(sent, area_id=street.community), NOW)


def test_who_stands_on_a_rota_sees_and_exchanges_duties_wherever_the_account_belongs(
    street: Street, pair: tuple[Actor, Actor], of_community: int
) -> None:
    one, other = (actor.person_id for actor in pair)
    assert [rota.id for rota in list_rotas(pair[0])] == [of_community]
    card = get_rota_card(pair[1], of_community, NOW)
    assert (list(card.members), card.in_areas) == ([one, other], False)
    assert get_rota_card(street.secretary, of_community, NOW).in_areas
    _, _, third, fourth = (duty.id for duty in card.duties)
    with pytest.raises(NotYourDuty):
        ask_swap(pair[0], fourth, third, NOW)
    swap = ask_swap(pair[0], third, fourth, NOW)
    assert [row.id for row in get_rota_card(pair[1], of_community, NOW).swaps] == [swap]
    with pytest.raises(NotYourDuty):
        answer_swap(pair[0], swap, SwapAnswer.ACCEPTED, NOW)
    answer_swap(pair[1], swap, SwapAnswer.ACCEPTED, NOW)
    assert turns(street, of_community) == [one, other, other, one]


def test_strangers_and_who_has_left_the_rota_exchange_nothing(
    street: Street, pair: tuple[Actor, Actor], of_community: int
) -> None:
    card = get_rota_card(street.secretary, of_community, NOW)
    _, second, third, fourth = (duty.id for duty in card.duties)
    swap = ask_swap(pair[0], third, fourth, NOW)
    stranger = make_user(Role.PARTY_MEMBER, area=street.grid_a, person=make_person("丁未", area=street.grid_a))
    for actor in (stranger, street.member, street.leader_a, street.leader_b):
        assert list_rotas(actor) == []
        with pytest.raises(NotFound):
            ask_swap(actor, third, fourth, NOW)
        with pytest.raises(NotFound):
            answer_swap(actor, swap, SwapAnswer.ACCEPTED, NOW)
    remake_rota(street.secretary, of_community, card.rota.version, form(street, pair, people=(pair[0].person_id,)), NOW)
    assert list_rotas(pair[1]) == []
    for call in (lambda: ask_swap(pair[1], second, third, NOW), lambda: get_rota_card(pair[1], of_community, NOW)):
        with pytest.raises(NotFound):
            call()


def test_to_stand_on_a_rota_is_not_to_run_it(street: Street, pair: tuple[Actor, Actor]) -> None:
    """Roles that speak for others do so in their areas: on a rota beyond they are one of those who stand on it."""
    leader = make_user(Role.GRID_LEADER, area=street.grid_c, person=make_person("归一", area=street.grid_c))
    secretary = make_user(Role.COMMUNITY_SECRETARY, area=street.grid_c, person=make_person("归二", area=street.grid_c))
    people = (*(actor.person_id or 0 for actor in pair), leader.person_id or 0, secretary.person_id or 0)
    sent = form(street, pair, people=people, ends_on=DAY + timedelta(days=7))
    rota = make_rota(street.command, sent, NOW)
    card = get_rota_card(secretary, rota, NOW)
    duties = {duty.person_id: duty.id for duty in card.duties if duty.starts_on > DAY}
    one, other = duties[pair[0].person_id], duties[pair[1].person_id]
    with pytest.raises(NotYourDuty):
        ask_swap(secretary, one, other, NOW)
    swap = ask_swap(pair[0], one, other, NOW)
    for actor in (leader, secretary):
        with pytest.raises(NotYourDuty):
            answer_swap(actor, swap, SwapAnswer.ACCEPTED, NOW)
        with pytest.raises(NotFound):
            confirm_duty(actor, card.duties[0].id, now=NOW)
    with pytest.raises(PermissionDenied):
        remake_rota(secretary, rota, card.rota.version, sent, NOW)
    assert ask_swap(secretary, duties[secretary.person_id], one, NOW) > swap


def test_an_absence_of_somebody_who_is_not_on_the_rota_is_refused(street: Street, pair: tuple[Actor, Actor]) -> None:
    away = ((make_person("丁未", area=street.grid_a), Absence(DAY, DAY)),)
    with pytest.raises(AbsentNotOnRota):
        make_rota(street.secretary, form(street, pair, absences=away), NOW)
    rota = make_rota(street.secretary, form(street, pair), NOW)
    version = get_rota_card(street.secretary, rota, NOW).rota.version
    with pytest.raises(AbsentNotOnRota):
        remake_rota(street.secretary, rota, version, form(street, pair, absences=away), NOW)
    assert get_rota_card(street.secretary, rota, NOW).absences == {}
