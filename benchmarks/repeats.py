"""The same place again among many incidents: ours (scope, places, callers, list) against geopandas' neighbours alone.

    python -m benchmarks.repeats [--incidents 100000]

Prints one JSON line: name, ours_s (nothing kept), again_s (kept), statements, plain_s, ratio. The plain way reads the
same rows with pandas, and counts for each the others of its class within 50 m by sjoin; it makes no places of them.
"""

import argparse
import json
import random
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import geopandas as gpd
import pandas as pd
import sqlalchemy

from db import migrating
from db.models import Incident
from db.queries.bulk import insert_rows
from db.session import Database, transaction, use_database
from domain.clock import utc_now
from domain.permissions import EVERYWHERE, SYSTEM
from services.incidents.repeats import list_repeat_places
from tests.statements import recorded

CLASSES, HOT, HOT_SHARE = 40, 400, 0.4


def main() -> None:
    """Fill a database, find the places both ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--incidents", type=int, default=100_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        target = Database(f"sqlite:///{Path(folder) / 'town.db'}")
        migrating.upgrade(target)
        use_database(target)
        _fill(wanted.incidents)
        start = time.perf_counter()
        frame = _neighbours(target.engine)
        plain = time.perf_counter() - start
        with recorded(target) as statements:
            start = time.perf_counter()
            found = list_repeat_places(SYSTEM)
            ours = time.perf_counter() - start
        start = time.perf_counter()
        list_repeat_places(SYSTEM)
        again = time.perf_counter() - start
        use_database(None)
        target.dispose()
    figures = {
        "ours_s": round(ours, 2), "again_s": round(again, 3), "statements": len(statements), "plain_s": round(plain, 2),
        "ratio": round(ours / plain, 2), "places": found.total, "rows_near_enough": len(frame),
    }  # fmt: skip
    print(json.dumps({"name": f"repeats_{wanted.incidents}", **figures}), flush=True)


def _fill(number: int) -> None:
    rng, now = random.Random(1), utc_now()
    hot = [(rng.uniform(112.40, 112.46), rng.uniform(34.60, 34.65)) for _ in range(HOT)]
    rows = []
    for n in range(number):
        lon, lat = (
            rng.choice(hot) if rng.random() < HOT_SHARE else (rng.uniform(112.4, 112.46), rng.uniform(34.6, 34.65))
        )
        reported = now - timedelta(days=rng.uniform(0, 360))
        rows.append(
            {
                "number": f"X{n}", "category": f"class_{rng.randrange(CLASSES)}", "urgency": "normal",
                "source": "resident", "title": "x", "lane": "x", "status": "closed", "reported_at": reported,
                "closed_at": reported, "lon": lon + rng.gauss(0, 5e-5), "lat": lat + rng.gauss(0, 5e-5),
            }
        )  # fmt: skip
    with transaction(EVERYWHERE) as session:
        insert_rows(session, Incident, rows)


def _neighbours(engine: sqlalchemy.Engine) -> pd.DataFrame:
    read = pd.read_sql("SELECT id, category, lon, lat FROM incidents ORDER BY reported_at", engine)
    points = gpd.GeoDataFrame(read, geometry=gpd.points_from_xy(read.lon, read.lat), crs=4326).to_crs(4546)
    near = [
        members.sjoin(members, predicate="dwithin", distance=50).groupby(level=0).size()
        for _, members in points.groupby("category")
    ]
    counts = pd.concat(near)
    return read.loc[counts[counts >= 5].index]


if __name__ == "__main__":
    main()
