"""Indicators as data (features J1, J3): what each counts, over what, in conditions that are read and computed alike.

A ``Part`` is a set of incidents: one of eight bases, narrowed by conditions on their columns. Numerator and denominator
are sums of parts that do not overlap. The database counts by these conditions (db/queries/indicators.py), the lists
behind the figures filter by them, and docs/indicators.md prints them. The grammar of a condition, columns being those
of an incident:

    COLUMN set | COLUMN empty | COLUMN is WORD | COLUMN not WORD | COLUMN = NUMBER | COLUMN > NUMBER
    COLUMN <= COLUMN | COLUMN in period | COLUMN by end | COLUMN not by end | COLUMN filing limit before end
    COLUMN within filing limit of COLUMN | running at end

The period is from its first to before its last instant; "end" is its last instant, or now where that is earlier. The
filing limit is the profile's (thresholds.filed_within).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.periods import InvalidPeriod, Period

SMALL_SAMPLE = 5  # fewer call-backs than that show 样本不足

Base = Literal["reported", "answered", "closed", "late", "called", "whistled", "reported_in", "rated"]
Unit = Literal["cases", "share", "hours", "per_1000", "points"]
Direction = Literal["up", "down", "none"]  # which way is better
Measured = Literal["cases", "hours_to_answer", "hours_to_report_in", "report_ins", "points", "ratings"]

# What the eight bases hold. ``late``: past their deadline and not closed at the end of the period.
# ``called``: with a call-back that counts. The last three: with a whistle (吹哨) blown, a department's report-in, a
# rating of its answer in the period.
BASES: Mapping[Base, tuple[str, ...]] = {
    "reported": ("reported_at in period",),
    "answered": ("answered_at in period", "status not voided"),
    "closed": ("closed_at in period", "status is closed"),
    "called": ("called_at in period",),
    "late": ("due_at by end", "status not voided", "running at end"),
    "whistled": ("whistle_blown_at in period",),
    "reported_in": ("department_reported_at in period",),
    "rated": ("answer_rated_at in period",),
}
_SAYS: Mapping[Measured, str] = {
    "cases": "", "hours_to_answer": "hours from reported_at to answered_at over ",
    "hours_to_report_in": "hours from whistle to report-in over ", "report_ins": "report-ins of ",
    "points": "points of ", "ratings": "ratings of ",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Incidents of a base that meet all conditions."""

    base: Base
    conditions: tuple[str, ...] = ()

    @property
    def formula(self) -> str:
        """The part in words of the grammar, such as ``closed[closed_at <= due_at]``."""
        return f"{self.base}[{'; '.join(self.conditions)}]" if self.conditions else self.base


@dataclass(frozen=True)
class Indicator:
    """One indicator: numerator over denominator, or the numerator alone where ``denominator`` is empty.

    ``measured``: what is summed over the numerator's incidents, mostly just their number; ``over``: over the
    denominator's. ``per_1000``: the numerator for each thousand households of the place instead.
    """

    key: str
    unit: Unit
    direction: Direction
    numerator: tuple[Part, ...]
    denominator: tuple[Part, ...] = ()
    measured: Measured = "cases"
    over: Measured = "cases"
    least: int = 1  # a smaller denominator gives no value

    @property
    def formula(self) -> str:
        """The formula in words of the grammar."""
        top = _SAYS[self.measured] + " + ".join(part.formula for part in self.numerator)
        if self.unit == "per_1000":
            return f"1000 * ({top}) / households"
        below = _SAYS[self.over] + " + ".join(part.formula for part in self.denominator)
        return f"({top}) / ({below})" if self.denominator else top


def _of(base: Base, *conditions: str) -> tuple[Part, ...]:
    return (Part(base, conditions),)


_TIMED = ("due_at set", "exempted_at empty")
_ANSWERED = _of("answered", *_TIMED)
_TO_ANSWER = (*_ANSWERED, Part("late", ("answered_at not by end", "exempted_at empty")))
_CLOSED = _of("closed", *_TIMED)
_TO_CLOSE = (*_CLOSED, *_of("late", "exempted_at empty"))
# As conditions.overdue: one that is answered waits for its check, one that is linked is its main's matter.
_OVERDUE_OPEN = _of("late", "answered_at not by end", "exempted_at empty", "main_id empty")
_FILED = "filed_at within filing limit of reported_at"
_UNFILED = ("filed_at empty", "status not voided", "reported_at filing limit before end")
_LATE_ANSWERED = _of("answered", "due_at set", "overdue_seconds > 0")
_LATE_UNANSWERED = _of("late", "answered_at not by end")

INDICATORS: tuple[Indicator, ...] = (
    Indicator("reported", "cases", "none", _of("reported")),
    Indicator("filed_rate", "share", "up", _of("reported", "filed_at set"), _of("reported")),
    Indicator(
        "filed_in_time_rate", "share", "up", _of("reported", "filed_at set", _FILED),
        (*_of("reported", "filed_at set"), *_of("reported", *_UNFILED)),
    ),
    Indicator(
        "dispatch_accuracy", "share", "up", _of("reported", "dispatched_at set", "returned_count = 0"),
        _of("reported", "dispatched_at set"),
    ),
    Indicator("to_answer", "cases", "none", _TO_ANSWER),
    Indicator("answered_rate", "share", "up", _ANSWERED, _TO_ANSWER),
    Indicator("answered_in_time_rate", "share", "up", _of("answered", *_TIMED, "overdue_seconds = 0"), _TO_ANSWER),
    Indicator("closed", "cases", "none", _of("closed")),
    Indicator("closed_rate", "share", "up", _CLOSED, _TO_CLOSE),
    Indicator("closed_in_time_rate", "share", "up", _of("closed", *_TIMED, "closed_at <= due_at"), _TO_CLOSE),
    Indicator("overdue_open", "cases", "down", _OVERDUE_OPEN),
    Indicator(
        "rework_rate", "share", "down", _of("reported", "reopened_count > 0"),
        (*_of("reported", "reopened_count > 0"), *_of("reported", "reopened_count = 0", "status is closed")),
    ),
    Indicator("return_rate", "share", "down", _of("reported", "returned_count > 0"), _of("reported")),
    Indicator("check_pass_rate", "share", "up", _of("closed", "failed_check_count = 0"), _of("closed")),
    Indicator("duplicate_rate", "share", "none", _of("reported", "main_id set"), _of("reported")),
    Indicator(
        "mean_hours", "hours", "down", _of("answered"), _of("answered"), measured="hours_to_answer",
    ),
    Indicator("closed_in_grid_rate", "share", "up", _of("closed", "level is grid"), _of("closed")),
    Indicator(
        "exempted_share", "share", "down",
        (
            *_of("answered", "due_at set", "overdue_seconds > 0", "exempted_at set"),
            *_of("late", "answered_at not by end", "exempted_at set"),
        ),
        (*_LATE_ANSWERED, *_LATE_UNANSWERED),
    ),
    Indicator(
        "response_rate", "share", "up", _of("called", "call_responded = 1"), _of("called"), least=SMALL_SAMPLE,
    ),
    Indicator(
        "solution_rate", "share", "up", _of("called", "call_solved = 1"), _of("called"), least=SMALL_SAMPLE,
    ),
    Indicator(
        "satisfaction_rate", "share", "up", _of("called", "call_satisfaction not dissatisfied"), _of("called"),
        least=SMALL_SAMPLE,
    ),
    Indicator("whistled", "cases", "none", _of("whistled")),
    Indicator("whistled_per_1000", "per_1000", "none", _of("whistled")),
    Indicator(
        "report_in_hours", "hours", "down", _of("reported_in"), _of("reported_in"), measured="hours_to_report_in",
        over="report_ins",
    ),
    Indicator("answer_points", "points", "up", _of("rated"), _of("rated"), measured="points", over="ratings"),
)  # fmt: skip
BY_KEY: Mapping[str, Indicator] = {indicator.key: indicator for indicator in INDICATORS}


@dataclass(frozen=True)
class Behind:
    """Which incidents a figure was made of: of which indicator, above or below its line, of which period and group.

    ``by`` and ``group`` are "" over all groups.
    """

    indicator: str
    below: bool
    period: Period
    by: str = ""
    group: str = ""

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that hold them."""
        indicator = BY_KEY[self.indicator]
        return indicator.denominator if self.below else indicator.numerator

    def __str__(self) -> str:
        """As it stands in an address."""
        line = "below" if self.below else "above"
        days = (self.period.first.isoformat(), self.period.last.isoformat())
        return ".".join((self.indicator, line, *days, self.by, self.group))

    @classmethod
    def parse(cls, text: str) -> "Behind | None":
        """Read from an address; None where it says nothing that there is."""
        words = text.split(".", 5)
        if len(words) != 6 or words[0] not in BY_KEY or words[1] not in ("above", "below"):
            return None
        try:
            period = Period(date.fromisoformat(words[2]), date.fromisoformat(words[3]))
        except (ValueError, InvalidPeriod):
            return None
        found = cls(words[0], words[1] == "below", period, words[4], words[5])
        return found if found.parts else None


@dataclass(frozen=True)
class Figure:
    """A value as its numerator and denominator (None: a plain number). None where there is nothing to say.

    ``small``: there is a denominator, but too small for a value.
    """

    value: float | None
    numerator: float
    denominator: int | None
    small: bool = False


def figure_of(indicator: Indicator, numerator: float, denominator: int | None) -> Figure:
    """The figure of an indicator; an empty denominator has no value."""
    if denominator is None:
        return Figure(numerator, numerator, None)
    small = 0 < denominator < indicator.least
    times = 1000 if indicator.unit == "per_1000" else 1
    value = None if small or denominator == 0 else times * numerator / denominator
    return Figure(value, numerator, denominator, small)


def change_of(indicator: Indicator, present: Figure, earlier: Figure) -> float | None:
    """How a figure changed (同比, 环比): shares by difference, all else relative to the earlier value.

    None where either has no value or the earlier one is nothing to divide by.
    """
    if present.value is None or earlier.value is None:
        return None
    if indicator.unit == "share":
        return present.value - earlier.value
    return (present.value - earlier.value) / earlier.value if earlier.value else None
