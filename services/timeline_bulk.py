"""Whole timelines at once, as columns of the tables: the same chain as ``services.timelines`` makes, entry by entry."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any

from domain.incidents import GENESIS
from services.timelines import SUBJECT, TimelineEntry

Columns = tuple[Any, ...]


def chained(
    incident_id: int, entries: Sequence[TimelineEntry], after: int = 0, previous: str = ""
) -> tuple[list[Columns], str]:
    """The entries as rows of db.queries.orders.EVENT_COLUMNS, and the last hash.

    ``after`` and ``previous``: how many entries the timeline has, and its last hash. A test holds the hashes to those
    of ``chain_entry``.
    """
    rows: list[Columns] = []
    last = previous or GENESIS
    for sequence, entry in enumerate(entries, after + 1):
        text = _canonical(incident_id, sequence, entry, last)
        digest = sha256(text.encode()).hexdigest()
        rows.append(
            (
                incident_id, sequence, entry.at, entry.user_id, entry.actor_name, entry.action.value,
                entry.from_status.value if entry.from_status else None, entry.to_status.value, entry.note,
                entry.detail, last, digest,
            )
        )  # fmt: skip
        last = digest
    return rows, last


def witness(rows: Sequence[Columns], now: datetime) -> Columns:
    """The record of the audit for the last of the entries: the chain before it stands or falls with it."""
    last = rows[-1]
    return (now, last[3], f"{SUBJECT}.{last[5]}", SUBJECT, last[0], last[11])


def _canonical(incident_id: int, sequence: int, entry: TimelineEntry, previous: str) -> str:
    """What domain.incidents.chain_hash hashes, written out: json is ten times slower here."""
    quoted = encode_basestring
    at = entry.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    status = quoted(entry.from_status.value) if entry.from_status else "null"
    user = "null" if entry.user_id is None else str(entry.user_id)
    return (
        f'{{"fields":{{"action":{quoted(entry.action.value)},"actor_name":{quoted(entry.actor_name)},"at":"{at}",'
        f'"detail":{quoted(entry.detail)},"from_status":{status},"incident_id":{incident_id},'
        f'"note":{quoted(entry.note)},"sequence":{sequence},"to_status":{quoted(entry.to_status.value)},'
        f'"user_id":{user}}},"previous":{quoted(previous)}}}'
    )
