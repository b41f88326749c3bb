"""docs/indicators.md says what the code counts; figures and changes where there is nothing to divide by."""

import re
from pathlib import Path

import pytest

from config.texts import text
from domain.indicators import BASES, BY_KEY, INDICATORS, Figure, Indicator, Part, change_of, figure_of

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "indicators.md").read_text("utf-8")
RATE = Indicator("x", "share", "up", (Part("closed"),), (Part("closed"),), least=5)


def row_of(indicator: Indicator) -> str:
    """The line of the document for an indicator."""
    names = (f"`{indicator.key}`", text("zh_CN", f"indicators.name.{indicator.key}"))
    return " | ".join(("|", *names, indicator.unit, indicator.direction, f"`{indicator.formula}` |"))[2:]


def test_the_document_has_the_formula_of_each_indicator() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| `\w+` \| [^|`]+ \| ", line)]
    assert rows == [row_of(indicator) for indicator in INDICATORS]


def test_the_document_says_what_the_bases_hold_and_where_the_filing_limit_stands() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| `\w+` \| `", line)]
    assert rows == [f"| `{base}` | `{'; '.join(conditions)}` |" for base, conditions in BASES.items()]
    assert "`thresholds.filed_within`" in PAGE


def test_keys_are_unique() -> None:
    assert len(BY_KEY) == len(INDICATORS)


@pytest.mark.parametrize(
    ("numerator", "denominator", "wanted"),
    [(0, 0, Figure(None, 0, 0)), (3, 4, Figure(None, 3, 4, small=True)), (3, 5, Figure(0.6, 3, 5))],
)
def test_nothing_and_too_little_have_no_value(numerator: int, denominator: int, wanted: Figure) -> None:
    assert figure_of(RATE, numerator, denominator) == wanted


def test_changes() -> None:
    def rate(value: float | None) -> Figure:
        return Figure(value, 0, 0)

    count = BY_KEY["reported"]
    assert change_of(RATE, rate(0.75), rate(0.5)) == 0.25
    assert change_of(RATE, rate(0.75), rate(None)) is None
    assert change_of(RATE, rate(None), rate(0.5)) is None
    assert change_of(count, rate(30), rate(20)) == 0.5
    assert change_of(count, rate(30), rate(0)) is None
