"""To whom an incident may be given: those who can go on with it, the nearest to the spot first (features C3, C6)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from db.models import Incident
from db.queries.incident_places import find_area_version
from db.queries.incidents import get_record, list_users_by_role_and_area
from db.session import reading
from domain.errors import Refusal
from domain.incidents import (
    LEVEL_OF,
    IncidentAction,
    IncidentLevel,
    IncidentStatus,
    Lane,
    allowed_actions,
    next_level,
)
from domain.permissions import EVERYWHERE, Actor, Permission, Role, require
from services.system.installations import current_profile

_A, _S = IncidentAction, IncidentStatus
# What needs somebody: to whom it goes, or for SUSPEND who looks at it again.
ASSIGNING = frozenset({_A.DISPATCH, _A.HAND_OVER, _A.ESCALATE, _A.HAND_DOWN})
# To whom: first those on the spot.
_ORDER = (Role.GRID_LEADER, Role.COMMUNITY_SECRETARY, Role.DEPARTMENT, Role.COMMAND_CENTRE)


class AssigneeRequired(Refusal):
    """Nobody was chosen to hand the incident to."""

    code = "assignee_required"


class AssigneeNotSuitable(Refusal):
    """The account is not active, may not handle incidents, or works for another area."""

    code = "assignee_not_suitable"


@dataclass(frozen=True)
class Assignee:
    """Somebody an incident may be handed to."""

    user_id: int
    name: str
    role: Role
    area_name: str


def list_assignees(actor: Actor, incident_id: int, action: IncidentAction | None = None) -> list[Assignee]:
    """Who can be given the incident now: leaders of its areas first, then secretaries and departments.

    ``action`` narrows it: ESCALATE and HAND_DOWN to the next level, SUSPEND to those who may resume it.
    """
    require(actor, Permission.INCIDENT_SEE)
    profile = current_profile()
    with reading(EVERYWHERE) as session:
        incident = get_record(session, actor.scope, incident_id).incident
        return assignees_of(session, incident, profile.lane(incident.lane).lane, action)


def assignees_of(
    session: Session, incident: Incident, lane: Lane, action: IncidentAction | None = None
) -> list[Assignee]:
    """The same for a row, within a transaction. Raises NoSuchLevel where there is no next level."""
    area = find_area_version(session, incident.area_id) if incident.area_id else None
    steps = [step for step in area.path.split("/") if step] if area else []
    paths = ["/" + "/".join(steps[: depth + 1]) + "/" for depth in range(len(steps))]
    roles = _receiving_roles(lane, incident, action)
    rows = list_users_by_role_and_area(session, [role.value for role in roles], paths)
    nearest = sorted(rows, key=lambda row: (_ORDER.index(Role(row[0].role)), -len(row[2] or ""), row[0].id))
    return [Assignee(user.id, user.name, Role(user.role), name or "") for user, name, _ in nearest]


def chosen_assignee(
    session: Session, incident: Incident, lane: Lane, action: IncidentAction, assignee_id: int | None
) -> Assignee:
    """The one chosen for an action. Raises AssigneeRequired, AssigneeNotSuitable, NoSuchLevel."""
    if assignee_id is None:
        raise AssigneeRequired()
    for assignee in assignees_of(session, incident, lane, action):
        if assignee.user_id == assignee_id:
            return assignee
    raise AssigneeNotSuitable()


def _receiving_roles(lane: Lane, incident: Incident, action: IncidentAction | None) -> list[Role]:
    """Those who can go on: from the hands of a colleague by feeding back, else by taking the dispatched case over."""
    if action is _A.SUSPEND:
        return [role for role in _ORDER if _A.RESUME in allowed_actions(lane, _S.SUSPENDED, role)]
    if incident.status == _S.HANDLING.value:
        roles = [role for role in _ORDER if _A.FEED_BACK in allowed_actions(lane, _S.HANDLING, role)]
    else:
        takes = {_A.TAKE_OVER, _A.REPORT_IN}
        roles = [role for role in _ORDER if takes & set(allowed_actions(lane, _S.DISPATCHED, role))]
    if action in (_A.ESCALATE, _A.HAND_DOWN):
        wanted = next_level(IncidentLevel(incident.level), action)
        return [role for role in roles if LEVEL_OF[role] is wanted]
    return roles
