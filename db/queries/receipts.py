"""Receipts of accepted forms, and numbers in a series."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.models import Counter, FormReceipt
from db.queries.locks import hold


def find_receipt(session: Session, form_key: str) -> int | None:
    """The id of the record that this form made, if it was accepted before.

    Whoever sends the same form in the same moment waits here until it is clear whether this one is accepted.
    """
    hold(session, f"form/{form_key}")
    return session.scalar(select(FormReceipt.subject_id).where(FormReceipt.form_key == form_key))


def add_receipt(session: Session, form_key: str, subject: str, subject_id: int, at: datetime) -> None:
    """Remember that the form made this record. A second one with the same key fails (UNIQUE)."""
    session.add(FormReceipt(form_key=form_key, subject=subject, subject_id=subject_id, at=at))


def next_number(session: Session, series: str) -> int:
    """The next number of a series, from 1; no two transactions get the same."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(Counter).values(name=series, value=1)
    statement = statement.on_conflict_do_update(index_elements=[Counter.name], set_={"value": Counter.value + 1})
    return session.execute(statement.returning(Counter.value)).scalar_one()
