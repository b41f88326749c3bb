"""Engines: SQLite as it must be set to be safe, PostgreSQL as it comes."""

import sqlite3
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from db.silence import watch

SAFE_SQLITE = (3, 51, 3)  # earlier ones can corrupt a WAL database when two connections checkpoint at once
# How long to wait for somebody else's lock or for a machine that is silent. Whoever clicked gets an answer within
# about 15 seconds (db.session.WRITE_LOCK_SECONDS comes on top).
BUSY_MILLISECONDS = 6_000
_POSTGRESQL = {
    "connect_timeout": 5,
    "tcp_user_timeout": BUSY_MILLISECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    # No statement of a page is long enough to be worth compiling: many branches took a second to compile, 20 ms to run.
    "options": f"-c lock_timeout={BUSY_MILLISECONDS} -c jit=off",
}
# hide_parameters: an error in the log holds the statement but never what people typed into it.
_COMMON: dict[str, Any] = {"hide_parameters": True, "pool_size": 20, "max_overflow": 20, "pool_timeout": 8}


def sqlite_module() -> ModuleType:
    """The standard sqlite3, or pysqlite3 where the standard one is older than 3.51.3 and pysqlite3 is there."""
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        try:
            import pysqlite3
        except ImportError:
            return sqlite3
        return pysqlite3
    return sqlite3


def make_engine(url: str) -> Engine:
    """An engine for a SQLAlchemy URL. A SQLite file's folder is made."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, pool_pre_ping=True, connect_args=_POSTGRESQL, **_COMMON)
    watch(engine)
    return engine


def writing(engine: Engine) -> Engine:
    """The same engine and pool, whose transactions take the write lock at once (BEGIN IMMEDIATE on SQLite)."""
    return engine.execution_options(linge_writing=True)


def _sqlite_engine(url: Any) -> Engine:
    from pathlib import Path

    pool = _COMMON
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    else:
        pool = {"hide_parameters": True}
    wait = {"timeout": BUSY_MILLISECONDS / 1000}
    engine = create_engine(url, module=sqlite_module(), connect_args=wait, **pool)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "checkin", _take_room_back)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the begin event below says BEGIN
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_MILLISECONDS}",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # else INSERT OR REPLACE goes around the append-only triggers
        "case_sensitive_like=ON",  # so that LIKE 'prefix%' uses the index of path
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("linge_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def give_room(connection: Connection) -> None:
    """Let a SQLite connection that writes much keep 64 MB of pages, and copy its log into the file every 64 MB.

    With the usual 2 and 4 MB the same pages of the indexes are written again and again. It holds until the connection
    goes back to the pool.
    """
    if not connection.info.get("roomy"):
        connection.info["roomy"] = True
        for pragma in ("cache_size=-65536", "wal_autocheckpoint=16384"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")


def _take_room_back(connection: Any, record: Any) -> None:
    if record.info.pop("roomy", False) and connection is not None:
        for pragma in ("cache_size=-2000", "wal_autocheckpoint=1000"):
            connection.execute(f"PRAGMA {pragma}")
