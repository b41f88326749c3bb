"""Places in a table of any length: for each row the area it lies in (feature B2)."""

import csv
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from db.queries.areas import list_areas
from db.session import reading
from domain.errors import Refusal
from domain.permissions import EVERYWHERE, Actor, Permission, require
from geo.datums import DeclaredDatum, parse_datum, to_wgs84
from geo.encodings import find_encoding
from geo.errors import EmptyFile, UndeclaredDatum, Unreadable
from services.areas.locating import Finder, finder
from services.lists.cells import UnknownField
from services.system.maintenance import FileExists

ADDED = ("grid_code", "grid_name", "outside")
_CHUNK = 50_000
_SAMPLE = 4 * 2**20  # bytes from which the encoding and the delimiter are found
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ColumnTaken(Refusal):
    """The table has a column already that would be added. Values: column."""

    code = "column_taken"


@dataclass(frozen=True)
class LocateReport:
    """Rows read; of them located in an area, outside of all, and without readable coordinates."""

    path: str
    read: int
    located: int
    outside: int
    without_place: int


def locate_file(
    actor: Actor,
    source: Path,
    target: Path,
    lon: str,
    lat: str,
    datum: str = "wgs84",
    on_rows: Callable[[int, float], None] = lambda _rows, _share: None,
) -> LocateReport:
    """Copy a table with the columns grid_code, grid_name and outside added; memory does not grow with its length.

    outside is yes or no, empty where a row has no coordinates. The copy is UTF-8 with a byte-order mark, which Excel
    opens rightly. ``on_rows`` is told after every part how many rows are done and which share of the file that is.
    Raises EmptyFile, UnknownField, ColumnTaken, FileExists when both are the same file, and refusals of geo.datums.
    """
    require(actor, Permission.AREA_SEE)
    declared = parse_datum(datum)
    if declared.is_auto:
        raise UndeclaredDatum()
    if target.exists() and target.samefile(source):
        raise FileExists(name=target.name)
    part = target.with_name(f".{target.name}.part")
    try:
        with source.open(newline="", **_text(source)) as read, part.open("w", newline="", encoding="utf-8-sig") as out:
            report = _Locating(finder(), declared, lon, lat).copy(read, out, source, on_rows)
        os.replace(part, target)
    except csv.Error as broken:
        raise Unreadable(name=source.name, detail=str(broken)) from broken
    finally:
        part.unlink(missing_ok=True)
    return LocateReport(str(target), *report)


def _text(source: Path) -> dict[str, Any]:
    try:
        with source.open("rb") as file:
            head = file.read(_SAMPLE)
    except OSError as error:
        raise Unreadable(name=source.name, detail=error.strerror or "") from error
    if not head.strip():
        raise EmptyFile(name=source.name)
    lines = head[: head.rfind(b"\n") + 1] or head
    if lines.startswith((b"\xff\xfe", b"\xfe\xff")):
        return {"encoding": "utf-16", "errors": "replace"}
    found = find_encoding([lines]).name
    return {"encoding": "utf-8-sig" if found == "utf-8" else found, "errors": "replace"}


class _Locating:
    def __init__(self, areas: Finder, declared: DeclaredDatum, lon: str, lat: str) -> None:
        self._areas, self._declared, self._fields = areas, declared, (lon, lat)
        with reading(EVERYWHERE) as session:
            self._names = {area.code: area.name for area in list_areas(session)}

    def copy(
        self, read: TextIO, out: TextIO, source: Path, on_rows: Callable[[int, float], None]
    ) -> tuple[int, int, int, int]:
        """Rows read, located, outside, without a place."""
        counts = np.zeros(4, np.int64)
        size = max(source.stat().st_size, 1)
        delimiter = _delimiter(read.readline())
        read.seek(0)
        rows = csv.reader(read, delimiter=delimiter)
        writer = csv.writer(out, delimiter=delimiter)
        header = [name.strip() for name in next(rows)]
        columns = self._columns(header)
        writer.writerow([*header, *ADDED])
        filled = (row for row in rows if row)
        while part := list(islice(filled, _CHUNK)):
            counts += self._write(part, columns, len(header), writer)
            on_rows(int(counts[0]), min(read.buffer.tell() / size, 1.0))  # type: ignore[attr-defined]
        return int(counts[0]), int(counts[1]), int(counts[2]), int(counts[3])

    def _columns(self, header: Sequence[str]) -> tuple[int, int]:
        for name in self._fields:
            if name not in header:
                raise UnknownField(field=name, known=", ".join(header)[:300])
        if taken := next((name for name in ADDED if name in header), None):
            raise ColumnTaken(column=taken)
        return header.index(self._fields[0]), header.index(self._fields[1])

    def _write(self, part: list[list[str]], columns: tuple[int, int], width: int, writer: Any) -> np.ndarray:
        x, y = (np.array([_number(row, column) for row in part]) for column in columns)
        placed = np.isfinite(x + y) & (np.abs(x) <= 1e8) & (np.abs(y) <= 1e8)
        lon, lat = self._in_wgs84(x, y, placed)
        codes = self._areas.locate_many(lon, lat)
        for row, code, known in zip(part, codes, placed, strict=True):
            padded = row + [""] * (width - len(row))
            writer.writerow([*padded, *self._added(code, bool(known))])
        found = np.array([code is not None for code in codes])
        return np.array([len(part), found.sum(), (placed & ~found).sum(), (~placed).sum()])

    def _in_wgs84(self, x: np.ndarray, y: np.ndarray, placed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Only rows with coordinates are converted: one that is no place on earth must not refuse the whole table."""
        if self._declared.crs is None:
            placed &= (np.abs(x) <= 180) & (np.abs(y) <= 90)
        lon, lat = np.full(len(x), np.nan), np.full(len(y), np.nan)
        lon[placed], lat[placed] = to_wgs84((x[placed], y[placed]), self._declared)
        return lon, lat

    def _added(self, code: str | None, placed: bool) -> tuple[str, str, str]:
        if code is None:
            return "", "", "yes" if placed else ""
        return _harmless(code), _harmless(self._names.get(code, "")), "no"


def _number(row: list[str], column: int) -> float:
    try:
        return float(row[column])
    except (ValueError, IndexError):
        return float("nan")


def _delimiter(header: str) -> str:
    return max(",\t;|", key=header.count)


def _harmless(text: str) -> str:
    """A name that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{text}" if text.startswith(_FORMULA) else text
