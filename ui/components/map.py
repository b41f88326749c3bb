"""The map: one function, ``show_map``, for every page (features B1, B3, B5, B6, B7).

The frame is streamlit-folium's, its content a static shell (map_shell.py) that never changes while the page runs:
another script would be another frame. Areas, points and versions are fetched by the map itself (web/maps.py); what a
page wants to change goes in a ``MapInstruct``, which reaches the mounted map without a reload.
"""

import logging
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlencode

import streamlit as st
from streamlit_folium import st_folium

from config.base_map import InvalidBaseMap, base_map
from domain.measures import Measure
from domain.permissions import Actor
from services.incidents.cases import IncidentFilter
from services.maps.base_map import open_raster
from services.maps.views import home_box, map_versions
from ui.components.map_shell import Instruction, Shell, ShellText, instruction_script, render_shell
from ui.components.symbols import STATION_SYMBOLS, STATUS_SYMBOLS
from ui.i18n import language, t
from ui.tokens import RAMP_OPACITY, RAMPS, THEMES, Face

_log = logging.getLogger("linge.map")
Layer = Literal["base", "areas", "labels", "stations", "incidents", "uncovered"]
Control = Literal["zoom", "scale", "fullscreen", "locate"]
ALL_LAYERS: tuple[Layer, ...] = ("base", "areas", "labels", "stations", "incidents")
ALL_CONTROLS: tuple[Control, ...] = ("zoom", "scale", "fullscreen", "locate")
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class MapSpec:
    """What a page's map is; it must not change from run to run, since another spec is another frame.

    box: where it opens (west, south, east, north in degrees, EPSG:4326).
    layers: those that exist on this map; all but ``uncovered`` are on at first.
    choose: what a click means: ``area`` outlines it, ``place`` sets a pin, ``none`` sends the click alone.
    refresh: seconds after which the map asks for newer data by itself; 0 = only when told.
    """

    box: Box
    face: Face = "desk"
    layers: tuple[Layer, ...] = ALL_LAYERS
    choose: Literal["area", "place", "none"] = "area"
    controls: tuple[Control, ...] = ALL_CONTROLS
    interactive: bool = True
    refresh: int = 30
    theme: Literal["auto", "light", "dark"] = "auto"


@dataclass(frozen=True)
class MapInstruct:
    """What a mounted map is to show now. It is the whole wish, said again in every run: only differences act.

    layers: which are on; those not named stay as the spec has them.
    fill: the measure that colours the areas, None for none.
    incidents: query of /points/incidents ("symbol=overdue&area=…"), so that map and list hold the same.
    area: id of the outlined area; point: (layer, id) of the ringed symbol; pin: (lon, lat).
    fly: "area" to fit the chosen area, "home" for the first view, or (lon, lat, zoom). It acts once; ``fly_token``
    makes the same flight act again.
    overlay: token of shapes to show (services.maps.overlays), "" for none; ``overlay_pick``: number of the one that is
    brought to the front and into view. A new overlay is fitted into the view.
    day: a past day (ISO) whose grids are shown instead of the present ones, "" for none; without a fill.
    lines: cuts being drawn, corners (lon, lat); while ``drawing`` a click is a corner of the last one.
    versions: newer data to fetch now (services.maps.views.map_versions), as after a record was saved.
    """

    layers: dict[Layer, bool] = field(default_factory=dict)
    fill: Measure | None = None
    incidents: str = ""
    area: int | None = None
    point: tuple[str, int] | None = None
    pin: tuple[float, float] | None = None
    fly: Literal["area", "home"] | tuple[float, float, int] | None = None
    fly_token: str = ""
    overlay: str = ""
    overlay_pick: int | None = None
    day: str = ""
    lines: tuple[tuple[tuple[float, float], ...], ...] = ()
    drawing: bool = False
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MapClick:
    """A click: place in degrees (EPSG:4326), zoom, and what lay there.

    ``hit_layer`` is areas, incidents or stations; None: nothing. ``accuracy_m`` is set when the browser's position
    was sent instead of a click.
    """

    lon: float
    lat: float
    zoom: int
    hit_layer: str | None
    hit_id: int | None
    accuracy_m: float | None = None


def map_spec(actor: Actor, **changes: Any) -> MapSpec:
    """A spec that opens on the actor's areas."""
    return MapSpec(box=home_box(actor), **changes)


def instruct(actor: Actor, **wishes: Any) -> MapInstruct:
    """An instruction that also carries the newest versions, so that what was just saved shows at once."""
    return MapInstruct(versions=map_versions(actor, wishes.get("fill")), **wishes)


def take_click(key: str) -> MapClick | None:
    """The click that caused this run, before the map is drawn: a page that asks here needs no second run."""
    return _new_click(key, st.session_state.get(key))


def show_map(spec: MapSpec, key: str, height: int, instruct: MapInstruct | None = None) -> MapClick | None:
    """Draw the map, `height` px high and as wide as its place; returns a click once, in the run that it caused.

    Pan and zoom cause no run. `key` names the map on its page; another key is another map. Raises AssetsMissing.
    """
    answer = st_folium(
        Shell(_shell(spec, key, language())),
        key=key,
        height=height,
        use_container_width=True,
        returned_objects=[],
        feature_group_to_add=Instruction(_instruction_text(instruct or MapInstruct())),
    )
    return _new_click(key, answer)


def _new_click(key: str, answer: dict[str, Any] | None) -> MapClick | None:
    """The click, unless an earlier run had it: a component's value stays until the next one."""
    if not answer or "n" not in answer:
        return None
    seen = f"linge_click_{key}"
    if st.session_state.get(seen) == answer["n"]:
        return None
    st.session_state[seen] = answer["n"]
    hit = answer.get("hit") or {}
    return MapClick(
        answer["lon"], answer["lat"], answer["zoom"], hit.get("layer"), hit.get("id"), answer.get("accuracy")
    )


@lru_cache(maxsize=256)
def _shell(spec: MapSpec, key: str, locale: str) -> ShellText:
    """The shell of a spec, kept as text; `locale` is the language in which its words are."""
    return render_shell(_config(spec, key, locale))


def _config(spec: MapSpec, key: str, locale: str) -> dict[str, Any]:
    symbols = {**STATUS_SYMBOLS, **STATION_SYMBOLS}
    return {
        "key": key,
        "locale": locale,
        "theme": spec.theme,
        "face": spec.face,
        "interactive": spec.interactive,
        "choose": spec.choose,
        "refresh": spec.refresh,
        "view": spec.box,
        "remember": spec.interactive,
        "layers": {name: name != "uncovered" for name in spec.layers},
        "fill": None,
        "base": _base(),
        "controls": {name: True for name in spec.controls},
        "ramps": {theme: {"colours": RAMPS[theme], "opacity": RAMP_OPACITY[theme]} for theme in THEMES},
        "symbols": {
            "light": {name: symbol.svg_light for name, symbol in symbols.items()},
            "dark": {name: symbol.svg_dark for name, symbol in symbols.items()},
        },
        "words": {name: t(f"map.{name}") for name in _WORDS},
        "measures": {measure.value: t(f"map.value.{measure}", value="{value}") for measure in Measure},
    }


_WORDS = (
    "map", "zoom_in", "zoom_out", "home", "fullscreen", "locate", "locating", "not_located", "no_data", "uncovered",
)  # fmt: skip


def _base() -> dict[str, Any]:
    """The base map of this installation, as the script wants it; without a sound one the areas stand alone."""
    try:
        return _chosen_base()
    except InvalidBaseMap as error:
        _log.error("LINGE_BASE_MAP: %s", error)
        return {"kind": "none"}


def _chosen_base() -> dict[str, Any]:
    chosen = base_map()
    if chosen.kind == "url":
        return {"kind": "raster", "url": chosen.source, "datum": chosen.datum, "attribution": chosen.attribution}
    if chosen.kind == "file":
        info = open_raster(chosen.source).info
        return {
            "kind": "raster", "url": f"/basemap/{{z}}/{{x}}/{{y}}?v={info.version}", "datum": chosen.datum,
            "minZoom": info.min_zoom, "maxZoom": info.max_zoom, "attribution": info.attribution,
        }  # fmt: skip
    return {"kind": chosen.kind}


def _instruction_text(wish: MapInstruct) -> str:
    fly: dict[str, Any] | None = None
    if isinstance(wish.fly, tuple):
        fly = {"to": "place", "lon": wish.fly[0], "lat": wish.fly[1], "zoom": wish.fly[2], "token": wish.fly_token}
    elif wish.fly:
        fly = {"to": wish.fly, "area": wish.area, "token": wish.fly_token}
    told = asdict(wish) | {
        "fill": wish.fill.value if wish.fill else None,
        "filter": wish.incidents,
        "point": {"layer": wish.point[0], "id": wish.point[1]} if wish.point else None,
        "fly": fly,
    }
    return instruction_script(told)


def incident_query(which: IncidentFilter) -> str:
    """A list's filter as ``MapInstruct.incidents``, so that map and list hold the same."""
    pairs = [("symbol", symbol.value) for symbol in sorted(which.symbols)]
    single = {"family": which.family, "category": which.category, "area": which.area_id, "text": which.text.strip()}
    single |= {"behind": str(which.behind) if which.behind else None, "due": which.due}
    flags = {"mine": which.mine, "outside": which.outside, "suspended": which.suspended, "review_due": which.review_due,
             "mains_only": which.mains_only}  # fmt: skip
    pairs += [(name, str(value)) for name, value in single.items() if value]
    return urlencode(pairs + [(name, "1") for name, on in flags.items() if on])
