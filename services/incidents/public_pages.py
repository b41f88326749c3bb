"""The page of a case for whoever reported it, by number and code: where it stands and who was told (feature C9).

Offices are named, never persons; what was typed into the case (words, place, notes, pictures, contact) is not shown.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from config.settings import settings
from config.texts import text
from db.models import IncidentEvent
from db.queries.incident_links import find_root_id
from db.queries.incidents import IncidentRecord, get_record, list_events
from db.queries.users import Office, map_offices
from db.session import reading
from domain.case_codes import TooManyCaseCodes, is_case_code
from domain.clock import utc_now
from domain.dictionaries import Words
from domain.errors import NotFound
from domain.incidents import IncidentAction, IncidentStatus
from domain.parts import CONCERNED
from domain.permissions import EVERYWHERE, STREET_WIDE, Role
from services.accounts.lockout import Attempts
from services.dictionaries.current import category_name
from services.incidents.numbers import code_key
from services.system.installations import current_profile

LONGEST_NUMBER = 40
_A = IncidentAction
# What a reporter is told of; the rest is the office's own.
SHOWN = frozenset(
    {
        _A.REPORT, _A.CHECK, _A.FILE, _A.CALL, _A.DISPATCH, _A.TAKE_OVER, _A.REPORT_IN, _A.HAND_OVER, _A.ESCALATE,
        _A.HAND_DOWN, _A.WHISTLE, _A.FEED_BACK, _A.VERIFY, _A.SUSPEND, _A.RESUME, _A.CLOSE, _A.VOID, _A.REOPEN,
        _A.CLOSE_LINKED, _A.REOPEN_LINKED,
    }
)  # fmt: skip
attempts = Attempts()


@dataclass(frozen=True)
class PublicStep:
    """A step of a case; ``told``: the offices that got it or were told by it."""

    at: datetime
    action: IncidentAction
    told: tuple[Office, ...]


@dataclass(frozen=True)
class PublicCase:
    """What the page shows; ``told``: every office so far, each once. ``area`` None: outside every grid."""

    number: str
    category: Words
    area: str | None
    lane: str
    status: IncidentStatus
    reported_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    steps: tuple[PublicStep, ...]

    @property
    def told(self) -> tuple[Office, ...]:
        """Every office that got the case or was told of it, in order."""
        return tuple(dict.fromkeys(office for step in self.steps for office in step.told))


def read_public_case(number: str, code: str, client: str = "", now: datetime | None = None) -> PublicCase:
    """The page behind a number and its code. ``client``: where the question comes from.

    Raises NotFound (an unknown number and a wrong code look alike), and TooManyCaseCodes after five wrong ones for a
    number from one place: a stranger who guesses elsewhere keeps nobody from their page.
    """
    now, number = now or utc_now(), number.strip()
    if not 0 < len(number) <= LONGEST_NUMBER:
        raise NotFound(subject="case")
    tried = f"{client} {number}"
    if attempts.must_wait(tried, now):
        raise TooManyCaseCodes(minutes=settings().locked_minutes)
    if not is_case_code(code_key(), number, code):
        attempts.count(tried, now)
        raise NotFound(subject="case")
    with reading(EVERYWHERE) as session:
        found = find_root_id(session, EVERYWHERE, number)
        if found is None:
            raise NotFound(subject="case")
        return _page(session, get_record(session, EVERYWHERE, found[0]))


def office_words(office: Office, language: str) -> str:
    """An office as people call it: a department by its name, ``网格 601`` with the word of its level, else its role."""
    if office.role == Role.DEPARTMENT:
        return office.name
    if office.level is not None:
        return f"{current_profile().level(office.level).name.text(language)} {office.name}"
    role = Role.COMMAND_CENTRE if office.role in STREET_WIDE else office.role
    return text(language, f"roles.{role}")


def _page(session: Session, record: IncidentRecord) -> PublicCase:
    case, events = record.incident, list_events(session, record.incident.id)
    offices = map_offices(session, {one for event in events for one in _users_of(event)})
    steps = [
        PublicStep(event.at, IncidentAction(event.action), _told(event, events, offices))
        for event in events
        if event.action in SHOWN
    ]
    return PublicCase(
        case.number, category_name(case.category, case.dictionary_version), record.area_name, case.lane,
        IncidentStatus(case.status), case.reported_at, case.due_at, case.closed_at, tuple(steps),
    )  # fmt: skip


def _users_of(event: IncidentEvent) -> list[int]:
    """The accounts that an entry names: whose hands the case came into, and who wrote it."""
    return [one for one in (_hands(event), event.user_id) if one is not None]


def _hands(event: IncidentEvent) -> int | None:
    hands = json.loads(event.detail or "{}").get("hands")
    return hands[0] if hands else None


def _told(event: IncidentEvent, events: list[IncidentEvent], offices: Mapping[int, Office]) -> tuple[Office, ...]:
    if event.action == _A.WHISTLE:
        departments = json.loads(event.detail or "{}").get("departments", [])
        return tuple(Office(Role.DEPARTMENT.value, name) for name in departments)
    if event.action == _A.REOPEN:
        before = [one for one in events if one.sequence < event.sequence and one.action in CONCERNED]
        found = [offices.get(one.user_id or 0) for one in before]
    else:
        found = [offices.get(_hands(event) or 0)]
    return tuple(dict.fromkeys(office for office in found if office is not None))
