"""Whether the timelines are as they were written: finds altered, removed, inserted and cut entries (feature C11)."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from db.queries.timelines import COURSE, TimelineHead, iterate_events, list_audited_hashes, list_timeline_heads
from db.session import reading
from domain.incidents import IncidentAction, IncidentStatus
from domain.permissions import EVERYWHERE
from domain.timelines import GENESIS
from services.incidents.courses import course_of
from services.timelines.entries import SUBJECT, TimelineEntry, chain_entry
from services.timelines.record_checks import Records, read_records, wrong_record

_BATCH = 2000
_ACTIONS = [f"{SUBJECT}.{action}" for action in IncidentAction]


class TimelineFault(StrEnum):
    """What was done to a timeline behind the program's back."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    CUT = "cut"
    STATUS = "status"  # the incident stands elsewhere than its timeline leads
    CALL_BACK = "call_back"  # the call-backs, or the one that counts, are not those of its timeline
    WHISTLE = "whistle"  # the answers of the departments are not those of its timeline
    COURSE = "course"  # its answer, delay or counts are not those of its timeline


@dataclass(frozen=True, order=True)
class TimelineFinding:
    """One fault: the incident's number and the place in its timeline, from 1."""

    number: str
    sequence: int
    fault: TimelineFault

    def __str__(self) -> str:
        return f"{self.number}: entry {self.sequence} {self.fault}"


@dataclass(frozen=True)
class TimelineReport:
    """What was looked at and what was found."""

    incidents: int
    entries: int
    findings: list[TimelineFinding]


def verify_timelines(on_progress: Callable[[int], None] = lambda _done: None) -> TimelineReport:
    """Check every timeline; ``on_progress`` gets the number of incidents looked at so far.

    Each entry's hash is computed anew; the chain, its head on the incident and the audit record have to agree.
    """
    incidents = entries = after = 0
    findings: list[TimelineFinding] = []
    while True:
        with reading(EVERYWHERE) as session:
            heads = list_timeline_heads(session, after, _BATCH)
            if not heads:
                return TimelineReport(incidents, entries, findings)
            events, audited = _read(session, heads)
            records = read_records(session, heads[0].incident_id, heads[-1].incident_id)
        for head in heads:
            timeline = events.get(head.incident_id, [])
            found = _faults(head, timeline, audited[head.incident_id])
            findings += sorted(found or _record_faults(head, timeline, records))
            entries += len(timeline)
        incidents, after = incidents + len(heads), heads[-1].incident_id
        on_progress(incidents)


def _read(session: Session, heads: list[TimelineHead]) -> tuple[dict[int, list[Any]], dict[int, set[str]]]:
    first, last = heads[0].incident_id, heads[-1].incident_id
    by_incident = groupby(iterate_events(session, first, last), key=lambda event: event.incident_id)
    events = {incident_id: list(found) for incident_id, found in by_incident}
    audited: dict[int, set[str]] = defaultdict(set)
    for incident_id, digest in list_audited_hashes(session, SUBJECT, _ACTIONS, first, last):
        audited[incident_id].add(digest)
    return events, audited


def _faults(head: TimelineHead, events: list[Any], audited: set[str]) -> set[TimelineFinding]:
    found = set(_chain_faults(events)) | set(_head_faults(head, events))
    missing = audited - {event.hash for event in events}
    if missing and not found:  # the head was put right as well; the audit record remembers
        found = {(len(events) + 1, TimelineFault.CUT)}
    if not found and _course(events) != head.course:
        found = {(events[-1].sequence, TimelineFault.COURSE)}
    return {TimelineFinding(head.number, sequence, fault) for sequence, fault in found}


def _chain_faults(events: Iterable[Any]) -> Iterable[tuple[int, TimelineFault]]:
    expected, previous = 1, GENESIS
    for event in events:
        if event.sequence != expected:
            yield expected, TimelineFault.REMOVED
        elif event.previous_hash != previous:
            yield max(1, expected - 1), TimelineFault.ALTERED  # the one before was written anew, hash and all
        if not _is_own_hash(event):
            yield event.sequence, TimelineFault.ALTERED
        expected, previous = event.sequence + 1, event.hash


def _is_own_hash(event: Any) -> bool:
    try:
        entry = TimelineEntry(
            event.at, event.user_id, event.actor_name, IncidentAction(event.action),
            IncidentStatus(event.from_status) if event.from_status else None, IncidentStatus(event.to_status),
            event.note, event.detail,
        )  # fmt: skip
    except ValueError:  # no such action or status: nobody but the program writes them
        return False
    return bool(chain_entry(event.incident_id, event.sequence, entry, event.previous_hash)["hash"] == event.hash)


def _head_faults(head: TimelineHead, events: list[Any]) -> Iterable[tuple[int, TimelineFault]]:
    last = events[-1].sequence if events else 0
    if last < head.event_count:
        yield last + 1, TimelineFault.CUT
    elif last > head.event_count:
        yield head.event_count + 1, TimelineFault.INSERTED
    elif not events or events[-1].hash != head.last_hash:
        yield max(1, last), TimelineFault.ALTERED
    elif events[-1].to_status != head.status:
        yield last, TimelineFault.STATUS


def _course(events: list[Any]) -> dict[str, Any]:
    led_to = course_of(events, None)
    return {name: led_to[name] for name in COURSE}


def _record_faults(head: TimelineHead, events: list[Any], records: Records) -> set[TimelineFinding]:
    """What stands beside a sound timeline and does not follow from it."""
    wrong = wrong_record(records, head.incident_id, events)
    return {TimelineFinding(head.number, events[-1].sequence, TimelineFault(wrong))} if wrong else set()
