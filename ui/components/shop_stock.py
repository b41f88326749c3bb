"""The stock of the points shop: what comes in, bought or donated, what is written off, what is offered for how much."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from domain.permissions import Actor, Permission, may
from domain.shop import GoodKind
from services.shop.goods import MOST, GoodForm, GoodRow, MovementRow, StockForm, add_good, edit_good, receive_stock
from services.shop.goods import write_off as write_off_stock
from ui import state
from ui.components.lists import show_empty
from ui.components.tables import Html, table_html, titles
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe
from ui.times import moment_text

_ROUND = "shop_stock_round"


def show_goods_table(goods: Sequence[GoodRow]) -> None:
    """What is offered, for how much, how much is there and how many wait."""
    st.html(f'<div class="lg-title"><b>{safe(t("shop.goods"))}</b><small>{safe(t("shop.goods.scope"))}</small></div>')
    st.html(table_html(titles("shop.column", "good", "price", "stock", "kept", "waiting"), map(_good_cells, goods)))


def _good_cells(good: GoodRow) -> tuple[object, ...]:
    off = "" if good.is_offered else f' <i class="lg-chip">{safe(t("shop.off"))}</i>'
    stock = t("shop.uncounted") if good.stock is None else f"{good.stock:,}"
    name = Html(f"{safe(good.name)}{off}<br><small>{safe(good.station or '')}</small>")
    return name, f"{good.price:,}", stock, good.kept, good.waiting


def show_stock_forms(actor: Actor, goods: Sequence[GoodRow], stations: dict[int, str]) -> None:
    """Something came in; something is broken; for those who may, what is offered."""
    counted = {good.id: good for good in goods if good.stock is not None}
    if counted:
        with st.expander(t("shop.receive")):
            _choose(counted, "in")
            st.number_input(t("shop.quantity"), 1, MOST, 1, key=_key("in-n"))
            st.text_input(t("fields.donor"), key=_key("in-donor"), max_chars=60, placeholder=t("shop.donor.help"))
            _press("shop.do.receive", "in-save", _receive, actor)
        with st.expander(t("shop.write_off")):
            _choose(counted, "out")
            st.number_input(t("shop.quantity"), 1, MOST, 1, key=_key("out-n"))
            st.text_input(t("fields.stock_reason"), key=_key("out-note"), max_chars=400)
            _press("shop.do.write_off", "out-save", _write_off, actor)
    if may(actor, Permission.SHOP_EDIT):
        with st.expander(t("shop.offer")):
            _show_offer(actor, goods, stations)


def _choose(goods: dict[int, GoodRow], part: str) -> None:
    labels = {good.id: f"{good.name} · {t('points.goods.left', n=good.stock)}" for good in goods.values()}
    st.selectbox(t("shop.what"), list(labels), key=_key(part), format_func=lambda good: labels.get(good, ""))


def _press(label: str, part: str, on_click: Callable[..., None], actor: Actor) -> None:
    with st.container(key=f"lg-touch-{part}"):
        st.button(t(label), key=_key(part), type="primary", on_click=on_click, args=(actor,))


@covered
def _receive(actor: Actor) -> None:
    form = StockForm(_typed("in") or 0, _typed("in-n") or 1, _typed("in-donor") or "", form_key=state.form_key("stock"))
    with action("shop.done.received") as outcome:
        outcome.values["stock"] = receive_stock(actor, form)
    _accepted(outcome.ok, "stock")


@covered
def _write_off(actor: Actor) -> None:
    form = StockForm(
        _typed("out") or 0, _typed("out-n") or 1, note=_typed("out-note") or "", form_key=state.form_key("stock")
    )
    with action("shop.done.written_off") as outcome:
        outcome.values["stock"] = write_off_stock(actor, form)
    _accepted(outcome.ok, "stock")


def _show_offer(actor: Actor, goods: Sequence[GoodRow], counters: dict[int, str]) -> None:
    """A new one, or one of those that are there."""
    known = {good.id: good for good in goods}
    labels = {0: t("shop.offer.new")} | {good.id: good.name for good in goods}
    chosen = st.selectbox(t("shop.offer.which"), list(labels), key=_key("which"), format_func=labels.__getitem__)
    good, part = known.get(chosen), f"offer-{chosen}"
    st.text_input(t("fields.good_name"), good.name if good else "", max_chars=60, key=_key(f"{part}-name"))
    st.number_input(t("shop.column.price"), 1, MOST, good.price if good else 30, key=_key(f"{part}-price"))
    kinds = {kind.value: t(f"shop.kind.{kind}") for kind in GoodKind}
    st.selectbox(
        t("shop.kind"), list(kinds), index=list(kinds).index(good.kind) if good else 0, key=_key(f"{part}-kind"),
        format_func=kinds.__getitem__,
    )  # fmt: skip
    stations = {0: t("shop.station.none")} | counters
    at = good.station_id if good and good.station_id in stations else 0
    st.selectbox(
        t("shop.station"), list(stations), index=list(stations).index(at or 0), key=_key(f"{part}-station"),
        format_func=stations.__getitem__,
    )  # fmt: skip
    if good is None:
        st.checkbox(t("shop.counted"), True, key=_key(f"{part}-counted"))
    else:
        st.checkbox(t("shop.is_offered"), good.is_offered, key=_key(f"{part}-offered"))
    with st.container(key="lg-touch-offer-save"):
        st.button(t("shop.do.offer"), type="primary", key=_key("offer-save"), on_click=_offer, args=(actor, good))


@covered
def _offer(actor: Actor, good: GoodRow | None) -> None:
    part = f"offer-{good.id if good else 0}"
    form = GoodForm(
        _typed(f"{part}-name") or "", _typed(f"{part}-kind") or GoodKind.GOODS, _typed(f"{part}-price") or 0,
        counted=bool(_typed(f"{part}-counted")), station_id=_typed(f"{part}-station") or None,
        is_offered=True if good is None else bool(_typed(f"{part}-offered")), form_key=state.form_key("good"),
    )  # fmt: skip
    with action("shop.done.offered") as outcome:
        if good is None:
            add_good(actor, form)
        else:
            edit_good(actor, good.id, form, good.version)
        outcome.values["name"] = plain(form.name)
    _accepted(outcome.ok, "good")


def show_movements(rows: Sequence[MovementRow], now: datetime) -> None:
    """What came in and was written off lately."""
    st.html(f'<div class="lg-title"><b>{safe(t("shop.movements"))}</b></div>')
    if not rows:
        show_empty(t("shop.movements.none"), t("shop.movements.next"))
        return
    lines = "".join(
        f'<div class="lg-who"><b>{safe(row.good)}</b><small>{row.change:+,}</small>'
        f"<span>{safe(' · '.join(part for part in _words(row, now) if part))}</span></div>"
        for row in rows
    )
    st.html(f'<div class="lg-lines">{lines}</div>')


def _words(row: MovementRow, now: datetime) -> tuple[str, ...]:
    return t(f"shop.movement.{row.kind}"), row.donor, row.note, row.by or "", moment_text(row.at, now)


def _accepted(ok: bool, form: str) -> None:
    if ok:
        state.new_form_key(form)
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _typed(part: str) -> Any:
    return st.session_state.get(_key(part))


def _key(part: str) -> str:
    return f"stock_{st.session_state.get(_ROUND, 0)}_{part}"
