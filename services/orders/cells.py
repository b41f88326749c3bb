"""One cell of a work order as a value: texts, phones, coordinates, moments that are over (feature N1)."""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time
from math import isfinite
from typing import Any

from domain.clock import to_local
from domain.errors import Refusal
from domain.orders import UnreadableCell
from domain.texts import clean_line, clean_text
from geo.workbooks import Cell
from services.lists.files import without_guard
from services.people.register import clean_phone

_MOST_DEGREES = 1e8  # metres of a projected datum come in the same columns


class OddCell(ValueError):
    """A cell that is read otherwise than written: as ``value``. ``kind`` and ``word`` stand in a warning."""

    def __init__(self, kind: str, word: str = "", value: Any = None) -> None:
        self.kind, self.word, self.value = kind, word[:60], value
        super().__init__(kind)


def bare(cell: Cell) -> Cell:
    """A cell without the apostrophe by which our own files keep a text from being run."""
    return without_guard(cell) if isinstance(cell, str) else cell


def as_said(cell: Cell) -> str:
    """A cell as text: whole numbers without a point, moments as in Chinese tables."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def text_of(cell: Cell) -> str:
    """A cell as text, "" for an empty one."""
    return "" if cell is None else as_said(bare(cell))


def texts_of(cells: Sequence[Cell]) -> list[str]:
    """Those of the cells that are not empty, as texts."""
    return [text for cell in cells if (text := text_of(cell))]


def line_of(text: str, field: str, most: int) -> str:
    """A text as one line. Raises UnreadableCell."""
    if _is_clean(text):
        text = text.strip()
        if len(text) <= most:
            return text
    try:
        return clean_line(text, field, most, required=False)
    except Refusal as refusal:
        raise UnreadableCell(refusal.code, field) from refusal


def words_of(text: str, most: int) -> str:
    """A text of several lines. Raises UnreadableCell."""
    if _is_clean(text) and len(text) <= most:
        return text.strip()
    try:
        return clean_text(text, "description", most, required=False)
    except Refusal as refusal:
        raise UnreadableCell(refusal.code, "description") from refusal


def _is_clean(text: str) -> bool:
    return text.isprintable() and "  " not in text and unicodedata.is_normalized("NFC", text)


def phone_of(cell: Cell) -> str | None:
    """A phone number, None for an empty cell. Raises OddCell."""
    try:
        return clean_phone(said) if (said := text_of(cell)) else None
    except Refusal as refusal:
        raise OddCell("bad_phone") from refusal  # it is somebody's: it stands in no finding


def degrees_of(cell: Cell) -> float:
    """A longitude or latitude as it stands, NaN where it is none."""
    try:
        found = cell if type(cell) is float else float(str(bare(cell)).rstrip("°"))
    except ValueError:
        return float("nan")
    return found if isfinite(found) and abs(found) < _MOST_DEGREES else float("nan")


def later_that_day(closed_at: datetime, reported_at: datetime) -> datetime:
    """A day without a time of day is not before an hour of the same day. Raises UnreadableCell."""
    local = to_local(closed_at)
    if local.time() == time() and local.date() == to_local(reported_at).date():
        return reported_at
    raise UnreadableCell("closed_before_reported")
