"""Consents: the words of a person on a purpose, and whose last word is yes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from db.models import Consent, Person, User
from db.queries.locks import hold


@dataclass(frozen=True)
class ConsentRow:
    """A word: given or withdrawn, on which way, who entered it (None: the program), when."""

    given: bool
    channel: str
    note: str
    by: str | None
    at: datetime
    sequence: int


def list_consents(session: Session, person_id: int, purpose: str) -> list[ConsentRow]:
    """Every word of a person on a purpose, the newest first: the first one holds."""
    rows = session.execute(
        select(Consent.given, Consent.channel, Consent.note, User.name, Consent.at, Consent.sequence)
        .outerjoin(User, User.id == Consent.user_id)
        .where(Consent.person_id == person_id, Consent.purpose == purpose)
        .order_by(Consent.sequence.desc())
    )
    return [ConsentRow(*row) for row in rows]


def count_words(session: Session) -> int:
    """How many words there are, of everybody on every purpose."""
    return session.scalar(select(func.count(Consent.id))) or 0


def list_words(session: Session, offset: int, limit: int) -> list[tuple[Any, ...]]:
    """(at, who entered it, name of the person, purpose, given, channel, note), the newest first."""
    statement = (
        select(Consent.at, User.name, Person.name, Consent.purpose, Consent.given, Consent.channel, Consent.note)
        .join(Person, Person.id == Consent.person_id)
        .outerjoin(User, User.id == Consent.user_id)
        .order_by(Consent.at.desc(), Consent.id.desc())
    )
    return [tuple(row) for row in session.execute(statement.offset(offset).limit(limit))]


def hold_consent(session: Session, person_id: int, purpose: str) -> None:
    """Let nobody else change, or build on, this consent before the transaction ends."""
    hold(session, f"consent/{purpose}/{person_id}")


def has_consented(person_id: Any, purpose: str) -> ColumnElement[bool]:
    """Whether the last word of the person of a column on a purpose is yes."""
    words, later = Consent.__table__.alias(), Consent.__table__.alias()
    newer = exists().where(
        later.c.person_id == words.c.person_id, later.c.purpose == words.c.purpose, later.c.sequence > words.c.sequence
    )
    given = select(words.c.person_id).where(words.c.purpose == purpose, words.c.given, ~newer)
    return person_id.in_(given)
