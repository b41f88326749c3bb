"""One cell of an imported file: text, code, count, or the reason why it cannot be used."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from domain.errors import Refusal
from domain.texts import EmptyText, clean_line
from geo.codes import as_code, as_codes
from geo.errors import LossyCode

LITERAL = "="  # "=Text" in place of a field's name: that text for every row
CODE_LENGTH, NAME_LENGTH = 64, 120
_SOME = 20  # rows named in a warning


class UnknownField(Refusal):
    """A field that the file does not have. Values: field, known."""

    code = "unknown_field"


class Unusable(Exception):
    """The row cannot be used: ``reason`` is a key of ``areas.refused.*``. Not a refusal of the whole file."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(reason)


def column_of(frame: pd.DataFrame, field: str | None) -> Any:
    """The cells of a field; ``=text`` stands for that text in every row, None for nothing. Raises UnknownField."""
    if field is None:
        return [None] * len(frame)
    if field.startswith(LITERAL):
        return [field.removeprefix(LITERAL)] * len(frame)
    known = [str(name) for name in frame.columns if name != "geometry"]
    if field not in known:
        raise UnknownField(field=field, known=", ".join(known)[:300])
    return frame[field]


def codes_of(frame: pd.DataFrame, field: str | None) -> tuple[list[str | LossyCode | None], bool]:
    """The codes of a field, and whether numbers among them differ in length, as they do where zeros were lost."""
    if field is None:
        return [None] * len(frame), False
    found = as_codes(pd.Series(column_of(frame, field), frame.index))
    return [found.refused.get(row, code) for row, code in found.codes.items()], found.uneven


def usable_code(code: str | LossyCode | None, required: bool) -> str | None:
    """A code as it is stored. Raises Unusable."""
    if isinstance(code, LossyCode):
        raise Unusable("lossy_code", str(code.values.get("value", "")))
    if code is None and not required:
        return None
    return _line(code, "code", CODE_LENGTH)


def usable_name(value: Any) -> str:
    """A name as it is stored. Raises Unusable."""
    return _line(as_text(value), "name", NAME_LENGTH)


def _line(text: str | None, field: str, most: int) -> str:
    try:
        return clean_line(text, field, most)
    except EmptyText as empty:
        raise Unusable(f"no_{field}") from empty
    except Refusal as refusal:
        raise Unusable(refusal.code) from refusal


def as_text(value: Any) -> str | None:
    """Any cell as text; None for an empty one."""
    try:
        return as_code(value)
    except LossyCode:
        return str(value)


def as_count(value: Any) -> tuple[int | None, bool]:
    """A number of households, and whether the cell could be read: "1,200", "312户", 312.0 can, an empty one is None."""
    text = (as_text(value) or "").replace(",", "").replace("，", "").removesuffix("户").strip()
    if not text:
        return None, True
    whole = text.removesuffix(".0")
    return (int(whole), True) if whole.isascii() and whole.isdigit() and len(whole) < 9 else (None, False)


def some_rows(numbers: Sequence[int]) -> dict[str, Any]:
    """Values of a warning about rows: how many, and the first of them."""
    return {"count": len(numbers), "rows": list(numbers[:_SOME])}
