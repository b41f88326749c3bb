"""Whether the triggers of a database do what the migrations made them do; a name alone refuses nothing.

Each trigger has a mark, the hash of its definition and of the function behind it. ``triggers.json`` keeps the marks of
a new database of either kind; a test holds it against the migrations.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text

from db.models import Base
from db.session import Database

_MARKS = Path(__file__).with_name("triggers.json")
_TRIGGERS = {
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
    # tgenabled: O = as usual, D = off, R = off except where a replica writes
    "postgresql": (
        "SELECT t.tgname, c.relname, t.tgenabled::text || pg_get_triggerdef(t.oid, true) || p.prosrc "
        "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)"
    ),
}
_RULES = (  # a view is a rule of its own
    "SELECT r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class "
    "WHERE c.relkind <> 'v' AND pg_table_is_visible(c.oid) ORDER BY r.rulename"
)


class _Trigger(NamedTuple):
    name: str
    table: str
    mark: str


def list_trigger_faults(target: Database) -> list[str]:
    """Triggers that are missing or do something else than those of a new database, and strange triggers and rules on
    our tables.
    """
    known = known_marks(_kind(target))
    there = _read(target)
    missing = sorted(set(known) - {one.name for one in there})
    changed = sorted(one.name for one in there if one.name in known and known[one.name] != one.mark)
    ours = set(Base.metadata.tables)
    strange = sorted((one.name, one.table) for one in there if one.name not in known and one.table in ours)
    return [
        *(f"trigger {name} is missing" for name in missing),
        *(f"trigger {name} is not as it was made" for name in changed),
        *(f"trigger {name} on {table} is none of ours" for name, table in strange),
        *(f"rule {name} on {table} is none of ours" for name, table in _rules(target) if table in ours),
    ]


def read_marks(target: Database) -> dict[str, str]:
    """Name of each trigger of a database → its mark."""
    return {one.name: one.mark for one in _read(target)}


@cache
def known_marks(kind: str) -> dict[str, str]:
    """Name of each trigger of a new database → its mark; ``kind``: "sqlite" or "postgresql"."""
    found: dict[str, str] = json.loads(_MARKS.read_text())[kind]
    return found


def _kind(target: Database) -> str:
    return "sqlite" if target.is_sqlite else "postgresql"


def _read(target: Database) -> list[_Trigger]:
    with target.engine.connect() as connection:
        rows = connection.execute(text(_TRIGGERS[_kind(target)])).all()
    return [_Trigger(name, table, _mark(table, definition)) for name, table, definition in rows]


def _mark(table: str, definition: str) -> str:
    """The same for any white space and quotes: a database that was renamed or restored may write them otherwise."""
    plain = "".join(definition.replace('"', "").split())
    return hashlib.sha256(f"{table} {plain}".encode()).hexdigest()[:16]


def _rules(target: Database) -> Iterator[tuple[str, str]]:
    if target.is_sqlite:
        return
    with target.engine.connect() as connection:
        yield from ((name, table) for name, table in connection.execute(text(_RULES)))
