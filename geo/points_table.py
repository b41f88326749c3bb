"""Tables with one place per row: CSV and its relatives. Every cell stays text, so that codes keep their zeros."""

import csv
import io
from dataclasses import dataclass, field

import numpy as np
import shapely

from geo.errors import EmptyFile, NoCoordinateColumns, TooManyRows, Unreadable
from geo.intake import ReadNote

LON_NAMES = ("lon", "lng", "long", "longitude", "经度", "x", "point_x", "gcj_lng", "wgs_lng")
LAT_NAMES = ("lat", "latitude", "纬度", "y", "point_y", "gcj_lat", "wgs_lat")
_DELIMITERS = ",\t;|，"
_MOST_ROWS_NAMED = 20


@dataclass(frozen=True)
class Table:
    """Column names and rows of text; short rows are filled with None."""

    fields: list[str]
    rows: list[list[str | None]]
    notes: list[ReadNote] = field(default_factory=list)


def read_table(name: str, text: str, most_rows: int) -> Table:
    """Split a delimited text with a header line; the delimiter is the one the header has most of.

    Raises EmptyFile without rows, TooManyRows, Unreadable when the quoting is broken.
    """
    header = text.lstrip("\ufeff\r\n ").split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=header.count)
    try:
        lines = [line for line in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True) if any(line)]
    except csv.Error as broken:
        raise Unreadable(name=name, detail=str(broken)) from broken
    if len(lines) < 2:
        raise EmptyFile(name=name)
    if len(lines) - 1 > most_rows:
        raise TooManyRows(rows=len(lines) - 1, limit=most_rows)
    fields = _unique([cell.strip() for cell in lines[0]])
    uneven = [number for number, line in enumerate(lines[1:], 1) if len(line) != len(fields)]
    notes = [ReadNote("geo.note.uneven_rows", {"count": len(uneven), "rows": _some(uneven)})] if uneven else []
    return Table(fields, [_filled(line, len(fields)) for line in lines[1:]], notes)


def _filled(line: list[str], width: int) -> list[str | None]:
    return [cell.strip() or None for cell in line[:width]] + [None] * (width - len(line))


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    for number, name in enumerate(names):
        base = name or f"column_{number + 1}"
        seen[base] = seen.get(base, 0) + 1
        names[number] = base if seen[base] == 1 else f"{base}_{seen[base]}"
    return names


def _some(rows: list[int]) -> str:
    return ", ".join(map(str, rows[:_MOST_ROWS_NAMED])) + (" …" if len(rows) > _MOST_ROWS_NAMED else "")


def coordinate_columns(fields: list[str], lon: str | None, lat: str | None) -> tuple[str, str]:
    """The columns of longitude (or x) and latitude (or y): those named, else by their usual names in any case.

    Raises NoCoordinateColumns.
    """
    by_name = {name.strip().lower(): name for name in reversed(fields)}
    found_lon = lon if lon else next((by_name[name] for name in LON_NAMES if name in by_name), None)
    found_lat = lat if lat else next((by_name[name] for name in LAT_NAMES if name in by_name), None)
    if found_lon not in fields or found_lat not in fields:
        raise NoCoordinateColumns(columns=", ".join(fields)[:300])
    return str(found_lon), str(found_lat)


def points_of(table: Table, lon: str, lat: str) -> tuple[np.ndarray, list[ReadNote]]:
    """A point per row, None where a coordinate is missing, no number, or both are 0, and notes on what was odd."""
    at_lon, at_lat = table.fields.index(lon), table.fields.index(lat)
    x = np.array([_number(row[at_lon]) for row in table.rows])
    y = np.array([_number(row[at_lat]) for row in table.rows])
    missing = ~np.isfinite(x + y) | ((x == 0) & (y == 0))
    points = np.full(len(x), None, object)
    points[~missing] = shapely.points(x[~missing], y[~missing])
    notes = []
    if missing.any() and not missing.all():
        rows = (np.flatnonzero(missing) + 1).tolist()
        notes.append(ReadNote("geo.note.rows_without_place", {"count": len(rows), "rows": _some(rows)}))
    if _looks_swapped(x[~missing], y[~missing]):
        notes.append(ReadNote("geo.note.looks_swapped", {"lon": lon, "lat": lat}))
    return points, notes


def _number(cell: str | None) -> float:
    try:
        return float((cell or "nan").rstrip("°"))
    except ValueError:
        return float("nan")


def _looks_swapped(lon: np.ndarray, lat: np.ndarray) -> bool:
    """China lies between 73 and 136 E, 3 and 54 N, which do not overlap."""
    return bool(len(lon)) and bool(((lon > 3) & (lon < 54) & (lat > 73) & (lat < 136)).all())
