"""The migrations build what the models describe, on both databases."""

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from db import migrating
from db.checking import expected_triggers
from db.session import Database
from domain.errors import StaleRecord
from domain.permissions import EVERYWHERE


def test_models_and_migrations_agree(db: Database) -> None:
    assert migrating.list_differences(db) == []
    assert migrating.present_revision(db) == migrating.newest_revision()


def test_the_kind_of_a_geometry_is_read_from_the_database(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("SQLite has no kinds of geometries")
    found = {column["name"]: column["type"] for column in inspect(db.engine).get_columns("areas")}
    assert found["geometry"].compile(db.engine.dialect).lower() == "geometry(multipolygon,4326)"


def test_verify_expects_just_the_triggers_that_the_migrations_made(db: Database) -> None:
    there = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if not db.is_sqlite:
        there = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with db.engine.connect() as connection:
        assert set(connection.scalars(text(there))) == expected_triggers("sqlite" if db.is_sqlite else "postgresql")


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET action = 'x'", "DELETE FROM audit_entries"])
def test_database_refuses_when_an_append_only_entry_is_touched(db: Database, statement: str) -> None:
    insert = "INSERT INTO audit_entries (id, at, action, subject, detail) VALUES (1, '2026-01-01', 'a', 'b', '')"
    with db.transaction(EVERYWHERE) as session:
        session.execute(text(insert))
    with pytest.raises(DBAPIError, match="append-only"), db.transaction(EVERYWHERE) as session:
        session.execute(text(statement))
    with pytest.raises((DBAPIError, StaleRecord)), db.transaction(EVERYWHERE) as session:
        session.execute(text(insert.replace("INSERT", "INSERT OR REPLACE" if db.is_sqlite else "INSERT")))
    with db.reading(EVERYWHERE) as session:
        assert session.execute(text("SELECT action FROM audit_entries")).scalars().all() == ["a"]
