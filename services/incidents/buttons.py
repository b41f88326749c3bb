"""Which steps of a case somebody may do now, and what each needs: the buttons of its card."""

from domain.incidents import (
    IncidentAction,
    IncidentLevel,
    IncidentStatus,
    Lane,
    NoSuchLevel,
    Part,
    allowed_actions,
    next_level,
    next_status,
    way_to_dispatch,
)
from domain.links import STEPS_OF_LINKED
from domain.permissions import Actor, Role
from services.incidents.assignees import ASSIGNING
from services.incidents.views import AllowedAction, IncidentView

_A = IncidentAction
TELLING = frozenset({_A.FEED_BACK, _A.ADD_NOTE, _A.EVALUATE})  # an entry without words or picture would say nothing


def is_called_only(actor: Actor, handler_id: int | None) -> bool:
    """Whether a department sees a case in other hands, because it was whistled for: then it adds notes, no steps."""
    return actor.role is Role.DEPARTMENT and handler_id != actor.user_id


def actions_for(actor: Actor, lane: Lane, view: IncidentView, parts: frozenset[Part]) -> tuple[AllowedAction, ...]:
    """The buttons of a card for an actor, and what each needs."""
    status, level = view.status, view.level
    found = [*allowed_actions(lane, status, actor.role, parts)]
    if is_called_only(actor, view.handler_id):
        found = [action for action in found if action is _A.ADD_NOTE]
    way = _way_open_to(actor, lane, status, parts)
    found += [_A.DISPATCH] if way and _A.DISPATCH not in found else []
    return tuple(
        AllowedAction(
            action,
            needs_reason=bool((row := lane.transition(status, action)) and row.reason),
            needs_assignee=action in ASSIGNING or action is _A.SUSPEND,
            needs_result=action in TELLING,
            takes_photos=action in TELLING or action is _A.CLOSE,
            needs_review=action is _A.SUSPEND,
            needs_standard=action is _A.CLOSE,
            via=way[:-1] if action is _A.DISPATCH else (),
        )
        for action in found
        if _has_level(level, action)
    )


def _way_open_to(
    actor: Actor, lane: Lane, status: IncidentStatus, parts: frozenset[Part]
) -> tuple[IncidentAction, ...]:
    way, at = way_to_dispatch(lane, status), status
    for action in way:
        if action not in allowed_actions(lane, at, actor.role, parts):
            return ()
        at = next_status(lane, at, action, role=actor.role, reason="-", parts=parts)
    return way


def _has_level(level: IncidentLevel, action: IncidentAction) -> bool:
    if action not in (_A.ESCALATE, _A.HAND_DOWN):
        return True
    try:
        return bool(next_level(level, action))
    except NoSuchLevel:
        return False


def open_to_linked(main_id: int | None, actions: tuple[AllowedAction, ...]) -> tuple[AllowedAction, ...]:
    """The buttons that remain when a case is linked to a main: what is done is done there."""
    return actions if main_id is None else tuple(item for item in actions if item.action in STEPS_OF_LINKED)
