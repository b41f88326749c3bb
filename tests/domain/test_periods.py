"""Periods and what they are compared with."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.periods import InvalidPeriod, Period, period_around, period_before, year_before

LATER = date(2030, 1, 1)  # the periods below are over


def test_month_quarter_and_year_around_a_day() -> None:
    assert period_around("month", date(2024, 2, 29)) == Period(date(2024, 2, 1), date(2024, 2, 29))
    assert period_around("quarter", date(2026, 12, 31)) == Period(date(2026, 10, 1), date(2026, 12, 31))
    assert period_around("year", date(2026, 3, 18)) == Period(date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("period", "before", "a_year_ago"),
    [
        (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28"), ("2025-03-01", "2025-03-31")),
        (("2026-01-01", "2026-03-31"), ("2025-10-01", "2025-12-31"), ("2025-01-01", "2025-03-31")),
        (("2026-01-01", "2026-12-31"), ("2025-01-01", "2025-12-31"), ("2025-01-01", "2025-12-31")),
        (("2025-02-01", "2025-02-28"), ("2025-01-01", "2025-01-31"), ("2024-02-01", "2024-02-29")),
        (("2024-02-29", "2024-02-29"), ("2024-02-28", "2024-02-28"), ("2023-02-28", "2023-02-28")),
        (("2026-03-03", "2026-03-09"), ("2026-02-24", "2026-03-02"), ("2025-03-03", "2025-03-09")),
    ],
)
def test_what_a_period_is_compared_with(period: tuple, before: tuple, a_year_ago: tuple) -> None:  # type: ignore[type-arg]
    first, earlier, last_year = (Period(*map(date.fromisoformat, days)) for days in (period, before, a_year_ago))
    assert (period_before(first, LATER), year_before(first, LATER)) == (earlier, last_year)


def test_a_running_period_is_compared_with_as_many_days() -> None:
    march, today = period_around("month", date(2026, 3, 30)), date(2026, 3, 30)
    assert period_before(march, today) == Period(date(2026, 2, 1), date(2026, 2, 28))
    assert period_before(march, date(2026, 3, 5)) == Period(date(2026, 2, 1), date(2026, 2, 5))
    assert year_before(march, date(2026, 3, 5)) == Period(date(2025, 3, 1), date(2025, 3, 5))


@given(st.dates(), st.integers(0, 3000), st.dates())
def test_no_day_breaks_the_comparison(first: date, days: int, today: date) -> None:
    if (date.max - first).days < days:
        return
    period = Period(first, first + timedelta(days))
    for earlier in (period_before(period, today), year_before(period, today)):
        assert earlier is None or earlier.first < period.first


@pytest.mark.parametrize(("first", "last"), [("2026-03-02", "2026-03-01"), ("2000-01-01", "2026-01-01")])
def test_backwards_or_endless_is_refused(first: str, last: str) -> None:
    with pytest.raises(InvalidPeriod):
        Period(date.fromisoformat(first), date.fromisoformat(last))
