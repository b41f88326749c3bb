"""The dictionary of incidents: its versions and every entry that any of them had."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import DictionaryRow, DictionaryVersion
from domain.clocks import ClockKind, Limit
from domain.dictionaries import DictionaryEntry, Words


def find_newest_version(session: Session) -> tuple[int, datetime] | None:
    """The number of the newest version and when it was made; None before there is one."""
    statement = select(DictionaryVersion.number, DictionaryVersion.at).order_by(DictionaryVersion.number.desc())
    row = session.execute(statement.limit(1)).first()
    return (row[0], row[1]) if row else None


def list_dictionary_entries(session: Session) -> list[DictionaryEntry]:
    """Every entry, in the order of the list, those of newer versions first where they stand at one place."""
    order = (DictionaryRow.position, DictionaryRow.first_version.desc(), DictionaryRow.id)
    return [_entry_of(row) for row in session.scalars(select(DictionaryRow).order_by(*order))]


def list_dictionary_versions(session: Session) -> list[DictionaryVersion]:
    """Every version, the newest first."""
    return list(session.scalars(select(DictionaryVersion).order_by(DictionaryVersion.number.desc())))


def close_dictionary_rows(session: Session, keys: Collection[tuple[str, str]], last_version: int) -> None:
    """Let the open entries of these classes and conditions end with a version."""
    for row in session.scalars(select(DictionaryRow).where(DictionaryRow.last_version.is_(None))):
        if (row.category, row.condition) in keys:
            row.last_version = last_version
    session.flush()


def place_dictionary_rows(session: Session, places: Mapping[tuple[str, str], int]) -> None:
    """Give the open entries of these classes and conditions their places in the list."""
    for row in session.scalars(select(DictionaryRow).where(DictionaryRow.last_version.is_(None))):
        row.position = places.get((row.category, row.condition), row.position)
    session.flush()


def _entry_of(row: DictionaryRow) -> DictionaryEntry:
    return DictionaryEntry(
        row.family, Words(row.family_name, row.family_name_en), row.category, Words(row.class_name, row.class_name_en),
        row.condition, Words(row.condition_name, row.condition_name_en),
        Limit(row.limit_amount, ClockKind(row.limit_clock)), Words(row.standard, row.standard_en),
        Words(row.department, row.department_en), row.photo_required, row.example, row.first_version, row.last_version,
    )  # fmt: skip


def entry_columns(entry: DictionaryEntry, position: int) -> dict[str, object]:
    """The columns of an entry at its place in the list."""
    return {
        "position": position, "family": entry.family, "family_name": entry.family_name.zh,
        "family_name_en": entry.family_name.en, "category": entry.category, "class_name": entry.class_name.zh,
        "class_name_en": entry.class_name.en, "condition": entry.condition, "condition_name": entry.condition_name.zh,
        "condition_name_en": entry.condition_name.en, "limit_amount": float(entry.limit.amount),
        "limit_clock": entry.limit.clock.value, "standard": entry.standard.zh, "standard_en": entry.standard.en,
        "department": entry.department.zh, "department_en": entry.department.en,
        "photo_required": entry.photo_required, "example": entry.example, "first_version": entry.first_version,
        "last_version": entry.last_version,
    }  # fmt: skip
