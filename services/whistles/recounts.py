"""A changed calendar moves the report-in clocks of departments that are awaited; the timelines say so (C4, C6)."""

import json
from datetime import datetime

from sqlalchemy.orm import Session

from db.models import Incident
from db.queries.incidents import get_incident_for_update, list_events
from db.queries.whistles import get_answer_row, list_answers, list_incidents_awaiting
from domain.clocks import Calendar, ClockKind, Limit, due_at
from domain.incidents import IncidentAction
from domain.permissions import EVERYWHERE, Actor
from domain.whistles import AnswerState
from services.incidents.records import add_record


def recount_report_ins(
    session: Session, actor: Actor, calendar: Calendar, due_from: datetime, reason: str, now: datetime
) -> int:
    """Count the awaited report-ins due from an instant on anew; how many moved.

    The caller holds the calendar for its transaction alone, so that no whistle is blown meanwhile.
    """
    moved = 0
    for incident_id in list_incidents_awaiting(session, due_from):
        incident = get_incident_for_update(session, EVERYWHERE, incident_id)
        dues = _moving(session, incident, calendar)
        for answer_id, due in dues.items():
            get_answer_row(session, incident_id, answer_id).due_at = due
        if dues:
            said = {str(answer_id): due.isoformat() for answer_id, due in dues.items()}
            add_record(session, incident, actor, IncidentAction.RECOUNT, now, reason, {"whistles": said})
        moved += len(dues)
    return moved


def _moving(session: Session, incident: Incident, calendar: Calendar) -> dict[int, datetime]:
    """Answer → its new deadline, of those that move."""
    limits = _limits(session, incident)
    awaited = [record for record in list_answers(session, incident.id) if record.answer.state is AnswerState.AWAITED]
    dues = {one.id: due_at(one.answer.blown_at, limits[one.answer.whistle_id], calendar) for one in awaited}
    return {one.id: dues[one.id] for one in awaited if dues[one.id] != one.answer.due_at}


def _limits(session: Session, incident: Incident) -> dict[int, Limit]:
    """Whistle → the limit that it was blown with."""
    found = {}
    for event in list_events(session, incident.id):
        if event.action == IncidentAction.WHISTLE.value:
            said = json.loads(event.detail)
            limit = said["report_in"]["limit"]
            found[said["whistle"]["id"]] = Limit(limit["amount"], ClockKind(limit["clock"]))
    return found
