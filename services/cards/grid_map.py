"""The small map on a printed card: the grids that a member looks after, north up, with streets and waters around them.

It is drawn from the areas and the town's own base map as SVG: the same rows give the same text, and nothing but
outlines and names of grids is on it. Plane: metres around the grids, then tenths of a millimetre on paper.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from db.queries.areas import list_area_shapes_by_id
from db.queries.map_layers import BaseShape, list_base_shapes
from geo.metric import centre_of, from_metres, to_metres

WIDTH, HEIGHT = 480, 340  # tenths of a millimetre
MOST_NAMES = 3  # more would lie on each other; the lines beside the map name all
_MARGIN, _LEAST = 1.2, 160.0  # times the grids' own size; metres that the map shows at least
_NAVY, _INK, _LIGHT, _PAPER = "#17406F", "#14233A", "#5E6C81", "#F4F6F9"
_FILLS = {"water": "#BDD6EA", "park": "#DBE9DB"}
_STREETS = {"arterial": 9, "collector": 6, "local": 4, "path": 2}  # widths on paper
_ZOOMS = ((900, 16), (2200, 14), (6000, 13))  # up to so many metres across: streets as on the map at that zoom


@dataclass(frozen=True)
class MapWords:
    """What stands on the map: the sign for north, and the length of the bar as ``{n}`` metres."""

    north: str
    metres: str


@dataclass(frozen=True)
class _Paper:
    """Metres to paper: ``west`` and ``north`` are the corner, ``metres`` what a tenth of a millimetre stands for."""

    west: float
    north: float
    metres: float

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """West, south, east, north in metres."""
        return self.west, self.north - HEIGHT * self.metres, self.west + WIDTH * self.metres, self.north

    def at(self, x: float, y: float) -> str:
        return f"{(x - self.west) / self.metres:.1f} {(self.north - y) / self.metres:.1f}"


def draw_grids(session: Session, names: Mapping[int, str], words: MapWords, fonts: Sequence[str]) -> str | None:
    """SVG of grids (id → name), ``WIDTH`` × ``HEIGHT``; None where none has an outline."""
    found = list_area_shapes_by_id(session, sorted(names))
    if not found:
        return None
    centre = centre_of([shape.geometry for shape in found.values()])
    outlines = dict(zip(found, to_metres([shape.geometry for shape in found.values()], centre), strict=True))
    paper = _paper(shapely.total_bounds(list(outlines.values())))
    west, south, east, north = shapely.bounds(from_metres([shapely.box(*paper.frame)], centre)[0])
    zoom = next((zoom for metres, zoom in _ZOOMS if WIDTH * paper.metres <= metres), 12)
    base = list_base_shapes(session, (west, south, east, north), zoom)
    parts = [
        *_ground(base, centre, paper),
        *(_outline(outlines[key], paper) for key in sorted(outlines)),
        *(_name(outlines[key], names[key], paper, fonts) for key in sorted(outlines) if len(outlines) <= MOST_NAMES),
        _scale(paper, words, fonts),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>{"".join(parts)}'
        f'<rect x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" fill="none" stroke="#D5DCE5" stroke-width="2"/>'
        "</svg>"
    )


def _paper(bounds: Sequence[float]) -> _Paper:
    """The frame around the bounds, in their middle."""
    west, south, east, north = bounds
    wide, high = max(_LEAST, east - west) * _MARGIN, max(_LEAST, north - south) * _MARGIN
    metres = max(wide / WIDTH, high / HEIGHT)
    return _Paper((west + east - WIDTH * metres) / 2, (south + north + HEIGHT * metres) / 2, metres)


def _ground(base: Sequence[BaseShape], centre: tuple[float, float], paper: _Paper) -> list[str]:
    """Waters and parks, then the streets, the wide ones on top, each kind in one path."""
    drawn: dict[tuple[str, str], list[str]] = {}
    for shape, geometry in zip(base, to_metres([shape.geometry for shape in base], centre), strict=True):
        clipped = shapely.clip_by_rect(geometry, *paper.frame)
        kind = shape.kind if shape.layer == "road" else ""
        drawn.setdefault((shape.layer, kind), []).append(_path(shapely.simplify(clipped, paper.metres), paper))
    fills = [
        f'<path d="{"".join(drawn[layer, ""])}" fill="{fill}" fill-rule="evenodd"/>'
        for layer, fill in _FILLS.items() if (layer, "") in drawn
    ]  # fmt: skip
    return fills + [
        f'<path d="{"".join(drawn["road", kind])}" fill="none" stroke="#C3CDD9" stroke-width="{width}"/>'
        for kind, width in reversed(_STREETS.items()) if ("road", kind) in drawn
    ]  # fmt: skip


def _path(geometry: BaseGeometry, paper: _Paper) -> str:
    """Lines and rings as the ``d`` of a path; "" for points and nothing."""
    return "".join(_line(line, paper) for line in _lines(geometry))


def _lines(geometry: BaseGeometry) -> Iterable[BaseGeometry]:
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            yield from (part.exterior, *part.interiors)
        elif part.geom_type in ("LineString", "LinearRing"):
            yield part
        elif part.geom_type in ("MultiPolygon", "MultiLineString", "GeometryCollection"):
            yield from _lines(part)


def _line(line: BaseGeometry, paper: _Paper) -> str:
    points = [paper.at(x, y) for x, y in shapely.get_coordinates(line)]
    return f"M{'L'.join(points)}" if len(points) > 1 else ""


def _outline(geometry: BaseGeometry, paper: _Paper) -> str:
    return (
        f'<path d="{_path(shapely.simplify(geometry, paper.metres / 2), paper)}" fill="{_NAVY}" fill-opacity="0.09"'
        f' fill-rule="evenodd" stroke="{_NAVY}" stroke-width="7" stroke-linejoin="round"/>'
    )


def _name(geometry: BaseGeometry, name: str, paper: _Paper, fonts: Sequence[str]) -> str:
    middle = shapely.point_on_surface(geometry)
    return _words(name, paper.at(middle.x, middle.y), fonts, 'font-size="34" font-weight="700" text-anchor="middle"')


def _words(words: str, at: str, fonts: Sequence[str], style: str, colour: str = _INK) -> str:
    """Words with a halo: drawn twice, because a stroke may cover letters."""
    x, y = at.split(" ")
    family = quoteattr(", ".join(fonts))
    text = f'<text x="{x}" y="{y}" font-family={family} {style}'
    halo = f'{text} fill="none" stroke="#FFFFFF" stroke-width="8" stroke-linejoin="round">{escape(words)}</text>'
    return f'{halo}{text} fill="{colour}">{escape(words)}</text>'


def _scale(paper: _Paper, words: MapWords, fonts: Sequence[str]) -> str:
    """A bar of a round length at the lower left, an arrow to the north at the upper right."""
    length = max(n for n in _rounds() if n <= max(1.0, WIDTH * paper.metres / 4))
    right, low, small = 16 + length / paper.metres, HEIGHT - 16, 'font-size="22"'
    arrow = WIDTH - 28
    return (
        f'<path d="M16 {low - 8}V{low}H{right:.1f}V{low - 8}" fill="none" stroke="{_INK}" stroke-width="3"/>'
        + _words(words.metres.replace("{n}", f"{length:g}"), f"{right + 8:.1f} {low}", fonts, small, _LIGHT)
        + f'<path d="M{arrow} 14L{arrow + 11} 44L{arrow} 37L{arrow - 11} 44Z" fill="{_INK}"/>'
        + _words(words.north, f"{arrow} 68", fonts, f'{small} text-anchor="middle"', _LIGHT)
    )


def _rounds() -> list[float]:
    return [n * 10.0**power for power in range(6) for n in (1, 2, 5)]
