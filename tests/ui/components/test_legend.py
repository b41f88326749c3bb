"""Legends: every class with its cut, every colour as the map shows it."""

import re

import pytest

from db.session import Database
from domain.measures import CUTS, Measure, class_of
from ui.components.legend import blended, legend_html, ramp_classes, station_kinds


@pytest.fixture(autouse=True)
def database(sqlite_db: Database) -> None:
    """The profile comes from the database."""


@pytest.mark.parametrize("measure", list(Measure))
def test_words_of_a_class_hold_the_values_that_fall_into_it(measure: Measure) -> None:
    words = [text for _, text in ramp_classes(measure, "light")]
    assert len(words) == 4
    for value in (0, *CUTS[measure], CUTS[measure][0] - 1):
        low, high = _range(words[class_of(measure, value)])
        assert low <= value <= high


def _range(words: str) -> tuple[float, float]:
    numbers = [float(number) for number in re.findall(r"\d+", words)]
    if "以下" in words:
        return 0, numbers[0]
    return numbers[0], float("inf") if "以上" in words else numbers[-1]


def test_colour_is_the_blend_with_the_ground_and_more_is_darker_on_light_and_brighter_on_dark() -> None:
    assert blended(3, "light") != "#5F93C4"  # never the raw colour
    light = [sum(bytes.fromhex(blended(n, "light")[1:])) for n in range(4)]
    dark = [sum(bytes.fromhex(blended(n, "dark")[1:])) for n in range(4)]
    assert light == sorted(light, reverse=True)
    assert dark == sorted(dark)


def test_no_data_and_foreign_areas_have_entries_of_their_own() -> None:
    drawn = legend_html("light", Measure.RATE, uncovered=True, scoped=True)
    for words in ("无数据", "未包联", "非本人范围", "近 30 日每千户事件数"):
        assert words in drawn


def test_station_symbols_stand_once() -> None:
    symbols = [symbol for symbol, _ in station_kinds()]
    assert len(symbols) == len(set(symbols)) > 0
