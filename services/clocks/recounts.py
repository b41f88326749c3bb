"""A changed calendar moves running deadlines, and each case's timeline says from when to when, and why (feature C4)."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from db.models import IncidentEvent
from db.queries.calendars import RunningCase, list_clock_events, list_running_for_update, write_recounts
from domain.calendars import ChangedDay
from domain.clock import from_local
from domain.clock_runs import ClockEntry, Run, run_of
from domain.clocks import Calendar
from domain.incidents import IncidentAction, IncidentStatus
from domain.permissions import Actor
from services.timelines.entries import SUBJECT, TimelineEntry, chain_entry, detail_text

BATCH = 500


def recount_deadlines(
    session: Session, actor: Actor, calendar: Calendar, changed: Sequence[ChangedDay], reason: str, now: datetime
) -> int:
    """Count running deadlines anew; how many moved. The caller holds the calendar for its transaction alone.

    Deadlines before the first changed day cannot move. Suspended, answered and closed cases are left alone, and
    those whose deadline was set by hand.
    """
    if not changed:
        return 0
    moved, last_id = 0, 0
    days = [[entry.day.isoformat(), entry.before, entry.after, entry.name] for entry in changed]
    due_from = from_local(changed[0].day, time())
    while cases := list_running_for_update(session, due_from, last_id, BATCH):
        runs = runs_of(list_clock_events(session, [case.id for case in cases]))
        dues = {case.id: run.deadline(calendar).due_at for case in cases if (run := runs.get(case.id))}
        moving = [(case, dues[case.id]) for case in cases if dues.get(case.id, case.due_at) != case.due_at]
        if moving:
            _write(session, actor, moving, days, reason, now)
        moved, last_id = moved + len(moving), cases[-1].id
    return moved


def _write(
    session: Session, actor: Actor, cases: Sequence[tuple[RunningCase, datetime]], days: list[list[str]], reason: str,
    now: datetime,
) -> None:  # fmt: skip
    events = [_event(actor, case, due, days, reason, now) for case, due in cases]
    rows = [
        {"case": case.id, "due_at": due, "event_count": event["sequence"], "last_hash": event["hash"],
         "version": case.version + 1, "updated_at": now}
        for (case, due), event in zip(cases, events, strict=True)
    ]  # fmt: skip
    audit = [
        {"at": now, "user_id": actor.user_id or None, "action": f"{SUBJECT}.{IncidentAction.RECOUNT}",
         "subject": SUBJECT, "subject_id": event["incident_id"], "detail": event["hash"]}
        for event in events
    ]  # fmt: skip
    write_recounts(session, rows, events, audit)


def _event(
    actor: Actor, case: RunningCase, due: datetime, days: list[list[str]], reason: str, now: datetime
) -> dict[str, Any]:
    status = IncidentStatus(case.status)
    detail = detail_text({"due_from": case.due_at.isoformat(), "due_at": due.isoformat(), "days": days})
    entry = TimelineEntry(
        now, actor.user_id or None, actor.name, IncidentAction.RECOUNT, status, status, reason, detail
    )  # fmt: skip
    return chain_entry(case.id, case.event_count + 1, entry, case.last_hash or None)


def runs_of(events: Iterable[IncidentEvent]) -> dict[int, Run | None]:
    """Case → what its deadline is counted from, of events in the order of their cases."""
    by_case = groupby(events, key=lambda event: event.incident_id)
    return {incident_id: run_of(clock_entries(found)) for incident_id, found in by_case}


def clock_entries(events: Iterable[IncidentEvent]) -> Iterator[ClockEntry]:
    """Entries as the rule of clocks reads them."""
    for event in events:
        yield ClockEntry(IncidentAction(event.action), event.at, json.loads(event.detail) if event.detail else {})
