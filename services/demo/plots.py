"""Plots of the demo with an owner and some weeks of checks; shops and organisations are invented (示例)."""

import random
from datetime import datetime, time, timedelta
from typing import Any

import shapely

from config.profiles import Profile
from db.models import Area, Person, Plot, PlotCheck, User
from domain.clock import from_local, local_date
from domain.permissions import Role
from domain.plots import CheckResult, PlotKind, PlotOwner
from geo.metric import area_m2
from services.demo.people import Staff
from services.demo.rows import Rows

MOST_PLOTS = 14
SIDE = 0.00022  # degrees, about 20 m
FIELDS = ("巷口绿地", "楼后空地", "垃圾桶点位", "围墙根", "小游园一角")
SHOPS = ("便民超市", "早餐店", "修车铺", "鲜果店", "理发店", "渔具店", "药房")
NOTES = ("", "", "有落叶，已清", "堆物已搬走", "门前停车整齐", "油污待清洗")


def add_plots(rows: Rows, profile: Profile, staff: Staff, now: datetime, rng: random.Random) -> None:
    """Two plots in each of some grids, one of each kind, checked weekly; the last one not yet.

    The grid of the first leader and those of the same community come first: their accounts have buttons.
    """
    grids = [row for row in rows.of(Area) if row["level"] == profile.grid_level.value and row["geometry"] is not None]
    leaders = {row["area_id"]: row for row in rows.of(User) if row["role"] == Role.GRID_LEADER}
    people = [row["name"] for row in rows.of(Person) if row["is_party_member"]]
    first = next((row for row in rows.of(Area) if row["id"] == next(iter(leaders), None)), None)
    if first is not None:
        grids.sort(key=lambda row: (row["id"] != first["id"], row["parent_id"] != first["parent_id"]))
    most = min(MOST_PLOTS, 2 * len(grids))
    for number in range(most):
        grid, kind = grids[number // 2], (PlotKind.FIELD, PlotKind.FRONTAGE)[number % 2]
        outline = _outline(grid["geometry"], kind, rng)
        if outline is None:
            continue
        plot = _add_plot(rows, grid, kind, outline, people, staff.command[0], now, rng)
        if number != most - 1:
            _add_checks(rows, plot, leaders.get(grid["id"]), staff, now, rng)


def _outline(grid: shapely.Geometry, kind: PlotKind, rng: random.Random) -> shapely.Polygon | None:
    """A four-sided plot near the middle of a grid, wholly within it."""
    middle = shapely.point_on_surface(grid)
    wide, high = (SIDE, SIDE * 0.7) if kind is PlotKind.FIELD else (SIDE * 1.6, SIDE * 0.25)
    shift = SIDE * (1.4 if kind is PlotKind.FRONTAGE else -0.4)
    x, y = middle.x + rng.uniform(-0.2, 0.2) * SIDE, middle.y + shift
    outline = shapely.Polygon([(x, y), (x + wide, y + high * 0.1), (x + wide * 0.97, y + high), (x, y + high * 0.9)])
    return outline if grid.contains(outline) else None


def _add_plot(
    rows: Rows, grid: dict[str, Any], kind: PlotKind, outline: shapely.Polygon, people: list[str], by: int,
    now: datetime, rng: random.Random,
) -> int:  # fmt: skip
    middle = shapely.point_on_surface(outline)
    within = [row for row in rows.of(Area) if row["parent_id"] == grid["id"] and row["geometry"] is not None]
    area = next((row["id"] for row in within if row["geometry"].intersects(middle)), grid["id"])
    if kind is PlotKind.FIELD:
        name, owner_kind = rng.choice(FIELDS), PlotOwner.PERSON
        owner = rng.choice(people) if people else grid["name"]
    else:
        name = owner = rng.choice(SHOPS)
        name, owner_kind = f"{owner}门前", PlotOwner.SHOP
    day = local_date(now) - timedelta(days=90)
    at = from_local(day, time(10, 0))
    return rows.add(
        Plot, kind=kind.value, name=f"{grid['name']}{name}", owner_kind=owner_kind.value, owner=owner,
        geometry=outline, area_m2=round(float(area_m2([outline])[0]), 1), area_id=area, valid_from=day, valid_to=None,
        created_by=by, created_at=at, version=1, updated_at=at,
    )  # fmt: skip


def _add_checks(
    rows: Rows, plot: int, leader: dict[str, Any] | None, staff: Staff, now: datetime, rng: random.Random
) -> None:
    by, person = (leader["id"], leader["person_id"]) if leader else (staff.command[0], None)
    for week in range(rng.randint(3, 8), 0, -1):
        kept = rng.random() < 0.78
        rows.add(
            PlotCheck, plot_id=plot, result=(CheckResult.KEPT if kept else CheckResult.NOT_KEPT).value,
            note=rng.choice(NOTES), person_id=person, user_id=by,
            at=from_local(local_date(now) - timedelta(days=week * 7 - 3), time(rng.randint(8, 18), rng.randint(0, 59))),
        )  # fmt: skip
