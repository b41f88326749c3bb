"""Tables as files for a spreadsheet: CSV that Excel opens with its Chinese, and .xlsx; nothing in them is run (N4)."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import xlsxwriter

from domain.clock import to_local

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MOST_CHARACTERS = 32_767  # of one cell
MOST_ROWS = 1_048_575  # below the header of one sheet


class ListFormat(StrEnum):
    """The kinds of file."""

    CSV = "csv"
    XLSX = "xlsx"


MIME = {
    ListFormat.CSV: "text/csv",
    ListFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def harmless(text: str) -> str:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def without_guard(text: str) -> str:
    """A text as it was before ``harmless``: without the apostrophe before such a sign."""
    return text[1:] if text.startswith("'") and text.startswith(_FORMULA, 1) else text


def list_file(format: ListFormat, sheet: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A table as the bytes of a file. Instants are written on a Shanghai clock; None is an empty cell."""
    plain = ([_plain(cell) for cell in row] for row in rows)
    return _csv(header, plain) if format is ListFormat.CSV else _xlsx(sheet, header, plain)


def _plain(cell: Any) -> str | float | int:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, datetime):
        return f"{to_local(cell) if cell.tzinfo else cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, date):
        return cell.isoformat()
    return cell if isinstance(cell, int | float) and cell == cell and abs(cell) < 1e14 else str(cell)


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([harmless(name) for name in header])
    writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", "replace")  # the mark tells Excel that it is UTF-8


def _xlsx(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(_sheet_name(name))
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for column, title in enumerate(header):
            sheet.write_string(0, column, title, bold)
        for at, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    if cell:
                        sheet.write_string(at, column, harmless(cell)[:_MOST_CHARACTERS])
                else:
                    sheet.write_number(at, column, cell)
    return out.getvalue()


def _sheet_name(name: str) -> str:
    return "".join(sign for sign in name if sign not in "[]:*?/\\'")[:31] or "1"
