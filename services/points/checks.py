"""Whether ledger and shop are as they were written: what ``manage.py verify`` proves (features E3, E4)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby

from sqlalchemy.orm import Session

from db.queries import points as rows
from db.queries import redemptions, shop
from db.queries.points import AccountRow, StoredEntry
from domain.points import EarningKind, Entry, entry_hash
from domain.shop import RedemptionState
from services.points.earning import ATTENDANCE
from services.points.months import digest_of

_MOST = 20


def list_ledger_faults(session: Session) -> list[str]:
    """Altered, removed and inserted entries; balances and closed months that are not their entries'; the sum of all."""
    accounts = {account.id: account for account in rows.list_accounts(session)}
    offices: dict[int, int] = defaultdict(int)
    faults = list(_account_faults(accounts, rows.iterate_entries(session), offices))
    total = sum(account.balance for account in accounts.values()) + sum(offices.values())
    if total:
        faults.append(f"points: all accounts together hold {total}, not 0")
    return [*faults[:_MOST], *_month_faults(session)]


def _account_faults(
    accounts: dict[int, AccountRow], entries: Iterator[StoredEntry], offices: dict[int, int]
) -> Iterator[str]:
    """``offices`` gets the balance of each account of the office on the way."""
    left = dict(accounts)
    for account_id, found in groupby(entries, key=lambda stored: stored.entry.account_id):
        yield from _entries_faults(left.pop(account_id, None), account_id, list(found), offices)
    for account in left.values():
        if (account.balance, account.entry_count, account.last_hash) != (0, 0, ""):
            yield f"points account {account.id}: {account.entry_count} entries are missing"


def _entries_faults(
    account: AccountRow | None, account_id: int, entries: list[StoredEntry], offices: dict[int, int]
) -> Iterator[str]:
    balance, last, by_id = 0, "", {stored.id: stored.entry for stored in entries}
    for stored in entries:
        entry = stored.entry
        came = entry.to_id == account_id
        balance += entry.points if came else -entry.points
        offices[entry.from_id if came else entry.to_id] += -entry.points if came else entry.points
        if entry_hash(last, entry) != stored.hash:
            yield f"points account {account_id}: entry {stored.id} or the one before was altered"
        if entry.reverses_id is not None and not _reverses(entry, by_id.get(entry.reverses_id)):
            yield f"points account {account_id}: entry {stored.id} reverses no such entry"
        last = stored.hash
    if account is None:
        yield f"points account {account_id} is missing"
    elif (account.entry_count, account.last_hash) != (len(entries), last):
        yield f"points account {account_id}: {len(entries)} entries, {account.entry_count} expected"
    if account is not None and account.balance != balance:
        yield f"points account {account_id}: balance {account.balance}, its entries say {balance}"


def _reverses(reversal: Entry, entry: Entry | None) -> bool:
    if entry is None:
        return False
    turned = (reversal.from_id, reversal.to_id) == (entry.to_id, entry.from_id)
    return turned and reversal.points <= entry.points


def _month_faults(session: Session) -> Iterator[str]:
    for month in rows.list_months(session):
        now = rows.sum_between(session, month.starts_on, month.ends_on)
        then = rows.MonthSums(month.entries, month.earned, month.redeemed, month.expired)
        digest = digest_of(rows.iterate_hashes(session, month.starts_on, month.ends_on))
        if (now, digest) != (then, month.digest):
            yield f"points month {month.starts_on:%Y-%m}: its entries are not those that were closed"


def list_record_faults(session: Session) -> list[str]:
    """Attendances that the ledger does not follow: ``manage.py points settle`` would."""
    found = rows.list_unsettled_attendances(session, ATTENDANCE, EarningKind.SERVICE)
    return [f"attendance {number}: its points are not those of its minutes" for number in found[:_MOST]]


def list_shop_faults(session: Session) -> list[str]:
    """Stocks that are not received − redeemed; redemptions that points or stock do not follow."""
    stocks = (
        f"shop good {number}: stock {stock}, its movements say {moved}"
        for number, stock, moved in shop.list_stocks(session)
        if stock is not None and stock != moved
    )
    return [*_few(stocks), *_few(_redemption_faults(session))]


def _redemption_faults(session: Session) -> Iterator[str]:
    for row in redemptions.iterate_redemption_traces(session):
        took_place = row.state is not RedemptionState.WAITING and row.was_done
        given_back = took_place and row.state is not RedemptionState.DONE
        moved = -row.quantity if took_place else 0
        expected = (
            row.points if took_place else 0,
            row.points if given_back else 0,
            moved,
            -moved if given_back else 0,
        )
        if (row.spent, row.reversed, row.taken, row.put_back) != expected:
            yield f"redemption {row.id}: points and stock are not those of a {row.state} one"


def _few(faults: Iterable[str]) -> list[str]:
    return [fault for _, fault in zip(range(_MOST), faults, strict=False)]
