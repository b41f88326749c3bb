"""The days of a repeat."""

from datetime import date, timedelta

import pytest

from domain.series import InvalidRepeat, Repeat, RepeatUnit, days_of

FIRST = date(2026, 1, 31)


def test_days_by_weeks_and_months() -> None:
    assert days_of(FIRST, Repeat(RepeatUnit.WEEK, 1, date(2026, 2, 14))) == [
        FIRST, date(2026, 2, 7), date(2026, 2, 14)
    ]  # fmt: skip
    assert days_of(FIRST, Repeat(RepeatUnit.WEEK, 2, date(2026, 2, 15))) == [FIRST, date(2026, 2, 14)]
    months = days_of(FIRST, Repeat(RepeatUnit.MONTH, 1, date(2026, 6, 1)))
    assert months == [FIRST, date(2026, 3, 31), date(2026, 5, 31)]  # months without a 31st are left out
    assert days_of(date(2026, 11, 30), Repeat(RepeatUnit.MONTH, 3, date(2027, 6, 1)))[-1] == date(2027, 5, 30)
    assert days_of(FIRST, Repeat(RepeatUnit.WEEK, 1, FIRST)) == [FIRST]
    assert len(days_of(FIRST, Repeat(RepeatUnit.WEEK, 1, FIRST + timedelta(days=366)))) == 53


@pytest.mark.parametrize(
    ("every", "until"),
    [(0, date(2026, 2, 7)), (53, date(2026, 2, 7)), (1, date(2026, 1, 30)), (1, date(2027, 2, 2))],
)
def test_repeat_is_refused_when_it_is_none(every: int, until: date) -> None:
    with pytest.raises(InvalidRepeat):
        days_of(FIRST, Repeat(RepeatUnit.WEEK, every, until))


@pytest.mark.parametrize("first", [date.min, date.max, date(9999, 1, 1), date(1900, 1, 1)])
def test_a_repeat_in_a_year_of_no_calendar_is_refused(first: date) -> None:
    with pytest.raises(InvalidRepeat):
        days_of(first, Repeat(RepeatUnit.WEEK, 1, first))
