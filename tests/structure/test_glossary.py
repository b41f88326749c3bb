"""docs/glossary.md against the enums of domain/ and the models of db/."""

import importlib
import pkgutil
import re
from collections import Counter
from enum import StrEnum
from pathlib import Path

import db.models
import domain

ROOT = Path(__file__).resolve().parent.parent.parent
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| `([\w.]+)` \|$", re.M)
ROWS = ROW.findall((ROOT / "docs" / "glossary.md").read_text("utf-8"))


def enum_members() -> set[str]:
    """Every member of every StrEnum that a module of domain/ defines, such as "Role.VISITOR"."""
    modules = [importlib.import_module(f"domain.{found.name}") for found in pkgutil.iter_modules(domain.__path__)]
    enums = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, StrEnum) and value.__module__ == module.__name__
    }
    return {f"{enum.__name__}.{member.name}" for enum in enums for member in enum}


def test_every_enum_member_stands_in_the_glossary_once() -> None:
    listed = Counter(name for _, _, name in ROWS if "." in name)
    assert sorted(enum_members() - listed.keys()) == []
    assert sorted(listed.keys() - enum_members()) == []
    assert [name for name, times in listed.items() if times > 1] == []


def test_every_other_identifier_is_a_model() -> None:
    names = [name for _, _, name in ROWS if "." not in name]
    assert [name for name in names if name not in db.models.__all__] == []
    assert len(names) == len(set(names))


def test_no_term_means_two_things_of_one_kind() -> None:
    kinds = Counter((term, name.split(".")[0]) for term, _, name in ROWS)
    assert [pair for pair, times in kinds.items() if times > 1] == []


def test_every_row_is_read() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| term ")]
    assert len(lines) == len(ROWS) > 60
