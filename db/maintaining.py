"""What a database wants after many rows were written at once."""

from sqlalchemy import text

from db.session import Database


def analyse(target: Database) -> None:
    """Let the planner know the sizes: without it SQLite chooses the wrong index, PostgreSQL guesses until autovacuum.

    On PostgreSQL VACUUM as well, so that an index alone can answer.
    """
    with target.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if target.is_sqlite else "VACUUM (ANALYZE)"))
