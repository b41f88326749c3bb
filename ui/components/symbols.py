"""Status and station symbols: drawn once, used by maps, lists and legends alike.

A status is always told three times, by colour, shape and word; a station by its shape alone in one neutral
plate, so that it never competes with a status. Only the service centre is red while nothing is wrong.
All shapes sit in a 24 × 24 box whose centre (12, 12) is the place on the map.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from ui.i18n import t
from ui.safe import safe
from ui.tokens import THEMES, Theme

BOX = 24
_RADIUS = 8.8  # of the status disc; the other shapes are sized to weigh the same beside it
_CASING = 0.22 * _RADIUS

Colours = dict[str, str]


@dataclass(frozen=True)
class Symbol:
    """One symbol in both themes: SVG text of 24 × 24 px without outside references, and its text's key."""

    svg_light: str
    svg_dark: str
    label_key: str

    def svg(self, theme: Theme, size: int = BOX) -> str:
        """The SVG text for `theme`, `size` px wide and high."""
        drawn = self.svg_dark if theme == "dark" else self.svg_light
        return drawn.replace(f'width="{BOX}" height="{BOX}"', f'width="{size}" height="{size}"', 1)


def _both(label_key: str, draw: Callable[[Colours], str]) -> Symbol:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{BOX}" height="{BOX}" viewBox="0 0 {BOX} {BOX}"'
    light, dark = (f'{head} aria-hidden="true">{draw(THEMES[theme])}</svg>' for theme in ("light", "dark"))
    return Symbol(light, dark, label_key)


def _cased(shape: str, fill: str, casing: str) -> str:
    """`shape` is an element up to its attributes; the casing keeps it apart from whatever lies below."""
    return (
        f'{shape} fill="{fill}" stroke="{casing}" stroke-width="{_CASING:.2f}"'
        ' paint-order="stroke" stroke-linejoin="round"/>'
    )


def _overdue(c: Colours) -> str:
    mark = f'<path d="M12 7v6M12 16.4v.3" stroke="{c["on-overdue"]}" stroke-width="2.4" stroke-linecap="round"/>'
    return _cased('<path d="M12 1.2 22.8 12 12 22.8 1.2 12Z"', c["overdue"], c["casing"]) + mark


def _due_soon(c: Colours) -> str:
    triangle = '<path d="M12 2.1 22 19.6H2Z"'
    if c["casing"] == "#FFFFFF":  # amber on a pale map needs its brown rim
        rim = f'{triangle} fill="none" stroke="{c["due_soon-text"]}" stroke-width="1.1" stroke-linejoin="round"/>'
    else:
        rim = ""
    return _cased(triangle, c["due_soon"], c["casing"]) + rim


def _waiting(c: Colours) -> str:
    return _cased('<path d="M3.2 2h17.6L14.4 12l6.4 10H3.2L9.6 12Z"', c["waiting"], c["casing"])


def _verifying(c: Colours) -> str:
    return _cased('<rect x="4.1" y="4.1" width="15.8" height="15.8"', c["verifying"], c["casing"])


def _handling(c: Colours) -> str:
    return _cased(f'<circle cx="12" cy="12" r="{_RADIUS}"', c["handling"], c["casing"])


def _closed(c: Colours) -> str:
    ground = f'<circle cx="12" cy="12" r="6.4" fill="{c["casing"]}" stroke="{c["casing"]}" stroke-width="6.8"/>'
    return f'{ground}<circle cx="12" cy="12" r="6.4" fill="none" stroke="{c["closed"]}" stroke-width="3.3"/>'


def _plate(shape: str, c: Colours) -> str:
    return f'{shape} fill="{c["plate"]}" stroke="{c["plate-edge"]}" stroke-width="1.5" stroke-linejoin="round"/>'


def _flag(path: str, ink: str, width: float) -> str:
    return f'<path d="{path}" fill="{ink}" stroke="{ink}" stroke-width="{width}" stroke-linejoin="round"/>'


def _service_centre(c: Colours) -> str:
    plate = f'<rect x="1" y="1" width="22" height="22" rx="3" fill="{c["centre"]}" stroke="#fff" stroke-width="1.4"/>'
    return plate + _flag("M7.2 19.2V5.2l11 3.7-11 3.9", "#fff", 1.7)


def _service_station(c: Colours) -> str:
    shield = _plate('<path d="M12 1.6 20.8 5v7.6c0 4.9-3.6 7.9-8.8 9.8-5.2-1.9-8.8-4.9-8.8-9.8V5Z"', c)
    return shield + _flag("M9.3 17V7.3l7 2.8-7 2.8", c["plate-edge"], 1.4)


def _post_house(c: Colours) -> str:
    house = _plate('<path d="M12 1.8 22.3 10.7h-2.7v10.5H4.4V10.7H1.7Z"', c)
    return f'{house}<path d="M9.6 21v-6.8h4.8V21Z" fill="{c["plate-edge"]}"/>'


def _five_homes(c: Colours) -> str:
    hexagon = _plate('<path d="M22.1 12 17 20.7H7L1.9 12 7 3.3h10Z"', c)
    places = ((12, 7.2), (16.6, 10.5), (14.8, 15.9), (9.2, 15.9), (7.4, 10.5))
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="1.7"/>' for x, y in places)
    return f'{hexagon}<g fill="{c["plate-edge"]}">{dots}</g>'


def _council_hall(c: Colours) -> str:
    outline = "M4.5 3h15Q22 3 22 5.5v9Q22 17 19.5 17H11l-5 4.5V17H4.5Q2 17 2 14.5v-9Q2 3 4.5 3Z"
    bubble = _plate(f'<path d="{outline}"', c)
    dots = "".join(f'<circle cx="{x}" cy="10" r="1.6"/>' for x in (7.2, 12, 16.8))
    return f'{bubble}<g fill="{c["plate-edge"]}">{dots}</g>'


def _generic(c: Colours) -> str:
    board = _plate('<rect x="1.8" y="5" width="20.4" height="14" rx="2"', c)
    return f'{board}<path d="M6 10h12M6 14h7.5" stroke="{c["plate-edge"]}" stroke-width="1.8" stroke-linecap="round"/>'


# In the order in which a case takes its symbol: the first that fits wins (late before stage).
STATUS_SYMBOLS: dict[str, Symbol] = {
    "overdue": _both("look.status.overdue", _overdue),
    "due_soon": _both("look.status.due_soon", _due_soon),
    "waiting": _both("look.status.waiting", _waiting),
    "verifying": _both("look.status.verifying", _verifying),
    "handling": _both("look.status.handling", _handling),
    "closed": _both("look.status.closed", _closed),
}

STATION_SYMBOLS: dict[str, Symbol] = {
    "service_centre": _both("look.station.service_centre", _service_centre),
    "service_station": _both("look.station.service_station", _service_station),
    "post_house": _both("look.station.post_house", _post_house),
    "five_homes": _both("look.station.five_homes", _five_homes),
    "council_hall": _both("look.station.council_hall", _council_hall),
    "generic": _both("look.station.generic", _generic),
}


def symbol_svg(name: str, theme: Theme, size: int = BOX) -> str:
    """SVG text of the status or station symbol `name`, `size` px square; an unknown station is `generic`."""
    symbol = STATUS_SYMBOLS.get(name) or STATION_SYMBOLS.get(name) or STATION_SYMBOLS["generic"]
    return symbol.svg(theme, size)


def symbol_mark(name: str) -> str:
    """HTML of a symbol in running text, 1.25 times the letters' size.

    `st.html` drops inline SVG, so the drawing comes once with the style block, as the background of this class.
    """
    known = name if name in (*STATUS_SYMBOLS, *STATION_SYMBOLS, *_SIGNS) else "generic"
    return f'<i class="lg-sym lg-sym-{known}" aria-hidden="true"></i>'


def status_badge(status: str) -> str:
    """HTML of a status as colour, shape and word; raises KeyError for a status without a symbol."""
    label = t(STATUS_SYMBOLS[status].label_key)
    return f'<span class="lg-badge lg-{status}">{symbol_mark(status)}{safe(label)}</span>'


def _clock(c: Colours) -> str:
    face = f'fill="none" stroke="{c["text-2"]}" stroke-width="2.2" stroke-linecap="round"'
    return f'<g {face}><circle cx="12" cy="12" r="9.5"/><path d="M12 6.8V12l3.5 2.6"/></g>'


_SIGNS = {"clock": _both("", _clock)}  # drawn beside words, never on a map


def symbol_rules(theme: Theme) -> str:
    """The CSS rules behind `symbol_mark`: one background picture for each symbol, as a data address."""
    drawn = {**STATUS_SYMBOLS, **STATION_SYMBOLS, **_SIGNS}
    return "".join(
        f'.lg-sym-{name}{{background-image:url("{data_address(symbol.svg(theme))}")}}' for name, symbol in drawn.items()
    )


def data_address(svg: str) -> str:
    """An SVG text as a `data:` address, for `<img src>` and CSS."""
    return "data:image/svg+xml," + quote(svg, safe="/:=,;()")
