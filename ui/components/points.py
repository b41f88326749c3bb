"""Points: a member's balance, code, entries with reasons, what can be had and what brings more; months, members."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import streamlit as st

from config.profiles import Profile
from domain.clock import day_start
from domain.permissions import Actor, Permission, may
from services.lists.points_exports import export_ledger
from services.points.views import (
    EXPIRES_WITHIN,
    EntryView,
    MemberPoints,
    MembersPage,
    MonthFigures,
    TariffView,
)
from services.shop.codes import CodeView, make_code
from services.shop.goods import GoodRow
from services.shop.waits import WaitRow, stop_waiting, wait_for
from ui import state
from ui.components.charts import Spec, shared_config, show_chart
from ui.components.export import show_export
from ui.components.figures import Figure, show_figures
from ui.components.lists import show_empty
from ui.components.tables import Html, table_html, titles
from ui.guard import action, covered
from ui.i18n import named, t
from ui.registry import screens_of
from ui.safe import plain, safe
from ui.style import theme
from ui.times import clock_text, day_text, length_text
from ui.tokens import THEMES

_CODE = "points_code"
_PAGES = {"pledge": "pledges", "visit": "visits"}  # the pages of records by subject


def show_balance(found: MemberPoints) -> None:
    """Balance, what came in this month under its cap, what expires soon."""
    unit = t("points.unit")
    soon = t("points.expiring.within", days=EXPIRES_WITHIN)
    show_figures(
        [
            Figure(t("points.balance"), found.balance, unit, ""),
            Figure(t("points.earned"), found.earned_this_month, unit, t("points.this_month"),
                   compare=t("points.cap", n=found.monthly_cap)),
            Figure(t("points.expiring"), found.expiring, unit, soon, status="due_soon" if found.expiring else ""),
        ],
        theme(),
    )  # fmt: skip


def show_code(actor: Actor, now: datetime) -> None:
    """The button that makes a code, and the code while it serves."""
    made: CodeView | None = st.session_state.get(_CODE)
    if made is not None and made.expires_at > now:
        digits = f"{made.code[:3]} {made.code[3:]}"
        words = t("points.code.until", clock=clock_text(made.expires_at, seconds=True))
        st.html(f'<div class="lg-code"><b>{safe(digits)}</b><span>{safe(words)}</span></div>')
    with st.container(key="lg-touch-code"):
        label = t("points.code.again" if made is not None else "points.code.make")
        st.button(label, key="points_code_make", type="primary", on_click=_make_code, args=(actor,))
    st.caption(t("points.code.note"))


@covered
def _make_code(actor: Actor) -> None:
    with action():
        st.session_state[_CODE] = make_code(actor)


def show_wishes(actor: Actor, found: MemberPoints, goods: Sequence[GoodRow], profile: Profile) -> None:
    """What can be had: affordable now, how much is missing else, and the way onto the waiting list."""
    title = t("points.goods", shop=named(profile.points.shop.value))
    st.html(f'<div class="lg-title"><b>{safe(title)}</b></div>')
    if not goods:
        show_empty(t("points.goods.none"), t("points.goods.next"))
        return
    waits = {wait.good_id: wait for wait in found.waits}
    for good in goods:
        with st.container(horizontal=True, key=f"lg-touch-who-wish-{good.id}", vertical_alignment="center"):
            st.html(_wish_html(good, found.balance, waits.get(good.id)))
            if good.id in waits:
                st.button(
                    t("points.wait.stop"), key=f"points-stop-{good.id}", on_click=_stop,
                    args=(actor, waits[good.id].id),
                )  # fmt: skip
            elif _left(good) == 0:
                st.button(t("points.wait.do"), key=f"points-wait-{good.id}", on_click=_wait, args=(actor, good.id))


def _wish_html(good: GoodRow, balance: int, wait: WaitRow | None) -> str:
    left = _left(good)
    words = t("points.goods.uncounted") if left is None else t("points.goods.left", n=left)
    if wait is not None:
        words = t("points.wait.told" if wait.told_at else "points.wait.on", n=wait.place)
    elif balance < good.price:
        words = f"{words} · {t('points.goods.missing', n=good.price - balance)}"
    elif left != 0:
        words = f"{words} · {t('points.goods.enough')}"
    price = t("points.n", n=good.price)
    return f'<div class="lg-who"><b>{safe(good.name)}</b><small>{safe(price)}</small><span>{safe(words)}</span></div>'


def _left(good: GoodRow) -> int | None:
    """What is there for somebody who did not wait."""
    return None if good.stock is None else max(0, good.stock - good.kept)


@covered
def _wait(actor: Actor, good_id: int) -> None:
    with action("points.wait.done") as outcome:
        outcome.values["place"] = wait_for(actor, good_id)


@covered
def _stop(actor: Actor, wait_id: int) -> None:
    with action("points.wait.stopped"):
        stop_waiting(actor, wait_id)


def show_tariff(tariff: TariffView | None) -> None:
    """What brings more, and that it is an example where the system does not state it."""
    st.html(f'<div class="lg-title"><b>{safe(t("points.more"))}</b></div>')
    if tariff is None:
        show_empty(t("points.more.none"), t("points.more.next"))
        return
    lines = "".join(
        f"<li>{safe(t(f'points.rule.{rule.kind}', points=rule.points, per=rule.per))}</li>" for rule in tariff.rules
    )
    mark = f' <i class="lg-chip">{safe(t("points.example"))}</i>' if tariff.is_example else ""
    since = safe(t("points.tariff.since", day=tariff.valid_from.isoformat()))
    st.html(f'<ul class="lg-rules">{lines}</ul><div class="lg-foot">{since}{mark}</div>')
    st.html(f'<div class="lg-more"><a href="/activities" target="_self">{safe(t("points.more.activities"))}</a></div>')


def show_entries(entries: Sequence[EntryView]) -> None:
    """Newest first: when, why, how many; a reason opens its record."""
    st.html(f'<div class="lg-title"><b>{safe(t("points.entries"))}</b></div>')
    if not entries:
        show_empty(t("points.entries.none"), t("points.entries.next"))
        return
    st.html(f'<div class="lg-lines">{"".join(map(_entry_html, entries))}</div>')


def _entry_html(entry: EntryView) -> str:
    tag, address = "div", ""
    if record := _record(entry):
        tag, address = "a", f' target="_self" href="{safe(record)}"'
    tone = "lg-plus" if entry.points > 0 else "lg-minus"
    about = f"<span>{safe(' · '.join(part for part in (entry.about, entry.note) if part))}</span>"
    return (
        f'<{tag} class="lg-who lg-entry"{address}><b>{safe(_why(entry))}</b>'
        f"<small>{safe(day_text(day_start(entry.day), year=True))}</small>"
        f'<em class="{tone}">{entry.points:+,}</em>{about}</{tag}>'
    )


def _record(entry: EntryView) -> str:
    """Where the record behind an entry opens; "" where it has no page that the reader may open."""
    if entry.activity_id is not None:
        return f"/activities?id={entry.activity_id}"
    page = _PAGES.get(entry.subject, "")
    opens = page in {screen.path for screen in screens_of(state.actor())}
    return f"/{page}?id={entry.subject_id}" if opens else ""


def _why(entry: EntryView) -> str:
    if entry.minutes is not None:
        return t("points.why.service", length=length_text(timedelta(minutes=entry.minutes), days=False))
    return t(f"points.why.{entry.reason}")


def show_ledger_export(actor: Actor, months: Sequence[MonthFigures], now: datetime) -> None:
    """The ledger of a month that one chooses as a file, for those who may."""
    if not may(actor, Permission.EXPORT):
        return
    with st.container(horizontal=True, key="lg-touch-ledger", vertical_alignment="bottom"):
        month = st.selectbox(
            t("points.month"), [one.month for one in reversed(months)], min(1, len(months) - 1),  # the last whole one
            key="points-ledger-month",
            format_func=lambda one: f"{one:%Y-%m}",
        )  # fmt: skip
        show_export(actor, "ledger", partial(export_ledger, actor, month), now, several=True)


def show_months(months: Sequence[MonthFigures], members: MembersPage) -> None:
    """Points earned and redeemed by month as bars, and the table one touch away."""
    st.html(f'<div class="lg-title"><b>{safe(t("points.months"))}</b></div>')
    unit, year = t("points.unit"), t("points.year")
    show_figures(
        [
            Figure(t("points.held"), members.points, unit, t("points.today"),
                   compare=t("points.members", n=f"{members.total:,}")),
            Figure(t("points.earned"), sum(month.earned for month in months), unit, year),
            Figure(t("points.redeemed"), sum(month.redeemed for month in months), unit, year),
            Figure(t("points.expired"), sum(month.expired for month in months), unit, year),
        ],
        theme(),
    )  # fmt: skip
    earned, redeemed = (sum(getattr(month, name) for month in months) for name in ("earned", "redeemed"))
    show_chart(_months_chart(months), t("points.chart_alt", earned=earned, redeemed=redeemed))
    with st.expander(t("points.table")):
        st.html(_months_table(months))


def _months_chart(months: Sequence[MonthFigures]) -> Spec:
    c = THEMES[theme()]
    names = {"earned": t("points.earned"), "redeemed": t("points.redeemed")}
    values = [
        {"month": f"{month.month:%y-%m}", "what": label, "points": getattr(month, name)}
        for month in months for name, label in names.items()
    ]  # fmt: skip
    colours = {"domain": list(names.values()), "range": [c["chart-main"], c["chart-quiet"]]}
    return {
        "data": {"values": values},
        "height": 190,
        "config": shared_config(theme()),
        "mark": {"type": "bar"},
        "encoding": {
            "x": {
                "field": "month",
                "type": "ordinal",
                "title": None,
                "axis": {"labelAngle": 0, "labelOverlap": "greedy"},
            },
            "xOffset": {"field": "what", "sort": colours["domain"]},
            "y": {"field": "points", "type": "quantitative", "title": None},
            "color": {"field": "what", "type": "nominal", "scale": colours},
        },
    }


def _months_table(months: Sequence[MonthFigures]) -> str:
    lines = (
        (_month_name(month), f"{month.earned:,}", f"{month.redeemed:,}", f"{month.expired:,}")
        for month in reversed(months)
    )
    return table_html(titles("points", "month", "earned", "redeemed", "expired"), lines)


def _month_name(month: MonthFigures) -> str:
    name = f"{month.month:%Y-%m}"
    return Html(f'{name} <i class="lg-chip">{safe(t("points.closed"))}</i>') if month.is_closed else name


def show_members(page: MembersPage, on_choose: Callable[[int], None]) -> None:
    """Members by name with what they hold; each opens."""
    if not page.members:
        show_empty(t("points.members.none"), t("points.members.next"))
        return
    with st.container(key="lg-rows-points", gap=None):
        for row in page.members:
            with st.container(key=f"lg-pick-points-{row.person_id}", gap=None):
                home = " · ".join(part for part in (row.team, row.area) if part)
                points = t("points.n", n=f"{row.balance:,}")
                st.html(
                    f'<div class="lg-row lg-person"><div><b>{safe(row.person)}</b><span>{safe(home)}</span></div>'
                    f"<div><b>{safe(points)}</b></div></div>"
                )
                st.button(plain(row.person), key=f"points-{row.person_id}", on_click=on_choose, args=(row.person_id,))
    if page.pages > 1:
        with st.container(key="lg-touch-pages"):
            st.pagination(page.pages, key="points-page")


def show_member(found: MemberPoints) -> None:
    """A member of one's areas: balance and entries."""
    with st.container(key="lg-touch-back"):
        st.button(t("activities.do.back"), key="points-back", on_click=state.set_query, kwargs={"id": None})
    st.html(f'<div class="lg-title"><b>{safe(found.name)}</b></div>')
    show_balance(found)
    show_entries(found.entries)
