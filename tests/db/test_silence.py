"""A PostgreSQL server that hangs is noticed; a slow statement on one that answers goes on."""

from typing import Any

import psycopg
import pytest
from psycopg.errors import ConnectionTimeout
from sqlalchemy import Connection, text

from db import silence
from db.session import Database
from domain.errors import DatabaseAway
from domain.permissions import EVERYWHERE

SLOW = text("SELECT pg_sleep(0.6)")


@pytest.fixture
def postgres_db(db: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    if db.is_sqlite:
        pytest.skip("SQLite has no server")
    monkeypatch.setattr(silence, "SILENT_SECONDS", 0.1)
    return db


def probed(session: Any, answer: Exception | None) -> list[int]:
    """Run a slow statement whose connection asks ``answer`` instead of the server; how often it did."""
    asked: list[int] = []

    def probe() -> None:
        asked.append(1)
        if answer is not None:
            raise answer

    connection: Connection = session.connection()
    connection.connection.dbapi_connection.probe = probe  # type: ignore[union-attr, method-assign]
    session.execute(SLOW)
    return asked


@pytest.mark.parametrize("answer", [None, psycopg.OperationalError("too many clients already")])
def test_a_slow_statement_goes_on_when_the_server_answers(postgres_db: Database, answer: Exception | None) -> None:
    with postgres_db.reading(EVERYWHERE) as session:
        assert probed(session, answer)


def test_a_statement_ends_when_the_server_lets_nobody_in(postgres_db: Database) -> None:
    with pytest.raises(DatabaseAway), postgres_db.reading(EVERYWHERE) as session:
        probed(session, ConnectionTimeout("silent"))
    with postgres_db.reading(EVERYWHERE) as session:
        assert session.scalar(text("SELECT 1")) == 1, "the next one gets another connection"


def test_the_real_probe_finds_a_server_that_answers(postgres_db: Database) -> None:
    with postgres_db.reading(EVERYWHERE) as session:
        session.execute(SLOW)
