"""From the whole demo day to its present: what has not happened yet is taken away.

The town is made for the whole of its last day, so that the same seed and day give the same content (and digest) at
whatever hour it is built; what lies after the present is then cut off.
"""

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from config.profiles import Profile
from db.models import Attendance, AuditEntry, Counter, Incident, IncidentEvent
from domain.clock import local_date
from domain.incidents import Lane
from services.demo.answers import add_records
from services.demo.clock_requests import cut_requests
from services.demo.rows import Rows
from services.incidents.courses import course_of


def cut_at(rows: Rows, profile: Profile, now: datetime) -> None:
    """Remove incidents, timeline entries and attendance after ``now``; incidents stand where they stood then."""
    rows.now = now
    rows.tables[Incident] = [row for row in rows.of(Incident) if row["reported_at"] <= now]
    rows.tables[IncidentEvent] = [row for row in rows.of(IncidentEvent) if row["at"] <= now]
    rows.tables[AuditEntry] = [row for row in rows.of(AuditEntry) if row["at"] <= now]
    entries: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for entry in rows.of(IncidentEvent):
        entries[entry["incident_id"]].append(entry)
    for incident in rows.of(Incident):
        _stand(incident, profile.lane(incident["lane"]).lane, entries[incident["id"]])
        add_records(rows, incident, entries[incident["id"]])
    _count_again(rows)
    cut_requests(rows, now)
    for attendance in rows.of(Attendance):
        _attend(attendance, now)


def _stand(incident: dict[str, Any], lane: Lane, entries: list[dict[str, Any]]) -> None:
    incident |= course_of(entries, None if lane.files else incident["reported_at"])
    incident["event_count"], incident["last_hash"] = len(entries), entries[-1]["hash"]


def _count_again(rows: Rows) -> None:
    per_day: dict[date, int] = defaultdict(int)
    for incident in rows.of(Incident):
        per_day[local_date(incident["reported_at"])] += 1
    by_text = {f"{day:%Y%m%d}": count for day, count in per_day.items()}
    for counter in rows.of(Counter):
        counter["value"] = by_text.get(counter["name"].rsplit("/", 1)[-1], 0)


def _attend(attendance: dict[str, Any], now: datetime) -> None:
    arrived, left = attendance["checked_in_at"], attendance["checked_out_at"]
    if left is not None and left > now:
        attendance["checked_out_at"] = attendance["minutes"] = None
    if arrived is not None and arrived > now:
        attendance["checked_in_at"] = None
