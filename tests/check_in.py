"""Coming and going by the code at the place, as tests need it: the tablet's code, opened by a phone, and the press."""

from datetime import datetime

from domain.check_in_codes import CodePurpose
from domain.permissions import SYSTEM, Actor
from services.activities import codes
from services.activities.recording import AttendanceView


def shown_code(activity: int, purpose: CodePurpose = CodePurpose.IN, now: datetime | None = None) -> str:
    """The code that the tablet shows."""
    return codes.get_place(SYSTEM, activity, purpose, now).code


def ticket_of(actor: Actor, activity: int, purpose: CodePurpose = CodePurpose.IN, now: datetime | None = None) -> str:
    """What the phone holds after it opened the code."""
    return codes.open_code(actor, shown_code(activity, purpose, now), now).ticket


def come(actor: Actor, activity: int, now: datetime | None = None) -> AttendanceView:
    """Check in, signed up or taking a free place."""
    return codes.use_ticket(actor, ticket_of(actor, activity, now=now), walk_in=True, now=now)


def leave(actor: Actor, activity: int, now: datetime | None = None) -> AttendanceView:
    """Check out."""
    return codes.use_ticket(actor, ticket_of(actor, activity, CodePurpose.OUT, now), now=now)
