"""The admission list: which work departments may hand to grids, and until when (feature A7).

A department may not give grid staff work that is not on the list; a temporary item is approved by somebody and ends.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.errors import Refusal

MOST_HOURS = 744  # of the longest month


class WorkItemKind(StrEnum):
    """The eight kinds of service that a grid gives."""

    PUBLICITY = "publicity"
    INFORMATION = "information"
    DISPUTES = "disputes"
    HAZARDS = "hazards"
    SERVICE = "service"
    ERRANDS = "errands"
    EMERGENCIES = "emergencies"
    OTHER = "other"


class WorkItemState(StrEnum):
    """Where an item stands on a day."""

    PLANNED = "planned"
    IN_FORCE = "in_force"
    EXPIRED = "expired"


class WorkNotAdmitted(Refusal):
    """A department may not hand this to a grid: it is not on the list today. Values: department, category."""

    code = "work_not_admitted"


class TemporaryItemNeedsEnd(Refusal):
    """A temporary item says until when it holds."""

    code = "temporary_item_needs_end"


class ApprovalRequired(Refusal):
    """A temporary item says who approved it."""

    code = "approval_required"


class WorkHoursOutOfRange(Refusal):
    """Not a number of hours that a month has. Values: most."""

    code = "work_hours_out_of_range"


class DepartmentAmbiguous(Refusal):
    """Several accounts bear the name: nobody could say whose item it is. Values: name, count."""

    code = "department_ambiguous"


class EndBeforeBeginning(Refusal):
    """An item does not end before it begins."""

    code = "end_before_beginning"


@dataclass(frozen=True)
class Term:
    """From which day to which an item holds, both included; ``last`` None = until it is ended."""

    first: date
    last: date | None = None

    def state_on(self, day: date) -> WorkItemState:
        """Where it stands on a day."""
        if day < self.first:
            return WorkItemState.PLANNED
        return WorkItemState.EXPIRED if self.last is not None and day > self.last else WorkItemState.IN_FORCE


def check_item(term: Term, *, temporary: bool, approved_by: str) -> None:
    """Refuse an item that cannot be. Raises TemporaryItemNeedsEnd, ApprovalRequired, EndBeforeBeginning."""
    if temporary and term.last is None:
        raise TemporaryItemNeedsEnd()
    if temporary and not approved_by:
        raise ApprovalRequired()
    if term.last is not None and term.last < term.first:
        raise EndBeforeBeginning()


def check_hours(hours: float) -> None:
    """Refuse (WorkHoursOutOfRange) hours a month below none, above all, or no number at all."""
    if not 0 <= hours <= MOST_HOURS:  # false for NaN as well
        raise WorkHoursOutOfRange(most=MOST_HOURS)


@dataclass(frozen=True)
class Admitted:
    """What an item lets a department hand on: a class of incidents, or all classes of a family."""

    department_id: int | None
    covers: str
    term: Term

    def admits(self, department_id: int, keys: Collection[str], day: date) -> bool:
        """Whether the department's account may hand on a case of the class and family ``keys`` on a day."""
        return (
            self.department_id == department_id
            and self.covers in keys
            and self.term.state_on(day) is WorkItemState.IN_FORCE
        )  # fmt: skip
