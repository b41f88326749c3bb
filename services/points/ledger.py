"""Writing into the ledger of points: an entry, its reversal. Inside a transaction that runs EVERYWHERE.

The member's account is held first (``lock_account``), so that entries of one member follow each other.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from db.queries.points import AccountRow, StoredEntry, add_entry, find_closed_until, lock_account_by_id
from domain.clock import local_date
from domain.points import Entry, EntryKind, PointsTooFew, accounting_day, entry_hash


def write_entry(session: Session, account: AccountRow, entry: Entry) -> AccountRow:
    """Append an entry to a held account; returns the account after it. Raises PointsTooFew.

    An entry that would be dated into a closed month is dated today.
    """
    came = entry.to_id == entry.account_id
    balance = account.balance + (entry.points if came else -entry.points)
    if balance < 0:
        raise PointsTooFew(balance=account.balance, points=entry.points)
    day = accounting_day(entry.day, local_date(entry.at), find_closed_until(session))
    entry = replace(entry, day=day)
    digest = entry_hash(account.last_hash, entry)
    add_entry(session, entry, digest)
    return AccountRow(account.id, account.person_id, balance, account.entry_count + 1, digest)


def reverse_entry(
    session: Session, account: AccountRow, stored: StoredEntry, at: datetime, by: int | None, note: str = ""
) -> AccountRow:
    """Take an entry of a held account back with a new one, dated today.

    Of points that were spent meanwhile only what is left is taken: nobody owes points (decisions/0172).
    """
    entry = stored.entry
    takes = entry.to_id == entry.account_id
    reversal = replace(
        entry, kind=EntryKind.REVERSE, from_id=entry.to_id, to_id=entry.from_id, day=local_date(at), at=at,
        points=min(entry.points, account.balance) if takes else entry.points,
        reverses_id=stored.id, by=by, note=note,
    )  # fmt: skip
    return write_entry(session, account, reversal)


def account_of(session: Session, stored: StoredEntry) -> AccountRow:
    """The account of an entry, held."""
    return lock_account_by_id(session, stored.entry.account_id)
