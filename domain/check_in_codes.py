"""Codes for checking in and out: what the QR code at a place says, how long it holds, and how it is proved (E2).

A code names an activity, a purpose and a step of time, and carries a keyed hash of them. The one on show at the place
is everybody's and holds for its own step and the next. Whoever opens it while it holds gets a ticket of their own,
which leaves time to read and press.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import Refusal

STEP_SECONDS = 30
CODE_STEPS, TICKET_STEPS = 2, 10  # steps for which a code of the place and a ticket hold, their own counted
_HASH_BYTES = 15
_LONGEST = 80  # characters


class CodePurpose(StrEnum):
    """What a code is for."""

    IN = "in"
    OUT = "out"


class CodeForged(Refusal):
    """Not a code of this installation, or one that was changed, or somebody else's ticket."""

    code = "check_in_code_forged"


class CodeExpired(Refusal):
    """A code that was on show earlier."""

    code = "check_in_code_expired"


@dataclass(frozen=True)
class CheckInCode:
    """What a code says. ``holder`` is the account of a ticket, 0 for the code of the place."""

    activity_id: int
    purpose: CodePurpose
    step: int
    holder: int = 0


def step_at(now: datetime) -> int:
    """The step of time at an instant (aware), counted from 1970."""
    return int(now.timestamp()) // STEP_SECONDS


def write_code(key: bytes, code: CheckInCode) -> str:
    """The code as text for an address: ``activity.purpose.step.hash``."""
    return f"{code.activity_id}.{code.purpose}.{code.step}.{_hash(key, code)}"


def read_code(key: bytes, text: str, now: datetime, holder: int = 0) -> CheckInCode:
    """The code that a text says, for the place (``holder`` 0) or as the ticket of an account.

    Raises CodeForged, CodeExpired. The hash is looked at before the time, in constant time.
    """
    parts = text.split(".") if len(text) <= _LONGEST and text.isascii() else []
    if len(parts) != 4 or not (parts[0].isdecimal() and parts[2].isdecimal()) or parts[1] not in set(CodePurpose):
        raise CodeForged()
    code = CheckInCode(int(parts[0]), CodePurpose(parts[1]), int(parts[2]), holder)
    if not hmac.compare_digest(parts[3], _hash(key, code)):
        raise CodeForged()
    if not 0 <= step_at(now) - code.step < (TICKET_STEPS if holder else CODE_STEPS):
        raise CodeExpired()
    return code


def _hash(key: bytes, code: CheckInCode) -> str:
    message = f"{code.activity_id}.{code.purpose}.{code.step}.{code.holder}".encode()
    return base64.urlsafe_b64encode(hmac.new(key, message, hashlib.sha256).digest()[:_HASH_BYTES]).decode()
