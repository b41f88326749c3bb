"""What a member agreed to show of one's card, append-only, and the links to the public page (feature D4)."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Scoped
from db.models.points import in_people
from domain.permissions import Scope


class CardConsent(Base, Scoped):
    """A member agreed to show a field, or withdrew that; the newest holds. ``basis``: the signed paper, where it is."""

    __tablename__ = "card_consents"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    field: Mapped[str] = mapped_column(String(32))
    given: Mapped[bool]
    basis: Mapped[str] = mapped_column(String(200))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those of the people of the areas, and one's own."""
        return in_people(cls.person_id, scope)


class CardLink(Base, Scoped):
    """A link to the public page of a card. The token is all that opens it; it cannot be guessed."""

    __tablename__ = "card_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those of the people of the areas, and one's own."""
        return in_people(cls.person_id, scope)
