"""Rectangles that fit into convex sites on the ground, and figures laid out in them."""

from dataclasses import dataclass

import numpy as np

from geo.town.warp import Points


@dataclass(frozen=True)
class Frame:
    """A rectangle on the ground: middle, size in metres, angle of its width in radians."""

    middle: tuple[float, float]
    width: float
    depth: float
    angle: float

    def place(self, figure: Points) -> Points:
        """Ground coordinates of points given in metres from the middle, along width and depth."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        figure = np.asarray(figure, dtype=float)
        turned = np.column_stack([figure[:, 0] * cos - figure[:, 1] * sin, figure[:, 0] * sin + figure[:, 1] * cos])
        return turned + np.asarray(self.middle)

    def turned(self) -> "Frame":
        """The same rectangle seen from its side."""
        return Frame(self.middle, self.depth, self.width, self.angle + np.pi / 2)

    def part(self, left: float, right: float, low: float, high: float) -> "Frame":
        """A part of the rectangle, bounds as shares 0–1 of width and depth."""
        dx = ((left + right) / 2 - 0.5) * self.width
        dy = ((low + high) / 2 - 0.5) * self.depth
        middle = self.place(np.array([[dx, dy]]))[0]
        return Frame(
            (float(middle[0]), float(middle[1])),
            (right - left) * self.width,
            (high - low) * self.depth,
            self.angle,
        )

    def corners(self, margin: float = 0.0) -> Points:
        """The rectangle's four corners on the ground, pulled in by ``margin`` metres."""
        return self.place(box(0, 0, self.width - 2 * margin, self.depth - 2 * margin))


def box(x: float, y: float, width: float, depth: float) -> Points:
    """Corners of a rectangle with its middle at x, y."""
    w, d = width / 2, depth / 2
    return np.array([[x - w, y - d], [x + w, y - d], [x + w, y + d], [x - w, y + d]])


def _local(site: Points, angle: float) -> tuple[Points, Points]:
    middle = site.mean(axis=0)
    cos, sin = np.cos(-angle), np.sin(-angle)
    moved = site - middle
    return np.column_stack([moved[:, 0] * cos - moved[:, 1] * sin, moved[:, 0] * sin + moved[:, 1] * cos]), middle


def _span(polygon: Points, y: float) -> tuple[float, float] | None:
    """Where a level line crosses a convex polygon."""
    nexts = np.roll(polygon, -1, axis=0)
    low, high = np.minimum(polygon[:, 1], nexts[:, 1]), np.maximum(polygon[:, 1], nexts[:, 1])
    hit = (low <= y) & (y <= high) & (high > low)
    if hit.sum() < 2:
        return None
    a, b = polygon[hit], nexts[hit]
    xs = a[:, 0] + (b[:, 0] - a[:, 0]) * (y - a[:, 1]) / (b[:, 1] - a[:, 1])
    return float(xs.min()), float(xs.max())


def _fit(polygon: Points, low: float, high: float) -> tuple[float, float] | None:
    """The widest rectangle between two levels of a convex polygon."""
    bottom, top = _span(polygon, low), _span(polygon, high)
    if bottom is None or top is None:
        return None
    left, right = max(bottom[0], top[0]), min(bottom[1], top[1])
    return (left, right) if right > left else None


def row_frame(site: Points, angle: float, depth: float) -> Frame | None:
    """The longest rectangle of a given depth, in the middle of a convex site; None if it does not fit.

    Where the site is a little too shallow, the rectangle is up to a quarter less deep.
    """
    polygon, middle = _local(site, angle)
    low, high = polygon[:, 1].min(), polygon[:, 1].max()
    depth = min(depth, (high - low) - 1.0) if high - low >= 0.75 * depth + 1.0 else 0.0
    if not depth:
        return None
    centre = (low + high) / 2
    span = _fit(polygon, centre - depth / 2, centre + depth / 2)
    return _frame(span, centre, depth, angle, middle) if span else None


def _frame(span: tuple[float, float], centre: float, depth: float, angle: float, middle: Points) -> Frame:
    local = Frame((float(middle[0]), float(middle[1])), 1.0, 1.0, angle)
    spot = local.place(np.array([[(span[0] + span[1]) / 2, centre]]))[0]
    return Frame((float(spot[0]), float(spot[1])), span[1] - span[0], depth, angle)


def largest_frame(site: Points, angle: float) -> Frame | None:
    """About the largest rectangle at a given angle in a convex site."""
    polygon, middle = _local(site, angle)
    levels = np.linspace(polygon[:, 1].min(), polygon[:, 1].max(), 15)
    best, found = 0.0, None
    for i, low in enumerate(levels[:-1]):
        for high in levels[i + 1 :]:
            span = _fit(polygon, low + 0.01, high - 0.01)
            if span and (span[1] - span[0]) * (high - low) > best:
                best = (span[1] - span[0]) * (high - low)
                found = _frame(span, (low + high) / 2, high - low, angle, middle)
    return found
