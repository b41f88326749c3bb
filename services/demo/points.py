"""A year of points in a demo town: what attendances earned, what the shop gave, who waits. All invented.

It follows from the attendance up to the demo's present, and each person's wishes from the seed: the same seed, day and
hour give the same ledger.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from config.profiles import Profile
from db.models import (
    Attendance,
    PointsAccount,
    PointsEntry,
    Redemption,
    ShopGood,
    ShopWait,
    Station,
    StockMovement,
    User,
    Volunteer,
)
from db.queries.points import find_closed_until, find_first_day
from db.queries.redemptions import REDEMPTION
from domain.clock import from_local, local_date
from domain.periods import month_end, months_after
from domain.permissions import SYSTEM, Role
from domain.points import (
    GENESIS,
    ISSUED,
    SHOP,
    EarningKind,
    Entry,
    EntryKind,
    Tariff,
    capped,
    entry_hash,
    points_for,
    tariff_on,
)
from domain.shop import Confirmation, RedemptionState, StockKind
from services.demo.pledges import kept_pledges
from services.demo.rows import Rows
from services.pledges.earning import PLEDGE
from services.points.earning import ATTENDANCE
from services.points.months import close_month_in

REDEEMS = 0.3  # the chance that somebody who can redeem something in a month does
GIVEN_BACK = 0.04
WAITING = 3  # people who wait for what is out of stock
DONORS = ("街角超市", "社区卫生服务站", "爱心企业联合会")


@dataclass(frozen=True)
class _Earning:
    """A record that brings points: when it was verified, the day on which it counts, its parts."""

    at: datetime
    day: date
    subject: str
    subject_id: int
    parts: tuple[tuple[EarningKind, int], ...]


@dataclass
class _Ledger:
    """What the accounts have so far."""

    profile: Profile
    now: datetime
    tariffs: tuple[Tariff, ...]
    balance: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    months: dict[tuple[int, int, int], int] = field(default_factory=lambda: defaultdict(int))
    entries: list[Entry] = field(default_factory=list)

    def earn(self, account: int, earning: "_Earning") -> None:
        """The parts of a record, in the order in which the program writes them."""
        at, day = earning.at, earning.day
        tariff = tariff_on(self.tariffs, day)
        for kind, quantity in earning.parts:
            month = (account, day.year, day.month)
            points = capped(
                points_for(tariff, kind, quantity), self.months[month], self.profile.points.monthly_cap.value
            )
            self.months[month] += points
            self.balance[account] += points
            since = tariff.valid_from if tariff else None
            self.entries.append(Entry(
                account, EntryKind.EARN, ISSUED, account, points, day, at, earning.subject,
                earning.subject_id, kind.value, quantity, since,
            ))  # fmt: skip

    def move(self, account: int, kind: EntryKind, points: int, at: datetime, redemption: int, by: int) -> None:
        """Points to the shop, or back."""
        back = kind is EntryKind.REVERSE
        self.balance[account] += points if back else -points
        source, target = (SHOP, account) if back else (account, SHOP)
        entry = Entry(account, kind, source, target, points, local_date(at), at, REDEMPTION, redemption, by=by)
        self.entries.append(entry)


def add_points(rows: Rows, profile: Profile, seed: int) -> None:
    """The shop, the ledger and the waiting list up to ``rows.now``."""
    if not rows.of(Volunteer):
        return
    keeper = next(user["id"] for user in rows.of(User) if user["role"] == Role.COMMAND_CENTRE.value)
    _add_goods(rows, profile)
    ledger = _Ledger(profile, rows.now, tuple(version.tariff for version in profile.tariffs))
    for person, earnings in sorted(_earnings(rows, profile).items()):
        account = rows.add(PointsAccount, person_id=person, balance=0, entry_count=0, last_hash=GENESIS)
        _live(rows, ledger, account, earnings, keeper, random.Random(f"points/{seed}/{person}"))  # noqa: S311
    _add_entries(rows, ledger)
    _add_stock(rows, profile, keeper)
    _add_waits(rows, ledger)


def _add_goods(rows: Rows, profile: Profile) -> None:
    stations = rows.of(Station)
    shop = next((row for row in stations if profile.points.shop.value.zh in row["name"]), next(iter(stations), None))
    for good in profile.goods:
        rows.add(
            ShopGood, name=good.name.zh, kind=good.kind.value, price=good.price.value,
            stock=0 if good.stock else None, station_id=shop["id"] if shop else None, is_offered=True,
        )  # fmt: skip


def _earnings(rows: Rows, profile: Profile) -> dict[int, list[_Earning]]:
    """Person → attendances that count and pledges that are kept."""
    found: dict[int, list[_Earning]] = defaultdict(list)
    people = {row["id"]: row["person_id"] for row in rows.of(Volunteer)}
    for row in rows.of(Attendance):
        if row["minutes"] is not None:
            parts = ((EarningKind.ACTIVITY, 1), (EarningKind.SERVICE, row["minutes"]))
            earning = _Earning(
                row["checked_out_at"], local_date(row["checked_in_at"]), ATTENDANCE, row["id"], parts
            )  # fmt: skip
            found[people[row["volunteer_id"]]].append(earning)
    for pledge, person, reached in kept_pledges(rows, profile, local_date(rows.now)):
        at = from_local(reached, time(20, 40))
        found[person].append(_Earning(at, reached, PLEDGE, pledge, ((EarningKind.PLEDGE, 1),)))
    return found


def _live(rows: Rows, ledger: _Ledger, account: int, earnings: list[_Earning], keeper: int, rng: random.Random) -> None:
    """A member's year in its order: what was earned, and now and then a wish."""
    moments: list[tuple[datetime, _Earning | None]] = [(earning.at, earning) for earning in earnings]
    moments += [(moment, None) for moment in _shop_days(ledger.now, rng)]
    settled = datetime.min.replace(tzinfo=UTC)  # what will be given back cannot be spent before
    for moment, earning in sorted(moments, key=lambda found: found[0]):
        if earning is not None:
            ledger.earn(account, earning)
        elif settled < moment <= ledger.now:
            settled = _redeem(rows, ledger, account, moment, keeper, rng)


def _shop_days(now: datetime, rng: random.Random) -> list[datetime]:
    """An afternoon in some of the last twelve months."""
    today = local_date(now)
    days = [today - timedelta(days=30 * month + rng.randrange(30)) for month in range(12) if rng.random() < REDEEMS]
    return [from_local(day, time(15, rng.randrange(60))) for day in days]


def _redeem(rows: Rows, ledger: _Ledger, account: int, at: datetime, keeper: int, rng: random.Random) -> datetime:
    """A wish fulfilled, now and then given back; returns when that is over."""
    goods = [row for row in rows.of(ShopGood) if row["price"] <= ledger.balance[account] and _is_there(ledger, row)]
    if not goods:
        return at
    good = rng.choice(goods)
    ended_at = at + timedelta(days=rng.randint(1, 6))
    back = rng.random() < GIVEN_BACK and ended_at <= ledger.now
    number = rows.add(
        Redemption, account_id=account, good_id=good["id"], quantity=1, points=good["price"],
        state=(RedemptionState.RETURNED if back else RedemptionState.DONE).value,
        confirmation=Confirmation.CODE.value, at=at, by=keeper, done_at=at, confirmed_by=None,
        ended_at=ended_at if back else None, ended_by=keeper if back else None,
        end_reason="家里已有，退回。" if back else "", station_id=_counter(rows, good, account),
    )  # fmt: skip
    ledger.move(account, EntryKind.REDEEM, good["price"], at, number, keeper)
    if back:
        ledger.move(account, EntryKind.REVERSE, good["price"], ended_at, number, keeper)
    return ended_at if back else at


def _counter(rows: Rows, good: dict[str, Any], account: int) -> int | None:
    """Most come to the shop itself; every fourth member redeems at a station nearer to them, always at the same."""
    others = [row["id"] for row in rows.of(Station) if row["id"] != good["station_id"]]
    if account % 4 or not others:
        return good["station_id"]
    nearer: int = others[account // 4 % len(others)]
    return nearer


def _is_there(ledger: _Ledger, good: dict[str, Any]) -> bool:
    """What is out of stock today was so all year: somebody waits for it."""
    stock = ledger.profile.goods[good["id"] - 1].stock
    return stock is None or stock.value > 0


def _add_entries(rows: Rows, ledger: _Ledger) -> None:
    """The entries in the order of their time, each chained to its member's one before."""
    numbers = _number_by_time(rows)
    last: dict[int, str] = defaultdict(lambda: GENESIS)
    redeemed: dict[int | None, int] = {}  # redemption → the entry that a giving back reverses
    for entry in sorted(ledger.entries, key=lambda found: found.at):
        if entry.subject == REDEMPTION:
            entry = replace(entry, subject_id=numbers[entry.subject_id])
        if entry.kind is EntryKind.REVERSE:
            entry = replace(entry, reverses_id=redeemed[entry.subject_id])
        digest = last[entry.account_id] = entry_hash(last[entry.account_id], entry)
        number = rows.add(PointsEntry, **vars(entry) | {"kind": entry.kind.value}, hash=digest)
        if entry.kind is EntryKind.REDEEM:
            redeemed[entry.subject_id] = number


def _number_by_time(rows: Rows) -> dict[int | None, int]:
    """Redemptions in the order in which they took place; their number so far → the new one."""
    rows.tables[Redemption] = sorted(rows.of(Redemption), key=lambda row: (row["at"], row["id"]))
    numbers: dict[int | None, int] = {row["id"]: number for number, row in enumerate(rows.of(Redemption), 1)}
    for row in rows.of(Redemption):
        row["id"] = numbers[row["id"]]
    return numbers


def _add_stock(rows: Rows, profile: Profile, keeper: int) -> None:
    """What was redeemed came in before, and what the profile says is left."""
    rows.tables[StockMovement] = []
    taken: dict[int, int] = defaultdict(int)
    for row in rows.of(Redemption):
        taken[row["good_id"]] += row["quantity"] * (row["state"] == RedemptionState.DONE.value)
    begun = rows.now - timedelta(days=400)
    for number, good in enumerate(profile.goods, 1):
        if good.stock and (amount := taken[number] + good.stock.value):
            given = min(amount - 1, 10) if number <= len(DONORS) else 0
            _move(rows, number, StockKind.RECEIVED, amount - given, begun, keeper)
            if given:
                _move(rows, number, StockKind.DONATED, given, begun, keeper, donor=DONORS[number - 1])
    for row in rows.of(Redemption):
        _move(rows, row["good_id"], StockKind.REDEEMED, -row["quantity"], row["at"], keeper, row["id"])
        if row["ended_at"]:
            _move(rows, row["good_id"], StockKind.RETURNED, row["quantity"], row["ended_at"], keeper, row["id"])


def _move(
    rows: Rows, good: int, kind: StockKind, change: int, at: datetime, by: int, redemption: int | None = None,
    donor: str = "",
) -> None:  # fmt: skip
    rows.add(
        StockMovement, good_id=good, kind=kind.value, change=change, at=at, by=by, redemption_id=redemption,
        donor=donor, note="",
    )  # fmt: skip


def _add_waits(rows: Rows, ledger: _Ledger) -> None:
    """The first who could afford what is out of stock wait for it."""
    for good in rows.of(ShopGood):
        if not _is_there(ledger, good):
            able = [account for account, balance in ledger.balance.items() if balance >= good["price"]]
            for place, account in enumerate(able[:WAITING]):
                rows.add(
                    ShopWait, good_id=good["id"], account_id=account,
                    asked_at=ledger.now - timedelta(days=9 - 2 * place), told_at=None, ended_at=None, outcome=None,
                )  # fmt: skip


def close_months(session: Session, now: datetime) -> None:
    """Close every month up to the one before last: the last one is the operator's to close."""
    while True:
        closed = find_closed_until(session)
        first = closed + timedelta(days=1) if closed else find_first_day(session)
        if first is None or month_end(months_after(first, 1)) >= local_date(now):
            return
        close_month_in(session, SYSTEM, None, now)
