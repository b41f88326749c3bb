"""20 writers at once: cases accepted per second, each with place, deadline, timeline and receipt, against bare inserts.

    python -m benchmarks.writers [--writers 20] [--seconds 10]

Prints one JSON line per database: name, ours_per_s, plain_per_s, ratio (plain / ours). The plain way inserts one row
of the same texts into a table of its own, one transaction each, from as many processes. PostgreSQL where it is there.
"""

import argparse
import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import text

from db import migrating
from db.session import Database, use_database
from domain.errors import DatabaseAway, StaleRecord
from domain.permissions import EVERYWHERE, Actor
from services.incidents.reports import log_incident
from services.system.installations import forget_installation
from tests.incident_town import IN_A, form, make_street
from tests.postgres import find_server

TABLE = (
    "CREATE TABLE bare_rows (id INTEGER PRIMARY KEY {more}, key VARCHAR(64) UNIQUE, title TEXT, lon FLOAT, lat FLOAT,"
    " at TIMESTAMP)"
)
INSERT = (
    "INSERT INTO bare_rows (key, title, lon, lat, at) VALUES (:key, '路灯不亮', 112.405, 34.605, '2026-03-18 06:32:00')"
)


def write(url: str, number: int, seconds: float, ready: Any, counts: Any, actor: Actor | None) -> None:
    """One writer: as many as it can; ``actor`` None = the plain way."""
    target = Database(url)
    use_database(target)
    forget_installation()
    done, call = 0, _ours(actor) if actor else _plain(target)
    with suppress(DatabaseAway, StaleRecord):
        call(f"{number}-warm")
    ready.wait(120)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(DatabaseAway, StaleRecord):
            call(f"{number}-{done}")
            done += 1
    counts[number] = done


def _ours(actor: Actor) -> Callable[[str], object]:
    return lambda key: log_incident(actor, form(key, IN_A))


def _plain(target: Database) -> Callable[[str], object]:
    def insert(key: str) -> None:
        with target.transaction(EVERYWHERE) as session:
            session.execute(text(INSERT), {"key": key})

    return insert


def accepted(url: str, writers: int, seconds: float, actor: Actor | None) -> float:
    """How many per second all writers together got in."""
    context = multiprocessing.get_context("fork")
    ready, counts = context.Barrier(writers), context.Array("i", writers)
    processes = [
        context.Process(target=write, args=(url, number, seconds, ready, counts, actor)) for number in range(writers)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return sum(counts) / seconds


def measure(name: str, url: str, writers: int, seconds: float) -> None:
    """Both ways on one database, in turn."""
    target = Database(url)
    use_database(target)
    forget_installation()
    actor = make_street().command
    with target.transaction(EVERYWHERE) as session:
        more = "" if target.is_sqlite else "GENERATED ALWAYS AS IDENTITY"
        session.execute(text(TABLE.format(more=more)))
    target.dispose()
    plain = accepted(url, writers, seconds, None)
    ours = accepted(url, writers, seconds, actor)
    use_database(None)
    figures = {"ours_per_s": round(ours, 1), "plain_per_s": round(plain, 1), "ratio": round(plain / ours, 2)}
    print(json.dumps({"name": f"{writers}_writers_{name}", **figures}), flush=True)


def main() -> None:
    """SQLite, and PostgreSQL where it is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'writers.db'}"
        fresh = Database(url)
        migrating.upgrade(fresh)
        fresh.dispose()
        measure("sqlite", url, wanted.writers, wanted.seconds)
    server = find_server()
    if server is None:
        print("no PostgreSQL server: install postgresql and postgis", flush=True)
        return
    try:
        measure("postgresql", server.fresh_database(), wanted.writers, wanted.seconds)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
