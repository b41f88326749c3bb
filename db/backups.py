"""Copies of a whole database: made while it is in use, and put back.

SQLite: ``VACUUM INTO``, which a writer does not disturb. PostgreSQL: ``pg_dump`` and ``pg_restore`` of its schema.
"""

import os
import shutil
import subprocess
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, inspect, select, text
from sqlalchemy.engine import make_url

from config.settings import child_environment
from db import migrating
from db.engine import sqlite_module, writing
from db.models import Base
from db.session import Database, refusals
from domain.errors import Refusal

_SQLITE_HEAD, _POSTGRES_HEAD = b"SQLite format 3\0", b"PGDMP"
_IGNORED = {"layer_versions", "installation", "spatial_ref_sys"}


class BackupFailed(Refusal):
    """The copy could not be made or put back. Values: reason (the tool's words)."""

    code = "backup_failed"


class NotABackup(Refusal):
    """The file is no backup, is damaged, or is of the other kind of database. Values: name, reason."""

    code = "not_a_backup"


@dataclass(frozen=True)
class BackupFacts:
    """What a file holds: ``kind`` is sqlite or postgresql, ``revision`` its schema (None = an empty database)."""

    kind: str
    revision: str | None


def kind_of(target: Database) -> str:
    """sqlite or postgresql."""
    return "sqlite" if target.is_sqlite else "postgresql"


def write_backup(target: Database, path: Path) -> None:
    """Copy a database into a file that only its owner may read; the file appears when it is whole."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        if target.is_sqlite:
            _vacuum_into(target, part)
        else:
            _run(["pg_dump", "-Fc", "-n", "public", "--no-owner", "-f", str(part), *_connection(target)], target)
        read_backup(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def read_backup(path: Path) -> BackupFacts:
    """What a backup holds. Raises NotABackup for anything else and for a damaged one."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise NotABackup(name=path.name, reason=error.strerror or "") from error
    if head == _SQLITE_HEAD:
        return BackupFacts("sqlite", _sqlite_revision(path))
    if head.startswith(_POSTGRES_HEAD):
        return BackupFacts("postgresql", _postgres_revision(path))
    raise NotABackup(name=path.name, reason="")


def restore_backup(target: Database, path: Path) -> None:
    """Put a backup of the same kind in the place of everything that the database holds."""
    target.dispose()
    if target.is_sqlite:
        _restore_sqlite(target, path)
    else:
        _restore_postgres(target, path)


def holds_records(target: Database) -> bool:
    """Whether any table but the bookkeeping has a row. A database without a schema holds none."""
    with refusals(), target.engine.connect() as connection:
        there = set(inspect(connection).get_table_names()) - _IGNORED
        tables = [table for table in Base.metadata.sorted_tables if table.name in there]
        return any(connection.scalar(select(func.count()).select_from(table)) for table in tables)


def _vacuum_into(target: Database, path: Path) -> None:
    with refusals(), target.engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("VACUUM INTO ?", (str(path),))


def _sqlite_revision(path: Path) -> str | None:
    module: Any = sqlite_module()
    try:
        with closing(module.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as source:
            verdict = source.execute("PRAGMA integrity_check").fetchone()[0]
            if verdict != "ok":
                raise NotABackup(name=path.name, reason=verdict)
            if not source.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
                return None
            row = source.execute("SELECT version_num FROM alembic_version").fetchone()
            return row[0] if row else None
    except module.DatabaseError as error:
        raise NotABackup(name=path.name, reason=str(error)) from error


def _restore_sqlite(target: Database, path: Path) -> None:
    module: Any = sqlite_module()
    file = make_url(target.url).database
    if not file or file == ":memory:":
        raise BackupFailed(reason="the database is not a file")
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    try:
        with (
            closing(module.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as source,
            closing(module.connect(file, timeout=30)) as present,
        ):
            source.backup(present)
    except module.DatabaseError as error:
        raise BackupFailed(reason=str(error)) from error


def _postgres_revision(path: Path) -> str | None:
    data = _run(["pg_restore", "-a", "-t", "alembic_version", "-f", "-", str(path)], refusal=NotABackup(
        name=path.name, reason="pg_restore"))  # fmt: skip
    lines = data.splitlines()
    start = next((n for n, line in enumerate(lines) if line.startswith("COPY public.alembic_version")), None)
    return lines[start + 1] if start is not None and lines[start + 1] != "\\." else None


def _restore_postgres(target: Database, path: Path) -> None:
    """One transaction: what the backup holds replaces what is there, or nothing changes."""
    contents = _run(["pg_restore", "-l", str(path)]).splitlines()
    with refusals(), writing(target.engine).begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".list") as wanted:
        wanted.write("\n".join(line for line in contents if " SCHEMA - " not in line))  # public is there already
        wanted.flush()
        options = ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]
        _run(["pg_restore", *options, "-L", wanted.name, *_connection(target), str(path)], target)


def _connection(target: Database) -> list[str]:
    url = make_url(target.url).set(drivername="postgresql", password=None)
    return ["-d", url.render_as_string()]


def _run(command: list[str], target: Database | None = None, refusal: Refusal | None = None) -> str:
    """Run one of PostgreSQL's tools; the password goes by the environment, where other users cannot read it."""
    program = shutil.which(command[0])
    if program is None:
        raise BackupFailed(reason=f"{command[0]}: not installed (postgresql-client)")
    password = make_url(target.url).password if target else None
    environment = child_environment(**({"PGPASSWORD": str(password)} if password else {}))
    done = subprocess.run(  # noqa: S603
        [program, *command[1:]], capture_output=True, text=True, encoding="utf-8", errors="replace", env=environment
    )
    if done.returncode != 0:
        raise refusal or BackupFailed(reason=done.stderr.strip()[-500:])
    return done.stdout


def is_known_revision(revision: str | None) -> bool:
    """Whether this program can bring a schema of that revision up to date."""
    return revision is None or revision in migrating.list_revisions()
