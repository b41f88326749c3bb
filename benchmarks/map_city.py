"""A city of N grids for the benchmark of the map: a lattice with ragged shared borders, four levels above it."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from db import migrating
from db.models import Area, Incident
from db.queries.bulk import insert_rows
from db.queries.installation import set_installation_value
from db.session import Database
from domain.clock import utc_now
from domain.permissions import EVERYWHERE
from services.lists.search_keys import search_key

CORNER, CELL, STEPS = (112.0, 34.0), 0.003, 9  # a grid is some 300 m wide and has 36 corners
BLOCKS = {"community": 5, "street": 20, "district": 80}  # grids along the side of an area of a level
INCIDENTS = 1000


def make_grids(count: int) -> tuple[np.ndarray, int]:
    """(polygons EPSG:4326 row by row, grids in a row); neighbours share their border to the last digit."""
    wide = int(np.ceil(np.sqrt(count)))
    tall = int(np.ceil(count / wide))
    rng = np.random.default_rng(1)
    corner = np.moveaxis(np.indices((wide + 1, tall + 1)), 0, -1) + rng.uniform(-0.12, 0.12, (wide + 1, tall + 1, 2))
    share = np.linspace(0, 1, STEPS + 1)[:, None]
    ragged = (share * (1 - share) * 4) * 0.1

    def sides(start: np.ndarray, end: np.ndarray) -> np.ndarray:
        straight = start[..., None, :] * (1 - share) + end[..., None, :] * share
        return straight + ragged * rng.uniform(-0.4, 0.4, straight.shape)

    across, along = sides(corner[:-1], corner[1:]), sides(corner[:, :-1], corner[:, 1:])
    rings = np.concatenate(
        [across[:, :-1, :-1], along[1:, :, :-1], across[:, 1:, :0:-1], along[:-1, :, :0:-1]], axis=2
    ).swapaxes(0, 1)
    cells = shapely.polygons(rings.reshape(-1, rings.shape[2], 2) * CELL + np.array(CORNER))
    return cells[:count], wide


def build_city(path: Path, count: int) -> Database:
    """A database with so many grids and INCIDENTS open incidents; nothing else in it."""
    target = Database(f"sqlite:///{path}")
    migrating.upgrade(target)
    cells, wide = make_grids(count)
    rows = list(_areas(cells, wide))
    with target.transaction(EVERYWHERE) as session:
        set_installation_value(session, "profile", "licun")
        insert_rows(session, Area, rows)
        insert_rows(session, Incident, list(_incidents(cells, len(rows) - len(cells) + 1)))
    return target


def _areas(cells: np.ndarray, wide: int) -> Iterator[dict[str, Any]]:
    column, row = np.arange(len(cells)) % wide, np.arange(len(cells)) // wide
    above = np.zeros(len(cells), dtype=int)  # the area of the level above, for each grid
    ids = iter(range(1, 10_000_000))
    paths, codes = {0: "/"}, {0: "41"}
    for depth, level in enumerate(("city", "district", "street", "community")):
        block = BLOCKS.get(level, wide + len(cells))
        key = (column // block) * 100_000 + row // block
        here = np.zeros(len(cells), dtype=int)
        for number, one in enumerate(np.unique(key)):
            inside = np.flatnonzero(key == one)
            parent, area = int(above[inside[0]]), next(ids)
            yield _area(
                area, parent, depth, level, f"{level}{number}", shapely.coverage_union_all(cells[inside]), paths, codes
            )
            here[inside] = area
        above = here
    for number, cell in enumerate(cells):
        yield _area(next(ids), int(above[number]), 4, "grid", f"第{number}网格", cell, paths, codes)


def _area(
    area: int, parent: int, depth: int, level: str, name: str, shape: Any, paths: dict[int, str], codes: dict[int, str]
) -> dict[str, Any]:
    paths[area], codes[area] = f"{paths[parent]}{area}/", f"4103{area:011d}"
    middle = shape.centroid
    return {
        "id": area, "code": codes[area], "name": name, "name_key": search_key(name), "level": level, "depth": depth,
        "kind": "comprehensive", "parent_id": parent or None, "path": paths[area], "households": 400, "area_m2": 7e4,
        "parts": 1, "geometry": shapely.multipolygons([shapely.get_parts(shape)])[0], "label_lon": middle.x,
        "label_lat": middle.y, "source_datum": "wgs84", "valid_from": date(2024, 1, 1), "valid_to": None,
    }  # fmt: skip


def _incidents(cells: np.ndarray, first_grid: int) -> Iterator[dict[str, Any]]:
    now, rng = utc_now(), np.random.default_rng(2)
    for number, cell in enumerate(rng.integers(0, len(cells), INCIDENTS).tolist()):
        middle = cells[cell].centroid
        yield {
            "number": f"B{number:05d}", "category": "street_light", "urgency": "normal", "source": "grid_patrol",
            "title": "路灯不亮", "lon": middle.x, "lat": middle.y, "area_id": first_grid + cell, "lane": "basic",
            "status": "handling", "reported_at": now - timedelta(hours=number % 200),
            "due_at": now + timedelta(hours=number % 90 - 20),
        }  # fmt: skip
