"""Small files of boundaries for tests, and the shortest way from a file to the database."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely

from db.models import Area
from db.session import reading
from domain.permissions import EVERYWHERE, SYSTEM
from services.areas.applying import apply_import
from services.areas.importing import plan_import
from services.areas.plan import ImportChoices, ImportPlan

Shape = shapely.Geometry | dict[str, Any] | None
WEST, SOUTH = 112.60, 34.55


def square(column: float, row: float, size: float = 1) -> shapely.Polygon:
    """A square of a grid of 0.01 degrees near Luoyang."""
    west, south = WEST + column * 0.01, SOUTH + row * 0.01
    return shapely.box(west, south, west + size * 0.01, south + size * 0.01)


def write_geojson(path: Path, *rows: tuple[Shape, dict[str, Any]]) -> Path:
    """A GeoJSON file of (geometry, properties)."""
    features = [
        {"type": "Feature", "properties": values, "geometry": _mapping(shape)} for shape, values in rows
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    return path


def _mapping(shape: Shape) -> Any:
    return json.loads(shapely.to_geojson(shape)) if isinstance(shape, shapely.Geometry) else shape


def plan(path: Path | Sequence[Path], level: str, **choices: Any) -> ImportPlan:
    """The plan for a file with the fields name and code."""
    fields = {"name": "name", "code": "code"} | choices
    return plan_import(SYSTEM, [path] if isinstance(path, Path) else path, ImportChoices(level, **fields))


def bring_in(path: Path | Sequence[Path], level: str, **choices: Any) -> ImportPlan:
    """Import a file."""
    return apply_import(SYSTEM, plan(path, level, **choices))


def areas_by_code() -> dict[str, Area]:
    """Every present area."""
    with reading(EVERYWHERE) as session:
        return {area.code: area for area in session.query(Area).filter(Area.valid_to.is_(None))}
