"""People and the posts they hold (feature A5). No ID number, no religion, no health: such columns do not exist."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Scoped, Versioned, in_areas
from domain.permissions import Scope


class Person(Base, Scoped, Versioned):
    """A person who works for the neighbourhood: party member, grid staff, volunteer."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(200), default="", index=True)
    phone: Mapped[str | None] = mapped_column(String(32))
    is_party_member: Mapped[bool] = mapped_column(default=False)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"), index=True)  # home community or grid
    skills: Mapped[str] = mapped_column(String(200), default="")  # profile keys, comma separated

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those who live in the areas, those assigned to them, and oneself."""
        return _visible(cls, scope)


def _visible(people: Any, scope: Scope) -> ColumnElement[bool]:
    assigned = select(Assignment.__table__.c.person_id).where(
        in_areas(Assignment.__table__.c.area_id, scope.area_paths)
    )
    own = [people.id == scope.person_id] if scope.person_id is not None else []
    return or_(in_areas(people.area_id, scope.area_paths), people.id.in_(assigned), *own)


class OfPerson(Scoped):
    """What belongs to a person by its ``person_id``: seen by whoever sees the person."""

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """What belongs to a visible person."""
        people = Person.__table__.c
        return cls.person_id.in_(select(people.id).where(_visible(people, scope)))  # type: ignore[attr-defined]


class PostHolding(Base):
    """A person holds a post of an organisation or area from a day to a day."""

    __tablename__ = "post_holdings"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    post: Mapped[str] = mapped_column(String(32))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Assignment(Base, Scoped, Versioned):
    """党员包联网格: a member is assigned to a grid from a day to a day, both inclusive; None = until further notice."""

    __tablename__ = "assignments"
    __layer__ = "assignments"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    post: Mapped[str] = mapped_column(String(32))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(400), default="")
    end_reason: Mapped[str] = mapped_column(String(400), default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those of the areas, and one's own."""
        own = [cls.person_id == scope.person_id] if scope.person_id is not None else []
        return or_(in_areas(cls.area_id, scope.area_paths), *own)
