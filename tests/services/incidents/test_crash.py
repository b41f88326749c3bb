"""20 writers at once, and a kill -9 in the middle: nothing acknowledged is lost, nothing is there twice, every chain is
whole (features C1, C11). On PostgreSQL one of its own processes is killed as well.

Each writer has its own list of form keys. It notes what was acknowledged in a file of its own, after the service has
answered. Killed ones get a successor that begins the same list anew, as a browser sends the same form again.
"""

import json
import multiprocessing
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text

from db.models import FormReceipt, Incident, IncidentEvent
from db.session import Database, reading, use_database
from domain.errors import DatabaseAway, StaleRecord
from domain.incidents import IncidentAction
from domain.permissions import EVERYWHERE, SYSTEM, Actor
from services.incidents.cases import act_on_incident
from services.incidents.reports import log_incident
from services.system import maintenance
from services.system.installations import forget_installation
from services.timelines.checks import verify_timelines
from tests.incident_town import IN_A, NOW, form, make_street
from tests.postgres import PostgresServer, find_server

WRITERS, FORMS, KILLED = 20, 12, 10
PATIENCE = 50  # seconds that a writer tries again while the database is away


@dataclass(frozen=True)
class Stage:
    """Where the writers write."""

    url: str
    actor: Actor
    server: PostgresServer | None


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path: Path, _sqlite_template: Path) -> Iterator[Stage]:
    """A street in a database of its own; PostgreSQL in a server of its own, whose commits are on disk."""
    server = None
    if request.param == "sqlite":
        shutil.copy(_sqlite_template, tmp_path / "crash.db")
        url = f"sqlite:///{tmp_path / 'crash.db'}"
    else:
        server = find_server()
        if server is None:
            if os.environ.get("CI") == "true":
                pytest.fail("PostgreSQL is missing, and under CI that is a failure")
            pytest.skip("no PostgreSQL server: set LINGE_TEST_POSTGRES_URL or install postgresql and postgis")
        url = server.fresh_database()
        name = url.rsplit("/", 1)[1].split("?")[0]
        fresh = Database(url)
        with fresh.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            # The server of the tests acknowledges before it has written; this one must not.
            connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = on"))
        fresh.dispose()
    made = Database(url)
    use_database(made)
    forget_installation()
    actor = make_street().command
    made.dispose()  # no connection is carried over into the writers
    yield Stage(url, actor, server)
    use_database(None)
    forget_installation()
    made.dispose()
    if server is not None:
        server.stop()


def write(stage: Stage, number: int, attempt: int, notes: Path, ready: Any) -> None:
    """One writer: log each form, add a note to its case; what was answered goes into the file."""
    use_database(Database(stage.url))
    forget_installation()
    acknowledged = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    ready.wait(30)
    for place in range(FORMS):
        key = f"writer-{number}-{place}"
        receipt = patiently(lambda key=key: log_incident(stage.actor, form(key, IN_A), NOW))
        os.write(acknowledged, (json.dumps(["case", key, receipt.id, receipt.number]) + "\n").encode())
        words = f"{key}-{attempt}"
        patiently(lambda at=receipt.id, words=words: add_note(stage.actor, at, words))
        os.write(acknowledged, (json.dumps(["note", receipt.id, words]) + "\n").encode())
    os._exit(0)


def add_note(actor: Actor, incident_id: int, words: str) -> None:
    """A note, once: after a lost answer it is there already, and nothing says so but the timeline."""
    with reading(EVERYWHERE) as session:
        which = IncidentEvent.incident_id == incident_id, IncidentEvent.note == words
        if session.scalar(select(IncidentEvent.id).where(*which)):
            return
        version = session.scalar(select(Incident.version).where(Incident.id == incident_id)) or 0
    act_on_incident(actor, incident_id, IncidentAction.ADD_NOTE, version, words, now=NOW)


def patiently(call: Any) -> Any:
    """Again and again while the database is away, as people do."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return call()
        except (DatabaseAway, StaleRecord):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def start(stage: Stage, numbers: list[int], attempt: int, folder: Path) -> list[BaseProcess]:
    """Writers, let go at the same moment."""
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(len(numbers) + 1)
    writers = [
        context.Process(target=write, args=(stage, number, attempt, folder / f"{number}-{attempt}", ready), daemon=True)
        for number in numbers
    ]  # fmt: skip
    for writer in writers:
        writer.start()
    ready.wait(30)
    return writers


def acknowledged(folder: Path) -> list[list[Any]]:
    """What the writers noted; a line that the kill cut off is none."""
    lines = [line for path in folder.iterdir() for line in path.read_text().splitlines(keepends=True)]
    return [json.loads(line) for line in lines if line.endswith("\n")]


def kill_a_backend(stage: Stage) -> None:
    """kill -9 of a process of the server that is at work: the server starts anew and recovers from its log."""
    assert stage.server is not None
    dsn = stage.url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(dsn, autocommit=True) as connection:
        others = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
        if stage.server.folder is None:  # somebody else's server: ask it
            connection.execute("SELECT pg_terminate_backend(%s)", others[0])
        else:
            os.kill(others[0][0], signal.SIGKILL)


def test_nothing_is_lost_and_nothing_is_there_twice(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "acknowledged"
    folder.mkdir()
    writers = start(stage, list(range(WRITERS)), 1, folder)
    end = time.monotonic() + 30
    while len(acknowledged(folder)) < WRITERS * 2 and time.monotonic() < end:
        time.sleep(0.02)
    for writer in writers[:KILLED]:
        os.kill(writer.pid or 0, signal.SIGKILL)
    if stage.server is not None:
        kill_a_backend(stage)
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers[KILLED:]] == [0] * (WRITERS - KILLED)
    cut_off = [number for number, writer in enumerate(writers) if writer.exitcode == -signal.SIGKILL]
    assert cut_off, "the writers were done before the kill: there was no middle"
    for writer in start(stage, cut_off, 2, folder):
        writer.join(60)
        assert writer.exitcode == 0
    check(stage, acknowledged(folder))


def check(stage: Stage, answers: list[list[Any]]) -> None:
    """0 lost, 0 twice, every chain whole."""
    target = Database(stage.url)
    use_database(target)
    with target.reading(EVERYWHERE) as session:
        cases = {row.id: row.number for row in session.execute(select(Incident.id, Incident.number))}
        notes = Counter(session.scalars(select(IncidentEvent.note).where(IncidentEvent.note != "")))
        receipts = session.scalars(select(FormReceipt.subject_id)).all()
    said = {(key, at, number) for kind, key, at, *rest in answers if kind == "case" for number in rest}
    assert {at: number for _, at, number in said} == cases  # all that were answered, and no others
    assert len(said) == len({key for key, _, _ in said}) == WRITERS * FORMS  # a form sent again is the same case
    assert sorted(receipts) == sorted(cases)
    assert {notes[words] for kind, _, words in (line[:3] for line in answers) if kind == "note"} == {1}
    assert verify_timelines().findings == []
    assert maintenance.verify(SYSTEM).ok
    target.dispose()
