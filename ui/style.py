"""The one style block: colour tokens as CSS variables, the rules of ui/style.css, and Streamlit's own words.

Every page calls `apply_style` once, first. The three faces are one design: the desk and the tablet follow the theme
that the user chose, the big screen is always dark.
"""

import re
from functools import lru_cache
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.components.symbols import symbol_rules
from ui.i18n import t
from ui.tokens import FONT, RAMPS, THEMES, Face, Theme

_SHEET = Path(__file__).with_name("style.css")
# Words of Streamlit's controls that no argument reaches: the style block writes them in the user's language.
_WORDS = ("upload",)
_PARTS: dict[Face, tuple[str, ...]] = {"desk": ("desk",), "tablet": ("desk", "tablet", "touch"), "screen": ("screen",)}


def theme(face: Face = "desk") -> Theme:
    """The theme in which to draw: what the browser shows now, except that the big screen is always dark."""
    if face == "screen":
        return "dark"
    return "dark" if st.context.theme.type == "dark" else "light"


def apply_style(face: Face = "desk", *, card: bool = False) -> None:
    """Put the style block of `face` into the page; `card` adds the rules that print only the card, on A5."""
    drawn = theme(face)
    rules = [_sheet(part) for part in ("all", *_PARTS[face], *(["card"] if card else []))]
    if face == "desk":  # the same desk on a tablet
        rules.append("@media (pointer: coarse), (max-width: 1279px) {" + _sheet("touch") + "}")
    st.html(f"<style>{_variables(drawn)}{symbol_rules(drawn)}{_words()}{''.join(rules)}</style>")


def print_landscape() -> None:
    """Put in the rules that print only the week's table, on A4 landscape."""
    st.html(f"<style>{_sheet('landscape')}</style>")


def panel(name: str, *, height: int | None = None) -> DeltaGenerator:
    """A white (dark: raised) card with a hairline; `height` px makes its content scroll inside it."""
    return st.container(border=True, key=f"lg-panel-{name}", height=height or "content")


@lru_cache
def _sheet(part: str) -> str:
    """The rules of ui/style.css below the line `/* part: <part> */`."""
    pieces = re.split(r"/\* part: (\w+) \*/", _SHEET.read_text(encoding="utf-8"))
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))[part]


@lru_cache
def _variables(theme_name: Theme) -> str:
    colours = "".join(f"--lg-{name}:{value};" for name, value in THEMES[theme_name].items())
    ramp = "".join(f"--lg-ramp-{number}:{value};" for number, value in enumerate(RAMPS[theme_name], 1))
    return f":root{{{colours}{ramp}--lg-font:{FONT}}}"


def _words() -> str:
    texts = {word: _css_text(t(f"look.streamlit.{word}")) for word in _WORDS}
    return ":root{" + "".join(f'--lg-word-{word}:"{text}";' for word, text in texts.items()) + "}"


def _css_text(text: str) -> str:
    """A text inside a CSS string: backslash, quote and "<" by their code."""
    return re.sub(r'[\\"<]', lambda found: f"\\{ord(found[0]):x} ", text)
