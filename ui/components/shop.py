"""The points shop at a station: redeeming in four touches, the second person, what was redeemed, who waits."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import streamlit as st

from config.profiles import Profile
from domain.names import surname_of
from domain.permissions import Actor
from domain.shop import RedemptionState
from services.areas.register import get_own_area
from services.points.views import list_members
from services.shop.counters import Counters
from services.shop.goods import GoodRow
from services.shop.redemptions import (
    MemberAtStation,
    RedeemForm,
    RedemptionRow,
    ask_redemption,
    confirm_redemption,
    end_redemption,
    look_at_code,
    redeem,
)
from services.shop.waits import WaitRow
from ui import state
from ui.components.lists import show_empty
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe
from ui.times import day_text, moment_text

MOST_AT_ONCE = 5  # of one good in one press
_MEMBER = "shop_member"  # (code, whose it is)
_COUNTER = "shop_counter"  # stays when the next member comes


def show_redeeming(actor: Actor, goods: Sequence[GoodRow], counters: Counters) -> None:
    """Choose what, type the code, look whose it is, press once; the counter stands until another is chosen."""
    if not goods:
        show_empty(t("shop.goods.none"), t("shop.goods.next"))
        return
    names = {good.id: _tile(good) for good in goods}
    with st.container(key="lg-touch-goods"):
        st.pills(
            t("shop.what"), list(names), key=_key("good"), format_func=lambda good: names.get(good, ""),
            default=goods[0].id if len(goods) == 1 else None,
        )  # fmt: skip
    with st.container(horizontal=True, key="lg-touch-redeem", vertical_alignment="bottom"):
        st.text_input(
            t("shop.code"), key=_key("code"), max_chars=9, placeholder="000 000", on_change=_look, args=(actor,),
        )  # fmt: skip
        st.segmented_control(t("shop.quantity"), range(1, MOST_AT_ONCE + 1), default=1, required=True,
                             key=_key("quantity"))  # fmt: skip
        if counters.stations:
            _show_counter(counters, goods)
    _show_member(actor, {good.id: good for good in goods}.get(_good()))
    with st.expander(t("shop.no_phone")):
        _show_without_phone(actor)


def _show_counter(counters: Counters, goods: Sequence[GoodRow]) -> None:
    """Where it is handed out: the keeper's usual counter, else the station for which something is offered."""
    offered = (good.station_id for good in goods if good.station_id in counters.stations)
    begin = counters.usual or next(offered, None)
    numbers = list(counters.stations)
    st.selectbox(
        t("shop.counter"), numbers, index=None if begin is None else numbers.index(begin), key=_COUNTER,
        placeholder=t("shop.counter.choose"), format_func=lambda number: plain(counters.stations.get(number, "")),
    )  # fmt: skip


def _tile(good: GoodRow) -> str:
    left = "" if good.stock is None else f" · {t('points.goods.left', n=good.stock)}"
    return f"{plain(good.name)} · {t('points.n', n=good.price)}{left}"


@covered
def _look(actor: Actor) -> None:
    code = st.session_state.get(_key("code")) or ""
    st.session_state[_MEMBER] = None
    if code.strip():
        with action():
            st.session_state[_MEMBER] = (code, look_at_code(actor, code))


def _show_member(actor: Actor, good: GoodRow | None) -> None:
    found: tuple[str, MemberAtStation] | None = st.session_state.get(_MEMBER)
    price = good.price * int(st.session_state.get(_key("quantity")) or 1) if good else None
    if found is not None:
        left = "" if price is None else f" → {t('points.n', n=f'{found[1].balance - price:,}')}"
        words = t("shop.member", surname=found[1].surname)
        balance = t("points.n", n=f"{found[1].balance:,}")
        st.html(f'<div class="lg-code"><b>{safe(words)}</b><span>{safe(balance + left)}</span></div>')
    with st.container(key="lg-touch-press"):
        ready = good is not None and found is not None
        label = t("shop.do.redeem", good=plain(good.name), n=price) if good else t("shop.do.choose")
        st.button(
            label, type="primary" if ready else "secondary", key="shop_redeem", on_click=_redeem, args=(actor,),
            disabled=not ready,
        )  # fmt: skip


@covered
def _redeem(actor: Actor) -> None:
    code = (st.session_state.get(_MEMBER) or ("",))[0]
    form = RedeemForm(_good(), _quantity(), code, station_id=_counter(), form_key=state.form_key("redeem"))
    with action("shop.done.redeemed") as outcome:
        done = redeem(actor, form)
        outcome.values = {"surname": done.surname, "good": plain(done.good), "balance": f"{done.balance:,}"}
    if outcome.ok:
        _next_customer()


def _show_without_phone(actor: Actor) -> None:
    search = st.text_input(t("volunteers.search"), key=_key("search"), placeholder=t("volunteers.search_hint"))
    if not search.strip():
        st.caption(t("shop.no_phone.note"))
        return
    found = {row.person_id: row for row in list_members(actor, search).members}
    if not found:
        show_empty(t("points.members.none"), t("points.members.next"))
        return
    labels = {
        number: plain(" · ".join(part for part in (row.person, row.area, t("points.n", n=row.balance)) if part))
        for number, row in found.items()
    }  # fmt: skip
    with st.container(key="lg-touch-person"):
        person = st.radio(
            t("shop.who"), list(labels), index=None, key=_key("person"),
            format_func=lambda number: labels.get(number, ""),
        )  # fmt: skip
        st.button(
            t("shop.do.ask"), key="shop_ask", on_click=_ask, args=(actor,), disabled=person is None or not _good()
        )


@covered
def _ask(actor: Actor) -> None:
    person = st.session_state.get(_key("person"))
    form = RedeemForm(
        _good(), _quantity(), person_id=person, station_id=_counter(), form_key=state.form_key("redeem")
    )  # fmt: skip
    with action("shop.done.asked") as outcome:
        outcome.values["surname"] = ask_redemption(actor, form).surname
    if outcome.ok:
        _next_customer()


def scope_words(actor: Actor) -> str:
    """Whose waits and redemptions the page lists: `书院社区的成员`."""
    area = get_own_area(actor)
    if area is not None:
        return t("shop.scope.area", area=area)
    return t("shop.scope.street" if actor.scope.everywhere else "shop.scope.none")


def stations_of(goods: Sequence[GoodRow]) -> dict[int, str]:
    """Good → the station where it is to be had; those to be had everywhere are absent."""
    return {good.id: good.station for good in goods if good.station}


def show_waiting_redemptions(actor: Actor, rows: Sequence[RedemptionRow], now: datetime, scope: str) -> None:
    """Those that wait for a second person, with yes and no; one's own wait for somebody else."""
    title = (
        f"<b>{safe(t('shop.second'))}</b><em>{len(rows)}</em><small>{safe(t('shop.scope.and_own', of=scope))}</small>"
    )
    st.html(f'<div class="lg-title">{title}</div>')
    for row in rows:
        with st.container(horizontal=True, key=f"lg-touch-who-second-{row.id}", vertical_alignment="center"):
            by = t("shop.asked_by", name=row.by_name or "", when=moment_text(row.at, now))
            by = " · ".join(filter(None, (by, row.station)))
            st.html(_line(row, by, row.person))  # whoever confirms has to know whom
            if row.by not in actor.accounts and row.person_id != actor.person_id:
                st.button(
                    t("shop.do.confirm"), key=f"shop-yes-{row.id}", type="primary", on_click=_confirm,
                    args=(actor, row.id, row.version),
                )  # fmt: skip
            with st.popover(t("shop.do.decline"), key=f"shop-no-{row.id}"):
                _show_ending(actor, row)


@covered
def _confirm(actor: Actor, redemption_id: int, version: int) -> None:
    with action("shop.done.redeemed") as outcome:
        done = confirm_redemption(actor, redemption_id, version)
        outcome.values = {"surname": done.surname, "good": plain(done.good), "balance": f"{done.balance:,}"}


def show_redemptions(actor: Actor, rows: Sequence[RedemptionRow], profile: Profile, now: datetime) -> None:
    """What was redeemed lately; what took place within the profile's days can be cancelled or taken back."""
    since = now - timedelta(days=profile.points.return_days.value)
    st.html(f'<div class="lg-title"><b>{safe(t("shop.redemptions"))}</b></div>')
    shown = [row for row in rows if row.state != RedemptionState.WAITING]
    if not shown:
        show_empty(t("shop.redemptions.none"), t("shop.redemptions.next"))
    for row in shown:
        with st.container(horizontal=True, key=f"lg-touch-who-done-{row.id}", vertical_alignment="center"):
            words = f"{t(f'shop.state.{row.state}')} · {moment_text(row.done_at or row.at, now)}"
            st.html(_line(row, " · ".join(filter(None, (words, row.station, row.end_reason)))))
            if row.state == RedemptionState.DONE and row.done_at is not None and row.done_at >= since:
                with st.popover(t("shop.do.back"), key=f"shop-back-{row.id}"):
                    _show_ending(actor, row)


def _line(row: RedemptionRow, words: str, name: str = "") -> str:
    what = t("shop.line", good=row.good, n=row.quantity, points=row.points)
    return (
        f'<div class="lg-who"><b>{safe(name or f"{surname_of(row.person)}**")}</b><small>{safe(what)}</small>'
        f"<span>{safe(words)}</span></div>"
    )


def _show_ending(actor: Actor, row: RedemptionRow) -> None:
    st.text_input(t("fields.end_reason"), key=f"shop-why-{row.id}", max_chars=400)
    kinds = ("returned", "cancelled") if row.state == RedemptionState.DONE else ("declined",)
    with st.container(horizontal=True, key=f"lg-touch-end-{row.id}"):
        for kind in kinds:
            st.button(
                t(f"shop.do.{kind}"), key=f"shop-{kind}-{row.id}", on_click=_end,
                args=(actor, row.id, kind == "returned", row.version),
            )  # fmt: skip


@covered
def _end(actor: Actor, redemption_id: int, returned: bool, version: int) -> None:
    reason = st.session_state.get(f"shop-why-{redemption_id}") or ""
    with action("shop.done.ended"):
        end_redemption(actor, redemption_id, returned, reason, version)


def show_waits(rows: Sequence[WaitRow], scope: str, stations: Mapping[int, str], everybody: int) -> None:
    """Who waits for what and where, each with the place among all who wait for it; ``everybody``: in the street."""
    of = scope if len(rows) == everybody else t("shop.waits.of", of=scope, n=everybody)
    title = f"<b>{safe(t('shop.waits'))}</b><em>{len(rows)}</em><small>{safe(of)}</small>"
    st.html(f'<div class="lg-title">{title}</div>')
    if not rows:
        show_empty(t("shop.waits.none"), t("shop.waits.next"))
        return
    lines = []
    for row in rows:
        key = "shop.waits.told" if row.told_at else "shop.waits.since"
        words = t(key, day=day_text(row.told_at or row.asked_at))
        words = " · ".join(filter(None, (words, stations.get(row.good_id))))
        lines.append(
            f'<div class="lg-who"><b>{safe(row.good)}</b><small>{safe(t("shop.waits.place", n=row.place))}'
            f"</small><span>{safe(surname_of(row.person))}** · {safe(words)}</span></div>"
        )
    st.html(f'<div class="lg-lines">{"".join(lines)}</div>')


def _good() -> int:
    return int(st.session_state.get(_key("good")) or 0)


def _quantity() -> int:
    return int(st.session_state.get(_key("quantity")) or 1)


def _counter() -> int | None:
    return st.session_state.get(_COUNTER)


def _next_customer() -> None:
    """Empty fields and a new form for whoever comes next."""
    st.session_state[_MEMBER] = None
    st.session_state["shop_round"] = st.session_state.get("shop_round", 0) + 1
    state.new_form_key("redeem")


def _key(part: str) -> str:
    return f"shop_{st.session_state.get('shop_round', 0)}_{part}"
