"""Incidents: statuses, the one transition table, lanes, symbols (C3).

All lanes share the table. A lane is profile data: which rows of the table it uses and what it calls the statuses.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import Refusal
from domain.permissions import GRANTS, Permission, Role


class IncidentStatus(StrEnum):
    """Where an incident stands. Each lane uses some of them under names of its own."""

    REPORTED = "reported"
    CHECKED = "checked"
    FILED = "filed"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    FED_BACK = "fed_back"
    VERIFIED = "verified"
    CLOSED = "closed"
    VOIDED = "voided"
    SUSPENDED = "suspended"


class IncidentLevel(StrEnum):
    """Who has a case in hand: it is escalated step by step, and handed down again, under its one number."""

    GRID = "grid"
    COMMUNITY = "community"
    STREET = "street"
    DEPARTMENT = "department"


class IncidentAction(StrEnum):
    """What somebody does to an incident; each is one entry of its timeline."""

    REPORT = "report"
    FILE = "file"
    CALL = "call"
    DISPATCH = "dispatch"
    TAKE_OVER = "take_over"
    REPORT_IN = "report_in"
    ADD_NOTE = "add_note"
    HAND_OVER = "hand_over"
    SUPERVISE = "supervise"
    FEED_BACK = "feed_back"
    VERIFY = "verify"
    CLOSE = "close"
    RETURN = "return"
    VOID = "void"
    SUSPEND = "suspend"
    RESUME = "resume"
    REOPEN = "reopen"
    EVALUATE = "evaluate"
    CHECK = "check"
    ESCALATE = "escalate"
    HAND_DOWN = "hand_down"
    # What is noted about a case without moving it: RECORDS.
    EXTEND = "extend"
    RECOUNT = "recount"
    EXEMPT = "exempt"
    WHISTLE = "whistle"
    ANSWER_WHISTLE = "answer_whistle"
    WAIVE_WHISTLE = "waive_whistle"
    RATE_ANSWER = "rate_answer"
    CALL_BACK = "call_back"
    LINK = "link"
    UNLINK = "unlink"
    UPDATE = "update"
    ERASE_CONTACT = "erase_contact"
    REGRID = "regrid"
    # What happens to a linked case because it happened to its main: FOLLOWS.
    CLOSE_LINKED = "close_linked"
    REOPEN_LINKED = "reopen_linked"


class InvalidTransition(Refusal):
    """The lane has no such step from this status."""

    code = "invalid_transition"


class ActionNotAllowed(Refusal):
    """The step exists, but not for this role."""

    code = "action_not_allowed"


class ReasonRequired(Refusal):
    """The step needs a reason in words."""

    code = "reason_required"


class HandlerMayNotVerify(Refusal):
    """Whoever handled an incident does not check it: 核查 and 核实 are somebody else's."""

    code = "handler_may_not_verify"


class CheckerMayNotHandle(Refusal):
    """Whoever found before filing that it is there does not handle it."""

    code = "checker_may_not_handle"


class Part(StrEnum):
    """What somebody did in a case before, and therefore may not do now."""

    CHECKER = "checker"
    HANDLER = "handler"


_BARRED = {Part.CHECKER: CheckerMayNotHandle, Part.HANDLER: HandlerMayNotVerify}


@dataclass(frozen=True)
class Transition:
    """One row of the table: ``action`` leads from ``status`` to ``to`` for those who hold ``permission``.

    ``only`` narrows the permission to some roles; ``barred``: whoever played that part in the case may not do it.
    """

    status: IncidentStatus
    action: IncidentAction
    to: IncidentStatus
    permission: Permission
    only: frozenset[Role] | None = None
    reason: bool = False
    barred: Part | None = None

    @property
    def key(self) -> str:
        """The name by which a lane picks the row, such as ``handling.feed_back``."""
        return f"{self.status}.{self.action}"

    def open_to(self, role: Role) -> bool:
        """Whether a role may do it."""
        return self.permission in GRANTS[role] and (self.only is None or role in self.only)


START = IncidentStatus.REPORTED
# Entries of a timeline that never change the status and stand in no lane: the service that writes one asks for its
# permission and its own conditions.
RECORDS = frozenset(
    {
        IncidentAction.EXTEND, IncidentAction.RECOUNT, IncidentAction.EXEMPT, IncidentAction.WHISTLE,
        IncidentAction.ANSWER_WHISTLE, IncidentAction.WAIVE_WHISTLE,
        IncidentAction.RATE_ANSWER, IncidentAction.CALL_BACK, IncidentAction.LINK, IncidentAction.UNLINK,
        IncidentAction.UPDATE, IncidentAction.ERASE_CONTACT, IncidentAction.REGRID,
    }
)  # fmt: skip
ENDS = frozenset({IncidentStatus.CLOSED, IncidentStatus.VOIDED})
OPEN = frozenset(IncidentStatus) - ENDS
# A linked case (C7) follows its main past its lane: from which statuses, and to which.
FOLLOWS: Mapping[IncidentAction, tuple[frozenset[IncidentStatus], IncidentStatus]] = {
    IncidentAction.CLOSE_LINKED: (OPEN, IncidentStatus.CLOSED),
    IncidentAction.REOPEN_LINKED: (frozenset({IncidentStatus.CLOSED}), START),
}

_S, _A, _P = IncidentStatus, IncidentAction, Permission
_STAFF = frozenset({Role.GRID_LEADER, Role.COMMUNITY_SECRETARY, Role.COMMAND_CENTRE, Role.ADMINISTRATOR})
_CALLERS = frozenset({Role.GRID_LEADER, Role.COMMUNITY_SECRETARY})
_STREET = frozenset({Role.COMMAND_CENTRE, Role.ADMINISTRATOR})
_DEPARTMENT = frozenset({Role.DEPARTMENT})


def _everywhere(
    action: IncidentAction, permission: Permission, statuses: Iterable[IncidentStatus], reason: bool = False
) -> list[Transition]:
    return [Transition(status, action, status, permission, reason=reason) for status in statuses]


_ROWS = [
    Transition(_S.REPORTED, _A.CHECK, _S.CHECKED, _P.INCIDENT_HANDLE, only=_STAFF, barred=Part.HANDLER),
    Transition(_S.CHECKED, _A.FILE, _S.FILED, _P.INCIDENT_DISPATCH),
    Transition(_S.REPORTED, _A.CALL, _S.FILED, _P.INCIDENT_HANDLE, only=_CALLERS, reason=True),
    Transition(_S.REPORTED, _A.DISPATCH, _S.DISPATCHED, _P.INCIDENT_DISPATCH),
    Transition(_S.REPORTED, _A.TAKE_OVER, _S.HANDLING, _P.INCIDENT_HANDLE, only=_STAFF, barred=Part.CHECKER),
    Transition(_S.FILED, _A.DISPATCH, _S.DISPATCHED, _P.INCIDENT_DISPATCH),
    Transition(_S.FILED, _A.TAKE_OVER, _S.HANDLING, _P.INCIDENT_HANDLE, only=_STREET, barred=Part.CHECKER),
    Transition(_S.FILED, _A.RETURN, _S.REPORTED, _P.INCIDENT_DISPATCH, reason=True),
    Transition(_S.DISPATCHED, _A.TAKE_OVER, _S.HANDLING, _P.INCIDENT_HANDLE, only=_STAFF, barred=Part.CHECKER),
    Transition(_S.DISPATCHED, _A.REPORT_IN, _S.HANDLING, _P.INCIDENT_HANDLE, only=_DEPARTMENT, barred=Part.CHECKER),
    Transition(_S.DISPATCHED, _A.RETURN, _S.FILED, _P.INCIDENT_HANDLE, reason=True),
    Transition(_S.HANDLING, _A.HAND_OVER, _S.HANDLING, _P.INCIDENT_HANDLE, reason=True),
    Transition(_S.HANDLING, _A.ESCALATE, _S.HANDLING, _P.INCIDENT_HANDLE, reason=True),
    Transition(_S.HANDLING, _A.HAND_DOWN, _S.HANDLING, _P.INCIDENT_HANDLE, reason=True),
    Transition(_S.HANDLING, _A.CALL, _S.FILED, _P.INCIDENT_HANDLE, only=_CALLERS, reason=True),
    Transition(_S.HANDLING, _A.RETURN, _S.FILED, _P.INCIDENT_HANDLE, reason=True),
    Transition(_S.HANDLING, _A.FEED_BACK, _S.FED_BACK, _P.INCIDENT_HANDLE),
    Transition(_S.HANDLING, _A.SUSPEND, _S.SUSPENDED, _P.INCIDENT_VERIFY, reason=True),
    Transition(_S.SUSPENDED, _A.RESUME, _S.HANDLING, _P.INCIDENT_VERIFY),
    Transition(_S.FED_BACK, _A.CLOSE, _S.CLOSED, _P.INCIDENT_VERIFY, barred=Part.HANDLER),
    Transition(_S.FED_BACK, _A.VERIFY, _S.VERIFIED, _P.INCIDENT_VERIFY, barred=Part.HANDLER),
    Transition(_S.FED_BACK, _A.RETURN, _S.HANDLING, _P.INCIDENT_VERIFY, reason=True),
    Transition(_S.VERIFIED, _A.CLOSE, _S.CLOSED, _P.INCIDENT_VERIFY, barred=Part.HANDLER),
    Transition(_S.VERIFIED, _A.RETURN, _S.HANDLING, _P.INCIDENT_VERIFY, reason=True),
    Transition(_S.REPORTED, _A.VOID, _S.VOIDED, _P.INCIDENT_VERIFY, reason=True),
    Transition(_S.CHECKED, _A.VOID, _S.VOIDED, _P.INCIDENT_VERIFY, reason=True),
    Transition(_S.FILED, _A.VOID, _S.VOIDED, _P.INCIDENT_VERIFY, reason=True),
    Transition(_S.DISPATCHED, _A.VOID, _S.VOIDED, _P.INCIDENT_VERIFY, reason=True),
    Transition(_S.HANDLING, _A.VOID, _S.VOIDED, _P.INCIDENT_VERIFY, reason=True),
    Transition(_S.CLOSED, _A.REOPEN, _S.REPORTED, _P.INCIDENT_VERIFY, reason=True),
    Transition(_S.CLOSED, _A.EVALUATE, _S.CLOSED, _P.INCIDENT_VERIFY),
    *_everywhere(_A.ADD_NOTE, _P.INCIDENT_HANDLE, sorted(OPEN)),
    *_everywhere(_A.SUPERVISE, _P.INCIDENT_DISPATCH, sorted(OPEN - {_S.SUSPENDED}), reason=True),
]
TRANSITIONS: Mapping[str, Transition] = {row.key: row for row in _ROWS}


@dataclass(frozen=True)
class Lane:
    """A way through the table: the keys of the rows that may be used, from REPORTED to CLOSED."""

    key: str
    moves: frozenset[str]

    def transition(self, status: IncidentStatus, action: IncidentAction) -> Transition | None:
        """The row for a step, None where the lane has none."""
        key = f"{status}.{action}"
        return TRANSITIONS[key] if key in self.moves else None

    @property
    def files(self) -> bool:
        """Whether a case of this lane is filed; else it counts as filed when it is reported."""
        return any(TRANSITIONS[move].action is IncidentAction.FILE for move in self.moves)

    def transitions_from(self, status: IncidentStatus) -> tuple[Transition, ...]:
        """The rows that leave a status, in the order of the actions."""
        rows = (self.transition(status, action) for action in IncidentAction)
        return tuple(row for row in rows if row is not None)

    @property
    def statuses(self) -> frozenset[IncidentStatus]:
        """Every status that can be reached from REPORTED."""
        found, ahead = {START}, [START]
        while ahead:
            reached = {row.to for row in self.transitions_from(ahead.pop())} - found
            found |= reached
            ahead += reached
        return frozenset(found)


def lane_faults(lane: Lane) -> list[str]:
    """What is wrong with a lane, in English for its author; empty = sound.

    Every move stands in the table and can be reached, CLOSED can be reached, no open status is a dead end.
    """
    faults = [f"{move} is not in the transition table" for move in sorted(lane.moves - TRANSITIONS.keys())]
    if faults:
        return faults
    reached = lane.statuses
    faults += [f"{move} can never be used" for move in sorted(lane.moves) if TRANSITIONS[move].status not in reached]
    if IncidentStatus.CLOSED not in reached:
        faults.append("closed cannot be reached")
    stuck = [status for status in reached & OPEN if all(row.to == status for row in lane.transitions_from(status))]
    return faults + [f"{status} is a dead end" for status in sorted(stuck)]


def allowed_actions(
    lane: Lane, status: IncidentStatus, role: Role, parts: frozenset[Part] = frozenset()
) -> tuple[IncidentAction, ...]:
    """What a role may do now, in the order of IncidentAction; ``parts``: those the asker played in the case."""
    rows = lane.transitions_from(status)
    return tuple(row.action for row in rows if row.open_to(role) and row.barred not in parts)


def kept_from(lane: Lane, status: IncidentStatus, role: Role, parts: frozenset[Part]) -> tuple[IncidentAction, ...]:
    """What the role may do now and the asker may not, for a part they played in the case; in the same order."""
    rows = lane.transitions_from(status)
    return tuple(row.action for row in rows if row.open_to(role) and row.barred in parts)


def next_status(
    lane: Lane,
    status: IncidentStatus,
    action: IncidentAction,
    *,
    role: Role,
    reason: str = "",
    parts: frozenset[Part] = frozenset(),
) -> IncidentStatus:
    """The status after an action; ``parts``: those the one who acts played in the case.

    Raises InvalidTransition, ActionNotAllowed, HandlerMayNotVerify or CheckerMayNotHandle, ReasonRequired, in this
    order.
    """
    row = lane.transition(status, action)
    if row is None:
        raise InvalidTransition(lane=lane.key, status=status.value, action=action.value)
    if not row.open_to(role):
        raise ActionNotAllowed(action=action.value, role=role.value)
    if row.barred in parts:
        raise _BARRED[row.barred](action=action.value)
    if row.reason and not reason.strip():
        raise ReasonRequired(action=action.value)
    return row.to


# What dispatching says with one press where the lane asks for it first.
_BEFORE_DISPATCH = (IncidentAction.CHECK, IncidentAction.FILE)


def way_to_dispatch(lane: Lane, status: IncidentStatus) -> tuple[IncidentAction, ...]:
    """The actions from a status up to and with DISPATCH: CHECK and FILE go before it where the lane has them.

    () where it cannot be dispatched from here. One press does them all, each with its own entry of the timeline.
    """
    way: list[IncidentAction] = []
    while (row := lane.transition(status, IncidentAction.DISPATCH)) is None:
        row = next((found for action in _BEFORE_DISPATCH if (found := lane.transition(status, action))), None)
        if row is None:
            return ()
        way.append(row.action)
        status = row.to
    return (*way, IncidentAction.DISPATCH)


LEVEL_OF: Mapping[Role, IncidentLevel] = {
    Role.GRID_LEADER: IncidentLevel.GRID,
    Role.COMMUNITY_SECRETARY: IncidentLevel.COMMUNITY,
    Role.COMMAND_CENTRE: IncidentLevel.STREET,
    Role.ADMINISTRATOR: IncidentLevel.STREET,
    Role.DEPARTMENT: IncidentLevel.DEPARTMENT,
}


class NoSuchLevel(Refusal):
    """There is no level above the departments and none below the grids."""

    code = "no_such_level"


def next_level(level: IncidentLevel, action: IncidentAction) -> IncidentLevel:
    """The level that ESCALATE or HAND_DOWN leads to. Raises NoSuchLevel at either end."""
    order = list(IncidentLevel)
    to = order.index(level) + (1 if action is IncidentAction.ESCALATE else -1)
    if not 0 <= to < len(order):
        raise NoSuchLevel(action=action.value)
    return order[to]


def replay(lane: Lane, actions: Iterable[IncidentAction]) -> IncidentStatus:
    """The status that a timeline leads to, its first entry being REPORT. Raises InvalidTransition where it breaks."""
    status: IncidentStatus | None = None
    for action in actions:
        if status is None and action is IncidentAction.REPORT:
            status = START
            continue
        if status is not None and action in RECORDS:
            continue
        if status is not None and status in FOLLOWS.get(action, ((), START))[0]:
            status = FOLLOWS[action][1]
            continue
        row = lane.transition(status, action) if status else None
        if row is None:
            raise InvalidTransition(lane=lane.key, status=status.value if status else "", action=action.value)
        status = row.to
    if status is None:
        raise InvalidTransition(lane=lane.key, status="", action="")
    return status


class IncidentSymbol(StrEnum):
    """What is drawn for an incident: colour, shape and word of look/LOOK.md section 2."""

    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    WAITING = "waiting"
    VERIFYING = "verifying"
    HANDLING = "handling"
    CLOSED = "closed"


# What an open incident shows when time does not press.
STAGE_SYMBOLS: Mapping[IncidentStatus, IncidentSymbol] = {
    IncidentStatus.REPORTED: IncidentSymbol.WAITING,
    IncidentStatus.CHECKED: IncidentSymbol.WAITING,
    IncidentStatus.FILED: IncidentSymbol.WAITING,
    IncidentStatus.DISPATCHED: IncidentSymbol.HANDLING,
    IncidentStatus.HANDLING: IncidentSymbol.HANDLING,
    IncidentStatus.SUSPENDED: IncidentSymbol.HANDLING,
    IncidentStatus.FED_BACK: IncidentSymbol.VERIFYING,
    IncidentStatus.VERIFIED: IncidentSymbol.VERIFYING,
    IncidentStatus.CLOSED: IncidentSymbol.CLOSED,
    IncidentStatus.VOIDED: IncidentSymbol.CLOSED,
}
# The clock of a suspended incident stands still.
TIMED = OPEN - {IncidentStatus.SUSPENDED}
# The time of the one who handles it ends with the answer: late or soon late is only what is still to be answered.
RUNNING = TIMED - {IncidentStatus.FED_BACK, IncidentStatus.VERIFIED}


def symbol_of(
    status: IncidentStatus,
    due_at: datetime | None,
    now: datetime,
    closed_at: datetime | None = None,
    due_soon: datetime | None = None,
    *,
    linked: bool = False,
) -> IncidentSymbol:
    """One symbol per incident, first match wins: late, due soon, stage (LOOK.md section 2).

    ``linked``: it has a main, whose time presses instead (decision 0108).

    ``due_soon`` is the instant one working hour from now (clocks.due_at): what falls due until then is due soon. It
    is the same for all incidents of one look, so a query can compare columns with it.
    """
    if closed_at is not None or status not in RUNNING or due_at is None or linked:
        return IncidentSymbol.CLOSED if closed_at is not None else STAGE_SYMBOLS[status]
    if due_at < now:
        return IncidentSymbol.OVERDUE
    if due_soon is not None and due_at <= due_soon:
        return IncidentSymbol.DUE_SOON
    return STAGE_SYMBOLS[status]
