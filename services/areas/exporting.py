"""Areas out to files: GeoJSON, GeoPackage, Excel. Each export is recorded (features N2, N4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

import geopandas as gpd
import xlsxwriter

from db.queries.areas import list_area_shapes
from db.queries.audit import add_audit_entry
from db.session import reading, transaction
from domain.clock import utc_now
from domain.errors import Refusal
from domain.permissions import EVERYWHERE, Actor, Permission, require
from geo.writing import AreaFormat, write_areas
from services.areas.register import AreaView, list_areas


class ExportFormat(StrEnum):
    """What areas are written as; the value is the file's extension."""

    GEOJSON = "geojson"
    GPKG = "gpkg"
    XLSX = "xlsx"


class UnknownFormat(Refusal):
    """Values: format, known."""

    code = "unknown_format"


@dataclass(frozen=True)
class ExportReport:
    """What was written."""

    path: str
    format: str
    areas: int
    without_outline: int


_COLUMNS = (
    "code", "name", "level", "parent", "parent_name", "kind", "households", "area_m2", "parts", "label_lon",
    "label_lat", "valid_from", "source_datum",
)  # fmt: skip


def export_areas(
    actor: Actor,
    format: str,
    level: str | None,
    path: Path,
    now: datetime | None = None,
    day: date | None = None,
) -> ExportReport:
    """Write the areas of a level, or all, to a new or replaced file, in WGS 84. Raises UnknownFormat, UnknownLevel.

    ``day``: as they were on that Shanghai day; None = as they are. Areas without an outline are in the Excel file only.
    """
    require(actor, Permission.EXPORT)
    if format not in set(ExportFormat):
        raise UnknownFormat(format=format, known=", ".join(ExportFormat))
    areas = list_areas(actor, level, day)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = _write_sheet(areas, path) if format == ExportFormat.XLSX else _write_map(areas, level, format, path, day)
    with transaction(EVERYWHERE) as session:
        detail = f"{level or 'all'} {format} {written}{f' as of {day.isoformat()}' if day else ''}"
        add_audit_entry(session, actor.user_id, "areas.export", "areas", now or utc_now(), detail=detail)
    return ExportReport(str(path), format, written, len(areas) - written)


def _write_map(areas: Sequence[AreaView], level: str | None, format: str, path: Path, day: date | None) -> int:
    with reading(EVERYWHERE) as session:
        shapes = {shape.id: shape.geometry for shape in list_area_shapes(session, [level] if level else None, day)}
    drawn = [area for area in areas if area.id in shapes]
    columns = {name: [_plain(area, name) for area in drawn] for name in _COLUMNS}
    frame = gpd.GeoDataFrame(columns, geometry=[shapes[area.id] for area in drawn], crs="EPSG:4326")
    write_areas(frame, path, AreaFormat(format))
    return len(drawn)


def _plain(area: AreaView, name: str) -> object:
    value = getattr(area, name)
    return value.isoformat() if name == "valid_from" else str(value) if name == "kind" else value


def _write_sheet(areas: Sequence[AreaView], path: Path) -> int:
    """Text stays text: no cell becomes a formula or a link, and codes keep their zeros."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("areas")
        bold = book.add_format({"bold": True})
        sheet.write_row(0, 0, _COLUMNS, bold)
        for row, area in enumerate(areas, 1):
            sheet.write_row(row, 0, [_plain(area, name) for name in _COLUMNS])
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(areas), 1), len(_COLUMNS) - 1)
        sheet.set_column(0, 1, 20)
    return len(areas)
