"""Backup, restore, verify: the operator's care for the database."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

from db import backups, checking
from db.backups import BackupFacts, NotABackup
from db.maintaining import tend
from db.models import Area, Organisation
from db.queries.area_contents import list_open_in_ended_areas
from db.queries.audit import add_audit_entry
from db.queries.planned_area_changes import list_left_planned
from db.queries.talent_needs import list_need_faults
from db.session import Database, database, reading, transaction
from domain.clock import local_date, to_local, utc_now
from domain.errors import Refusal
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.activities.corrections import list_correction_faults
from services.clocks.calendars import calendar_warning
from services.pledges.checks import list_pledge_faults
from services.pledges.earning import list_pledge_point_faults
from services.points import checks as points
from services.system.installations import forget_installation, migrate
from services.timelines.checks import verify_timelines


class FileExists(Refusal):
    """Nothing is written over a file that is there. Values: name."""

    code = "file_exists"


class DatabaseNotEmpty(Refusal):
    """The database in use holds records, which a restore would replace."""

    code = "database_not_empty"


class BackupNewer(Refusal):
    """The backup was made by a newer program. Values: revision."""

    code = "backup_newer"


@dataclass(frozen=True)
class BackupReport:
    """A backup that was made or put back. ``saved`` is the copy of what a forced restore replaced."""

    path: str
    megabytes: float
    kind: str
    revision: str | None
    saved: str | None = None


@dataclass(frozen=True)
class Check:
    """One check and its faults, in English and for the operator; none = passed."""

    name: str
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class VerifyReport:
    """What ``verify`` found. ``warnings``: what is no fault of the database and wants somebody's hand soon."""

    ok: bool
    checks: list[Check]
    warnings: list[str] = field(default_factory=list)


def back_up(actor: Actor, path: Path, now: datetime | None = None) -> BackupReport:
    """Copy the database in use into a new file, while it is in use. Raises FileExists, BackupFailed."""
    require(actor, Permission.USER_MANAGE)
    if path.exists():
        raise FileExists(name=path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    backups.write_backup(database(), path)
    tend(database())
    with transaction(EVERYWHERE) as session:
        add_audit_entry(session, actor.user_id, "database.backup", "database", now or utc_now(), detail=path.name)
    return _report(path, backups.read_backup(path))


def restore(actor: Actor, path: Path, force: bool = False, now: datetime | None = None) -> BackupReport:
    """Put a backup in the place of the database in use, and bring it to the newest schema.

    Refused unless ``force``: a database that holds records, and a backup that a newer program made. What a forced
    restore replaces is backed up beside the backup first. Raises NotABackup for another kind of database's.
    """
    require(actor, Permission.USER_MANAGE)
    facts, target = backups.read_backup(path), database()
    if facts.kind != backups.kind_of(target):
        raise NotABackup(name=path.name, reason=f"{facts.kind} ≠ {backups.kind_of(target)}")
    known = backups.is_known_revision(facts.revision)
    if not known and not force:
        raise BackupNewer(revision=facts.revision)
    saved = _save_present(target, path, force, now or utc_now())
    backups.restore_backup(target, path)
    forget_installation()
    if known:
        migrate(target)
    return _report(path, facts, saved)


def _save_present(target: Database, path: Path, force: bool, now: datetime) -> Path | None:
    if not backups.holds_records(target):
        return None
    if not force:
        raise DatabaseNotEmpty()
    stem = f"before-restore-{to_local(now):%Y%m%d-%H%M%S}"
    names = (f"{stem}{f'-{number}' if number else ''}{path.suffix}" for number in count())
    saved = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    backups.write_backup(target, saved)
    return saved


def _report(path: Path, facts: BackupFacts, saved: Path | None = None) -> BackupReport:
    megabytes = round(path.stat().st_size / 2**20, 2)
    return BackupReport(str(path), megabytes, facts.kind, facts.revision, str(saved) if saved else None)


def verify(actor: Actor, on_check: Callable[[str], None] = lambda _name: None) -> VerifyReport:
    """Look through the whole database; ``on_check`` is told the name of each check before it starts."""
    require(actor, Permission.USER_MANAGE)
    checks = []
    for name, faults in _checks().items():
        on_check(name)
        checks.append(Check(name, faults()))
        if name == "schema" and any(not fault.startswith(("trigger ", "rule ")) for fault in checks[-1].faults):
            return VerifyReport(False, checks)  # the others would stumble over tables that are not there
    missing = calendar_warning()
    warnings = [f"calendar: the public holidays of {year} are not entered" for year in missing.years] if missing else []
    warnings += _open_cases_in_ended_areas() + _planned_changes_left()
    return VerifyReport(not any(check.faults for check in checks), checks, warnings)


def _open_cases_in_ended_areas() -> list[str]:
    """No fault: a case without a place is left there when it is opened again, until somebody says where it lies."""
    with reading(EVERYWHERE) as session:
        found = list_open_in_ended_areas(session)
    return [f"case {number}: open, and lies in {area}, which ended on {day:%Y-%m-%d}" for number, area, day in found]


def _planned_changes_left() -> list[str]:
    """No fault: what was planned did not fit on its day, or the program has not run since."""
    with reading(EVERYWHERE) as session:
        left = list_left_planned(session, local_date(utc_now()))
    return [
        f"planned change {number} of {day:%Y-%m-%d}: not made ({code or 'not tried yet'})" for number, day, code in left
    ]


def _checks() -> dict[str, Callable[[], list[str]]]:
    return {
        "schema": lambda: checking.list_schema_faults(database()),
        "file": _reading(checking.list_file_faults),
        "references": _reading(checking.list_reference_faults),
        "area_paths": _reading(lambda session: checking.list_path_faults(session, Area)),
        "area_depths": _reading(checking.list_depth_faults),
        "area_codes": _reading(checking.list_code_faults),
        "area_bounds": _reading(checking.list_box_faults),
        "organisation_paths": _reading(lambda session: checking.list_path_faults(session, Organisation)),
        "attendance_corrections": _reading(list_correction_faults),
        "pledges": _reading(list_pledge_faults),
        "talent_needs": _reading(list_need_faults),
        "pledge_points": _reading(list_pledge_point_faults),
        "points_ledger": _reading(points.list_ledger_faults),
        "points_records": _reading(points.list_record_faults),
        "points_shop": _reading(points.list_shop_faults),
        "timelines": lambda: [str(finding) for finding in verify_timelines().findings],
    }


def _reading(check: Callable[..., list[str]]) -> Callable[[], list[str]]:
    def run() -> list[str]:
        with reading(EVERYWHERE) as session:
            return check(session)

    return run
