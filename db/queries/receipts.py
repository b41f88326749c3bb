"""Receipts of accepted forms, and numbers in a series."""

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.models import Counter, FormReceipt
from db.queries.locks import hold


def find_receipt(session: Session, user_id: int, subject: str, form_key: str) -> int | None:
    """The id of the record that this form of this user made, if it was accepted before.

    Whoever sends the same form in the same moment waits here until it is clear whether this one is accepted.
    """
    key = _key(user_id, subject, form_key)
    hold(session, f"form/{key}")
    return session.scalar(select(FormReceipt.subject_id).where(FormReceipt.form_key == key))


def add_receipt(session: Session, user_id: int, subject: str, form_key: str, subject_id: int, at: datetime) -> None:
    """Remember that the form made this record. A second one with the same key fails (UNIQUE)."""
    key = _key(user_id, subject, form_key)
    session.add(FormReceipt(form_key=key, subject=subject, subject_id=subject_id, at=at))


def _key(user_id: int, subject: str, form_key: str) -> str:
    """The key stands in the address bar: a colleague who was sent the address must not meet the sender's record."""
    return hashlib.sha256(f"{user_id}/{subject}/{form_key}".encode(errors="replace")).hexdigest()


def next_number(session: Session, series: str) -> int:
    """The next number of a series, from 1; no two transactions get the same."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(Counter).values(name=series, value=1)
    statement = statement.on_conflict_do_update(index_elements=[Counter.name], set_={"value": Counter.value + 1})
    return session.execute(statement.returning(Counter.value)).scalar_one()
