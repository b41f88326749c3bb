"""Read boundaries and places from files of strangers: GeoJSON, GeoPackage, Shapefile, KML and tables of points.

What a file may cost is bounded (ReadLimits), its kind is found from its content, and GDAL sees it in a process of its
own with the one driver for that kind. Refusals are classes of geo.errors; odd but readable things become notes.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.datums import AUTO, DeclaredDatum, parse_datum
from geo.errors import EmptyFile, NoGeometry, TooManyRows, UnknownDatum, UnknownLayer
from geo.gdal import Columns, read_layers, read_rows
from geo.intake import EXTENSIONS, FileKind, ReadLimits, ReadNote, Source, take_in
from geo.points_table import Table, coordinate_columns, points_of, read_table

__all__ = ["EXTENSIONS", "LayerInfo", "ReadLimits", "ReadNote", "ReadResult", "list_layers", "read_layer"]

Paths = str | Path | Sequence[str | Path]

_ONE_LAYER = (FileKind.SHAPEFILE, FileKind.GEOJSON, FileKind.TABLE)
# What LIBKML adds to every row about drawing, which is no data of the file.
_KML_DRAWING = {"timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon"}


@dataclass(frozen=True)
class LayerInfo:
    """One layer with places. crs: "EPSG:n" or WKT as the file says, None if it says nothing."""

    name: str
    fields: tuple[str, ...]
    geometry_type: str
    count: int
    crs: str | None


@dataclass(frozen=True)
class ReadResult:
    """Rows of one layer, unconverted.

    gdf: the file's columns and ``geometry`` (None where missing), index "row" = the row's number in the file from 1.
    declared_crs: as LayerInfo.crs. encoding: how text was decoded, None where the format fixes it.
    """

    gdf: gpd.GeoDataFrame
    declared_crs: str | None
    encoding: str | None
    warnings: list[ReadNote] = field(default_factory=list)

    @property
    def declared_datum(self) -> DeclaredDatum:
        """The file's label as a datum; auto when it has none or one that PROJ does not know."""
        return _datum_of(self.declared_crs)


@dataclass(frozen=True)
class _Layer:
    """A layer by the name people choose it with, and by the name GDAL has for it (None: the only one)."""

    name: str
    source: Source
    inner_name: str | None


def list_layers(path: Paths, encoding: str = "auto", limits: ReadLimits | None = None) -> list[LayerInfo]:
    """The layers with places in a file, an archive, or the files of a shapefile given together.

    Raises a GeoRefusal: NoGeometry when there is no such layer, and what take_in and GDAL refuse.
    """
    bounds = limits or ReadLimits()
    with _sources(path, encoding, bounds) as sources:
        infos = [info for source in sources for info in _infos(source, bounds, len(sources) > 1)]
        if not infos:
            raise NoGeometry(name=sources[0].name)
        return infos


def read_layer(
    path: Paths,
    layer: str | None = None,
    encoding: str = "auto",
    lon: str | None = None,
    lat: str | None = None,
    limits: ReadLimits | None = None,
) -> ReadResult:
    """Read one layer; ``layer`` may be left out when there is one only. lon and lat name the columns of a table.

    Raises a GeoRefusal: UnknownLayer, EmptyFile, NoGeometry, TooManyRows, NoCoordinateColumns, and what list_layers
    raises.
    """
    bounds = limits or ReadLimits()
    with _sources(path, encoding, bounds) as sources:
        found = [found for source in sources for found in _layers(source, bounds, len(sources) > 1)]
        if not found:
            raise NoGeometry(name=sources[0].name)
        chosen = _choose(found, layer)
        if chosen.source.kind == FileKind.TABLE:
            return _read_points(chosen.source, lon, lat, bounds)
        return _read_shapes(chosen, bounds)


@contextmanager
def _sources(path: Paths, encoding: str, limits: ReadLimits) -> Iterator[list[Source]]:
    paths = [Path(path)] if isinstance(path, (str, Path)) else [Path(one) for one in path]
    with tempfile.TemporaryDirectory(prefix="linge-read-") as folder:
        yield take_in(paths, Path(folder), limits, encoding)


def _infos(source: Source, limits: ReadLimits, several: bool) -> Iterator[LayerInfo]:
    if source.kind == FileKind.TABLE:
        table = _table(source, limits)
        yield LayerInfo(source.name, tuple(table.fields), "Point", len(table.rows), None)
        return
    for layer in _places(source, limits):
        fields = tuple(name for name in layer["fields"] if not _is_drawing(source, name))
        name = _shown_name(source, layer["name"], several)
        yield LayerInfo(name, fields, layer["geometry_type"], layer["count"], layer["crs"])


def _layers(source: Source, limits: ReadLimits, several: bool) -> Iterator[_Layer]:
    if source.kind in _ONE_LAYER:  # GDAL need not be asked for the names
        yield _Layer(source.name, source, None)
        return
    for layer in _places(source, limits):
        yield _Layer(_shown_name(source, layer["name"], several), source, layer["name"])


def _places(source: Source, limits: ReadLimits) -> list[dict[str, Any]]:
    """The layers with geometry, without those that hold no row as long as another does (KML has one per folder)."""
    found = [layer for layer in read_layers(source, limits) if layer["geometry_type"] is not None]
    return [layer for layer in found if layer["count"]] or found


def _shown_name(source: Source, inner: str, several: bool) -> str:
    if source.kind in _ONE_LAYER or inner == source.path.stem:
        return source.name
    return f"{source.name}/{inner}" if several else inner


def _is_drawing(source: Source, name: str) -> bool:
    return source.kind == FileKind.KML and name in _KML_DRAWING


def _choose(layers: list[_Layer], wanted: str | None) -> _Layer:
    chosen = [layer for layer in layers if wanted in (None, layer.name)]
    if len(chosen) != 1:
        raise UnknownLayer(layer=wanted or "", layers=", ".join(layer.name for layer in layers)[:300])
    return chosen[0]


def _table(source: Source, limits: ReadLimits) -> Table:
    return read_table(source.name, source.path.read_text("utf-8"), limits.rows)


def _read_points(source: Source, lon: str | None, lat: str | None, limits: ReadLimits) -> ReadResult:
    table = _table(source, limits)
    lon, lat = coordinate_columns(table.fields, lon, lat)
    points, notes = points_of(table, lon, lat)
    columns: Columns = {name: [row[at] for row in table.rows] for at, name in enumerate(table.fields)}
    return _result(source, points, columns, None, [*table.notes, *notes])


def _read_shapes(layer: _Layer, limits: ReadLimits) -> ReadResult:
    shapes, columns, crs = read_rows(layer.source, layer.inner_name, limits)
    if len(shapes) > limits.rows:
        raise TooManyRows(rows=len(shapes), limit=limits.rows)
    kept = {name: values for name, values in columns.items() if not _is_drawing(layer.source, name)}
    return _result(layer.source, shapes, kept, crs, [])


def _result(source: Source, shapes: np.ndarray, columns: Columns, crs: str | None, notes: list[ReadNote]) -> ReadResult:
    if len(shapes) == 0:
        raise EmptyFile(name=source.name)
    shapes[shapely.is_empty(shapes)] = None
    if shapely.is_missing(shapes).all():
        raise NoGeometry(name=source.name)
    columns = {name if name != "geometry" else "geometry_": values for name, values in columns.items()}
    index = pd.RangeIndex(1, len(shapes) + 1, name="row")
    frame = gpd.GeoDataFrame({name: _column(values) for name, values in columns.items()}, geometry=shapes)
    frame.index = index
    if _datum_of(crs) != AUTO:
        frame = frame.set_crs(crs)
    encoding = source.encoding.name if source.encoding else None
    return ReadResult(frame, crs, encoding, [*source.notes, *notes])


def _column(values: list[object] | np.ndarray) -> pd.Series:
    return pd.Series(values, dtype=object if isinstance(values, list) else None)


def _datum_of(crs: str | None) -> DeclaredDatum:
    try:
        return parse_datum(crs)
    except UnknownDatum:
        return AUTO
