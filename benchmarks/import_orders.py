"""Import of work orders with locating, ours (every check, deadlines, chained timelines) against the plain way.

    python -m benchmarks.import_orders [--orders 100000] [--areas 5000]

Prints one JSON line: name, ours_s, of it plan_s, plain_s, ratio. The plain way is what a script does: pandas reads the
same file, geopandas sjoin finds the areas, to_sql writes a SQLite table with three indexes; it checks nothing and keeps
no history.
"""

import argparse
import json
import sqlite3
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from benchmarks.locating import make_city, make_points
from db import migrating
from db.session import Database, use_database
from domain.permissions import SYSTEM
from services.areas.applying import apply_import
from services.areas.importing import plan_import
from services.areas.plan import ImportChoices
from services.orders.importing import apply_order_import, plan_order_import
from services.orders.plan import OrderChoices

CLASSES = ("路灯不亮", "暴露垃圾", "楼道堆物", "井盖缺损", "油烟扰民", "飞线充电")


def make_orders(count: int) -> pd.DataFrame:
    """A year of work orders: nine of ten closed, one place in ten outside of the city."""
    rng = np.random.default_rng(3)
    lon, lat = make_points(count)
    first = datetime.fromisoformat("2024-01-01T00:00:00")
    starts = [first + timedelta(seconds=int(s)) for s in np.sort(rng.integers(0, 365 * 86_400, count))]
    lasts = rng.integers(3600, 10 * 86_400, count)
    closed = rng.random(count) < 0.9
    return pd.DataFrame({
        "工单编号": [f"GD{n:09}" for n in range(count)],
        "来电时间": [f"{at:%Y-%m-%d %H:%M:%S}" for at in starts],
        "三级分类": rng.choice(CLASSES, count),
        "主要内容": [f"来电人反映{n % 977}号楼附近有问题，请核实处理。" for n in range(count)],
        "工单状态": np.where(closed, "已办结", "办理中"),
        "办结时间": [f"{at + timedelta(seconds=int(s)):%Y-%m-%d %H:%M:%S}" if over else ""
                     for at, s, over in zip(starts, lasts, closed, strict=True)],
        "办理结果": np.where(closed, "已到现场处理。", ""),
        "详细地址": [f"幸福路{n % 3000}号" for n in range(count)],
        "经度": lon, "纬度": lat,
    })  # fmt: skip


def plain(file: Path, frame: gpd.GeoDataFrame, folder: Path) -> float:
    """Seconds of the plain way."""
    start = time.perf_counter()
    read = pd.read_csv(file, dtype={"工单编号": str}, parse_dates=["来电时间", "办结时间"])
    points = gpd.GeoDataFrame(read, geometry=gpd.points_from_xy(read["经度"], read["纬度"]), crs=4326)
    joined = points.sjoin(frame[["code", "geometry"]], how="left", predicate="within").drop(
        columns=["geometry", "index_right"]
    )
    with sqlite3.connect(folder / "plain.db") as connection:
        joined.to_sql("orders", connection, index=False)
        for column in ("工单编号", "来电时间", "code"):
            connection.execute(f'CREATE INDEX "ix_{column}" ON orders ("{column}")')
    return time.perf_counter() - start


def main() -> None:
    """Make the files, import them both ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--areas", type=int, default=5000)
    wanted = parser.parse_args()
    cells = make_city(wanted.areas)
    names = [f"{number:08}" for number in range(len(cells))]
    frame = gpd.GeoDataFrame({"code": names, "name": names}, geometry=cells, crs=4326)
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        make_orders(wanted.orders).to_csv(folder / "orders.csv", index=False)
        frame.to_file(folder / "cells.gpkg")
        target = Database(f"sqlite:///{folder / 'ours.db'}")
        migrating.upgrade(target)
        use_database(target)
        choices = ImportChoices(level="grid", name="name", code="code", datum="wgs84")
        apply_import(SYSTEM, plan_import(SYSTEM, [folder / "cells.gpkg"], choices))
        theirs = plain(folder / "orders.csv", frame, folder)
        start = time.perf_counter()
        raw = (folder / "orders.csv").read_bytes()
        plan = plan_order_import(SYSTEM, "orders.csv", raw, OrderChoices(datum="wgs84"))
        planned = time.perf_counter() - start
        report = apply_order_import(SYSTEM, plan)
        ours = time.perf_counter() - start
        assert report.created == wanted.orders, report
        use_database(None)
        target.dispose()
    figures = {"ours_s": round(ours, 2), "plan_s": round(planned, 2), "plain_s": round(theirs, 2),
               "ratio": round(ours / theirs, 2)}  # fmt: skip
    print(json.dumps({"name": f"import_{wanted.orders}_orders", **figures}), flush=True)


if __name__ == "__main__":
    main()
