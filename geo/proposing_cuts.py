"""How an area with too many households would be cut: balanced, and along the streets where there are some (feature A6).

The ground is taken apart into pieces that a street office would not cut: the areas within, else the blocks between the
streets, blocks with many homes in halves. The pieces are divided as the towns of the demo are (geo.town.partition):
connected parts of even households whose borders cost what runs along them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.cutting import Plane, joined
from geo.town.partition import BORDER_COST, Ground, divide
from geo.town.pieces import Side

STREET_COST = {
    "river": BORDER_COST[Side.WATER],
    "arterial": BORDER_COST[Side.ARTERIAL],
    "collector": BORDER_COST[Side.COLLECTOR],
    "local": BORDER_COST[Side.LOCAL],
    "path": BORDER_COST[Side.LANE],
}
_ALONG_M = 12.0  # a border so near to the middle of a street runs along it
_EDGE_M = 8.0  # a street so near to the outline runs along it, and cuts nothing off
_COVERED = 0.98  # areas within that cover so much of the ground are its pieces
# The share of a part's households above which a piece is halved, and what a border's price counts. The first cut that
# keeps the rule is taken: the finer the pieces and the cheaper the borders, the nearer come the households.
_ATTEMPTS = ((0.2, 1.0), (0.07, 0.4), (0.025, 0.15), (0.025, 0.03))
_TURNS = (0.0, 0.2, 0.4)  # radians by which the first straight divisions are turned
_SMALLEST_M2 = 400.0


@dataclass(frozen=True)
class Weighed:
    """Ground, a dwelling or an area within, in EPSG:4326, and the households that it stands for."""

    geometry: shapely.Geometry
    households: float


@dataclass(frozen=True)
class Street:
    """A street or a river, EPSG:4326; ``kind`` is a key of STREET_COST."""

    geometry: shapely.Geometry
    kind: str


@dataclass(frozen=True)
class CutProposal:
    """The parts from the west, EPSG:4326, the households in each, and the share of the new border along streets."""

    parts: tuple[shapely.MultiPolygon, ...]
    households: tuple[float, ...]
    along_streets: float


def number_of_parts(households: int, least: int, most: int) -> int:
    """Into how many parts of ``least`` to ``most`` households an area is cut: as few as hold no more than ``most``.

    620 with 300–500 → 2. Where no number fits (90 with 50–80), the parts hold fewer than ``least``: rather two small
    grids than one that is too large.
    """
    return max(1, -(-households // most))


def propose_cut(
    outline: shapely.Geometry,
    households: int,
    parts: int,
    limits: tuple[float, float],
    within: Sequence[Weighed],
    homes: Sequence[Weighed],
    streets: Sequence[Street],
) -> CutProposal | None:
    """A cut of an outline with so many households into connected parts; None where its ground has too few pieces.

    ``within``: the areas below it, which are kept whole where they cover it. ``homes``: dwellings, by whose middle the
    households lie in blocks. Both say how the households are shared out, not how many they are. ``limits``: least and
    most households of a part. Same input, same answer.
    """
    plane = Plane.around([outline])
    flat = plane.there([outline])[0]
    lines = _lines(plane, flat, streets)
    best: CutProposal | None = None
    for finest, price in _ATTEMPTS:
        pieces = _scaled(_pieces(plane, flat, within, homes, lines, finest / parts), households)
        found = _divided(plane, flat, pieces, parts, limits, lines, price)
        if found is not None and (best is None or _beyond(found, limits) < _beyond(best, limits)):
            best = found
        if best is not None and _beyond(best, limits) == 0:
            break
    return best


def _scaled(pieces: Sequence[Weighed], households: int) -> list[Weighed]:
    total = sum(piece.households for piece in pieces)
    return [Weighed(piece.geometry, piece.households * households / total if total else 0.0) for piece in pieces]


def _beyond(found: CutProposal, limits: tuple[float, float]) -> float:
    return _missed(found.households, limits)


def _missed(households: Sequence[float], limits: tuple[float, float]) -> float:
    """Households by which parts miss the limits, rounded as they will be."""
    return sum(max(limits[0] - round(held), round(held) - limits[1], 0) for held in households)


def _divided(
    plane: Plane, flat: shapely.Geometry, pieces: Sequence[Weighed], parts: int, limits: tuple[float, float],
    lines: Sequence[Street], price: float,
) -> CutProposal | None:  # fmt: skip
    if len(pieces) < parts:
        return None
    ground = _ground(flat, pieces, lines, price)
    tried = [divide(ground, parts, limits, turn) for turn in _TURNS]
    labels = min(tried, key=lambda labels: _missed(np.bincount(labels, ground.homes, parts).tolist(), limits))
    if len(set(labels.tolist())) < parts:
        return None
    shapes = [shapely.union_all([p.geometry for p, own in zip(pieces, labels, strict=True) if own == part])
              for part in range(parts)]  # fmt: skip
    totals = np.bincount(labels, ground.homes, parts)
    order = sorted(range(parts), key=lambda part: shapes[part].bounds)
    found = [joined([plane.back([shapes[part]])[0]]) for part in order]
    return CutProposal(tuple(found), tuple(float(totals[part]) for part in order), _share_along(shapes, flat, lines))


def _lines(plane: Plane, flat: shapely.Geometry, streets: Sequence[Street]) -> list[Street]:
    """The streets within, in metres, without those along the outline, made long enough to reach it."""
    inner, border = shapely.buffer(flat, -_EDGE_M), flat.boundary
    found = []
    for street in streets:
        kept = shapely.intersection(plane.there([street.geometry])[0], inner)
        for line in shapely.get_parts(shapely.line_merge(_only_lines(kept))):
            if line.length > _EDGE_M:
                found.append(Street(_to_border(line, border), street.kind))
    return found


def _only_lines(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.MultiLineString(
        [part for part in shapely.get_parts(shape) if part.geom_type == "LineString" and part.length > 0]
    )


def _to_border(line: shapely.LineString, border: shapely.Geometry) -> shapely.LineString:
    """Both ends led on to the outline where that is near."""
    corners = shapely.get_coordinates(line)
    first, last = _lead(corners[0], corners[1], border), _lead(corners[-1], corners[-2], border)
    return shapely.LineString([*first, *corners, *last])


def _lead(end: NDArray[np.float64], before: NDArray[np.float64], border: shapely.Geometry) -> list[NDArray[np.float64]]:
    if shapely.distance(shapely.Point(end), border) > 1.5 * _EDGE_M:
        return []
    ahead = (end - before) / max(float(np.hypot(*(end - before))), 1e-9)
    return [end + ahead * 4 * _EDGE_M]


def _pieces(
    plane: Plane, flat: shapely.Geometry, within: Sequence[Weighed], homes: Sequence[Weighed], lines: Sequence[Street],
    finest: float,
) -> list[Weighed]:  # fmt: skip
    areas = [Weighed(plane.there([area.geometry])[0], area.households) for area in within]
    together = shapely.union_all([area.geometry for area in areas])
    if areas and together.area >= _COVERED * flat.area:
        rest = [Weighed(part, 0.0) for part in _large(shapely.difference(flat, together))]
        return [*areas, *rest]
    middles = shapely.point_on_surface(plane.there([home.geometry for home in homes])) if homes else []
    at, weights = shapely.get_coordinates(middles).reshape(-1, 2), [home.households for home in homes]
    return _blocks(flat, _Homes(at, np.array(weights, float)), lines, finest)


@dataclass(frozen=True)
class _Homes:
    """Where dwellings lie, in metres (a row each), and their households."""

    at: NDArray[np.float64]
    weights: NDArray[np.float64]

    def among(self, faces: Sequence[shapely.Geometry]) -> list["_Homes"]:
        """The homes of each face; one on a border between two belongs to the first."""
        left = np.ones(len(self.weights), bool)
        found = []
        for face in faces:
            inside = left & shapely.intersects_xy(face, self.at)
            left &= ~inside
            found.append(_Homes(self.at[inside], self.weights[inside]))
        return found


def _blocks(flat: shapely.Geometry, homes: _Homes, lines: Sequence[Street], finest: float) -> list[Weighed]:
    """The blocks between the streets with their homes; without any home, ground stands for households."""
    by_ground = not homes.weights.sum()
    total = flat.area if by_ground else float(homes.weights.sum())
    faces = _faces(flat, [flat.boundary, *(line.geometry for line in lines)])
    waiting, done = list(zip(faces, homes.among(faces), strict=True)), []
    while waiting:
        face, own = waiting.pop(0)
        held = face.area if by_ground else float(own.weights.sum())
        halves = _halved(face, own) if held > finest * total else []
        waiting = [*zip(halves, own.among(halves), strict=True), *waiting]
        if not halves:
            done.append(Weighed(face, held))
    return done


def _faces(whole: shapely.Geometry, lines: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
    """What lines cut a shape into."""
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(lines)]))
    return [face for face in faces if whole.contains(face.point_on_surface())]


def _halved(face: shapely.Polygon, homes: _Homes) -> list[shapely.Geometry]:
    """A block cut where half of its homes lie on either side, if possible across its longer side; [] if not at all."""
    if face.area < 2 * _SMALLEST_M2 or len(homes.weights) == 1:
        return []
    corners = shapely.get_coordinates(shapely.oriented_envelope(face))[:4]
    sides = sorted((corners[1] - corners[0], corners[2] - corners[1]), key=lambda side: -float(np.hypot(*side)))
    for axis in (side / max(float(np.hypot(*side)), 1e-9) for side in sides):
        middle = _middle(face, homes, axis)
        if middle is not None:
            halves = _faces(face, [face.boundary, _across(face, axis, middle)])
            if len(halves) > 1 and min(half.area for half in halves) > _SMALLEST_M2 / 4:
                return halves
    return []


def _across(face: shapely.Polygon, axis: NDArray[np.float64], middle: float) -> shapely.LineString:
    """A line through a face at right angles to an axis, ``middle`` metres along it."""
    right = np.array([-axis[1], axis[0]])
    beside = float(shapely.get_coordinates(face.centroid)[0] @ right)
    ends = (axis * middle + right * (beside + reach) for reach in (-face.length, face.length))
    return shapely.LineString(list(ends))


def _middle(face: shapely.Polygon, homes: _Homes, axis: NDArray[np.float64]) -> float | None:
    """How far along an axis half of the homes are reached, between two of them; None where all lie side by side."""
    if not len(homes.weights):
        return float(shapely.get_coordinates(face.centroid)[0] @ axis)
    at = homes.at @ axis
    order = np.argsort(at, kind="stable")
    at, run = at[order], np.cumsum(homes.weights[order])
    gaps = np.flatnonzero(np.diff(at) > 1.0)
    if not len(gaps):
        return None
    last = gaps[np.abs(run[gaps] - run[-1] / 2).argmin()]
    return float(at[last] + at[last + 1]) / 2


def _large(shape: shapely.Geometry) -> list[shapely.Geometry]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 1.0]


def _ground(flat: shapely.Geometry, pieces: Sequence[Weighed], lines: Sequence[Street], price: float) -> Ground:
    """Pieces as ground to be divided: a border costs its length by the street along it."""
    shapes = np.array([piece.geometry for piece in pieces], object)
    a, b = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=0.01)
    a, b = a[a < b], b[a < b]
    # The buffer finds the common border of drawings that miss each other by a centimetre as well.
    shared = shapely.intersection(
        shapely.boundary(shapes[a]), shapely.buffer(shapely.boundary(shapes[b]), 0.02, quad_segs=2)
    )
    kept = shapely.length(shared) > 1.0
    links: list[dict[int, float]] = [{} for _ in pieces]
    costs = _costs(shared[kept], lines) * price
    for one, other, cost in zip(a[kept].tolist(), b[kept].tolist(), costs.tolist(), strict=True):
        links[one][other] = links[other][one] = cost
    rim = shapely.length(shapely.intersection(shapes, flat.boundary)) > 0
    homes = np.array([piece.households for piece in pieces], float)
    return Ground(homes, shapely.area(shapes), shapely.get_coordinates(shapely.centroid(shapes)), links, rim)


def _costs(borders: NDArray[np.object_], lines: Sequence[Street]) -> NDArray[np.float64]:
    """Metres of borders, each at the price of the cheapest street along it, off all streets at that of a yard."""
    left, cost = borders, np.zeros(len(borders))
    for kind in sorted({line.kind for line in lines}, key=_price):
        near = shapely.buffer(
            shapely.union_all([line.geometry for line in lines if line.kind == kind]), _ALONG_M, quad_segs=3
        )
        shapely.prepare(near)
        rest = left.copy()
        met = shapely.intersects(near, left)
        rest[met] = shapely.difference(left[met], near)
        cost += (shapely.length(left) - shapely.length(rest)) * _price(kind)
        left = rest
    return np.asarray(cost + shapely.length(left) * BORDER_COST[Side.INNER])


def _price(kind: str) -> float:
    return STREET_COST.get(kind, BORDER_COST[Side.INNER])


def _share_along(shapes: Sequence[shapely.Geometry], flat: shapely.Geometry, lines: Sequence[Street]) -> float:
    """Of the borders between the parts, the share that runs along streets and waters."""
    borders = shapely.difference(
        shapely.union_all([shape.boundary for shape in shapes]), shapely.buffer(flat.boundary, 0.1)
    )
    if not borders.length or not lines:
        return 0.0
    near = shapely.buffer(shapely.union_all([line.geometry for line in lines]), _ALONG_M)
    return round(float(shapely.intersection(borders, near).length / borders.length), 3)
