"""Rules of organisations and posts: tiers, validity, links, posts held."""

from datetime import date, timedelta

import pytest

from config.posts import POST_TRAITS, member_posts, posts_of_tier
from config.profiles import PROFILE_KEYS, load_profile
from domain.organisations import (
    AlreadyHeld,
    AlreadyLinked,
    HeldPost,
    InvalidValidity,
    OnePostOnly,
    TierNotBelow,
    UnknownTier,
    Validity,
    check_link,
    check_post,
    check_tier,
)

DAY = date(2026, 3, 18)
ORDER = ("committee", "branch", "group")


@pytest.mark.parametrize(
    ("tier", "parent"), [("committee", None), ("group", None), ("branch", "committee"), ("group", "committee")]
)
def test_a_tier_fits_when_it_stands_below(tier: str, parent: str | None) -> None:
    check_tier(tier, parent, ORDER)


@pytest.mark.parametrize(
    ("tier", "parent", "refusal"),
    [
        ("branch", "branch", TierNotBelow),
        ("branch", "group", TierNotBelow),
        ("member", None, UnknownTier),
        ("group", "gone", UnknownTier),
    ],
)
def test_a_tier_is_refused_when_it_does_not(tier: str, parent: str | None, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        check_tier(tier, parent, ORDER)


def test_the_last_day_is_outside_when_a_validity_ends() -> None:
    two_days = Validity(DAY, DAY + timedelta(days=2))
    assert [two_days.holds(DAY + timedelta(days=n)) for n in (-1, 0, 1, 2)] == [False, True, True, False]
    assert not two_days.overlaps(Validity(DAY + timedelta(days=2)))
    assert two_days.overlaps(Validity(DAY + timedelta(days=1)))
    assert Validity(DAY).overlaps(Validity(DAY + timedelta(days=900)))
    with pytest.raises(InvalidValidity):
        Validity(DAY, DAY)


def test_a_second_link_is_refused_when_the_days_overlap() -> None:
    check_link(Validity(DAY), [Validity(date(2020, 1, 1), DAY)])
    with pytest.raises(AlreadyLinked):
        check_link(Validity(DAY), [Validity(date(2020, 1, 1))])


def test_posts_add_up_when_the_profile_allows_several() -> None:
    held = [HeldPost("secretary", 1, None, Validity(date(2020, 1, 1)))]
    other = HeldPost("committee_member", 2, None, Validity(DAY))
    check_post(other, held, several_posts=True)
    check_post(HeldPost("secretary", 2, None, Validity(DAY)), held, several_posts=True)
    with pytest.raises(OnePostOnly):
        check_post(other, held, several_posts=False)
    with pytest.raises(AlreadyHeld):
        check_post(HeldPost("secretary", 1, None, Validity(DAY)), held, several_posts=True)
    check_post(other, [HeldPost("secretary", 1, None, Validity(date(2020, 1, 1), DAY))], several_posts=False)


@pytest.mark.parametrize("key", PROFILE_KEYS)
def test_posts_are_for_grids_or_for_a_tier_that_exists(key: str) -> None:
    profile = load_profile(key)
    tiers = {tier.key for tier in profile.tiers}
    assert member_posts(profile)
    of_tiers = [post for tier in tiers for post in posts_of_tier(profile, tier)]
    assert sorted([*member_posts(profile), *of_tiers], key=profile.posts.index) == list(profile.posts)


def test_every_post_and_skill_that_is_told_of_exists() -> None:
    posts = {post.key for key in PROFILE_KEYS for post in load_profile(key).posts}
    assert POST_TRAITS.keys() <= posts
    for key in PROFILE_KEYS:
        known = {skill.key for skill in load_profile(key).skills}
        assert all(traits.skills <= known for traits in POST_TRAITS.values())
