"""亮诺—践诺—评诺: what became of a pledge, computed from its evidence and never typed (feature D3, decision 0180).

A pledge names a measure (amount and unit) and a date. Its evidence are days with quantities; the status follows from
both, the day asked for, and the days of grace that the profile allows after the date.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.errors import Refusal
from domain.periods import FIRST_YEAR, LAST_YEAR
from domain.pledge_services import Service
from domain.whistles import InvalidRating

LONGEST_DAYS = 3660  # of a pledge: ten years, as of a period
SLIPS_A_DAY = 50  # that one person enters for a pledge: an assembly's, not a night's
ENOUGH_RATINGS = 5  # fewer say nothing of a pledge, as in call-backs (C10)
MOST_AMOUNT = 100_000
STARS = range(1, 6)


class PledgeStatus(StrEnum):
    """Where a pledge stands on a day; ``pledge_status`` says how it is computed."""

    OPEN = "open"
    ON_THE_WAY = "on_the_way"
    KEPT = "kept"
    LATE = "late"
    BROKEN = "broken"


class PledgeUnit(StrEnum):
    """What the amount of a pledge counts."""

    TIMES = "times"
    CASES = "cases"
    HOURS = "hours"
    HOUSEHOLDS = "households"
    PEOPLE = "people"
    SQUARE_METRES = "square_metres"
    ITEMS = "items"


class EvidenceKind(StrEnum):
    """What kind of record fulfils a pledge. The loaders of records stand in db/queries/service_records.py."""

    INCIDENT = "incident"
    ACTIVITY = "activity"
    VISIT = "visit"
    PLOT_CHECK = "plot_check"
    MEDIATION = "mediation"
    TASK = "task"


# Noted by hand, without a record of the program: they count once a second person has confirmed them.
BY_HAND = frozenset({EvidenceKind.MEDIATION, EvidenceKind.TASK})
# Amounts of these units may be parts of one.
DIVISIBLE = frozenset({PledgeUnit.HOURS, PledgeUnit.SQUARE_METRES})


class EvidenceState(StrEnum):
    """Whether a piece of evidence counts."""

    COUNTED = "counted"
    REPEATED = "repeated"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    """What the secretary says of a pledge (评诺). It stands beside the status and does not change it."""

    KEPT = "kept"
    NOT_KEPT = "not_kept"


class PledgeWithoutMeasure(Refusal):
    """A pledge needs an amount above nothing and a unit of the list: else nobody could tell whether it is kept."""

    code = "pledge_without_measure"


class InvalidPledgeDates(Refusal):
    """A pledge whose date lies before the day it was made, or over ten years after it. Values: starts_on, due_on."""

    code = "invalid_pledge_dates"


class PledgeOver(Refusal):
    """The date has passed or the pledge was judged: its words and measure stay as they are."""

    code = "pledge_over"


class PledgeRunning(Refusal):
    """A pledge is judged once it is kept or its date has passed. Values: due_on."""

    code = "pledge_running"


class PledgeJudged(Refusal):
    """The secretary has judged the pledge: no more evidence is taken."""

    code = "pledge_judged"


class TooManySlips(Refusal):
    """Somebody entered so many slips for one pledge on a day that the next is somebody else's. Values: most."""

    code = "too_many_slips"


class OwnPledge(Refusal):
    """Nobody confirms, rates or judges what is one's own."""

    code = "own_pledge"


class PostNotHeld(Refusal):
    """A pledge is made in a post that the person holds on that day."""

    code = "post_not_held"


class RecordCounted(Refusal):
    """The record counts for a pledge of this person already: it counts for one pledge only, and once."""

    code = "record_counted"


class NotTheirRecord(Refusal):
    """The record is not this person's, or is not finished."""

    code = "not_their_record"


class UnitNotOfRecord(Refusal):
    """The record does not say how much it is in the unit of the pledge."""

    code = "unit_not_of_record"


class InvalidQuantity(Refusal):
    """A quantity is above nothing, whole where its unit cannot be parted, and not above what the record says.

    Values: most.
    """

    code = "invalid_quantity"


class EvidenceOutsidePledge(Refusal):
    """The service happened before the pledge was made, after its days of grace, or has not happened yet."""

    code = "evidence_outside_pledge"


class EvidenceNotWaiting(Refusal):
    """The evidence needs no second person any more: it was confirmed or withdrawn."""

    code = "evidence_not_waiting"


class EvidenceWithdrawn(Refusal):
    """The evidence was withdrawn already."""

    code = "evidence_withdrawn"


@dataclass(frozen=True)
class Measure:
    """How much of what until which Shanghai day (inclusive), promised on ``starts_on``.

    Raises PledgeWithoutMeasure, InvalidPledgeDates.
    """

    amount: float
    unit: PledgeUnit
    starts_on: date
    due_on: date

    def __post_init__(self) -> None:
        if self.unit not in set(PledgeUnit) or not is_quantity(self.amount, self.unit):
            raise PledgeWithoutMeasure()
        if self.due_on < self.starts_on:
            raise InvalidPledgeDates(starts_on=self.starts_on.isoformat(), due_on=self.due_on.isoformat())


@dataclass(frozen=True)
class Progress:
    """Where a pledge stands: ``done`` of ``amount`` that counts, ``in_time`` of it until the date.

    ``reached_on`` is the day on which the amount was reached, None where it is not.
    """

    status: PledgeStatus
    amount: float
    done: float
    in_time: float
    reached_on: date | None


def is_quantity(quantity: float, unit: PledgeUnit) -> bool:
    """Whether a quantity may stand in a unit: above 0, at most MOST_AMOUNT, whole unless the unit can be parted."""
    if not 0 < quantity <= MOST_AMOUNT:  # also refuses what is no number
        return False
    return unit in DIVISIBLE or float(quantity).is_integer()


def progress_of(measure: Measure, services: Iterable[Service], day: date, grace_days: int) -> Progress:
    """Where a pledge stands on a Shanghai day. ``services``: what counts, in any order; later days are left out.

    With d = the date and g = d + ``grace_days`` (both inclusive):
    kept — the amount was reached by d; broken — g has passed and it was not reached by g; late — d has passed and
    it is neither; on the way — d has not passed and something counts; open — nothing counts yet.
    Services after g change nothing any more.
    """
    last = measure.due_on + timedelta(days=grace_days)
    told = sorted((found for found in services if found.day <= min(day, last)), key=lambda found: found.day)
    in_time = _sum(found for found in told if found.day <= measure.due_on)
    done, reached = _sum(told), _reached_on(told, measure.amount)
    return Progress(_status(measure, day, last, done, reached), measure.amount, done, in_time, reached)


def _status(measure: Measure, day: date, last: date, done: float, reached: date | None) -> PledgeStatus:
    if reached is not None:
        return PledgeStatus.KEPT if reached <= measure.due_on else PledgeStatus.LATE
    if day > last:
        return PledgeStatus.BROKEN
    if day > measure.due_on:
        return PledgeStatus.LATE
    return PledgeStatus.ON_THE_WAY if done else PledgeStatus.OPEN


def _sum(services: Iterable[Service]) -> float:
    return round(sum(found.quantity for found in services), 2)


def _reached_on(services: list[Service], amount: float) -> date | None:
    total = 0.0
    for found in services:
        total = round(total + found.quantity, 2)
        if total >= amount:
            return found.day
    return None


# Their day has come, or they are kept before it: what the share of kept pledges is counted over.
SETTLED = frozenset({PledgeStatus.KEPT, PledgeStatus.LATE, PledgeStatus.BROKEN})


def is_unfinished(progress: Progress) -> bool:
    """Late, and its amount is still not reached: somebody has to do something."""
    return progress.status is PledgeStatus.LATE and progress.reached_on is None


def evidence_state(kind: EvidenceKind, *, confirmed: bool, withdrawn: bool, is_repeated: bool = False) -> EvidenceState:
    """Whether evidence counts: not once withdrawn, not a place's second of a day; by hand only once confirmed."""
    if withdrawn:
        return EvidenceState.WITHDRAWN
    if is_repeated:
        return EvidenceState.REPEATED
    return EvidenceState.WAITING if kind in BY_HAND and not confirmed else EvidenceState.COUNTED


def check_quantity(quantity: float, unit: PledgeUnit, most: float | None = None) -> None:
    """Refuse (InvalidQuantity) what is no quantity of the unit, or more than the record says (``most``)."""
    if not is_quantity(quantity, unit) or (most is not None and quantity > most):
        raise InvalidQuantity(most=f"{MOST_AMOUNT if most is None else most:g}")


def check_day(measure: Measure, happened_on: date, today: date, grace_days: int) -> None:
    """Refuse (EvidenceOutsidePledge) a service before the pledge, after its days of grace, or after today."""
    last = min(today, measure.due_on + timedelta(days=grace_days))
    if not measure.starts_on <= happened_on <= last:
        raise EvidenceOutsidePledge()


def check_judging(progress: Progress, due_on: date, today: date) -> None:
    """Refuse (PledgeRunning) a verdict on a pledge that is neither kept nor past its date."""
    if progress.status is not PledgeStatus.KEPT and today <= due_on:
        raise PledgeRunning(due_on=due_on.isoformat())


def check_dates(measure: Measure) -> None:
    """Refuse (InvalidPledgeDates) a new pledge that runs for longer than ten years, or in no year of a calendar."""
    known = measure.starts_on.year >= FIRST_YEAR and measure.due_on.year <= LAST_YEAR
    if not known or (measure.due_on - measure.starts_on).days > LONGEST_DAYS:
        raise InvalidPledgeDates(starts_on=measure.starts_on.isoformat(), due_on=measure.due_on.isoformat())


def check_slips(entered: int) -> None:
    """Refuse (TooManySlips) one more slip by somebody who entered so many for the pledge today."""
    if entered >= SLIPS_A_DAY:
        raise TooManySlips(most=SLIPS_A_DAY)


def check_stars(stars: int) -> None:
    """Refuse (InvalidRating) what is no rating."""
    if stars not in STARS:
        raise InvalidRating()


def mean_rating(count: int, total: int) -> float | None:
    """The mean of ``count`` ratings that sum to ``total``; None below ENOUGH_RATINGS (样本不足)."""
    return total / count if count >= ENOUGH_RATINGS else None
