"""轮值: rotas generated fairly, the state of a duty, swaps (feature D6). Pure: days in, duties out."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.errors import Refusal
from domain.periods import FIRST_YEAR, LAST_YEAR

MOST_SLOTS = 120
MOST_SEATS = 10


class RotaStep(StrEnum):
    """How long one slot of a rota is."""

    DAY = "day"
    WEEK = "week"


class DutyState(StrEnum):
    """Where a duty stands on a day; ``duty_state`` says how it is computed."""

    DONE = "done"
    MISSED = "missed"
    NOW = "now"
    COMING = "coming"
    OPEN = "open"


class SwapAnswer(StrEnum):
    """What who was asked said."""

    ACCEPTED = "accepted"
    DECLINED = "declined"


class RotaWithoutMembers(Refusal):
    """A rota of nobody."""

    code = "rota_without_members"


class InvalidRota(Refusal):
    """The last day before the first, more than 120 slots, a year of no calendar, or no or over ten people a slot."""

    code = "invalid_rota"


class TwiceOnOneSlot(Refusal):
    """The person has a duty in this slot already."""

    code = "twice_on_one_slot"


class AwayThen(Refusal):
    """The person is away in this slot."""

    code = "away_then"


class NotOnRota(Refusal):
    """The two duties are of different rotas, or nobody has one of them."""

    code = "not_on_rota"


class AbsentNotOnRota(Refusal):
    """An absence of somebody who is not put on the rota."""

    code = "absent_not_on_rota"


class DutyOver(Refusal):
    """The duty's last day has passed, or it is done: it stays as it is."""

    code = "duty_over"


class DutyNotNow(Refusal):
    """A duty is done on one of its own days."""

    code = "duty_not_now"


class DutyElsewhere(Refusal):
    """The place lies outside the area of the rota."""

    code = "duty_elsewhere"


class SwapOver(Refusal):
    """The swap was answered already, or the duties have changed hands since it was asked."""

    code = "swap_over"


class NotYourDuty(Refusal):
    """Only who has the duty, or who was asked, may do this."""

    code = "not_your_duty"


@dataclass(frozen=True)
class Slot:
    """Shanghai days of one duty, both inclusive."""

    first: date
    last: date


@dataclass(frozen=True)
class Absence:
    """Days on which somebody is away, both inclusive."""

    first: date
    last: date

    def meets(self, slot: Slot) -> bool:
        """Whether one of the slot's days is among them."""
        return self.first <= slot.last and slot.first <= self.last


Absences = Mapping[int, Collection[Absence]]


def slots_between(first: date, last: date, step: RotaStep) -> list[Slot]:
    """The days, or the weeks (the last one cut at ``last``), from the first to the last day. Raises InvalidRota."""
    length = 7 if step is RotaStep.WEEK else 1
    days = (last - first).days + 1
    known = first.year >= FIRST_YEAR and last.year <= LAST_YEAR
    if days < 1 or -(-days // length) > MOST_SLOTS or not known:
        raise InvalidRota()
    starts = [first + timedelta(days=number) for number in range(0, days, length)]
    return [Slot(start, min(last, start + timedelta(days=length - 1))) for start in starts]


def is_away(absences: Absences, member: int, slot: Slot) -> bool:
    """Whether a member is away on one of a slot's days."""
    return any(absence.meets(slot) for absence in absences.get(member, ()))


def make_duties(
    members: Sequence[int],
    slots: Sequence[Slot],
    seats: int,
    absences: Absences,
    loads: Mapping[int, int] | None = None,
) -> list[list[int]]:
    """Who does each slot: up to ``seats`` of ``members``, fewer where too few are there.

    Nobody stands twice in one slot or in one in which they are away, and the loads (``loads``: duties that members
    bring along) are as equal as the absences allow: no chain of exchanges makes them more equal, which for loads on a
    bipartite graph means that nothing does (Harvey et al., Semi-matchings for bipartite graphs, 2006).
    Raises RotaWithoutMembers, InvalidRota.
    """
    order = list(dict.fromkeys(members))
    if not order:
        raise RotaWithoutMembers()
    if not 1 <= seats <= MOST_SEATS:
        raise InvalidRota()
    there = [[member for member in order if not is_away(absences, member, slot)] for slot in slots]
    load = {member: (loads or {}).get(member, 0) for member in order}
    latest = dict.fromkeys(order, -1)
    duties: list[list[int]] = []
    for number, free in enumerate(there):
        chosen = sorted(free, key=lambda one: (load[one], latest[one], order.index(one)))[:seats]
        for member in chosen:
            load[member] += 1
            latest[member] = number
        duties.append(chosen)
    while _make_fairer(duties, there, load):
        pass
    return duties


def _make_fairer(duties: list[list[int]], there: list[list[int]], load: dict[int, int]) -> bool:
    """Hand duties along the shortest chain from somebody to somebody with at least two fewer; False where none is."""
    for start in sorted(load, key=lambda one: -load[one]):
        came: dict[int, tuple[int, int]] = {}
        waiting, seen = deque([start]), {start}
        while waiting:
            giver = waiting.popleft()
            for taker, slot in _takers(giver, duties, there):
                if taker in seen:
                    continue
                seen.add(taker)
                came[taker] = (giver, slot)
                if load[taker] <= load[start] - 2:
                    _hand_along(taker, start, came, duties, load)
                    return True
                waiting.append(taker)
    return False


def _takers(giver: int, duties: list[list[int]], there: list[list[int]]) -> Iterable[tuple[int, int]]:
    for slot, on_duty in enumerate(duties):
        if giver in on_duty:
            yield from ((one, slot) for one in there[slot] if one not in on_duty)


def _hand_along(
    taker: int, start: int, came: Mapping[int, tuple[int, int]], duties: list[list[int]], load: dict[int, int]
) -> None:
    load[taker] += 1
    load[start] -= 1
    while taker != start:
        giver, slot = came[taker]
        duties[slot][duties[slot].index(giver)] = taker
        taker = giver


def loads_of(duties: Iterable[Collection[int]]) -> dict[int, int]:
    """Member → number of duties."""
    found: dict[int, int] = defaultdict(int)
    for slot in duties:
        for member in slot:
            found[member] += 1
    return dict(found)


def duty_state(slot: Slot, today: date, *, taken: bool, done: bool) -> DutyState:
    """Done once confirmed; open while nobody has it and its days have not passed; missed once they have."""
    if done:
        return DutyState.DONE
    if today > slot.last:
        return DutyState.MISSED
    if not taken:
        return DutyState.OPEN
    return DutyState.NOW if slot.first <= today else DutyState.COMING
