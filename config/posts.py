"""What a post asks for and where it is held, by the key of a profile's post. All of it is an example (示例).

Decision 0080 says why this stands beside the profiles.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from config.profile_parts import Post
from config.profiles import Profile


@dataclass(frozen=True)
class PostTraits:
    """Skills of the profile that help in a post, and the tier whose organisations have it; None: it is for grids."""

    skills: frozenset[str] = frozenset()
    tier: str | None = None


NO_TRAITS = PostTraits()
POST_TRAITS: Mapping[str, PostTraits] = {
    "mediator": PostTraits(frozenset({"mediation", "law"})),
    "contact": PostTraits(frozenset({"mediation"})),
    "policy_speaker": PostTraits(frozenset({"teaching", "law"})),
    "covenant_speaker": PostTraits(frozenset({"teaching", "law"})),
    "helper": PostTraits(frozenset({"electrics", "medicine"})),
    "helping_band": PostTraits(frozenset({"electrics", "medicine"})),
    "safety_volunteer": PostTraits(frozenset({"electrics"})),
    "building_backbone": PostTraits(frozenset({"music", "teaching"})),
    "supervisor": PostTraits(frozenset({"law"})),
    "general_branch_secretary": PostTraits(tier="general_branch"),
    "general_branch_member": PostTraits(tier="general_branch"),
    "branch_secretary": PostTraits(tier="branch"),
}


def traits_of(post: str) -> PostTraits:
    """What is known of a post; nothing for most."""
    return POST_TRAITS.get(post, NO_TRAITS)


def member_posts(profile: Profile) -> tuple[Post, ...]:
    """The profile's posts in which a member can look after a grid: all but those that an organisation has."""
    return tuple(post for post in profile.posts if traits_of(post.key).tier is None)


def posts_of_tier(profile: Profile, tier: str) -> tuple[Post, ...]:
    """The profile's posts that organisations of a tier have."""
    return tuple(post for post in profile.posts if traits_of(post.key).tier == tier)
