"""党员包联: overlaps, dates, history, coverage, proposal, on both databases."""

from datetime import date, timedelta

import pytest

from db.session import Database
from domain.assignments import AreaNotValidThen, AssignmentOverlap, InvalidAssignmentDates
from domain.clock import local_date, utc_now
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.permissions import Actor, Role
from domain.texts import EmptyText
from services.people.assignments import (
    AssignmentForm,
    NotAGrid,
    NotAPartyMember,
    assign_member,
    end_assignment,
    get_coverage,
    get_grid_card,
    list_own_assignments,
)
from services.people.posts import PostForm, hold_post
from services.people.proposals import confirm_proposals, list_candidates, propose_assignments
from services.people.register import PeopleFilter, find_people
from services.system.installations import current_profile
from tests.factories import make_area, make_person, make_user, use_profile
from tests.statements import recorded

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
    assert [row.person for row in get_grid_card(secretary, town["one"]).assignments] == ["周安"]


def test_one_assignment_when_the_form_is_sent_twice(secretary: Actor, town: dict[str, int]) -> None:
    first = assign_member(secretary, form(town["near"], town["one"], key="k1"))
    assert assign_member(secretary, form(town["near"], town["one"], key="k1")) == first
    assert len(get_grid_card(secretary, town["one"]).assignments) == 1


def test_refused_when_dates_overlap_and_allowed_after_the_end(secretary: Actor, town: dict[str, int]) -> None:
    assign_member(secretary, form(town["near"], town["one"], TODAY, TODAY + timedelta(days=10)))
    with pytest.raises(AssignmentOverlap):
        assign_member(secretary, form(town["near"], town["one"], TODAY + timedelta(days=10)))
    assign_member(secretary, form(town["near"], town["one"], TODAY + timedelta(days=11)))
    assert len(get_grid_card(secretary, town["one"]).assignments) == 2


def test_several_at_once_where_the_profile_allows_it(secretary: Actor, town: dict[str, int]) -> None:
    def again(area: str, post: str) -> AssignmentForm:
        return AssignmentForm(town["near"], town[area], post, TODAY)

    assign_member(secretary, again("one", "core_member"))
    assert current_profile().several_grids.value
    assign_member(secretary, again("two", "core_member"))
    assert not current_profile().several_posts.value
    with pytest.raises(AssignmentOverlap):
        assign_member(secretary, again("one", "patrol_volunteer"))
    use_profile("lanshan")
    assert current_profile().several_posts.value
    assign_member(secretary, again("one", "mediator"))
    assert [row.post for row in get_grid_card(secretary, town["one"]).assignments] == ["mediator", "core_member"]


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
    assert [(row.ends_on, row.end_reason) for row in get_grid_card(secretary, town["one"]).assignments] == [
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
    with pytest.raises(NotFound):
        get_grid_card(leader, town["two"])
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


def test_the_card_of_a_grid_has_leader_staffing_and_history(secretary: Actor, town: dict[str, int]) -> None:
    leader = make_person("陆禾", area=town["one"], phone="13800001234")
    hold_post(secretary, PostForm(leader, "grid_leader", TODAY, area=code_of(secretary, town["one"])))
    past = assign_member(secretary, form(town["far"], town["one"], TODAY - timedelta(days=30)))
    end_assignment(secretary, past, 1, TODAY - timedelta(days=1), "调离")
    assign_member(secretary, form(town["near"], town["one"], TODAY + timedelta(days=3)))
    with recorded() as statements:
        card = get_grid_card(secretary, town["one"])
    statements.most(5)
    assert card.leader is not None
    assert (card.leader.name, card.leader.phone) == ("陆禾", "138****1234")
    assert (card.grid.members, card.grid.parent, card.staffing.verdict) == (0, "南寨社区", "fits")
    assert [(row.person, row.status) for row in card.present] == [("周安", "planned")]
    assert [(row.person, row.end_reason) for row in card.past] == [("吴远", "调离")]
    for other in (town["community"], 9999):
        with pytest.raises(NotFound):
            get_grid_card(secretary, other)


def code_of(actor: Actor, area: int) -> str:
    return next(grid.code for grid in get_coverage(actor).grids if grid.id == area)


def test_phones_of_members_are_masked(secretary: Actor, town: dict[str, int]) -> None:
    member = make_person("岑立", area=town["one"], is_party_member=True, phone="13912345678")
    assign_member(secretary, form(member, town["one"]))
    assert [row.phone for row in get_grid_card(secretary, town["one"]).assignments] == ["139****5678"]


def test_the_members_without_a_grid_are_counted_and_listed(secretary: Actor, town: dict[str, int]) -> None:
    def found(actor: Actor) -> tuple[int, int, int, list[str]]:
        coverage = get_coverage(actor)
        listed = [person.name for person in find_people(actor, PeopleFilter(unassigned=True)).people]
        assert len(listed) == coverage.unassigned
        return coverage.people, coverage.members, coverage.unassigned, listed

    assert found(secretary) == (0, 2, 2, ["吴远", "周安"])  # who is no member is not asked
    assign_member(secretary, form(town["near"], town["one"]))
    assign_member(secretary, form(town["near"], town["two"]))
    assign_member(secretary, form(town["far"], town["one"], TODAY + timedelta(days=1)))
    assert found(secretary) == (1, 2, 1, ["吴远"]), "one with two counts once, one of tomorrow not yet"
    elsewhere = make_area("他社区", level="community", parent=town["street"])
    other = make_user(Role.COMMUNITY_SECRETARY, area=elsewhere)
    assert found(other) == (0, 0, 0, [])
    chief, guest = make_user(Role.COMMAND_CENTRE), make_person("他员", area=elsewhere, is_party_member=True)
    assert found(other)[1:] == (1, 1, ["他员"])
    assign_member(chief, form(guest, town["three"]))
    assert found(other) == (0, 1, 0, []), "a grid elsewhere is a grid"
    assert found(secretary)[:2] == (2, 3), "who looks after a grid here is seen here"


def test_coverage_is_told_by_community(town: dict[str, int]) -> None:
    chief = make_user(Role.COMMAND_CENTRE)
    other = make_area("提庄社区", level="community", parent=town["street"])
    make_area("他格", parent=other)
    for grid in ("one", "two"):
        assign_member(chief, form(town["near"], town[grid]))
    with recorded() as statements:
        coverage = get_coverage(chief)
    statements.most(2)
    assert (coverage.covered, coverage.total, coverage.people) == (2, 4, 1)
    assert [(part.name, part.covered, part.total) for part in coverage.parts] == [
        ("南寨社区", 2, 3),
        ("提庄社区", 0, 1),
    ]


def test_candidates_are_near_and_little_loaded_first(secretary: Actor, town: dict[str, int]) -> None:
    grids = {grid.id: grid for grid in get_coverage(secretary).grids}
    found = list_candidates(secretary, grids[town["three"]])
    assert [candidate.member.name for candidate in found] == ["吴远", "周安"]
    assert [round(candidate.metres or 0, -1) for candidate in found] == [0, 730]
    assign_member(secretary, form(town["far"], town["one"]))
    assert [candidate.member.name for candidate in list_candidates(secretary, grids[town["three"]])] == ["周安", "吴远"]
    assert [candidate.member.name for candidate in list_candidates(secretary, grids[town["one"]])] == ["周安"]
    assert [candidate.member.name for candidate in list_candidates(secretary, grids[town["one"]], "zhouan")] == ["周安"]
    with pytest.raises(PermissionDenied):
        list_candidates(make_user(Role.GRID_LEADER, area=town["one"]), grids[town["one"]])


def test_a_members_grids_elsewhere_count_as_load_and_as_overlap(secretary: Actor, town: dict[str, int]) -> None:
    chief = make_user(Role.COMMAND_CENTRE)
    other = make_area("他社区", level="community", parent=town["street"])
    foreign = make_area("他格", parent=other)
    assign_member(chief, form(town["near"], foreign))
    grid = get_coverage(secretary).grids[0]
    assert {candidate.member.name: candidate.member.grids for candidate in list_candidates(secretary, grid)} == {
        "周安": 1,
        "吴远": 0,
    }


def test_a_post_of_an_organisation_is_none_for_a_grid(secretary: Actor, town: dict[str, int]) -> None:
    use_profile("lanshan")
    with pytest.raises(NotFound):
        assign_member(secretary, AssignmentForm(town["near"], town["one"], "general_branch_secretary", TODAY))
    assert {found.post for found in propose_assignments(secretary)} <= {"assigned_member", "mediator"}


def test_skills_decide_the_proposed_post(secretary: Actor, town: dict[str, int]) -> None:
    jurist = make_person("郑法", area=town["two"], is_party_member=True, skills="law,mediation")
    found = {proposal.grid.id: proposal for proposal in propose_assignments(secretary)}
    assert found[town["two"]].member is not None
    assert found[town["two"]].member.id == jurist
    assert found[town["two"]].post == "mediator"


def test_all_or_none_when_one_proposal_cannot_be_kept(secretary: Actor, town: dict[str, int]) -> None:
    proposals = propose_assignments(secretary)
    for proposal in proposals[-1:]:
        assert proposal.member is not None
        # Planned from tomorrow: the grid is still bare today, and the proposed days overlap.
        assign_member(secretary, form(proposal.member.id, proposal.grid.id, TODAY + timedelta(days=1)))
    with pytest.raises(AssignmentOverlap):
        confirm_proposals(secretary, proposals, "k3")
    assert get_coverage(secretary).covered == 0


def test_coverage_by_kind_of_grid_adds_up(sqlite_db: Database) -> None:
    street = make_area("青棠街道", level="street")
    first, _, _ = (make_area(f"{n}格", parent=street, kind=kind) for n, kind in enumerate(
        ("comprehensive", "comprehensive", "dedicated")))  # fmt: skip
    member = make_person("周安", area=street, is_party_member=True)
    assign_member(make_user(), AssignmentForm(member, first, "core_member", date(2026, 3, 1)))
    coverage = get_coverage(make_user(), date(2026, 3, 18))
    assert [(part.name, part.covered, part.total) for part in coverage.kinds] == [
        ("comprehensive", 1, 2), ("dedicated", 0, 1),
    ]  # fmt: skip
    assert sum(part.total for part in coverage.kinds) == coverage.total
