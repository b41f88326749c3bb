"""Closing of months: from then on nothing is dated into them, and their sums and digest stand (feature E3)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from db.models import PointsMonth
from db.queries import points as rows
from db.queries.audit import add_audit_entry
from db.queries.locks import hold
from db.session import transaction
from domain.clock import local_date, utc_now
from domain.periods import month_end
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.points import MonthClosed, MonthNotOver, MonthOutOfTurn


@dataclass(frozen=True)
class MonthView:
    """A closed month and its sums in points."""

    month: str
    entries: int
    earned: int
    redeemed: int
    expired: int
    closed_at: datetime


def close_month(actor: Actor, month: date | None = None, now: datetime | None = None) -> MonthView:
    """Close a month (any day of it), or the next one in turn. Raises MonthNotOver, MonthClosed, MonthOutOfTurn."""
    require(actor, Permission.POINTS_CLOSE)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        return close_month_in(session, actor, month, now)


def close_month_in(session: Session, actor: Actor, month: date | None, now: datetime) -> MonthView:
    """The same inside a transaction that runs EVERYWHERE."""
    hold(session, "points/months")  # the trigger of every entry holds it, too
    closed = rows.find_closed_until(session)
    turn = _next(session, closed, local_date(now))
    first = (month or turn).replace(day=1)
    _check_turn(first, turn, closed, local_date(now))
    last = month_end(first)
    sums = rows.sum_between(session, first, last)
    digest = digest_of(rows.iterate_hashes(session, first, last))
    row = PointsMonth(
        starts_on=first, ends_on=last, closed_at=now, closed_by=actor.user_id or None, digest=digest, **vars(sums)
    )
    session.add(row)
    add_audit_entry(session, actor.user_id, "points.close_month", "points_month", now, detail=f"{first} {digest}")
    session.flush()
    return view_of(row)


def digest_of(hashes: Iterable[str]) -> str:
    """SHA-256 over the hashes of a month's entries in their order."""
    digest = hashlib.sha256()
    for found in hashes:
        digest.update(found.encode())
    return digest.hexdigest()


def view_of(row: PointsMonth) -> MonthView:
    """A closed month for a page."""
    return MonthView(f"{row.starts_on:%Y-%m}", row.entries, row.earned, row.redeemed, row.expired, row.closed_at)


def _next(session: Session, closed: date | None, today: date) -> date:
    if closed is not None:
        return closed + timedelta(days=1)
    return (rows.find_first_day(session) or today).replace(day=1)


def _check_turn(first: date, turn: date, closed: date | None, today: date) -> None:
    if closed is not None and first <= closed:
        raise MonthClosed(month=f"{first:%Y-%m}")
    if month_end(first) >= today:
        raise MonthNotOver(month=f"{first:%Y-%m}")
    if first != turn:
        raise MonthOutOfTurn(month=f"{turn:%Y-%m}")
