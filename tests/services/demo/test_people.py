"""Organisations, posts and assignments of the demo towns: what the pages of these have to find (A5, A8, D1, D2)."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from db.session import Database
from domain.permissions import Actor, Role
from services.organisations.tree import organisation_coverage, organisation_tree
from services.people.assignments import get_coverage, get_grid_card
from services.people.posts import count_post_holders
from services.people.register import PeopleFilter, PersonView, find_people
from services.system.installations import current_profile
from tests.built_towns import TownShelf, in_use

NOW = datetime(2026, 3, 18, 6, 32, tzinfo=UTC)
CHIEF = Actor(1, "command", "顾岚", Role.COMMAND_CENTRE)


@pytest.fixture(scope="module", params=["linfeng", "lanshan"])
def town(
    request: pytest.FixtureRequest, built_towns: TownShelf, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    file = tmp_path_factory.mktemp("town") / "town.db"
    built_towns.copy(request.param, NOW, file)
    target = Database(f"sqlite:///{file}")
    with in_use(target):
        yield request.param
    target.dispose()


def test_posts_add_up(town: str) -> None:
    count, by_post = count_post_holders(CHIEF, NOW)
    members = find_people(CHIEF, PeopleFilter(members=True), now=NOW).total
    leaders = by_post["grid_leader"]
    assert sum(by_post.values()) == count.posts
    if town == "linfeng":  # 68 members in five posts, one each
        assert members == 68
        assert {post.key for post in current_profile().posts} <= by_post.keys()
        assert (count.posts, count.several) == (68 + leaders, 0)
    else:  # the secretary of a branch sits on the committee of the general branch (N2)
        assert by_post["branch_secretary"] == by_post["general_branch_member"] == 6
        assert count.people == members + leaders
        assert count.posts == count.people + 18
        assert count.several == 12


def test_members_look_after_grids_in_a_post_they_hold(town: str) -> None:
    held = {person.name: {post.post for post in person.posts} for person in _members()}
    grids = [get_grid_card(CHIEF, grid.id, NOW) for grid in get_coverage(CHIEF, NOW.date()).grids]
    views = [view for card in grids for view in card.present]
    assert views
    assert [view for view in views if view.post not in held[view.person]] == []


def _members() -> list[PersonView]:
    first = find_people(CHIEF, PeopleFilter(members=True), now=NOW)
    pages = [find_people(CHIEF, PeopleFilter(members=True), page, NOW) for page in range(1, first.pages + 1)]
    return [person for page in pages for person in page.people]


def test_there_is_something_to_find(town: str) -> None:
    coverage = get_coverage(CHIEF, NOW.date())
    assert 0 < len(coverage.missing) < coverage.total / 4
    *upper, finest = organisation_coverage(CHIEF, NOW)
    assert all(not level.missing for level in upper)
    assert 0 < len(finest.missing) < finest.total / 10


def test_every_organisation_hangs_under_a_higher_tier(town: str) -> None:
    tree = organisation_tree(CHIEF, NOW)
    order = [tier.key for tier in current_profile().tiers]
    above = [(node, tree.find(node.parent_id)) for node in tree.nodes if node.parent_id]
    assert all(parent and order.index(parent.tier) < order.index(node.tier) for node, parent in above)
    assert len(tree.parts_of(None)) == 1
