"""Who had a case in hand, read off its timeline: they may not check it, nor decide on it (features C3, C5, C10)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from domain.incidents import IncidentAction, Part

_A = IncidentAction
# Steps of somebody who handles; whoever was given the case handled it as well, whatever they did then.
HANDLING = frozenset({_A.TAKE_OVER, _A.REPORT_IN, _A.FEED_BACK, _A.HAND_DOWN})
# Who did one of these hears of a reopening.
CONCERNED = HANDLING | {_A.VERIFY, _A.CLOSE}


@dataclass(frozen=True)
class Done:
    """An entry of a timeline as to parts: by whom, what, and into whose hands it put the case (None: it did not)."""

    user_id: int | None
    action: str
    given_to: int | None


def handlers_in(entries: Iterable[Done]) -> set[int]:
    """Users who took a case over, were given it (also when they handed it on at once), or answered."""
    found: set[int | None] = set()
    for entry in entries:
        found |= {entry.given_to} | ({entry.user_id} if entry.action in HANDLING else set())
    return {user_id for user_id in found if user_id is not None}


def parts_played(entries: Collection[Done], accounts: Collection[int], handler_id: int | None) -> frozenset[Part]:
    """The parts of a person with these accounts in a case with these entries; ``handler_id``: in whose hands it is."""
    handled = handler_id in accounts or any(account in accounts for account in handlers_in(entries))
    checked = any(entry.action == _A.CHECK and entry.user_id in accounts for entry in entries)
    return frozenset(({Part.HANDLER} if handled else set()) | ({Part.CHECKER} if checked else set()))
