"""The ledger of points: accounts, entries, sums, closed months.

Writers run EVERYWHERE and hold the member's account; what is read for a page follows the session's scope.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from db.models import Attendance, Person, PointsAccount, PointsEntry, PointsMonth, Volunteer
from db.models.points import in_people
from db.queries.attendances import counted
from domain.errors import NotFound
from domain.permissions import Scope
from domain.points import Entry, EntryKind

_FIELDS = (
    "account_id", "kind", "from_id", "to_id", "points", "day", "at", "subject", "subject_id", "part", "quantity",
    "tariff", "turn", "reverses_id", "by", "note",
)  # fmt: skip


@dataclass(frozen=True)
class AccountRow:
    """A member's account as it stands."""

    id: int
    person_id: int
    balance: int
    entry_count: int
    last_hash: str


@dataclass(frozen=True)
class StoredEntry:
    """An entry with its number in the ledger and its hash."""

    id: int
    entry: Entry
    hash: str


@dataclass(frozen=True)
class MonthSums:
    """What came in and went, net of reversals, and how many entries."""

    entries: int
    earned: int
    redeemed: int
    expired: int


def lock_account(session: Session, person_id: int) -> AccountRow:
    """The account of a person, made where there is none, held to the end of the transaction."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    columns = select(*_account_columns()).where(PointsAccount.person_id == person_id).with_for_update()
    row = session.execute(columns).first()
    if row is None:
        session.execute(insert(PointsAccount).values(person_id=person_id).on_conflict_do_nothing())
        row = session.execute(columns).one()
    return AccountRow(*row)


def lock_account_by_id(session: Session, account_id: int) -> AccountRow:
    """The account of that id, held to the end of the transaction. Raises NotFound."""
    row = session.execute(select(*_account_columns()).where(PointsAccount.id == account_id).with_for_update()).first()
    if row is None:
        raise NotFound(subject="points_account")
    return AccountRow(*row)


def find_account(session: Session, person_id: int) -> AccountRow | None:
    """The account of a person; None before the first points."""
    row = session.execute(select(*_account_columns()).where(PointsAccount.person_id == person_id)).first()
    return AccountRow(*row) if row else None


def is_visible_person(session: Session, person_id: int, scope: Scope) -> bool:
    """Whether a person is one whom the scope shows the points of."""
    shown = true() if scope.everywhere else in_people(Person.id, scope)
    return session.scalar(select(Person.id).where(Person.id == person_id, shown)) is not None


def add_entry(session: Session, entry: Entry, digest: str) -> int:
    """Write an entry; returns its number. The database moves the balance, or refuses."""
    row = PointsEntry(**vars(entry), hash=digest)
    session.add(row)
    session.flush()
    return row.id


def list_live_entries(session: Session, kind: EntryKind, subject: str, subject_id: int) -> list[StoredEntry]:
    """The entries of a kind that a record made and that are not reversed."""
    reversal = aliased(PointsEntry)
    statement = (
        select(*entry_columns())
        .outerjoin(reversal, reversal.reverses_id == PointsEntry.id)
        .where(_of(subject, subject_id), PointsEntry.kind == kind.value, reversal.id.is_(None))
        .order_by(PointsEntry.id)
    )
    return [stored_entry(row) for row in session.execute(statement)]


@dataclass(frozen=True)
class Turn:
    """An earlier earning of a record: by whose account, and the points that no reversal took back."""

    account_id: int
    kept: int


def list_turns(session: Session, subject: str, subject_id: int) -> dict[str, list[Turn]]:
    """Part → how often the record earned it, reversed or not."""
    reversal = aliased(PointsEntry)
    statement = (
        select(PointsEntry.part, PointsEntry.account_id, PointsEntry.points - func.coalesce(reversal.points, 0))
        .outerjoin(reversal, reversal.reverses_id == PointsEntry.id)
        .where(_of(subject, subject_id), PointsEntry.kind == EntryKind.EARN.value)
    )
    found: dict[str, list[Turn]] = defaultdict(list)
    for part, account_id, kept in session.execute(statement):
        found[part].append(Turn(account_id, int(kept)))
    return found


def sum_earned(session: Session, account_id: int, since: date, until: date) -> int:
    """Points that an account earned on the days from ``since`` to ``until``, less what of them was reversed."""
    earned, reversal = PointsEntry, aliased(PointsEntry)
    statement = (
        select(func.sum(earned.points - func.coalesce(reversal.points, 0)))
        .select_from(earned)
        .outerjoin(reversal, reversal.reverses_id == earned.id)
        .where(earned.account_id == account_id, earned.kind == EntryKind.EARN.value, earned.day.between(since, until))
    )
    return int(session.scalar(statement) or 0)


def map_expiring(session: Session, before: date, account_id: int | None = None) -> dict[int, tuple[int, int]]:
    """Account → points earned before a day (net), points gone: redeemed (net) and expired. Those without are absent."""
    earned, reversal = PointsEntry, aliased(PointsEntry)
    net = earned.points - func.coalesce(reversal.points, 0)
    is_earned = earned.kind == EntryKind.EARN.value
    statement = (
        select(
            earned.account_id,
            func.sum(case((and_(is_earned, earned.day < before), net), else_=0)),
            func.sum(case((is_earned, 0), else_=net)),
        )
        .select_from(earned)
        .outerjoin(reversal, reversal.reverses_id == earned.id)
        .where(
            earned.kind != EntryKind.REVERSE.value, *([] if account_id is None else [earned.account_id == account_id])
        )
        .group_by(earned.account_id)
        .order_by(earned.account_id)
    )
    return {account: (int(old), int(gone)) for account, old, gone in session.execute(statement) if old}


def find_closed_until(session: Session) -> date | None:
    """The last day of the last closed month; None before the first."""
    return session.scalar(select(func.max(PointsMonth.ends_on)))


def list_months(session: Session) -> list[PointsMonth]:
    """The closed months, oldest first."""
    return list(session.scalars(select(PointsMonth).order_by(PointsMonth.starts_on)))


def find_first_day(session: Session) -> date | None:
    """The day of the earliest entry."""
    return session.scalar(select(func.min(PointsEntry.day)))


def sum_by_day(session: Session, since: date, until: date) -> dict[date, MonthSums]:
    """Day → sums of the entries from ``since`` to ``until`` that the session's scope shows."""
    sums = _net_sums()
    statement = select(PointsEntry.day, *sums).where(PointsEntry.day.between(since, until)).group_by(PointsEntry.day)
    return {day: MonthSums(*(int(value) for value in values)) for day, *values in session.execute(statement)}


def sum_between(session: Session, since: date, until: date) -> MonthSums:
    """The sums of the days from ``since`` to ``until``."""
    values = session.execute(select(*_net_sums()).where(PointsEntry.day.between(since, until))).one()
    return MonthSums(*(int(value or 0) for value in values))


def iterate_hashes(session: Session, since: date, until: date) -> Iterator[str]:
    """The hashes of the entries of some days, in the order of the ledger."""
    statement = select(PointsEntry.hash).where(PointsEntry.day.between(since, until)).order_by(PointsEntry.id)
    return iter(session.scalars(statement.execution_options(yield_per=5000)))


def iterate_entries(session: Session) -> Iterator[StoredEntry]:
    """Every entry, member by member, each in the order of the ledger."""
    statement = select(*entry_columns()).order_by(PointsEntry.account_id, PointsEntry.id)
    return (stored_entry(row) for row in session.execute(statement.execution_options(yield_per=5000)))


def list_accounts(session: Session) -> list[AccountRow]:
    """Every account."""
    return [AccountRow(*row) for row in session.execute(select(*_account_columns()).order_by(PointsAccount.id))]


@dataclass(frozen=True)
class AttendanceQuantity:
    """An attendance as the ledger needs it; ``minutes`` is None while it counts for nothing."""

    id: int
    person_id: int
    came_at: datetime | None
    minutes: int | None


def get_attendance_quantity(session: Session, attendance_id: int) -> AttendanceQuantity:
    """An attendance and what of it counts now. Raises NotFound."""
    counts = case((and_(*counted()), Attendance.minutes))
    statement = select(Attendance.id, Volunteer.person_id, Attendance.checked_in_at, counts)
    row = session.execute(_with_volunteer(statement).where(Attendance.id == attendance_id)).first()
    if row is None:
        raise NotFound(subject="attendance")
    return AttendanceQuantity(*row)


def list_unsettled_attendances(session: Session, subject: str, part: str) -> list[int]:
    """Attendances whose counting minutes are not those of their live entry, or that lack one, by id."""
    live = _live_earnings(subject, part)
    differs = live.c.quantity.is_(None) | (live.c.quantity != Attendance.minutes)
    missing = select(Attendance.id).outerjoin(live, live.c.subject_id == Attendance.id).where(*counted(), differs)
    gone = select(live.c.subject_id).outerjoin(Attendance, and_(Attendance.id == live.c.subject_id, *counted()))
    found = {*session.scalars(missing), *session.scalars(gone.where(Attendance.id.is_(None)))}
    return sorted(found)


def list_earning_subjects(session: Session, subject: str, part: str) -> set[int]:
    """The records of a kind whose earning of a part is live."""
    return {found for found in session.scalars(select(_live_earnings(subject, part).c.subject_id)) if found is not None}


def by_volunteer(session: Session, attendance_ids: Collection[int]) -> list[int]:
    """Attendances in the order of their volunteers: whoever holds several accounts takes them in that order."""
    statement = select(Attendance.id).where(Attendance.id.in_(attendance_ids))
    return list(session.scalars(statement.order_by(Attendance.volunteer_id, Attendance.id)))


def _live_earnings(subject: str, part: str) -> Any:
    reversal = aliased(PointsEntry)
    return (
        select(PointsEntry.subject_id, PointsEntry.quantity)
        .outerjoin(reversal, reversal.reverses_id == PointsEntry.id)
        .where(
            PointsEntry.subject == subject,
            PointsEntry.part == part,
            PointsEntry.kind == EntryKind.EARN.value,
            reversal.id.is_(None),
        )
        .subquery()
    )


def _with_volunteer(statement: Any) -> Any:
    return statement.join(Volunteer, Volunteer.id == Attendance.volunteer_id)


def _net_sums() -> tuple[Any, ...]:
    """Count of entries; points earned, redeemed and expired, each less what was reversed."""

    def net(office: int, into_member: bool) -> Any:
        came = case((PointsEntry.from_id == office, PointsEntry.points), else_=0)
        went = case((PointsEntry.to_id == office, PointsEntry.points), else_=0)
        return func.sum(came - went if into_member else went - came)

    return func.count(PointsEntry.id), net(-1, True), net(-2, False), net(-3, False)


def _of(subject: str, subject_id: int) -> ColumnElement[bool]:
    return and_(PointsEntry.subject == subject, PointsEntry.subject_id == subject_id)


def _account_columns() -> tuple[Any, ...]:
    row = PointsAccount
    return row.id, row.person_id, row.balance, row.entry_count, row.last_hash


def entry_columns() -> tuple[Any, ...]:
    return (PointsEntry.id, *(getattr(PointsEntry, name) for name in _FIELDS), PointsEntry.hash)


def stored_entry(row: Any) -> StoredEntry:
    number, account, kind, *rest, digest = row
    return StoredEntry(number, Entry(account, EntryKind(kind), *rest), digest)
