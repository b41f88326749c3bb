"""What happens to linked cases when something happens to their main: they close, reopen and are freed with it (C7)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.models import Incident
from db.queries.handlers import list_done
from db.queries.incident_links import get_number, list_linked_for_update
from db.queries.incidents import list_events
from db.queries.whistles import list_unanswered_departments
from domain.clock import local_date
from domain.incidents import FOLLOWS, HandlerMayNotVerify, IncidentAction, IncidentStatus
from domain.links import STEPS_OF_LINKED, CaseIsLinked
from domain.parts import handlers_in
from domain.permissions import Actor
from domain.pledges import EvidenceKind
from domain.whistles import WhistleUnanswered
from services.incidents.closings import refuse_unshown
from services.incidents.courses import follow_step
from services.incidents.records import add_record
from services.incidents.regrids import to_present_area
from services.pledges.earning import follow_record
from services.timelines.entries import TimelineEntry, add_entry, detail_text

_A = IncidentAction
_DEADLINE = ("counted_from", "due_at", "limit")


def refuse_step_of_linked(session: Session, incident: Incident, action: IncidentAction) -> None:
    """Refuse (CaseIsLinked) what is to be done to the main."""
    if incident.main_id is not None and action not in STEPS_OF_LINKED:
        raise CaseIsLinked(number=get_number(session, incident.main_id))


def follow_main(
    session: Session, main: Incident, actor: Actor, action: IncidentAction, now: datetime, note: str,
    detail: Mapping[str, Any],
) -> None:  # fmt: skip
    """After a step of ``main`` (locked): close or reopen what is linked to it, or free it when the main was voided.

    Each gets an entry of its own. ``detail`` is that of the main's entry: a reopened one gets the main's new deadline.
    Raises, of one that is to be closed, WhistleUnanswered while a department is awaited, PhotoRequired, and
    HandlerMayNotVerify where the actor handled it.
    """
    follow: Callable[[Incident], None] | None = {
        _A.CLOSE: lambda linked: _close(session, main, linked, actor, now),
        _A.REOPEN: lambda linked: _reopen(session, main, linked, actor, now, detail),
        _A.VOID: lambda linked: _free(session, main, linked, actor, now, note),
    }.get(action)
    if follow is not None:
        for linked in list_linked_for_update(session, main.id):
            follow(linked)


def _close(session: Session, main: Incident, linked: Incident, actor: Actor, now: datetime) -> None:
    if names := list_unanswered_departments(session, linked.id):
        raise WhistleUnanswered(departments="、".join(names))
    refuse_unshown(session, linked, main)
    if actor.accounts & handlers_in(list_done(session, [linked.id])):
        raise HandlerMayNotVerify(action=_A.CLOSE.value)
    detail: dict[str, Any] = {"main": main.number}
    if main.answered_at and linked.answered_at is None:
        detail["answered_at"] = _answered_at(session, main.answered_at, linked).isoformat()
    _step(session, linked, actor, _A.CLOSE_LINKED, now, detail)


def _answered_at(session: Session, answered_at: datetime, linked: Incident) -> datetime:
    """The main's answer is the linked case's too; but one that was late already when it was linked stays late."""
    linked_at = max(event.at for event in list_events(session, linked.id) if event.action == _A.LINK.value)
    was_late = linked.due_at is not None and linked_at > linked.due_at
    return max(answered_at, linked.reported_at, *([linked_at] if was_late else []))


def _reopen(
    session: Session, main: Incident, linked: Incident, actor: Actor, now: datetime, detail: Mapping[str, Any]
) -> None:
    told = {"main": main.number} | {name: detail[name] for name in _DEADLINE if name in detail}
    if "due_at" in told:
        linked.due_at = datetime.fromisoformat(told["due_at"])
    if IncidentStatus(linked.status) in FOLLOWS[_A.REOPEN_LINKED][0]:
        told |= to_present_area(session, linked, local_date(now))
    _step(session, linked, actor, _A.REOPEN_LINKED, now, told)
    follow_record(session, actor, EvidenceKind.INCIDENT, linked.id, now)


def _step(
    session: Session, linked: Incident, actor: Actor, action: IncidentAction, now: datetime, detail: dict[str, Any]
) -> None:
    before, (among, to) = IncidentStatus(linked.status), FOLLOWS[action]
    if before not in among:
        return
    answered = datetime.fromisoformat(detail["answered_at"]) if "answered_at" in detail else None
    follow_step(linked, action, to, now, answered_at=answered)
    entry = TimelineEntry(now, actor.user_id or None, actor.name, action, before, to, "", detail_text(detail))
    add_entry(session, linked, actor, entry)
    session.flush()


def _free(session: Session, main: Incident, linked: Incident, actor: Actor, now: datetime, note: str) -> None:
    linked.main_id = None
    add_record(session, linked, actor, _A.UNLINK, now, note, {"main": main.number, "main_id": None, "voided": True})
