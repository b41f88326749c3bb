"""The tokens, config.toml and the style file say the same."""

import re
import tomllib
from pathlib import Path

import pytest
import streamlit.config as streamlit_config

from ui.style import _css_text, _sheet
from ui.tokens import DARK, LIGHT, THEMES

ROOT = Path(__file__).resolve().parents[2]
CONFIG = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))


def _options(table: dict, prefix: str = "") -> list[str]:
    return [
        option
        for key, value in table.items()
        for option in (_options(value, f"{prefix}{key}.") if isinstance(value, dict) else [prefix + key])
    ]


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_every_setting_exists_in_this_streamlit():
    streamlit_config.get_config_options()
    assert [o for o in _options(CONFIG) if o not in streamlit_config._config_options_template] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_theme_colours_equal_the_tokens(theme):
    section, tokens = CONFIG["theme"][theme], THEMES[theme]
    pairs = {
        "primaryColor": "primary", "backgroundColor": "bg", "secondaryBackgroundColor": "panel", "textColor": "text",
        "borderColor": "line", "redColor": "overdue", "orangeColor": "due_soon", "violetColor": "verifying",
        "blueColor": "handling", "grayColor": "closed",
    }  # fmt: skip
    assert {key: section[key] for key in pairs} == {key: tokens[token] for key, token in pairs.items()}
    assert len(section["chartSequentialColors"]) == 10


def test_both_themes_have_the_same_tokens():
    assert LIGHT.keys() == DARK.keys()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_and_edges_can_be_seen(theme):
    c = THEMES[theme]
    for ground in ("bg", "panel", "chosen", "sunk"):
        assert min(_contrast(c[word], c[ground]) for word in ("text", "text-2", "text-3")) >= 4.5, ground
    assert _contrast(c["edge"], c["panel"]) >= 3
    assert _contrast(c["on-primary"], c["primary"]) >= 4.5
    for status in ("overdue", "due_soon", "waiting", "verifying", "handling", "closed"):
        assert _contrast(c[f"{status}-text"], c[f"{status}-badge"]) >= 4.5, status
        assert _contrast(c[f"{status}-text"], c["panel"]) >= 4.5, status


def test_every_variable_of_the_style_file_is_a_token():
    sheet = (ROOT / "ui/style.css").read_text(encoding="utf-8")
    used = set(re.findall(r"var\(--lg-([\w-]+)\)", sheet))
    assert used - LIGHT.keys() == {"font", "word-upload"}


def test_style_file_asks_no_other_host():
    sheet = (ROOT / "ui/style.css").read_text(encoding="utf-8")
    assert "http" not in sheet
    assert "@import" not in sheet


@pytest.mark.parametrize("part", ["all", "desk", "tablet", "touch", "screen", "card"])
def test_each_part_has_balanced_braces(part):
    assert _sheet(part).count("{") == _sheet(part).count("}") > 0


def test_text_in_css_cannot_end_its_string():
    assert '"' not in _css_text('a"b\\c</style>')
    assert "<" not in _css_text("</style>")
