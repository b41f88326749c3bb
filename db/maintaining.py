"""What a database wants after many rows were written at once."""

import logging

from sqlalchemy import text

from db.session import Database, refusals
from domain.errors import DatabaseAway
from domain.permissions import EVERYWHERE

SAMPLE = 2_000  # rows of an index that SQLite looks at: enough to rank indexes, and quick at any size

_log = logging.getLogger("linge.db")


def analyse(target: Database) -> None:
    """Let the planner know the sizes: without it SQLite chooses the wrong index, PostgreSQL guesses until autovacuum.

    On PostgreSQL VACUUM as well, so that an index alone can answer. On SQLite connections read the figures when they
    are opened, so those in the pool are given up. What others hold locked goes without: nothing was written wrongly,
    and the next time catches up.
    """
    try:
        (_analyse_file if target.is_sqlite else _vacuum)(target)
    except DatabaseAway:
        _log.warning("the statistics of the database stay as they were")


def _vacuum(target: Database) -> None:
    with refusals(), target.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE, SKIP_LOCKED)"))


def _analyse_file(target: Database) -> None:
    with target.transaction(EVERYWHERE) as session:
        session.execute(text(f"PRAGMA analysis_limit = {SAMPLE}"))
        session.execute(text("ANALYZE"))
    target.dispose()


def tend(target: Database) -> None:
    """What is due now and then (start-up, backup) where the database does not do it by itself, as PostgreSQL does."""
    if target.is_sqlite:
        analyse(target)
