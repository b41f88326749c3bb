"""The talent pool (feature E6): consents, append-only, and what people say that they offer."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Versioned
from db.models.people import OfPerson


class Consent(Base, OfPerson):
    """A person's word on a purpose; the one with the highest ``sequence`` (from 1) holds. No row: no consent.

    ``user_id`` is who entered it: the person, or who holds the paper; ``note`` says which paper.
    """

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("person_id", "purpose", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    purpose: Mapped[str] = mapped_column(String(32))
    sequence: Mapped[int]
    given: Mapped[bool]
    channel: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(200))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class TalentOffer(Base, OfPerson, Versioned):
    """A sentence on what a person offers, and when (OfferTime keys, comma separated). The skills are the person's."""

    __tablename__ = "talent_offers"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    sentence: Mapped[str] = mapped_column(String(120))
    sentence_key: Mapped[str] = mapped_column(String(400))  # the sentence, its pinyin and initials, for searching
    times: Mapped[str] = mapped_column(String(80))
