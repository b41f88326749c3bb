"""What a new list changes of the dictionary that holds (feature C2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.dictionaries import DictionaryEntry


@dataclass(frozen=True)
class Change:
    """An entry that reads otherwise in the new list."""

    before: DictionaryEntry
    after: DictionaryEntry


@dataclass(frozen=True)
class ListChanges:
    """What a new list changes of the entries that hold now."""

    added: tuple[DictionaryEntry, ...]
    changed: tuple[Change, ...]
    closed: tuple[DictionaryEntry, ...]
    unchanged: tuple[DictionaryEntry, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the list says what holds already."""
        return not (self.added or self.changed or self.closed)


def compare_lists(present: Sequence[DictionaryEntry], new: Sequence[DictionaryEntry]) -> ListChanges:
    """What becomes of ``present`` when ``new`` takes its place; nothing is deleted, what is missing is closed."""
    before = {entry.key: entry for entry in present}
    after = {entry.key: entry for entry in new}
    both = [(before[key], after[key]) for key in after if key in before]
    return ListChanges(
        tuple(entry for key, entry in after.items() if key not in before),
        tuple(Change(old, entry) for old, entry in both if _content(old) != _content(entry)),
        tuple(entry for key, entry in before.items() if key not in after),
        tuple(old for old, entry in both if _content(old) == _content(entry)),
    )


def _content(entry: DictionaryEntry) -> tuple[object, ...]:
    return (
        entry.family, entry.family_name, entry.class_name, entry.condition_name, entry.limit, entry.standard,
        entry.department, entry.photo_required, entry.example,
    )  # fmt: skip
