"""Lets GDAL read one file, in a process of its own that may be killed. Started by geo.gdal, never imported.

Reads a request as JSON from standard input, limits itself, then leaves ``answer.json`` (and ``answer.npz`` with
geometries and numbers) in its working folder. No pickle: what comes back is data only.
"""

import json
import sys
from typing import Any

from geo.confined import limit


def refuse_unsafe_geopackage(path: str) -> str | None:
    """Name what a GeoPackage holds besides tables: views and virtual tables run SQL of the file's author."""
    import re
    import sqlite3
    from contextlib import closing
    from urllib.parse import quote

    with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro&immutable=1", uri=True)) as database:
        for kind, sql in database.execute("SELECT type, coalesce(sql, '') FROM sqlite_master"):
            virtual = re.match(r"create\s+virtual", str(sql), re.IGNORECASE)
            index = re.match(r'create\s+virtual\s+table\s+("[^"]*"|\w+)\s+using\s+(rtree|fts)', str(sql), re.IGNORECASE)
            if kind == "view" or (virtual and not index):
                return "virtual table" if virtual else str(kind)
    return None


def layers(request: dict[str, Any]) -> dict[str, Any]:
    """Name, fields, geometry type, count and CRS of each layer."""
    import pyogrio

    found = []
    for name, geometry_type in pyogrio.list_layers(request["path"]):
        info = pyogrio.read_info(request["path"], layer=name, encoding=request["encoding"], force_feature_count=True)
        found.append(
            {
                "name": name,
                "geometry_type": geometry_type,
                "fields": [str(field) for field in info["fields"]],
                "count": int(info["features"]),
                "crs": info["crs"],
            }
        )
    return {"layers": found}


def rows(request: dict[str, Any]) -> dict[str, Any]:
    """All rows of one layer: geometries and numbers to answer.npz, texts into the answer."""
    import numpy as np
    import pyogrio.raw

    meta, _, geometry, data = pyogrio.raw.read(
        request["path"],
        layer=request["layer"],
        encoding=request["encoding"],
        force_2d=True,
        max_features=request["rows"] + 1,
        datetime_as_string=True,
        **request["options"],
    )
    blobs = [] if geometry is None else [b"" if wkb is None else bytes(wkb) for wkb in geometry]
    arrays: dict[str, Any] = {
        "wkb": np.frombuffer(b"".join(blobs), np.uint8),
        "lengths": np.fromiter(map(len, blobs), np.int64, len(blobs)),
    }
    columns: dict[str, Any] = {}
    for number, (name, values) in enumerate(zip(meta["fields"], data, strict=True)):
        if values.dtype == object:
            columns[str(name)] = [as_text(value) for value in values]
        else:
            arrays[f"column{number}"] = values.astype(str) if values.dtype.kind == "M" else values
            columns[str(name)] = f"column{number}"
    np.savez("answer.npz", **arrays)
    return {"columns": columns, "crs": meta["crs"]}


def as_text(value: Any) -> str | None:
    """One cell as text: lists as JSON, nothing of what is binary."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return None
    return json.dumps(value.tolist() if hasattr(value, "tolist") else value, ensure_ascii=False, default=str)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request, or what was wrong."""
    try:
        if request["driver"] == "GPKG" and (what := refuse_unsafe_geopackage(request["path"])):
            return {"unsafe": what}
        return rows(request) if "layer" in request else layers(request)
    except MemoryError:
        return {"too_heavy": True}
    except Exception as error:  # whatever GDAL and its drivers raise is the answer: the file cannot be read
        return {"error": f"{type(error).__name__}: {error}".replace(request["path"], "")[:500]}


if __name__ == "__main__":
    # pyogrio would import these when they are there; without them the process starts in a third of the time.
    sys.modules.update(dict.fromkeys(("geopandas", "pandas", "pyarrow", "shapely"), None))  # type: ignore[arg-type]
    asked = json.loads(sys.stdin.buffer.read())
    limit(asked["memory"], asked["cpu_seconds"])
    said = json.dumps(answer(asked), ensure_ascii=True)
    with open("answer.json", "w", encoding="ascii") as file:
        file.write(said)
