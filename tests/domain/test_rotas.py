"""Rotas: nobody twice, nobody away, loads as equal as the absences allow; states of a duty."""

from datetime import date, timedelta
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rotas import (
    Absence,
    DutyState,
    InvalidRota,
    RotaStep,
    RotaWithoutMembers,
    Slot,
    duty_state,
    is_away,
    loads_of,
    make_duties,
    slots_between,
)

DAY = date(2026, 3, 2)


def days(number: int) -> list[Slot]:
    return slots_between(DAY, DAY + timedelta(days=number - 1), RotaStep.DAY)


members = st.integers(1, 8).map(lambda n: list(range(1, n + 1)))
spans = st.builds(
    lambda start, length: Absence(DAY + timedelta(days=start), DAY + timedelta(days=start + length)),
    st.integers(0, 25), st.integers(0, 8),
)  # fmt: skip
absences = st.dictionaries(st.integers(1, 8), st.lists(spans, max_size=3), max_size=8)


@given(members, st.integers(1, 30), st.integers(1, 4), absences)
@settings(max_examples=200)
def test_nobody_twice_nobody_away_and_every_seat_that_can_be_is_taken(people, number, seats, away) -> None:  # type: ignore[no-untyped-def]
    slots = days(number)
    for slot, on_duty in zip(slots, make_duties(people, slots, seats, away), strict=True):
        there = [one for one in people if not is_away(away, one, slot)]
        assert len(on_duty) == len(set(on_duty)) == min(seats, len(there))
        assert set(on_duty) <= set(there)


@given(members, st.integers(1, 40), st.integers(1, 4))
def test_loads_differ_by_one_at_most_when_nobody_is_away(people, number, seats) -> None:  # type: ignore[no-untyped-def]
    loads = loads_of(make_duties(people, days(number), seats, {}))
    counts = [loads.get(one, 0) for one in people]
    assert max(counts) - min(counts) <= 1


@given(st.integers(1, 3).map(lambda n: list(range(1, n + 1))), st.integers(1, 4), st.integers(1, 2), absences)
def test_no_other_rota_is_fairer(people, number, seats, away) -> None:  # type: ignore[no-untyped-def]
    """Against every rota there is, of small ones: the sum of squares of the loads is the least."""
    slots = days(number)
    choices = []
    for slot in slots:
        there = [one for one in people if not is_away(away, one, slot)]
        choices.append(list(combinations(there, min(seats, len(there)))))
    best = min(sum(n * n for n in loads_of(every).values()) for every in product(*choices))
    assert sum(n * n for n in loads_of(make_duties(people, slots, seats, away)).values()) == best


def test_loads_that_members_bring_along_count() -> None:
    assert [one for [one] in make_duties([1, 2], days(3), 1, {}, {1: 3})] == [2, 2, 2]


def test_a_rota_of_nobody_is_refused() -> None:
    with pytest.raises(RotaWithoutMembers):
        make_duties([], days(3), 1, {})


@pytest.mark.parametrize("seats", [0, 11])
def test_impossible_numbers_are_refused(seats: int) -> None:
    with pytest.raises(InvalidRota):
        make_duties([1], days(1), seats, {})
    with pytest.raises(InvalidRota):
        slots_between(DAY, DAY - timedelta(days=1), RotaStep.DAY)
    with pytest.raises(InvalidRota):
        slots_between(DAY, DAY + timedelta(days=120), RotaStep.DAY)


def test_weeks_are_cut_at_the_last_day() -> None:
    assert slots_between(DAY, DAY + timedelta(days=8), RotaStep.WEEK) == [
        Slot(DAY, DAY + timedelta(days=6)), Slot(DAY + timedelta(days=7), DAY + timedelta(days=8)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("today", "taken", "done", "state"),
    [
        (-1, True, False, DutyState.COMING), (-1, False, False, DutyState.OPEN), (0, True, False, DutyState.NOW),
        (0, True, True, DutyState.DONE), (1, True, False, DutyState.MISSED), (1, False, False, DutyState.MISSED),
        (1, True, True, DutyState.DONE),
    ],
)  # fmt: skip
def test_state_of_a_duty(today: int, taken: bool, done: bool, state: DutyState) -> None:
    assert duty_state(Slot(DAY, DAY), DAY + timedelta(days=today), taken=taken, done=done) is state


@pytest.mark.parametrize("day", [date.min, date.max, date(1900, 1, 1)])
def test_a_rota_in_a_year_of_no_calendar_is_refused(day: date) -> None:
    for step in RotaStep:
        with pytest.raises(InvalidRota):
            slots_between(day, day, step)
