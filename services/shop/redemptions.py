"""Redeeming points at a station: once, for a member who says so, never over the balance or the stock (feature E4).

Points and stock move in one transaction. Rows are held in one order everywhere: code or redemption, good, account.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.models import Redemption, ShopGood
from db.queries import points, shop, shop_waits
from db.queries import redemptions as rows
from db.queries.audit import add_audit_entry
from db.queries.people import get_person
from db.queries.points import AccountRow
from db.queries.receipts import add_receipt, find_receipt
from db.queries.redemptions import REDEMPTION, RedemptionRow
from db.session import reading, transaction
from domain.clock import local_date, utc_now
from domain.errors import Refusal, StaleRecord
from domain.names import surname_of
from domain.periods import Period
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.points import SHOP, Entry, EntryKind, PointsTooFew
from domain.shop import (
    CodeExpired,
    CodeUnknown,
    CodeUsed,
    Confirmation,
    ConfirmedByAnother,
    GoodNotOffered,
    RedemptionEnded,
    RedemptionState,
    ReturnTooLate,
    StockKind,
    WaitOutcome,
    check_stock,
)
from domain.texts import clean_text
from services.points.ledger import reverse_entry, write_entry
from services.shop.codes import check_tries, note_wrong_code, take_code
from services.shop.counters import counter_at
from services.shop.members import visible_person
from services.shop.waits import end_wait, kept_since, tell_next
from services.system.installations import current_profile


@dataclass(frozen=True)
class RedeemForm:
    """What a clerk enters: the good, how many, and the member's code, or the member who has no phone.

    ``station_id``: the counter at which it is handed out; None only where there is no station at all.
    """

    good_id: int
    quantity: int = 1
    code: str = ""
    person_id: int | None = None
    station_id: int | None = None
    form_key: str = ""


@dataclass(frozen=True)
class MemberAtStation:
    """What the clerk sees of who shows a code."""

    surname: str
    balance: int


@dataclass(frozen=True)
class RedemptionView(RedemptionRow):
    """A redemption as the clerk sees it; ``balance`` is the member's after it."""

    balance: int

    @property
    def surname(self) -> str:
        """Whose it is, as a station calls it out."""
        return surname_of(self.person)


def look_at_code(actor: Actor, code: str, now: datetime | None = None) -> MemberAtStation:
    """Whose code it is; it stays good. Raises CodeUnknown, CodeUsed, CodeExpired, TooManyCodes."""
    require(actor, Permission.SHOP_KEEP)
    now = now or utc_now()
    with _counting_wrong_codes(actor, now) as session:
        check_tries(session, actor, now)
        account = points.lock_account_by_id(session, take_code(session, code, now).account_id)
        return MemberAtStation(surname_of(get_person(session, account.person_id).name), account.balance)


def redeem(actor: Actor, form: RedeemForm, now: datetime | None = None) -> RedemptionView:
    """Redeem with the member's code; the same form again answers with the same redemption.

    Raises CodeUnknown, CodeUsed, CodeExpired, TooManyCodes, ConfirmedByAnother (one's own code), PointsTooFew,
    OutOfStock, KeptForWaiting, GoodNotOffered, InvalidAmount, CounterNeeded, NotFound.
    """
    require(actor, Permission.SHOP_KEEP)
    now = now or utc_now()
    with _counting_wrong_codes(actor, now) as session:
        known = find_receipt(session, actor.user_id, REDEMPTION, form.form_key)
        if known is not None:
            return _view(session, known)
        check_tries(session, actor, now)
        code = take_code(session, form.code, now)
        good = shop.get_good(session, form.good_id, lock=True)
        account = points.lock_account_by_id(session, code.account_id)
        if account.person_id == actor.person_id:
            raise ConfirmedByAnother()
        _check(session, good, account, form.quantity, good.price * form.quantity, now)
        code.used_at = now
        row = _row(session, actor, form, good, account, Confirmation.CODE, now)
        session.add(row)
        session.flush()
        _hand_over(session, actor, row, good, account, now)
        return _stored(session, actor, form, row, now)


def ask_redemption(actor: Actor, form: RedeemForm, now: datetime | None = None) -> RedemptionView:
    """For a member without a phone: it waits for a second member of staff, and nothing moves yet.

    The counter is the one at which the member stands now, wherever the second person confirms.
    Raises what ``redeem`` raises of stock, balance and counter, NotFound for a member outside the actor's areas.
    """
    require(actor, Permission.SHOP_KEEP)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        known = find_receipt(session, actor.user_id, REDEMPTION, form.form_key)
        if known is not None:
            return _view(session, known)
        person = visible_person(session, actor, form.person_id or 0)
        good = shop.get_good(session, form.good_id, lock=True)
        account = points.lock_account(session, person)
        _check(session, good, account, form.quantity, good.price * form.quantity, now)
        row = _row(session, actor, form, good, account, Confirmation.SECOND_PERSON, now)
        session.add(row)
        session.flush()
        return _stored(session, actor, form, row, now)


def confirm_redemption(actor: Actor, redemption_id: int, version: int, now: datetime | None = None) -> RedemptionView:
    """Be the second person: points and stock move now. Raises ConfirmedByAnother, StaleRecord, and as ``redeem``."""
    require(actor, Permission.SHOP_KEEP)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        row = _held(session, actor, redemption_id, version)
        if row.state != RedemptionState.WAITING.value:
            raise RedemptionEnded()
        good = shop.get_good(session, row.good_id, lock=True)
        account = points.lock_account_by_id(session, row.account_id)
        if (row.by or 0) in actor.accounts or account.person_id == actor.person_id:
            raise ConfirmedByAnother()
        _check(session, good, account, row.quantity, row.points, now)
        row.state, row.confirmed_by = RedemptionState.DONE.value, actor.user_id or None
        _hand_over(session, actor, row, good, account, now)
        add_audit_entry(session, actor.user_id, "shop.confirm", REDEMPTION, now, row.id)
        session.flush()
        return _view(session, row.id)


def end_redemption(
    actor: Actor, redemption_id: int, returned: bool, reason: str, version: int, now: datetime | None = None
) -> RedemptionView:
    """Cancel a redemption, or take back what was handed over (``returned``): points and stock go back.

    One that waits for its second person is turned down. Raises ConfirmedByAnother (points back to oneself),
    RedemptionEnded, ReturnTooLate, EmptyText, StaleRecord, NotFound.
    """
    require(actor, Permission.SHOP_KEEP)
    now, reason = now or utc_now(), clean_text(reason, "end_reason", 400)
    with transaction(EVERYWHERE) as session:
        row = _held(session, actor, redemption_id, version)
        if row.state == RedemptionState.DONE.value:
            _give_back(session, actor, row, reason, now)
        elif row.state != RedemptionState.WAITING.value:
            raise RedemptionEnded()
        row.state = (RedemptionState.RETURNED if returned and row.done_at else RedemptionState.CANCELLED).value
        row.ended_at, row.ended_by, row.end_reason = now, actor.user_id or None, reason
        add_audit_entry(session, actor.user_id, f"shop.{row.state}", REDEMPTION, now, row.id, reason)
        session.flush()
        return _view(session, row.id)


def list_redemptions(
    actor: Actor, state: RedemptionState | None = None, limit: int = 30, period: Period | None = None
) -> list[RedemptionRow]:
    """Redemptions of the members of one's areas and those one entered, newest first; ``period``: of its days alone."""
    require(actor, Permission.SHOP_KEEP)
    with reading(EVERYWHERE) as session:
        return rows.list_redemptions(session, actor.scope, state, limit, period)


@contextmanager
def _counting_wrong_codes(actor: Actor, now: datetime) -> Iterator[Session]:
    """A transaction in which a wrong code, before which nothing was written, is noted; then it is refused."""
    refused: Refusal | None = None
    with transaction(EVERYWHERE) as session:
        try:
            yield session
        except (CodeUnknown, CodeUsed, CodeExpired) as error:
            refused = error
            note_wrong_code(session, actor, now)
    if refused is not None:
        raise refused


def _row(
    session: Session, actor: Actor, form: RedeemForm, good: ShopGood, account: AccountRow, confirmation: Confirmation,
    now: datetime,
) -> Redemption:  # fmt: skip
    done = confirmation is Confirmation.CODE
    return Redemption(
        account_id=account.id, good_id=good.id, quantity=form.quantity, points=good.price * form.quantity,
        state=(RedemptionState.DONE if done else RedemptionState.WAITING).value, confirmation=confirmation.value,
        at=now, by=actor.user_id or None, station_id=counter_at(session, form.station_id, now),
    )  # fmt: skip


def _check(session: Session, good: ShopGood, account: AccountRow, quantity: int, price: int, now: datetime) -> None:
    if not good.is_offered:
        raise GoodNotOffered(name=good.name)
    kept = shop_waits.count_kept(session, good.id, kept_since(now), account.id)
    check_stock(good.name, good.stock, kept, quantity)
    if account.balance < price:
        raise PointsTooFew(balance=account.balance, points=price)


def _hand_over(
    session: Session, actor: Actor, row: Redemption, good: ShopGood, account: AccountRow, now: datetime
) -> None:
    """Points to the shop, the good from the stock; whoever waited for it waits no longer."""
    by = actor.user_id or None
    row.done_at = now
    entry = Entry(
        account.id, EntryKind.REDEEM, account.id, SHOP, row.points, local_date(now), now, REDEMPTION, row.id, by=by
    )
    write_entry(session, account, entry)
    shop.add_movement(session, good.id, StockKind.REDEEMED, -row.quantity, now, by, redemption_id=row.id)
    waited = shop_waits.find_open_wait(session, good.id, account.id)
    if waited is not None:
        end_wait(waited, WaitOutcome.SERVED, now)


def _give_back(session: Session, actor: Actor, row: Redemption, reason: str, now: datetime) -> None:
    days = current_profile().points.return_days.value
    if row.done_at is not None and row.done_at < now - timedelta(days=days):
        raise ReturnTooLate(days=days)
    by = actor.user_id or None
    shop.get_good(session, row.good_id, lock=True)
    account = points.lock_account_by_id(session, row.account_id)
    if account.person_id == actor.person_id:
        raise ConfirmedByAnother()
    for stored in points.list_live_entries(session, EntryKind.REDEEM, REDEMPTION, row.id):
        account = reverse_entry(session, account, stored, now, by, reason)
    shop.add_movement(session, row.good_id, StockKind.RETURNED, row.quantity, now, by, redemption_id=row.id)
    tell_next(session, row.good_id, now)


def _held(session: Session, actor: Actor, redemption_id: int, version: int) -> Redemption:
    row = rows.get_redemption(session, redemption_id, actor.scope)
    if row.version != version:
        raise StaleRecord()
    return row


def _stored(session: Session, actor: Actor, form: RedeemForm, row: Redemption, now: datetime) -> RedemptionView:
    add_receipt(session, actor.user_id, REDEMPTION, form.form_key, row.id, now)
    session.flush()
    return _view(session, row.id)


def _view(session: Session, redemption_id: int) -> RedemptionView:
    row = rows.get_redemption_row(session, redemption_id)
    account = points.find_account(session, row.person_id)
    return RedemptionView(**vars(row), balance=account.balance if account else 0)
