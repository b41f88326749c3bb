"""The migrations build what the models describe, on both databases."""

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from db import migrating
from db.models import Base
from db.session import Database
from db.triggers import known_marks
from domain.errors import StaleRecord
from domain.permissions import EVERYWHERE

_TRIGGERS_OF_TABLES = {
    "sqlite": {
        "points_entries_month_open",
        "points_entries_reversal",
        "points_entries_move",
        "stock_movements_move",
        "redemptions_station_kept",
        "dictionary_entries_no_delete",
        "dictionary_versions_no_delete",
        "activities_room_insert",
        "activities_room_update",
        *(f"{table}_box_{verb}" for table in ("areas", "base_map_features") for verb in ("insert", "update", "delete")),
    },
    "postgresql": {
        "points_entries_move",
        "stock_movements_move",
        "redemptions_station_kept",
        "dictionary_entries_no_delete",
        "dictionary_versions_no_delete",
    },
}


def test_models_and_migrations_agree(db: Database) -> None:
    assert migrating.list_differences(db) == []
    assert migrating.present_revision(db) == migrating.newest_revision()


def test_the_kind_of_a_geometry_is_read_from_the_database(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("SQLite has no kinds of geometries")
    found = {column["name"]: column["type"] for column in inspect(db.engine).get_columns("areas")}
    assert found["geometry"].compile(db.engine.dialect).lower() == "geometry(multipolygon,4326)"


def expected_triggers(kind: str) -> set[str]:
    """The names of all triggers on a database of a kind: those of append-only tables are db.append_only's."""
    kept = [mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__append_only__]
    verbs = ("no_update", "no_delete", "no_replace") if kind == "sqlite" else ("append_only",)
    return _TRIGGERS_OF_TABLES[kind] | {f"{model.__tablename__}_{verb}" for model in kept for verb in verbs}


def test_verify_expects_just_the_triggers_that_the_migrations_made(db: Database) -> None:
    there = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if not db.is_sqlite:
        there = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    kind = "sqlite" if db.is_sqlite else "postgresql"
    with db.engine.connect() as connection:
        assert set(connection.scalars(text(there))) == expected_triggers(kind)
    assert set(known_marks(kind)) == expected_triggers(kind)


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
