"""The staffing rule in force."""

import pytest

from domain.areas import StaffingRule
from domain.staffing import MOST_HOUSEHOLDS_OF_RULE, InvalidStaffingRule, StaffingRules, checked_rule


def test_a_level_has_its_rule_and_a_dedicated_area_none() -> None:
    rules = StaffingRules({"grid": StaffingRule(300, 500)})
    assert rules.rule_of("grid", "comprehensive") == StaffingRule(300, 500)
    assert rules.rule_of("grid", "dedicated") is None
    assert rules.rule_of("street", "comprehensive") is None


def test_other_rules_take_the_place_of_their_level_alone() -> None:
    rules = StaffingRules({"grid": StaffingRule(300, 500), "micro_grid": StaffingRule(50, 80)})
    other = rules.replaced({"grid": StaffingRule(350, 600)})
    assert list(other.by_level.items()) == [("grid", StaffingRule(350, 600)), ("micro_grid", StaffingRule(50, 80))]
    assert rules.rule_of("grid", "comprehensive") == StaffingRule(300, 500)


@pytest.mark.parametrize(
    ("least", "most"),
    [(None, 500), (300, None), (0, 500), (-1, 5), (500, 300), (300, 300), (1, MOST_HOUSEHOLDS_OF_RULE + 1)],
)
def test_bounds_are_refused_when_they_are_none(least: int | None, most: int | None) -> None:
    with pytest.raises(InvalidStaffingRule):
        checked_rule(least, most)


def test_bounds_at_the_ends_are_taken() -> None:
    assert checked_rule(1, MOST_HOUSEHOLDS_OF_RULE) == StaffingRule(1, MOST_HOUSEHOLDS_OF_RULE)
