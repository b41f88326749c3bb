"""Backup, restore, verify."""

import os
from pathlib import Path

import pytest
from sqlalchemy import text

from db.backups import NotABackup
from db.engine import writing
from db.migrating import newest_revision
from db.models import Area
from db.session import Database, transaction
from domain.permissions import EVERYWHERE, SYSTEM
from services.clocks.calendars import CalendarWarning
from services.system import maintenance
from services.system.maintenance import BackupNewer, DatabaseNotEmpty, FileExists
from tests.factories import make_area, make_user
from tests.incident_town import logged, make_street


def names(db: Database) -> list[str]:
    with transaction(EVERYWHERE) as session:
        return sorted(area.name for area in session.query(Area))


def execute(db: Database, *statements: str) -> None:
    with writing(db.engine).begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_records_come_back_when_restored(db: Database, tmp_path: Path) -> None:
    street = make_area("万里街道", level="street", box=(121.3, 31.2, 121.4, 31.3))
    make_area("一格", parent=street, box=(121.3, 31.2, 121.35, 31.3))
    report = maintenance.back_up(SYSTEM, tmp_path / "day.backup")
    assert report.megabytes > 0
    assert os.stat(tmp_path / "day.backup").st_mode & 0o077 == 0
    make_area("二格", parent=street)
    with pytest.raises(DatabaseNotEmpty):
        maintenance.restore(SYSTEM, tmp_path / "day.backup")
    assert names(db) == ["一格", "万里街道", "二格"]

    forced = maintenance.restore(SYSTEM, tmp_path / "day.backup", force=True)
    assert names(db) == ["一格", "万里街道"]
    assert maintenance.verify(SYSTEM).ok
    make_area("三格", parent=street)  # ids go on after a restore
    assert forced.saved is not None
    maintenance.restore(SYSTEM, Path(forced.saved), force=True)
    assert names(db) == ["一格", "万里街道", "二格"]


def test_backup_is_refused_when_the_file_is_there(sqlite_db: Database, tmp_path: Path) -> None:
    (tmp_path / "old").write_text("precious")
    with pytest.raises(FileExists):
        maintenance.back_up(SYSTEM, tmp_path / "old")
    assert (tmp_path / "old").read_text() == "precious"


def test_restore_is_refused_when_no_backup(sqlite_db: Database, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    maintenance.back_up(SYSTEM, tmp_path / "good")
    whole = (tmp_path / "good").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "postgres").write_bytes(b"PGDMP" + bytes(100))
    for name in ("text", "cut", "postgres", "absent"):
        with pytest.raises(NotABackup):
            maintenance.restore(SYSTEM, tmp_path / name, force=True)


def test_restore_is_refused_when_backup_is_newer(db: Database, tmp_path: Path) -> None:
    execute(db, "UPDATE alembic_version SET version_num = '9999'")
    maintenance.back_up(SYSTEM, tmp_path / "newer")
    execute(db, f"UPDATE alembic_version SET version_num = '{newest_revision()}'")
    with pytest.raises(BackupNewer):
        maintenance.restore(SYSTEM, tmp_path / "newer", force=False)


def test_verify_passes_when_whole(db: Database) -> None:
    make_user()
    street = make_area("万里街道", level="street", box=(121.3, 31.2, 121.4, 31.3))
    make_area("一格", parent=street)
    seen: list[str] = []
    report = maintenance.verify(SYSTEM, seen.append)
    assert report.ok, report
    assert seen == [check.name for check in report.checks]
    assert {"schema", "references", "area_paths", "area_bounds"} <= set(seen)


@pytest.mark.parametrize(
    ("check", "damage"),
    [
        ("area_paths", "UPDATE areas SET path = '/7/'"),
        ("area_depths", "UPDATE areas SET depth = 3"),
        ("area_bounds", "UPDATE areas SET min_x = 0"),
        ("area_codes", "UPDATE areas SET code = 'same', valid_from = DATE('2020-01-0' || id)"),
    ],
)
def test_verify_names_what_is_damaged(sqlite_db: Database, check: str, damage: str) -> None:
    make_area("一格", box=(121.3, 31.2, 121.4, 31.3))
    make_area("二格", box=(121.4, 31.2, 121.5, 31.3))
    execute(sqlite_db, damage)
    report = maintenance.verify(SYSTEM)
    assert not report.ok
    assert [found.name for found in report.checks if found.faults] == [check]


def test_verify_misses_a_trigger_when_dropped(sqlite_db: Database) -> None:
    execute(sqlite_db, "DROP TRIGGER audit_entries_no_delete")
    assert maintenance.verify(SYSTEM).checks[0].faults == ["trigger audit_entries_no_delete is missing"]


def test_verify_names_the_entry_when_a_timeline_was_altered_past_its_trigger(sqlite_db: Database) -> None:
    number = logged(make_street().command).number
    execute(sqlite_db, "DROP TRIGGER incident_events_no_update")
    execute(sqlite_db, "UPDATE incident_events SET note = 'x'")
    found = {check.name: check.faults for check in maintenance.verify(SYSTEM).checks if check.faults}
    assert found == {
        "schema": ["trigger incident_events_no_update is missing"],
        "timelines": [f"{number}: entry 1 altered"],
    }


def test_verify_stops_when_the_schema_is_old(sqlite_db: Database) -> None:
    execute(sqlite_db, "UPDATE alembic_version SET version_num = '0001'")
    report = maintenance.verify(SYSTEM)
    assert not report.ok
    assert [check.name for check in report.checks] == ["schema"]


def test_verify_warns_of_a_year_without_holidays(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "calendar_warning", lambda: CalendarWarning((2031,)))
    report = maintenance.verify(SYSTEM)
    assert report.ok
    assert report.warnings == ["calendar: the public holidays of 2031 are not entered"]
