"""From the flat drawing board to the ground: a smooth deformation that bends straight streets.

The town is drawn with straight lines on a board (u, v in metres) and bent afterwards, so that every street, block
and bank curves together and no topology has to be repaired. The deformation never folds: see ``Warp.calmed``.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

Points = NDArray[np.float64]  # shape (n, 2)
Spot = tuple[float | None, float | None]  # a place, a column or a row of the board
STEP = 15.0  # metres between the points of a bent line
LEAST_STRETCH = 0.62  # square metres of ground per square metre of board


@dataclass(frozen=True)
class Wave:
    """One sine: shift (du, dv) in metres, wave vector (ku, kv) in radians per metre, phase.

    ``around`` limits it to a Gaussian of ``reach`` metres: (u, None) columns, (None, v) rows, (u, v) a spot.
    """

    shift: tuple[float, float]
    vector: tuple[float, float]
    phase: float
    around: Spot = (None, None)
    reach: float = 1.0

    def apply(self, board: Points) -> Points:
        """Shift (n, 2) in metres that this wave adds at the board points."""
        height = np.sin(board @ np.asarray(self.vector) + self.phase)
        for axis, middle in enumerate(self.around):
            if middle is not None:
                height = height * np.exp(-(((board[:, axis] - middle) / self.reach) ** 2))
        return height[:, None] * np.asarray(self.shift)


@dataclass(frozen=True)
class Warp:
    """Board (u, v) to ground (x east, y north), both in metres."""

    waves: tuple[Wave, ...]
    angle: float = 0.0  # radians, anticlockwise
    scale: float = 1.0
    origin: tuple[float, float] = (0.0, 0.0)

    def __call__(self, board: Points) -> Points:
        """Ground coordinates of board points, shape (n, 2) both."""
        board = np.asarray(board, dtype=float).reshape(-1, 2)
        bent = board + sum((wave.apply(board) for wave in self.waves), np.zeros(2))
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        turned = np.column_stack([bent[:, 0] * cos - bent[:, 1] * sin, bent[:, 0] * sin + bent[:, 1] * cos])
        return turned * self.scale - np.asarray(self.origin)

    def line(self, board: Points, step: float = STEP) -> shapely.LineString:
        """A board polyline, bent."""
        return shapely.LineString(self(densify(board, step)))

    def ring(self, board: Points, step: float = STEP) -> shapely.Polygon:
        """A board polygon given by its open corners, bent."""
        corners = np.asarray(board, dtype=float)
        return shapely.Polygon(self(densify(np.vstack([corners, corners[:1]]), step)))

    def rescaled(self, factor: float, origin: tuple[float, float]) -> "Warp":
        """The same bend, ``factor`` times as large, with the ground point ``origin`` (after scaling) at 0, 0."""
        return replace(self, scale=self.scale * factor, origin=origin)

    def calmed(self, low: tuple[float, float], high: tuple[float, float], mesh: float = 40.0) -> "Warp":
        """The same bend, so much gentler that no ground between two board corners is folded or much squeezed.

        mesh: metres between the places that are looked at.
        """
        us, vs = (np.arange(a, b, mesh) for a, b in zip(low, high, strict=True))
        board = np.stack(np.meshgrid(us, vs), axis=-1).reshape(-1, 2)
        warp = self
        while warp._least_stretch(board) < LEAST_STRETCH:
            waves = (replace(w, shift=(w.shift[0] * 0.9, w.shift[1] * 0.9)) for w in warp.waves)
            warp = replace(warp, waves=tuple(waves))
        return warp

    def _least_stretch(self, board: Points) -> float:
        """The smallest area that a square metre of the board takes on the ground."""
        along = (self(board + np.array([1.0, 0.0])) - self(board - np.array([1.0, 0.0]))) / 2
        across = (self(board + np.array([0.0, 1.0])) - self(board - np.array([0.0, 1.0]))) / 2
        return float((along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0]).min())

    def direction(self, board: Points, axis: int) -> NDArray[np.float64]:
        """Angle in radians on the ground of the board's axis (0: u, 1: v) at each point."""
        board = np.asarray(board, dtype=float).reshape(-1, 2)
        ahead = np.zeros(2)
        ahead[axis] = 1.0
        along = self(board + ahead) - self(board - ahead)
        return np.arctan2(along[:, 1], along[:, 0])


def densify(points: Points, step: float) -> Points:
    """The polyline with a point at least every ``step`` metres; its own corners stay."""
    points = np.asarray(points, dtype=float)
    pieces = [points[:1]]
    for start, end in pairwise(points):
        parts = max(1, int(np.ceil(np.hypot(*(end - start)) / step)))
        pieces.append(start + (end - start) * (np.arange(1, parts + 1) / parts)[:, None])
    return np.vstack(pieces)


def random_waves(rng: np.random.Generator, size: float) -> tuple[Wave, ...]:
    """Four long waves for a town about ``size`` metres across; together they bend a street by about 15 degrees."""
    waves = []
    for _ in range(4):
        length = rng.uniform(0.8, 1.8) * max(size, 900.0)
        waves.append(_shear(rng, length, length * rng.uniform(0.016, 0.027)))
    return tuple(waves)


def _shear(
    rng: np.random.Generator, length: float, height: float, around: Spot = (None, None), reach: float = 1.0
) -> Wave:
    """A wave in any direction that shifts along its own crests: it bends lines and keeps areas."""
    heading = rng.uniform(0, 2 * np.pi)
    cos, sin = float(np.cos(heading)), float(np.sin(heading))
    vector = (2 * np.pi / length * cos, 2 * np.pi / length * sin)
    return Wave((-sin * height, cos * height), vector, rng.uniform(0, 2 * np.pi), around, reach)


def meander(rng: np.random.Generator, row: float, lengths: tuple[float, ...], share: float) -> tuple[Wave, ...]:
    """Waves that make the board row ``row`` wind like a river; ``share`` is height per wave length."""
    return tuple(
        Wave(
            (0.0, length * share),
            (2 * np.pi / length, 0.0),
            rng.uniform(0, 2 * np.pi),
            (None, row),
            length * 0.42,
        )
        for length in lengths
    )


def lanes(rng: np.random.Generator, spot: tuple[float, float], reach: float) -> tuple[Wave, ...]:
    """Short waves around a spot of the board, for the winding lanes of an old quarter."""
    waves = []
    for _ in range(3):
        length = rng.uniform(130, 230)
        waves.append(_shear(rng, length, length * rng.uniform(0.016, 0.024), spot, reach))
    return tuple(waves)
