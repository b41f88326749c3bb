"""How folium and streamlit-folium are made to frame our map: a shell that is text, an instruction that is a layer.

folium renders the shell once for each configuration; what st_folium gets in a run are light objects that render to
that text, so no folium object is ever shared between threads (decision 0021).
"""

import base64
import json
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import folium
from branca.element import MacroElement
from folium.elements import JSCSSMixin
from jinja2 import Template
from streamlit_folium import _get_header, _get_map_string

from config.assets import asset_file


def packed(value: object) -> str:
    """`value` as base64 of JSON: nothing in it is read as script, and no underscore is lost in an identity hash."""
    return base64.b64encode(json.dumps(value, ensure_ascii=False).encode()).decode()


@dataclass(frozen=True)
class ShellText:
    """A rendered map: its script, the head of its frame, the address of our bundle."""

    script: str
    header: str
    bundle: str


def render_shell(config: dict[str, Any]) -> ShellText:
    """The shell that mounts our map with a configuration, written by folium from a map that nobody else holds."""
    forget_foreign_scripts()
    drawn = folium.Map(tiles=None, zoom_control=False, max_zoom=20, attributionControl=True)
    _Mount(packed(config)).add_to(drawn)
    drawn.get_root().render()
    drawn.render()
    header = _get_header(drawn)
    return ShellText(_get_map_string(drawn), header, f"../../assets/{asset_file('map.js')}")


def instruction_script(told: dict[str, Any]) -> str:
    """The script that tells a mounted map something."""
    # st_folium adds the group to the map and to window.feature_group, which it never empties: we do.
    return (
        "window.feature_group = []; var feature_group_feature_group_0 = L.layerGroup();"
        f"Linge.instruct(map_div, '{packed(told)}');"
    )


class _Mount(MacroElement):
    """Hands the empty map to our script."""

    _template = Template("{% macro script(this, kwargs) %}Linge.mount(map_div, '{{ this.packed }}');{% endmacro %}")

    def __init__(self, packed: str) -> None:
        super().__init__()
        self._name = "Mount"
        self.packed = packed


@dataclass(frozen=True)
class _Text:
    """Stands where folium has an element that renders to a text."""

    text: str

    def render(self, **_: Any) -> str:
        return self.text

    def script(self, _: Any) -> str:
        return self.text

    @property
    def module(self) -> "_Text":
        return self


class Shell(folium.Map):
    """A finished map for st_folium: it renders to the text that was kept. Made anew in every run."""

    def __init__(self, shell: ShellText) -> None:
        self._name, self._id, self._children = "Map", "div", OrderedDict()
        self._template = _Text(shell.script)
        self.header, self.html = _Text(shell.header), _Text("")
        self.default_js, self.default_css = [("map", shell.bundle)], []
        self.options: dict[str, Any] = {}

    def get_root(self) -> "Shell":
        """Itself: it stands in no figure."""
        return self

    def render(self, **_: Any) -> str:
        return ""

    def get_bounds(self) -> list[list[float | None]]:
        return [[None, None], [None, None]]


class Instruction(folium.FeatureGroup):
    """An instruction in the shape that st_folium passes on to a mounted map."""

    def __init__(self, text: str) -> None:
        self._name, self._id, self._children = "FeatureGroup", "instruction", OrderedDict()
        self._template = _Text(text)

    def add_to(self, parent: Any, name: str | None = None, index: int | None = None) -> "Instruction":
        return self

    def render(self, **_: Any) -> str:
        return ""


@lru_cache(maxsize=1)
def forget_foreign_scripts() -> None:
    """No element of folium asks another host for anything: our bundle is all there is."""
    waiting: list[type] = [JSCSSMixin]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        for name in ("default_js", "default_css"):
            if name in vars(kind):
                setattr(kind, name, [])
