"""党员包联: overlaps, dates, history, coverage, proposal, on both databases."""

from datetime import date, timedelta

import pytest

from db.session import Database
from domain.assignments import AreaNotValidThen, AssignmentOverlap, InvalidAssignmentDates
from domain.clock import local_date, utc_now
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.permissions import Actor, Role
from domain.texts import EmptyText
from services.assignment_proposals import confirm_proposals, propose_assignments
from services.assignments import (
    AssignmentForm,
    NotAGrid,
    NotAPartyMember,
    assign_member,
    end_assignment,
    get_coverage,
    list_grid_assignments,
    list_own_assignments,
)
from tests.factories import make_area, make_person, make_user

TODAY = local_date(utc_now())


@pytest.fixture
def town(db: Database) -> dict[str, int]:
    street = make_area("街道", level="street")
    community = make_area("南寨社区", level="community", parent=street, label_lon=112.6, label_lat=34.5)
    grids = [
        make_area(f"{name}格", parent=community, label_lon=112.6 + 0.004 * number, label_lat=34.5, households=400)
        for number, name in enumerate("一二三")
    ]
    near = make_person("周安", area=community, is_party_member=True)
    far = make_person("吴远", area=grids[2], is_party_member=True)
    return {"street": street, "community": community, "one": grids[0], "two": grids[1], "three": grids[2],
            "near": near, "far": far, "guest": make_person("郑客", area=community)}  # fmt: skip


@pytest.fixture
def secretary(town: dict[str, int]) -> Actor:
    return make_user(Role.COMMUNITY_SECRETARY, area=town["community"])


def form(person: int, area: int, start: date = TODAY, end: date | None = None, key: str = "") -> AssignmentForm:
    return AssignmentForm(person, area, "core_member", start, end, form_key=key)


def test_an_uncovered_grid_is_covered_when_a_member_is_assigned(secretary: Actor, town: dict[str, int]) -> None:
    assert (get_coverage(secretary).covered, get_coverage(secretary).total) == (0, 3)
    assign_member(secretary, form(town["near"], town["one"]))
    assert [grid.id for grid in get_coverage(secretary).missing] == [town["two"], town["three"]]
    assert [row.person for row in list_grid_assignments(secretary, town["one"])] == ["周安"]


def test_one_assignment_when_the_form_is_sent_twice(secretary: Actor, town: dict[str, int]) -> None:
    first = assign_member(secretary, form(town["near"], town["one"], key="k1"))
    assert assign_member(secretary, form(town["near"], town["one"], key="k1")) == first
    assert len(list_grid_assignments(secretary, town["one"])) == 1


def test_refused_when_dates_overlap_and_allowed_after_the_end(secretary: Actor, town: dict[str, int]) -> None:
    assign_member(secretary, form(town["near"], town["one"], TODAY, TODAY + timedelta(days=10)))
    with pytest.raises(AssignmentOverlap):
        assign_member(secretary, form(town["near"], town["one"], TODAY + timedelta(days=10)))
    assign_member(secretary, form(town["near"], town["one"], TODAY + timedelta(days=11)))
    assert len(list_grid_assignments(secretary, town["one"])) == 2


def test_refused_when_the_form_makes_no_sense(secretary: Actor, town: dict[str, int]) -> None:
    with pytest.raises(InvalidAssignmentDates):
        assign_member(secretary, form(town["near"], town["one"], TODAY, TODAY - timedelta(days=1)))
    with pytest.raises(AreaNotValidThen):
        assign_member(secretary, form(town["near"], town["one"], date(1999, 1, 1)))
    with pytest.raises(NotAGrid):
        assign_member(secretary, form(town["near"], town["community"]))
    with pytest.raises(NotAPartyMember):
        assign_member(secretary, form(town["guest"], town["one"]))
    with pytest.raises(NotFound):
        assign_member(secretary, AssignmentForm(town["near"], town["one"], "no_such_post", TODAY))


def test_history_stays_when_an_assignment_ends(secretary: Actor, town: dict[str, int]) -> None:
    yesterday = TODAY - timedelta(days=1)
    key = assign_member(secretary, form(town["near"], town["one"], TODAY - timedelta(days=30)))
    with pytest.raises(EmptyText):
        end_assignment(secretary, key, 1, yesterday, " ")
    end_assignment(secretary, key, 1, yesterday, "调离")
    with pytest.raises(StaleRecord):
        end_assignment(secretary, key, 1, yesterday, "再次")
    assert [(row.ends_on, row.end_reason) for row in list_grid_assignments(secretary, town["one"])] == [
        (yesterday, "调离")
    ]
    assert get_coverage(secretary, yesterday).covered == 1
    assert get_coverage(secretary).covered == 0


def test_the_proposal_covers_every_grid_and_says_why(secretary: Actor, town: dict[str, int]) -> None:
    proposals = propose_assignments(secretary)
    assert {found.grid.id for found in proposals} == {town["one"], town["two"], town["three"]}
    assert all(found.member and found.pairing.reasons for found in proposals)
    assert next(found.member.name for found in proposals if found.grid.id == town["three"] and found.member) == "吴远"
    assert get_coverage(secretary).covered == 0, "a proposal writes nothing"
    assert confirm_proposals(secretary, proposals, "k2") == 3
    assert confirm_proposals(secretary, proposals, "k2") == 0
    assert get_coverage(secretary).covered == 3


def test_a_leader_neither_assigns_nor_sees_other_grids(secretary: Actor, town: dict[str, int]) -> None:
    leader = make_user(Role.GRID_LEADER, area=town["one"])
    with pytest.raises(PermissionDenied):
        assign_member(leader, form(town["near"], town["one"]))
    assign_member(secretary, form(town["near"], town["two"]))
    assert list_grid_assignments(leader, town["two"]) == []
    assert [grid.id for grid in get_coverage(leader).grids] == [town["one"]]


def test_a_secretary_cannot_assign_in_another_community(secretary: Actor, town: dict[str, int]) -> None:
    other = make_area("他社区", level="community", parent=town["street"])
    grid = make_area("他格", parent=other)
    with pytest.raises(PermissionDenied):
        assign_member(secretary, form(town["near"], grid))


def test_a_member_sees_the_own_assignments(secretary: Actor, town: dict[str, int]) -> None:
    assign_member(secretary, form(town["near"], town["one"]))
    member = make_user(Role.PARTY_MEMBER, person=town["near"])
    assert [row.area for row in list_own_assignments(member)] == ["一格"]
    assert get_coverage(member).total == 0
