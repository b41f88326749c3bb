"""Who waits for a place at an activity gets it in turn (feature E2)."""

from datetime import datetime

from sqlalchemy.orm import Session

from db.models import Activity
from db.queries.attendances import count_taken_places, list_first_waiting
from domain.activities import move_up
from services.activities.attendance_records import record_of, store_record


def move_up_waiting(session: Session, activity: Activity, now: datetime) -> int:
    """Give the free places of an activity, which is locked, to those whose turn it is; how many got one."""
    free = None if activity.capacity is None else activity.capacity - count_taken_places(session, activity.id)
    if free is not None and free <= 0:
        return 0
    found = list_first_waiting(session, activity.id, free)
    for row in found:
        store_record(row, move_up(record_of(row), now), activity.ends_at)
    session.flush()
    return len(found)
