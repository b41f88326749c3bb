"""The panel beside the map: an area's facts, an incident or station that was clicked, answers of the search."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import streamlit as st

from domain.clock import local_date, utc_now
from services.incidents.views import IncidentView
from services.maps.panel import AreaPanel, FoundArea, PanelPerson
from services.maps.points import PointLayer
from services.stations.register import StationView
from services.system.installations import current_profile
from ui import state
from ui.components.activities import span_text
from ui.components.case import category_name
from ui.components.case_rows import case_row
from ui.components.figures import NONE, number_text
from ui.components.lists import Row, show_empty, show_rows
from ui.components.stations import kind_name, kind_symbol, open_text
from ui.components.symbols import status_badge, symbol_mark
from ui.i18n import named, t
from ui.safe import plain, safe
from ui.times import day_text, left_text, moment_text

Choose = Callable[[str], None]
_STATIONS = 8  # more are counted by kind


def show_area_panel(panel: AreaPanel, now: datetime, on_incident: Choose, on_area: Choose) -> None:
    """Facts, people, stations and open incidents of an area; `on_area` gets the code of an area above it."""
    st.html(_head(panel))
    _show_path(panel, on_area)
    st.html(_facts(panel))
    if panel.valid_to is not None:
        since, last = panel.valid_from.isoformat(), (panel.valid_to - timedelta(days=1)).isoformat()
        show_empty(t("map.panel.past", since=since, last=last), t("map.panel.past.next"))
        return
    if not panel.in_scope:
        show_empty(t("map.panel.foreign"), t("map.panel.foreign.next"))
        return
    st.html(_people(panel) + _stations(panel, now))
    _show_incidents(panel, now, on_incident)
    st.html(_activities(panel))


def past_day(asked: str | None, now: datetime) -> date | None:
    """The day that the address bar asks for, if it is over; None for today, a day ahead and what is no day."""
    try:
        day = date.fromisoformat(asked or "")
    except ValueError:
        return None
    return day if day < local_date(now) else None


def choose_day(day: date | None, now: datetime) -> None:
    """Of which day the grids are shown; the address bar carries it."""
    if "map_day" not in st.session_state:
        st.session_state["map_day"] = day or local_date(now)
    label = t("map.day.past") if day is None else t("map.day.chosen", day=day.isoformat())
    with st.popover(label, key="map-day"):
        st.date_input(
            t("map.day"), key="map_day", max_value=local_date(now), on_change=_take_day, format="YYYY-MM-DD",
        )  # fmt: skip
        st.caption(t("map.day.help"))


def _take_day() -> None:
    day = st.session_state.get("map_day")
    state.set_query(day=day.isoformat() if day and day < local_date(utc_now()) else None, area=None)


def show_day_note(day: date) -> None:
    """That the map shows a past day's grids, and the way back."""
    with st.container(horizontal=True, vertical_alignment="center", key="lg-touch-day"):
        st.html(f'<p class="lg-note-line">{safe(t("map.day.note", day=day.isoformat()))}</p>')
        st.button(t("map.day.today"), key="map-day-today", on_click=_today)


def _today() -> None:
    del st.session_state["map_day"]
    _take_day()


def _level_name(level: str) -> str:
    known = {item.key: item.name for item in current_profile().levels}
    return named(known[level]) if level in known else level


def _head(panel: AreaPanel) -> str:
    kind = t(f"map.kind.{panel.kind}") if panel.kind != "comprehensive" else ""
    meta = " · ".join(part for part in (_level_name(panel.level), kind) if part)
    number = (
        f'<span style="font-weight:500;color:var(--lg-text-2)">{safe(panel.number)}</span> ' if panel.number else ""
    )
    return (
        f'<div class="lg-case-no"><span>{safe(panel.code)}</span><span>{safe(meta)}</span></div>'
        f'<h1 class="lg-h1">{number}{safe(panel.name)}</h1>'
    )


def _show_path(panel: AreaPanel, on_area: Choose) -> None:
    if not panel.path:
        return
    with st.container(horizontal=True, gap="small", key="map-path"):
        for code, name in panel.path:
            st.button(plain(name), key=f"map-up-{code}", type="tertiary", on_click=on_area, args=(code,))


def _facts(panel: AreaPanel) -> str:
    size = NONE if panel.area_m2 is None else f"{panel.area_m2 / 1_000_000:.3g} km²"
    last = (
        (t("map.panel.parts"), _count("map.panel.n_areas", panel.parts))
        if panel.parts
        else (t("map.panel.stations"), _count("map.panel.n_stations", len(panel.stations)))
    )
    cells = [
        (t("map.panel.households"), _count("map.panel.n_households", panel.households)),
        (t("map.panel.size"), size),
        last,
    ]
    if panel.figures is not None:
        cells += [
            (t("map.panel.open"), _count("map.panel.n_cases", panel.figures.open)),
            (t("map.panel.overdue"), _count("map.panel.n_cases", panel.figures.overdue)),
            (t("map.panel.rate"), NONE if panel.figures.rate is None else _rate(panel.figures.rate)),
        ]
    return f'<div class="lg-facts lg-facts-rows">{"".join(_fact(*cell) for cell in cells)}</div>'


def _rate(rate: float) -> str:
    return t("map.panel.n_per_thousand", n=number_text(round(rate, 1)))


def _fact(label: str, value: str) -> str:
    return f"<div>{safe(label)}<b>{safe(value)}</b></div>"


def _count(key: str, number: int | None) -> str:
    return NONE if number is None else t(key, n=number_text(number))


def _people(panel: AreaPanel) -> str:
    lines = []
    own = not panel.parts  # above the grids a leader or members are the exception, so that none is no gap
    if panel.sees_leader and (panel.leader or own):
        leader = _person(panel.leader) if panel.leader else safe(t("map.panel.no_leader"))
        lines.append(_line(t("map.panel.leader"), leader))
    if panel.members or (own and panel.members is not None):
        members = t("look.list_comma").join(_person(member) for member in panel.members)
        none = f'<span style="color:var(--lg-due_soon-text)">{safe(t("map.panel.no_member"))}</span>'
        lines.append(_line(t("map.panel.members"), members or none))
    return f'<div class="lg-map-people">{"".join(lines)}</div>' if lines else ""


def _person(person: PanelPerson) -> str:
    profile = current_profile()
    posts = {post.key: post.name for post in (*profile.posts, *profile.grid_posts)}
    post = f"（{named(posts[person.post])}）" if person.post in posts else ""
    return f"{safe(person.name)}<small>{safe(post)}</small>"


def _line(label: str, content: str) -> str:
    style = "display:grid;grid-template-columns:5.6em 1fr;gap:8px;padding:4px 0;font-size:.933rem"
    return f'<div style="{style}"><span style="color:var(--lg-text-3)">{safe(label)}</span><span>{content}</span></div>'


def _stations(panel: AreaPanel, now: datetime) -> str:
    """Each station with its hours now; where there are many, how many of each kind."""
    head = f'<h3 class="lg-h3">{safe(t("map.panel.stations_in", n=len(panel.stations)))}</h3>'
    if not panel.stations:
        return head + f'<p class="lg-quiet">{safe(t("map.panel.no_station"))}</p>'
    if len(panel.stations) > _STATIONS:
        kinds = Counter(station.kind for station in panel.stations).most_common()
        lines = [_pair(_marked(kind, kind_name(kind)), _count("map.panel.n_stations", n)) for kind, n in kinds]
    else:
        lines = [_pair(_marked(one.kind, one.name), open_text(one, now)) for one in panel.stations]
    return head + f'<div class="lg-lines">{"".join(lines)}</div>'


def _marked(kind: str, name: str) -> str:
    return f"{symbol_mark(kind_symbol(kind))} {safe(name)}"


def _pair(left: str, right: str) -> str:
    """A line: what, as HTML, and at its end a short text."""
    return f'<div class="lg-pair"><span>{left}</span><em>{safe(right)}</em></div>'


def _activities(panel: AreaPanel) -> str:
    """The next activities in the area, each a link to its own page."""
    head = f'<h3 class="lg-h3">{safe(t("map.panel.activities"))}</h3>'
    if not panel.activities:
        return head + f'<p class="lg-quiet">{safe(t("map.panel.no_activity"))}</p>'
    lines = "".join(
        f'<a class="lg-who" target="_self" href="/activities?id={one.id}"><b>{safe(one.title)}</b><span>'
        f"{safe(day_text(one.starts_at, weekday=True))} {safe(span_text(one.starts_at, one.ends_at))}</span></a>"
        for one in panel.activities
    )
    return f'{head}<div class="lg-lines">{lines}</div>'


def _show_incidents(panel: AreaPanel, now: datetime, on_incident: Choose) -> None:
    if panel.open is None:
        return
    total = sum(panel.open.values())
    st.html(f'<h3 class="lg-h3">{safe(t("map.panel.incidents", n=total))}</h3>')
    if not panel.incidents:
        show_empty(t("map.panel.no_incident"), t("map.panel.no_incident.next"))
        return
    show_rows(_rows(panel.incidents, now), None, on_incident, "map")
    if total > len(panel.incidents):
        st.html(f'<div class="lg-foot">{safe(t("map.panel.more_incidents", n=total - len(panel.incidents)))}</div>')


def _rows(incidents: Sequence[IncidentView], now: datetime) -> list[Row]:
    return [case_row(view, now, view.place or view.area_name or t("map.panel.outside")) for view in incidents]


def show_incident_panel(view: IncidentView, now: datetime) -> None:
    """An incident that was clicked: what, where, how long; its own page has the rest."""
    due = left_text(view.due_at - now) if view.due_at and view.closed_at is None else ""
    area = view.area_name or t("map.panel.outside")
    st.html(
        f'<div class="lg-case-no"><span>{safe(view.number)}</span>'
        f"<span>{safe(category_name(view.category, view.dictionary_version))}</span></div>"
        f'<h1 class="lg-h1">{safe(view.title)}</h1>'
        f'<div class="lg-case-state">{status_badge(view.symbol)}<span>{safe(area)}</span></div>'
        + _line(t("map.panel.place"), safe(view.place or "—"))
        + _line(t("map.panel.reported"), safe(moment_text(view.reported_at, now)))
        + (_line(t("map.panel.due"), safe(due)) if due else "")
    )


def show_station_panel(station: StationView) -> None:
    """A station that was clicked: what it is, where, whether it is open, what it offers."""
    kinds = {kind.key: kind for kind in current_profile().station_kinds}
    kind = kinds.get(station.kind)
    items = {item.key: named(item.name) for item in kind.items} if kind else {}
    standing = "unknown" if station.open_now is None else "open" if station.open_now else "closed"
    mark, kind_name = symbol_mark(kind.symbol if kind else "generic"), named(kind.name) if kind else ""
    st.html(
        f'<div class="lg-case-no"><span>{safe(station.code)}</span><span>{safe(kind_name)}</span></div>'
        f'<h1 class="lg-h1">{mark} {safe(station.name)}</h1>'
        + _line(t("map.panel.place"), safe(station.address or station.area or "—"))
        + _line(t("map.panel.hours"), safe(t(f"map.panel.{standing}_now")))
        + _line(
            t("map.panel.items"), safe(t("look.list_comma").join(items.get(key, key) for key in station.items) or "—")
        )
    )


def show_badges(incidents: PointLayer, stations: PointLayer) -> None:
    """How many of each stand on the map, and how many the lists hold that have no place."""
    parts = []
    for name, layer in (("incidents", incidents), ("stations", stations)):
        key = f"map.badge.{name}.without" if layer.without_place else f"map.badge.{name}"
        counts = {"placed": layer.placed, "total": layer.total, "without": layer.without_place}
        parts.append(f"<span><b>{safe(t(f'map.layer.{name}'))}</b>　{safe(t(key, **counts))}</span>")
    st.html(f'<div class="lg-foot" style="display:flex;flex-wrap:wrap;gap:2px 24px">{"".join(parts)}</div>')


def show_found_areas(found: Sequence[FoundArea], on_choose: Choose) -> None:
    """What the search found, each a button."""
    if not found:
        show_empty(t("map.search.none"), t("map.search.none.next"))
    for area in found:
        above = f"{area.above} · " if area.above else ""
        label = f"**{plain(area.name)}** :gray[{plain(above + area.code)}]"
        st.button(
            label, key=f"map-found-{area.code}", type="tertiary", on_click=on_choose, args=(area.code,), width="stretch"
        )
