"""The pages 指标 and 指挥台 over many incidents: statements, server time of one rerun, the bare SQL of the figures.

    python -m benchmarks.indicators [--incidents 100000] [--profile licun]

On SQLite and, where there is a server, on PostgreSQL. One JSON line for each page, period and database: ``first_ms`` is
the first look of a process, ``rerun_ms`` one more, ``written_ms`` one after 20 cases of any age were written to;
``sql_ms`` what the statements of the rerun take when sent bare, and
``ratio`` rerun_ms over it. Each figure is the least of three, on SQLite
in time of the processor; ``load``: what else the machine was doing.
"""

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, select

from benchmarks.many_incidents import fill
from db import migrating
from db.models import Incident
from db.session import Database, use_database
from domain.clock import local_date, utc_now
from domain.periods import period_around
from domain.permissions import EVERYWHERE, SYSTEM
from services.demo import build_demo
from services.incidents.cases import IncidentFilter, list_incidents
from services.incidents.decisions import DECISIONS, count_decisions
from services.indicators import kept
from services.indicators.measuring import measure
from services.indicators.overview import list_cells, read_desk
from tests.postgres import find_server

TIMES = 3
Sent = list[tuple[str, Any]]


@contextmanager
def sent_to(target: Database) -> Iterator[Sent]:
    """The statements that are sent, with their parameters."""
    found: Sent = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            found.append((statement, parameters))

    event.listen(target.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(target.engine, "before_cursor_execute", note)


def least(
    target: Database, work: Callable[[], object], times: int = TIMES, before: Callable[[], object] = lambda: None
) -> float:
    """Milliseconds of the fastest run: of the processor where the database works in this process, else of the clock."""
    clock = time.process_time if target.is_sqlite else time.perf_counter
    found = []
    for _ in range(times):
        before()
        start = clock()
        work()
        found.append(clock() - start)
    return 1000 * min(found)


def bare(target: Database, sent: Sent) -> None:
    """Send the statements again, past SQLAlchemy, and fetch their rows."""
    connection = target.engine.raw_connection()
    try:
        cursor = connection.cursor()
        for statement, parameters in sent:
            cursor.execute(statement, parameters)
            cursor.fetchall()
    finally:
        connection.close()


def write_some(target: Database, incidents: int, some: int = 20) -> None:
    """Write to that many cases of any age, so that what is kept of them is old."""
    with target.transaction(EVERYWHERE) as session:
        for number in random.sample(range(incidents), some):
            session.scalars(select(Incident).where(Incident.number == f"B{number:08d}")).one().failed_check_count += 1


def look_at_desk() -> None:
    """What pages/desk.py reads of all cases: figures, what waits, its list, cells."""
    now = utc_now()
    read_desk(SYSTEM, now)
    count_decisions(SYSTEM, now)
    waiting = IncidentFilter(symbols=frozenset(DECISIONS), review_due=True, mains_only=True, page_size=30)
    list_incidents(SYSTEM, waiting, now)
    list_cells(SYSTEM, now)


def pages() -> dict[str, Callable[[], object]]:
    """Each page's reading of the database by name."""
    today = local_date(utc_now())
    periods = {kind: period_around(kind, today) for kind in ("month", "quarter", "year")}
    found: dict[str, Callable[[], object]] = {"desk": look_at_desk}
    for kind, period in periods.items():
        for by in ("community", "class"):
            found[f"indicators_{kind}_by_{by}"] = lambda period=period, by=by: measure(SYSTEM, period, by)
    return found


def measure_pages(target: Database, incidents: int) -> None:
    """Print a line for each page."""
    for name, look in pages().items():
        kept.forget()
        first = least(target, look, times=1)
        rerun = least(target, look)
        written = least(target, look, before=lambda: write_some(target, incidents))
        with sent_to(target) as sent:
            look()
        sql = least(target, lambda sent=sent: bare(target, sent))
        print(json.dumps({
            "name": f"{name}_{'sqlite' if target.is_sqlite else 'postgresql'}", "incidents": incidents,
            "statements": len(sent), "first_ms": round(first), "rerun_ms": round(rerun), "written_ms": round(written),
            "sql_ms": round(sql), "ratio": round(rerun / sql, 2), "load": round(os.getloadavg()[0], 1),
        }), flush=True)  # fmt: skip


def main() -> None:
    """Build a town on each database, fill it, look."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--profile", default="licun")
    wanted = parser.parse_args()
    server = find_server()
    with tempfile.TemporaryDirectory() as folder:
        urls = [f"sqlite:///{Path(folder) / 'many.db'}", *([server.fresh_database()] if server else [])]
        for url in urls:
            target = Database(url)
            migrating.upgrade(target)
            build_demo(wanted.profile, target=target)
            use_database(target)
            fill(target, wanted.incidents, utc_now())
            measure_pages(target, wanted.incidents)
            use_database(None)
            target.dispose()
    if server:
        server.stop()


if __name__ == "__main__":
    main()
