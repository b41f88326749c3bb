"""The two ways to the database: what becomes of its errors, and that nobody waits for ever."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from db import engine, session
from db.models import User
from db.queries.installation import list_installation_values, set_installation_value
from db.session import Database
from domain.errors import DatabaseAway, InvalidText, NotFound, StaleRecord
from domain.permissions import EVERYWHERE, Role


def write(database: Database, key: str = "k") -> str:
    try:
        with database.transaction(EVERYWHERE) as found:
            set_installation_value(found, key, "v")
    except DatabaseAway:
        return "away"
    return "written"


@contextmanager
def locked_by_another_program(database: Database) -> Iterator[None]:
    with closing(
        engine.sqlite_module().connect(database.url.removeprefix("sqlite:///"), isolation_level=None)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def impatient(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The database with waits of a tenth of a second."""
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 100)
    sqlite_db.dispose()
    return Database(sqlite_db.url)


def test_writers_are_told_and_readers_go_on_when_another_program_locks_the_file(impatient: Database) -> None:
    with locked_by_another_program(impatient):
        with ThreadPoolExecutor(5) as pool:
            assert list(pool.map(lambda n: write(impatient, f"k{n}"), range(5))) == ["away"] * 5
        with impatient.reading(EVERYWHERE) as found:
            assert "k0" not in list_installation_values(found)
    assert write(impatient) == "written"
    impatient.dispose()


def test_a_writer_does_not_wait_for_ever_for_one_of_its_own(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "WRITE_LOCK_SECONDS", 0.05)
    with sqlite_db.transaction(EVERYWHERE), ThreadPoolExecutor(1) as pool:
        assert pool.submit(write, sqlite_db).result(10) == "away"
    assert write(sqlite_db) == "written"


def test_the_database_is_away_when_its_file_is_none(
    sqlite_db: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    broken = tmp_path_factory.mktemp("broken") / "broken.db"
    broken.write_bytes(b"no database at all, but long enough to be looked at as one" * 100)
    found = Database(f"sqlite:///{broken}")
    assert write(found) == "away"
    with pytest.raises(DatabaseAway), found.reading(EVERYWHERE) as reading:
        list_installation_values(reading)


def test_a_number_that_can_be_no_id_is_not_found(db: Database) -> None:
    with pytest.raises(NotFound), db.reading(EVERYWHERE) as found:
        found.scalar(select(User.id).where(User.id == 10**30))


def test_a_unique_value_written_twice_reads_as_somebody_elses_change(db: Database) -> None:
    with db.transaction(EVERYWHERE) as found:
        found.add(User(username="duty", name="值班", role=Role.VISITOR.value))
    with pytest.raises(StaleRecord), db.transaction(EVERYWHERE) as found:
        found.add(User(username="duty", name="值班", role=Role.VISITOR.value))


def test_a_sign_that_the_database_cannot_hold_is_a_refusal(db: Database) -> None:
    with pytest.raises(InvalidText), db.reading(EVERYWHERE) as found:
        found.scalar(select(User.id).where(User.username == "\ud800"))


def test_an_error_says_nothing_of_what_was_typed(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    phone = f"1390000{1234}"
    with pytest.raises((DatabaseAway, ProgrammingError)) as caught, db.reading(EVERYWHERE) as found:
        found.execute(text("SELECT nonsense FROM nowhere WHERE phone = :phone"), {"phone": phone})
    logging.getLogger("linge.test").error("failed", exc_info=caught.value)
    assert "FROM nowhere" in caplog.text
    assert phone not in caplog.text


def test_room_for_a_long_run_of_writing_is_given_back(sqlite_db: Database) -> None:
    def kept(found: Session) -> list[int | None]:
        return [found.scalar(text(f"PRAGMA {name}")) for name in ("cache_size", "wal_autocheckpoint")]

    with sqlite_db.transaction(EVERYWHERE) as found:
        before = kept(found)
        engine.give_room(found.connection())
        assert kept(found) == [-65536, 16384]
    with sqlite_db.transaction(EVERYWHERE) as found:
        assert kept(found) == before == [-2000, 1000]
