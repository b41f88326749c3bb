"""What the areas of the map are coloured by (features B3, D5): five measures, each with fixed classes.

Cuts are fixed, so that the same colour means the same on every day and on every screen; legends print them.
Counts are taken per grid: an area above the grids shows the mean of its grids, so the classes hold on every level.
"""

from bisect import bisect_right
from enum import StrEnum

RATE_DAYS = 30
NO_DATA = -1  # the measure has no value here: hatched, never the lowest class
OUT_OF_SCOPE = -2  # the asker may see the outline alone


class Measure(StrEnum):
    """open and overdue: incidents per grid; coverage: percent of grids with a current party member;
    rate: incidents reported in the last 30 days per 1,000 households; visits: days since the last visit or patrol."""

    OPEN = "open"
    OVERDUE = "overdue"
    COVERAGE = "coverage"
    RATE = "rate"
    VISITS = "visits"


# A value on a cut belongs to the class above it.
CUTS: dict[Measure, tuple[float, float, float]] = {
    Measure.OPEN: (1, 3, 6),
    Measure.OVERDUE: (1, 2, 4),
    Measure.COVERAGE: (50, 80, 100),
    Measure.RATE: (15, 22, 32),
    Measure.VISITS: (8, 15, 31),
}


def class_of(measure: Measure, value: float | None) -> int:
    """The class 0–3 of a value, NO_DATA for None."""
    return NO_DATA if value is None else bisect_right(CUTS[measure], value)
