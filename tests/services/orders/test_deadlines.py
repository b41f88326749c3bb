from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.calendar import calendar_for
from config.profiles import load_profile
from domain.clocks import ClockKind, Limit, due_at
from services.orders.deadlines import due_many

CALENDAR = calendar_for(load_profile("licun"))
moments = st.datetimes(datetime(2003, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    st.lists(moments, min_size=1, max_size=8),
    st.sampled_from(ClockKind),
    st.floats(0.1, 60).map(lambda amount: round(amount, 1)),
)
@settings(max_examples=150)
def test_many_are_the_same_as_one_by_one(starts: list[datetime], clock: ClockKind, amount: float) -> None:
    starts = [moment.replace(microsecond=0) for moment in starts]
    limit = Limit(amount, clock)
    assert due_many(starts, limit, CALENDAR) == [due_at(start, limit, CALENDAR) for start in starts]


@pytest.mark.parametrize("clock", ClockKind)
def test_edges_of_stretches(clock: ClockKind) -> None:
    day = datetime(2024, 9, 27, 16, tzinfo=UTC)  # before National Day, with its working Sunday
    starts = [day + timedelta(minutes=30 * half) for half in range(48 * 14)]
    for amount in (0.5, 3.5, 4, 8, 1):
        limit = Limit(amount, clock)
        assert due_many(starts, limit, CALENDAR) == [due_at(start, limit, CALENDAR) for start in starts]


def test_none_at_all() -> None:
    assert due_many([], Limit(1, ClockKind.WORKING_DAY), CALENDAR) == []
