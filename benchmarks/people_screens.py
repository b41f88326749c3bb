"""Screens of the people side where the roll is long: statements and processor time of one run more.

    python -m benchmarks.people_screens [--profile wanli] [--volunteers 7000] [--attendances 100000] [--database sqlite]

Two demo towns alike but for the roll: a tenth of the volunteers with the demo's own attendances, and all of them with
attendances added up to the number wanted. Each screen runs as somebody who uses it (streamlit's AppTest), once to fill
caches and then some times more. One JSON line a screen, the median of those; ``sql_ms`` is its statements alone (the
clock on PostgreSQL, which works in a process of its own). A rerun should take at most 300 ms and ask no more
statements of the long roll than of the short one.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import insert, select
from streamlit.testing.v1 import AppTest

from benchmarks.indicators import Sent, bare, least, sent_to
from config.profiles import Profile, load_profile
from config.settings import ROOT
from db import migrating
from db.maintaining import analyse
from db.models import Activity, Attendance, Volunteer
from db.queries.layers import bump_layers
from db.session import Database, use_database
from domain.clock import utc_now
from domain.permissions import EVERYWHERE, Role
from services.accounts.sessions import sign_in_to_demo
from services.demo import build_demo
from tests.postgres import find_server

BATCH = 20_000
TIMES = 5


@dataclass(frozen=True)
class Look:
    """A screen as a role opens it."""

    path: str
    role: Role
    query: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """``volunteers_community_secretary_id``: the screen, who looks, what stands in the address."""
        return "_".join([self.path, self.role.value, *self.query])


LOOKS = (
    Look("assignments", Role.COMMAND_CENTRE),
    Look("assignments", Role.COMMAND_CENTRE, {"form": "proposal"}),
    Look("assignments", Role.PARTY_MEMBER),
    Look("pledges", Role.COMMAND_CENTRE),
    Look("pledges", Role.PARTY_MEMBER),
    Look("cards", Role.COMMAND_CENTRE),
    Look("cards", Role.PARTY_MEMBER),
    Look("visits", Role.COMMAND_CENTRE),
    Look("visits", Role.GRID_LEADER),
    Look("volunteers", Role.COMMAND_CENTRE),
    Look("volunteers", Role.COMMAND_CENTRE, {"id": "1"}),
    Look("volunteers", Role.COMMUNITY_SECRETARY),
    Look("activities", Role.COMMAND_CENTRE),
    Look("activities", Role.COMMAND_CENTRE, {"id": "2000"}),
    Look("activities", Role.VOLUNTEER),
    Look("activities", Role.VOLUNTEER, {"list": "mine"}),
    Look("weekly_plan", Role.COMMAND_CENTRE),
    Look("rhythm", Role.COMMAND_CENTRE),
    Look("check_in", Role.COMMAND_CENTRE),
    Look("talents", Role.COMMAND_CENTRE),
    Look("talents", Role.VOLUNTEER),
    Look("points", Role.COMMAND_CENTRE),
    Look("points", Role.COMMUNITY_SECRETARY),
    Look("points", Role.VOLUNTEER),
    Look("shop", Role.COMMAND_CENTRE),
    Look("organisations", Role.COMMAND_CENTRE),
    Look("stations", Role.COMMAND_CENTRE),
    Look("reach", Role.COMMAND_CENTRE),
)


@dataclass
class Figures:
    """What one run more costs: processor milliseconds, and what it sends to the database."""

    milliseconds: float
    sent: Sent
    sql_milliseconds: float


def main() -> None:
    """Build both towns, look at each, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", default="wanli")
    parser.add_argument("--volunteers", type=int, default=7000)
    parser.add_argument("--attendances", type=int, default=100_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    wanted = parser.parse_args()
    server = find_server() if wanted.database == "postgresql" else None
    with tempfile.TemporaryDirectory() as folder:

        def fresh(name: str) -> Database:
            """An empty database; on PostgreSQL the same one, emptied, so one town must be looked at before the next."""
            return Database(server.fresh_database() if server else f"sqlite:///{Path(folder) / name}.db")

        few = measure_town(fresh("short"), wanted.profile, wanted.volunteers // 10, 0)
        many = measure_town(fresh("full"), wanted.profile, wanted.volunteers, wanted.attendances)
    if server:
        server.stop()
    for look in LOOKS:
        print(json.dumps(_line(look, few[look], many[look], wanted.database)), flush=True)


def measure_town(target: Database, profile: str, volunteers: int, attendances: int) -> dict[Look, Figures]:
    """Build a demo town with so many volunteers, add attendances up to the number, look at each screen."""
    migrating.upgrade(target)
    with patch("services.demo.builder.load_profile", lambda key: with_volunteers(load_profile(key), volunteers)):
        build_demo(profile, target=target)
    use_database(target)
    try:
        fill(target, attendances)
        return {look: measure(target, look) for look in LOOKS}
    finally:
        use_database(None)
        target.dispose()


def with_volunteers(profile: Profile, number: int) -> Profile:
    """The profile with another number of volunteers in its demo town."""
    volunteers = profile.town.volunteers.model_copy(update={"value": number})
    return profile.model_copy(update={"town": profile.town.model_copy(update={"volunteers": volunteers})})


def fill(target: Database, number: int) -> None:
    """Add attendances at the past activities, in turn, until there are ``number`` of them; then ANALYZE."""
    with target.transaction(EVERYWHERE) as session:
        there = set(session.execute(select(Attendance.activity_id, Attendance.volunteer_id)))
        past = session.execute(
            select(Activity.id, Activity.starts_at, Activity.ends_at).where(Activity.ends_at < utc_now())
        )
        volunteers = list(session.scalars(select(Volunteer.id).order_by(Volunteer.id)))
        rows = _rows(past.all(), volunteers, there, number - len(there))
        while batch := [row for _, row in zip(range(BATCH), rows, strict=False)]:
            session.execute(insert(Attendance.__table__), batch)  # type: ignore[arg-type]
        bump_layers(session, ["activities"])
    analyse(target)


def _rows(past: Any, volunteers: list[int], there: set[tuple[int, int]], number: int) -> Iterator[dict[str, Any]]:
    turn = made = 0
    while made < number:
        activity, start, end = past[turn % len(past)]
        volunteer = volunteers[turn % len(volunteers)]
        turn += 1
        if (activity, volunteer) in there:
            continue
        there.add((activity, volunteer))
        made += 1
        yield _row(activity, volunteer, start, end)


def _row(activity: int, volunteer: int, start: datetime, end: datetime) -> dict[str, Any]:
    return {
        "activity_id": activity, "volunteer_id": volunteer, "signed_up_at": start - timedelta(days=2),
        "checked_in_at": start, "checked_out_at": end, "minutes": int((end - start).total_seconds() // 60),
        "source": "self", "note": "", "version": 1, "updated_at": end,
    }  # fmt: skip


def measure(target: Database, look: Look) -> Figures:
    """Run the screen once, then some times more."""
    token = sign_in_to_demo(look.role)
    with patch("ui.guard.session_token", lambda: token):
        page = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=120)
        page.switch_page(f"../pages/{look.path}.py")
        for name, value in look.query.items():
            page.query_params[name] = value
        _run(page, look)
        with sent_to(target) as sent:
            _run(page, look)
        taken = [_run(page, look) for _ in range(TIMES)]
    return Figures(statistics.median(taken), sent, least(target, lambda: bare(target, sent)))


def _run(page: AppTest, look: Look) -> float:
    """Processor milliseconds of one run. Raises RuntimeError where the page shows an exception."""
    start = time.process_time()
    page.run()
    taken = 1000 * (time.process_time() - start)
    if page.exception:
        raise RuntimeError(f"{look.name}: {page.exception[0].message}")
    return taken


def _line(look: Look, few: Figures, many: Figures, database: str) -> dict[str, Any]:
    return {
        "name": f"people_{look.name}_{database}",
        "statements": [len(few.sent), len(many.sent)],
        "ms": [round(few.milliseconds), round(many.milliseconds)],
        "sql_ms": [round(few.sql_milliseconds, 1), round(many.sql_milliseconds, 1)],
        "growth": round(many.milliseconds / few.milliseconds, 2),
        "load": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    main()
