"""Activities: rows of a list, the card of one, and what oneself can do there."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

import streamlit as st

from domain.activities import ActivityStatus, AttendanceStatus
from domain.clock import local_date
from domain.errors import NotFound
from domain.permissions import Actor, Permission, may
from services.activities.attendance_records import opens_before
from services.activities.attendances import sign_up, withdraw
from services.activities.calendar import ActivityFilter, ActivityView
from services.activities.recording import AttendanceView
from services.lists.files import ListFormat
from services.lists.week_exports import export_activities
from services.system.installations import current_profile
from ui import state
from ui.components.export import show_export
from ui.guard import action, covered
from ui.i18n import named, t
from ui.safe import plain, safe
from ui.times import clock_text, day_text

_ACTIVE = (ActivityStatus.PLANNED, ActivityStatus.RUNNING)


def kind_name(key: str) -> str:
    """The name of a kind of activity; the key itself once the profile has it no more."""
    try:
        return named(current_profile().activity_kind(key).name)
    except NotFound:
        return key


def choose_kind() -> str | None:
    """The kind of activity to be shown; None for all."""
    kinds = {"": t("activities.all_kinds")} | {
        item.key: kind_name(item.key) for item in current_profile().activity_kinds
    }
    chosen: str = st.selectbox(
        t("fields.activity_kind"), list(kinds), key="kind", label_visibility="collapsed", width=200,
        format_func=kinds.__getitem__,
    )  # fmt: skip
    return chosen or None


def choose_near(actor: Actor) -> bool:
    """Whether only the reader's own area is shown; the address keeps it.

    Who plans for an area begins with it; who looks for something to join begins with the whole street.
    """
    if not actor.area_path:
        return False
    begin = may(actor, Permission.ACTIVITY_PLAN) and not actor.scope.everywhere
    st.session_state["own-area"] = state.query_flag("near") if state.query("near") else begin
    return st.toggle(t("activities.only_own_area"), key="own-area", on_change=_keep_near)


@covered
def _keep_near() -> None:
    state.set_query(near=int(st.session_state["own-area"]))


def span_text(start: datetime, end: datetime) -> str:
    """`19:00–20:30`, and `22:00–次日 01:00` over midnight."""
    last = clock_text(end)
    if local_date(end) != local_date(start) and end > start:
        last = t("activities.next_day", clock=last)
    return f"{clock_text(start)}–{last}"


def people_text(view: ActivityView) -> str:
    """`报名 12 / 20`, without a limit `报名 12`, and how many wait; for one that is over how many came."""
    if view.status is ActivityStatus.ENDED:
        return t("activities.came", n=view.attended, signed=view.signed_up)
    if view.capacity is None:
        return t("activities.signed_up", n=view.signed_up)
    waiting = f" · {t('activities.waiting', n=view.waiting)}" if view.waiting else ""
    return t("activities.signed_up_of", n=view.signed_up, capacity=view.capacity) + waiting


def mine_text(view: ActivityView) -> str:
    """`我已报名`, `候补第 2 位`."""
    return t(f"activities.mine.{view.mine}", n=view.my_turn)


def show_activities(
    views: Sequence[ActivityView], chosen: int | None, on_choose: Callable[[int], None], *, days: bool
) -> None:
    """Rows in the order given, each as large a target as itself; ``days`` puts a heading before each new day."""
    shown = None
    with st.container(key="lg-rows-activities", gap=None):
        for view in views:
            day = local_date(view.starts_at)
            if days and day != shown:
                st.html(f'<div class="lg-day">{safe(day_text(view.starts_at, weekday=True))}</div>')
                shown = day
            with st.container(key=f"lg-pick-activity-{view.id}", gap=None):
                st.html(_row_html(view, view.id == chosen))
                label = plain(f"{view.title} · {span_text(view.starts_at, view.ends_at)} · {view.where}")
                st.button(label, key=f"activity-{view.id}", on_click=on_choose, args=(view.id,))


def show_list_export(actor: Actor, which: ActivityFilter, day: date | None, total: int, now: datetime) -> None:
    """The list as a file: of a day, or all that is still to come under the filter."""

    def make(format: ListFormat, language: str) -> bytes:
        return export_activities(actor, which, format, language, day=day, now=now)

    show_export(actor, "activities", make, now, total)


def _row_html(view: ActivityView, chosen: bool) -> str:
    gone = " lg-gone-off" if view.status is ActivityStatus.CANCELLED else ""
    more = (view.where, kind_name(view.kind), view.team, view.area)
    under = " · ".join([part for part in more if part and part not in view.title][:2])
    return (
        f'<div class="lg-row lg-slot{" lg-on" if chosen else ""}{gone}">'
        f"<time><b>{safe(clock_text(view.starts_at))}</b><span>{safe(clock_text(view.ends_at))}</span></time>"
        f'<div><b title="{safe(view.title)}">{safe(view.title)}</b><span>{safe(under or view.where)}</span></div>'
        f"<div>{_chip(view)}<span>{safe(people_text(view))}</span></div></div>"
    )


def _chip(view: ActivityView) -> str:
    """The one word that matters most: mine first, then where the activity stands, then that it is full."""
    if view.mine is not None:
        return f'<em class="lg-chip lg-mine">{safe(mine_text(view))}</em>'
    if view.status in (ActivityStatus.RUNNING, ActivityStatus.CANCELLED):
        return f'<em class="lg-chip">{safe(t(f"activities.status.{view.status}"))}</em>'
    if view.status is ActivityStatus.PLANNED and view.free == 0:
        return f'<em class="lg-chip">{safe(t("activities.full"))}</em>'
    return ""


def show_activity(view: ActivityView) -> None:
    """What there is to read about one activity."""
    mine = f'<em class="lg-chip lg-mine">{safe(mine_text(view))}</em>' if view.mine else ""
    when = f"{day_text(view.starts_at, year=True, weekday=True)} {span_text(view.starts_at, view.ends_at)}"
    free = t("activities.free", n=view.free) if view.free is not None and view.status in _ACTIVE else ""
    facts = (
        ("activities.when", when),
        ("activities.where", view.where if view.place in ("", view.where) else f"{view.where} {view.place}"),
        ("activities.for_area", view.area or t("activities.whole_street")),
        ("activities.team", view.team or t("activities.any_team")),
        ("activities.people", " · ".join(part for part in (people_text(view), free) if part)),
    )
    lines = "".join(f"<dt>{safe(t(key))}</dt><dd>{safe(value)}</dd>" for key, value in facts)
    series = f'<em class="lg-chip">{safe(t("activities.series"))}</em>' if view.series_id else ""
    reason = t("activities.cancelled_because", reason=view.cancel_reason) if view.cancel_reason else ""
    st.html(
        f'<div class="lg-card-head"><span>{safe(kind_name(view.kind))}</span>'
        f'<em class="lg-chip">{safe(t(f"activities.status.{view.status}"))}</em>{series}{mine}</div>'
        f'<h1 class="lg-card-title">{safe(view.title)}</h1><dl class="lg-pairs">{lines}</dl>'
        + (f'<p class="lg-pre lg-alarm">{safe(reason)}</p>' if reason else "")
        + (f'<p class="lg-pre">{safe(view.description)}</p>' if view.description else "")
    )


def check_in_opens(view: ActivityView) -> datetime:
    """From when one may check in."""
    return view.starts_at - opens_before()


def show_own_buttons(actor: Actor, view: ActivityView, now: datetime, name: str) -> None:
    """Sign up or withdraw, and how to check in or out, which only the code at the place does."""
    if not may(actor, Permission.ACTIVITY_JOIN):
        return
    if view.mine is AttendanceStatus.CHECKED_IN:
        st.caption(t("activities.scan_out"))
    if view.status not in _ACTIVE:
        return
    if view.mine in (None, AttendanceStatus.SIGNED_UP, AttendanceStatus.WAITING):
        with st.container(horizontal=True, key=f"lg-touch-own-{name}-{view.id}"):
            _button(actor, view, "sign_up" if view.mine is None else "withdraw", name)
    if view.mine is AttendanceStatus.WAITING or (view.mine is None and view.free == 0):
        st.caption(t("activities.how_waiting"))
    elif view.mine is AttendanceStatus.SIGNED_UP and now >= check_in_opens(view):
        st.caption(t("activities.scan_in"))
    elif view.mine is AttendanceStatus.SIGNED_UP:
        opens = check_in_opens(view)
        st.caption(t("activities.opens_at", moment=plain(f"{day_text(opens)} {clock_text(opens)}")))


_ACTS: dict[str, Callable[[Actor, int], AttendanceView]] = {
    "sign_up": sign_up,
    "withdraw": withdraw,
}


def _button(actor: Actor, view: ActivityView, act: str, name: str) -> None:
    waits = (act == "sign_up" and view.free == 0) or (act == "withdraw" and view.mine is AttendanceStatus.WAITING)
    st.button(
        t(f"activities.do.{act}_waiting" if waits else f"activities.do.{act}"),
        key=f"{name}-{act}-{view.id}",
        type="primary" if act == "sign_up" else "secondary",
        on_click=_do,
        args=(actor, act, view.id),
    )


@covered
def _do(actor: Actor, act: str, activity_id: int) -> None:
    with action(f"activities.done.{act}") as outcome:
        row = _ACTS[act](actor, activity_id)
        outcome.values |= _told(row)
        if row.status is AttendanceStatus.WAITING:
            outcome.done = "activities.done.waiting"


def _told(row: AttendanceView) -> dict[str, object]:
    return {"title": plain(row.activity), "name": plain(row.name), "n": row.queue_place}


def show_next(actor: Actor, views: Sequence[ActivityView], now: datetime) -> None:
    """The own activity whose door is open, and how to check in or out there."""
    for view in views:
        waits = view.mine is AttendanceStatus.SIGNED_UP and now >= check_in_opens(view)
        if waits or view.mine is AttendanceStatus.CHECKED_IN:
            with st.container(horizontal=True, key="lg-next", vertical_alignment="center"):
                when = span_text(view.starts_at, view.ends_at)
                st.html(
                    f'<div class="lg-next"><b>{safe(view.title)}</b><span>{safe(f"{when} · {view.where}")}</span></div>'
                )
                st.caption(t("activities.scan_in" if waits else "activities.scan_out"))
            return
