"""The dictionary of incidents: family, class, condition, each with limit, closing standard, department (feature C2).

A dictionary is versioned. An entry holds from the version that brought it to the one that closed it; an incident keeps
the version it was filed under and is read by that one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from domain.clocks import Limit
from domain.errors import NotFound, Refusal


class StandardNotConfirmed(Refusal):
    """A case is closed by a standard that somebody says is met. Values: standard."""

    code = "standard_not_confirmed"


class PhotoRequired(Refusal):
    """Cases of this class close with a photo of the place after the handling."""

    code = "photo_required"


@dataclass(frozen=True)
class Words:
    """A name or sentence in both languages; an imported one stands in both as the file has it."""

    zh: str
    en: str

    def text(self, locale: str) -> str:
        """The words for a locale such as zh_CN or en."""
        return self.zh if locale.startswith("zh") else self.en


@dataclass(frozen=True)
class DictionaryEntry:
    """One condition of a class. ``condition`` "" = the class in general: a class that has no others has this one.

    ``category`` is the key of the class. ``example``: not stated by the system or an imported list (示例).
    """

    family: str
    family_name: Words
    category: str
    class_name: Words
    condition: str
    condition_name: Words
    limit: Limit
    standard: Words
    department: Words
    photo_required: bool = False
    example: bool = True
    first_version: int = 1
    last_version: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What makes an entry the same one in two versions."""
        return self.category, self.condition

    def holds_in(self, version: int) -> bool:
        """Whether the entry belongs to a version."""
        return self.first_version <= version and (self.last_version is None or version <= self.last_version)


@dataclass(frozen=True)
class IncidentKind:
    """A class as a version has it: its entries in their order, the general one first where there is one."""

    key: str
    name: Words
    entries: tuple[DictionaryEntry, ...]

    @property
    def conditions(self) -> tuple[DictionaryEntry, ...]:
        """What a form offers: nothing where there is only one entry."""
        return self.entries if len(self.entries) > 1 else ()


@dataclass(frozen=True)
class IncidentFamily:
    """A family as a version has it."""

    key: str
    name: Words
    classes: tuple[IncidentKind, ...]


class Dictionary:
    """Every entry there ever was, in the order of the list; ``version`` is the newest."""

    def __init__(self, version: int, entries: Iterable[DictionaryEntry]) -> None:
        self.version = version
        self.entries = tuple(entries)

    @cached_property
    def families(self) -> tuple[IncidentFamily, ...]:
        """The newest version as a tree."""
        return _tree(entry for entry in self.entries if entry.last_version is None)

    def tree(self, version: int) -> tuple[IncidentFamily, ...]:
        """A version as a tree."""
        return _tree(entry for entry in self.entries if entry.holds_in(version))

    @cached_property
    def classes(self) -> dict[str, tuple[IncidentFamily, IncidentKind]]:
        """Every class of the newest version with its family, by key."""
        return {kind.key: (family, kind) for family in self.families for kind in family.classes}

    @cached_property
    def _by_class(self) -> dict[str, tuple[DictionaryEntry, ...]]:
        found: dict[str, list[DictionaryEntry]] = {}
        for entry in self.entries:
            found.setdefault(entry.category, []).append(entry)
        return {key: tuple(entries) for key, entries in found.items()}

    def entry(self, category: str, condition: str = "", version: int | None = None) -> DictionaryEntry:
        """The entry of a version (None = the newest) for a class and condition.

        A condition that the version does not have falls back on the class in general, else on its first entry.
        Raises NotFound for a class that the version does not have.
        """
        asked = version or self.version
        there = [entry for entry in self._by_class.get(category, ()) if entry.holds_in(asked)]
        if not there:
            raise NotFound(kind="incident_class", key=category)
        return next((entry for wanted in (condition, "") for entry in there if entry.condition == wanted), there[0])

    def has(self, category: str) -> bool:
        """Whether any version has or had the class."""
        return category in self._by_class

    def category_name(self, category: str, version: int | None = None) -> Words:
        """The name of a class in a version; one that the version does not have goes by its last name, or its key."""
        entries = self._by_class.get(category, ())
        there = [entry for entry in entries if entry.holds_in(version or self.version)]
        last = there or sorted(entries, key=lambda entry: -entry.first_version)
        return last[0].class_name if last else Words(category, category)

    def categories_of(self, family: str) -> frozenset[str]:
        """Every class that a family has or had: cases of closed classes are still its."""
        return frozenset(entry.category for entry in self.entries if entry.family == family)

    def family_of(self, category: str) -> str:
        """The key of the family that a class belongs to, or last belonged to; "" for an unknown one."""
        entries = sorted(self._by_class.get(category, ()), key=lambda entry: -entry.first_version)
        return entries[0].family if entries else ""


def _tree(entries: Iterable[DictionaryEntry]) -> tuple[IncidentFamily, ...]:
    families: dict[str, dict[str, list[DictionaryEntry]]] = {}
    for entry in entries:
        families.setdefault(entry.family, {}).setdefault(entry.category, []).append(entry)
    return tuple(
        IncidentFamily(key, next(iter(classes.values()))[0].family_name, tuple(map(_kind, classes.values())))
        for key, classes in families.items()
    )


def _kind(entries: list[DictionaryEntry]) -> IncidentKind:
    ordered = sorted(entries, key=lambda entry: entry.condition != "")
    return IncidentKind(ordered[0].category, ordered[0].class_name, tuple(ordered))
