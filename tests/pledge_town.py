"""A member of grid A with a pledge, an activity that the member attended, and a case of the grid's leader."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from db.models import PostHolding
from db.session import transaction
from domain.permissions import EVERYWHERE, Actor, Role
from services.pledges.register import PledgeForm, add_pledge
from tests import factories as make
from tests.incident_town import NOW, Street, make_street
from tests.indicator_town import make_case

DAY = date(2026, 3, 18)
DUE = date(2026, 6, 30)


@dataclass(frozen=True)
class PledgeTown:
    """The street, the member of grid A with account and volunteer record, and the leader of grid A as a person."""

    street: Street
    person: int
    volunteer: int
    member: Actor
    leader: Actor
    leader_person: int


def hold(person: int, post: str, area: int) -> None:
    """Let a person hold a post since the year before."""
    with transaction(EVERYWHERE) as session:
        session.add(PostHolding(person_id=person, post=post, area_id=area, valid_from=date(2025, 1, 1)))


def make_pledge_town() -> PledgeTown:
    street = make_street()
    person = make.make_person("石磊", area=street.grid_a, is_party_member=True)
    leading = make.make_person("方宁", area=street.grid_a)
    hold(person, "mediator", street.grid_a)
    hold(leading, "grid_leader", street.grid_a)
    return PledgeTown(
        street, person, make.make_volunteer(area=street.grid_a, person=person),
        make.make_user(Role.PARTY_MEMBER, area=street.grid_a, person=person),
        make.make_user(Role.GRID_LEADER, area=street.grid_a, person=leading, name="方宁"), leading,
    )  # fmt: skip


def pledge_form(town: PledgeTown, **values: Any) -> PledgeForm:
    """Ten hours of patrol until the end of June."""
    form = PledgeForm(town.person, town.street.grid_a, "mediator", "每月夜巡，全年十小时", 10, "hours", DAY, DUE)
    return replace(form, **values)


def make_pledge(town: PledgeTown, **values: Any) -> int:
    """A pledge, recorded by the secretary."""
    return add_pledge(town.street.secretary, pledge_form(town, **values), NOW)


def attend(town: PledgeTown, at: datetime = NOW, minutes: int = 150) -> int:
    """An activity in grid A that the member attended; returns the attendance."""
    activity = make.make_activity(area_id=town.street.grid_a, starts_at=at, place="广场")
    return make.make_attendance(
        activity, town.volunteer, checked_in_at=at, checked_out_at=at + timedelta(minutes=minutes), minutes=minutes
    )


def handle(town: PledgeTown, number: str = "1", at: datetime = NOW) -> int:
    """A closed case of grid A that its leader had in hand."""
    return make_case(
        number, area_id=town.street.grid_a, status="closed", handler_id=town.leader.user_id, closed_at=at,
        reported_at=at - timedelta(days=1), answered_at=at,
    )  # fmt: skip
