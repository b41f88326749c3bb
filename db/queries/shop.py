"""The points shop: goods, movements of stock, redemptions, codes, waiting."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import PointsEntry, Redemption, ShopGood, StockMovement
from domain.points import SHOP
from domain.shop import RedemptionState, StockKind

REDEMPTION = "redemption"


@dataclass(frozen=True)
class RedemptionTrace:
    """A redemption and what it left: points spent and reversed, change of the stock and back."""

    id: int
    state: RedemptionState
    quantity: int
    points: int
    was_done: bool
    spent: int
    reversed: int
    taken: int
    put_back: int


def list_stocks(session: Session) -> list[tuple[int, int | None, int]]:
    """Good, its stock, the sum of its movements."""
    statement = (
        select(ShopGood.id, ShopGood.stock, func.coalesce(func.sum(StockMovement.change), 0))
        .outerjoin(StockMovement, StockMovement.good_id == ShopGood.id)
        .group_by(ShopGood.id, ShopGood.stock)
        .order_by(ShopGood.id)
    )
    return [(number, stock, int(moved)) for number, stock, moved in session.execute(statement)]


def iterate_redemption_traces(session: Session) -> Iterator[RedemptionTrace]:
    """Every redemption with its traces in ledger and stock."""
    spent, back = _points_of(PointsEntry.to_id), _points_of(PointsEntry.from_id)
    columns = (
        Redemption.id, Redemption.state, Redemption.quantity, Redemption.points, Redemption.done_at,
        spent, back, _moved(StockKind.REDEEMED), _moved(StockKind.RETURNED),
    )  # fmt: skip
    for row in session.execute(select(*columns).order_by(Redemption.id).execution_options(yield_per=2000)):
        number, state, quantity, points, done_at, *traces = row
        yield RedemptionTrace(number, RedemptionState(state), quantity, points, done_at is not None, *traces)


def _points_of(side: Any) -> Any:
    return (
        select(func.coalesce(func.sum(PointsEntry.points), 0))
        .where(PointsEntry.subject == REDEMPTION, PointsEntry.subject_id == Redemption.id, side == SHOP)
        .correlate(Redemption)
        .scalar_subquery()
    )


def _moved(kind: StockKind) -> Any:
    return (
        select(func.coalesce(func.sum(StockMovement.change), 0))
        .where(StockMovement.redemption_id == Redemption.id, StockMovement.kind == kind.value)
        .correlate(Redemption)
        .scalar_subquery()
    )
