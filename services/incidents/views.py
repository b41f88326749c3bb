"""What the screens get to see of incidents, and how it is made from the rows."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from config.profiles import Profile
from db.models import Incident, IncidentEvent, IncidentPhoto
from db.queries.incidents import IncidentRecord, Looked
from domain.case_codes import case_code
from domain.clock_runs import Run
from domain.clocks import Calendar, Deadline, due_at
from domain.dictionaries import DictionaryEntry
from domain.incidents import IncidentAction, IncidentLevel, IncidentStatus, IncidentSymbol, symbol_of
from domain.names import mask_phone, surname_of
from services.clocks.calendars import current_calendar
from services.incidents.numbers import code_key


@dataclass(frozen=True)
class IncidentView:
    """One incident. ``urgency``, ``source`` and ``lane`` are keys of the profile; times are UTC.

    ``category`` and ``condition`` are keys of the dictionary in its version ``dictionary_version``.

    ``outside`` = it has a place, but in no area (界外). ``reporter`` is masked; ``has_contact``: there is more to
    uncover. ``version`` travels with every form on the incident. ``review_on``: the day on which a suspended case is
    looked at again. ``main_id``: the case that this one is linked to; ``callers``: how many reported it, those of the
    linked cases included.
    """

    id: int
    version: int
    number: str
    category: str
    condition: str
    dictionary_version: int
    urgency: str
    source: str
    title: str
    description: str
    place: str
    lon: float | None
    lat: float | None
    area_id: int | None
    area_code: str | None
    area_name: str | None
    area_path: str | None
    outside: bool
    lane: str
    status: IncidentStatus
    symbol: IncidentSymbol
    reported_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    handler_id: int | None
    handler_name: str | None
    photos: int
    reporter: str
    has_contact: bool
    level: IncidentLevel
    review_on: date | None
    supervised_at: datetime | None
    reopened_count: int
    overdue_seconds: int | None
    exempted: bool
    external_number: str | None
    main_id: int | None
    callers: int
    answered_at: datetime | None = None


@dataclass(frozen=True)
class IncidentReceipt:
    """What somebody keeps who logged an incident, whether they may read it or not.

    ``code`` opens the public page of the case together with its number (feature C9).
    ``repeated``: this form had been accepted before, and nothing new was made.
    """

    id: int
    number: str
    title: str
    category: str
    area_name: str | None
    outside: bool
    status: IncidentStatus
    lane: str
    symbol: IncidentSymbol
    reported_at: datetime
    due_at: datetime | None
    code: str
    repeated: bool = False


@dataclass(frozen=True)
class TimelineItem:
    """One entry of a timeline. ``changes``: what else it changed (due_at, handler, area, photos)."""

    sequence: int
    at: datetime
    actor_name: str
    action: IncidentAction
    from_status: IncidentStatus | None
    to_status: IncidentStatus
    note: str
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PhotoView:
    """A photo to be fetched from /photos/<id>; ``stage`` is before or after."""

    id: int
    stage: str
    taken_at: datetime
    width: int
    height: int


@dataclass(frozen=True)
class AllowedAction:
    """A button: what it needs besides the version. ``via``: what is said by the same press before it."""

    action: IncidentAction
    needs_reason: bool
    needs_assignee: bool
    needs_result: bool
    takes_photos: bool
    needs_review: bool = False
    needs_standard: bool = False
    via: tuple[IncidentAction, ...] = ()


@dataclass(frozen=True)
class IncidentCard:
    """Everything about one incident that the actor may see.

    ``entry`` is what it was filed under, None where the dictionary does not know it.
    ``deadline`` is the arithmetic of ``view.due_at`` under ``run``, of a suspended case as if it went on now; None
    where it was set by hand, or counted by a calendar that was changed since.
    ``kept_from``: the steps that are open to the actor's role and not to the actor, who had a part in the case before.
    ``times_here``: which one it is within 90 days at this place. ``area_names``: from the top to the finest area.
    """

    view: IncidentView
    timeline: tuple[TimelineItem, ...]
    photos: tuple[PhotoView, ...]
    actions: tuple[AllowedAction, ...]
    run: Run | None
    deadline: Deadline | None
    times_here: int
    area_names: tuple[str, ...]
    entry: DictionaryEntry | None = None
    kept_from: tuple[IncidentAction, ...] = ()


def look_at(profile: Profile, now: datetime, calendar: Calendar | None = None) -> Looked:
    """``now`` and the instant until which something is due soon (one working hour ahead, by the profile).

    ``calendar``: within a transaction the one that holds there; None reads it.
    """
    soon = due_at(now, profile.thresholds.due_soon.limit, calendar or current_calendar(profile))
    return Looked(now, soon)


def symbol_for(incident: Incident, look: Looked) -> IncidentSymbol:
    """The symbol of a row."""
    status = IncidentStatus(incident.status)
    linked = incident.main_id is not None
    return symbol_of(status, incident.due_at, look.now, incident.closed_at, look.due_soon, linked=linked)


def view_of(record: IncidentRecord, look: Looked) -> IncidentView:
    """The view of a row."""
    row = record.incident
    return IncidentView(
        id=row.id, version=row.version, number=row.number, category=row.category,
        condition=row.condition, dictionary_version=row.dictionary_version, urgency=row.urgency,
        source=row.source, title=row.title, description=row.description, place=row.place, lon=row.lon, lat=row.lat,
        area_id=row.area_id, area_code=record.area_code, area_name=record.area_name, area_path=record.area_path,
        outside=row.area_id is None, lane=row.lane, status=IncidentStatus(row.status), symbol=symbol_for(row, look),
        reported_at=row.reported_at, due_at=row.due_at, closed_at=row.closed_at, handler_id=row.handler_id,
        handler_name=record.handler_name, photos=record.photos,
        reporter=masked_contact(row.reporter_name, row.reporter_phone),
        has_contact=bool(row.reporter_name or row.reporter_phone), level=IncidentLevel(row.level),
        review_on=row.review_on, supervised_at=row.supervised_at, reopened_count=row.reopened_count,
        overdue_seconds=row.overdue_seconds, exempted=row.exempted_at is not None,
        external_number=row.external_number, main_id=row.main_id, callers=1 + record.linked,
        answered_at=row.answered_at,
    )  # fmt: skip


def receipt_of(record: IncidentRecord, look: Looked, *, repeated: bool = False) -> IncidentReceipt:
    """The receipt of a row."""
    row = record.incident
    return IncidentReceipt(
        row.id, row.number, row.title, row.category, record.area_name, row.area_id is None,
        IncidentStatus(row.status), row.lane, symbol_for(row, look), row.reported_at, row.due_at,
        case_code(code_key(), row.number), repeated,
    )  # fmt: skip


def item_of(event: IncidentEvent) -> TimelineItem:
    """The view of a timeline's entry."""
    before = IncidentStatus(event.from_status) if event.from_status else None
    changes = json.loads(event.detail) if event.detail else {}
    return TimelineItem(
        event.sequence, event.at, event.actor_name, IncidentAction(event.action), before,
        IncidentStatus(event.to_status), event.note, changes,
    )  # fmt: skip


def photo_of(photo: IncidentPhoto) -> PhotoView:
    """The view of a photo, without its content."""
    return PhotoView(photo.id, photo.stage, photo.taken_at, photo.width, photo.height)


def masked_contact(name: str | None, phone: str | None) -> str:
    """``王** 138****5678``: the family name, and what a colleague needs to tell two numbers apart."""
    shown = f"{surname_of(name)}**" if name else ""
    return " ".join(part for part in (shown, mask_phone(phone)) if part)
