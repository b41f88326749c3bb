"""The tree of party organisations and who holds which post: rules (features A1, A5, A8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from domain.errors import Refusal


class UnknownTier(Refusal):
    """The profile has no organisations of this tier. Values: tier."""

    code = "unknown_tier"


class TierNotBelow(Refusal):
    """An organisation lies under one of a higher tier. Values: tier, parent (names of tiers)."""

    code = "tier_not_below"


class InvalidValidity(Refusal):
    """It would end before it began, or on the very day. Values: valid_from, valid_to."""

    code = "invalid_validity"


class AlreadyLinked(Refusal):
    """The organisation looks after this area on some of the days already."""

    code = "already_linked"


class AlreadyHeld(Refusal):
    """The person holds this very post there on some of the days already."""

    code = "already_held"


class OnePostOnly(Refusal):
    """The profile gives a person one post at a time, and this one has another. Values: post."""

    code = "one_post_only"


class OrganisationInUse(Refusal):
    """An organisation with others under it or with members cannot be closed. Values: parts, members."""

    code = "organisation_in_use"


@dataclass(frozen=True)
class Validity:
    """From ``since`` until ``until``, which is the first day without it; None = still."""

    since: date
    until: date | None = None

    def __post_init__(self) -> None:
        if self.until is not None and self.until <= self.since:
            raise InvalidValidity(valid_from=self.since.isoformat(), valid_to=self.until.isoformat())

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.since <= day and (self.until is None or day < self.until)

    def overlaps(self, other: "Validity") -> bool:
        """Whether the two share a day."""
        return (other.until is None or self.since < other.until) and (self.until is None or other.since < self.until)


def check_tier(tier: str, parent_tier: str | None, order: Sequence[str]) -> None:
    """Refuse a tier that is not in ``order`` (from the top), or that does not stand below its parent's."""
    if tier not in order or (parent_tier is not None and parent_tier not in order):
        raise UnknownTier(tier=tier if tier not in order else parent_tier)
    if parent_tier is not None and order.index(parent_tier) >= order.index(tier):
        raise TierNotBelow(tier=tier, parent=parent_tier)


def check_link(new: Validity, existing: Iterable[Validity]) -> None:
    """Refuse (AlreadyLinked) an organisation's second link to one area on the same days."""
    if any(new.overlaps(held) for held in existing):
        raise AlreadyLinked()


@dataclass(frozen=True)
class HeldPost:
    """A post as somebody holds it: which, of which organisation or area, when."""

    post: str
    organisation: int | None
    area: int | None
    validity: Validity


def check_post(new: HeldPost, existing: Iterable[HeldPost], *, several_posts: bool) -> None:
    """Refuse a post that the same person holds there already, or any second one where the profile gives only one."""
    for held in existing:
        if not held.validity.overlaps(new.validity):
            continue
        if (held.post, held.organisation, held.area) == (new.post, new.organisation, new.area):
            raise AlreadyHeld()
        if not several_posts:
            raise OnePostOnly(post=held.post)
