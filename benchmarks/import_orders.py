"""Import of work orders with locating, ours (every check, deadlines, chained timelines) against two plain ways.

    python -m benchmarks.import_orders [--orders 100000] [--areas 5000]

Prints one JSON line per database (PostgreSQL where it is there), in seconds: ours_s, of it plan_s (reading, checking,
locating) and write_s (statements of the rows); flat_s and ratio: what a script does, pandas reads the same file,
geopandas sjoin finds the areas, to_sql writes one table with three indexes, no checks, no history; same_rows_s and
ratio_same_rows: the script writes as many rows to the tables that the program keeps, under the same indexes, with
to_sql, and neither checks nor hashes anything. On SQLite also the seconds of the processor, which other work on the
machine does not stretch.
"""

import argparse
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import text
from sqlalchemy.engine import make_url

from benchmarks.locating import make_city, make_points
from db import migrating
from db.session import Database, use_database
from domain.permissions import SYSTEM
from services.areas.applying import apply_import
from services.areas.importing import plan_import
from services.areas.plan import ImportChoices
from services.orders import importing
from services.orders.plan import OrderChoices
from services.system.installations import forget_installation
from tests.postgres import find_server

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


@dataclass(frozen=True)
class Files:
    """The orders, the areas as a file, and the areas as the plain ways hold them."""

    orders: Path
    cells: Path
    frame: gpd.GeoDataFrame


def make_files(folder: Path, orders: int, areas: int) -> Files:
    """Both files, made anew."""
    cells = make_city(areas)
    names = [f"{number:08}" for number in range(len(cells))]
    frame = gpd.GeoDataFrame({"code": names, "name": names}, geometry=cells, crs=4326)
    make_orders(orders).to_csv(folder / "orders.csv", index=False)
    frame.to_file(folder / "cells.gpkg")
    return Files(folder / "orders.csv", folder / "cells.gpkg", frame)


def located(files: Files) -> pd.DataFrame:
    """Both plain ways begin so."""
    read = pd.read_csv(files.orders, dtype={"工单编号": str}, parse_dates=["来电时间", "办结时间"])
    points = gpd.GeoDataFrame(read, geometry=gpd.points_from_xy(read["经度"], read["纬度"]), crs=4326)
    joined = points.sjoin(files.frame[["code", "geometry"]], how="left", predicate="within")
    return pd.DataFrame(joined.drop(columns=["geometry", "index_right"]))


@contextmanager
def plainly(target: Database) -> Iterator[Any]:
    """The connection that to_sql is fastest with; committed at the end."""
    if target.is_sqlite:
        with sqlite3.connect(make_url(target.url).database or "") as connection:
            yield connection
        connection.close()
    else:
        with target.engine.begin() as connection:
            yield connection


def said(target: Database, sql: str) -> Any:
    """A statement as the connection of ``plainly`` takes it."""
    return sql if target.is_sqlite else text(sql)


def flat(files: Files, target: Database) -> None:
    """One table and three indexes."""
    with plainly(target) as connection:
        located(files).to_sql("flat_orders", connection, index=False)
        for column in ("工单编号", "来电时间", "code"):
            connection.execute(said(target, f'CREATE INDEX "ix_flat_{column}" ON flat_orders ("{column}")'))


def same_rows(files: Files, target: Database) -> None:
    """As many cases, entries and audit records in the program's own tables; hashes are left empty."""
    read = located(files).reset_index(drop=True)
    over = read["工单状态"] == "已办结"
    with plainly(target) as connection:
        areas = dict(tuple(row) for row in connection.execute(said(target, "SELECT code, id FROM areas")).fetchall())
        cases = pd.DataFrame({
            "id": read.index + 1, "number": "P-" + read["工单编号"], "category": read["三级分类"], "urgency": "normal",
            "source": "plain", "title": read["主要内容"].str[:40], "description": read["主要内容"],
            "place": read["详细地址"], "lon": read["经度"], "lat": read["纬度"], "area_id": read["code"].map(areas),
            "lane": "plain", "status": np.where(over, "closed", "reported"), "reported_at": read["来电时间"],
            "due_at": read["来电时间"] + pd.Timedelta(days=3), "closed_at": read["办结时间"], "level": "grid",
            "external_number": read["工单编号"], "filed_at": read["来电时间"], "answered_at": read["办结时间"],
            "overdue_seconds": np.where(over, 0, None), "event_count": np.where(over, 3, 1), "last_hash": "",
            "version": 1, "updated_at": read["办结时间"].max(), "dictionary_version": 1,
        })  # fmt: skip
        cases.to_sql("incidents", connection, index=False, if_exists="append")
        steps = [("report", None, "reported", read["来电时间"], read.index == read.index),
                 ("feed_back", "reported", "fed_back", read["办结时间"], over),
                 ("close", "fed_back", "closed", read["办结时间"], over)]  # fmt: skip
        for sequence, (action, before, to, at, which) in enumerate(steps, 1):
            pd.DataFrame({
                "incident_id": cases["id"], "sequence": sequence, "at": at, "actor_name": "", "action": action,
                "from_status": before, "to_status": to, "note": "", "detail": read["主要内容"], "previous_hash": "",
                "hash": "",
            })[which].to_sql("incident_events", connection, index=False, if_exists="append")  # fmt: skip
        pd.DataFrame({"at": cases["updated_at"], "action": "incident.close", "subject": "incident",
                      "subject_id": cases["id"], "detail": ""}).to_sql(
            "audit_entries", connection, index=False, if_exists="append")  # fmt: skip


@contextmanager
def prepared(url: str, files: Files) -> Iterator[Database]:
    """A migrated database with the areas, in use."""
    target = Database(url)
    migrating.upgrade(target)
    use_database(target)
    forget_installation()
    choices = ImportChoices(level="grid", name="name", code="code", datum="wgs84")
    apply_import(SYSTEM, plan_import(SYSTEM, [files.cells], choices))
    yield target
    use_database(None)
    target.dispose()


def timed(name: str, run: Callable[[], object]) -> dict[str, float]:
    """The seconds that pass, and those of this process alone."""
    start, busy = time.perf_counter(), time.process_time()
    run()
    return {f"{name}_s": time.perf_counter() - start, f"{name}_cpu_s": time.process_time() - busy}


def ours(files: Files, orders: int) -> dict[str, float]:
    """Plan and import, by stage."""
    writing: list[float] = []
    insert = importing.insert_orders

    def watched(*given: object) -> None:
        writing.append(timed("", lambda: insert(*given))["_s"])  # type: ignore[arg-type]

    def run() -> None:
        plans.append(
            importing.plan_order_import(SYSTEM, "orders.csv", files.orders.read_bytes(), OrderChoices(datum="wgs84"))
        )

    plans: list[importing.OrderPlan] = []
    importing.insert_orders = watched
    try:
        found = timed("plan", run)
        found |= timed("apply", lambda: plans.append(importing.apply_order_import(SYSTEM, plans[0])))  # type: ignore[arg-type]
    finally:
        importing.insert_orders = insert
    assert plans[1].created == orders, plans[1]
    total = {f"ours_{unit}": found[f"plan_{unit}"] + found[f"apply_{unit}"] for unit in ("s", "cpu_s")}
    return total | {"plan_s": found["plan_s"], "write_s": sum(writing)}


def measure(kind: str, orders: int, files: Files, fresh: Callable[[], str]) -> None:
    """All three ways on one kind of database, each on one of its own."""
    figures: dict[str, float] = {}
    for name, plain in (("flat", flat), ("same_rows", same_rows)):
        with prepared(fresh(), files) as target:
            figures |= timed(name, lambda plain=plain, target=target: plain(files, target))  # type: ignore[misc]
    with prepared(fresh(), files):
        figures |= ours(files, orders)
    cpu = {name: value for name, value in figures.items() if name.endswith("_cpu_s")}
    shown = figures if kind == "sqlite" else {name: value for name, value in figures.items() if name not in cpu}
    ratios = {"ratio": figures["ours_s"] / figures["flat_s"],
              "ratio_same_rows": figures["ours_s"] / figures["same_rows_s"]}  # fmt: skip
    rounded = {name: round(value, 2) for name, value in (shown | ratios).items()}
    print(json.dumps({"name": f"import_{orders}_orders_{kind}", **rounded}), flush=True)


def main() -> None:
    """SQLite, and PostgreSQL where it is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--areas", type=int, default=5000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        files = make_files(folder, wanted.orders, wanted.areas)
        names = iter(f"sqlite:///{folder / f'{number}.db'}" for number in range(3))
        measure("sqlite", wanted.orders, files, lambda: next(names))
        server = find_server()
        if server is None:
            print("no PostgreSQL server: install postgresql and postgis", flush=True)
            return
        try:
            measure("postgresql", wanted.orders, files, server.fresh_database)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
