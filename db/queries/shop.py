"""The points shop: goods, movements of stock, redemptions, codes, waiting.

What takes a ``scope`` names members whose person lives elsewhere than they serve: it is run EVERYWHERE and filters by
the account alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select, true, update
from sqlalchemy.orm import Session, aliased

from db.models import (
    AuditEntry,
    Person,
    PointsAccount,
    PointsEntry,
    Redemption,
    RedemptionCode,
    ShopGood,
    ShopWait,
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
class RedemptionRow:
    """A redemption with the names behind it."""

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


@dataclass(frozen=True)
class WaitRow:
    """Somebody who waits for a good; ``place`` counts from 1 over everybody who waits for it."""

    id: int
    good_id: int
    good: str
    account_id: int
    person: str
    asked_at: datetime
    told_at: datetime | None
    place: int


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
    waiting, kept = _waits(ShopWait.ended_at.is_(None)), _waits(_is_kept(since))
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


def _is_kept(since: datetime) -> ColumnElement[bool]:
    return and_(ShopWait.ended_at.is_(None), ShopWait.told_at >= since)


def count_kept(session: Session, good_id: int, since: datetime, but_for: int | None = None) -> int:
    """For how many others a good is kept: told since then and not served yet."""
    statement = select(func.count(ShopWait.id)).where(ShopWait.good_id == good_id, _is_kept(since))
    if but_for is not None:
        statement = statement.where(ShopWait.account_id != but_for)
    return session.scalar(statement) or 0


def list_open_waits(session: Session, good_id: int) -> list[ShopWait]:
    """Those who wait for a good, first come first."""
    statement = select(ShopWait).where(ShopWait.good_id == good_id, ShopWait.ended_at.is_(None))
    return list(session.scalars(statement.order_by(ShopWait.asked_at, ShopWait.id)))


def find_open_wait(session: Session, good_id: int, account_id: int) -> ShopWait | None:
    """Whether an account waits for a good."""
    return session.scalar(
        select(ShopWait).where(
            ShopWait.good_id == good_id, ShopWait.account_id == account_id, ShopWait.ended_at.is_(None)
        )
    )


def get_wait(session: Session, wait_id: int, scope: Scope) -> ShopWait:
    """An open wait that the scope shows, or NotFound."""
    found = session.scalar(select(ShopWait).where(ShopWait.id == wait_id, ShopWait.ended_at.is_(None), _of(scope)))
    if found is None:
        raise NotFound(subject="shop_wait")
    return found


def _of(scope: Scope) -> ColumnElement[bool]:
    return true() if scope.everywhere else ShopWait.visible_to(scope)


def list_waits(session: Session, scope: Scope, person_id: int | None = None) -> list[WaitRow]:
    """Who waits for what, by good and in order; of everybody whom the scope shows, or of one person."""
    order = func.row_number().over(partition_by=ShopWait.good_id, order_by=(ShopWait.asked_at, ShopWait.id))
    places = select(ShopWait.id, order.label("place")).where(ShopWait.ended_at.is_(None)).subquery()
    columns = (
        ShopWait.id, ShopWait.good_id, ShopGood.name, ShopWait.account_id, Person.name, ShopWait.asked_at,
        ShopWait.told_at, places.c.place,
    )  # fmt: skip
    statement = (
        select(*columns)
        .join(places, places.c.id == ShopWait.id)
        .join(ShopGood, ShopGood.id == ShopWait.good_id)
        .join(PointsAccount, PointsAccount.id == ShopWait.account_id)
        .join(Person, Person.id == PointsAccount.person_id)
        .where(ShopWait.ended_at.is_(None), _of(scope))
        .order_by(ShopGood.name, ShopWait.asked_at, ShopWait.id)
    )
    if person_id is not None:
        statement = statement.where(PointsAccount.person_id == person_id)
    return [WaitRow(*row) for row in session.execute(statement)]


def list_goods_waited_for(session: Session) -> list[int]:
    """Goods for which somebody waits, by id."""
    statement = select(ShopWait.good_id).where(ShopWait.ended_at.is_(None)).distinct().order_by(ShopWait.good_id)
    return list(session.scalars(statement))


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


def _shown(scope: Scope) -> ColumnElement[bool]:
    return true() if scope.everywhere else Redemption.visible_to(scope)


def _redemptions() -> Any:
    clerk = aliased(User)
    columns = (
        Redemption.id, Redemption.version, Redemption.account_id, PointsAccount.person_id, Person.name,
        Redemption.good_id, ShopGood.name, Redemption.quantity, Redemption.points, Redemption.state,
        Redemption.confirmation, Redemption.at, Redemption.by, clerk.name, Redemption.done_at, Redemption.ended_at,
        Redemption.end_reason,
    )  # fmt: skip
    return (
        select(*columns)
        .join(ShopGood, ShopGood.id == Redemption.good_id)
        .join(PointsAccount, PointsAccount.id == Redemption.account_id)
        .join(Person, Person.id == PointsAccount.person_id)
        .outerjoin(clerk, clerk.id == Redemption.by)
    )


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
