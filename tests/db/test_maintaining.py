"""Statistics for the planner."""

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
