"""From the rows of a file to cleaned rows: fields chosen, texts and numbers read, what cannot be used refused."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from domain.errors import Refusal
from domain.texts import EmptyText, clean_line
from geo.codes import as_code, as_codes
from geo.datums import DeclaredDatum
from geo.errors import LossyCode
from geo.reading import ReadResult, read_layer
from services.area_plan import LITERAL, ImportChoices, ImportWarning, MixedFiles, RefusedRow, Row, UnknownField

CODE_LENGTH, NAME_LENGTH = 64, 120
_SIDE_FILES = {".shp", ".shx", ".dbf", ".prj", ".cpg"}
_SOME = 20  # rows named in a warning


@dataclass
class RowsRead:
    """What came out of the files, coordinates as they are in them."""

    read: int
    declared: DeclaredDatum
    rows: list[Row]
    refused: list[RefusedRow] = field(default_factory=list)
    warnings: list[ImportWarning] = field(default_factory=list)


def read_rows(paths: Sequence[Path], choices: ImportChoices) -> RowsRead:
    """Read files and clean their rows. Raises what geo.reading refuses, UnknownField, MixedFiles."""
    results = [(group, read_layer(group, choices.layer, choices.encoding)) for group in _groups(paths)]
    declared = {str(result.declared_datum): result.declared_datum for _, result in results}
    if len(declared) > 1:
        raise MixedFiles(found=", ".join(declared))
    found = RowsRead(0, next(iter(declared.values())), [])
    for group, result in results:
        _add(found, group[0].name if len(results) > 1 else "", result, choices)
    return found


def _groups(paths: Sequence[Path]) -> list[list[Path]]:
    """Files that are read together: those of one shapefile; every other stands for itself."""
    groups: dict[object, list[Path]] = defaultdict(list)
    for path in paths:
        side = path.suffix.lower() in _SIDE_FILES
        groups[(path.parent, path.stem.lower()) if side else path].append(path)
    return list(groups.values())


def _add(found: RowsRead, file: str, result: ReadResult, choices: ImportChoices) -> None:
    frame = result.gdf
    codes, refused, uneven = _codes(frame, choices.code)
    names, parents = _column(frame, choices.name), _column(frame, choices.parent)
    households, unread = _households(_column(frame, choices.households))
    found.read += len(frame)
    found.warnings += [ImportWarning(note.code, dict(note.values)) for note in result.warnings]
    if uneven:
        found.warnings.append(ImportWarning("areas.warning.uneven_codes", {"field": choices.code}))
    if unread:
        found.warnings.append(ImportWarning("areas.warning.households_unread", some_rows(unread)))
    columns = zip(frame.index, codes, names, parents, households, frame.geometry.array, strict=True)
    for number, code, name, parent, count, shape in columns:
        try:
            text = _text(refused.get(number) or code, required=choices.code is not None)
            row = Row(int(number), file, text, _name(name), _parent(parent), count, _checked(shape))
            found.rows.append(row)
        except _Unusable as why:
            shown = code if isinstance(code, str) else None
            found.refused.append(RefusedRow(int(number), shown, why.reason, why.detail, file))


class _Unusable(Exception):
    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail


def _text(code: object, required: bool) -> str | None:
    if isinstance(code, LossyCode):
        raise _Unusable("lossy_code", str(code.values.get("value", "")))
    if code is None and not required:
        return None
    try:
        return clean_line(str(code) if code is not None else None, "code", CODE_LENGTH)
    except EmptyText as empty:
        raise _Unusable("no_code") from empty
    except Refusal as refusal:
        raise _Unusable(refusal.code) from refusal


def _name(value: Any) -> str:
    try:
        return clean_line(_as_text(value), "name", NAME_LENGTH)
    except EmptyText as empty:
        raise _Unusable("no_name") from empty
    except Refusal as refusal:
        raise _Unusable(refusal.code) from refusal


def _parent(value: Any) -> str | None:
    text = _as_text(value)
    return " ".join(text.split()) if text else None


def _as_text(value: Any) -> str | None:
    try:
        return as_code(value)
    except LossyCode:
        return str(value)


def _checked(shape: shapely.Geometry | None) -> shapely.Geometry:
    if shape is None or shape.is_empty:
        raise _Unusable("no_geometry")
    if shapely.get_dimensions(shape) < 2:
        raise _Unusable("no_polygon", shape.geom_type)
    if not np.isfinite(shapely.bounds(shape)).all() or not np.isfinite(shapely.get_coordinates(shape)).all():
        raise _Unusable("bad_coordinates")
    return shape


def _codes(frame: pd.DataFrame, field_name: str | None) -> tuple[list[str | None], dict[object, LossyCode], bool]:
    if field_name is None:
        return [None] * len(frame), {}, False
    found = as_codes(pd.Series(_column(frame, field_name), frame.index))
    return list(found.codes), found.refused, found.uneven


def _column(frame: pd.DataFrame, field_name: str | None) -> Any:
    if field_name is None:
        return [None] * len(frame)
    if field_name.startswith(LITERAL):
        return [field_name.removeprefix(LITERAL)] * len(frame)
    fields = [name for name in frame.columns if name != frame.geometry.name]
    if field_name not in fields:
        raise UnknownField(field=field_name, known=", ".join(map(str, fields))[:300])
    return frame[field_name]


def _households(column: Sequence[Any]) -> tuple[list[int | None], list[int]]:
    """Counts, and the positions from 1 of what is none."""
    counts: list[int | None] = []
    unread = []
    for position, value in enumerate(column, 1):
        count, fine = _count(value)
        counts.append(count)
        if not fine:
            unread.append(position)
    return counts, unread


def _count(value: Any) -> tuple[int | None, bool]:
    text = (_as_text(value) or "").replace(",", "").replace("，", "").removesuffix("户").strip()
    if not text:
        return None, True
    whole = text.removesuffix(".0")
    return (int(whole), True) if whole.isascii() and whole.isdigit() and len(whole) < 9 else (None, False)


def some_rows(numbers: Sequence[int]) -> dict[str, Any]:
    """Values of a warning about rows: how many, and the first of them."""
    return {"count": len(numbers), "rows": list(numbers[:_SOME])}
