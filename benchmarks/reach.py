"""Reach of 100 stations over 50,000 households in a straight line: ours against geopandas' buffers and sjoin.

    python -m benchmarks.reach [--households 50000] [--stations 100] [--metres 500]

Prints one JSON line: ours_s (dwellings read and households shared out, nothing kept), reach_s (homes kept), again_s
(all kept), statements, plain_s, ratio of reach_s to plain_s. The plain way has homes and households as a frame already.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from db import migrating
from db.models import Area, BaseMapFeature, Station
from db.session import Database, transaction, use_database
from domain.permissions import EVERYWHERE, SYSTEM
from services.areas.tree import current_state
from services.stations.homes import Homes, homes_of
from services.stations.reach import ReachFilter, measure_reach
from tests.statements import recorded

GRIDS_A_SIDE, HOMES_A_HOUSE = 11, 1
WEST, SOUTH, SIDE = 112.4, 34.6, 0.005  # degrees: a grid is about 460 × 550 m


def main() -> None:
    """Fill a database, measure both ways, compare what they say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, usual in (("households", 50_000), ("stations", 100), ("metres", 500)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        target = Database(f"sqlite:///{Path(folder) / 'town.db'}")
        migrating.upgrade(target)
        use_database(target)
        _fill(wanted.households, wanted.stations)
        which = ReachFilter(wanted.metres)
        with recorded(target) as statements:
            found, ours = timed(lambda: measure_reach(SYSTEM, which))
        homes = homes_of(current_state())
        other, reach = timed(lambda: measure_reach(SYSTEM, ReachFilter(wanted.metres + 1)))
        again = timed(lambda: measure_reach(SYSTEM, which))[1]
        frame, stations = _frames(homes, [(row.lon, row.lat) for row in found.stations])
        reached, plain = timed(lambda: _buffers(frame, stations, wanted.metres))
        use_database(None)
        target.dispose()
    figures = {
        "ours_s": round(ours, 2), "reach_s": round(reach, 3), "again_s": round(again, 4),
        "statements": len(statements), "plain_s": round(plain, 3), "ratio": round(reach / plain, 2),
        "homes": len(frame), "reached": found.reached, "reached_plain": reached, "total": found.total,
        "a_metre_more": other.reached,
    }  # fmt: skip
    print(json.dumps({"name": f"reach_{wanted.households}", **figures}), flush=True)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work answers, and its seconds."""
    start = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - start


def _fill(households: int, stations: int) -> None:
    rng, day, grids = random.Random(1), date(2020, 1, 1), GRIDS_A_SIDE**2
    side = GRIDS_A_SIDE * SIDE
    with transaction(EVERYWHERE) as session:
        for number in range(grids):
            west, south = WEST + number % GRIDS_A_SIDE * SIDE, SOUTH + number // GRIDS_A_SIDE * SIDE
            own = households // grids + (number < households % grids)
            shape = shapely.MultiPolygon([shapely.box(west, south, west + SIDE, south + SIDE)])
            code = f"G{number:04d}"
            area = Area(
                name=code, name_key=code, level="grid", code=code, households=own, geometry=shape, valid_from=day
            )
            session.add(area)
            session.flush()
            area.path, area.depth = f"/{area.id}/", 0
            for _ in range(own // HOMES_A_HOUSE):
                lon, lat = west + rng.uniform(0.02, 0.98) * SIDE, south + rng.uniform(0.02, 0.98) * SIDE
                outline = shapely.box(lon, lat, lon + 1e-5 * rng.uniform(5, 9), lat + 1e-5 * rng.uniform(5, 9))
                session.add(BaseMapFeature(layer="building", kind="residential", geometry=outline))
        for number in range(stations):
            lon, lat = WEST + rng.random() * side, SOUTH + rng.random() * side
            code = f"S{number:04d}"
            session.add(
                Station(
                    name=code, name_key=code, kind="service_station", code=code, lon=lon, lat=lat, valid_from=day,
                    hours={}, items=[],
                )
            )  # fmt: skip


def _frames(homes: Homes, stations: list[tuple[float, float]]) -> tuple[gpd.GeoDataFrame, gpd.GeoSeries]:
    """The same homes and stations as geopandas has them, in metres."""
    x, y = homes.at.T
    frame = gpd.GeoDataFrame({"households": homes.households}, geometry=gpd.points_from_xy(x, y))
    lon, lat = np.array(stations).T
    crs = f"+proj=laea +lon_0={round(homes.centre[0], 1)} +lat_0={round(homes.centre[1], 1)} +ellps=WGS84 +units=m"
    return frame.set_crs(crs), gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4326).to_crs(crs)


def _buffers(homes: gpd.GeoDataFrame, stations: gpd.GeoSeries, metres: float) -> int:
    """Reached households the usual way, with those of each station and each place."""
    circles = gpd.GeoDataFrame(geometry=stations.buffer(metres, quad_segs=64))
    pairs = homes.sjoin(circles, predicate="within")
    pairs.groupby("index_right")["households"].sum()
    return int(homes.loc[pairs.index.unique(), "households"].sum())


if __name__ == "__main__":
    main()
