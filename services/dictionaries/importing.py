"""Importing a dictionary: a dry run that says what a list would change, and the version that it makes (feature C2)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from config.profiles import Profile
from db.models import DictionaryRow, DictionaryVersion
from db.queries.audit import add_audit_entry
from db.queries.dictionaries import (
    close_dictionary_rows,
    entry_columns,
    find_newest_version,
    list_dictionary_entries,
    list_dictionary_versions,
    place_dictionary_rows,
)
from db.queries.locks import hold
from db.session import reading, transaction
from domain.clock import utc_now
from domain.dictionaries import DictionaryEntry, IncidentFamily
from domain.dictionary_changes import Change, ListChanges, compare_lists
from domain.dictionary_lists import BadRow, DictionaryList, NoDictionaryHeader, read_list
from domain.errors import Refusal, StaleRecord
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.texts import clean_line
from geo.workbooks import read_sheets
from services.dictionaries.current import current_dictionary, forget_dictionary
from services.dictionaries.seeds import seed_dictionary
from services.system.installations import current_profile

NOTE_LENGTH = 400
SUBJECT = "dictionary"


class DictionaryHasFaults(Refusal):
    """A list with rows that are no entries is not taken in: what they name would be closed. Values: rows."""

    code = "dictionary_has_faults"


class EmptyDictionary(Refusal):
    """A list without a single entry would close all."""

    code = "empty_dictionary"


@dataclass(frozen=True)
class DictionaryPlan:
    """What an import would do. ``base`` is the version that was looked at; counts are of entries."""

    name: str
    sheet: str
    base: int
    rows: int
    notes: int
    families: int
    classes: int
    entries: tuple[DictionaryEntry, ...]
    bad: tuple[BadRow, ...]
    changes: ListChanges

    def as_dict(self) -> dict[str, Any]:
        """The counts, and what they count by name, for the command line."""
        found = self.changes
        return {
            "file": self.name, "sheet": self.sheet, "base_version": self.base, "rows": self.rows, "notes": self.notes,
            "families": self.families, "classes": self.classes, "entries": len(self.entries),
            "unchanged": len(found.unchanged), "added": [_named(entry) for entry in found.added],
            "changed": [_named(change.after) | {"was": _said(change)} for change in found.changed],
            "closed": [_named(entry) for entry in found.closed],
            "bad": [{"row": bad.row, "reason": bad.reason, "detail": bad.detail} for bad in self.bad],
        }  # fmt: skip


def _named(entry: DictionaryEntry) -> dict[str, str]:
    return {"family": entry.family_name.zh, "class": entry.class_name.zh, "condition": entry.condition_name.zh}


def _said(change: Change) -> str:
    was = change.before
    return f"{was.limit.amount:g} {was.limit.clock} · {was.standard.zh} · {was.department.zh}"


@dataclass(frozen=True)
class VersionView:
    """A version of the dictionary: who made it when, and what it changed."""

    number: int
    at: datetime
    author: str
    note: str
    added: int
    changed: int
    closed: int
    total: int


def list_dictionary(actor: Actor, version: int | None = None) -> tuple[IncidentFamily, ...]:
    """A version of the dictionary as a tree; None = the newest."""
    require(actor, Permission.DICTIONARY_SEE)
    dictionary = current_dictionary()
    return dictionary.tree(version) if version and version != dictionary.version else dictionary.families


def list_versions(actor: Actor) -> list[VersionView]:
    """Every version, the newest first; the profile's own where the database has none yet."""
    require(actor, Permission.DICTIONARY_SEE)
    with reading(EVERYWHERE) as session:
        rows = list_dictionary_versions(session)
    names = ("number", "at", "author", "note", "added", "changed", "closed", "total")
    return [VersionView(**{name: getattr(row, name) for name in names}) for row in rows]


def plan_dictionary_import(actor: Actor, name: str, raw: bytes) -> DictionaryPlan:
    """Read a list and compare it with what holds; writes nothing.

    Raises NoDictionaryHeader, EmptyDictionary, and what geo.workbooks.read_sheets raises.
    """
    require(actor, Permission.DICTIONARY_EDIT)
    with reading(EVERYWHERE) as session:
        base, known = _present(session, current_profile())
    sheet, found = _read(name, raw, known)
    if not found.entries and not found.bad:
        raise EmptyDictionary()
    changes = compare_lists([entry for entry in known if entry.last_version is None], found.entries)
    return DictionaryPlan(
        name, sheet, base, found.rows, found.notes, len({entry.family for entry in found.entries}),
        len({entry.category for entry in found.entries}), found.entries, found.bad, changes,
    )  # fmt: skip


def _present(session: Session, profile: Profile) -> tuple[int, list[DictionaryEntry]]:
    newest = find_newest_version(session)
    return (newest[0], list_dictionary_entries(session)) if newest else (1, list(profile.entries))


def _read(name: str, raw: bytes, known: list[DictionaryEntry]) -> tuple[str, DictionaryList]:
    """The first sheet with a header; before it may stand one with an explanation."""
    missing: NoDictionaryHeader | None = None
    for sheet in read_sheets(name, raw):
        try:
            return sheet.name, read_list(sheet.unmerged().rows, known)
        except NoDictionaryHeader as none:
            missing = missing or none
    raise missing or EmptyDictionary()


def apply_dictionary_import(
    actor: Actor, plan: DictionaryPlan, note: str = "", now: datetime | None = None
) -> VersionView | None:
    """Make the plan the newest version; None where it says what holds already.

    Raises DictionaryHasFaults, EmptyDictionary, and StaleRecord when another version was made since the plan.
    """
    require(actor, Permission.DICTIONARY_EDIT)
    note = clean_line(note, "note", NOTE_LENGTH, required=False)
    if plan.bad:
        raise DictionaryHasFaults(rows="、".join(str(bad.row) for bad in plan.bad[:20]))
    if not plan.entries:
        raise EmptyDictionary()
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        hold(session, SUBJECT)
        seed_dictionary(session, current_profile(), now)
        base, _ = _present(session, current_profile())
        if base != plan.base:
            raise StaleRecord()
        made = None if plan.changes.is_empty else _write(session, actor, plan, note, now)
    forget_dictionary()
    return made


def _write(session: Session, actor: Actor, plan: DictionaryPlan, note: str, now: datetime) -> VersionView:
    found, number = plan.changes, plan.base + 1
    made = VersionView(
        number, now, actor.name, note or plan.name, len(found.added), len(found.changed), len(found.closed),
        len(plan.entries),
    )  # fmt: skip
    session.add(DictionaryVersion(created_by=actor.user_id or None, **vars(made)))
    session.flush()
    gone = [*found.closed, *(change.before for change in found.changed)]
    close_dictionary_rows(session, [entry.key for entry in gone], plan.base)
    places = {entry.key: place for place, entry in enumerate(plan.entries)}
    place_dictionary_rows(session, {entry.key: places[entry.key] for entry in found.unchanged})
    for entry in (*found.added, *(change.after for change in found.changed)):
        session.add(DictionaryRow(**entry_columns(replace(entry, first_version=number), places[entry.key])))
    detail = f"{plan.name}: {made.added} added, {made.changed} changed, {made.closed} closed, {made.total} in all"
    add_audit_entry(session, actor.user_id, f"{SUBJECT}.import", SUBJECT, now, number, detail)
    session.flush()
    return made
