"""The points shop: goods and the movements of their stock."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from db.models import ShopGood, ShopWait, Station, StockMovement, User
from db.queries.shop_waits import is_kept
from domain.errors import NotFound
from domain.shop import StockKind


@dataclass(frozen=True)
class GoodRow:
    """What the shop offers. ``stock`` None is not counted; ``kept`` of it wait for those who were told."""

    id: int
    version: int
    name: str
    kind: str
    price: int
    stock: int | None
    station_id: int | None
    station: str | None
    is_offered: bool
    waiting: int
    kept: int


@dataclass(frozen=True)
class MovementRow:
    """A movement of stock with names."""

    id: int
    good: str
    kind: str
    change: int
    at: datetime
    by: str | None
    donor: str
    note: str


def get_good(session: Session, good_id: int, *, lock: bool = False) -> ShopGood:
    """The good as it stands, or NotFound. ``lock``: to the end of the transaction nobody else gets it."""
    statement = select(ShopGood).where(ShopGood.id == good_id).execution_options(populate_existing=True)
    found = session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound(subject="shop_good")
    return found


def list_goods(session: Session, since: datetime, offered: bool = True) -> list[GoodRow]:
    """What is offered, by price; ``since``: what was told before it is not kept any more."""
    waiting, kept = _waits(ShopWait.ended_at.is_(None)), _waits(is_kept(since))
    columns = (
        ShopGood.id, ShopGood.version, ShopGood.name, ShopGood.kind, ShopGood.price, ShopGood.stock,
        ShopGood.station_id, Station.name, ShopGood.is_offered, waiting, kept,
    )  # fmt: skip
    statement = select(*columns).outerjoin(Station, Station.id == ShopGood.station_id)
    if offered:
        statement = statement.where(ShopGood.is_offered)
    return [GoodRow(*row) for row in session.execute(statement.order_by(ShopGood.price, ShopGood.id))]


def _waits(condition: ColumnElement[bool]) -> Any:
    waits = select(func.count(ShopWait.id)).where(ShopWait.good_id == ShopGood.id, condition)
    return waits.correlate(ShopGood).scalar_subquery()


def add_movement(
    session: Session, good_id: int, kind: StockKind, change: int, at: datetime, by: int | None,
    *, redemption_id: int | None = None, donor: str = "", note: str = "",
) -> int:  # fmt: skip
    """Write a movement; the database moves the stock, or refuses. Returns its number."""
    row = StockMovement(
        good_id=good_id, kind=kind.value, change=change, at=at, by=by, redemption_id=redemption_id, donor=donor,
        note=note,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def list_movements(session: Session, limit: int) -> list[MovementRow]:
    """What came in and was written off or given back, newest first; what was redeemed has its own list."""
    columns = (
        StockMovement.id, ShopGood.name, StockMovement.kind, StockMovement.change, StockMovement.at, User.name,
        StockMovement.donor, StockMovement.note,
    )  # fmt: skip
    statement = (
        select(*columns)
        .join(ShopGood, ShopGood.id == StockMovement.good_id)
        .outerjoin(User, User.id == StockMovement.by)
        .where(StockMovement.redemption_id.is_(None))
        .order_by(StockMovement.id.desc())
    )
    return [MovementRow(*row) for row in session.execute(statement.limit(limit))]


def list_stocks(session: Session) -> list[tuple[int, int | None, int]]:
    """Good, its stock, the sum of its movements."""
    statement = (
        select(ShopGood.id, ShopGood.stock, func.coalesce(func.sum(StockMovement.change), 0))
        .outerjoin(StockMovement, StockMovement.good_id == ShopGood.id)
        .group_by(ShopGood.id, ShopGood.stock)
        .order_by(ShopGood.id)
    )
    return [(number, stock, int(moved)) for number, stock, moved in session.execute(statement)]
