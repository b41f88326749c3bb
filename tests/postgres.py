"""A private PostgreSQL server for the tests: one that the environment names, else one started from local binaries."""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from db import migrating
from db.models import Base
from db.session import Database

_LARGE = 4_000_000  # bytes: a table that takes more is quicker to throw away than to empty row by row
_WITH_ROWS = " UNION ALL ".join(
    f"SELECT '{table.name}', pg_relation_size('{table.name}') > {_LARGE} WHERE EXISTS (SELECT FROM {table.name})"
    for table in Base.metadata.sorted_tables
)
_SWITCHED_OFF = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgenabled <> 'O' AND NOT tgisinternal"
_FROM_ONE = """SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL"""


class PostgresServer:
    """A server with one migrated database for the tests."""

    def __init__(self, url: str, folder: Path | None = None, binaries: Path | None = None) -> None:
        self.url, self.folder, self.binaries = make_url(url), folder, binaries
        self._name: str | None = None

    def fresh_database(self) -> str:
        """The URL of a migrated database without rows: made once, then emptied for each test."""
        if self._name is None:
            self._name = self._create(f"linge_test_{uuid.uuid4().hex}")
            fresh = Database(self._url_of(self._name))
            migrating.upgrade(fresh)
            fresh.dispose()
        else:
            self._empty(self._name)
        return self._url_of(self._name)

    def _empty(self, name: str) -> None:
        """Take every row away, past the triggers that guard the append-only tables, and count from one again.

        Emptying all tables anew took longer than many a test: here only those are touched that hold rows.
        """
        with psycopg.connect(self._dsn(name)) as connection:
            connection.execute("SET session_replication_role = replica")  # no trigger, no foreign key
            for table, is_large in connection.execute(_WITH_ROWS).fetchall():
                connection.execute(f"TRUNCATE {table} CASCADE" if is_large else f"DELETE FROM {table}")
            connection.execute(_FROM_ONE)
            for (table,) in connection.execute(_SWITCHED_OFF).fetchall():  # a test tampered with its guard
                connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    def _create(self, name: str) -> str:
        with self._admin() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        with psycopg.connect(self._dsn(name), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        return name

    def _dsn(self, name: str) -> str:
        return self.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    def _url_of(self, name: str) -> str:
        return self.url.set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(self._dsn("postgres"), autocommit=True)

    def stop(self) -> None:
        """Drop what was made; end the server if it was started here."""
        if self.folder is None or self.binaries is None:
            with self._admin() as connection:
                if self._name:
                    connection.execute(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")
            return
        _as_server_user([str(self.binaries / "pg_ctl"), "-D", str(self.folder / "data"), "-m", "immediate", "stop"])
        shutil.rmtree(self.folder, ignore_errors=True)


def find_server() -> PostgresServer | None:
    """The server of LINGE_TEST_POSTGRES_URL, else a private one from local binaries, else None."""
    url = os.environ.get("LINGE_TEST_POSTGRES_URL")
    if url:
        return PostgresServer(url)
    binaries = _find_binaries()
    return _start(binaries) if binaries else None


def _find_binaries() -> Path | None:
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("pg_ctl")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    shared = Path("/usr/share/postgresql")
    for folder in candidates:
        version = folder.parent.name
        if (folder / "initdb").exists() and (shared / version / "extension" / "postgis.control").exists():
            return folder
    return None


def _start(binaries: Path) -> PostgresServer:
    folder = Path(tempfile.mkdtemp(prefix="linge-pg-"))
    folder.chmod(0o777)
    data, sockets = folder / "data", folder
    _as_server_user([str(binaries / "initdb"), "-D", str(data), "-U", "linge", "-A", "trust", "-E", "UTF8"])
    options = f"-k {sockets} -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c max_connections=60"
    _as_server_user(
        [str(binaries / "pg_ctl"), "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start"]
    )
    return PostgresServer(f"postgresql+psycopg://linge@/postgres?host={sockets}", folder, binaries)


def _as_server_user(command: list[str]) -> None:
    """Run as the user postgres when we are root: the server refuses to run as root."""
    extra: dict[str, object] = {}
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        extra = {"user": account.pw_uid, "group": account.pw_gid, "cwd": "/tmp"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **extra)  # type: ignore[call-overload]
