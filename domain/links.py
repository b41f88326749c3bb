"""Cases that report the same thing (feature C7): which are suggested, and what may not be linked.

A link leads from a case to its main. Links never chain: the main of a main is the main.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import Refusal
from domain.incidents import IncidentAction

# What may still be said about a linked case itself; everything else is done to its main.
STEPS_OF_LINKED = frozenset({IncidentAction.ADD_NOTE, IncidentAction.EVALUATE})


class LinkToItself(Refusal):
    """A case cannot be its own main."""

    code = "link_to_itself"


class LinkInCircle(Refusal):
    """The chosen case is linked to this one already. Values: number."""

    code = "link_in_circle"


class HasAnotherMain(Refusal):
    """It has another main: that link is undone first. Values: number."""

    code = "has_another_main"


class LinkOfEnded(Refusal):
    """One of the two is closed or voided. Values: number."""

    code = "link_of_ended"


class MainEndsLater(Refusal):
    """The time of the chosen main ends after that of this case, which would no longer show as late. Values: number."""

    code = "main_ends_later"


class NotLinked(Refusal):
    """It has no main."""

    code = "not_linked"


class CaseIsLinked(Refusal):
    """The steps of a linked case are done to its main. Values: number."""

    code = "case_is_linked"


@dataclass(frozen=True)
class Sighting:
    """What two reports are compared by. ``category`` is a key of the profile."""

    category: str
    reported_at: datetime


def ends_later(main_due: datetime | None, due: datetime | None) -> bool:
    """Whether a case that is due at ``due`` would wait longer under this main; None: it has no deadline."""
    return due is not None and (main_due is None or main_due > due)


def looks_the_same(one: Sighting, other: Sighting, metres: float | None, *, most: float, days: int) -> bool:
    """Whether two reports are suggested as one: same class, at most so many metres and days apart.

    ``metres`` None = one of them has no point, and nothing is suggested.
    """
    apart = abs(one.reported_at - other.reported_at)
    return metres is not None and metres <= most and one.category == other.category and apart <= timedelta(days=days)
