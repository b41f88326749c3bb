"""Who waits for what of the points shop.

What takes a ``scope`` names members whose person lives elsewhere than they serve: it is run EVERYWHERE and filters by
the account alone.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import Session

from db.models import Person, PointsAccount, ShopGood, ShopWait
from domain.errors import NotFound
from domain.permissions import Scope


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


def is_kept(since: datetime) -> ColumnElement[bool]:
    """Waits for which a good is kept: told since then, and not served yet."""
    return and_(ShopWait.ended_at.is_(None), ShopWait.told_at >= since)


def count_kept(session: Session, good_id: int, since: datetime, but_for: int | None = None) -> int:
    """For how many others a good is kept: told since then and not served yet."""
    statement = select(func.count(ShopWait.id)).where(ShopWait.good_id == good_id, is_kept(since))
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


def count_waits(session: Session) -> int:
    """How many wait for something, whoever they are."""
    return session.scalar(select(func.count(ShopWait.id)).where(ShopWait.ended_at.is_(None))) or 0


def list_goods_waited_for(session: Session) -> list[int]:
    """Goods for which somebody waits, by id."""
    statement = select(ShopWait.good_id).where(ShopWait.ended_at.is_(None)).distinct().order_by(ShopWait.good_id)
    return list(session.scalars(statement))
