"""Vector tiles (Mapbox Vector Tile 2.1) of polygons, lines and points, cut and written with numpy.

Two steps, so that colours may change without cutting again: ``cut`` turns geometries into tile geometry, and
``write_layer`` joins them with properties. A tile is the concatenation of its layers' bytes.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

EXTENT = 4096  # units across a tile
TILE_PX = 512  # CSS pixels that a tile covers when it is drawn at its own scale
BUFFER = 96  # units kept beyond the edge: a stroke of 24 px is cut nowhere
HALF_WORLD = 20037508.342789244  # metres, EPSG:3857
_RADIUS = 6378137.0
_POINT, _LINE, _POLYGON = 1, 2, 3
_SHORT = [bytes([number]) for number in range(0x80)]  # most numbers of a tile
_KIND_OF_TYPE = np.array([_POINT, _LINE, _LINE, _POLYGON, _POINT, _LINE, _POLYGON, 0])  # by shapely type id

Value = str | int | float | None
Geometries = NDArray[np.object_]


@dataclass(frozen=True)
class Cut:
    """Geometries as one tile holds them: ``rows`` are their places in the input, with kind and encoded geometry."""

    rows: NDArray[np.intp]
    kinds: NDArray[np.int_]
    encoded: list[bytes]


def tile_bounds(z: int, x: int, y: int, buffer: float = 0) -> tuple[float, float, float, float]:
    """(min x, min y, max x, max y) of a tile in EPSG:3857 metres, grown by `buffer` tile units on each side."""
    size = 2 * HALF_WORLD / 2**z
    grow = size * buffer / EXTENT
    left, top = -HALF_WORLD + x * size, HALF_WORLD - y * size
    return left - grow, top - size - grow, left + size + grow, top + grow


def tile_box(z: int, x: int, y: int, buffer: float = BUFFER) -> tuple[float, float, float, float]:
    """(west, south, east, north) of a tile in EPSG:4326 degrees, grown by `buffer` tile units."""
    left, bottom, right, top = tile_bounds(z, x, y, buffer)
    [[west, south], [east, north]] = from_mercator(np.array([[left, bottom], [right, top]])).tolist()
    return west, south, east, north


def to_mercator(lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2) EPSG:4326 degrees → (n, 2) EPSG:3857 metres. Latitudes beyond ±85.06 are pulled to the map's edge."""
    lon_lat = np.asarray(lon_lat, dtype=float)
    lat = np.radians(np.clip(lon_lat[:, 1], -85.0511287798066, 85.0511287798066))
    return np.column_stack([np.radians(lon_lat[:, 0]) * _RADIUS, np.arctanh(np.sin(lat)) * _RADIUS])


def from_mercator(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2) EPSG:3857 metres → (n, 2) EPSG:4326 degrees."""
    xy = np.asarray(xy, dtype=float)
    return np.degrees(np.column_stack([xy[:, 0] / _RADIUS, np.arcsin(np.tanh(xy[:, 1] / _RADIUS))]))


def project(geometries: Geometries) -> Geometries:
    """Geometries EPSG:4326 → EPSG:3857, same shape and order; None stays None."""
    return shapely.transform(np.asarray(geometries, dtype=object), to_mercator)


def cut(geometries: Geometries, z: int, x: int, y: int, tolerance_px: float = 0.4) -> Cut:
    """Clip (EPSG:3857, any mix of types but collections) to a tile, simplify by `tolerance_px` screen pixels, encode.

    Points are kept only in the tile that holds them, so that a label is drawn once; all else keeps a buffer.
    What is smaller than a tile unit after rounding is left out.
    """
    geometries = np.asarray(geometries, dtype=object)
    rows = np.arange(len(geometries))
    kinds = _KIND_OF_TYPE[shapely.get_type_id(geometries)]
    points, rest = rows[kinds == _POINT], rows[(kinds == _LINE) | (kinds == _POLYGON)]
    shapes = _cut_shapes(geometries[rest], kinds[rest], z, x, y, tolerance_px)
    spots = _cut_points(geometries[points], z, x, y)
    return Cut(
        np.concatenate([rest[shapes.rows], points[spots.rows]]),
        np.concatenate([shapes.kinds, spots.kinds]),
        shapes.encoded + spots.encoded,
    )


def _cut_points(points: Geometries, z: int, x: int, y: int) -> Cut:
    units = _to_units(shapely.get_coordinates(points), z, x, y)
    inside = np.flatnonzero(((units >= 0) & (units < EXTENT)).all(axis=1))
    commands = np.column_stack([np.full(len(inside), 9), _zigzag(units[inside])])
    return Cut(inside, np.full(len(inside), _POINT), _split_varints(commands.ravel(), np.full(len(inside), 3)))


def _cut_shapes(geometries: Geometries, kinds: NDArray[np.int_], z: int, x: int, y: int, tolerance_px: float) -> Cut:
    bounds = tile_bounds(z, x, y, BUFFER)
    unit = (bounds[2] - bounds[0]) / (EXTENT + 2 * BUFFER)
    clipped = shapely.clip_by_rect(geometries, *bounds)
    clipped = shapely.simplify(clipped, tolerance_px * unit * EXTENT / TILE_PX, preserve_topology=False)
    parts, row_of_part = shapely.get_parts(clipped, return_index=True)
    part_kind = _KIND_OF_TYPE[shapely.get_type_id(parts)]
    fits = (part_kind == kinds[row_of_part]) & ~shapely.is_empty(parts)  # clipping may leave a line of a polygon
    parts, row_of_part = parts[fits], row_of_part[fits]
    strokes, part_of_stroke = _strokes(parts)
    row_of_stroke = row_of_part[part_of_stroke]
    units, stroke_of_point = _round_off(strokes, kinds[row_of_stroke] == _POLYGON, z, x, y)
    length = np.bincount(stroke_of_point, minlength=len(strokes))
    least = np.where(kinds[row_of_stroke] == _POLYGON, 3, 2)
    kept = length >= least
    units, row_of_stroke, length = units[kept[stroke_of_point]], row_of_stroke[kept], length[kept]
    return _encode_shapes(units, length, row_of_stroke, kinds)


def _strokes(parts: Geometries) -> tuple[Geometries, NDArray[np.intp]]:
    """Rings of polygons (outer rings clockwise on screen, as the format wants) and lines, with the part of each."""
    if len(parts) == 0:
        return parts, np.array([], dtype=np.intp)
    polygon = shapely.get_type_id(parts) == 3
    where = np.arange(len(parts))
    rings, ring_part = shapely.get_rings(shapely.orient_polygons(parts[polygon], exterior_cw=True), return_index=True)
    strokes = np.concatenate([rings, parts[~polygon]])
    owner = np.concatenate([where[polygon][ring_part], where[~polygon]])
    order = np.argsort(owner, kind="stable")
    return strokes[order], owner[order]


def _round_off(
    strokes: Geometries, closed: NDArray[np.bool_], z: int, x: int, y: int
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Tile units of all points, without the closing point of rings and without repeated points."""
    coordinates, owner = shapely.get_coordinates(strokes, return_index=True)
    units = _to_units(coordinates, z, x, y)
    if len(units) == 0:
        return units, owner
    ends_ring = np.append(owner[1:] != owner[:-1], True) & closed[owner]
    repeats = np.append(False, (units[1:] == units[:-1]).all(axis=1) & (owner[1:] == owner[:-1]))
    keep = ~(ends_ring | repeats)
    return units[keep], owner[keep]


def _encode_shapes(
    units: NDArray[np.int64], length: NDArray[np.intp], row_of_stroke: NDArray[np.intp], kinds: NDArray[np.int_]
) -> Cut:
    """Commands of every stroke: MoveTo first point, LineTo the others, ClosePath for rings; one varint pass for all."""
    if len(length) == 0:
        return Cut(np.array([], dtype=np.intp), np.array([], dtype=np.int_), [])
    closed = (kinds[row_of_stroke] == _POLYGON).astype(int)
    first_point = np.cumsum(length) - length
    size = 2 * length + 2 + closed
    start = np.cumsum(size) - size
    new_row = np.append(True, row_of_stroke[1:] != row_of_stroke[:-1])
    steps = np.diff(units, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    steps[first_point[new_row]] = units[first_point[new_row]]  # the cursor starts anew with each feature
    commands = np.empty(size.sum(), dtype=np.int64)
    nth = np.arange(len(units)) - np.repeat(first_point, length)
    place = np.repeat(start, length) + 1 + 2 * nth + (nth > 0)
    commands[place], commands[place + 1] = _zigzag(steps).T
    commands[start] = 9
    commands[start + 3] = ((length - 1) << 3) | 2
    commands[(start + size - 1)[closed == 1]] = 15
    rows = row_of_stroke[new_row]
    return Cut(rows, kinds[rows], _split_varints(commands, np.add.reduceat(size, np.flatnonzero(new_row))))


def _to_units(coordinates: NDArray[np.float64], z: int, x: int, y: int) -> NDArray[np.int64]:
    left, _, right, top = tile_bounds(z, x, y)
    scale = EXTENT / (right - left)
    shifted = np.column_stack([coordinates[:, 0] - left, top - coordinates[:, 1]]) * scale
    return np.rint(shifted).astype(np.int64)


def _zigzag(values: NDArray[np.int64]) -> NDArray[np.int64]:
    return (values << 1) ^ (values >> 63)


def _split_varints(values: NDArray[np.int64], counts: NDArray[np.int_]) -> list[bytes]:
    """Varint bytes of `values`, split into runs of `counts` values."""
    if len(values) == 0:
        return []
    width = np.ones(len(values), dtype=np.int64)
    for bits in (7, 14, 21, 28):
        width += values >= (1 << bits)
    after = np.cumsum(width)
    out = np.empty(after[-1], dtype=np.uint8)
    for k in range(int(width.max())):
        has = width > k
        more = np.where(width[has] > k + 1, 0x80, 0)
        out[(after - width)[has] + k] = ((values[has] >> (7 * k)) & 0x7F) | more
    whole = out.tobytes()
    ends = [0, *after[np.cumsum(counts) - 1].tolist()]
    return [whole[a:b] for a, b in pairwise(ends)]


def write_layer(
    name: str, shapes: Cut, ids: Sequence[int] | None, columns: Mapping[str, Sequence[Value]], extent: int = EXTENT
) -> bytes:
    """One layer of a tile. `ids` and each of `columns` hold one value per geometry that was given to ``cut``.

    A value of None leaves the property out. An empty layer is no bytes at all.
    """
    if len(shapes.rows) == 0:
        return b""
    keys = list(columns)
    values: dict[tuple[type, Value], int] = {}
    body = bytearray(_field(1, name.encode()))
    for row, kind, encoded in zip(shapes.rows.tolist(), shapes.kinds.tolist(), shapes.encoded, strict=True):
        tags = bytearray()
        for key, column in enumerate(columns.values()):
            value = column[row]
            if value is not None:
                number = values.setdefault((type(value), value), len(values))
                tags += _varint(key) + _varint(number)
        head = b"\x08" + _varint(int(ids[row])) if ids is not None else b""
        body += _field(2, head + _field(2, bytes(tags)) + b"\x18" + bytes([kind]) + _field(4, encoded))
    for key_name in keys:
        body += _field(3, key_name.encode())
    for _, value in values:
        body += _field(4, _value(value))
    body += b"\x28" + _varint(extent) + b"\x78\x02"
    return _field(3, bytes(body))


def _value(value: Value) -> bytes:
    if isinstance(value, str):
        return _field(1, value.encode())
    if isinstance(value, float):
        return b"\x19" + struct.pack("<d", value)
    assert value is not None
    return b"\x30" + _varint((value << 1) ^ (value >> 63))


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(number: int) -> bytes:
    if number < 0x80:
        return _SHORT[number]
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
