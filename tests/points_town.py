"""A grid with a volunteer who served, for tests of points and their shop."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from db.session import transaction
from domain.permissions import EVERYWHERE, SYSTEM, Actor, Role
from domain.points import EarningKind
from services.points.earning import earn
from tests import factories as make

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)


@dataclass(frozen=True)
class PointsTown:
    """Two grids of a street; 安 serves in grid A."""

    a: int
    b: int
    person: int
    volunteer: int
    clerk: Actor
    second: Actor
    member: Actor


def make_points_town() -> PointsTown:
    """Areas, a volunteer with an account, two who keep the shop."""
    street = make.make_area("街道", level="street")
    a, b = (make.make_area(name, parent=street) for name in ("甲网格", "乙网格"))
    person = make.make_person("安宁", area=a)
    volunteer = make.make_volunteer("安宁", area=a, person=person)
    return PointsTown(
        a, b, person, volunteer,
        make.make_user(Role.COMMUNITY_SECRETARY, area=street),
        make.make_user(Role.GRID_LEADER, area=a),
        make.make_user(Role.VOLUNTEER, area=a, person=person),
    )  # fmt: skip


def give(person: int, points: int, at: datetime = NOW, subject_id: int = 0, subject: str = "pledge") -> int:
    """Points for kept pledges (10 each, so a multiple of 10), up to the month's cap; returns the balance."""
    with transaction(EVERYWHERE) as session:
        number = subject_id or 1000 * person + round((at - datetime(2000, 1, 1, tzinfo=UTC)) / timedelta(days=1))
        return earn(session, SYSTEM, person, EarningKind.PLEDGE, subject, number, points // 10, at, at)
