"""Activities that repeat, every so many weeks or months until a day; the parts of a day in a timetable (feature F3)."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum

from domain.errors import Refusal
from domain.periods import FIRST_YEAR, LAST_YEAR

PARTS = ("morning", "afternoon", "evening")
LONGEST_DAYS = 366  # from the first day to the last: a year, so that a timetable is looked at again


class RepeatUnit(StrEnum):
    """What a repeat counts in."""

    WEEK = "week"
    MONTH = "month"


class InvalidRepeat(Refusal):
    """A repeat that ends before it begins, runs for more than a year, or counts in no number of weeks or months."""

    code = "invalid_repeat"


@dataclass(frozen=True)
class Repeat:
    """Every ``every`` weeks or months, the last on ``until`` or before."""

    unit: RepeatUnit
    every: int
    until: date


def days_of(first: date, repeat: Repeat) -> list[date]:
    """The days of a repeat, the first included. A month without that day (the 31st) is left out, as in RFC 5545.

    Raises InvalidRepeat.
    """
    if not FIRST_YEAR <= first.year <= LAST_YEAR:  # one more year would be none
        raise InvalidRepeat()
    if not 1 <= repeat.every <= 52 or not first <= repeat.until <= first + timedelta(days=LONGEST_DAYS):
        raise InvalidRepeat()
    if repeat.unit is RepeatUnit.WEEK:
        count = (repeat.until - first).days // (7 * repeat.every)
        return [first + timedelta(weeks=repeat.every * number) for number in range(count + 1)]
    found = (_months_after(first, repeat.every * number) for number in range(13))
    return [day for day in found if day is not None and day <= repeat.until]


def part_of_day(clock: time) -> str:
    """In which of PARTS something begins: the afternoon begins at 12:00, the evening at 18:00."""
    return PARTS[(clock.hour >= 12) + (clock.hour >= 18)]


def _months_after(first: date, months: int) -> date | None:
    number = first.year * 12 + first.month - 1 + months
    try:
        return first.replace(year=number // 12, month=number % 12 + 1)
    except ValueError:
        return None
