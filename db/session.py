"""The database in use, and the two ways to it: ``reading`` and ``transaction``."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

import db.scope  # noqa: F401  registers the filters on Session
from config.settings import settings
from db.engine import make_engine, writing
from db.queries.layers import bump_layers
from domain.errors import DatabaseAway, InvalidText, NotFound, StaleRecord
from domain.permissions import Scope

WRITE_LOCK_SECONDS = 8  # and then the wait of db.engine: together no longer than a person waits for an answer

_log = logging.getLogger("linge.db")


class Database:
    """One database: its URL, its engine, its sessions."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._write_lock = threading.Lock()  # SQLite has one writer; waiting here is fair, waiting there is not
        self._kept_out_at = 0.0  # when the file was last found locked by another program, seconds, monotonic

    @cached_property
    def engine(self) -> Engine:
        """The engine, made at the first use."""
        return make_engine(self.url)

    @property
    def shown_url(self) -> str:
        """The URL without its password, for messages."""
        return make_url(self.url).render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.url.startswith("sqlite")

    @contextmanager
    def reading(self, scope: Scope) -> Iterator[Session]:
        """A session that is never committed. Raises DatabaseAway when the database does not answer."""
        with refusals(), Session(self.engine, autoflush=False, info={"scope": scope}) as session:
            yield session

    @contextmanager
    def transaction(self, scope: Scope) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back by any exception.

        Raises DatabaseAway, StaleRecord; whatever the block raises passes through after the rollback.
        """
        lock = self._alone() if self.is_sqlite else nullcontext()
        session = Session(writing(self.engine), expire_on_commit=False, info={"scope": scope})
        with lock, refusals(), session, session.begin():
            yield session

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The only writer of this process. Who waited behind one who was kept out in vain does not wait once more."""
        since = time.monotonic()
        if not self._write_lock.acquire(timeout=WRITE_LOCK_SECONDS):
            raise DatabaseAway()
        try:
            if self._kept_out_at > since:
                raise DatabaseAway()
            with self._noticing():
                yield
        finally:
            self._write_lock.release()

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except DatabaseAway:
            self._kept_out_at = time.monotonic()
            raise

    def dispose(self) -> None:
        """Close all connections."""
        if "engine" in self.__dict__:
            self.engine.dispose()


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the driver's errors into refusals: the database is away, the record is stale, a value cannot be one."""
    try:
        yield
    except StaleDataError as error:
        raise StaleRecord() from error
    except (OperationalError, InterfaceError, NoConnectionFree) as error:
        raise _away(error) from error
    except OverflowError as error:  # a number with more digits than any id has
        raise NotFound(subject="record") from error
    except (DataError, UnicodeEncodeError) as error:  # such a number on PostgreSQL; NUL, half a surrogate pair
        raise (NotFound(subject="record") if _state(error) == "22003" else InvalidText()) from error
    except IntegrityError as error:
        if _is_taken(error):  # PostgreSQL: somebody else wrote the same in the same moment
            raise StaleRecord() from error
        raise
    except DBAPIError as error:
        if "the month is closed" in str(error.orig):  # it was closed between the look at it and the entry (points)
            raise StaleRecord() from error
        if error.connection_invalidated or type(error) is DatabaseError:  # SQLite: the file is damaged, or is none
            raise _away(error) from error
        raise


def _away(error: Exception) -> DatabaseAway:
    _log.warning("the database is away: %s", getattr(error, "orig", None) or error)
    return DatabaseAway()


def _is_taken(error: IntegrityError) -> bool:
    said = str(error.orig)
    return _state(error) in ("23505", "23P01") or "UNIQUE constraint failed" in said or "room is taken" in said


def _state(error: Exception) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)


@event.listens_for(Session, "after_flush")
def _bump_changed_layers(session: Session, _context: Any) -> None:
    changed = (*session.new, *session.dirty, *session.deleted)
    layers = {layer for row in changed if (layer := getattr(type(row), "__layer__", None))}
    if layers:
        bump_layers(session, layers)


_current: Database | None = None


def database() -> Database:
    """The database in use: as the settings say, made at the first call."""
    global _current
    if _current is None:
        _current = Database(settings().resolved_database_url())
    return _current


def use_database(replacement: Database | None) -> None:
    """Use another database from now on (tests, commands that name one, the reset of a demo). None = as set."""
    global _current
    _current = replacement


def reading(scope: Scope) -> Any:
    """``database().reading(scope)``."""
    return database().reading(scope)


def transaction(scope: Scope) -> Any:
    """``database().transaction(scope)``."""
    return database().transaction(scope)
