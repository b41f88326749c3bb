"""Tables as offices send them: .xlsx, .xls and .csv of strangers, as plain rows of cells (features N1, C2).

Nothing here trusts a name. A workbook is weighed before it is unpacked and read by a process of its own with limits on
memory and time; a text may be UTF-8, with or without a byte-order mark, UTF-16 or GB 18030.
"""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path, PurePosixPath
from typing import Any

from geo.archives import refuse_bomb, refuse_large_directory
from geo.encodings import decode_text
from geo.errors import (
    ArchiveTooLarge,
    BrokenArchive,
    EmptyFile,
    FileTooLarge,
    KindMismatch,
    NotASheet,
    TooHeavy,
    TooManyRows,
    UnknownLayer,
    Unreadable,
)
from geo.intake import ReadLimits

Cell = str | float | int | bool | datetime | date | time | None
EXTENSIONS = (".xlsx", ".xls", ".csv", ".tsv", ".txt")
"""What a file chooser should offer."""
WORKBOOK_LIMITS = ReadLimits(file_size=100 * 2**20, rows=300_000, memory=2 * 2**30, cpu_seconds=60, wall_seconds=90)

_CHILD = Path(__file__).with_name("workbook_child.py")
_BOOKS = (".xlsx", ".xls")
_DELIMITERS = ",\t;|"
_OLD_BOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK = 2**20
_KILLED_FOR_COST = {-signal.SIGABRT, *(-getattr(signal, name, 0) for name in ("SIGKILL", "SIGXCPU", "SIGXFSZ"))}


@dataclass(frozen=True)
class Sheet:
    """One sheet from its first line on: ``rows[0]`` is line 1 of the file. Rows may differ in length.

    ``merged``: (first row, first column, last row, last column) of merged cells, counted from 0; the value stands in
    the first of them.
    """

    name: str
    rows: list[list[Cell]]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden: bool = False

    def unmerged(self) -> "Sheet":
        """The same with the value of merged cells in each of them."""
        rows = [list(row) for row in self.rows]
        for top, left, bottom, right in self.merged:
            value = rows[top][left] if top < len(rows) and left < len(rows[top]) else None
            for row in rows[top : bottom + 1]:
                row[left : right + 1] = [value] * len(row[left : right + 1])
        return replace(self, rows=rows, merged=())


def read_sheets(name: str, raw: bytes, sheet: str | None = None, limits: ReadLimits = WORKBOOK_LIMITS) -> list[Sheet]:
    """The sheets of a file that hold anything, or the one asked for; a text file is one sheet named like the file.

    Raises NotASheet, KindMismatch, EmptyFile, FileTooLarge, ArchiveTooLarge, BrokenArchive, TooManyRows,
    TooHeavy, Unreadable, and UnknownLayer for a sheet that is not there.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in EXTENSIONS:
        raise NotASheet(name=name)
    if len(raw) > limits.file_size:
        raise FileTooLarge(name=name, megabytes=len(raw) // 2**20, limit=limits.file_size // 2**20)
    if not raw.strip():
        raise EmptyFile(name=name)
    found = _read_book(name, raw, sheet, limits) if suffix in _BOOKS else [_read_text(name, raw, limits)]
    found = [one for one in found if any(cell is not None for row in one.rows for cell in row)]
    if not found:
        raise EmptyFile(name=name)
    return found


def _read_text(name: str, raw: bytes, limits: ReadLimits) -> Sheet:
    if raw.startswith((b"PK\3\4", _OLD_BOOK)):
        raise KindMismatch(name=name, found="zip" if raw.startswith(b"PK") else "binary")
    text, _ = decode_text(raw)
    if "\0" in text[:_CHUNK]:
        raise KindMismatch(name=name, found="binary")
    head = text.lstrip("\ufeff\r\n ")[:4096].splitlines()[:12]
    delimiter = max(_DELIMITERS, key=lambda sign: max((line.count(sign) for line in head), default=0))
    rows: list[list[Cell]] = []
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows.append([cell.strip() or None for cell in line])
            if len(rows) > limits.rows + 1:
                raise TooManyRows(rows=len(rows) - 1, limit=limits.rows)
    except csv.Error as broken:
        raise Unreadable(name=name, detail=str(broken)) from broken
    return Sheet(PurePosixPath(name).stem, rows)


def _read_book(name: str, raw: bytes, sheet: str | None, limits: ReadLimits) -> list[Sheet]:
    zipped = raw.startswith(b"PK")
    if not zipped and not raw.startswith(_OLD_BOOK):
        raise KindMismatch(name=name, found="text" if raw.isascii() or b"\0" not in raw[:_CHUNK] else "binary")
    if zipped:
        _weigh(name, raw, limits)
    with tempfile.TemporaryDirectory(prefix="linge-book-") as folder:
        path = Path(folder) / ("data.xlsx" if zipped else "data.xls")
        path.write_bytes(raw)
        answer = _ask(name, path, sheet, limits)
    if sheet is not None and sheet not in answer["names"]:
        raise UnknownLayer(layer=sheet, layers=", ".join(answer["names"])[:300])
    found = []
    for one in answer["sheets"]:
        if len(one["rows"]) > limits.rows + 1:
            raise TooManyRows(rows=len(one["rows"]) - 1, limit=limits.rows)
        rows = [[_cell(value) for value in row] for row in one["rows"]]
        found.append(Sheet(one["name"], rows, tuple(tuple(span) for span in one["merged"]), one["hidden"]))
    return found


def _weigh(name: str, raw: bytes, limits: ReadLimits) -> None:
    """Unpack piece by piece without keeping anything: what an archive declares of itself may be a lie."""
    refuse_large_directory(name, raw)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            refuse_bomb(name, members, len(raw), limits.unpacked_size, limits.archive_members)
            left = limits.unpacked_size
            for member in members:
                with archive.open(member) as packed:
                    while piece := packed.read(_CHUNK):
                        left -= len(piece)
                        if left < 0:
                            raise ArchiveTooLarge(name=name)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError, ValueError, EOFError) as broken:
        raise BrokenArchive(name=name) from broken


def _ask(name: str, path: Path, sheet: str | None, limits: ReadLimits) -> dict[str, Any]:
    request = {"path": str(path), "sheet": sheet, "rows": limits.rows + 1, "memory": limits.memory,
               "cpu_seconds": limits.cpu_seconds}  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 our own script and interpreter, no shell
            [sys.executable, "-P", "-s", str(_CHILD)],
            input=json.dumps(request).encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=path.parent,
            env=_environment(path.parent), timeout=limits.wall_seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        raise TooHeavy(name=name) from late
    reply = path.with_name("answer.json")
    answer: dict[str, Any] = (
        json.loads(reply.read_text("ascii")) if done.returncode == 0 and reply.exists() else {"code": done.returncode}
    )
    if "too_heavy" in answer or answer.get("code") in _KILLED_FOR_COST:
        raise TooHeavy(name=name)
    if "sheets" not in answer:
        raise Unreadable(name=name, detail=answer.get("error", f"exit {done.returncode}"))
    return answer


def _environment(folder: Path) -> dict[str, str]:
    windows = {"SYSTEMROOT": os.path.expandvars("%SYSTEMROOT%")} if os.name == "nt" else {}  # nothing starts without
    root = str(_CHILD.parent.parent)
    return windows | {
        "PYTHONPATH": os.pathsep.join([root, *(path for path in sys.path if path)]),
        "LANG": "C.UTF-8",
        "TMPDIR": str(folder),
        "MALLOC_ARENA_MAX": "2",
    }


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return value.strip() or None
    if not isinstance(value, list):
        return value  # type: ignore[no-any-return]
    said = str(value[1])
    for kind in (date.fromisoformat, time.fromisoformat, datetime.fromisoformat):
        try:
            return kind(said)  # type: ignore[no-any-return]
        except ValueError:
            continue
    return said
