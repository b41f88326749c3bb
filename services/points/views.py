"""What members and those who answer for them see of points: balance, entries with reasons, months (features D4, E3).

People are listed by name, never by their points: places are ranked, persons are not.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from db.queries import points as rows
from db.queries import points_views, shop_waits
from db.queries.points_views import MemberRow, ReasonedEntry
from db.queries.shop_waits import WaitRow
from db.session import reading
from domain.clock import local_date, utc_now
from domain.paging import page_within
from domain.periods import month_end, months_after
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.points import EarningKind, EntryKind, Rule, expiring, expiry_day, tariff_on
from services.shop.members import visible_person
from services.system.installations import current_profile

PAGE_SIZE = 20
EXPIRES_WITHIN = 60  # days ahead that a member is told of
MONTHS = 12


@dataclass(frozen=True)
class EntryView:
    """An entry as people read it: ``points`` with the sign of the balance, and the record behind it.

    ``about``: the activity, or the good and the station that handed it out.
    """

    id: int
    day: date
    kind: EntryKind
    points: int
    part: str
    quantity: int | None
    about: str
    activity_id: int | None
    subject: str
    subject_id: int | None
    note: str

    @property
    def reason(self) -> str:
        """Why, as the end of a key: the text is ``points.why.<reason>``."""
        if self.kind is EntryKind.REVERSE and self.points > 0:
            return f"{self.kind}.back"
        return f"{self.kind}.{self.part}" if self.kind is EntryKind.EARN else self.kind.value

    @property
    def minutes(self) -> int | None:
        """Minutes of service that earned; None for what else an entry is about."""
        return self.quantity if self.kind is EntryKind.EARN and self.part == EarningKind.SERVICE else None


@dataclass(frozen=True)
class LedgerEntry(EntryView):
    """An entry of the ledger with whose it is, when it was made, what it reverses, by which tariff it was earned."""

    person: str
    at: datetime
    reverses_id: int | None
    tariff: date | None


@dataclass(frozen=True)
class MemberPoints:
    """A member's points; ``expiring`` of them go within EXPIRES_WITHIN days unless redeemed."""

    person_id: int
    name: str
    balance: int
    earned_this_month: int
    monthly_cap: int
    expiring: int
    entries: tuple[EntryView, ...]
    waits: tuple[WaitRow, ...]


@dataclass(frozen=True)
class MonthFigures:
    """A month's points of the members whom the actor may see; ``month`` is its first day."""

    month: date
    earned: int
    redeemed: int
    expired: int
    is_closed: bool


@dataclass(frozen=True)
class MembersPage:
    """A page of members, how many there are, and what they hold together."""

    members: tuple[MemberRow, ...]
    total: int
    points: int
    page: int
    pages: int


@dataclass(frozen=True)
class TariffView:
    """What brings points today; ``is_example``: the system does not state it (示例)."""

    valid_from: date
    rules: tuple[Rule, ...]
    is_example: bool


def get_own_points(actor: Actor, limit: int = 30, now: datetime | None = None) -> MemberPoints | None:
    """One's own points; None for an account without a person."""
    require(actor, Permission.POINTS_OWN)
    if actor.person_id is None:
        return None
    with reading(EVERYWHERE) as session:
        return _points_of(session, actor.person_id, limit, local_date(now or utc_now()))


def get_points_of(actor: Actor, person_id: int, limit: int = 30, now: datetime | None = None) -> MemberPoints:
    """The points of a member of one's areas. Raises NotFound."""
    require(actor, Permission.POINTS_SEE)
    with reading(EVERYWHERE) as session:
        visible_person(session, actor, person_id)
        return _points_of(session, person_id, limit, local_date(now or utc_now()))


def list_members(actor: Actor, search: str = "", page: int = 1) -> MembersPage:
    """The members of one's areas who ever had points, by name; found by part of a name, its pinyin or initials."""
    require(actor, Permission.POINTS_SEE)
    with reading(EVERYWHERE) as session:
        total, points = points_views.count_members(session, actor.scope, search)
        page, pages = page_within(page, total, PAGE_SIZE)
        found = points_views.list_members(session, actor.scope, search, PAGE_SIZE, (page - 1) * PAGE_SIZE)
    return MembersPage(tuple(found), total, points, page, pages)


def list_month_figures(actor: Actor, months: int = MONTHS, now: datetime | None = None) -> list[MonthFigures]:
    """The last months of the members whom the actor may see, oldest first, the running one last."""
    require(actor, Permission.POINTS_SEE)
    today = local_date(now or utc_now())
    with reading(actor.scope) as session:
        by_day = rows.sum_by_day(session, months_after(today, 1 - months), month_end(today))
        closed = rows.find_closed_until(session)
    sums: dict[date, Counter[str]] = defaultdict(Counter)
    for day, found in by_day.items():
        sums[day.replace(day=1)].update({"earned": found.earned, "redeemed": found.redeemed, "expired": found.expired})
    figures = []
    for first in (months_after(today, step) for step in range(1 - months, 1)):
        of = sums[first]
        is_closed = closed is not None and first <= closed
        figures.append(MonthFigures(first, of["earned"], of["redeemed"], of["expired"], is_closed))
    return figures


def list_ledger(actor: Actor, month: date, limit: int = 1000) -> list[LedgerEntry]:
    """The entries dated into a month (any day of it) of the members whom the actor may see, as they were made."""
    require(actor, Permission.POINTS_SEE)
    first = month.replace(day=1)
    with reading(EVERYWHERE) as session:
        found = points_views.list_entries_between(session, actor.scope, first, month_end(first), limit)
    return [_ledger_entry(name, entry) for name, entry in found]


def _ledger_entry(name: str, found: ReasonedEntry) -> LedgerEntry:
    entry = found.stored.entry
    return LedgerEntry(
        **vars(_view(found)), person=name, at=entry.at, reverses_id=entry.reverses_id, tariff=entry.tariff
    )


def present_tariff(actor: Actor, now: datetime | None = None) -> TariffView | None:
    """The version of the tariff that holds today; None before the first."""
    require(actor, Permission.POINTS_OWN)
    versions = current_profile().tariffs
    tariff = tariff_on((version.tariff for version in versions), local_date(now or utc_now()))
    if tariff is None:
        return None
    is_example = next(version.is_example for version in versions if version.valid_from == tariff.valid_from)
    return TariffView(tariff.valid_from, tariff.rules, is_example)


def _points_of(session: Session, person_id: int, limit: int, today: date) -> MemberPoints:
    rules, name = current_profile().points, points_views.get_person_name(session, person_id)
    account = rows.find_account(session, person_id)
    if account is None:
        return MemberPoints(person_id, name, 0, 0, rules.monthly_cap.value, 0, (), ())
    first = today.replace(day=1)
    before = expiry_day(today + timedelta(days=EXPIRES_WITHIN), rules.expiry_months.value)
    old = rows.map_expiring(session, before, account.id).get(account.id, (0, 0))
    return MemberPoints(
        person_id, name, account.balance, rows.sum_earned(session, account.id, first, month_end(first)),
        rules.monthly_cap.value, expiring(*old),
        tuple(_view(found) for found in points_views.list_reasoned_entries(session, account.id, limit)),
        tuple(shop_waits.list_waits(session, EVERYWHERE, person_id)),
    )  # fmt: skip


def _view(found: ReasonedEntry) -> EntryView:
    entry = found.stored.entry
    points = entry.points if entry.to_id == entry.account_id else -entry.points
    about = " · ".join(part for part in (found.activity, found.good, found.station) if part)
    return EntryView(
        found.stored.id, entry.day, entry.kind, points, entry.part, entry.quantity, about,
        found.activity_id, entry.subject, entry.subject_id, entry.note,
    )  # fmt: skip
