"""Statistics for the planner."""

import pytest
from sqlalchemy import text

from db.maintaining import analyse
from db.session import Database
from domain.permissions import EVERYWHERE
from tests.factories import make_area


def test_statistics_stay_and_are_seen_by_whoever_reads_next(sqlite_db: Database) -> None:
    make_area()
    analyse(sqlite_db)
    with sqlite_db.reading(EVERYWHERE) as session:
        assert "areas" in set(session.scalars(text("SELECT tbl FROM sqlite_stat1")))


def test_either_database_is_analysed_while_it_is_read(db: Database) -> None:
    with db.reading(EVERYWHERE) as session:
        session.execute(text("SELECT 1"))
        analyse(db)
    with db.reading(EVERYWHERE) as session:
        assert session.scalar(text("SELECT count(*) FROM areas")) == 0


def test_who_holds_a_lock_costs_nobody_what_was_written(
    db: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("db.session.WRITE_LOCK_SECONDS", 0.05)
    with db.transaction(EVERYWHERE) as session:
        if not db.is_sqlite:
            session.execute(text("LOCK TABLE areas IN SHARE UPDATE EXCLUSIVE MODE"))
        analyse(db)
    assert ("statistics of the database stay" in caplog.text) == db.is_sqlite
    with db.reading(EVERYWHERE) as session:
        if not db.is_sqlite:
            seen = session.scalar(text("SELECT last_analyze FROM pg_stat_user_tables WHERE relname = 'people'"))
            assert seen is not None
