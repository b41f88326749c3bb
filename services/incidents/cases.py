"""Incidents: the list, the card, the reporter's contact; and the door to what else is done with them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.profiles import Profile
from db.models import IncidentEvent
from db.queries.audit import add_audit_entry
from db.queries.handlers import done_by
from db.queries.incident_places import find_area_version, list_area_names
from db.queries.incidents import (
    IncidentCriteria,
    IncidentRecord,
    Looked,
    count_incidents,
    count_open_by_symbol,
    get_incident_for_update,
    get_record,
    list_events,
    list_incidents_near,
    list_photos,
)
from db.queries.incidents import list_incidents as query_incidents
from db.session import reading, transaction
from domain.clock import day_end, local_date, utc_now
from domain.clock_runs import ClockEntry, Run, run_of
from domain.clocks import Calendar, Deadline
from domain.dictionaries import DictionaryEntry
from domain.errors import NotFound
from domain.incidents import OPEN, IncidentStatus, IncidentSymbol, ReasonRequired, kept_from
from domain.indicators import Behind
from domain.paging import page_within
from domain.parts import parts_played
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.texts import clean_text
from services.clocks.calendars import current_calendar
from services.dictionaries.current import current_dictionary, entry_of
from services.incidents.actions import act_on_incident
from services.incidents.assignees import list_assignees
from services.incidents.buttons import actions_for, open_to_linked
from services.incidents.due_counts import soon_until
from services.incidents.place_fixes import fix_place
from services.incidents.places import by_distance, list_area_choices, list_own_areas
from services.incidents.reports import (
    IncidentForm,
    find_similar_incidents,
    list_own_reports,
    log_incident,
    preview_report,
)
from services.incidents.views import IncidentCard, IncidentView, item_of, look_at, photo_of, view_of
from services.indicators.lists import counted_of
from services.system.installations import current_profile
from services.timelines.entries import SUBJECT

__all__ = [
    "Contact", "IncidentFilter", "IncidentForm", "IncidentPage", "act_on_incident", "find_similar_incidents",
    "fix_place", "get_incident", "list_area_choices", "list_assignees", "list_incidents", "list_own_areas",
    "list_own_reports", "log_incident", "preview_report", "uncover_contact",
]  # fmt: skip

SAME_PLACE_DAYS = 90
SEARCH_LENGTH = 100
NOWHERE = "/0/"


@dataclass(frozen=True)
class IncidentFilter:
    """Which incidents; everything left out is not asked. ``family`` and ``category`` are keys of the dictionary.

    Without ``symbols`` and with ``open_only`` all that are open. ``mine``: in the actor's hands. ``outside``: in no
    area. ``review_due``: besides the symbols those suspended that are to be looked at again today or were before.
    ``mains_only``: without those linked to another case. ``due``: with a running clock, "late", "soon" (within two
    working hours) or "today".
    ``behind``: those that a figure counts, open or not. ``without``: ids that stand in another list of the same page.
    ``page`` counts from 1.
    """

    symbols: frozenset[IncidentSymbol] = frozenset()
    open_only: bool = True
    family: str | None = None
    category: str | None = None
    area_id: int | None = None
    text: str = ""
    mine: bool = False
    outside: bool = False
    suspended: bool = False
    review_due: bool = False
    mains_only: bool = False
    behind: Behind | None = None
    due: str = ""
    without: frozenset[int] = frozenset()
    page: int = 1
    page_size: int = 20


@dataclass(frozen=True)
class IncidentPage:
    """A page of a list. ``counts``: open ones of each symbol under the same filter, but for its symbols and outside."""

    rows: list[IncidentView]
    total: int
    page: int
    pages: int
    counts: dict[IncidentSymbol, int]
    outside: int


@dataclass(frozen=True)
class Contact:
    """The reporter's contact, uncovered."""

    name: str | None
    phone: str | None


def list_incidents(actor: Actor, which: IncidentFilter | None = None, now: datetime | None = None) -> IncidentPage:
    """A page of the incidents in the actor's scope: what is due first comes first, closed ones last.

    ``outside`` counts the open ones in no area, under no other filter.
    """
    require(actor, Permission.INCIDENT_SEE)
    which, profile = which or IncidentFilter(), current_profile()
    calendar = current_calendar(profile)
    look = look_at(profile, now or utc_now(), calendar)
    with reading(actor.scope) as session:
        everything = _criteria(session, profile, actor, which, look.now)
        wanted = with_due(_with_symbols(everything, which, look), which, look, calendar)
        wanted = replace(wanted, without=which.without)
        total = count_incidents(session, wanted, look)
        page, pages = page_within(which.page, total, which.page_size)
        records = query_incidents(session, wanted, look, (page - 1) * which.page_size, which.page_size)
        counts = count_open_by_symbol(session, replace(everything, outside=False, suspended=False), look)
        outside = count_incidents(session, IncidentCriteria(outside=True, statuses=_values(OPEN)), look)
    return IncidentPage([view_of(record, look) for record in records], total, page, pages, counts, outside)


def _criteria(
    session: Session, profile: Profile, actor: Actor, which: IncidentFilter, now: datetime
) -> IncidentCriteria:
    categories = frozenset({which.category} if which.category else ())
    if which.family and not categories:
        categories = current_dictionary().categories_of(which.family) or frozenset({""})
    return IncidentCriteria(
        categories=categories, text=which.text.strip()[:SEARCH_LENGTH], outside=which.outside,
        suspended=which.suspended, mains_only=which.mains_only,
        area_path=_path_of(session, which.area_id) if which.area_id is not None else None,
        handler_id=actor.user_id if which.mine else None,
        counted=counted_of(session, profile, which.behind, now) if which.behind else None,
    )  # fmt: skip


def _path_of(session: Session, area_id: int) -> str:
    """The path of an area; one that does not exist holds nothing."""
    area = find_area_version(session, area_id)
    return area.path if area else NOWHERE


def _with_symbols(criteria: IncidentCriteria, which: IncidentFilter, look: Looked) -> IncidentCriteria:
    if which.review_due:
        return replace(criteria, symbols=which.symbols, or_review_by=local_date(look.now))
    if which.symbols:
        return replace(criteria, symbols=which.symbols)
    return replace(criteria, statuses=_values(OPEN)) if which.open_only and not which.behind else criteria


def with_due(criteria: IncidentCriteria, which: IncidentFilter, look: Looked, calendar: Calendar) -> IncidentCriteria:
    """The criteria narrowed to what services.incidents.due_counts counts under the same name."""
    if not which.due:
        return criteria
    if which.due == "late":
        return replace(criteria, due_until=look.now)
    last = soon_until(look.now, calendar) + timedelta(microseconds=1)  # that instant itself is within
    until = last if which.due == "soon" else day_end(local_date(look.now))
    return replace(criteria, due_from=look.now, due_until=until)


def _values(statuses: frozenset[IncidentStatus]) -> frozenset[str]:
    return frozenset(status.value for status in statuses)


def get_incident(actor: Actor, incident_id: int, now: datetime | None = None) -> IncidentCard:
    """Everything about an incident in the actor's scope. Raises NotFound."""
    require(actor, Permission.INCIDENT_SEE)
    profile = current_profile()
    calendar = current_calendar(profile)
    look = look_at(profile, now or utc_now(), calendar)
    with reading(actor.scope) as session:
        record = get_record(session, actor.scope, incident_id)
        events, photos = list_events(session, incident_id), list_photos(session, incident_id)
        names = _area_names(session, record)
        times = _times_here(session, profile, record)
    view = view_of(record, look)
    done = [done_by(event.user_id, event.action, event.detail) for event in events]
    parts = parts_played(done, actor.accounts, view.handler_id)
    run, counted = _arithmetic(view, events, calendar, look.now)
    lane = profile.lane(view.lane).lane
    return IncidentCard(
        view, tuple(item_of(event) for event in events), tuple(photo_of(photo) for photo in photos),
        open_to_linked(view.main_id, actions_for(actor, lane, view, parts)), run, counted,
        times, names,
        _entry_of(view),
        kept_from(lane, view.status, actor.role, parts) if view.main_id is None else (),
    )  # fmt: skip


def _entry_of(view: IncidentView) -> DictionaryEntry | None:
    try:
        return entry_of(view)
    except NotFound:
        return None


def _area_names(session: Session, record: IncidentRecord) -> tuple[str, ...]:
    ids = [int(step) for step in (record.area_path or "").split("/") if step]
    names = list_area_names(session, ids) if ids else {}
    return tuple(names[area_id] for area_id in ids if area_id in names)


def _times_here(session: Session, profile: Profile, record: IncidentRecord) -> int:
    row = record.incident
    if row.lon is None or row.lat is None:
        return 1
    metres = profile.thresholds.duplicate_metres.value
    since = row.reported_at - timedelta(days=SAME_PLACE_DAYS)
    near = list_incidents_near(session, row.lon, row.lat, metres, since)
    earlier = [other for other in near if (other.reported_at, other.id) <= (row.reported_at, row.id)]
    return max(1, len(by_distance(earlier, row.lon, row.lat, metres)))


def _arithmetic(
    view: IncidentView, events: list[IncidentEvent], calendar: Calendar, now: datetime
) -> tuple[Run | None, Deadline | None]:
    """What the deadline is counted from, and the stretches that lead to it; nothing where they lead elsewhere."""
    run = run_of(ClockEntry(item.action, item.at, item.changes) for item in map(item_of, events))
    if run is None or view.due_at is None:
        return run, None
    if run.stopped_at is not None:
        return run, run.resumed(max(now, run.stopped_at)).deadline(calendar)
    found = run.deadline(calendar)
    return run, found if found.due_at == view.due_at else None


def uncover_contact(actor: Actor, incident_id: int, reason: str, now: datetime | None = None) -> Contact:
    """The reporter's name and number, for a reason that is kept in the audit record (feature N6).

    Raises PermissionDenied, NotFound, ReasonRequired.
    """
    require(actor, Permission.CONTACT_SEE)
    reason = clean_text(reason, "reason", 400, required=False)
    if not reason:
        raise ReasonRequired(action="uncover_contact")
    with transaction(EVERYWHERE) as session:
        incident = get_incident_for_update(session, actor.scope, incident_id)
        add_audit_entry(
            session, actor.user_id, f"{SUBJECT}.uncover_contact", SUBJECT, now or utc_now(), incident_id, reason
        )
        return Contact(incident.reporter_name, incident.reporter_phone)
