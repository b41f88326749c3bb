"""Pledges are made by secretaries, with a measure, in a post that is held; two editors meet (feature D3)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from db.models import AuditEntry
from db.session import Database
from domain.errors import NotFound, PermissionDenied, Refusal, StaleRecord
from domain.permissions import EVERYWHERE, Role
from domain.pledges import InvalidPledgeDates, PledgeOver, PledgeStatus, PledgeWithoutMeasure, PostNotHeld, Verdict
from domain.texts import EmptyText
from services.people.assignments import NotAGrid
from services.pledges.register import add_pledge, edit_pledge, get_pledge_card, list_own_pledges, list_posts_held
from services.pledges.reviews import judge_pledge
from tests import factories as make
from tests.incident_town import NOW
from tests.pledge_town import DAY, DUE, make_pledge, make_pledge_town, pledge_form
from tests.statements import recorded

LATER = NOW + timedelta(days=150)


def test_a_pledge_is_made_and_read(db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, form_key="k")
    assert make_pledge(town, form_key="k") == pledge
    card = get_pledge_card(town.street.secretary, pledge, NOW)
    assert (card.pledge.person, card.pledge.area, card.pledge.community) == ("石磊", "书院格", "书院社区")
    assert (card.pledge.progress.status, card.pledge.progress.amount) == (PledgeStatus.OPEN, 10)
    assert (card.pledge.ratings, card.pledge.rating, card.pledge.verdict, card.editable) == (0, None, None, True)
    assert [view.id for view in list_own_pledges(town.member, NOW)] == [pledge]
    assert list_own_pledges(town.street.leader_b, NOW) == []


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"amount": None}, PledgeWithoutMeasure),
        ({"amount": 0}, PledgeWithoutMeasure),
        ({"unit": ""}, PledgeWithoutMeasure),
        ({"unit": "miles"}, PledgeWithoutMeasure),
        ({"amount": 1.5, "unit": "times"}, PledgeWithoutMeasure),
        ({"due_on": date(2026, 3, 1)}, Refusal),
        ({"due_on": date.max}, InvalidPledgeDates),
        ({"due_on": date(2036, 3, 27)}, InvalidPledgeDates),
        ({"starts_on": date.max, "due_on": date.max}, InvalidPledgeDates),
        ({"starts_on": date.min, "due_on": date.min}, InvalidPledgeDates),
        ({"amount": float("nan")}, PledgeWithoutMeasure),
        ({"amount": float("inf")}, PledgeWithoutMeasure),
        ({"amount": -1}, PledgeWithoutMeasure),
        ({"text": "  "}, EmptyText),
        ({"post": "contact"}, PostNotHeld),
        ({"person_id": 4711}, NotFound),
        ({"area_id": 4711}, NotFound),
    ],
)
def test_what_is_no_pledge_is_refused(sqlite_db: Database, values: dict[str, object], refusal: type[Refusal]) -> None:
    town = make_pledge_town()
    with pytest.raises(refusal):
        make_pledge(town, **values)
    assert list_own_pledges(town.member, NOW) == []


def test_a_pledge_is_for_a_grid_of_the_scope(sqlite_db: Database) -> None:
    town = make_pledge_town()
    with pytest.raises(NotAGrid):
        make_pledge(town, area_id=town.street.community)
    with pytest.raises(PermissionDenied):
        make_pledge(town, area_id=town.street.grid_c)


def test_posts_of_a_person_are_offered(sqlite_db: Database) -> None:
    town = make_pledge_town()
    assert list_posts_held(town.street.secretary, town.person, DAY) == ["mediator"]
    assert list_posts_held(town.street.secretary, town.person, date(2024, 1, 1)) == []


def test_the_second_of_two_secretaries_is_told(db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town)
    edit_pledge(town.street.secretary, pledge, 1, pledge_form(town, amount=12), NOW)
    with pytest.raises(StaleRecord):
        edit_pledge(town.street.command, pledge, 1, pledge_form(town, amount=2), NOW)
    assert get_pledge_card(town.street.command, pledge, NOW).pledge.amount == 12
    with db.reading(EVERYWHERE) as session:
        detail = session.scalar(select(AuditEntry.detail).where(AuditEntry.action == "pledge.edit"))
    assert "10 hours" in (detail or "")
    assert "12 hours" in (detail or "")


def test_the_goal_stays_once_the_date_has_passed(sqlite_db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town)
    with pytest.raises(PledgeOver):
        edit_pledge(town.street.secretary, pledge, 1, pledge_form(town, amount=1), LATER)
    with pytest.raises(PledgeOver):
        edit_pledge(town.street.secretary, pledge, 1, pledge_form(town, due_on=DUE + timedelta(days=99)), LATER)
    edit_pledge(town.street.secretary, pledge, 1, pledge_form(town, is_public=True), LATER)
    card = get_pledge_card(town.street.secretary, pledge, LATER)
    assert card.pledge.is_public
    assert not card.editable


def test_the_goal_stays_once_it_is_judged(sqlite_db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, due_on=DAY)
    tomorrow = NOW + timedelta(days=1)
    judge_pledge(town.street.secretary, pledge, 1, Verdict.NOT_KEPT, "没有时间", tomorrow)
    with pytest.raises(PledgeOver):
        edit_pledge(town.street.secretary, pledge, 2, pledge_form(town, due_on=DAY, amount=1), tomorrow)


def test_who_may_see_a_pledge(sqlite_db: Database) -> None:
    town = make_pledge_town()
    inside, public = make_pledge(town), make_pledge(town, is_public=True)
    other = make.make_user(
        Role.PARTY_MEMBER, area=town.street.grid_a, person=make.make_person("旁人", area=town.street.grid_a)
    )
    for actor in (town.member, town.leader, town.street.secretary, town.street.command):
        assert {get_pledge_card(actor, pledge, NOW).pledge.id for pledge in (inside, public)} == {inside, public}
    assert get_pledge_card(other, public, NOW).pledge.id == public
    for actor, pledge in ((other, inside), (town.street.leader_b, inside), (town.street.leader_b, public)):
        with pytest.raises(NotFound):
            get_pledge_card(actor, pledge, NOW)
    for actor in (town.member, town.leader):
        with pytest.raises(PermissionDenied):
            add_pledge(actor, pledge_form(town), NOW)


def test_statements_do_not_grow_with_pledges(sqlite_db: Database) -> None:
    town = make_pledge_town()
    for _ in range(3):
        make_pledge(town)
    with recorded() as few:
        list_own_pledges(town.member, NOW)
    for _ in range(9):
        make_pledge(town)
    with recorded() as many:
        list_own_pledges(town.member, NOW)
    assert len(many) == len(few)
    many.most(4)


def test_the_day_is_a_day_of_shanghai(sqlite_db: Database) -> None:
    town = make_pledge_town()
    pledge = make_pledge(town, due_on=DAY)
    at = datetime.fromisoformat("2026-03-18T23:59:00+08:00")
    status = [
        get_pledge_card(town.street.secretary, pledge, moment).pledge.progress.status
        for moment in (at, at + timedelta(minutes=2))
    ]
    assert status == [PledgeStatus.OPEN, PledgeStatus.LATE]
    assert replace(pledge_form(town), amount=1).amount == 1
