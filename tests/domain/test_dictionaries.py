"""The dictionary as it was in any of its versions."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clocks import ClockKind, Limit
from domain.dictionaries import Dictionary, DictionaryEntry, Words
from domain.errors import NotFound

GENERAL = DictionaryEntry(
    "facilities", Words("设施损坏", "Facilities"), "manhole", Words("井盖缺损", "Manhole"), "", Words("", ""),
    Limit(2, ClockKind.WORKING_DAY), Words("已修复", "Repaired"), Words("市政", "Works"),
)  # fmt: skip
MISSING = replace(GENERAL, condition="missing", condition_name=Words("缺失", "Missing"), photo_required=True)
RENAMED = replace(GENERAL, class_name=Words("井盖", "Cover"), first_version=3)
OLD = replace(GENERAL, last_version=2)
GONE = replace(GENERAL, category="kiosk", class_name=Words("电话亭", "Kiosk"), family="old", last_version=1)
DICTIONARY = Dictionary(3, [RENAMED, OLD, MISSING, GONE])


def test_the_newest_version_is_a_tree_of_what_still_holds() -> None:
    (family,) = DICTIONARY.families
    (kind,) = family.classes
    assert (family.key, kind.key, kind.name.zh) == ("facilities", "manhole", "井盖")
    assert kind.entries == (RENAMED, MISSING) == kind.conditions
    assert DICTIONARY.classes.keys() == {"manhole"}


def test_a_class_of_one_entry_offers_no_conditions() -> None:
    assert Dictionary(1, [GENERAL]).families[0].classes[0].conditions == ()


def test_an_entry_is_that_of_its_version() -> None:
    assert DICTIONARY.entry("manhole", "", 2) == OLD
    assert DICTIONARY.entry("manhole") == RENAMED
    assert DICTIONARY.entry("manhole", "missing", 1).photo_required
    assert DICTIONARY.entry("kiosk", "", 1) == GONE
    for version in (2, 3, None):
        with pytest.raises(NotFound):
            DICTIONARY.entry("kiosk", "", version)


def test_an_unknown_condition_falls_back_on_the_class_in_general_else_on_its_first() -> None:
    assert DICTIONARY.entry("manhole", "noisy") == RENAMED
    assert Dictionary(1, [MISSING]).entry("manhole") == MISSING


def test_a_name_is_known_as_long_as_anybody_may_ask() -> None:
    assert DICTIONARY.category_name("manhole", 2).zh == "井盖缺损"
    assert DICTIONARY.category_name("manhole").text("en") == "Cover"
    assert DICTIONARY.category_name("kiosk").zh == "电话亭"
    assert DICTIONARY.category_name("nothing") == Words("nothing", "nothing")
    assert (DICTIONARY.has("kiosk"), DICTIONARY.has("nothing")) == (True, False)
    assert (DICTIONARY.family_of("kiosk"), DICTIONARY.family_of("nothing")) == ("old", "")


@given(st.integers(1, 9), st.none() | st.integers(1, 9), st.integers(1, 9))
def test_an_entry_holds_from_its_first_version_to_its_last(first: int, last: int | None, asked: int) -> None:
    entry = replace(GENERAL, first_version=first, last_version=last)
    assert entry.holds_in(asked) == (asked in range(first, (last or 9) + 1))
