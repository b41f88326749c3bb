"""Points: tariff, entries of the ledger, expiry (feature E3). An entry moves points from one account to another.

Each entry has a member on one side and one of three accounts of the office on the other, so it balances by itself.
Fairness (docs/decisions/0172): points thank and never withhold a service; nobody's balance falls below zero.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from domain.errors import Refusal
from domain.periods import month_end, months_after

# The accounts of the office: where points come from, and where they go.
ISSUED, SHOP, EXPIRED = -1, -2, -3
GENESIS = ""


class EarningKind(StrEnum):
    """What brings points; each is a part of a verified record."""

    SERVICE = "service"  # quantity: minutes that count
    ACTIVITY = "activity"  # quantity: times
    PLEDGE = "pledge"
    VISIT = "visit"


class EntryKind(StrEnum):
    """What an entry does."""

    EARN = "earn"
    REDEEM = "redeem"
    EXPIRE = "expire"
    REVERSE = "reverse"


class PointsTooFew(Refusal):
    """The balance does not reach. Values: balance, points."""

    code = "points_too_few"


class MonthNotOver(Refusal):
    """A month can be closed once it is over. Values: month."""

    code = "month_not_over"


class MonthClosed(Refusal):
    """The month is closed already. Values: month."""

    code = "month_closed"


class MonthOutOfTurn(Refusal):
    """Months are closed one after the other. Values: month."""

    code = "month_out_of_turn"


@dataclass(frozen=True)
class Rule:
    """``points`` for every full ``per`` of the kind's quantity."""

    kind: EarningKind
    points: int
    per: int = 1


@dataclass(frozen=True)
class Tariff:
    """A version of the tariff: it holds for records from ``valid_from`` on, until the next one's."""

    valid_from: date
    rules: tuple[Rule, ...]

    def rule(self, kind: EarningKind) -> Rule | None:
        """What a kind brings; None where it brings nothing."""
        return next((rule for rule in self.rules if rule.kind is kind), None)


@dataclass(frozen=True)
class Entry:
    """What an entry of the ledger says. ``day``: the Shanghai day on which it counts; ``at`` (aware): when it was made.

    ``part``, ``quantity`` and ``tariff`` (valid_from) say how the points came about; ``subject`` and ``subject_id``
    name the record; ``turn`` counts how often the record earned before.
    """

    account_id: int
    kind: EntryKind
    from_id: int
    to_id: int
    points: int
    day: date
    at: datetime
    subject: str
    subject_id: int | None
    part: str = ""
    quantity: int | None = None
    tariff: date | None = None
    turn: int = 0
    reverses_id: int | None = None
    by: int | None = None
    note: str = ""


def tariff_on(tariffs: Iterable[Tariff], day: date) -> Tariff | None:
    """The version that holds on a day; None before the first."""
    held = [tariff for tariff in tariffs if tariff.valid_from <= day]
    return max(held, key=lambda tariff: tariff.valid_from, default=None)


def points_for(tariff: Tariff | None, kind: EarningKind, quantity: int) -> int:
    """Points for a quantity of a kind (minutes of service, else times): full units count."""
    rule = tariff.rule(kind) if tariff else None
    return max(0, quantity) // rule.per * rule.points if rule else 0


def capped(points: int, earned: int, cap: int) -> int:
    """What of ``points`` a month still takes in which ``earned`` came in already."""
    return max(0, min(points, cap - earned))


def accounting_day(day: date, today: date, closed_until: date | None) -> date:
    """On which day an entry counts: the record's own, or today where that month is closed."""
    return day if closed_until is None or day > closed_until else max(today, closed_until + timedelta(days=1))


def expiry_day(today: date, months: int) -> date:
    """Points earned before this day have expired: so many whole months ago; the last of a shorter month."""
    first = months_after(today, -months)
    return min(first + timedelta(days=today.day - 1), month_end(first))


def expiring(earned: int, gone: int) -> int:
    """What expires now: of the points ``earned`` before the expiry day those that did not go yet, oldest first.

    ``gone``: points redeemed (less what was given back) and expired before.
    """
    return max(0, earned - gone)


def entry_hash(previous: str, entry: Entry) -> str:
    """SHA-256 in hex over the hash of the member's entry before (GENESIS for the first) and what this one says."""
    said = (previous, *map(_plain, vars(entry).values()))
    return hashlib.sha256("\x1f".join(said).encode(errors="surrogatepass")).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return "" if value is None else str(value)
