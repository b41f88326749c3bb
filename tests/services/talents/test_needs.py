"""Needs for skills: matched, asked, answered, withdrawn; on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from db.models import AuditEntry, Consent, Person
from db.queries.bulk import insert_rows
from db.session import Database, reading, transaction
from domain.consents import ConsentPurpose
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.permissions import EVERYWHERE, Actor, Role
from domain.talents import (
    AskAnswered,
    AskState,
    InvalidNeedTimes,
    LeftOut,
    MatchReason,
    NeedNotOpen,
    NeedPlaceMissing,
    NeedState,
    NotSuggested,
    SomebodyAsked,
)
from domain.texts import EmptyText
from services.lists.exports import export_talents
from services.lists.files import ListFormat
from services.system.maintenance import verify
from services.talents.consents import record_consent, say_own_consent
from services.talents.matches import (
    answer_ask,
    ask_talent,
    count_own_asks,
    list_own_asks,
    suggest_talents,
    take_back_ask,
)
from services.talents.needs import add_need, get_need, list_needs, withdraw_need
from services.talents.own import get_own_talent
from services.talents.pool import EVERY_TALENT, find_talents, get_talent
from tests import factories as make
from tests.incident_town import NOW, Street, make_street
from tests.services.test_at_once import at_once
from tests.statements import recorded
from tests.talent_town import make_talent, need_form

TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def account_of(street: Street, person: int) -> Actor:
    return make.make_user(Role.VOLUNTEER, area=street.grid_a, person=person)


def suggested(actor: Actor, need: int) -> list[int]:
    return [one.talent.person_id for one in suggest_talents(actor, need, NOW).suggestions]


def test_suggestions_name_their_reasons_and_who_is_left_out(street: Street) -> None:
    here = make_talent("张安", area=street.grid_a, times="weekday_day")
    near = make_talent("李平", area=street.grid_b)
    far = make_talent("周四", area=street.grid_c)
    busy = make_talent("吴五", area=street.grid_a)
    make_talent("无意", area=street.grid_a, consent=False)
    make_talent("理发", area=street.grid_a, skills="haircutting")
    other = make.make_activity(starts_at=TOMORROW + timedelta(hours=1))
    make.make_attendance(other, make.make_volunteer(area=street.grid_a, person=busy))
    need = add_need(street.command, need_form(street.grid_a), NOW)
    found = suggest_talents(street.command, need, NOW)
    assert [one.talent.person_id for one in found.suggestions] == [here, near, far]
    reasons = [set(one.reasons) - {MatchReason.SKILL, MatchReason.FREE} for one in found.suggestions]
    assert reasons == [
        {MatchReason.INSIDE, MatchReason.TIME_FITS, MatchReason.NOT_ASKED},
        {MatchReason.NEAR, MatchReason.NOT_ASKED},
        {MatchReason.NOT_ASKED},
    ]
    assert found.left_out == {LeftOut.BUSY: 1}
    assert suggested(street.leader_a, need) == [here]


def test_who_is_asked_often_is_left_out(street: Street) -> None:
    person = make_talent("张安", area=street.grid_a)
    for hours in (4, 8):
        form = need_form(
            street.grid_b, starts_at=TOMORROW + timedelta(hours=hours), until=TOMORROW + timedelta(hours=hours + 1)
        )
        ask_talent(street.command, add_need(street.command, form, NOW), 1, person, NOW)
    need = add_need(street.command, need_form(street.grid_a), NOW)
    assert suggest_talents(street.command, need, NOW).left_out == {LeftOut.ASKED_OFTEN: 1}
    with pytest.raises(NotSuggested):
        ask_talent(street.command, need, 1, person, NOW)
    later = NOW + timedelta(days=31)
    again = need_form(street.grid_a, starts_at=later + timedelta(days=1), until=later + timedelta(days=2))
    assert suggest_talents(street.command, add_need(street.command, again, later), later).found == 1


def test_a_person_confirms_and_the_one_asked_answers(street: Street) -> None:
    first, second = make_talent("张安", area=street.grid_a), make_talent("李平", area=street.grid_a)
    need = add_need(street.leader_a, need_form(street.grid_a), NOW)
    ask = ask_talent(street.leader_a, need, 1, first, NOW)
    view = get_need(street.leader_a, need, NOW)
    assert (view.asked, view.ask_state, view.asked_by, view.state) == ("张", "waiting", "方宁", "open")
    with pytest.raises(SomebodyAsked):
        ask_talent(street.secretary, need, view.version, second, NOW)
    one, two = account_of(street, first), account_of(street, second)
    assert [(own.may_answer, own.text, own.asked_by) for own in list_own_asks(one, NOW)] == [
        (True, "邻居为晾衣吵了起来", "方宁")
    ]
    with pytest.raises(NotFound):
        answer_ask(two, ask, 1, True, NOW)
    answer_ask(one, ask, 1, False, NOW)
    with pytest.raises(AskAnswered):
        answer_ask(one, ask, 2, True, NOW)
    view = get_need(street.leader_a, need, NOW)
    assert (view.asked, view.state, view.declined) == ("", "open", 1)
    assert suggested(street.leader_a, need) == [second]
    ask = ask_talent(street.leader_a, need, view.version, second, NOW)
    answer_ask(two, ask, 1, True, NOW)
    view = get_need(street.leader_a, need, NOW)
    assert (view.asked, view.state, view.ask_state) == ("李", "met", "accepted")
    assert [row.id for row in list_needs(street.leader_a, (NeedState.MET,), NOW)] == [need]
    with pytest.raises(NeedNotOpen):
        withdraw_need(street.leader_a, need, view.version, NOW)
    with reading(EVERYWHERE) as session:
        did = [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert did[2:] == ["talent.need", "talent.ask", "talent.declined", "talent.ask", "talent.accepted"]
    other = add_need(street.leader_a, need_form(street.grid_a), NOW)
    assert suggest_talents(street.leader_a, other, NOW).left_out == {LeftOut.BUSY: 1}


def test_a_withdrawal_hides_at_once_everywhere_and_opens_the_need(street: Street) -> None:
    person = make_talent("欧阳静", area=street.grid_a, sentence="金丝雀")
    need = add_need(street.secretary, need_form(street.grid_a), NOW)
    begin = TOMORROW + timedelta(hours=5)
    form = need_form(street.grid_b, starts_at=begin, until=begin + timedelta(hours=1))
    waiting = add_need(street.secretary, form, NOW)
    answer_ask(account_of(street, person), ask_talent(street.secretary, need, 1, person, NOW), 1, True, NOW)
    ask = ask_talent(street.secretary, waiting, 1, person, NOW)
    spare = add_need(street.secretary, need_form(street.grid_a), NOW)
    say_own_consent(account_of(street, person), False, NOW)
    views = list_needs(street.secretary, tuple(NeedState), NOW)
    assert {(view.state, view.asked, view.ask_id) for view in views} == {("open", "", None)}
    everything = [
        find_talents(street.secretary), views, get_need(street.secretary, need, NOW),
        suggest_talents(street.secretary, spare, NOW),
        export_talents(street.secretary, EVERY_TALENT, ListFormat.CSV, "en", NOW).decode(),
    ]  # fmt: skip
    assert not [found for found in everything if "欧阳" in repr(found) or "金丝雀" in repr(found)]
    with pytest.raises(NotFound):
        get_talent(street.secretary, person)
    with pytest.raises(NotSuggested):
        ask_talent(street.secretary, spare, 1, person, NOW)
    with pytest.raises(AskAnswered):
        answer_ask(account_of(street, person), ask, 1, True, NOW)
    assert [own.state for own in list_own_asks(account_of(street, person), NOW)] == [AskState.LAPSED] * 2
    assert [check.faults for check in verify(street.administrator).checks if check.name == "talent_needs"] == [[]]


def test_who_helped_and_left_afterwards_is_not_named(street: Street) -> None:
    person = make_talent("欧阳静", area=street.grid_a)
    need = add_need(street.secretary, need_form(street.grid_a), NOW)
    answer_ask(account_of(street, person), ask_talent(street.secretary, need, 1, person, NOW), 1, True, NOW)
    later = NOW + timedelta(days=9)
    record_consent(street.secretary, person, False, "电话", later)
    view = get_need(street.secretary, need, later)
    assert (view.state, view.asked, view.is_over) == ("met", "", True)


def test_two_who_confirm_at_once_ask_one(street: Street) -> None:
    people = [make_talent(name, area=street.grid_a) for name in ("张安", "李平")]
    need = add_need(street.command, need_form(street.grid_a), NOW)
    actors = (street.leader_a, street.secretary)
    outcome = at_once(
        [lambda a=actor, p=person: ask_talent(a, need, 1, p, NOW) for actor, person in zip(actors, people, strict=True)]
    )
    assert sum(n for said, n in outcome.items() if said.startswith("made")) == 1
    assert outcome["somebody_asked"] == 1
    view = get_need(street.command, need, NOW)
    asked = next(person for person in people if list_own_asks(account_of(street, person), NOW))
    account = account_of(street, asked)
    outcome = at_once([lambda: answer_ask(account, view.ask_id or 0, 1, True, NOW)] * 3)
    assert outcome == {"made None": 1, "ask_answered": 2}
    assert get_need(street.command, need, NOW).state == NeedState.MET


def test_a_question_meets_a_withdrawal_at_once(street: Street) -> None:
    person = make_talent("张安", area=street.grid_a)
    need = add_need(street.command, need_form(street.grid_a), NOW)
    account = account_of(street, person)
    at_once([lambda: ask_talent(street.command, need, 1, person, NOW), lambda: say_own_consent(account, False, NOW)])
    view = get_need(street.command, need, NOW)
    assert (view.state, view.asked, view.ask_id) == ("open", "", None)


def test_needs_are_refused_when_they_make_no_sense(street: Street) -> None:
    form = need_form(street.grid_a)
    activity = make.make_activity(area_id=street.grid_a, cancelled_at=NOW)
    elsewhere = make.make_activity(area_id=street.grid_c, starts_at=TOMORROW)
    for wrong, refusal in (
        (replace(form, text=" "), EmptyText),
        (replace(form, skill="magic"), NotFound),
        (replace(form, area_id=None), NeedPlaceMissing),
        (replace(form, station_id=1), NeedPlaceMissing),
        (replace(form, until=form.starts_at), InvalidNeedTimes),
        (replace(form, starts_at=None), InvalidNeedTimes),
        (replace(form, starts_at=NOW - timedelta(days=2), until=NOW - timedelta(days=1)), InvalidNeedTimes),
        (replace(form, area_id=street.grid_c), PermissionDenied),
        (replace(form, area_id=None, activity_id=elsewhere), PermissionDenied),
        (replace(form, area_id=None, activity_id=activity), NeedNotOpen),
        (replace(form, area_id=None, station_id=99), NotFound),
    ):
        with pytest.raises(refusal):
            add_need(street.secretary, wrong, NOW)
    kept = replace(form, form_key="k")
    assert add_need(street.secretary, kept, NOW) == add_need(street.secretary, kept, NOW)
    for role in (Role.VOLUNTEER, Role.PARTY_MEMBER, Role.VISITOR, Role.DEPARTMENT):
        with pytest.raises(PermissionDenied):
            add_need(make.make_user(role, area=street.grid_a), form, NOW)


def test_a_need_of_an_activity_has_its_time_and_place(street: Street) -> None:
    activity = make.make_activity("义诊", area_id=street.grid_a, starts_at=TOMORROW)
    station = make.make_station("驿站", area_id=street.grid_b)
    form = need_form(street.grid_a)
    first = add_need(street.secretary, replace(form, area_id=None, activity_id=activity), NOW)
    second = add_need(street.secretary, replace(form, area_id=None, station_id=station), NOW)
    one, two = get_need(street.secretary, first, NOW), get_need(street.secretary, second, NOW)
    assert (one.activity, one.area, one.starts_at) == ("义诊", "书院格", TOMORROW)
    assert (two.station, two.area) == ("驿站", "学圃格")
    there = make_talent("张安", area=street.grid_a)
    make.make_attendance(activity, make.make_volunteer(area=street.grid_a, person=there))
    assert suggested(street.secretary, first) == [there]


def test_questions_are_taken_back_and_needs_withdrawn(street: Street) -> None:
    person = make_talent("张安", area=street.grid_a)
    need = add_need(street.leader_a, need_form(street.grid_a), NOW)
    ask = ask_talent(street.leader_a, need, 1, person, NOW)
    with pytest.raises(StaleRecord):
        withdraw_need(street.leader_a, need, 1, NOW)
    take_back_ask(street.leader_a, ask, 1, NOW)
    with pytest.raises(AskAnswered):
        take_back_ask(street.leader_a, ask, 2, NOW)
    assert suggest_talents(street.leader_a, need, NOW).left_out == {LeftOut.ASKED_BEFORE: 1}
    other = make_talent("李平", area=street.grid_a)
    version = get_need(street.leader_a, need, NOW).version
    ask = ask_talent(street.leader_a, need, version, other, NOW)
    withdraw_need(street.leader_a, need, get_need(street.leader_a, need, NOW).version, NOW)
    with pytest.raises(AskAnswered):
        answer_ask(account_of(street, other), ask, 1, True, NOW)
    with pytest.raises(NeedNotOpen):
        ask_talent(street.leader_a, need, 9, other, NOW)
    over = TOMORROW + timedelta(days=3)
    late = add_need(street.leader_a, need_form(street.grid_a), NOW)
    with pytest.raises(NeedNotOpen):
        ask_talent(street.leader_a, late, 1, other, over)
    assert get_own_talent(account_of(street, other)) is not None


@pytest.mark.parametrize("people", [700, 7000])
def test_statements_do_not_grow_with_the_pool(street: Street, people: int) -> None:
    with transaction(EVERYWHERE) as session:
        insert_rows(session, Person, [
            {"id": 10_000 + n, "name": f"张{n:04d}", "name_key": f"zhang{n:04d}", "phone": None,
             "is_party_member": False, "organisation_id": None, "area_id": street.grid_a, "skills": "mediation",
             "version": 1, "updated_at": NOW}
            for n in range(people)
        ])  # fmt: skip
        insert_rows(session, Consent, [
            {"id": n + 1, "person_id": 10_000 + n, "purpose": ConsentPurpose.TALENT_POOL.value, "sequence": 1,
             "given": True, "channel": "on_paper", "note": "", "user_id": None, "at": NOW}
            for n in range(people)
        ])  # fmt: skip
    need = add_need(street.secretary, need_form(street.grid_a), NOW)
    with recorded() as statements:
        found = suggest_talents(street.secretary, need, NOW)
        list_needs(street.secretary, tuple(NeedState), NOW)
    statements.most(9)
    assert (found.found, len(found.suggestions)) == (people, 6)


def test_waiting_questions_are_counted_for_who_is_asked_until_answered_or_over(street: Street) -> None:
    person, other = (make_talent(name, area=street.grid_a) for name in ("张安", "李平"))
    asked = account_of(street, person)
    first, second = (add_need(street.command, need_form(street.grid_a), NOW) for _ in range(2))
    ask = ask_talent(street.command, first, 1, person, NOW)
    ask_talent(street.command, second, 1, person, NOW)
    assert count_own_asks(asked, NOW) == sum(one.may_answer for one in list_own_asks(asked, NOW)) == 2
    assert [count_own_asks(actor, NOW) for actor in (account_of(street, other), street.leader_a)] == [0, 0]
    answer_ask(asked, ask, 1, False, NOW)
    assert count_own_asks(asked, NOW) == 1
    assert count_own_asks(asked, NOW + timedelta(days=3)) == 0
