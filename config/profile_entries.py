"""A profile's own dictionary of incidents as entries: what a new database is given (feature C2)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.marks import Names, Value
from config.profile_parts import Condition, Family, IncidentClass
from domain.dictionaries import DictionaryEntry, Words

if TYPE_CHECKING:  # profiles.py calls this module
    from config.profiles import Profile

GENERAL = Words("", "")


def profile_entries(profile: "Profile") -> tuple[DictionaryEntry, ...]:
    """Every class of a profile, in general and by condition.

    What a condition does not say, its class says, and what that does not say, its family.
    """
    return tuple(entry for family in profile.families for item in family.classes for entry in _entries_of(family, item))


def _entries_of(family: Family, item: IncidentClass) -> Iterator[DictionaryEntry]:
    yield _entry(family, item, None)
    for condition in item.conditions:
        yield _entry(family, item, condition)


def _entry(family: Family, item: IncidentClass, condition: Condition | None) -> DictionaryEntry:
    levels = [level for level in (condition, item, family) if level is not None]
    limit = condition.limit if condition and condition.limit else item.limit
    photo = next(level.photo for level in levels if level.photo is not None)
    return DictionaryEntry(
        family.key, _words(family.name), item.key, _words(item.name),
        condition.key if condition else "", _words(condition.name) if condition else GENERAL, limit.limit,
        _first([level.standard for level in levels]), _first([level.department for level in levels]),
        bool(photo.value), item.is_example if condition is None else condition.is_example,
    )  # fmt: skip


def _first(values: list[Value[Names] | None]) -> Words:
    return next(_words(found.value) for found in values if found is not None)


def _words(names: Names) -> Words:
    return Words(names.zh, names.en)
