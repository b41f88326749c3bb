"""Outlines on their way into the database: repaired, parts of one area put together, measured, labelled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import TangledGeometry, UnusableGeometry
from geo.metric import area_m2
from geo.repair import repair
from services.areas.plan import ImportWarning, RefusedRow, RepairedRow, Row
from services.lists.cells import some_rows

_POLYGON, _MULTIPOLYGON = 3, 6


@dataclass
class Mended:
    """Rows with valid outlines, and what became of the others."""

    rows: list[Row]
    repaired: list[RepairedRow]
    refused: list[RefusedRow]


def mend(rows: Sequence[Row]) -> Mended:
    """Repair what is no valid polygon; a row of which no area is left, or which is a knot, is refused."""
    shapes = np.array([row.geometry for row in rows], object)
    kinds = shapely.get_type_id(shapes)
    fine = shapely.is_valid(shapes) & ((kinds == _POLYGON) | (kinds == _MULTIPOLYGON))
    found = Mended([], [], [])
    for row, valid in zip(rows, fine, strict=True):
        try:
            mended, reason = (row.geometry, None) if valid else repair(row.geometry)
        except UnusableGeometry as refusal:
            found.refused.append(row.refused("tangled" if isinstance(refusal, TangledGeometry) else "no_area"))
            continue
        found.rows.append(row.with_geometry(shapely.force_2d(mended)))
        if reason is not None:
            place = (reason.lon, reason.lat)
            found.repaired.append(RepairedRow(row.number, row.code, reason.reason, reason.lost_m2, *place, row.file))
    return found


@dataclass
class Joined:
    """One row for each area; ``numbers`` are the rows of the file that it came from."""

    rows: list[Row]
    numbers: list[tuple[int, ...]]
    warnings: list[ImportWarning]

    @property
    def merged(self) -> int:
        """Rows that became part of another's area."""
        return sum(len(numbers) - 1 for numbers in self.numbers)

    def only(self, kept: Sequence[bool]) -> "Joined":
        """Some of the areas."""
        return Joined(list(compress(self.rows, kept)), list(compress(self.numbers, kept)), self.warnings)


def join(rows: Sequence[Row], keys: Sequence[str]) -> Joined:
    """Rows of one key become one area with several parts. Where they differ, the first row's name counts."""
    groups: dict[str, list[Row]] = {}
    for row, key in zip(rows, keys, strict=True):
        groups.setdefault(key, []).append(row)
    found = Joined([], [], [])
    for group in groups.values():
        found.rows.append(group[0] if len(group) == 1 else _joined(group, found.warnings))
        found.numbers.append(tuple(row.number for row in group))
    return found


def _joined(group: list[Row], warnings: list[ImportWarning]) -> Row:
    first, said = group[0], {"code": group[0].code or "", **some_rows([row.number for row in group])}
    if len({row.name for row in group}) > 1:
        names = list(dict.fromkeys(row.name for row in group))
        warnings.append(ImportWarning("areas.warning.names_differ", {**said, "names": names, "used": first.name}))
    counts = {row.households for row in group if row.households is not None}
    if len(counts) > 1:
        warnings.append(ImportWarning("areas.warning.households_differ", {**said, "found": sorted(counts)}))
    households = counts.pop() if len(counts) == 1 else None
    parents = list(dict.fromkeys(row.parent for row in group if row.parent))
    if len(parents) > 1:
        warnings.append(ImportWarning("areas.warning.parents_differ", {**said, "found": parents, "used": parents[0]}))
    outline = shapely.union_all([row.geometry for row in group])
    return replace(first, geometry=outline, households=households, parent=parents[0] if parents else None)


@dataclass(frozen=True)
class Measured:
    """Outlines as they are stored, with figures parallel to them. Label points in degrees, EPSG:4326."""

    shapes: NDArray[np.object_]
    m2: NDArray[np.float64]
    parts: NDArray[np.int64]
    labels: NDArray[np.float64]

    def only(self, kept: Sequence[bool]) -> "Measured":
        """Those of some rows."""
        which = np.array(kept, bool)
        return Measured(self.shapes[which], self.m2[which], self.parts[which], self.labels[which])


def measure(shapes: Sequence[shapely.Geometry]) -> Measured:
    """WGS 84 polygons as MultiPolygons with area, number of parts and a label point inside the largest part."""
    parts, owner = shapely.get_parts(np.array(shapes, object), return_index=True)
    whole = shapely.multipolygons(parts, indices=owner)
    sizes = shapely.area(parts)
    order = np.lexsort((-sizes, owner))  # the largest part of each area comes first
    first = order[np.unique(owner[order], return_index=True)[1]]
    return Measured(whole, np.round(area_m2(whole), 2), shapely.get_num_geometries(whole), _label_points(parts[first]))


def _label_points(parts: NDArray[np.object_]) -> NDArray[np.float64]:
    """The centroid where it lies well inside, else a point that GEOS finds inside."""
    centres = shapely.centroid(parts)
    outside = ~shapely.contains_properly(parts, centres)
    centres[outside] = shapely.point_on_surface(parts[outside])
    return shapely.get_coordinates(centres)
