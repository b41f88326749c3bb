"""Receipts of accepted forms, and numbers in a series."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.models import Counter, FormReceipt
from db.queries.locks import hold

_AT_ONCE = 500


def find_receipt(session: Session, user_id: int, subject: str, form_key: str) -> int | None:
    """The id of the record that this form of this user made, if it was accepted before; None for a form without a key.

    Whoever sends the same form in the same moment waits here until it is clear whether this one is accepted.
    """
    if not form_key:
        return None
    key = _key(user_id, subject, form_key)
    hold(session, f"form/{key}")
    return session.scalar(select(FormReceipt.subject_id).where(FormReceipt.form_key == key))


def add_receipt(session: Session, user_id: int, subject: str, form_key: str, subject_id: int, at: datetime) -> None:
    """Remember that the form made this record; nothing without a key. A second one with the same key fails (UNIQUE)."""
    if form_key:
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


def next_numbers(session: Session, counts: Mapping[str, int]) -> dict[str, int]:
    """The first of as many next numbers of each series; no two transactions get the same. In few statements."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first: dict[str, int] = {}
    names = sorted(counts)  # one order everywhere, so that two writers cannot wait for each other
    for start in range(0, len(names), _AT_ONCE):
        rows = [{"name": name, "value": counts[name]} for name in names[start : start + _AT_ONCE]]
        statement = insert(Counter).values(rows)
        taken = statement.on_conflict_do_update(
            index_elements=[Counter.name], set_={"value": Counter.value + statement.excluded.value}
        )
        for name, value in session.execute(taken.returning(Counter.name, Counter.value)):
            first[name] = value - counts[name] + 1
    return first
