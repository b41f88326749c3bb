"""Whole timelines at once, as columns of the tables: the same chain as ``timelines.entries`` makes, entry by entry."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any

from domain.incidents import GENESIS
from domain.permissions import Actor
from services.timelines.entries import SUBJECT, TimelineEntry

Columns = tuple[Any, ...]
Step = tuple[datetime, str, str | None, str, str, str]
"""When (aware), action, status before and after, note, detail: an entry without the one who made it."""


def step_of(entry: TimelineEntry) -> Step:
    """An entry without the one who made it."""
    before = entry.from_status.value if entry.from_status else None
    return entry.at, entry.action.value, before, entry.to_status.value, entry.note, entry.detail


def chained(
    incident_id: int, steps: Sequence[Step], actor: Actor, after: int = 0, previous: str = ""
) -> tuple[list[Columns], str]:
    """The steps, all of one actor, as rows of db.queries.orders.EVENT_COLUMNS, and the last hash.

    ``after`` and ``previous``: how many entries the timeline has, and its last hash. A test holds the hashes to those
    of ``chain_entry``.
    """
    rows: list[Columns] = []
    user, name = actor.user_id or None, actor.name
    who, last = ("null" if user is None else str(user)), previous or GENESIS
    quoted_name = encode_basestring(name)
    for sequence, step in enumerate(steps, after + 1):
        digest = sha256(_canonical(incident_id, sequence, step, quoted_name, who, last).encode()).hexdigest()
        at, action, before, to, note, detail = step
        rows.append((incident_id, sequence, at, user, name, action, before, to, note, detail, last, digest))
        last = digest
    return rows, last


def witness(rows: Sequence[Columns], now: datetime) -> Columns:
    """The record of the audit for the last of the entries: the chain before it stands or falls with it."""
    last = rows[-1]
    return (now, last[3], f"{SUBJECT}.{last[5]}", SUBJECT, last[0], last[11])


def _canonical(incident_id: int, sequence: int, step: Step, name: str, user: str, previous: str) -> str:
    """What domain.incidents.chain_hash hashes, written out: json is ten times slower here."""
    at, action, before, to, note, detail = step
    moment = (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(timespec="microseconds")[:-6]
    return (
        f'{{"fields":{{"action":"{action}","actor_name":{name},"at":"{moment}Z","detail":{encode_basestring(detail)},'
        f'"from_status":{_quoted(before)},"incident_id":{incident_id},"note":{encode_basestring(note)},'
        f'"sequence":{sequence},"to_status":"{to}","user_id":{user}}},"previous":"{previous}"}}'
    )


def _quoted(status: str | None) -> str:
    return "null" if status is None else f'"{status}"'
