"""The first version of the dictionary: a profile's own entries, given to a new database (feature C2)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from config.profiles import Profile
from db.models import DictionaryRow, DictionaryVersion
from db.queries.bulk import insert_rows
from db.queries.dictionaries import entry_columns, find_newest_version
from domain.permissions import SYSTEM


def seed_dictionary(session: Session, profile: Profile, now: datetime) -> None:
    """Give a database without a dictionary the profile's as version 1; one that has one keeps it."""
    if find_newest_version(session) is None:
        insert_rows(session, DictionaryVersion, [first_version(profile, now)])
        insert_rows(session, DictionaryRow, first_entries(profile))


def first_version(profile: Profile, now: datetime) -> dict[str, Any]:
    """The columns of version 1."""
    count = len(profile.entries)
    return {
        "number": 1, "at": now, "created_by": None, "author": SYSTEM.name, "note": profile.name.value.zh,
        "added": count, "changed": 0, "closed": 0, "total": count,
    }  # fmt: skip


def first_entries(profile: Profile) -> Sequence[dict[str, Any]]:
    """The columns of its entries."""
    return [entry_columns(entry, place) for place, entry in enumerate(profile.entries)]
