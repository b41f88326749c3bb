"""Which datum an imported file really has: judged by the areas that are there, and asked for when unsure (B4)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db.queries.areas import AreaRow, AreaShape, list_area_shapes_by_id, list_area_shapes_in_box
from db.queries.boxes import Box
from geo.datum_fit import DatumFit, fit_datum
from geo.datums import DeclaredDatum, is_approximate, parse_datum, to_wgs84
from geo.errors import GeoRefusal
from services.areas.codes import CodeReader
from services.areas.plan import DatumReport, DatumUnsure, ImportWarning

_MOST = 1500  # areas of one kind to compare with
_AROUND_DEG = 0.02  # about 2 km: farther than the offset datums are apart
_WORLD: Box = (-180.0, -90.0, 180.0, 90.0)
_NO_EVIDENCE = ("geo.datum.no_reference", "geo.datum.no_evidence")
Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class Judged:
    """The report, outlines in WGS 84, and what to warn of."""

    report: DatumReport
    shapes: Shapes
    warnings: list[ImportWarning]


def judge_datum(
    session: Session,
    shapes: Shapes,
    codes: Sequence[str | None],
    level: str,
    label: DeclaredDatum,
    choice: str,
    present: Sequence[AreaRow],
    reader: CodeReader,
) -> Judged:
    """Find the datum and convert to WGS 84.

    ``label`` is what the file says, ``choice`` what the person says: ``auto`` or a datum. A person is believed, and
    told when the areas that are there contradict. Raises DatumUnsure, and the refusals of geo.datums.
    """
    chosen = parse_datum(choice)
    stated = label if chosen.is_auto else chosen
    known = _references(session, shapes, codes, level, stated, present, reader)
    fit = fit_datum(
        shapes, [shape.geometry for shape in known], stated,
        [reader.key(code, level) if code else None for code in codes],
        [reader.key(shape.code, shape.level) if shape.level == level else None for shape in known],
    )  # fmt: skip
    if chosen.is_auto and not fit.sure:
        nothing_said = label.is_auto and fit.reason in _NO_EVIDENCE
        reason = "areas.datum.no_label" if nothing_said else fit.reason
        raise DatumUnsure(**{**fit.values, "declared": str(label), "reason": reason})
    used = fit.used if chosen.is_auto else chosen
    reason = fit.reason if used == fit.used else "geo.datum.as_chosen"
    report = DatumReport(str(label), str(used), reason, fit.values, fit.sure)
    return Judged(report, to_wgs84(shapes, used), _warnings(label, chosen, used, fit))


def _warnings(label: DeclaredDatum, chosen: DeclaredDatum, used: DeclaredDatum, fit: DatumFit) -> list[ImportWarning]:
    found = []
    if chosen.is_auto and fit.is_corrected:
        found.append(ImportWarning("areas.warning.datum_corrected", {"declared": str(label), "used": str(used)}))
    if not chosen.is_auto and fit.sure and fit.used != chosen:
        found.append(ImportWarning("areas.warning.datum_contradicted", {"used": str(used), "found": str(fit.used)}))
    if chosen.is_auto and fit.reason in _NO_EVIDENCE:
        found.append(ImportWarning("areas.warning.datum_unchecked", {"used": str(used)}))
    if is_approximate(used):
        found.append(ImportWarning("areas.warning.datum_approximate", {"used": str(used)}))
    return found


def _references(
    session: Session,
    shapes: Shapes,
    codes: Sequence[str | None],
    level: str,
    stated: DeclaredDatum,
    present: Sequence[AreaRow],
    reader: CodeReader,
) -> list[AreaShape]:
    """Areas of the same codes, and those around: of the levels above, of the same one, of those below."""
    wanted = {reader.key(code, level) for code in codes if code}
    same = [area.id for area in present if area.level == level and reader.key(area.code, level) in wanted]
    found = list_area_shapes_by_id(session, same[:_MOST])
    place = reader.levels.index(level)
    for levels in (reader.levels[:place], (level,), reader.levels[place + 1 :]):
        around = list_area_shapes_in_box(session, _box(shapes, stated), levels, _MOST)
        found |= {shape.id: shape for shape in around}
    return list(found.values())


def _box(shapes: Shapes, stated: DeclaredDatum) -> Box:
    """Around the file's places, in degrees; the world where they cannot be read as degrees yet."""
    west, south, east, north = shapely.total_bounds(shapes)
    try:
        if stated.crs is not None:
            corner = shapely.box(west, south, east, north).segmentize(max(east - west, north - south) / 8 or 1)
            west, south, east, north = to_wgs84(corner, stated).bounds
    except GeoRefusal:
        return _WORLD
    if not (abs(west) <= 180 and abs(east) <= 180 and abs(south) <= 90 and abs(north) <= 90):
        return _WORLD
    return west - _AROUND_DEG, south - _AROUND_DEG, east + _AROUND_DEG, north + _AROUND_DEG
