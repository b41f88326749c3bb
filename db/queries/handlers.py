"""Who has or had a case in hand: for the parts that bar somebody, and as a condition of the lists (features C3, C5).

Both go by domain.parts. A linked case is handled with its main, which may lie outside the asker's scope: timelines are
read past it, and nothing of them is shown.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from db.models import Incident, IncidentEvent
from domain.incidents import IncidentAction
from domain.parts import HANDLING, Done, handlers_in

_EVENTS, _CASES = IncidentEvent.__table__.c, Incident.__table__.alias("in_hand")
_GIVEN = '"hands": ['  # as services.timelines.detail_text writes it; within a text its quotes would be escaped
_TOLD = [action.value for action in (*sorted(HANDLING), IncidentAction.CHECK)]


def done_by(user_id: int | None, action: str, detail: str) -> Done:
    """An entry of a timeline as to parts."""
    given = json.loads(detail)["hands"][0] if _GIVEN in detail else None
    return Done(user_id, action, given)


def list_done(session: Session, incident_ids: Collection[int]) -> list[Done]:
    """The entries of these cases' timelines that say who checked or handled."""
    return [done for found in list_done_by_case(session, incident_ids).values() for done in found]


def list_done_by_case(session: Session, incident_ids: Collection[int]) -> dict[int, list[Done]]:
    """The same by case; a case without such an entry is not there."""
    says = or_(_EVENTS.action.in_(_TOLD), _EVENTS.detail.contains(_GIVEN))
    columns = (_EVENTS.incident_id, _EVENTS.user_id, _EVENTS.action, _EVENTS.detail)
    by_case: dict[int, list[Done]] = {}
    for incident_id, *row in session.execute(select(*columns).where(_EVENTS.incident_id.in_(incident_ids), says)):
        by_case.setdefault(incident_id, []).append(done_by(*row))
    return by_case


def list_handlers(session: Session, incident: Incident) -> set[int]:
    """Who has or had the case or the one that it is linked to in hand."""
    cases = [incident.id] if incident.main_id is None else [incident.id, incident.main_id]
    now = session.scalars(select(_CASES.c.handler_id).where(_CASES.c.id.in_(cases), _CASES.c.handler_id.is_not(None)))
    return handlers_in(list_done(session, cases)) | set(now)


def handled_by(accounts: Collection[int]) -> ColumnElement[bool]:
    """The same as a condition on Incident: whether one of these accounts is among its ``list_handlers``."""
    both: tuple[Any, ...] = (Incident.id, Incident.main_id)
    acted = and_(_EVENTS.user_id.in_(accounts), _EVENTS.action.in_([action.value for action in HANDLING]))
    given = [_EVENTS.detail.contains(f"{_GIVEN}{account},", autoescape=True) for account in sorted(accounts)]
    did = select(_EVENTS.id).where(_EVENTS.incident_id.in_(both), or_(acted, *given))
    has = select(_CASES.c.id).where(_CASES.c.id.in_(both), _CASES.c.handler_id.in_(accounts))
    return or_(did.correlate(Incident).exists(), has.correlate(Incident).exists())
