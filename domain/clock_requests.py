"""Requests about a case's clock: an extension (延期) and an exemption from the indicator (超期免责) (features C4, C5).

An extension moves the deadline and is asked for before it ends. An exemption leaves the overdue seconds as they are.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from domain.errors import Refusal

# Times the limit itself: nobody waits ten times as long by a slip of the pen.
LONGEST = 10
APPROVALS = 2


class RequestKind(StrEnum):
    """What is asked for."""

    EXTENSION = "extension"
    EXEMPTION = "exemption"


class RequestState(StrEnum):
    """What became of it."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ExtensionTooLate(Refusal):
    """The deadline has passed: an extension is asked for before."""

    code = "extension_too_late"


class ExtensionOutOfRange(Refusal):
    """Nothing, less than nothing, or more than ten times the limit. Values: most."""

    code = "extension_out_of_range"


class NoClock(Refusal):
    """The case has no deadline that could be extended: it was set by hand, or its clock stands or has ended."""

    code = "no_clock"


class NotOverdue(Refusal):
    """Only a case that was answered late can be exempted."""

    code = "not_overdue"


class AlreadyAsked(Refusal):
    """The same is asked for already and nobody has decided yet."""

    code = "already_asked"


class ExemptedBefore(Refusal):
    """An exemption was decided on before: once a case."""

    code = "exempted_before"


class RequestSettled(Refusal):
    """It was decided on already."""

    code = "request_settled"


class AskerMayNotDecide(Refusal):
    """Who asks, and whose case it is, does not decide."""

    code = "asker_may_not_decide"


class ApprovedBefore(Refusal):
    """The two approvals come from two persons."""

    code = "approved_before"


def refuse_late_extension(due_at: datetime | None, now: datetime) -> None:
    """Raises NoClock where nothing is due, ExtensionTooLate from the deadline on."""
    if due_at is None:
        raise NoClock()
    if now >= due_at:
        raise ExtensionTooLate()


def refuse_length(amount: float, limit: float) -> None:
    """Raises ExtensionOutOfRange."""
    most = LONGEST * limit
    if not 0 < amount <= most:
        raise ExtensionOutOfRange(most=f"{most:g}")


def refuse_decider(accounts: Collection[int], asked_by: int | None, handlers: Collection[int]) -> None:
    """Raises AskerMayNotDecide for the asker and for whoever handles or handled the case.

    ``accounts``: every account of the person who decides.
    """
    if asked_by in accounts or any(account in handlers for account in accounts):
        raise AskerMayNotDecide()


def state_after(approvals: Collection[int], accounts: Collection[int]) -> RequestState:
    """What an exemption is after one more approval, by a person with these ``accounts``. Raises ApprovedBefore for
    the same person twice.
    """
    if any(account in approvals for account in accounts):
        raise ApprovedBefore()
    return RequestState.GRANTED if len(approvals) + 1 >= APPROVALS else RequestState.WAITING
