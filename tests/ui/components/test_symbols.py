"""Symbols: well-formed, self-contained, in both themes, with a word for each."""

import xml.etree.ElementTree as ET

import pytest

from config.texts import LANGUAGES, catalog
from ui.components.symbols import STATION_SYMBOLS, STATUS_SYMBOLS, symbol_mark, symbol_rules, symbol_svg
from ui.tokens import THEMES

ALL = {**STATUS_SYMBOLS, **STATION_SYMBOLS}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_symbol_is_a_24_px_svg_without_outside_references(name, theme):
    svg = symbol_svg(name, theme)
    root = ET.fromstring(svg)
    assert root.attrib["viewBox"] == "0 0 24 24"
    assert "href" not in svg
    assert "url(" not in svg


def test_statuses_differ_by_colour_and_by_shape():
    for tokens in THEMES.values():
        assert len({tokens[name] for name in STATUS_SYMBOLS}) == len(STATUS_SYMBOLS)
    without_colour = {
        tuple((e.tag, e.get("d"), e.get("r"), e.get("width")) for e in ET.fromstring(s.svg_light)) for s in ALL.values()
    }
    assert len(without_colour) == len(ALL)


def test_size_changes_the_box_and_not_the_drawing():
    assert 'width="44" height="44" viewBox="0 0 24 24"' in symbol_svg("overdue", "light", 44)


def test_unknown_station_is_drawn_as_generic():
    assert symbol_svg("tea_house", "dark") == STATION_SYMBOLS["generic"].svg_dark
    assert "lg-sym-generic" in symbol_mark('x"><script>')


def test_rules_hold_no_raw_markup():
    rules = symbol_rules("light")
    assert "<" not in rules
    assert rules.count("background-image") == len(ALL) + 1  # and the clock


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_symbol_has_its_word(language):
    assert [s.label_key for s in ALL.values() if s.label_key not in catalog(language)] == []
