"""Parts of the page 事件: filters, list, the place of a case and how it is put right, the reporter's contact."""

import re
from datetime import datetime

import streamlit as st

from config.profiles import Profile
from domain.errors import NotFound
from domain.incidents import OPEN, IncidentSymbol
from domain.indicators import Behind
from domain.permissions import Actor, Permission, may
from services.dictionaries.current import current_dictionary
from services.incidents.cases import (
    IncidentFilter,
    IncidentPage,
    fix_place,
    list_area_choices,
    list_own_areas,
    preview_report,
    uncover_contact,
)
from services.incidents.due_counts import count_due
from services.incidents.suspensions import AGE_NAMES, SuspendedAges, suspended_ages
from services.incidents.views import IncidentCard, IncidentView
from services.maps.points import incident_points
from ui import state
from ui.components.case import category_name
from ui.components.case_rows import case_row
from ui.components.indicators import show_behind
from ui.components.lists import Row, show_empty, show_rows
from ui.components.map import incident_query, instruct, map_spec, show_map, take_click
from ui.guard import action, covered
from ui.i18n import named, t
from ui.safe import safe

_S = IncidentSymbol
# Statuses that go by the running clock, and what the filter calls them.
DUE = {"late": "late", "due_soon_2h": "soon", "due_today": "today"}
STATUSES = (
    "open", *DUE, _S.OVERDUE, _S.DUE_SOON, _S.WAITING, _S.HANDLING, _S.VERIFYING, "suspended", _S.CLOSED, "outside",
)  # fmt: skip
_PAGE = "incidents_page"


def wanted_filter(actor: Actor) -> IncidentFilter:
    """The filter as the widgets say it, the address bar's at first (?status=overdue&area=12)."""
    value = st.session_state.get
    status = value("incidents_status") or state.query("status") or "open"
    area = value("incidents_area") if "incidents_area" in st.session_state else state.query("area")
    area_id = int(str(area)) if re.fullmatch(r"\d{1,9}", str(area)) else None
    symbols = frozenset({_S(status)} if status in set(_S) else ())
    return IncidentFilter(
        symbols=symbols, family=value("incidents_family"), area_id=area_id,
        text=value("incidents_text") or "", mine=bool(value("incidents_mine")), outside=status == "outside",
        suspended=status == "suspended", due=DUE.get(status, ""),
        mains_only=bool(value("incidents_mains_only", state.query_flag("mains"))),
        behind=Behind.parse(state.query("behind") or ""),
        page=int(value(_PAGE) or 1),
    )  # fmt: skip


def show_filters(actor: Actor, profile: Profile, which: IncidentFilter, page: IncidentPage) -> None:
    """Status with counts, words, grid, family, mine. A change starts at the first page and goes into the address."""
    if which.behind is not None:
        show_behind(which.behind)
        return
    counts: dict[str, int] = {symbol.value: count for symbol, count in page.counts.items()}
    ages = suspended_ages(actor)
    due_counts = count_due(actor)
    counts |= {status: getattr(due_counts, due) for status, due in DUE.items()}
    counts |= {"open": sum(page.counts.values()), "outside": page.outside, "suspended": ages.total}
    labels = {name: t(f"incidents.filter.{name}", n=counts.get(name, 0)) for name in STATUSES}
    present = _present(which)
    rare = {"outside": bool(page.outside), "late": False}  # late and unanswered: where the desk's figure leads
    shown = [name for name in STATUSES if rare.get(name, True) or name == present]
    st.pills(
        t("incidents.filter"), shown, default=present if present in shown else "open", required=True,
        key="incidents_status", label_visibility="collapsed", on_change=_changed,
        format_func=lambda name: labels[name],
    )  # fmt: skip
    if which.suspended and ages.total:
        _show_ages(ages)
    with st.container(horizontal=True, gap="small", key="lg-incident-filters"):
        st.text_input(
            t("incidents.search"), placeholder=t("incidents.search.hint"), key="incidents_text", on_change=_changed,
            label_visibility="collapsed", max_chars=100,
        )  # fmt: skip
        _choose_area(actor, which)
        families = {family.key: named(family.name) for family in current_dictionary().families}
        st.selectbox(
            t("incidents.family"), list(families), index=None, placeholder=t("incidents.family.all"),
            key="incidents_family", on_change=_changed, format_func=lambda key: families.get(key, key),
            label_visibility="collapsed",
        )  # fmt: skip
        if may(actor, Permission.INCIDENT_HANDLE):
            st.checkbox(t("incidents.mine"), key="incidents_mine", on_change=_changed)
        mains = state.query_flag("mains")
        st.checkbox(t("incidents.mains_only"), mains, key="incidents_mains_only", on_change=_changed)


def _present(which: IncidentFilter) -> str:
    """The status under which a list was asked for."""
    due = next((status for status, name in DUE.items() if name == which.due), "")
    if due:
        return due
    return "outside" if which.outside else "suspended" if which.suspended else next(iter(which.symbols), "open")


def _show_ages(ages: SuspendedAges) -> None:
    """How long the suspended ones have been lying, and how many wait for their review."""
    most = max(ages.counts)
    names = [t(f"incidents.ages.{name}") for name in AGE_NAMES]
    bars = "".join(
        f'<span>{safe(name)}</span><i style="width:{100 * count / most:.0f}%"></i><b>{count}</b>'
        for name, count in zip(names, ages.counts, strict=True)
    )
    due = safe(t("incidents.ages.review_due", n=ages.review_due))
    st.html(f'<div class="lg-ages"><h3 class="lg-h3">{safe(t("incidents.ages"))}</h3>{bars}<p>{due}</p></div>')


def _choose_area(actor: Actor, which: IncidentFilter) -> None:
    areas = list_own_areas(actor)
    if len(areas) < 2:
        return
    names = {area.id: t("incidents.area.inside", name=area.name) if area.above else area.name for area in areas}
    ids = list(names)
    st.selectbox(
        t("incidents.area"), ids, index=ids.index(which.area_id) if which.area_id in names else None,
        placeholder=t("incidents.area.all"), key="incidents_area", on_change=_changed,
        format_func=lambda area_id: names.get(area_id, ""), label_visibility="collapsed",
    )  # fmt: skip


def _changed() -> None:
    st.session_state[_PAGE] = 1
    value = st.session_state.get
    state.set_query(status=value("incidents_status"), area=value("incidents_area"))


def show_list(page: IncidentPage, chosen: str | None, profile: Profile, now: datetime, above: int = 0) -> None:
    """The rows, each its own button, and the way through the pages; ``above``: how many stand over them already."""
    if not page.rows:
        if not above:
            show_empty(t("incidents.empty.title"), t("incidents.empty.next"))
        return
    show_rows(
        [_row(view, profile, now) for view in page.rows], chosen, lambda key: state.set_query(id=key), "incidents"
    )
    with st.container(horizontal=True, vertical_alignment="center", key="lg-pages"):
        st.html(
            f'<span class="lg-foot">{safe(t("incidents.rest" if above else "incidents.total", n=page.total))}</span>'
        )
        if page.pages > 1:
            _turn(t("incidents.previous"), page.page - 1, page.page <= 1)
            st.html(f'<span class="lg-foot">{safe(t("incidents.page", page=page.page, pages=page.pages))}</span>')
            _turn(t("incidents.following"), page.page + 1, page.page >= page.pages)


def _turn(label: str, to: int, disabled: bool) -> None:
    st.button(
        label, key=f"incidents_to_{label}", disabled=disabled, on_click=st.session_state.update, args=({_PAGE: to},)
    )


def _row(view: IncidentView, profile: Profile, now: datetime) -> Row:
    category = category_name(view.category, view.dictionary_version)
    words = t("incidents.row", category=category, step=_step_name(profile, view))
    words += f" · {t('links.callers', n=view.callers)}" if view.callers > 1 else ""
    return case_row(view, now, view.area_name or t("case.outside"), words)


def _step_name(profile: Profile, view: IncidentView) -> str:
    try:
        return named(profile.lane(view.lane).step(view.status).name)
    except NotFound:
        return view.status


def show_listed(actor: Actor, which: IncidentFilter, gone: bool) -> None:
    """The map of what the list holds, while no case is chosen; a click on a symbol chooses its case."""
    wish = instruct(actor, incidents=incident_query(which), layers={"stations": False})
    st.session_state["incidents_version"] = wish.versions["incidents"]
    click = show_map(map_spec(actor, choose="none"), "incidents", 640, wish)
    if click and click.hit_layer == "incidents":
        state.set_query(id=click.hit_id)
        st.rerun()
    layer, kind = incident_points(actor, which), "gone" if gone else "none"
    badge = "map.badge.incidents.without" if layer.without_place else "map.badge.incidents"
    counts = t(badge, placed=layer.placed, total=layer.total, without=layer.without_place)
    st.html(f'<div class="lg-foot">{safe(t(f"incidents.{kind}.next"))}　{safe(counts)}</div>')


def show_contact(actor: Actor, card: IncidentCard) -> None:
    """A button that shows the reporter's contact for a reason, which is recorded."""
    if not card.view.has_contact or not may(actor, Permission.CONTACT_SEE):
        return
    with st.popover(t("incidents.contact"), width="content", key=f"contact_{card.view.id}"):
        st.caption(t("incidents.contact.note"))
        st.text_input(t("incidents.contact.reason"), key=f"contact_reason_{card.view.id}", max_chars=400)
        st.button(
            t("incidents.contact.show"),
            key=f"contact_show_{card.view.id}",
            on_click=_uncover,
            args=(actor, card.view.id),
        )


@covered
def _uncover(actor: Actor, incident_id: int) -> None:
    nothing = t("incidents.contact.none")
    with action("incidents.contact.shown", seconds=120) as outcome:
        contact = uncover_contact(actor, incident_id, st.session_state[f"contact_reason_{incident_id}"])
        outcome.values = {"name": contact.name or nothing, "phone": contact.phone or nothing}


def show_place(actor: Actor, card: IncidentCard) -> None:
    """The case on the map; whoever dispatches can put a wrong place right: click or choose, say why, save."""
    view = card.view
    fixing = may(actor, Permission.INCIDENT_DISPATCH) and view.status in OPEN
    open_now = fixing and (view.outside or st.session_state.get("incidents_fixing") == view.id)
    click = take_click("incident")
    if click and open_now:
        st.session_state[f"fix_{view.id}"] = (click.lon, click.lat)
    spot = st.session_state.get(f"fix_{view.id}") if open_now else None
    with st.container(horizontal=True, vertical_alignment="center", key="lg-place-head"):
        st.html(f'<h3 class="lg-h3">{safe(t("incidents.map"))}</h3>')
        if fixing and not view.outside:
            label = t("incidents.fix.close") if open_now else t("incidents.fix")
            st.button(label, key="incidents_fix", on_click=_toggle_fixing, args=(view.id, not open_now))
    point = spot or ((view.lon, view.lat) if view.lon is not None and view.lat is not None else None)
    if point is None:
        st.html(f'<p class="lg-quiet">{safe(t("incidents.map.none"))}</p>')
    # A place outside every area is shown with the street, so that there is something to click on.
    fly = "home" if view.outside else (*point, 16) if point else "area"
    wish = instruct(
        actor, pin=spot or (point if view.closed_at or view.outside else None), area=view.area_id,
        point=("incidents", view.id), fly=fly, fly_token=f"{view.id}/{view.area_id}",
    )  # fmt: skip
    st.session_state["incidents_version"] = wish.versions["incidents"]
    show_map(map_spec(actor, choose="none", controls=("zoom", "scale")), "incident", 300, wish)
    if open_now:
        _ask_place(actor, view, spot)


def _toggle_fixing(incident_id: int, on: bool) -> None:
    st.session_state["incidents_fixing"] = incident_id if on else None
    st.session_state.pop(f"fix_{incident_id}", None)


def _ask_place(actor: Actor, view: IncidentView, spot: tuple[float, float] | None) -> None:
    st.caption(t("incidents.fix.hint"))
    names = {
        choice.id: t("report.list.choice", name=choice.name, above=choice.above) for choice in list_area_choices(actor)
    }
    area_id = st.selectbox(
        t("report.list.label"), list(names), index=None, key=f"fix_area_{view.id}", placeholder=t("report.list"),
        format_func=lambda one: names.get(one, ""), disabled=spot is not None,
    )  # fmt: skip
    if spot is not None:
        found = preview_report(actor, lon=spot[0], lat=spot[1])
        st.write(t("incidents.fix.found", grid=found.area_name or t("case.outside")))
    st.text_input(t("incidents.fix.reason"), key=f"fix_reason_{view.id}", max_chars=400)
    st.button(
        t("incidents.fix.save"), key=f"fix_save_{view.id}", type="primary", on_click=_fix,
        args=(actor, view.id, view.version, spot, area_id),
    )  # fmt: skip


@covered
def _fix(actor: Actor, incident_id: int, version: int, spot: tuple[float, float] | None, area_id: int | None) -> None:
    lon, lat = spot or (None, None)
    with action("incidents.fix.saved") as outcome:
        found = fix_place(
            actor, incident_id, version, lon=lon, lat=lat, area_id=None if spot else area_id,
            note=st.session_state[f"fix_reason_{incident_id}"],
        )  # fmt: skip
        outcome.values = {"grid": found.area_name or t("case.outside")}
    if outcome.ok:
        _toggle_fixing(incident_id, False)
