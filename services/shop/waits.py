"""Waiting for what is out of stock: in order, and who is next is told when it is there (feature E4)."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.models import ShopWait
from db.queries import points, shop
from db.queries import shop_waits as rows
from db.queries.shop_waits import WaitRow
from db.session import reading, transaction
from domain.clock import utc_now
from domain.permissions import EVERYWHERE, Actor, Permission, Scope, require
from domain.shop import AlreadyWaiting, NotSoldOut, WaitOutcome
from services.shop.members import own_person, visible_person
from services.system.installations import current_profile


def wait_for(actor: Actor, good_id: int, person_id: int | None = None, now: datetime | None = None) -> int:
    """Wait for something; ``person_id``: for a member of one's areas, which needs SHOP_KEEP. Returns the place.

    Raises NotSoldOut, AlreadyWaiting, NotFound.
    """
    require(actor, Permission.POINTS_OWN if person_id is None else Permission.SHOP_KEEP)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        person = own_person(actor) if person_id is None else visible_person(session, actor, person_id)
        good = shop.get_good(session, good_id, lock=True)
        account = points.lock_account(session, person)
        if rows.find_open_wait(session, good_id, account.id):
            raise AlreadyWaiting()
        waiting = rows.list_open_waits(session, good_id)
        if good.stock is None or good.stock > rows.count_kept(session, good_id, kept_since(now)):
            raise NotSoldOut()
        session.add(ShopWait(good_id=good_id, account_id=account.id, asked_at=now))
        session.flush()
        return len(waiting) + 1


def stop_waiting(actor: Actor, wait_id: int, now: datetime | None = None) -> None:
    """Wait no longer; the next is told. Raises NotFound."""
    require(actor, Permission.POINTS_OWN)
    with transaction(EVERYWHERE) as session:
        found = rows.get_wait(session, wait_id, Scope(person_id=own_person(actor)))
        shop.get_good(session, found.good_id, lock=True)
        end_wait(found, WaitOutcome.WITHDRAWN, now or utc_now())
        session.flush()
        tell_next(session, found.good_id, now or utc_now())


def list_waits(actor: Actor) -> list[WaitRow]:
    """Who waits for what, in order, as far as the actor's areas go."""
    require(actor, Permission.SHOP_KEEP)
    with reading(EVERYWHERE) as session:
        return rows.list_waits(session, actor.scope)


def count_waits(actor: Actor) -> int:
    """How many wait for something in the whole street: what the table of goods adds up to."""
    require(actor, Permission.SHOP_KEEP)
    with reading(EVERYWHERE) as session:
        return rows.count_waits(session)


def tell_all(actor: Actor, now: datetime | None = None) -> int:
    """For every good: what was kept for too long goes to the next; how many were told."""
    require(actor, Permission.POINTS_CLOSE)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        told = 0
        for good_id in rows.list_goods_waited_for(session):
            shop.get_good(session, good_id, lock=True)
            told += tell_next(session, good_id, now)
    return told


def tell_next(session: Session, good_id: int, now: datetime) -> int:
    """Tell as many of those who wait as there is stock for, in their order; how many. The good is held."""
    stock = shop.get_good(session, good_id, lock=True).stock or 0
    waiting = []
    for found in rows.list_open_waits(session, good_id):
        if found.told_at is not None and found.told_at < kept_since(now):
            end_wait(found, WaitOutcome.LAPSED, now)
        else:
            waiting.append(found)
    told = [found for found in waiting[:stock] if found.told_at is None]
    for found in told:
        found.told_at = now
    session.flush()
    return len(told)


def end_wait(found: ShopWait, outcome: WaitOutcome, now: datetime) -> None:
    """Nobody waits here any more."""
    found.ended_at, found.outcome = now, outcome.value


def kept_since(now: datetime) -> datetime:
    """What was told before this instant is not kept any more."""
    return now - timedelta(days=current_profile().points.hold_days.value)
