"""Cards of a member (feature D4): which figures there are, and what a member may agree to show to everybody."""

from collections.abc import Mapping
from enum import StrEnum

from domain.errors import Refusal


class CardFigure(StrEnum):
    """What a card may hold. Each is counted from records (services/cards/figures.py)."""

    ORGANISATION = "organisation"
    POSTS = "posts"
    GRIDS = "grids"
    HOUSEHOLDS = "households"
    PLEDGES_RUNNING = "pledges_running"
    PLEDGES_KEPT = "pledges_kept"
    ACTIVITIES = "activities"
    HOURS = "hours"
    CASES = "cases"
    VERDICTS = "verdicts"
    RATING = "rating"
    POINTS = "points"


IDENTITY, NAME = "identity", "name"
# Surname with post; the whole name; then the figures. Nothing is shown without the first.
PUBLIC_FIELDS = (IDENTITY, NAME, *(figure.value for figure in CardFigure))


class UnknownCardField(Refusal):
    """There is no such thing to agree to."""

    code = "unknown_card_field"


class ConsentUnchanged(Refusal):
    """The member has agreed, or withdrawn, already."""

    code = "consent_unchanged"


class NoConsent(Refusal):
    """A link to a card is made once its member agreed to show surname and post."""

    code = "no_consent"


class LinkRevoked(Refusal):
    """The link was revoked already."""

    code = "link_revoked"


def check_consent(field: str, given: bool, present: Mapping[str, bool]) -> None:
    """Refuse (UnknownCardField, ConsentUnchanged) a consent to nothing, or one that changes nothing.

    ``present`` = field → whether it is given now.
    """
    if field not in PUBLIC_FIELDS:
        raise UnknownCardField()
    if present.get(field, False) == given:
        raise ConsentUnchanged()


def shown_fields(present: Mapping[str, bool]) -> frozenset[str]:
    """What everybody may see: all that is given, and nothing without surname and post."""
    return frozenset(field for field in PUBLIC_FIELDS if present.get(field)) if present.get(IDENTITY) else frozenset()
