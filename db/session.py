"""The database in use, and the two ways to it: ``reading`` and ``transaction``."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

import db.scope  # noqa: F401  registers the filters on Session
from config.settings import settings
from db.engine import make_engine, writing
from db.queries.layers import bump_layers
from domain.errors import DatabaseAway, StaleRecord
from domain.permissions import Scope


class Database:
    """One database: its URL, its engine, its sessions."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._write_lock = threading.Lock()  # SQLite has one writer; waiting here is fair, waiting there is not

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
        lock = self._write_lock if self.is_sqlite else nullcontext()
        session = Session(writing(self.engine), expire_on_commit=False, info={"scope": scope})
        with lock, refusals(), session, session.begin():
            yield session

    def dispose(self) -> None:
        """Close all connections."""
        if "engine" in self.__dict__:
            self.engine.dispose()


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the driver's errors into refusals: the database is away, or the record is stale."""
    try:
        yield
    except StaleDataError as error:
        raise StaleRecord() from error
    except (OperationalError, InterfaceError) as error:
        raise DatabaseAway() from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseAway() from error
        raise


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
