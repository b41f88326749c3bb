"""The town as a mosaic: cells with exactly shared edges on the ground, and who touches whom along what."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.town.pieces import Piece, Side
from geo.town.slots import Cell
from geo.town.warp import STEP, Warp

SNAP = 0.2  # metres on the board between two corners: rounding degrees must not make one of them


@dataclass(frozen=True)
class Mosaic:
    """faces: one ground polygon per cell, a valid coverage. Edges between cells a < b: metres and side kind.

    rim: True for cells at the town's edge.
    """

    faces: NDArray[np.object_]
    pairs: NDArray[np.int64]  # (m, 2) cells
    lengths: NDArray[np.float64]
    sides: NDArray[np.int64]  # Side values
    rim: NDArray[np.bool_]


def lay_mosaic(cells: list[Cell], warp: Warp) -> Mosaic:
    """Faces and links of the cells. Every edge is bent once, so that both neighbours own the same points."""
    segments = _node(np.array([shapely.Polygon(cell.piece.points) for cell in cells]))
    lines = _bend(segments, warp)
    centres = np.array([cell.piece.centroid for cell in cells])
    flat = _faces(shapely.linestrings(segments.reshape(-1, 2, 2)), centres)
    return Mosaic(_faces(lines, warp(centres)), *_links(segments, lines, flat, cells))


def _faces(lines: NDArray[np.object_], centres: NDArray[np.float64]) -> NDArray[np.object_]:
    """The faces between lines in the order of the cells whose middles are given."""
    faces = np.array(shapely.get_parts(shapely.polygonize(lines)))
    order = _owner(faces, centres)
    if (order < 0).any() or len(set(order.tolist())) != len(faces):
        raise AssertionError("the mosaic of cells has a gap or an overlap")
    return faces[order]


def _node(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """All sides of the cells, cut wherever another side meets them; shape (n, 4): u0, v0, u1, v1."""
    rings = shapely.get_exterior_ring(shapes)
    merged = shapely.union_all(rings, grid_size=SNAP)
    parts = shapely.get_parts(merged)
    coordinates, owner = shapely.get_coordinates(parts, return_index=True)
    same = owner[1:] == owner[:-1]
    segments = np.hstack([coordinates[:-1][same], coordinates[1:][same]])
    flip = (segments[:, 0] > segments[:, 2]) | ((segments[:, 0] == segments[:, 2]) & (segments[:, 1] > segments[:, 3]))
    segments[flip] = segments[flip][:, [2, 3, 0, 1]]
    return np.unique(segments, axis=0)


def _bend(segments: NDArray[np.float64], warp: Warp) -> NDArray[np.object_]:
    """One ground line per segment; its end points are computed once per place."""
    places, index = np.unique(segments.reshape(-1, 2), axis=0, return_inverse=True)
    ends = warp(places)[index.reshape(-1)].reshape(-1, 2, 2)
    counts = np.maximum(1, np.ceil(np.hypot(*(segments[:, 2:] - segments[:, :2]).T) / (1.6 * STEP))).astype(int)
    owner = np.repeat(np.arange(len(segments)), counts + 1)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(counts + 1) - counts - 1, counts + 1)
    share = (rank / counts[owner])[:, None]
    points = warp(segments[owner, :2] * (1 - share) + segments[owner, 2:] * share)
    points[rank == 0], points[rank == counts[owner]] = ends[:, 0], ends[:, 1]
    return shapely.linestrings(points, indices=owner)


def _links(
    segments: NDArray[np.float64], lines: NDArray[np.object_], shapes: NDArray[np.object_], cells: list[Cell]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """Pairs of cells that share an edge, its metres on the ground, what runs along it; cells at the edge."""
    along = segments[:, 2:] - segments[:, :2]
    normal = np.column_stack([-along[:, 1], along[:, 0]]) / np.hypot(*along.T)[:, None] * (SNAP / 10)
    middle = (segments[:, :2] + segments[:, 2:]) / 2
    left, right = (_owner(shapes, middle + normal), _owner(shapes, middle - normal))
    inner = (left >= 0) & (right >= 0) & (left != right)
    pairs = np.sort(np.column_stack([left, right])[inner], axis=1)
    sides = [_side(cells[a], cells[b], m) for (a, b), m in zip(pairs.tolist(), middle[inner].tolist(), strict=True)]
    rim = np.zeros(len(cells), dtype=bool)
    rim[np.maximum(left, right)[(left < 0) | (right < 0)]] = True
    return pairs, shapely.length(lines[inner]), np.array(sides, dtype=np.int64), rim


def _owner(shapes: NDArray[np.object_], points: NDArray[np.float64]) -> NDArray[np.int64]:
    owner = np.full(len(points), -1)
    point, shape = shapely.STRtree(shapes).query(shapely.points(points), predicate="within")
    owner[point] = shape
    return owner


def _side(a: Cell, b: Cell, middle: tuple[float, float]) -> Side:
    """The kind of the side at a point between two cells; what one of them calls inner is inner only in one block."""
    if a.block == b.block:
        return Side.INNER
    return min(_nearest_side(a.piece, middle), _nearest_side(b.piece, middle))


def _nearest_side(piece: Piece, at: tuple[float, float]) -> Side:
    best, found = np.inf, Side.INNER
    for i, side in enumerate(piece.sides):
        (ax, ay), (bx, by) = piece.points[i], piece.points[(i + 1) % len(piece.points)]
        dx, dy = bx - ax, by - ay
        away = abs(dx * (at[1] - ay) - dy * (at[0] - ax)) / max((dx * dx + dy * dy) ** 0.5, 1e-9)
        if away < best - 1e-6:
            best, found = away, side
    return found
