"""GDAL at arm's length: one driver, one file, one process with limits on memory and time, and no way to the network."""

import json
import os
import signal
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

from geo.errors import TooHeavy, Unreadable, UnsafeContent
from geo.intake import FileKind, ReadLimits, Source

_CHILD = Path(__file__).with_name("gdal_child.py")
_DRIVERS = {
    FileKind.GEOJSON: "GeoJSON",
    FileKind.GEOPACKAGE: "GPKG",
    FileKind.SHAPEFILE: "ESRI Shapefile",
    FileKind.KML: "LIBKML",
}
_OPTIONS = {FileKind.GEOJSON: {"DATE_AS_STRING": "YES"}}
_BYTES_AS_THEY_ARE = "ISO-8859-1"  # each byte one character: the text is decoded here, not by GDAL
_NOWHERE = "http://127.0.0.1:9"  # the discard port: GDAL would fetch the address of a GeoJSON's linked CRS
_KILLED_FOR_COST = {-signal.SIGABRT, *(-getattr(signal, name, 0) for name in ("SIGKILL", "SIGXCPU", "SIGXFSZ"))}

Columns = dict[str, list[Any] | np.ndarray]


def read_layers(source: Source, limits: ReadLimits) -> list[dict[str, Any]]:
    """Layers of a file: dicts of name, fields, geometry_type (None without geometry), count, crs (None unknown).

    Raises Unreadable, UnsafeContent, TooHeavy.
    """
    layers = _ask(source, limits, {})["layers"]
    for layer in layers:
        layer["fields"] = [_decoded(source, name) for name in layer["fields"]]
    return layers


def read_rows(source: Source, layer: str | None, limits: ReadLimits) -> tuple[np.ndarray, Columns, str | None]:
    """Geometries (None where missing or beyond repair), columns by name, and the CRS of one layer (None: the first).

    At most one row more than ``limits.rows`` comes back. Raises Unreadable, UnsafeContent, TooHeavy.
    """
    answer = _ask(source, limits, {"layer": layer, "rows": limits.rows})
    with np.load(source.path.with_name("answer.npz"), allow_pickle=False) as arrays:
        geometries = _geometries(arrays["wkb"].tobytes(), arrays["lengths"])
        columns: Columns = {}
        for name, values in answer["columns"].items():
            whole = arrays[values] if isinstance(values, str) else [_decoded(source, value) for value in values]
            columns[_decoded(source, name)] = whole
    return geometries, columns, answer["crs"]


def _ask(source: Source, limits: ReadLimits, what: dict[str, Any]) -> dict[str, Any]:
    driver = _DRIVERS[source.kind]
    request = {
        "path": str(source.path.resolve()),
        "driver": driver,
        "encoding": _BYTES_AS_THEY_ARE if source.kind == FileKind.SHAPEFILE else None,
        "options": _OPTIONS.get(source.kind, {}),
        "memory": limits.memory,
        "cpu_seconds": limits.cpu_seconds,
        **what,
    }
    code = _run(request, driver, source, limits)
    reply = source.path.with_name("answer.json")
    answer = json.loads(reply.read_text("ascii")) if code == 0 and reply.exists() else {"code": code}
    reply.unlink(missing_ok=True)
    if "too_heavy" in answer or answer.get("code") in _KILLED_FOR_COST:
        raise TooHeavy(name=source.name)
    if "unsafe" in answer:
        raise UnsafeContent(name=source.name, what=answer["unsafe"])
    if "error" in answer or "code" in answer:
        raise Unreadable(name=source.name, detail=answer.get("error", f"exit {code}"))
    return answer


def _run(request: dict[str, Any], driver: str, source: Source, limits: ReadLimits) -> int:
    try:
        done = subprocess.run(  # noqa: S603 our own script and interpreter, no shell
            [sys.executable, "-P", "-s", str(_CHILD)],
            input=json.dumps(request).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=source.path.parent,
            env=_environment(driver, source.path.parent),
            timeout=limits.wall_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise TooHeavy(name=source.name) from late
    return done.returncode


def _environment(driver: str, folder: Path) -> dict[str, str]:
    """A fresh environment: nothing of ours leaks in, every other driver is switched off, addresses lead nowhere."""
    windows = {"SYSTEMROOT": os.path.expandvars("%SYSTEMROOT%")} if os.name == "nt" else {}  # nothing starts without
    return windows | {
        "PYTHONPATH": os.pathsep.join([str(_CHILD.parent.parent), *(path for path in sys.path if path)]),
        "LANG": "C.UTF-8",
        "TMPDIR": str(folder),
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "GDAL_SKIP": ",".join(sorted(_other_drivers(driver))),
        "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
        "GDAL_HTTP_PROXY": _NOWHERE,
        "all_proxy": _NOWHERE,
        "GDAL_HTTP_CONNECTTIMEOUT": "1",
        "PROJ_NETWORK": "OFF",
        "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
        "SHAPE_RESTORE_SHX": "YES",
    }


@lru_cache(maxsize=8)
def _other_drivers(driver: str) -> frozenset[str]:
    return frozenset(pyogrio.list_drivers()) - {driver}


def _decoded(source: Source, text: str | None) -> Any:
    if text is None or source.kind != FileKind.SHAPEFILE or source.encoding is None or text.isascii():
        return text
    return source.encoding.decode(text.encode("latin-1", "replace"))


def _geometries(wkb: bytes, lengths: np.ndarray) -> np.ndarray:
    ends = np.cumsum(lengths)
    pieces = [wkb[end - length : end] if length else None for end, length in zip(ends, lengths, strict=True)]
    found = shapely.force_2d(np.array(shapely.from_wkb(pieces, on_invalid="fix"), object, ndmin=1))
    points, owner = shapely.get_coordinates(found, return_index=True)
    found[np.unique(owner[~np.isfinite(points).all(axis=1)])] = None
    return found
