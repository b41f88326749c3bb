"""Locating points in areas, ours against shapely's STRtree alone, in one run.

    python benchmarks/locating.py [--areas 100000] [--points 1000000] [--repeat 3]

Prints one JSON line per figure: name, ours_s, plain_s, ratio. The city is made here: a Voronoi diagram of random
places in a box of 0.5 degrees near Beijing, the points fall inside and a little outside of it.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from geo.locating import AreaIndex

BOX = (116.0, 39.6, 116.5, 40.1)


def make_city(count: int) -> np.ndarray:
    """So many polygons that cover BOX without gaps, WGS 84."""
    seeds = np.random.default_rng(1).uniform(BOX[:2], BOX[2:], (count, 2))
    cells = shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=shapely.box(*BOX))
    return shapely.intersection(shapely.get_parts(cells), shapely.box(*BOX))


def make_points(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes, one in ten outside the city."""
    low, high = np.array(BOX[:2]) - 0.013, np.array(BOX[2:]) + 0.013
    lon, lat = np.random.default_rng(2).uniform(low, high, (count, 2)).T
    return lon, lat


def best_of(repeat: int, run: Callable[[], object]) -> float:
    """Seconds of the fastest run."""
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def report(name: str, ours: float, plain: float) -> None:
    figures = {"ours_s": round(ours, 6), "plain_s": round(plain, 6), "ratio": round(ours / plain, 3)}
    print(json.dumps({"name": name, **figures}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--areas", type=int, default=100_000)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    wanted = parser.parse_args()
    cells, (lon, lat) = make_city(wanted.areas), make_points(wanted.points)
    codes = [f"{number:08}" for number in range(len(cells))]
    index, tree = AreaIndex(codes, cells), shapely.STRtree(cells)

    size = f"{wanted.points}_points_in_{wanted.areas}_areas"
    plain = best_of(wanted.repeat, lambda: tree.query(shapely.points(lon, lat), predicate="intersects"))
    report(f"locate_{size}", best_of(wanted.repeat, lambda: index.locate_many(lon, lat)), plain)

    some = list(zip(lon[:2000].tolist(), lat[:2000].tolist(), strict=True))
    plain = best_of(wanted.repeat, lambda: [tree.query(shapely.Point(x, y), predicate="intersects") for x, y in some])
    ours = best_of(wanted.repeat, lambda: [index.locate(x, y) for x, y in some])
    report(f"locate_one_in_{wanted.areas}_areas", ours / len(some), plain / len(some))


if __name__ == "__main__":
    main()
