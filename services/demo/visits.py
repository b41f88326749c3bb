"""Visits and patrols of the demo's grids: most lately, some long ago, some never (示例)."""

import random
from datetime import date, datetime, time, timedelta

from config.profiles import Profile
from db.models import Area, User, Visit
from domain.clock import from_local, local_date
from domain.permissions import Role
from domain.visits import VisitKind
from services.demo.people import Staff
from services.demo.rows import Rows

MOST_GRIDS = 600
NEVER, LONG = 0.06, 0.14  # shares of the grids
NOTES = ("", "", "查看楼道堆物", "提醒飞线充电", "独居家庭走访", "商铺门前巡查", "征求停车意见", "夜间巡逻")


def add_visits(rows: Rows, profile: Profile, staff: Staff, now: datetime, rng: random.Random) -> None:
    """Up to seven visits or patrols of each grid, none of today."""
    leaders = {row["area_id"]: row for row in rows.of(User) if row["role"] == Role.GRID_LEADER}
    grids = [row for row in rows.of(Area) if row["level"] == profile.grid_level.value][:MOST_GRIDS]
    most, today = profile.thresholds.visit_days.value, local_date(now)
    for grid in grids:
        share = rng.random()
        leader = leaders.get(grid["id"])
        if share < NEVER and leader is None:
            continue
        secretary = staff.secretaries.get(grid["parent_id"], staff.command)[0]
        last = rng.randint(most + 1, most * 3) if NEVER <= share < NEVER + LONG else rng.randint(1, most - 3)
        for number in range(rng.randint(2, 7)):
            day = today - timedelta(days=last + number * rng.randint(3, 9))
            by, person = (leader["id"], leader["person_id"]) if leader else (secretary, None)
            _add_visit(rows, grid["id"], by, person, day, rng)


def _add_visit(rows: Rows, grid: int, by: int, person: int | None, day: date, rng: random.Random) -> None:
    kind = VisitKind.PATROL if rng.random() < 0.4 else VisitKind.VISIT
    at = from_local(day, time(rng.randint(8, 19), rng.randint(0, 59)))
    rows.add(
        Visit, kind=kind.value, at=at, lon=None, lat=None, area_id=grid, person_id=person, note=rng.choice(NOTES),
        corrects_id=None, withdrawn=False, created_by=by, created_at=at,
    )  # fmt: skip
