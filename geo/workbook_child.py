"""Reads one workbook in a process of its own that may be killed. Started by geo.workbooks, never imported.

A request as JSON on standard input, the sheets as JSON in ``answer.json`` of the working folder. A cell is a text, a
number, a truth value, or ["at", ISO text] for a moment, a day or a time of day; empty cells are None.
"""

import json
import sys
from typing import Any

from geo.confined import limit


def cell(value: Any) -> Any:
    """One cell as JSON has it."""
    if value == "":
        return None
    if isinstance(value, str | bool | int | float):
        return value
    return ["at", value.isoformat()] if hasattr(value, "isoformat") else str(value)


def sheets(request: dict[str, Any]) -> dict[str, Any]:
    """The sheets asked for (all without a name), each with one row more than the limit at most."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    found = []
    book = CalamineWorkbook.from_path(request["path"])
    for meta in book.sheets_metadata:
        if meta.typ is not SheetTypeEnum.WorkSheet or (request["sheet"] or meta.name) != meta.name:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        rows = []
        for row in sheet.iter_rows():
            rows.append([cell(value) for value in row])
            if len(rows) > request["rows"]:
                break
        hidden = meta.visible is not SheetVisibleEnum.Visible
        merged = [[*first, *last] for first, last in sheet.merged_cell_ranges or ()]
        found.append({"name": meta.name, "hidden": hidden, "rows": rows, "merged": merged})
    return {"sheets": found, "names": book.sheet_names}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request, or what was wrong."""
    try:
        return sheets(request)
    except MemoryError:
        return {"too_heavy": True}
    except Exception as error:  # whatever the reader raises is the answer: the file cannot be read
        return {"error": f"{type(error).__name__}: {error}".replace(request["path"], "")[:500]}


if __name__ == "__main__":
    asked = json.loads(sys.stdin.buffer.read())
    limit(asked["memory"], asked["cpu_seconds"])
    said = json.dumps(answer(asked), ensure_ascii=True)
    with open("answer.json", "w", encoding="ascii") as file:
        file.write(said)
