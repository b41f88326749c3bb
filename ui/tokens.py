"""The colours and sizes of Linge, each written once.

Everything that paints (the style file, symbols, charts, maps) reads them from here; `.streamlit/config.toml`
repeats the few that Streamlit itself needs, and tests/ui/test_style.py holds the two together.
Contrast was measured on the panel colour (WCAG): text 15.8, text-2 7.7, text-3 5.3 on light;
14.8, 9.2, 6.4 on dark. `line` is for dividers only; an input or button takes `edge` (3.4:1 or better).
"""

from typing import Literal

Theme = Literal["light", "dark"]
Face = Literal["desk", "tablet", "screen"]

LIGHT = {
    "bg": "#F4F6F9",
    "panel": "#FFFFFF",
    "sunk": "#F6F9FC",
    "chosen": "#EEF4FB",
    "line": "#DCE2EA",
    "edge": "#7F8DA1",
    "text": "#14233A",
    "text-2": "#44546B",
    "text-3": "#5E6C81",
    "primary": "#17406F",
    "on-primary": "#FFFFFF",
    "party": "#B8202B",
    "chart-main": "#17406F",
    "chart-quiet": "#9DB9D6",
    "chart-line": "#4B7FB3",
    "chart-track": "#EDF1F5",
    "overdue": "#C3202C",
    "due_soon": "#E39A0B",
    "waiting": "#14233A",
    "verifying": "#6B2480",
    "handling": "#2B8AD6",
    "closed": "#66727F",
    "overdue-badge": "#FBE9EA",
    "due_soon-badge": "#FDF1DA",
    "waiting-badge": "#E8ECF2",
    "verifying-badge": "#F4E9F7",
    "handling-badge": "#E3EFFA",
    "closed-badge": "#EDF0F4",
    "overdue-text": "#A31823",
    "due_soon-text": "#7A4F00",
    "waiting-text": "#14233A",
    "verifying-text": "#6D3280",
    "handling-text": "#14568F",
    "closed-text": "#4D5B70",
    "casing": "#FFFFFF",
    "on-overdue": "#FFFFFF",
    "plate": "#FFFFFF",
    "plate-edge": "#17375E",
    "centre": "#B8202B",
    "area-edge": "#17375E",
}

# Dark badges are the fill on a quiet ground of its own hue: the words keep 6.4:1 or more.
DARK = {
    "bg": "#0A1526",
    "panel": "#101F36",
    "sunk": "#0C1A2E",
    "chosen": "#17304E",
    "line": "#22395A",
    "edge": "#6C83A3",
    "text": "#EEF3FA",
    "text-2": "#B4C3D6",
    "text-3": "#8FA3BC",
    "primary": "#3E97E8",
    "on-primary": "#08111F",
    "party": "#E5484D",
    "chart-main": "#5DB0F5",
    "chart-quiet": "#2F5F8E",
    "chart-line": "#5DB0F5",
    "chart-track": "#17304E",
    "overdue": "#FF6F66",
    "due_soon": "#FFC24D",
    "waiting": "#FFFFFF",
    "verifying": "#F2C4F7",
    "handling": "#3E97E8",
    "closed": "#8FA3BC",
    "overdue-badge": "#3A1E2A",
    "due_soon-badge": "#38301F",
    "waiting-badge": "#22395A",
    "verifying-badge": "#352B4C",
    "handling-badge": "#123052",
    "closed-badge": "#1B2D47",
    "overdue-text": "#FF8A82",
    "due_soon-text": "#FFC24D",
    "waiting-text": "#FFFFFF",
    "verifying-text": "#F2C4F7",
    "handling-text": "#6FB4F2",
    "closed-text": "#B4C3D6",
    "casing": "#0A1526",
    "on-overdue": "#0A1526",
    "plate": "#EAF0F8",
    "plate-edge": "#12305A",
    "centre": "#C3202C",
    "area-edge": "#9DC4EA",
}

THEMES: dict[Theme, dict[str, str]] = {"light": LIGHT, "dark": DARK}

# Choropleth: four classes; more is darker on light, brighter on dark. Opacity goes with the ramp.
RAMPS: dict[Theme, tuple[str, str, str, str]] = {
    "light": ("#EEF3F8", "#CFDFEE", "#9FBFDD", "#5F93C4"),
    "dark": ("#123052", "#1F5285", "#3478B4", "#67A9DC"),
}
# Kinds beside each other in one column, told apart also by those who see few colours (after Okabe and Ito).
CATEGORIES: dict[Theme, tuple[str, ...]] = {
    "light": ("#17406F", "#D98A1F", "#3F86BF", "#1E8C6E", "#B66A9C", "#8A8F98", "#C9B037"),
    "dark": ("#5DB0F5", "#F0B45C", "#A9CBE8", "#4FC3A1", "#DDA0C8", "#9AA3AF", "#E5D27A"),
}
RAMP_OPACITY: dict[Theme, float] = {"light": 0.62, "dark": 0.60}

FONT = "'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
