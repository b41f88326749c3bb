"""Importing areas, ours (datum, repair, parents, topology of names, one transaction) against geopandas reading alone.

    python -m benchmarks.importing [--areas 5000]

Prints one JSON line: name, ours_s, plain_s, ratio. The plain way reads the same file with geopandas and writes it to a
SQLite table by to_sql; it checks nothing.
"""

import argparse
import json
import sqlite3
import tempfile
import time
from pathlib import Path

import geopandas as gpd

from benchmarks.locating import make_city
from db import migrating
from db.session import Database, use_database
from domain.permissions import SYSTEM
from services.areas.applying import apply_import
from services.areas.importing import plan_import
from services.areas.plan import ImportChoices


def main() -> None:
    """Make the file, import it both ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--areas", type=int, default=5000)
    wanted = parser.parse_args()
    cells = make_city(wanted.areas)
    frame = gpd.GeoDataFrame(
        {"code": [f"{number:08}" for number in range(len(cells))], "name": [f"第{n}格" for n in range(len(cells))]},
        geometry=cells, crs=4326,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cells.gpkg"
        frame.to_file(file)
        start = time.perf_counter()
        read = gpd.read_file(file)
        with sqlite3.connect(Path(folder) / "plain.db") as connection:
            read.assign(geometry=read.to_wkb().geometry).to_sql("areas", connection, index=False)
        plain = time.perf_counter() - start
        target = Database(f"sqlite:///{Path(folder) / 'ours.db'}")
        migrating.upgrade(target)
        use_database(target)
        start = time.perf_counter()
        plan = plan_import(SYSTEM, [file], ImportChoices(level="grid", name="name", code="code", datum="wgs84"))
        apply_import(SYSTEM, plan)
        ours = time.perf_counter() - start
        use_database(None)
        target.dispose()
    figures = {"ours_s": round(ours, 2), "plain_s": round(plain, 2), "ratio": round(ours / plain, 2)}
    print(json.dumps({"name": f"import_{wanted.areas}_areas", **figures}), flush=True)


if __name__ == "__main__":
    main()
