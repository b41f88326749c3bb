"""What a database wants after many rows were written at once."""

from sqlalchemy import text

from db.session import Database
from domain.permissions import EVERYWHERE

SAMPLE = 2_000  # rows of an index that SQLite looks at: enough to rank indexes, and quick at any size


def analyse(target: Database) -> None:
    """Let the planner know the sizes: without it SQLite chooses the wrong index, PostgreSQL guesses until autovacuum.

    On PostgreSQL VACUUM as well, so that an index alone can answer. On SQLite connections read the figures when they
    are opened, so those in the pool are given up.
    """
    if not target.is_sqlite:
        with target.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
        return
    with target.transaction(EVERYWHERE) as session:
        session.execute(text(f"PRAGMA analysis_limit = {SAMPLE}"))
        session.execute(text("ANALYZE"))
    target.dispose()


def tend(target: Database) -> None:
    """What is due now and then (start-up, backup) where the database does not do it by itself, as PostgreSQL does."""
    if target.is_sqlite:
        analyse(target)
