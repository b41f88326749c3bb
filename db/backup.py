"""Whole copies of a SQLite database, also while it is in use."""

from typing import Any

from db.session import Database, refusals


def copy_sqlite(source: Database, target: Database) -> None:
    """Make ``target`` a copy of ``source`` in one step: readers of ``target`` see its old content or the new."""
    with refusals():
        reader, writer = source.engine.raw_connection(), target.engine.raw_connection()
        try:
            origin: Any = reader.driver_connection
            origin.backup(writer.driver_connection)
        finally:
            reader.close()
            writer.close()
