"""What the shop offers, and its stock (feature E4)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.models import ShopGood
from db.queries import shop as rows
from db.queries.audit import add_audit_entry
from db.queries.receipts import add_receipt, find_receipt
from db.queries.shop import GoodRow, MovementRow
from db.queries.stations import get_station
from db.session import reading, transaction
from domain.clock import utc_now
from domain.errors import StaleRecord
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.shop import GoodKind, InvalidAmount, OutOfStock, StockKind
from domain.texts import clean_line, clean_text
from services.shop.waits import kept_since, tell_next

MOST = 9_999


@dataclass(frozen=True)
class GoodForm:
    """What is offered for how many points, and at which station; ``counted``: it has a stock."""

    name: str
    kind: str
    price: int
    counted: bool = True
    station_id: int | None = None
    is_offered: bool = True
    form_key: str = ""


@dataclass(frozen=True)
class StockForm:
    """So much came in; with a ``donor`` it was given."""

    good_id: int
    quantity: int
    donor: str = ""
    note: str = ""
    form_key: str = ""


def list_goods(actor: Actor, offered: bool = True, now: datetime | None = None) -> list[GoodRow]:
    """What the shop offers, by price, with stock and how many wait; ``offered`` False: what was taken off as well."""
    require(actor, Permission.POINTS_OWN)
    with reading(EVERYWHERE) as session:
        return rows.list_goods(session, kept_since(now or utc_now()), offered)


def list_movements(actor: Actor, limit: int = 30) -> list[MovementRow]:
    """What came in or was written off, newest first."""
    require(actor, Permission.SHOP_KEEP)
    with reading(EVERYWHERE) as session:
        return rows.list_movements(session, limit)


def add_good(actor: Actor, form: GoodForm, now: datetime | None = None) -> int:
    """Offer something; the same form again answers with the same. Raises EmptyText, InvalidAmount, NotFound."""
    require(actor, Permission.SHOP_EDIT)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        known = find_receipt(session, actor.user_id, "shop_good", form.form_key)
        if known is not None:
            return known
        good = ShopGood(stock=0 if form.counted else None)
        _fill(session, good, form)
        session.add(good)
        session.flush()
        add_receipt(session, actor.user_id, "shop_good", form.form_key, good.id, now)
        add_audit_entry(session, actor.user_id, "shop.offer", "shop_good", now, good.id, f"{good.name}: {good.price}")
        return good.id


def edit_good(actor: Actor, good_id: int, form: GoodForm, version: int, now: datetime | None = None) -> None:
    """Another name, price or station; off the list or on it again. What was redeemed keeps its price.

    Whether it is counted stays as it was. Raises StaleRecord, EmptyText, InvalidAmount, NotFound.
    """
    require(actor, Permission.SHOP_EDIT)
    with transaction(EVERYWHERE) as session:
        good = rows.get_good(session, good_id, lock=True)
        if good.version != version:
            raise StaleRecord()
        before = f"{good.name}: {good.price}"
        _fill(session, good, form)
        detail = f"{before} → {good.name}: {good.price}{'' if good.is_offered else ', off'}"
        add_audit_entry(session, actor.user_id, "shop.edit", "shop_good", now or utc_now(), good.id, detail)


def receive_stock(actor: Actor, form: StockForm, now: datetime | None = None) -> int:
    """So much came in, bought or donated; those who wait are told in their order. Returns the stock.

    The same form again changes nothing. Raises InvalidAmount (also for what is not counted), NotFound.
    """
    require(actor, Permission.SHOP_KEEP)
    donor = clean_line(form.donor, "donor", 60, required=False)
    kind = StockKind.DONATED if donor else StockKind.RECEIVED
    return _move(actor, form, kind, form.quantity, donor, now or utc_now())


def write_off(actor: Actor, form: StockForm, now: datetime | None = None) -> int:
    """So much is broken, spoilt or missing; ``note`` says why. Returns the stock. Raises OutOfStock, EmptyText, …"""
    require(actor, Permission.SHOP_KEEP)
    clean_text(form.note, "stock_reason", 400)
    return _move(actor, form, StockKind.WRITTEN_OFF, -form.quantity, "", now or utc_now())


def _move(actor: Actor, form: StockForm, kind: StockKind, change: int, donor: str, now: datetime) -> int:
    note = clean_text(form.note, "stock_reason", 400, required=False)
    with transaction(EVERYWHERE) as session:
        known = find_receipt(session, actor.user_id, "stock", form.form_key)
        good = rows.get_good(session, form.good_id, lock=True)
        if known is not None:
            return good.stock or 0
        if good.stock is None or not 1 <= form.quantity <= MOST:
            raise InvalidAmount(field="quantity")
        if good.stock + change < 0:
            raise OutOfStock(name=good.name, left=good.stock)
        by = actor.user_id or None
        number = rows.add_movement(session, good.id, kind, change, now, by, donor=donor, note=note)
        add_receipt(session, actor.user_id, "stock", form.form_key, number, now)
        tell_next(session, good.id, now)
        return rows.get_good(session, good.id).stock or 0


def _fill(session: Session, good: ShopGood, form: GoodForm) -> None:
    good.name = clean_line(form.name, "good_name", 60)
    good.kind = GoodKind(form.kind).value
    if not 1 <= form.price <= MOST:
        raise InvalidAmount(field="price")
    if form.station_id is not None:
        get_station(session, form.station_id)
    good.price, good.station_id, good.is_offered = form.price, form.station_id, form.is_offered
