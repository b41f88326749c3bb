"""Legends outside the map's frame: status symbols, kinds of station, and the classes of the colours with their cuts."""

import streamlit as st

from domain.measures import CUTS, Measure
from services.system.installations import current_profile
from ui.components.symbols import STATION_SYMBOLS, STATUS_SYMBOLS, symbol_mark
from ui.i18n import named, t
from ui.safe import safe
from ui.tokens import RAMP_OPACITY, RAMPS, Theme

_GROUND: dict[Theme, tuple[int, int, int]] = {"light": (0xEF, 0xF1, 0xF4), "dark": (0x0E, 0x1E, 0x34)}
_WHOLE = frozenset({Measure.OPEN, Measure.OVERDUE})  # a class of one whole number is written as that number
_LINE = "display:flex;flex-wrap:wrap;gap:.35rem 1.15rem;align-items:center;padding:.2rem 0"
_ITEM = "display:inline-flex;align-items:center;gap:.35rem;white-space:nowrap"
_SWATCH = "display:inline-block;width:2.2rem;height:.85rem;border:1px solid var(--lg-line)"


def ramp_classes(measure: Measure, theme: Theme) -> list[tuple[str, str]]:
    """(colour as it looks over the ground, words) of the four classes, from the lowest."""
    return [(blended(number, theme), words) for number, words in enumerate(_class_words(measure))]


def blended(number: int, theme: Theme) -> str:
    """Class `number` of the ramp as the map shows it: multiplied with the ground on light, laid over it on dark."""
    opacity, colour = RAMP_OPACITY[theme], RAMPS[theme][number]
    mixed = []
    for ground, ink in zip(_GROUND[theme], bytes.fromhex(colour[1:]), strict=True):
        laid = ground * ink / 255 if theme == "light" else ink
        mixed.append(round(ground * (1 - opacity) + laid * opacity))
    return "#" + "".join(f"{part:02X}" for part in mixed)


def _class_words(measure: Measure) -> list[str]:
    first, second, third = (int(cut) for cut in CUTS[measure])
    top = t("map.legend.exactly", value=100) if measure is Measure.COVERAGE else t("map.legend.from", value=third)
    lowest = (
        t("map.legend.exactly", value=0) if measure in _WHOLE and first == 1 else t("map.legend.below", value=first)
    )
    return [lowest, _between(first, second - 1), _between(second, third - 1), top]


def _between(low: int, high: int) -> str:
    return t("map.legend.exactly", value=low) if low == high else t("map.legend.between", low=low, high=high)


def legend_html(
    theme: Theme,
    measure: Measure | None = None,
    *,
    statuses: bool = True,
    stations: bool = True,
    uncovered: bool = False,
    scoped: bool = False,
) -> str:
    """HTML of the legend's lines. `scoped`: the map also shows areas that are not the reader's."""
    lines = []
    if statuses:
        lines.append([_symbol(name, _status_words(name)) for name in STATUS_SYMBOLS])
    if stations:
        lines.append([_symbol(symbol, words) for symbol, words in station_kinds()])
    if measure is not None or uncovered:
        lines.append(
            [*_ramp(measure, theme), *([_uncovered()] if uncovered else []), *([_foreign()] if scoped else [])]
        )
    rows = "".join(f'<div style="{_LINE}">{"".join(line)}</div>' for line in lines)
    return f'<div class="lg-map-legend" style="color:var(--lg-text-2);font-size:.93rem">{rows}</div>'


def show_legend(theme: Theme, measure: Measure | None = None, **parts: bool) -> None:
    """Draw ``legend_html``."""
    st.html(legend_html(theme, measure, **parts))


def station_kinds() -> list[tuple[str, str]]:
    """(symbol, words) of the profile's kinds of station; kinds that share a symbol stand once, under its own name."""
    names: dict[str, list[str]] = {}
    for kind in current_profile().station_kinds:
        names.setdefault(kind.symbol, []).append(named(kind.name))
    return [
        (symbol, found[0] if len(found) == 1 else t(STATION_SYMBOLS[symbol].label_key))
        for symbol, found in names.items()
    ]


def _status_words(name: str) -> str:
    return t("map.legend.closed") if name == "closed" else t(STATUS_SYMBOLS[name].label_key)


def _symbol(symbol: str, words: str) -> str:
    return f'<span style="{_ITEM}">{symbol_mark(symbol)}{safe(words)}</span>'


def _ramp(measure: Measure | None, theme: Theme) -> list[str]:
    if measure is None:
        return []
    title = f'<b style="font-weight:500;color:var(--lg-text)">{safe(t(f"map.legend.{measure}"))}</b>'
    classes = [_swatch(f"background:{colour}", words) for colour, words in ramp_classes(measure, theme)]
    return [title, *classes, _swatch(_hatch("var(--lg-edge)", 1), t("map.legend.no_data"))]


def _swatch(background: str, words: str) -> str:
    return f'<span style="{_ITEM}"><i style="{_SWATCH};{background}"></i>{safe(words)}</span>'


def _hatch(colour: str, width: float) -> str:
    return f"background:repeating-linear-gradient(135deg,{colour} 0 {width}px,transparent {width}px 6px)"


def _uncovered() -> str:
    return _swatch(f"{_hatch('var(--lg-due_soon)', 2)};border-color:var(--lg-due_soon)", t("map.layer.uncovered"))


def _foreign() -> str:
    return _swatch("background:var(--lg-sunk)", t("map.legend.out_of_scope"))
