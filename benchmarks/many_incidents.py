"""Three years of incidents in a demo town, as many as wanted: rows without timelines, for benchmarks of reading."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from db.maintaining import analyse
from db.models import Area, Incident, User
from db.queries.layers import bump_layers
from db.session import Database
from domain.permissions import EVERYWHERE
from services.system.installations import current_profile

BATCH = 20_000
YEARS = 3
OPEN_DAYS = 20  # what is younger may still be open


def fill(target: Database, number: int, now: datetime) -> None:
    """Insert incidents reported in the three years before ``now``; the same every time."""
    with target.transaction(EVERYWHERE) as session:
        grids = list(session.scalars(select(Area.id).where(Area.level == current_profile().grid_level.value)))
        users = list(session.scalars(select(User.id)))
        rows = _rows(number, grids, users, now)
        while batch := [row for _, row in zip(range(BATCH), rows, strict=False)]:
            session.execute(insert(Incident.__table__), batch)  # type: ignore[arg-type]
        bump_layers(session, ["incidents"])
    analyse(target)


def _rows(number: int, grids: list[int], users: list[int], now: datetime) -> Iterator[dict[str, Any]]:
    dice = random.Random(number)
    profile = current_profile()
    classes, sources = list(profile.classes), [source.key for source in profile.sources]
    lane = profile.lanes[0].key
    step = timedelta(days=365 * YEARS) / number
    for place in range(number):
        reported = (now - step * (number - place)).replace(microsecond=0)
        yield _row(dice, place, reported, now) | {
            "category": dice.choice(classes), "source": dice.choice(sources), "area_id": dice.choice(grids),
            "handler_id": dice.choice(users), "lane": lane,
        }  # fmt: skip


def _row(dice: random.Random, place: int, reported: datetime, now: datetime) -> dict[str, Any]:
    due = reported + timedelta(hours=dice.choice([4, 24, 72, 120]))
    answered = reported + (due - reported) * dice.uniform(0.1, 1.15)
    closed = answered + timedelta(hours=dice.uniform(0.1, 9))
    is_open = closed > now or (reported > now - timedelta(OPEN_DAYS) and dice.random() < 0.3) or dice.random() < 0.002
    void = not is_open and dice.random() < 0.02
    answered_at = None if is_open or void else answered.replace(microsecond=0)
    late = int((answered - due).total_seconds())
    return {
        "number": f"B{place:08d}", "urgency": "normal", "title": "路灯不亮", "description": "夜间看不清台阶。" * 6,
        "place": "书院弄十二号门前", "lon": 112.4 + dice.random() / 30, "lat": 34.6 + dice.random() / 30,
        "status": "handling" if is_open else "voided" if void else "closed",
        "reported_at": reported, "due_at": due, "filed_at": reported + timedelta(hours=dice.choice([1, 5, 30])),
        "dispatched_at": reported + timedelta(hours=2), "answered_at": answered_at,
        "closed_at": None if is_open else closed.replace(microsecond=0),
        "overdue_seconds": None if answered_at is None else max(0, late),
        "exempted_at": closed if answered_at and late > 0 and dice.random() < 0.05 else None,
        "returned_count": int(dice.random() < 0.07), "failed_check_count": int(dice.random() < 0.04),
        "reopened_count": int(dice.random() < 0.03), "level": dice.choice(["grid", "grid", "community", "department"]),
        "condition": "", "dictionary_version": 1, "event_count": 0, "last_hash": "0" * 64, "version": 1,
        "updated_at": min(now - timedelta(days=1), closed),
    }  # fmt: skip
