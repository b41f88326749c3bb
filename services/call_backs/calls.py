"""回访: asking the reporters of closed cases how it went, and the three rates that come of it (feature C10)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from db.models import CallBackRecord, Incident
from db.queries import call_backs as rows
from db.queries.handlers import list_handlers
from db.queries.incidents import get_incident_for_update, get_record
from db.queries.receipts import add_receipt, find_receipt
from db.session import reading, transaction
from domain.call_backs import (
    CallBack,
    CallBackOnOpenCase,
    CallBackSource,
    HandlerMayNotCallBack,
    Satisfaction,
    columns_of,
    counted,
    detail_of,
    refuse_incomplete,
)
from domain.clock import utc_now
from domain.errors import StaleRecord
from domain.incidents import IncidentAction, IncidentStatus
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.texts import clean_text
from services.incidents.actions import refuse_stale
from services.incidents.records import add_record
from services.incidents.views import masked_contact
from services.system.installations import current_profile

NOTE_LENGTH = 1000
LISTED = 50
SUBJECT = "call_back"


@dataclass(frozen=True)
class CallBackForm:
    """What came of one attempt. ``form_key`` is the same when the same form is sent again.

    ``responded``: somebody came or answered; ``solved``; ``satisfaction``: all three or, where nobody was reached,
    none.
    """

    form_key: str
    reached: bool
    responded: bool | None = None
    solved: bool | None = None
    satisfaction: Satisfaction | None = None
    note: str = ""
    source: CallBackSource = CallBackSource.PHONE


@dataclass(frozen=True)
class WaitingCase:
    """A closed case whose reporter waits for a call. ``reporter`` is masked; ``attempts``: in vain so far."""

    id: int
    version: int
    number: str
    title: str
    category: str
    area_name: str | None
    closed_at: datetime
    reporter: str
    attempts: int


def record_call_back(
    actor: Actor, incident_id: int, version: int, form: CallBackForm, now: datetime | None = None
) -> CallBack:
    """Write down one attempt at a closed case; the same form sent again answers with the one that counts.

    Raises NotFound, CallBackOnOpenCase, HandlerMayNotCallBack, CallBackIncomplete, StaleRecord: somebody else called.
    """
    require(actor, Permission.INCIDENT_CALL_BACK)
    now, note = now or utc_now(), clean_text(form.note, "note", NOTE_LENGTH, required=False)
    refuse_incomplete(form.reached, (form.responded, form.solved, form.satisfaction))
    satisfaction = Satisfaction(form.satisfaction).value if form.satisfaction else None
    found = CallBack(
        now, actor.user_id or None, form.reached, form.responded, form.solved, satisfaction,
        CallBackSource(form.source).value, note,
    )  # fmt: skip
    with transaction(EVERYWHERE) as session:
        earlier = find_receipt(session, actor.user_id, SUBJECT, form.form_key)
        incident = get_incident_for_update(session, actor.scope, incident_id)
        if earlier is not None:
            if (before := rows.list_call_backs(session, incident.id).get(earlier)) is None:
                raise StaleRecord()  # the form was sent for another case
            return before
        if incident.status != IncidentStatus.CLOSED.value:
            raise CallBackOnOpenCase()
        if actor.accounts & list_handlers(session, incident):
            raise HandlerMayNotCallBack()
        refuse_stale(incident, version)
        row = CallBackRecord(incident_id=incident.id, **vars(found))
        session.add(row)
        session.flush()
        follow_call_backs(incident, [*rows.list_call_backs(session, incident.id).values()])
        add_record(session, incident, actor, IncidentAction.CALL_BACK, now, note, detail_of(row.id, found))
        add_receipt(session, actor.user_id, SUBJECT, form.form_key, row.id, now)
        return found


def follow_call_backs(incident: Incident, found: list[CallBack]) -> None:
    """Set the columns of an incident to the call-back that counts."""
    for name, value in columns_of(counted(found)).items():
        setattr(incident, name, value)


def list_call_backs(actor: Actor, incident_id: int) -> list[CallBack]:
    """Every attempt at a case in the actor's scope, oldest first. Raises NotFound."""
    require(actor, Permission.INCIDENT_CALL_BACK)
    with reading(EVERYWHERE) as session:
        get_record(session, actor.scope, incident_id)
        return [*rows.list_call_backs(session, incident_id).values()]


def count_to_call_back(actor: Actor, now: datetime | None = None) -> int:
    """How many closed cases of the actor's scope wait for a call."""
    require(actor, Permission.INCIDENT_CALL_BACK)
    with reading(actor.scope) as session:
        return rows.count_to_call_back(session, _which(actor, now or utc_now()))


def list_to_call_back(actor: Actor, now: datetime | None = None, limit: int = LISTED) -> list[WaitingCase]:
    """Closed cases whose reporter left a contact and was not reached yet, oldest first.

    Not those that the actor handled, nor those closed longer ago or tried more often than the profile says.
    """
    require(actor, Permission.INCIDENT_CALL_BACK)
    with reading(actor.scope) as session:
        found = rows.list_to_call_back(session, _which(actor, now or utc_now()), limit)
    return [
        WaitingCase(
            row.id, row.version, row.number, row.title, row.category, area, row.closed_at,
            masked_contact(row.reporter_name, row.reporter_phone), attempts,
        )
        for row, area, attempts in found
        if row.closed_at
    ]  # fmt: skip


def _which(actor: Actor, now: datetime) -> rows.ToCallBack:
    limits = current_profile().thresholds
    since = now - timedelta(days=limits.call_back_days.value)
    return rows.ToCallBack(since, limits.call_back_attempts.value, actor.accounts)
