"""Periods of indicators: month, quarter, year or from day to day; and what they are compared with (J3)."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from domain.errors import Refusal

PeriodKind = Literal["month", "quarter", "year", "custom"]
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
MOST_DAYS = 3660
FIRST_YEAR, LAST_YEAR = 1949, 2999  # of the days that a form means; beyond them clocks and calendars end


class InvalidPeriod(Refusal):
    """The last day lies before the first, or the two are more than ten years apart."""

    code = "invalid_period"


@dataclass(frozen=True)
class Period:
    """Shanghai days from ``first`` to ``last``, both inclusive."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not timedelta() <= self.last - self.first < timedelta(MOST_DAYS):
            raise InvalidPeriod(first=self.first.isoformat(), last=self.last.isoformat())

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


def months_after(day: date, months: int) -> date:
    """The first day of the month so many months later, earlier where negative."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def month_end(day: date) -> date:
    """The last day of the month that a day lies in."""
    return months_after(day, 1) - timedelta(days=1)


def period_around(kind: PeriodKind, day: date) -> Period:
    """The month, quarter or year that a day lies in."""
    size = _MONTHS[kind]
    first = date(day.year, (day.month - 1) // size * size + 1, 1)
    return Period(first, months_after(first, size) - timedelta(days=1))


def period_before(period: Period, today: date) -> Period | None:
    """What 环比 compares with: the month, quarter or year before, else as many days before.

    A period that is not over yet is compared with as many days of the one before. None before the calendar begins.
    """
    months = _whole_months(period)
    try:
        first = months_after(period.first, -months) if months else period.first - timedelta(days=period.days)
    except (ValueError, OverflowError):
        return None
    return _cut(Period(first, period.first - timedelta(days=1)), period, today)


def year_before(period: Period, today: date) -> Period | None:
    """What 同比 compares with: the same days a year earlier, as far as the present period has come."""
    if period.first.year <= 1:
        return None
    last = _same_day(period.last, -1)
    if _whole_months(period):  # a February ends on its own last day
        last = date(last.year, last.month, calendar.monthrange(last.year, last.month)[1])
    return _cut(Period(_same_day(period.first, -1), last), period, today)


def _cut(earlier: Period, period: Period, today: date) -> Period:
    if not period.first <= today < period.last:
        return earlier
    return Period(earlier.first, min(earlier.last, earlier.first + (today - period.first)))


def _whole_months(period: Period) -> int:
    """How many months it is, where it is a calendar month, quarter or year; else 0."""
    for kind, months in _MONTHS.items():
        if period == period_around(kind, period.first):  # type: ignore[arg-type]
            return months
    return 0


def _same_day(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes the 28th where there is none."""
    year = day.year + years
    return date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))
