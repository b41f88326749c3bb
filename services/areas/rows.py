"""From the rows of a file to cleaned rows: fields chosen, texts and numbers read, what cannot be used refused."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely

from geo.datums import DeclaredDatum
from geo.reading import ReadResult, read_layer
from services.areas.plan import ImportChoices, ImportWarning, MixedFiles, RefusedRow, Row
from services.lists.cells import Unusable, as_count, as_text, codes_of, column_of, some_rows, usable_code, usable_name

_SIDE_FILES = {".shp", ".shx", ".dbf", ".prj", ".cpg"}


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
    results = [(group, read_layer(group, choices.layer, choices.encoding)) for group in groups_of(paths)]
    declared = {str(result.declared_datum): result.declared_datum for _, result in results}
    if len(declared) > 1:
        raise MixedFiles(found=", ".join(declared))
    found = RowsRead(0, next(iter(declared.values())), [])
    for group, result in results:
        _add(found, group[0].name if len(results) > 1 else "", result, choices)
    return found


def groups_of(paths: Sequence[Path]) -> list[list[Path]]:
    """Files that are read together: those of one shapefile; every other stands for itself."""
    groups: dict[object, list[Path]] = defaultdict(list)
    for path in paths:
        side = path.suffix.lower() in _SIDE_FILES
        groups[(path.parent, path.stem.lower()) if side else path].append(path)
    return list(groups.values())


def _add(found: RowsRead, file: str, result: ReadResult, choices: ImportChoices) -> None:
    frame = result.gdf
    codes, uneven = codes_of(frame, choices.code)
    counts = [as_count(cell) for cell in column_of(frame, choices.households)]
    unread = [number for number, (_, fine) in zip(frame.index, counts, strict=True) if not fine]
    found.read += len(frame)
    found.warnings += [ImportWarning(note.code, dict(note.values)) for note in result.warnings]
    if uneven:
        found.warnings.append(ImportWarning("areas.warning.uneven_codes", {"field": choices.code}))
    if unread:
        found.warnings.append(ImportWarning("areas.warning.households_unread", some_rows(unread)))
    names, parents = column_of(frame, choices.name), column_of(frame, choices.parent)
    columns = zip(frame.index, codes, names, parents, counts, frame.geometry.array, strict=True)
    for number, code, name, parent, (count, _), shape in columns:
        try:
            text = usable_code(code, required=choices.code is not None)
            above = " ".join((as_text(parent) or "").split()) or None
            found.rows.append(Row(int(number), file, text, usable_name(name), above, count, _checked(shape)))
        except Unusable as why:
            shown = code if isinstance(code, str) else None
            found.refused.append(RefusedRow(int(number), shown, why.reason, why.detail, file))


def _checked(shape: shapely.Geometry | None) -> shapely.Geometry:
    if shape is None or shape.is_empty:
        raise Unusable("no_geometry")
    if shapely.get_dimensions(shape) < 2:
        raise Unusable("no_polygon", shape.geom_type)
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise Unusable("bad_coordinates")
    return shape
