"""The ledger of points (feature E3): accounts, entries, closed months. What an entry is: domain/points.py.

Triggers of the migration move ``balance``, ``entry_count`` and ``last_hash`` of a member's account with each entry,
and refuse to alter or delete one, to date one into a closed month, and a reversal that reverses nothing.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from db.models.activities import Volunteer
from db.models.base import Base, Scoped, in_areas
from db.models.people import Person
from domain.permissions import Scope


class PointsAccount(Base, Scoped):
    """A member's account. Those of the office have ids below 0, no row and no balance (decisions/0170)."""

    __tablename__ = "points_accounts"
    __table_args__ = (CheckConstraint("balance >= 0", name="balance"), CheckConstraint("id > 0", name="member"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    balance: Mapped[int] = mapped_column(default=0, server_default="0")
    entry_count: Mapped[int] = mapped_column(default=0, server_default="0")
    last_hash: Mapped[str] = mapped_column(String(64), default="", server_default="")

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those of the people who live or serve in the areas, and one's own."""
        return in_people(cls.person_id, scope)


class PointsEntry(Base, Scoped):
    """One transfer between a member and an account of the office; the columns of domain.points.Entry."""

    __tablename__ = "points_entries"
    __append_only__ = True
    __table_args__ = (
        CheckConstraint("points >= 0", name="points"),
        CheckConstraint(
            "account_id > 0 AND ((from_id = account_id AND to_id < 0) OR (to_id = account_id AND from_id < 0))",
            name="sides",
        ),
        CheckConstraint(
            "(kind = 'reverse') = (reverses_id IS NOT NULL) AND (kind = 'reverse' OR (kind = 'earn' AND from_id = -1)"
            " OR (kind = 'redeem' AND to_id = -2) OR (kind = 'expire' AND to_id = -3))",
            name="kind",
        ),
        UniqueConstraint("subject", "subject_id", "kind", "part", "turn"),
        UniqueConstraint("reverses_id"),
        Index("ix_points_entries_account_id", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("points_accounts.id"))
    kind: Mapped[str] = mapped_column(String(16))
    from_id: Mapped[int]
    to_id: Mapped[int]
    points: Mapped[int]
    day: Mapped[date] = mapped_column(index=True)
    at: Mapped[datetime]
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int | None]
    part: Mapped[str] = mapped_column(String(16), default="")
    quantity: Mapped[int | None]
    tariff: Mapped[date | None]
    turn: Mapped[int] = mapped_column(default=0)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("points_entries.id"))
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(String(400), default="")
    hash: Mapped[str] = mapped_column(String(64))

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those of the accounts that may be seen."""
        return of_visible_account(cls.account_id, scope)


class PointsMonth(Base):
    """A closed month: its sums, and the digest of its entries. Append-only; no later entry falls into it."""

    __tablename__ = "points_months"
    __append_only__ = True

    starts_on: Mapped[date] = mapped_column(primary_key=True)
    ends_on: Mapped[date]
    closed_at: Mapped[datetime]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    entries: Mapped[int]
    earned: Mapped[int]
    redeemed: Mapped[int]
    expired: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))


def of_visible_account(column: Any, scope: Scope) -> ColumnElement[bool]:
    """Whether an account id is of somebody whom the scope shows."""
    accounts = PointsAccount.__table__
    return column.in_(select(accounts.c.id).where(in_people(accounts.c.person_id, scope)))


def in_people(column: Any, scope: Scope) -> ColumnElement[bool]:
    """Whether a person id is of somebody who lives or serves in the areas of the scope, or its own person."""
    people, volunteers = Person.__table__, Volunteer.__table__
    serving = select(volunteers.c.person_id).where(in_areas(volunteers.c.area_id, scope.area_paths))
    own = [people.c.id == scope.person_id] if scope.person_id is not None else []
    where = or_(in_areas(people.c.area_id, scope.area_paths), people.c.id.in_(serving), *own)
    return column.in_(select(people.c.id).where(where))
