"""The points shop (feature E4): goods, their stock as movements, redemptions, codes, waiting.

A trigger moves ``stock`` of a counted good with each movement; movements cannot be altered or deleted.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, UniqueConstraint, or_, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Scoped, Versioned
from db.models.points import of_visible_account
from domain.permissions import Scope

_OPEN = text("ended_at IS NULL")


class ShopGood(Base, Versioned):
    """What can be had for points. ``stock`` None: not counted, as with many services."""

    __tablename__ = "shop_goods"
    __table_args__ = (CheckConstraint("stock >= 0", name="stock"), CheckConstraint("price > 0", name="price"))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(16))
    price: Mapped[int]
    stock: Mapped[int | None]
    station_id: Mapped[int | None] = mapped_column(ForeignKey("stations.id"), index=True)
    is_offered: Mapped[bool] = mapped_column(default=True)


class StockMovement(Base):
    """``change`` of a stock, and why. Append-only."""

    __tablename__ = "stock_movements"
    __append_only__ = True
    __table_args__ = (
        CheckConstraint(
            "(kind IN ('received', 'donated', 'returned') AND change > 0)"
            " OR (kind IN ('redeemed', 'written_off') AND change < 0)",
            name="change",
        ),
        CheckConstraint("(kind IN ('redeemed', 'returned')) = (redemption_id IS NOT NULL)", name="redemption"),
        UniqueConstraint("redemption_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    good_id: Mapped[int] = mapped_column(ForeignKey("shop_goods.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    change: Mapped[int]
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    redemption_id: Mapped[int | None] = mapped_column(ForeignKey("redemptions.id"))
    donor: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(String(400), default="")


class Redemption(Base, Scoped, Versioned):
    """One member, one good, so many for so many points; ``station_id``: where it is handed out.

    A trigger keeps the station as it was entered; of redemptions before migration 0030 nobody recorded it.
    """

    __tablename__ = "redemptions"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_redemptions_state_at", "state", "at"),
        Index("ix_redemptions_by_id", "by", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("points_accounts.id"), index=True)
    good_id: Mapped[int] = mapped_column(ForeignKey("shop_goods.id"), index=True)
    quantity: Mapped[int]
    points: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    confirmation: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    done_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    end_reason: Mapped[str] = mapped_column(String(400), default="")
    station_id: Mapped[int | None] = mapped_column(ForeignKey("stations.id"), index=True)

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those of the accounts that may be seen, and those that the user entered at the station."""
        own = [cls.by == scope.user_id] if scope.user_id is not None else []
        return or_(of_visible_account(cls.account_id, scope), *own)


class RedemptionCode(Base):
    """A member's one-time code; only its hash is kept."""

    __tablename__ = "redemption_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("points_accounts.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ShopWait(Base, Scoped):
    """A member waits for a good that is out of stock; ``told_at``: it is there, and this member is next."""

    __tablename__ = "shop_waits"
    __table_args__ = (
        Index("uq_shop_waits_open", "good_id", "account_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    good_id: Mapped[int] = mapped_column(ForeignKey("shop_goods.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("points_accounts.id"), index=True)
    asked_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those of the accounts that may be seen."""
        return of_visible_account(cls.account_id, scope)
