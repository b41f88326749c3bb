"""What waits for somebody at the command desk, counted as its list shows it (feature K2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from config.profiles import Profile
from db.queries.handlers import list_done_by_case
from db.queries.incidents import IncidentCriteria, count_incidents, count_open_by_symbol
from db.queries.whistles import list_incidents_awaiting
from db.session import reading
from domain.clock import local_date, utc_now
from domain.decisions import decision_of
from domain.incidents import IncidentStatus, IncidentSymbol
from domain.parts import Done, parts_played
from domain.permissions import Actor, Permission, require
from services.incidents.buttons import actions_for, open_to_linked
from services.incidents.views import IncidentView, look_at
from services.system.installations import current_profile

_S = IncidentSymbol
# What waits for somebody at the desk; a case in hand in time waits for nobody here.
DECISIONS = (_S.OVERDUE, _S.DUE_SOON, _S.WAITING, _S.VERIFYING)


@dataclass(frozen=True)
class Decisions:
    """How many cases of each symbol, suspended ones to be looked at again, and those in which departments are awaited.

    ``total`` counts each case once, as the list shows it, whatever it waits for besides. A case that is linked to
    another waits with that one and is not counted again.
    """

    by_symbol: dict[IncidentSymbol, int]
    review_due: int
    awaited: int
    total: int


def list_decisions(actor: Actor, views: Sequence[IncidentView]) -> dict[int, str]:
    """Id → what the actor has to decide about each of the cases that a list told them, by the steps open to them
    (domain.decisions.decision_of).
    """
    require(actor, Permission.INCIDENT_SEE)
    profile = current_profile()
    with reading(actor.scope) as session:
        done = list_done_by_case(session, [view.id for view in views])
    return {view.id: _decision(profile, actor, view, done.get(view.id, [])) for view in views}


def _decision(profile: Profile, actor: Actor, view: IncidentView, done: Sequence[Done]) -> str:
    parts = parts_played(done, actor.accounts, view.handler_id)
    actions = open_to_linked(view.main_id, actions_for(actor, profile.lane(view.lane).lane, view, parts))
    suspended = view.status is IncidentStatus.SUSPENDED
    return decision_of(view.symbol, {item.action for item in actions}, suspended=suspended)


def count_decisions(actor: Actor, now: datetime | None = None) -> Decisions:
    """The decisions over the actor's rows."""
    require(actor, Permission.INCIDENT_SEE)
    now = now or utc_now()
    look = look_at(current_profile(), now)
    mains = IncidentCriteria(mains_only=True)
    with reading(actor.scope) as session:
        counts = count_open_by_symbol(session, mains, look)
        review_due = count_incidents(session, replace(mains, or_review_by=local_date(now)), look)
        awaited = frozenset(list_incidents_awaiting(session, department_id=actor.department_id))
        rest = replace(mains, symbols=frozenset(DECISIONS), or_review_by=local_date(now), without=awaited)
        total = len(awaited) + count_incidents(session, rest, look)
    by_symbol = {symbol: counts.get(symbol, 0) for symbol in DECISIONS}
    return Decisions(by_symbol, review_due, len(awaited), total)
