"""Locks by name: what must not be done twice at once, where no row is there yet to be locked."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

AREAS = "areas"
"""Held by whoever changes grids, shared by whoever puts a record into one (decision 0205)."""


def hold(session: Session, name: str) -> None:
    """Wait for the lock of that name and hold it to the end of the transaction.

    On SQLite a transaction that writes is alone already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def share(session: Session, name: str) -> None:
    """Wait until nobody holds the lock of that name, and keep it from being held to the end of the transaction.

    Any number may share it. Whoever shares it does so before locking rows that the one who holds it wants as well.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock_shared(func.hashtextextended(name, 0))))
