"""Convex pieces of the drawing board, cut like cake: every side knows which street it lies on."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

Point = tuple[float, float]
TOUCH = 1e-6  # metres: nearer to the knife than this counts as on it


class Side(IntEnum):
    """What runs along a side of a piece, from the strongest divide to the weakest."""

    WATER = 0
    AVENUE = 1
    ARTERIAL = 2
    COLLECTOR = 3
    LOCAL = 4
    LANE = 5
    INNER = 6


@dataclass(frozen=True)
class Piece:
    """A convex polygon, anticlockwise; ``sides[i]`` runs from ``points[i]`` to the next point."""

    points: tuple[Point, ...]
    sides: tuple[Side, ...]

    @property
    def area(self) -> float:
        """Square metres on the board."""
        return area_of(self.points)

    @property
    def centroid(self) -> Point:
        """Centre of gravity of the area."""
        return centroid_of(self.points)


def rectangle(left: float, low: float, right: float, high: float, sides: tuple[Side, Side, Side, Side]) -> Piece:
    """A board rectangle; ``sides`` in the order bottom, right, top, left."""
    return Piece(((left, low), (right, low), (right, high), (left, high)), sides)


def area_of(points: tuple[Point, ...]) -> float:
    """Area of an anticlockwise polygon in square metres."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1], strict=True)) / 2


def centroid_of(points: tuple[Point, ...]) -> Point:
    """Centre of gravity of an anticlockwise polygon."""
    x = y = total = 0.0
    origin = points[0]
    for b, c in pairwise(points[1:]):
        part = (b[0] - origin[0]) * (c[1] - origin[1]) - (c[0] - origin[0]) * (b[1] - origin[1])
        x += part * (origin[0] + b[0] + c[0]) / 3
        y += part * (origin[1] + b[1] + c[1]) / 3
        total += part
    return (x / total, y / total) if total > TOUCH else origin


def extent(points: tuple[Point, ...], along: Point) -> tuple[float, float]:
    """Least and greatest position of the points along a direction."""
    values = [x * along[0] + y * along[1] for x, y in points]
    return min(values), max(values)


def cut(piece: Piece, at: Point, along: Point, side: Side) -> tuple[Piece | None, Piece | None]:
    """The parts left and right of the line through ``at`` in direction ``along``; None where nothing remains."""
    left: tuple[list[Point], list[Side]] = ([], [])
    right: tuple[list[Point], list[Side]] = ([], [])
    offsets = [_offset(point, at, along) for point in piece.points]
    for i, (point, kind) in enumerate(zip(piece.points, piece.sides, strict=True)):
        here, there = offsets[i], offsets[(i + 1) % len(offsets)]
        ahead = piece.points[(i + 1) % len(offsets)]
        _walk(left, point, ahead, here, there, kind, side)
        _walk(right, point, ahead, -here, -there, kind, side)
    return _closed(*left), _closed(*right)


def _offset(point: Point, at: Point, along: Point) -> float:
    value = along[0] * (point[1] - at[1]) - along[1] * (point[0] - at[0])
    return 0.0 if abs(value) < TOUCH else value


def _walk(
    part: tuple[list[Point], list[Side]],
    point: Point,
    ahead: Point,
    here: float,
    there: float,
    kind: Side,
    knife: Side,
) -> None:
    """Add what the side from ``point`` to ``ahead`` gives to the part where offsets are positive."""
    points, sides = part
    if here > 0 or (here == 0 and there > 0):
        points.append(point)
        sides.append(kind)
    elif here == 0:
        points.append(point)
        sides.append(knife)
    if here * there < 0:
        points.append(_crossing(point, ahead, here, there))
        sides.append(kind if there > 0 else knife)


def _crossing(a: Point, b: Point, here: float, there: float) -> Point:
    if b < a:  # the same arithmetic whichever way the side is walked, so that neighbours agree to the last bit
        a, b, here, there = b, a, there, here
    share = here / (here - there)
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)


def _closed(points: list[Point], sides: list[Side]) -> Piece | None:
    if len(points) < 3 or area_of(tuple(points)) < 1e-3:
        return None
    return Piece(tuple(points), tuple(sides))


def inset(piece: Piece, distance: Callable[[Side], float]) -> Piece | None:
    """The piece pushed inwards from each side by ``distance(side)`` metres; None if nothing remains."""
    inner: Piece | None = piece
    for i, side in enumerate(piece.sides):
        a, b = piece.points[i], piece.points[(i + 1) % len(piece.points)]
        length = ((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5
        if inner is None or length < TOUCH:
            continue
        along = ((b[0] - a[0]) / length, (b[1] - a[1]) / length)
        push = distance(side)
        inner = cut(inner, (a[0] - along[1] * push, a[1] + along[0] * push), along, side)[0]
    return inner


def chord(piece: Piece, at: Point, along: Point) -> tuple[Point, Point] | None:
    """Where the line through ``at`` enters and leaves the piece, in the line's direction; None if it misses."""
    left, _ = cut(piece, at, along, Side.INNER)
    hits = [p for p in left.points if abs(_offset(p, at, along)) < 1e-4] if left else []
    if len(hits) < 2:
        return None
    hits.sort(key=lambda p: p[0] * along[0] + p[1] * along[1])
    return hits[0], hits[-1]
