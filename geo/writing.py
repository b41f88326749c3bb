"""Write areas and places for other programs, so that reading them back gives the same shapes and names."""

import os
import tempfile
from enum import StrEnum
from pathlib import Path

import geopandas as gpd

from geo.errors import MissingCrs


class AreaFormat(StrEnum):
    """Formats of an export, by the name an operator types."""

    GEOJSON = "geojson"
    GPKG = "gpkg"

    @property
    def suffix(self) -> str:
        """File name extension with its dot."""
        return f".{self.value}"


_DRIVERS: dict[AreaFormat, dict[str, object]] = {
    # RFC 7946 would round to 7 digits and turn rings; plain GeoJSON keeps every digit and the order of the corners.
    AreaFormat.GEOJSON: {"driver": "GeoJSON", "RFC7946": "NO", "WRITE_BBOX": "NO", "COORDINATE_PRECISION": 15},
    AreaFormat.GPKG: {"driver": "GPKG"},
}


def write_areas(areas: gpd.GeoDataFrame, path: Path, format: AreaFormat | str, layer: str = "areas") -> None:
    """Write a frame in EPSG:4326 with its columns (text stays text); an existing file is replaced in one step.

    layer: name of the layer inside a GeoPackage. The index is not written.
    Raises MissingCrs unless the frame is in WGS 84, ValueError for an unknown format.
    """
    chosen = AreaFormat(format)
    if areas.crs is None or not areas.crs.equals("EPSG:4326", ignore_axis_order=True):
        raise MissingCrs(crs=str(areas.crs))
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".linge-write-") as folder:
        draft = Path(folder) / f"draft{chosen.suffix}"
        name = {"layer": layer} if chosen == AreaFormat.GPKG else {"layer": path.stem}
        areas.to_file(draft, index=False, engine="pyogrio", encoding="utf-8", **_DRIVERS[chosen], **name)
        os.replace(draft, path)
