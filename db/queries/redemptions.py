"""Redemptions of the points shop, the codes by which members agree to them, and what they left in ledger and stock.

What takes a ``scope`` names members whose person lives elsewhere than they serve: it is run EVERYWHERE and filters by
the account alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, true, update
from sqlalchemy.orm import Session, aliased

from db.models import (
    AuditEntry,
    Person,
    PointsAccount,
    PointsEntry,
    Redemption,
    RedemptionCode,
    ShopGood,
    Station,
    StockMovement,
    User,
)
from domain.clock import day_end, day_start
from domain.errors import NotFound
from domain.periods import Period
from domain.permissions import Scope
from domain.points import SHOP
from domain.shop import RedemptionState, StockKind

REDEMPTION = "redemption"


@dataclass(frozen=True)
class RedemptionRow:
    """A redemption with the names behind it; ``station``: where it is handed out, None where nobody recorded it."""

    id: int
    version: int
    account_id: int
    person_id: int
    person: str
    good_id: int
    good: str
    quantity: int
    points: int
    state: str
    confirmation: str
    at: datetime
    by: int | None
    by_name: str | None
    done_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    station_id: int | None
    station: str | None


def get_redemption(session: Session, redemption_id: int, scope: Scope) -> Redemption:
    """A redemption that the scope shows, held; or NotFound."""
    statement = select(Redemption).where(Redemption.id == redemption_id, _shown(scope)).with_for_update()
    found = session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(subject=REDEMPTION)
    return found


def get_redemption_row(session: Session, redemption_id: int) -> RedemptionRow:
    """A redemption with names. Raises NotFound."""
    row = session.execute(_redemptions().where(Redemption.id == redemption_id)).first()
    if row is None:
        raise NotFound(subject=REDEMPTION)
    return RedemptionRow(*row)


def list_redemptions(
    session: Session, scope: Scope, state: RedemptionState | None, limit: int, period: Period | None = None
) -> list[RedemptionRow]:
    """Newest first; of one state, or of all; ``period``: entered on its days."""
    statement = _redemptions().where(_shown(scope), *([] if state is None else [Redemption.state == state.value]))
    if period is not None:
        statement = statement.where(Redemption.at >= day_start(period.first), Redemption.at < day_end(period.last))
    return [RedemptionRow(*row) for row in session.execute(statement.order_by(Redemption.id.desc()).limit(limit))]


def find_last_counter(session: Session, user_id: int) -> int | None:
    """The station at which an account entered its latest redemption; None before the first."""
    statement = select(Redemption.station_id).where(Redemption.by == user_id, Redemption.station_id.is_not(None))
    return session.scalar(statement.order_by(Redemption.id.desc()).limit(1))


def _shown(scope: Scope) -> ColumnElement[bool]:
    return true() if scope.everywhere else Redemption.visible_to(scope)


def _redemptions() -> Any:
    clerk = aliased(User)
    columns = (
        Redemption.id, Redemption.version, Redemption.account_id, PointsAccount.person_id, Person.name,
        Redemption.good_id, ShopGood.name, Redemption.quantity, Redemption.points, Redemption.state,
        Redemption.confirmation, Redemption.at, Redemption.by, clerk.name, Redemption.done_at, Redemption.ended_at,
        Redemption.end_reason, Redemption.station_id, Station.name,
    )  # fmt: skip
    return (
        select(*columns)
        .join(ShopGood, ShopGood.id == Redemption.good_id)
        .join(PointsAccount, PointsAccount.id == Redemption.account_id)
        .join(Person, Person.id == PointsAccount.person_id)
        .outerjoin(clerk, clerk.id == Redemption.by)
        .outerjoin(Station, Station.id == Redemption.station_id)
    )


def find_code(session: Session, code_hash: str, *, lock: bool = False) -> RedemptionCode | None:
    """The newest code of that hash."""
    statement = select(RedemptionCode).where(RedemptionCode.code_hash == code_hash).order_by(RedemptionCode.id.desc())
    statement = statement.limit(1).execution_options(populate_existing=True)
    return session.scalar(statement.with_for_update() if lock else statement)


def end_codes(session: Session, account_id: int, now: datetime) -> None:
    """Let every code of an account that is good still be over."""
    statement = update(RedemptionCode).where(
        RedemptionCode.account_id == account_id, RedemptionCode.used_at.is_(None), RedemptionCode.expires_at > now
    )
    session.execute(statement.values(expires_at=now), execution_options={"synchronize_session": False})


def delete_codes(session: Session, before: datetime) -> int:
    """Take away the codes that were over before a moment; how many."""
    statement = delete(RedemptionCode).where(RedemptionCode.expires_at < before)
    result: Any = session.execute(statement, execution_options={"synchronize_session": False})
    return int(result.rowcount)


def count_tries(session: Session, user_id: int, action: str, since: datetime) -> int:
    """How often an account did something that the audit records, since then."""
    statement = select(func.count(AuditEntry.id)).where(
        AuditEntry.action == action, AuditEntry.at >= since, AuditEntry.user_id == user_id
    )
    return session.scalar(statement) or 0


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
