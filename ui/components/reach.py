"""Parts of the page 站点覆盖: the choice in the address bar, figures, tables by grid and station, how it is counted."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from urllib.parse import urlencode

import streamlit as st

from domain.clock import local_date
from domain.permissions import Actor
from services.stations.next_sites import MOST_PLACES
from services.stations.reach import AreaReach, Place, ReachFilter, ReachTable, StationReach
from services.stations.register import count_stations
from services.system.installations import current_profile
from ui import state
from ui.components.figures import NONE, Figure, number_text, show_figures
from ui.components.lists import show_empty
from ui.components.stations import kind_name
from ui.components.tables import link, table_html, titles
from ui.i18n import t
from ui.safe import plain, safe
from ui.style import theme

Table = Literal["grids", "stations", "missed"]
TABLES: tuple[Table, ...] = get_args(Table)
MOST_ROWS = 60


@dataclass(frozen=True)
class View:
    """What the page shows, as the address bar says it. ``area``: whose homes the list of those not reached is of."""

    which: ReachFilter
    table: Table
    area: int | None
    station: int | None
    sites: bool
    places: tuple[Place, ...]


def chosen_view() -> View:
    """The view of the address bar; what it says wrongly is the usual. What is no distance goes to the service."""
    offered = current_profile().thresholds.reach_metres.value
    said = state.query("metres") or ""
    metres = int(said) if re.fullmatch(r"\d{1,6}", said) else offered[len(offered) // 2]
    kinds = tuple(sorted(set(re.findall(r"[a-z0-9_]+", state.query("kinds") or ""))))
    table: Table = next((one for one in TABLES if one == state.query("table")), "grids")
    return View(
        ReachFilter(metres, kinds, state.query_flag("foot")), table, state.query_id("area"), state.query_id("station"),
        state.query_flag("sites"), _places(state.query("at") or ""),
    )  # fmt: skip


def _places(said: str) -> tuple[Place, ...]:
    number = r"-?\d{1,3}(?:\.\d{1,8})?"
    found = re.findall(rf"({number}),({number})", said)[:MOST_PLACES]
    places = [(float(lon), float(lat)) for lon, lat in found]
    return tuple((lon, lat) for lon, lat in places if abs(lon) <= 180 and abs(lat) <= 90)


def add_place(view: View, lon: float, lat: float) -> None:
    """A click on the map is one more candidate; the oldest of too many is forgotten."""
    kept = [*view.places, (round(lon, 6), round(lat, 6))][-MOST_PLACES:]
    state.set_query(at=";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in kept))


def way_text(on_foot: bool) -> str:
    """How the distance is counted, in words."""
    return t(f"reach.way.{'foot' if on_foot else 'straight'}")


def share_text(share: float | None) -> str:
    """`63.4%`, `—` without a household; `100.0%` of all alone, not where a few are left."""
    return NONE if share is None else f"{share if share == 1 else min(share, 0.999):.1%}"


def address(view: View, **changes: object) -> str:
    """The address of the page with the same stations and distance, and something else shown."""
    which = view.which
    said = {"metres": which.metres, "kinds": ",".join(which.kinds) or None, "foot": 1 if which.on_foot else None,
            "table": view.table, "area": view.area, "station": view.station, "sites": 1 if view.sites else None,
            "at": state.query("at")}  # fmt: skip
    return "/reach?" + urlencode({name: str(value) for name, value in (said | changes).items() if value is not None})


def show_choice(actor: Actor, view: View, now: datetime) -> None:
    """Kinds of station, distance, straight or on foot; each change stands in the address bar."""
    which, counts = view.which, count_stations(actor, now)
    kinds = [kind.key for kind in current_profile().station_kinds]
    kinds += sorted(counts.keys() - set(kinds))
    names = {key: f"{plain(kind_name(key))} {counts.get(key, 0)}" for key in kinds}
    st.pills(
        t("reach.choose.kinds"), kinds, default=[key for key in which.kinds if key in names], selection_mode="multi",
        format_func=names.__getitem__, key="reach_kinds", on_change=_set_kinds,
    )  # fmt: skip
    offered = sorted({*current_profile().thresholds.reach_metres.value})
    with st.container(horizontal=True, vertical_alignment="bottom", key="lg-touch-reach"):
        st.pills(
            t("reach.choose.metres"), offered, default=which.metres if which.metres in offered else None,
            format_func=lambda metres: t("reach.choose.metre", metres=metres), key=f"reach_metres_{which.metres}",
            on_change=_set_metres, args=(f"reach_metres_{which.metres}",),
        )  # fmt: skip
        st.number_input(
            t("reach.choose.own"), value=which.metres, step=50, key=f"reach_own_{which.metres}", width=170,
            on_change=_set_metres, args=(f"reach_own_{which.metres}",),
        )  # fmt: skip
        ways = {False: t("reach.choose.straight"), True: t("reach.choose.foot")}
        st.segmented_control(
            t("reach.choose.way"), list(ways), default=which.on_foot, required=True, format_func=ways.__getitem__,
            key="reach_way", on_change=_set_way,
        )  # fmt: skip


def _set_kinds() -> None:
    state.set_query(kinds=",".join(st.session_state["reach_kinds"]) or None, station=None)


def _set_metres(key: str) -> None:
    if (metres := st.session_state[key]) is not None:
        state.set_query(metres=int(metres))


def _set_way() -> None:
    state.set_query(foot=1 if st.session_state["reach_way"] else None)


def show_reach_figures(actor: Actor, found: ReachTable, view: View, now: datetime) -> None:
    """Share with numerator and denominator, not reached, stations; each opens its list."""
    near = "" if actor.scope.everywhere else t("reach.figure.near")
    day, unit = local_date(now).isoformat(), t("reach.unit.households")
    of = t("reach.figure.of", reached=number_text(found.reached), total=number_text(found.total))
    share = None if found.share is None else share_text(found.share).rstrip("%")
    known, missed = bool(found.total), found.total - found.reached
    show_figures(
        [
            Figure(t("reach.figure.share"), share, "%", day, of, opens=address(view, table="grids", area=None)),
            Figure(t("reach.figure.missed"), missed if known else None, unit, day,
                   opens=address(view, table="missed", area=None)),
            Figure(t("reach.figure.stations"), len(found.stations), t("reach.unit.stations"), day, near,
                   opens=address(view, table="stations")),
        ], theme(),
    )  # fmt: skip
    if view.which.on_foot and not found.streets:
        st.html(f'<p class="lg-pre lg-alarm">{safe(t("reach.no_streets"))}</p>')
    if not found.stations:
        show_empty(t("reach.no_stations"), t("reach.no_stations.next"))
    if not known:
        show_empty(t("reach.no_homes"), t("reach.no_homes.next"))


def show_table(found: ReachTable, view: View) -> None:
    """By grid, by station, or the finest areas with households that no station reaches."""
    names = {table: t(f"reach.view.{table}") for table in TABLES}
    st.segmented_control(
        t("reach.view.label"), list(names), default=view.table, required=True, format_func=names.__getitem__,
        key=f"reach_table_{view.table}", on_change=_set_table, args=(f"reach_table_{view.table}",),
        label_visibility="collapsed",
    )  # fmt: skip
    if view.table == "stations":
        _draw(("station", "households", "alone"), [_station(row, view) for row in found.stations])
    elif view.table == "grids":
        _draw(("grid", "share", "reached", "missed"), [_grid(row, view) for row in found.grids])
    else:
        _show_missed(found, view)


def _set_table(key: str) -> None:
    state.set_query(table=st.session_state[key], area=None)


def _show_missed(found: ReachTable, view: View) -> None:
    rows = [row for row in found.finest if row.missed and view.area in (None, row.id, row.grid_id)]
    if view.area is not None:
        name = next((row.name for row in (*found.grids, *found.finest) if row.id == view.area), "")
        words = t("reach.inside", name=name)
        back = link(address(view, area=None), t("reach.all_areas"))
        st.html(f'<div class="lg-foot">{safe(words)} · {back}</div>')
    if not rows and found.total:
        show_empty(t("reach.all_reached"), t("reach.all_reached.next"))
    _draw(("area", "missed", "reached"), [_missed(row, view) for row in rows])


def _draw(heads: Iterable[str], rows: Sequence[Iterable[str]]) -> None:
    if not rows:
        return
    st.html(table_html(titles("reach.head", *heads), rows[:MOST_ROWS]))
    if len(rows) > MOST_ROWS:
        st.html(f'<div class="lg-foot">{safe(t("reach.more", n=len(rows) - MOST_ROWS))}</div>')


def _full(row: AreaReach) -> str:
    return f"{row.above} · {row.name}" if row.above else row.name


def _area(row: AreaReach, view: View, name: str) -> str:
    return link(address(view, table="missed", area=row.id), name, _full(row), chosen=row.id == view.area)


def _grid(row: AreaReach, view: View) -> tuple[str, ...]:
    name = _area(row, view, row.name)
    return name, share_text(row.share), f"{row.reached:,} / {row.total:,}", f"{row.missed:,}"


def _missed(row: AreaReach, view: View) -> tuple[str, ...]:
    return _area(row, view, _full(row)), f"{row.missed:,}", f"{row.reached:,} / {row.total:,}"


def _station(row: StationReach, view: View) -> tuple[str, ...]:
    to, title = address(view, table="stations", station=row.id), f"{kind_name(row.kind)} · {row.area or ''}"
    return link(to, row.name, title, chosen=row.id == view.station), f"{row.households:,}", f"{row.alone:,}"


def show_how(found: ReachTable, view: View) -> None:
    """How it is counted, and what is not in it."""
    parts = [t("reach.how", metres=view.which.metres, way=way_text(found.on_foot))]
    if found.on_foot:
        parts.append(t("reach.how.foot"))
    if found.by_area:
        parts.append(t("reach.how.by_area", n=found.by_area, areas=found.areas))
    for name in ("without_outline", "unknown", "without_place"):
        if number := getattr(found, name):
            parts.append(t(f"reach.how.{name}", n=number))
    st.html(f'<div class="lg-how"><b>{safe(t("look.how"))}</b> {safe(" ".join(parts))}</div>')
