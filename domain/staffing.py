"""The staffing rule in force: the profile's bounds, or what the street put in their place (feature A6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.areas import AreaKind, StaffingRule
from domain.errors import Refusal

MOST_HOUSEHOLDS_OF_RULE = 100_000


class InvalidStaffingRule(Refusal):
    """Bounds that are none: not 1 ≤ least < most. Values: most (the highest bound that is taken)."""

    code = "invalid_staffing_rule"


@dataclass(frozen=True)
class StaffingRules:
    """Level → the rule of its areas; a level without one is not judged."""

    by_level: Mapping[str, StaffingRule] = field(default_factory=dict)

    def rule_of(self, level: str, kind: str) -> StaffingRule | None:
        """The rule of an area; none for a dedicated grid: a park has no households to count."""
        return None if kind == AreaKind.DEDICATED else self.by_level.get(level)

    def replaced(self, other: Mapping[str, StaffingRule]) -> "StaffingRules":
        """The same with other rules for some levels."""
        return StaffingRules({**self.by_level, **other})


def checked_rule(least: int | None, most: int | None) -> StaffingRule:
    """Two numbers of households as a rule, both bounds included. Raises InvalidStaffingRule."""
    if least is None or most is None or not 1 <= least < most <= MOST_HOUSEHOLDS_OF_RULE:
        raise InvalidStaffingRule(most=MOST_HOUSEHOLDS_OF_RULE)
    return StaffingRule(least, most)
