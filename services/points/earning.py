"""What brings points: the ledger is brought in line with a record as it stands now (feature E3).

``settle_attendance`` is called wherever an attendance begins or ceases to count: at the check-out, when a second
person confirms, when an entry is turned down (services/activities/attendances.py). Records of other kinds call
``earn`` when they are verified and ``settle`` when they change. Sent twice, nothing is written twice: what a record
earned is found by (subject, subject_id, part), and only a changed quantity is reversed and earned anew.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from config.profiles import Profile
from db.queries import points as rows
from db.queries.points import AccountRow, StoredEntry, Turn
from db.session import reading, transaction
from domain.clock import local_date, utc_now
from domain.periods import month_end
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.points import (
    ISSUED,
    EarningKind,
    Entry,
    EntryKind,
    accounting_day,
    capped,
    points_for,
    tariff_on,
)
from services.points.ledger import account_of, reverse_entry, write_entry
from services.system.installations import current_profile

ATTENDANCE = "attendance"
_BATCH = 500


@dataclass(frozen=True)
class Record:
    """A verified record: whose it is, when it happened (aware), and the quantity of each kind; {} = it counts for none.

    Minutes for SERVICE, times for the others.
    """

    subject: str
    subject_id: int
    person_id: int
    at: datetime
    quantities: Mapping[EarningKind, int]


def earn(
    session: Session, actor: Actor, person_id: int, kind: EarningKind, subject: str, subject_id: int, quantity: int,
    at: datetime, now: datetime | None = None,
) -> int:  # fmt: skip
    """Points for a record of one kind, by the tariff of the day ``at`` and under the month's cap; returns the balance.

    The record's table and id make it count once. Asks no permission: the service that verified the record did.
    """
    return settle(session, actor, Record(subject, subject_id, person_id, at, {kind: quantity}), now)


def settle(session: Session, actor: Actor, record: Record, now: datetime | None = None) -> int:
    """Bring the ledger in line with a record: what it earned and no longer says is reversed, what is new is earned.

    Returns the balance of the record's person. Inside a transaction that runs EVERYWHERE.
    """
    now, left = now or utc_now(), dict(record.quantities)
    account = rows.lock_account(session, record.person_id)
    for stored in rows.list_live_entries(session, EntryKind.EARN, record.subject, record.subject_id):
        kind = EarningKind(stored.entry.part)
        if stored.entry.account_id == account.id and left.get(kind) == stored.entry.quantity:
            del left[kind]
        else:
            account = _take_back(session, actor, account, stored, now)
    past = rows.list_turns(session, record.subject, record.subject_id) if left else {}
    for kind, quantity in sorted(left.items()):
        account = _add(session, actor, account, record, kind, quantity, past.get(kind, []), now)
    return account.balance


def settle_attendance(session: Session, actor: Actor, attendance_id: int, now: datetime | None = None) -> int:
    """Bring the ledger in line with an attendance: its minutes and one activity, where it counts."""
    session.flush()
    found = rows.get_attendance_quantity(session, attendance_id)
    quantities = {EarningKind.SERVICE: found.minutes, EarningKind.ACTIVITY: 1} if found.minutes is not None else {}
    at = found.came_at or now or utc_now()
    return settle(session, actor, Record(ATTENDANCE, found.id, found.person_id, at, quantities), now)  # type: ignore[arg-type]


def settle_all(actor: Actor, on_step: Callable[[int], None] = lambda _done: None, now: datetime | None = None) -> int:
    """Settle every attendance that the ledger does not follow, such as those from before there was one; how many."""
    require(actor, Permission.POINTS_CLOSE)
    with reading(EVERYWHERE) as session:
        found = rows.list_unsettled_attendances(session, ATTENDANCE, EarningKind.SERVICE)
    for start in range(0, len(found), _BATCH):
        with transaction(EVERYWHERE) as session:
            for attendance_id in rows.by_volunteer(session, found[start : start + _BATCH]):
                settle_attendance(session, actor, attendance_id, now)
        on_step(min(start + _BATCH, len(found)))
    return len(found)


def _take_back(session: Session, actor: Actor, account: AccountRow, stored: StoredEntry, now: datetime) -> AccountRow:
    by = actor.user_id or None
    if stored.entry.account_id == account.id:
        return reverse_entry(session, account, stored, now, by)
    reverse_entry(session, account_of(session, stored), stored, now, by)
    return account


def _add(
    session: Session, actor: Actor, account: AccountRow, record: Record, kind: EarningKind, quantity: int,
    past: Sequence[Turn], now: datetime,
) -> AccountRow:  # fmt: skip
    """What a record earns anew, less what its reversals could not take because it was spent."""
    profile, day = current_profile(), local_date(record.at)
    kept = sum(turn.kept for turn in past if turn.account_id == account.id)
    points, tariff = _points(session, profile, account, kind, quantity, kept, record.at, now)
    entry = Entry(
        account.id, EntryKind.EARN, ISSUED, account.id, points, day, now, record.subject, record.subject_id,
        kind.value, quantity, tariff, len(past), None, actor.user_id or None,
    )  # fmt: skip
    return write_entry(session, account, entry)


def _points(
    session: Session, profile: Profile, account: AccountRow, kind: EarningKind, quantity: int, kept: int,
    at: datetime, now: datetime,
) -> tuple[int, date | None]:  # fmt: skip
    tariff = tariff_on((version.tariff for version in profile.tariffs), local_date(at))
    day = accounting_day(local_date(at), local_date(now), rows.find_closed_until(session))
    first = day.replace(day=1)
    earned = rows.sum_earned(session, account.id, first, month_end(first))
    points = capped(points_for(tariff, kind, quantity) - kept, earned, profile.points.monthly_cap.value)
    return points, tariff.valid_from if tariff else None
