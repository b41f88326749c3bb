"""Organisations: tree of every profile, moves, links, 应建必建率, on both databases (features A1, A8)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from config.profiles import PROFILE_KEYS, load_profile
from db.models import Organisation
from db.session import Database, reading
from domain.areas import AreaCycle
from domain.assignments import AreaNotValidThen
from domain.clock import local_date, utc_now
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.organisations import AlreadyLinked, InvalidValidity, OrganisationInUse, TierNotBelow, UnknownTier
from domain.permissions import EVERYWHERE, Actor, Role
from domain.texts import EmptyText, TextTooLong
from services.organisations.changes import (
    OrganisationForm,
    add_organisation,
    close_organisation,
    end_link,
    link_area,
    move_organisation,
    rename_organisation,
)
from services.organisations.tree import get_organisation_card, organisation_coverage, organisation_tree, tier_order
from services.people.posts import PostForm, hold_post, list_posts_of
from tests.factories import make_area, make_person, make_user, use_profile
from tests.statements import recorded

TODAY = local_date(utc_now())
SINCE = date(2022, 1, 1)


@pytest.fixture
def chief(db: Database) -> Actor:
    return make_user(Role.COMMAND_CENTRE)


@pytest.fixture
def areas(db: Database) -> dict[str, int]:
    street = make_area("街道", level="street", code="S")
    found = {"S": street}
    for community in ("A", "B"):
        found[community] = make_area(f"{community}社区", level="community", parent=street, code=community)
        for number in (1, 2):
            code = f"{community}{number}"
            found[code] = make_area(f"{code}格", parent=found[community], code=code)
    return found


@pytest.fixture
def tree(chief: Actor, areas: dict[str, int]) -> dict[str, int]:
    """党工委 over two branches; branch A has groups for both grids, branch B for its first only."""
    add = adder(chief)
    top = add("街道党工委", "street_committee", None, "S")
    found = {"top": top}
    for code in ("A", "B"):
        found[code] = add(f"{code}支部", "community_branch", top, code)
    for code in ("A1", "A2", "B1"):
        found[code] = add(f"{code}小组", "grid_group", found[code[0]], code)
    return found


def adder(actor: Actor) -> Callable[[str, str, int | None, str], int]:
    def add(name: str, tier: str, parent: int | None, area: str = "") -> int:
        return add_organisation(actor, OrganisationForm(name, tier, parent, area, SINCE))

    return add


def version_of(actor: Actor, organisation: int) -> int:
    node = organisation_tree(actor).find(organisation)
    assert node is not None
    return node.version


@pytest.mark.parametrize("key", PROFILE_KEYS)
def test_each_profile_has_its_own_tiers_when_a_chain_is_set_up(db: Database, key: str) -> None:
    use_profile(key)
    chief = make_user(Role.COMMAND_CENTRE)
    order = tier_order(load_profile(key))
    assert 3 <= len(order) <= 5
    parent: int | None = None
    for tier in order:
        parent = add_organisation(chief, OrganisationForm(f"{tier} 组织", tier, parent, "", SINCE))
    assert [(node.tier, node.depth) for node in organisation_tree(chief).nodes] == [
        (tier, depth) for depth, tier in enumerate(order)
    ]
    with pytest.raises(UnknownTier):
        add_organisation(chief, OrganisationForm("党员", "member", parent, "", SINCE))


def test_counts_stand_in_the_tree_when_members_and_posts_exist(chief: Actor, tree: dict[str, int]) -> None:
    for organisation in (tree["A"], tree["A1"], tree["A1"], tree["B1"]):
        make_person("张安", is_party_member=True, organisation_id=organisation)
    make_person("李民", is_party_member=False, organisation_id=tree["A1"])
    person = make_person("王立", is_party_member=True, organisation_id=tree["A2"])
    hold_post(chief, PostForm(person, "mediator", SINCE, organisation_id=tree["A2"]))
    with recorded() as statements:
        found = organisation_tree(chief)
    statements.most(6)
    a, top = found.find(tree["A"]), found.find(tree["top"])
    assert a is not None
    assert top is not None
    assert (a.members, a.members_below, a.parts, a.areas) == (1, 4, 2, 1)
    assert (top.members_below, top.parts) == (5, 2)
    assert [node.name for node in found.nodes][:3] == ["街道党工委", "A支部", "A1小组"]
    assert [node.id for node in found.above(found.find(tree["A1"]))] == [tree["top"], tree["A"]]  # type: ignore[arg-type]
    assert [node.name for node in found.search("b1")] == ["B1小组"]
    card = get_organisation_card(chief, tree["A"])
    assert card.member_total == 4
    assert [link.area for link in card.links] == ["A社区"]


def test_descendants_come_along_when_an_organisation_moves(chief: Actor, tree: dict[str, int]) -> None:
    other = add_organisation(chief, OrganisationForm("第二党工委", "street_committee", None, "", SINCE))
    move_organisation(chief, tree["A"], version_of(chief, tree["A"]), other)
    with reading(EVERYWHERE) as session:
        paths = {row.id: row.path for row in session.query(Organisation)}
    assert paths[tree["A"]] == f"/{other}/{tree['A']}/"
    assert paths[tree["A1"]] == f"/{other}/{tree['A']}/{tree['A1']}/"
    assert paths[tree["B1"]] == f"/{tree['top']}/{tree['B']}/{tree['B1']}/"
    found = organisation_tree(chief)
    assert [node.name for node in found.parts_of(other)] == ["A支部"]
    assert [node.depth for node in found.nodes if node.id == tree["A2"]] == [2]


def test_refused_when_a_move_makes_a_circle_or_turns_the_tiers(chief: Actor, tree: dict[str, int]) -> None:
    for target in (tree["A"], tree["A1"]):
        with pytest.raises(AreaCycle):
            move_organisation(chief, tree["A"], version_of(chief, tree["A"]), target)
    with pytest.raises(TierNotBelow):
        move_organisation(chief, tree["A"], version_of(chief, tree["A"]), tree["B1"])
    with pytest.raises(NotFound):
        move_organisation(chief, tree["A"], version_of(chief, tree["A"]), 9999)
    assert [node.id for node in organisation_tree(chief).parts_of(tree["top"])] == [tree["A"], tree["B"]]


def test_the_second_is_told_when_two_rename(chief: Actor, tree: dict[str, int]) -> None:
    version = version_of(chief, tree["A"])
    rename_organisation(chief, tree["A"], version, "  望江 支部 ")
    with pytest.raises(StaleRecord):
        rename_organisation(chief, tree["A"], version, "别的名")
    node = organisation_tree(chief).find(tree["A"])
    assert node is not None
    assert node.name == "望江 支部"
    for name, refusal in ((" ", EmptyText), ("长" * 121, TextTooLong)):
        with pytest.raises(refusal):
            rename_organisation(chief, tree["A"], node.version, name)


def test_one_organisation_when_the_form_is_sent_twice(chief: Actor, areas: dict[str, int]) -> None:
    form = OrganisationForm("党工委", "street_committee", None, "S", SINCE, form_key="k1")
    assert add_organisation(chief, form) == add_organisation(chief, form)
    assert len(organisation_tree(chief).nodes) == 1


def test_a_link_has_a_beginning_and_an_end(chief: Actor, tree: dict[str, int]) -> None:
    with pytest.raises(AlreadyLinked):
        link_area(chief, tree["A1"], "A1", TODAY)
    with pytest.raises(AreaNotValidThen):
        link_area(chief, tree["A1"], "B2", date(1999, 1, 1))
    with pytest.raises(NotFound):
        link_area(chief, tree["A1"], "NONE", TODAY)
    link = link_area(chief, tree["A1"], "B2", TODAY - timedelta(days=10))
    with pytest.raises(InvalidValidity):
        end_link(chief, link, TODAY - timedelta(days=10))
    end_link(chief, link, TODAY)
    with pytest.raises(StaleRecord):
        end_link(chief, link, TODAY)
    link_area(chief, tree["A1"], "B2", TODAY)
    assert [(row.area, row.valid_to) for row in get_organisation_card(chief, tree["A1"]).links] == [
        ("A1格", None),
        ("B2格", None),
        ("B2格", TODAY),
    ]


def test_coverage_names_numerator_denominator_and_what_is_missing(
    chief: Actor, tree: dict[str, int], areas: dict[str, int]
) -> None:
    with recorded() as statements:
        found = organisation_coverage(chief)
    statements.most(4)
    assert [(level.level, level.covered, level.total) for level in found] == [
        ("street", 1, 1), ("community", 2, 2), ("grid", 3, 4),
    ]  # fmt: skip
    assert [(area.code, area.parent) for area in found[2].missing] == [("B2", "B社区")]
    # An organisation of another tier that looks after the grid is not one of the grid's own.
    link_area(chief, tree["B"], "B2", TODAY)
    assert organisation_coverage(chief)[2].covered == 3
    add_organisation(chief, OrganisationForm("B2小组", "grid_group", tree["B"], "B2", TODAY))
    assert organisation_coverage(chief)[2].missing == []


def test_a_link_that_has_ended_does_not_cover(chief: Actor, tree: dict[str, int]) -> None:
    [link] = get_organisation_card(chief, tree["A1"]).links
    end_link(chief, link.id, TODAY)
    assert [area.code for area in organisation_coverage(chief)[2].missing] == ["A1", "B2"]


def test_closing_ends_links_and_posts_and_is_refused_when_in_use(chief: Actor, tree: dict[str, int]) -> None:
    with pytest.raises(OrganisationInUse):
        close_organisation(chief, tree["A"], version_of(chief, tree["A"]), TODAY)
    member = make_person("王立", is_party_member=True, organisation_id=tree["A1"])
    with pytest.raises(OrganisationInUse):
        close_organisation(chief, tree["A1"], version_of(chief, tree["A1"]), TODAY)
    hold_post(chief, PostForm(member, "mediator", SINCE, organisation_id=tree["A2"]))
    close_organisation(chief, tree["A2"], version_of(chief, tree["A2"]), TODAY)
    assert organisation_tree(chief).find(tree["A2"]) is None
    assert [area.code for area in organisation_coverage(chief)[2].missing] == ["A2", "B2"]
    assert [post.until for post in list_posts_of(chief, member)] == [TODAY]


def test_a_secretary_works_in_the_own_branch_alone(chief: Actor, tree: dict[str, int], areas: dict[str, int]) -> None:
    secretary = make_user(Role.COMMUNITY_SECRETARY, area=areas["A"])
    seen = organisation_tree(secretary)
    assert [(node.name, node.in_scope) for node in seen.nodes] == [
        ("街道党工委", False), ("A支部", True), ("A1小组", True), ("A2小组", True),
    ]  # fmt: skip
    assert [(level.level, level.total) for level in organisation_coverage(secretary)] == [("community", 1), ("grid", 2)]
    rename_organisation(secretary, tree["A1"], version_of(chief, tree["A1"]), "新名小组")
    for refused in (
        lambda: get_organisation_card(secretary, tree["B1"]),
        lambda: rename_organisation(secretary, tree["B1"], 2, "别的"),
        lambda: move_organisation(secretary, tree["A1"], version_of(chief, tree["A1"]), tree["B"]),
        lambda: move_organisation(secretary, tree["A"], version_of(chief, tree["A"]), None),
        lambda: link_area(secretary, tree["A1"], "B2", TODAY),
        lambda: adder(secretary)("新组织", "grid_group", tree["B"]),
    ):
        with pytest.raises(PermissionDenied):
            refused()


def test_others_are_refused_when_they_change_or_look(chief: Actor, tree: dict[str, int], areas: dict[str, int]) -> None:
    leader = make_user(Role.GRID_LEADER, area=areas["A1"])
    assert [node.name for node in organisation_tree(leader).nodes if node.in_scope] == ["A1小组"]
    with pytest.raises(PermissionDenied):
        rename_organisation(leader, tree["A1"], 1, "新名")
    for role in (Role.VISITOR, Role.VOLUNTEER, Role.PARTY_MEMBER, Role.DEPARTMENT):
        with pytest.raises(PermissionDenied):
            organisation_tree(make_user(role))
        with pytest.raises(PermissionDenied):
            organisation_coverage(make_user(role))
