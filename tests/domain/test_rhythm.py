"""The steps of the ladder, and months."""

from datetime import date

from domain.periods import months_after
from domain.rhythm import Deeds, LadderRule, LadderStep, month_of, steps_of

RULE = LadderRule(hobby_times=2, served_hours=6, governing_times=3)


def test_steps_are_met_each_by_its_own_definition() -> None:
    assert steps_of(Deeds(), RULE) == frozenset()
    assert steps_of(Deeds(1, 359, 2), RULE) == frozenset()
    assert steps_of(Deeds(2, 0, 0), RULE) == {LadderStep.INTEREST}
    assert steps_of(Deeds(0, 360, 0), RULE) == {LadderStep.SERVICE}
    assert steps_of(Deeds(0, 0, 3), RULE) == {LadderStep.GOVERNANCE}
    assert steps_of(Deeds(9, 999, 9), RULE) == set(LadderStep)


def test_months_go_over_the_turn_of_the_year() -> None:
    assert month_of(date(2026, 12, 31)) == (date(2026, 12, 1), date(2027, 1, 1))
    assert months_after(date(2026, 1, 15), -1) == date(2025, 12, 1)
    assert months_after(date(2026, 1, 15), 12) == date(2027, 1, 1)
