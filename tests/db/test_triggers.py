"""``verify`` looks at what the triggers do, not only at their names: an append-only table stays one."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from db import triggers
from db.checking import list_schema_faults
from db.session import Database
from domain.permissions import EVERYWHERE

_GUARD = (
    "CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {} "
    "FOR EACH STATEMENT EXECUTE FUNCTION linge_append_only()"
)
_UNGUARD = "DROP TRIGGER audit_entries_append_only ON {}"
_HOLLOW = {
    "sqlite": [
        "DROP TRIGGER audit_entries_no_delete",
        "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries BEGIN SELECT 1; END",
    ],
    "postgresql": [
        _UNGUARD.format("audit_entries"),
        _GUARD.replace("UPDATE OR DELETE OR ", "").format("audit_entries"),
    ],
}
_ELSEWHERE = {
    "sqlite": [
        "DROP TRIGGER audit_entries_no_delete",
        "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON clock_requests "
        "BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END",
    ],
    "postgresql": [_UNGUARD.format("audit_entries"), _GUARD.format("clock_requests")],
}
_SWALLOWS = {
    "sqlite": ["CREATE TRIGGER quiet BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(IGNORE); END"],
    "postgresql": [
        "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE TRIGGER quiet BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION quiet()",
    ],
}
_REFUSING = "CREATE OR REPLACE FUNCTION linge_append_only() RETURNS trigger LANGUAGE plpgsql AS $${}$$"
_AS_MADE = " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END "
_BUT_FOR_ONE = "BEGIN IF TG_TABLE_NAME <> 'audit_entries' THEN RAISE EXCEPTION 'append-only'; END IF; RETURN NULL; END"
_PUT_RIGHT = [
    "DROP FUNCTION IF EXISTS quiet() CASCADE",
    "DROP RULE IF EXISTS quiet ON audit_entries",
    *(_UNGUARD.replace("TRIGGER ", "TRIGGER IF EXISTS ").format(name) for name in ("audit_entries", "clock_requests")),
    _GUARD.format("audit_entries"),
    _REFUSING.format(_AS_MADE),
    "ALTER TABLE incident_events ENABLE TRIGGER USER",
]


@pytest.fixture(autouse=True)
def _put_right(db: Database) -> Iterator[None]:
    """The next test has the same database on PostgreSQL."""
    yield
    if not db.is_sqlite:
        run(db, *_PUT_RIGHT)
        assert list_schema_faults(db) == []


def run(db: Database, *statements: str) -> None:
    with db.transaction(EVERYWHERE) as session:
        for statement in statements:
            session.execute(text(statement))


def kind(db: Database) -> str:
    return "sqlite" if db.is_sqlite else "postgresql"


def guard_of_audit(db: Database) -> str:
    return "audit_entries_no_delete" if db.is_sqlite else "audit_entries_append_only"


def test_the_kept_marks_are_those_of_a_new_database(db: Database) -> None:
    made = triggers.read_marks(db)
    fresh = json.dumps(made, indent=1, sort_keys=True)
    assert triggers.known_marks(kind(db)) == made, f'a migration made triggers: "{kind(db)}" is to be {fresh}'
    assert list_schema_faults(db) == []


@pytest.mark.parametrize("what", [_HOLLOW, _ELSEWHERE], ids=["hollow", "on another table"])
def test_verify_finds_a_trigger_that_has_its_name_alone(db: Database, what: dict[str, list[str]]) -> None:
    run(db, *what[kind(db)])
    assert list_schema_faults(db) == [f"trigger {guard_of_audit(db)} is not as it was made"]
    if what is _HOLLOW and db.is_sqlite:
        run(db, "DELETE FROM audit_entries")  # the database refuses no more


def test_verify_finds_a_trigger_that_swallows_what_is_written(db: Database) -> None:
    run(db, *_SWALLOWS[kind(db)])
    assert list_schema_faults(db) == ["trigger quiet on audit_entries is none of ours"]


def test_verify_finds_triggers_that_are_switched_off(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("SQLite has no triggers that are switched off")
    run(db, "ALTER TABLE incident_events DISABLE TRIGGER USER")
    assert list_schema_faults(db) == ["trigger incident_events_append_only is not as it was made"]
    run(db, "ALTER TABLE incident_events ENABLE REPLICA TRIGGER incident_events_append_only")
    assert list_schema_faults(db) == ["trigger incident_events_append_only is not as it was made"]


def test_verify_finds_a_function_that_refuses_no_more(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("SQLite has no functions behind triggers")
    run(db, _REFUSING.format(_BUT_FOR_ONE))
    assert "trigger audit_entries_append_only is not as it was made" in list_schema_faults(db)


def test_verify_finds_a_rule_that_swallows_what_is_written(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("SQLite has no rules")
    run(db, "CREATE RULE quiet AS ON INSERT TO audit_entries DO INSTEAD NOTHING")
    assert list_schema_faults(db) == ["rule quiet on audit_entries is none of ours"]
