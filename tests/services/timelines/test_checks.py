"""The chain of a timeline: whatever is done to it behind the program's back is found (feature C11)."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

import manage
from db.queries.timelines import TimelineHead
from db.session import Database
from domain.incidents import IncidentAction, IncidentStatus
from domain.permissions import EVERYWHERE
from domain.timelines import GENESIS
from services.incidents.cases import act_on_incident, get_incident
from services.timelines.checks import TimelineFault, _course, _faults, verify_timelines
from services.timelines.entries import TimelineEntry, chain_entry, detail_text
from tests.incident_town import NOW, Street, logged, make_street

A, F = IncidentAction, TimelineFault


def lived(street: Street) -> str:
    """An incident with four entries; its number."""
    receipt = logged(street.command)
    for actor, action, note in (
        (street.leader_a, A.TAKE_OVER, ""),
        (street.leader_a, A.ADD_NOTE, "等灯泡"),
        (street.leader_a, A.FEED_BACK, "好了"),
    ):
        version = get_incident(actor, receipt.id, NOW).view.version
        act_on_incident(actor, receipt.id, action, version, note, now=NOW)
    return receipt.number


def tamper(db: Database, *statements: str) -> None:
    """Write past the program, the triggers switched off, as somebody with the file or the password could."""
    with db.transaction(EVERYWHERE) as session:
        for table in ("incident_events", "audit_entries"):
            if db.is_sqlite:
                session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_update"))
                session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_delete"))
                session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_replace"))
            else:
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            session.execute(text(statement))


def faults() -> list[tuple[int, TimelineFault]]:
    return [(finding.sequence, finding.fault) for finding in verify_timelines().findings]


INSERT = (
    "INSERT INTO incident_events (incident_id, sequence, at, actor_name, action, from_status, to_status, note, detail,"
    " previous_hash, hash) SELECT incident_id, 5, at, actor_name, action, from_status, to_status, note, detail, hash,"
    " 'f00d' FROM incident_events WHERE sequence = 4"
)


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ([], []),
        (["UPDATE incident_events SET note = '都好了' WHERE sequence = 4"], [(4, F.ALTERED)]),
        (["UPDATE incident_events SET at = '2026-03-01 00:00:00+00' WHERE sequence = 1"], [(1, F.ALTERED)]),
        (["UPDATE incident_events SET actor_name = '别人' WHERE sequence = 2"], [(2, F.ALTERED)]),
        (["UPDATE incident_events SET action = 'forged' WHERE sequence = 2"], [(2, F.ALTERED)]),
        (["UPDATE incident_events SET detail = '' WHERE sequence = 1"], [(1, F.ALTERED)]),
        (["DELETE FROM incident_events WHERE sequence = 3"], [(3, F.REMOVED)]),
        (["DELETE FROM incident_events WHERE sequence = 1"], [(1, F.REMOVED)]),
        (["DELETE FROM incident_events WHERE sequence = 4"], [(4, F.CUT)]),
        (["DELETE FROM incident_events"], [(1, F.CUT)]),
        ([INSERT], [(5, F.ALTERED), (5, F.INSERTED)]),
        (["UPDATE incidents SET status = 'closed'"], [(4, F.STATUS)]),
        (["UPDATE incidents SET overdue_seconds = 0, answered_at = NULL"], [(4, F.COURSE)]),
        (["UPDATE incidents SET returned_count = 0, reopened_count = 1"], [(4, F.COURSE)]),
    ],
)
def test_what_was_done_to_a_timeline_is_found(db: Database, statements: list[str], found: list[Any]) -> None:
    lived(make_street())
    tamper(db, *statements)
    assert faults() == found


def test_an_entry_cut_off_with_its_head_put_right_is_found_by_the_audit_record(db: Database) -> None:
    number = lived(make_street())
    tamper(
        db,
        "DELETE FROM incident_events WHERE sequence = 4",
        "UPDATE incidents SET event_count = 3, status = 'handling', last_hash ="
        " (SELECT hash FROM incident_events WHERE sequence = 3)",
    )
    report = verify_timelines()
    assert [str(finding) for finding in report.findings] == [f"{number}: entry 4 cut"]
    assert (report.incidents, report.entries) == (1, 3)


@pytest.mark.parametrize("statement", ["UPDATE incident_events SET note = 'x'", "DELETE FROM incident_events"])
def test_the_database_itself_refuses_to_touch_an_entry(db: Database, statement: str) -> None:
    lived(make_street())
    with pytest.raises(DBAPIError, match="append-only"), db.transaction(EVERYWHERE) as session:
        session.execute(text(statement))
    assert faults() == []


REPLACED = (
    "REPLACE INTO incident_events SELECT id, incident_id, sequence, at, user_id, actor_name, action, from_status,"
    " to_status, '都好了', detail, previous_hash, hash FROM incident_events WHERE sequence = 2",
    "INSERT INTO incident_events SELECT id, incident_id, sequence, at, user_id, actor_name, action, from_status,"
    " to_status, '都好了', detail, previous_hash, hash FROM incident_events WHERE sequence = 2"
    " ON CONFLICT (id) DO UPDATE SET note = excluded.note",
)


@pytest.mark.parametrize("statement", REPLACED)
def test_nor_may_an_entry_be_replaced(db: Database, statement: str) -> None:
    """Also by a client that has not switched recursive triggers on, as any other but this program."""
    lived(make_street())
    if not db.is_sqlite and statement.startswith("REPLACE"):
        return  # PostgreSQL has no such statement
    with pytest.raises(DBAPIError, match="append-only"), db.transaction(EVERYWHERE) as session:
        session.execute(text(statement))
    if db.is_sqlite:
        with closing(sqlite3.connect(make_url(db.url).database or "")) as stranger:
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                stranger.execute(statement)
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                stranger.execute("REPLACE INTO audit_entries SELECT * FROM audit_entries")
    assert faults() == []


def test_the_command_finds_a_tampered_copy(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """``manage.py verify``: exit status 1, and the case and the place in its timeline."""
    number = lived(make_street())
    run = CliRunner()
    assert run.invoke(manage.app, ["verify", "--json"]).exit_code == 0
    tamper(db, "UPDATE incident_events SET note = '都好了' WHERE sequence = 4")
    found = run.invoke(manage.app, ["verify", "--json"])
    assert found.exit_code == 1
    assert f"{number}: entry 4 altered" in found.output


def test_progress_is_told_and_many_incidents_are_looked_at(sqlite_db: Database) -> None:
    street = make_street()
    for number in range(3):
        logged(street.command, f"f{number}")
    told: list[int] = []
    assert verify_timelines(told.append).incidents == 3
    assert told == [3]


# -- any timeline, any single change --

texts = st.text(max_size=12)
entries = st.lists(
    st.builds(
        TimelineEntry,
        at=st.integers(0, 10**6).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n)),
        user_id=st.none() | st.integers(1, 99),
        actor_name=texts,
        action=st.sampled_from(list(IncidentAction)),
        from_status=st.none() | st.sampled_from(list(IncidentStatus)),
        to_status=st.sampled_from(list(IncidentStatus)),
        note=texts,
        detail=st.dictionaries(texts, texts | st.none() | st.integers(), max_size=2).map(detail_text),
    ),
    min_size=1,
    max_size=6,
)


class Row(dict[str, Any]):
    """A row as the query gives it."""

    __getattr__ = dict.__getitem__


def chain(found: list[TimelineEntry]) -> tuple[TimelineHead, list[Row]]:
    rows: list[Row] = []
    for sequence, entry in enumerate(found, 1):
        rows.append(Row(chain_entry(7, sequence, entry, rows[-1]["hash"] if rows else None)))
    head = TimelineHead(7, "QT-1", rows[-1]["to_status"].value, len(rows), rows[-1]["hash"], _course(rows))
    return head, rows


@given(entries)
def test_an_untouched_chain_holds(found: list[TimelineEntry]) -> None:
    head, rows = chain(found)
    assert rows[0]["previous_hash"] == GENESIS
    assert _faults(head, rows, {row["hash"] for row in rows}) == set()


@given(entries, st.data())
def test_any_single_change_breaks_it(found: list[TimelineEntry], data: st.DataObject) -> None:
    head, rows = chain(found)
    at = data.draw(st.integers(0, len(rows) - 1))
    changed = [Row(row) for row in rows]
    kind = data.draw(st.sampled_from(["remove", "note", "user", "rewrite", "append", "swap"]))
    if kind == "remove":
        del changed[at]
    elif kind == "note":
        changed[at]["note"] += "!"
    elif kind == "user":
        changed[at]["user_id"] = (changed[at]["user_id"] or 0) + 1
    elif kind == "rewrite":  # with a hash of its own that is right
        entry = TimelineEntry(**{**vars(found[at]), "note": found[at].note + "!"})
        changed[at] = Row(chain_entry(7, at + 1, entry, rows[at]["previous_hash"]))
    elif kind == "append":
        changed.append(Row(chain_entry(7, len(rows) + 1, found[0], rows[-1]["hash"])))
    else:
        other = data.draw(st.integers(0, len(rows) - 1))
        if found[at] == found[other]:
            return
        changed[at]["note"], changed[other]["note"] = changed[other]["note"], changed[at]["note"]
        if changed == rows:
            return
    assert _faults(head, changed, {row["hash"] for row in rows})
