"""Grids that change: split, merged, redrawn from a day on (feature A4). What may be, and how records follow.

The old areas end on the day before, the new ones begin on the day. What is finished keeps the area that it lay in;
what is open goes to the new area at its place. Nothing is lost: kept + moved + to decide is what there was.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.areas import (
    AreaCodeNotGiven,
    CodeScheme,
    InvalidAreaCode,
    UnknownAreaLevel,
    UnknownParentArea,
    check_code,
    next_code,
)
from domain.errors import Refusal

MOST_DAYS_AHEAD = 366  # nobody decides on grids for later than that


class ChangeKind(StrEnum):
    """What is done to areas from a day on."""

    SPLIT = "split"
    MERGE = "merge"
    REDRAW = "redraw"


class CarriedSubject(StrEnum):
    """Records that go along to the new areas and are listed for somebody to confirm."""

    ASSIGNMENT = "assignment"
    POST = "post"
    ORGANISATION = "organisation"
    STATION = "station"
    PERSON = "person"
    VOLUNTEER = "volunteer"
    ACCOUNT = "account"
    PLEDGE = "pledge"
    PLOT = "plot"
    ROTA = "rota"
    NEED = "need"


class WrongNumberOfAreas(Refusal):
    """A split takes one area and makes two or more; a merger takes two or more; a redraw keeps their number.

    Values: kind, areas, parts.
    """

    code = "wrong_number_of_areas"


class NotSideBySide(Refusal):
    """Areas that are merged or redrawn together have one level and one parent. Values: names."""

    code = "not_side_by_side"


class AreaHasEnded(Refusal):
    """The area ended already: another change replaced it. Values: area, ended."""

    code = "area_has_ended"


class ChangeBeforeBegin(Refusal):
    """An area cannot end on or before its first day. Values: area, day, since."""

    code = "change_before_begin"


class ChangeAhead(Refusal):
    """A change is planned for at most MOST_DAYS_AHEAD days ahead. Values: day, last."""

    code = "change_ahead"


class ChangeNotDue(Refusal):
    """The day has not come: a change is planned for it, and not made. Values: day."""

    code = "change_not_due"


class ChangeDue(Refusal):
    """The day has come: a change is made, and not planned. Values: day."""

    code = "change_due"


class ChangePlannedAlready(Refusal):
    """Another change of the area, of one above it or within it is planned and waits. Values: area, day."""

    code = "change_planned_already"


class HeirNeededAhead(Refusal):
    """A split that is planned ahead says where goes what will have no place: nobody can be asked on the day."""

    code = "heir_needed_ahead"


class PlannedChangeOver(Refusal):
    """The planned change waits no more: it was made, or cancelled."""

    code = "planned_change_over"


class ChangeBroke(Refusal):
    """The program failed in the middle of a planned change; nothing was written, and the log holds the trace."""

    code = "change_broke"


class ChangeContradicted(Refusal):
    """Something was finished in the area after the day on which it is to have ended. Values: day, closed, attended,
    ended, visited.
    """

    code = "change_contradicted"


class HouseholdsDoNotAddUp(Refusal):
    """The parts hold more or fewer households together than the areas they replace. Values: before, after."""

    code = "households_do_not_add_up"


class NewCodeNeeded(Refusal):
    """Codes of this level are not ours to make: the new area's must be given. Values: name."""

    code = "new_code_needed"


class NewCodeTaken(Refusal):
    """An area has or had this code. Values: area_code."""

    code = "new_code_taken"


class SuccessorNeeded(Refusal):
    """Records without a place lie in the area, and nobody said to which part they go. Values: count."""

    code = "successor_needed"


class CarriedAlready(Refusal):
    """What went along was confirmed already."""

    code = "carried_already"


def check_number(kind: ChangeKind, areas: int, parts: int) -> None:
    """Refuse (WrongNumberOfAreas) what is no split, merger or redraw."""
    fits = {
        ChangeKind.SPLIT: areas == 1 and parts >= 2,
        ChangeKind.MERGE: areas >= 2 and parts == 1,
        ChangeKind.REDRAW: areas >= 2 and parts == areas,
    }
    if not fits[kind]:
        raise WrongNumberOfAreas(kind=kind.value, areas=areas, parts=parts)


def check_day(day: date, today: date, begins: Mapping[str, date]) -> None:
    """Refuse a day too far ahead (ChangeAhead), or on which an area had not been there yet (ChangeBeforeBegin).

    ``begins``: name of each area that ends → its first day. An area that ended on its first day never was.
    """
    last = today + timedelta(days=MOST_DAYS_AHEAD)
    if day > last:
        raise ChangeAhead(day=day.isoformat(), last=last.isoformat())
    for name, since in begins.items():
        if day <= since:
            raise ChangeBeforeBegin(area=name, day=day.isoformat(), since=since.isoformat())


@dataclass(frozen=True)
class Finished:
    """What was finished in the areas on or after a day: cases closed, activities attended, terms of office ended, and
    visits made.
    """

    closed: int = 0
    attended: int = 0
    ended: int = 0
    visited: int = 0

    def __bool__(self) -> bool:
        return bool(self.closed or self.attended or self.ended or self.visited)


def check_finished(day: date, today: date, since: Finished) -> None:
    """Refuse (ChangeContradicted) a past day after which something was finished in an area that had ended by then.

    Today is never refused: what was finished in its morning stays in the old area.
    """
    if day < today and since:
        raise ChangeContradicted(
            day=day.isoformat(), closed=since.closed, attended=since.attended, ended=since.ended, visited=since.visited
        )  # fmt: skip


def shares(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers with the sum ``total``, as the weights have it; the largest remainders are rounded up.

    Without any weight all get the same. 10 by (1, 1, 1) → 4, 3, 3.
    """
    weighed = list(weights) if sum(weights) > 0 else [1.0] * len(weights)
    whole = sum(weighed)
    exact = [total * weight / whole for weight in weighed]
    found = [int(number) for number in exact]
    order = sorted(range(len(exact)), key=lambda place: (found[place] - exact[place], place))
    for place in order[: total - sum(found)]:
        found[place] += 1
    return found


def check_households(before: int, after: Collection[int]) -> None:
    """Refuse (HouseholdsDoNotAddUp) parts that together hold another number."""
    if sum(after) != before:
        raise HouseholdsDoNotAddUp(before=before, after=sum(after))


def code_under(
    parent: tuple[str, str], level: str, taken: Collection[str], scheme: CodeScheme, name: str, given: str = ""
) -> str:
    """The code of a new area: the one given if it fits and was never used, else the next of the scheme.

    ``parent``: (code, level); ``taken``: every code of any time. A parent that does not follow the scheme, free codes
    and the state's are not continued: NewCodeNeeded. Raises NewCodeTaken, and what check_code and next_code raise.
    """
    if given:
        if given in taken:
            raise NewCodeTaken(area_code=given)
        return check_code(given, scheme, level, parent)
    try:
        return next_code(parent, level, _fitting(taken, scheme, level), scheme)
    except (AreaCodeNotGiven, UnknownParentArea, UnknownAreaLevel) as error:
        raise NewCodeNeeded(name=name) from error


def keeps_code(code: str, level: str, parent: tuple[str, str], scheme: CodeScheme) -> bool:
    """Whether a part of a changed area keeps its code under the new parent ``(code, level)``.

    So it is with free codes, and with those of another numbering than the scheme's, which say nothing of a parent.
    """
    try:
        check_code(code, scheme, level, parent)
    except UnknownParentArea:
        return False
    except (InvalidAreaCode, UnknownAreaLevel):
        return True
    return True


def _fitting(taken: Iterable[str], scheme: CodeScheme, level: str) -> list[str]:
    return [code for code in taken if len(code) == scheme.length(level) and code.isdigit()] if not scheme.free else []


@dataclass(frozen=True)
class Count:
    """What becomes of the records of one kind: they stay, go to the area at their place, or somebody must say."""

    kept: int = 0
    moved: int = 0
    to_decide: int = 0

    @property
    def total(self) -> int:
        """How many there were, and will be."""
        return self.kept + self.moved + self.to_decide
