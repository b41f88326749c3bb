"""The map component without a browser: what is sent, what is not, and which maps are the same."""

import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit_folium
from folium.elements import JSCSSMixin

from db.session import Database
from domain.incidents import IncidentSymbol
from domain.measures import Measure
from services.incidents.cases import IncidentFilter
from ui.components import map as component
from ui.components import map_shell
from ui.components.map import MapInstruct, MapSpec, incident_query

BOX = (112.4, 34.6, 112.43, 34.61)


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch, sqlite_db: Database) -> None:
    monkeypatch.setattr(map_shell, "asset_file", lambda name: "map-TEST.js")
    component._shell.cache_clear()


def sent(spec: MapSpec, key: str = "m", wish: MapInstruct | None = None) -> dict:  # type: ignore[type-arg]
    """The arguments with which st_folium calls its component."""
    found: dict = {}  # type: ignore[type-arg]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streamlit_folium, "_component_func", lambda **arguments: found.update(arguments))
        component.show_map(spec, key, 400, wish)
    return found


def packed(script: str) -> dict:  # type: ignore[type-arg]
    [text] = re.findall(r"Linge\.\w+\(map_div, '([A-Za-z0-9+/=]+)'\)", script)
    return json.loads(base64.b64decode(text))


def test_one_script_of_our_own_is_asked_for_and_no_other(sqlite_db: Database) -> None:
    arguments = sent(MapSpec(BOX))
    assert arguments["js_links"] == ["../../assets/map-TEST.js"]
    assert arguments["css_links"] == []
    assert "http" not in arguments["script"] + arguments["html"]
    assert not re.search(r"(src|href)\s*=", arguments["header"])


def test_no_element_of_folium_asks_another_host(sqlite_db: Database) -> None:
    import folium.plugins  # noqa: F401  the plugins register themselves as subclasses

    map_shell.forget_foreign_scripts.cache_clear()
    map_shell.forget_foreign_scripts()
    waiting, links = [JSCSSMixin], []
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        links += [*kind.default_js, *kind.default_css]
    assert links == []


def test_configuration_reaches_the_map_whole() -> None:
    config = packed(sent(MapSpec(BOX, choose="place", layers=("areas", "incidents")))["script"])
    assert (config["view"], config["choose"]) == (list(BOX), "place")
    assert config["layers"] == {"areas": True, "incidents": True}
    assert set(config["symbols"]["dark"]) >= {"overdue", "service_centre", "generic"}


def test_identity_differs_when_two_maps_differ_only_behind_an_underscore() -> None:
    keys = {sent(MapSpec(BOX), key)["key"] for key in ("grid_00", "grid_90")}
    assert len(keys) == 2
    assert sent(MapSpec(BOX))["key"] != sent(MapSpec((*BOX[:3], 34.62)))["key"]


def test_identity_and_script_stay_when_the_instruction_changes() -> None:
    first = sent(MapSpec(BOX), wish=MapInstruct(area=1))
    second = sent(MapSpec(BOX), wish=MapInstruct(area=2, fill=Measure.RATE))
    assert (first["key"], first["script"]) == (second["key"], second["script"])
    assert first["feature_group"] != second["feature_group"]


def test_instruction_empties_streamlit_foliums_list_before_it_grows() -> None:
    wish = MapInstruct(area=7, pin=(112.4, 34.6), point=("incidents", 3), fly=(112.4, 34.6, 15))
    script = sent(MapSpec(BOX), wish=wish)["feature_group"]
    assert script.index("window.feature_group = [];") < script.index("Linge.instruct")
    told = packed(script)
    assert (told["area"], told["pin"], told["point"]) == (7, [112.4, 34.6], {"layer": "incidents", "id": 3})
    assert told["fly"] == {"to": "place", "lon": 112.4, "lat": 34.6, "zoom": 15, "token": ""}


def test_nothing_can_leave_the_script_when_a_filter_holds_code() -> None:
    evil = "</script><img src=x onerror=alert(1)>`${alert(1)}'"
    script = sent(MapSpec(BOX), wish=MapInstruct(incidents=evil))["feature_group"]
    assert "alert" not in script
    assert packed(script)["filter"] == evil


def test_threads_do_not_disturb_each_other_when_they_draw_one_map() -> None:
    with ThreadPoolExecutor(8) as pool:
        shells = list(pool.map(lambda _: component._shell(MapSpec(BOX), "m", "zh_CN"), range(64)))
    assert len({shell.script for shell in shells}) == 1


def test_click_is_told_once() -> None:
    answer = {"n": "x-1", "lon": 112.4, "lat": 34.6, "zoom": 15, "hit": {"layer": "areas", "id": 4}, "accuracy": None}
    click = component._new_click("once", answer)
    assert click == component.MapClick(112.4, 34.6, 15, "areas", 4, None)
    assert component._new_click("once", answer) is None
    assert component._new_click("once", answer | {"n": "x-2", "hit": None}).hit_layer is None  # type: ignore[union-attr]
    assert component._new_click("once", {}) is None


def test_filter_of_a_list_becomes_the_query_of_the_points() -> None:
    which = IncidentFilter(symbols=frozenset({IncidentSymbol.OVERDUE}), area_id=4, text=" 路灯 ", mine=True)
    assert incident_query(which) == "symbol=overdue&area=4&text=%E8%B7%AF%E7%81%AF&mine=1"
    assert incident_query(IncidentFilter()) == ""
