"""Codes of areas as they come out of files: text keeps its zeros, numbers become text only when nothing is lost."""

import math
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.errors import LossyCode

_EXACT_FLOAT = 10**15  # a spreadsheet keeps 15 digits of a number
_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+")


@dataclass(frozen=True)
class Codes:
    """codes: text or None per row; refused: row label to the refusal; uneven: lengths differ in a column of numbers.

    Uneven numbers are a sign of lost leading zeros, which cannot be brought back: the caller warns.
    """

    codes: pd.Series
    refused: dict[object, LossyCode]
    uneven: bool


def as_code(value: object) -> str | None:
    """One cell as a code; None for an empty one.

    Text stays as it is but for blanks around it. Raises LossyCode for a fraction, a truth value, a floating-point
    number of more than 15 digits, and for text that a spreadsheet left in scientific notation (3.10107E+17).
    """
    if isinstance(value, np.floating):
        value = float(value)
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str):
        text = value.strip()
        if _SCIENTIFIC.fullmatch(text):
            raise LossyCode(value=text)
        return text or None
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOAT:
        return str(int(value))
    raise LossyCode(value=str(value)[:50])


def as_codes(column: pd.Series) -> Codes:
    """A column of a file as codes, with what could not be taken over. The index is kept."""
    codes, refused = [], {}
    for row, value in column.items():
        try:
            codes.append(as_code(value))
        except LossyCode as lossy:
            codes.append(None)
            refused[row] = lossy
    lengths = {len(code) for code in codes if code is not None}
    numbers = pd.api.types.is_numeric_dtype(column)
    return Codes(pd.Series(codes, column.index, object), refused, numbers and len(lengths) > 1)
