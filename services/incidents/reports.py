"""Logging an incident: the form, the grid it falls into, its deadline, and what is already open nearby (C1, C7)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.profiles import Profile
from db.models import Incident
from db.queries.incident_links import list_first_photos
from db.queries.incidents import (
    count_open_incidents_by_author,
    get_own_incident,
    get_record,
    list_incidents_by_author,
    list_incidents_near,
)
from db.queries.locks import AREAS, share
from db.queries.receipts import add_receipt, find_receipt, next_number
from db.session import reading, transaction
from domain.clock import local_date, utc_now
from domain.clocks import Limit, due_at
from domain.errors import NotFound, Refusal
from domain.incidents import START, IncidentAction, IncidentLevel, IncidentSymbol
from domain.permissions import EVERYWHERE, Actor, Permission, may, require
from domain.texts import EmptyText, clean_line, clean_text
from services.clocks.calendars import current_calendar, hold_calendar
from services.dictionaries.current import Asked, current_dictionary, limit_of
from services.incidents.numbers import incident_number, number_series
from services.incidents.photos import Photo, add_photos, prepare_photos
from services.incidents.places import Place, PlaceName, by_distance, name_place, place_of
from services.incidents.regrids import open_place
from services.incidents.views import IncidentReceipt, look_at, receipt_of, symbol_for
from services.people.register import clean_phone
from services.system.installations import current_installation, current_profile
from services.timelines.entries import SUBJECT, TimelineEntry, add_entry, detail_text

DESCRIPTION_LENGTH = 1000
TITLE_LENGTH = 40
_CLOCK_SLACK = timedelta(minutes=5)  # a tablet's clock may run ahead


class FutureDate(Refusal):
    """It cannot have been reported later than now."""

    code = "future_date"


@dataclass(frozen=True)
class IncidentForm:
    """What is typed. ``form_key`` is the same when the same form is sent again.

    ``category`` and ``condition`` are keys of the dictionary; without a condition the class in general is meant.
    Place: ``lon`` and ``lat`` in degrees (WGS 84), or ``area_id`` chosen from the list; ``place`` is words.
    ``photos`` are the files as they were uploaded; ``reported_at`` None = now.
    """

    form_key: str
    category: str = ""
    condition: str = ""
    description: str = ""
    source: str = ""
    urgency: str = ""
    lon: float | None = None
    lat: float | None = None
    area_id: int | None = None
    place: str = ""
    photos: tuple[bytes, ...] = ()
    reporter_name: str = ""
    reporter_phone: str = ""
    reported_at: datetime | None = None


@dataclass(frozen=True)
class ReportPreview:
    """What a form would lead to: ``area_name`` None with ``outside`` False = no place yet.

    ``near`` is what the town's own map calls the place, as far as it does. ``limits``: urgency → the limit that would
    hold now, which is that of the class where it ends sooner; empty without a class.
    """

    area_id: int | None
    area_name: str | None
    outside: bool
    near: PlaceName | None
    due_at: datetime | None
    limit: Limit | None
    limits: Mapping[str, Limit] = field(default_factory=dict)


@dataclass(frozen=True)
class SimilarIncident:
    """An open incident of the same class nearby; ``id``, number, title and first photo only for those who may read it.

    ``days``: how many Shanghai days ago it was reported.
    """

    id: int | None
    number: str
    title: str
    category: str
    metres: int
    reported_at: datetime
    symbol: IncidentSymbol
    days: int = 0
    photo_id: int | None = None


def log_incident(actor: Actor, form: IncidentForm, now: datetime | None = None) -> IncidentReceipt:
    """Log an incident; the same form sent again answers with the same one, ``repeated``.

    Raises EmptyText, TextTooLong, ControlCharacters, NotFound (a key that is in neither dictionary nor profile),
    MissingPlace, InvalidPlace, AreaNotYetValid, FutureDate, InvalidPhone, and the refusals of
    services.incidents.photos.
    """
    require(actor, Permission.INCIDENT_LOG)
    now, profile = now or utc_now(), current_profile()
    incident, photos = _drafted(actor, profile, form, now), prepare_photos(form.photos)
    with transaction(EVERYWHERE) as session:
        earlier = find_receipt(session, actor.user_id, SUBJECT, form.form_key)
        if earlier is None:
            return _write(session, actor, incident, form, photos, now)
    return _accepted_before(actor, earlier, now)


def _drafted(actor: Actor, profile: Profile, form: IncidentForm, now: datetime) -> Incident:
    """The row as far as the form alone says it; its place and number follow in the transaction."""
    for name in ("category", "urgency", "source"):
        if not getattr(form, name):
            raise EmptyText(field=name)
    reported_at = form.reported_at or now
    if reported_at > now + _CLOCK_SLACK:
        raise FutureDate()
    description = clean_text(form.description, "description", DESCRIPTION_LENGTH)
    return Incident(
        category=form.category, condition=form.condition, urgency=profile.urgency(form.urgency).key,
        source=profile.source(form.source).key, title=title_of(description), description=description,
        place=clean_line(form.place, "place", 200, required=False), lane=profile.lane_of(form.source).key,
        status=START.value, reported_at=reported_at, created_by=actor.user_id or None,
        reporter_name=clean_line(form.reporter_name, "reporter_name", 60, required=False) or None,
        reporter_phone=clean_phone(form.reporter_phone), event_count=0, last_hash="",
    )  # fmt: skip


def title_of(description: str) -> str:
    """The first sentence, cut to 40 characters."""
    first = re.split(r"[。！？!?；;\n]", description, maxsplit=1)[0].strip() or description
    return first if len(first) <= TITLE_LENGTH else f"{first[: TITLE_LENGTH - 1]}…"


def _write(
    session: Session, actor: Actor, incident: Incident, form: IncidentForm, photos: list[Photo], now: datetime
) -> IncidentReceipt:
    profile, reported_at = current_profile(), incident.reported_at
    share(session, AREAS)
    calendar = hold_calendar(session, profile)
    _file_under(session, incident)
    place = open_place(session, form.lon, form.lat, form.area_id, local_date(reported_at), local_date(now))
    limit = limit_of(profile, incident, reported_at, calendar)
    incident.lon, incident.lat, incident.area_id = place.lon, place.lat, place.area.id if place.area else None
    incident.level = (IncidentLevel.GRID if place.area else IncidentLevel.STREET).value
    if not profile.lane(incident.lane).lane.files:
        incident.filed_at = reported_at  # where nothing is filed, registering it is
    incident.due_at = due_at(reported_at, limit, calendar)
    incident.number = _next_incident_number(session, profile, now)
    session.add(incident)
    session.flush()
    hashes = add_photos(session, incident, actor, photos, "before", now)
    detail = deadline_detail(reported_at, limit, incident.due_at) | _place_detail(place)
    entry = TimelineEntry(
        now, actor.user_id or None, actor.name, IncidentAction.REPORT, None, START,
        detail=detail_text(detail | ({"photos": hashes} if hashes else {})),
    )  # fmt: skip
    add_entry(session, incident, actor, entry)
    add_receipt(session, actor.user_id, SUBJECT, form.form_key, incident.id, now)
    session.flush()
    return receipt_of(get_record(session, EVERYWHERE, incident.id), look_at(profile, now, calendar))


def _file_under(session: Session, incident: Incident) -> None:
    """The newest version of the dictionary holds, as this transaction sees it."""
    dictionary = current_dictionary(session)
    entry = dictionary.entry(incident.category, incident.condition)
    if incident.condition and entry.condition != incident.condition:
        raise NotFound(kind="incident_condition", key=incident.condition)
    incident.condition, incident.dictionary_version = entry.condition, dictionary.version


def deadline_detail(start: datetime, limit: Limit, due: datetime) -> dict[str, object]:
    """How a deadline came about, for the timeline."""
    return {
        "counted_from": start.isoformat(),
        "due_at": due.isoformat(),
        "limit": {"amount": limit.amount, "clock": limit.clock.value},
    }


def _place_detail(place: Place) -> dict[str, object]:
    return {"area": place.area.code} if place.area else {"outside": True}


def _next_incident_number(session: Session, profile: Profile, now: datetime) -> str:
    street, day = current_installation().street or profile.name.value.zh, local_date(now)
    return incident_number(street, day, next_number(session, number_series(street, day)))


def _accepted_before(actor: Actor, incident_id: int, now: datetime) -> IncidentReceipt:
    with reading(EVERYWHERE) as session:
        incident = get_own_incident(session, incident_id, actor.user_id or None)
        record = get_record(session, EVERYWHERE, incident.id)
    return receipt_of(record, look_at(current_profile(), now), repeated=True)


def preview_report(
    actor: Actor,
    *,
    category: str | None = None,
    condition: str = "",
    urgency: str | None = None,
    lon: float | None = None,
    lat: float | None = None,
    area_id: int | None = None,
    now: datetime | None = None,
) -> ReportPreview:
    """The grid and the deadline that a form would get, as far as it is filled. Raises InvalidPlace, NotFound."""
    require(actor, Permission.INCIDENT_LOG)
    now, profile = now or utc_now(), current_profile()
    place = near = None
    if area_id is not None or (lon is not None and lat is not None):
        with reading(EVERYWHERE) as session:
            place = place_of(session, lon, lat, area_id, local_date(now))
            if place.lon is not None and place.lat is not None:
                near = name_place(session, place.lon, place.lat)
    area = place.area if place else None
    limit = due = None
    limits: dict[str, Limit] = {}
    if category and urgency:
        calendar = current_calendar(profile)
        asked = (Asked(category, one.key, condition) for one in profile.urgencies)
        limits = {case.urgency: limit_of(profile, case, now, calendar) for case in asked}
        limit = limits[profile.urgency(urgency).key]
        due = due_at(now, limit, calendar)
    outside = place is not None and area is None
    return ReportPreview(area.id if area else None, area.name if area else None, outside, near, due, limit, limits)


def find_similar_incidents(
    actor: Actor, category: str, lon: float, lat: float, now: datetime | None = None
) -> list[SimilarIncident]:
    """Open incidents of the class within the profile's metres and days, nearest first.

    Those of other grids are told as well, since a border is no reason to log twice, but without number and words.
    """
    require(actor, Permission.INCIDENT_LOG)
    now, profile = now or utc_now(), current_profile()
    most, days = profile.thresholds.duplicate_metres.value, profile.thresholds.duplicate_days.value
    near = (lon, lat, most, now - timedelta(days=days))
    with reading(EVERYWHERE) as session:
        rows = list_incidents_near(session, *near, category=category, open_only=True)
    readable: set[int] = set()
    photos: dict[int, int] = {}
    if rows and may(actor, Permission.INCIDENT_SEE):
        with reading(actor.scope) as session:
            readable = {row.id for row in list_incidents_near(session, *near, category=category, open_only=True)}
            photos = list_first_photos(session, readable)
    look = look_at(profile, now)
    return [
        SimilarIncident(
            row.id if row.id in readable else None, row.number if row.id in readable else "",
            row.title if row.id in readable else "", row.category, metres, row.reported_at, symbol_for(row, look),
            (local_date(now) - local_date(row.reported_at)).days, photos.get(row.id),
        )
        for metres, row in by_distance(rows, lon, lat, most)
    ]  # fmt: skip


def list_own_reports(actor: Actor, limit: int = 20, now: datetime | None = None) -> tuple[list[IncidentReceipt], int]:
    """What the actor logged, newest first, as receipts; and how many of all of them are still open."""
    require(actor, Permission.INCIDENT_LOG)
    look = look_at(current_profile(), now or utc_now())
    with reading(EVERYWHERE) as session:
        records = list_incidents_by_author(session, actor.user_id, limit)
        still_open = count_open_incidents_by_author(session, actor.user_id)
    return [receipt_of(record, look) for record in records], still_open
