"""Whole timelines at once, as columns of the tables: the same chain as ``timelines.entries`` makes, entry by entry."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring as quoted
from typing import Any

from domain.incidents import IncidentStatus
from domain.permissions import Actor
from domain.timelines import GENESIS
from services.timelines.entries import SUBJECT, TimelineEntry

Columns = tuple[Any, ...]
Step = tuple[str, str, str | None, str, str, str]
"""When (``moment_text``), action, status before and after, note, detail: an entry without the one who made it."""
_STATUS: dict[str | None, str] = {None: "null"} | {status.value: f'"{status}"' for status in IncidentStatus}


@lru_cache(maxsize=4096)
def moment_text(moment: datetime) -> str:
    """An instant (aware) as db.queries.bulk writes it, in UTC: 2026-03-17 06:32:00.000000."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    parts = utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond
    return "%04d-%02d-%02d %02d:%02d:%02d.%06d" % parts  # noqa: UP031 half of isoformat's time


def step_of(entry: TimelineEntry) -> Step:
    """An entry without the one who made it."""
    before = entry.from_status.value if entry.from_status else None
    return moment_text(entry.at), entry.action.value, before, entry.to_status.value, entry.note, entry.detail


def chained(
    incident_id: int, steps: Sequence[Step], actor: Actor, after: int = 0, previous: str = ""
) -> tuple[list[Columns], str]:
    """The steps, all of one actor, as rows of db.queries.orders.EVENT_COLUMNS, and the last hash.

    ``after`` and ``previous``: how many entries the timeline has, and its last hash. What is hashed is the text that
    domain.timelines.chain_hash makes, written out, since json is ten times slower; a test holds the two together.
    """
    rows: list[Columns] = []
    user, name = actor.user_id or None, actor.name
    who, said, last = ("null" if user is None else str(user)), quoted(name), previous or GENESIS
    for sequence, (at, action, before, to, note, detail) in enumerate(steps, after + 1):
        text = (
            f'{{"fields":{{"action":"{action}","actor_name":{said},"at":"{at[:10]}T{at[11:]}Z","detail":{quoted(detail)},'
            f'"from_status":{_STATUS[before]},"incident_id":{incident_id},"note":{quoted(note)},'
            f'"sequence":{sequence},"to_status":"{to}","user_id":{who}}},"previous":"{last}"}}'
        )
        digest = sha256(text.encode()).hexdigest()
        rows.append((incident_id, sequence, at, user, name, action, before, to, note, detail, last, digest))
        last = digest
    return rows, last


def witness(rows: Sequence[Columns], at: str) -> Columns:
    """The record of the audit for the last of the entries: the chain before it stands or falls with it."""
    last = rows[-1]
    return (at, last[3], f"{SUBJECT}.{last[5]}", SUBJECT, last[0], last[11])
