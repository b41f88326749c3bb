"""Cases that report the same thing: suggested by place, class and days, linked to a main, freed again (feature C7).

Decision 0130: a link keeps both numbers and both callers; links never chain.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.profiles import Profile
from db.models import Incident
from db.queries.incident_links import (
    find_main_id,
    find_root_id,
    get_number,
    list_first_photos,
    list_linked,
    list_linked_for_update,
)
from db.queries.incidents import Looked, get_incident_for_update, get_record, list_incidents_near
from db.queries.locks import hold
from db.session import reading, transaction
from domain.clock import utc_now
from domain.errors import NotFound
from domain.incidents import OPEN, RUNNING, IncidentAction, IncidentStatus, IncidentSymbol, ReasonRequired
from domain.links import (
    HasAnotherMain,
    LinkInCircle,
    LinkOfEnded,
    LinkToItself,
    MainEndsLater,
    NotLinked,
    Sighting,
    ends_later,
    looks_the_same,
)
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.texts import clean_text
from geo.metric import distance_m
from services.incidents.actions import NOTE_LENGTH, refuse_stale, view_in
from services.incidents.places import by_distance
from services.incidents.records import add_record
from services.incidents.views import IncidentView, look_at, symbol_for
from services.system.installations import current_profile

_A = IncidentAction
LOCK = "incident_links"  # one link is made or undone at a time: two that cross cannot make a circle
MOST_SUGGESTED = 5


@dataclass(frozen=True)
class LinkedCase:
    """A case beside another: ``metres`` None where one has no point, ``days`` between the two reports.

    ``earlier``: reported before it. ``as_main``: of the two this one is the main, as it was reported first or, where
    that would hide that the other is late, as its time ends first.
    """

    id: int
    version: int
    number: str
    title: str
    symbol: IncidentSymbol
    reported_at: datetime
    metres: int | None
    days: int
    photo_id: int | None
    earlier: bool
    as_main: bool


@dataclass(frozen=True)
class CaseLinks:
    """What a case is linked to, what is linked to it, and what looks like the same thing.

    ``main`` None with ``main_number`` = it lies outside the actor's scope; ``elsewhere``: linked ones that do.
    """

    main: LinkedCase | None
    main_number: str
    linked: tuple[LinkedCase, ...]
    elsewhere: int
    suggested: tuple[LinkedCase, ...]


def read_links(actor: Actor, incident_id: int, now: datetime | None = None) -> CaseLinks:
    """The links of a case in the actor's scope, and at most five suggestions, nearest first. Raises NotFound."""
    require(actor, Permission.INCIDENT_SEE)
    now, profile = now or utc_now(), current_profile()
    with reading(actor.scope) as session:
        record = get_record(session, actor.scope, incident_id)
        case = record.incident
        main = session.get(Incident, case.main_id) if case.main_id else None
        linked = list_linked(session, case.id)
        suggested = _suggested(session, profile, case)
        photos = list_first_photos(session, [row.id for row in (*linked, *suggested, *([main] if main else []))])
    number = ""
    if case.main_id:
        with reading(EVERYWHERE) as session:
            number = get_number(session, case.main_id)
    look = look_at(profile, now)
    seen = {row.id: _beside(case, row, photos, look) for row in (*linked, *suggested, *([main] if main else []))}
    return CaseLinks(
        seen[main.id] if main else None, number, tuple(seen[row.id] for row in linked), record.linked - len(linked),
        tuple(seen[row.id] for row in suggested),
    )  # fmt: skip


def _suggested(session: Session, profile: Profile, case: Incident) -> list[Incident]:
    if case.main_id or case.lon is None or case.lat is None or case.status not in _OPEN:
        return []
    most, days = profile.thresholds.duplicate_metres.value, profile.thresholds.duplicate_days.value
    since = case.reported_at - timedelta(days=days)
    near = list_incidents_near(session, case.lon, case.lat, most, since, category=case.category, open_only=True)
    until = case.reported_at + timedelta(days=days)
    others = [row for row in near if row.id != case.id and row.main_id is None and row.reported_at <= until]
    return [row for _, row in by_distance(others, case.lon, case.lat, most)][:MOST_SUGGESTED]


_OPEN = frozenset(status.value for status in OPEN)


def _beside(case: Incident, row: Incident, photos: dict[int, int], look: Looked) -> LinkedCase:
    metres, apart = _metres_between(case, row), abs(row.reported_at - case.reported_at)
    earlier = (row.reported_at, row.id) < (case.reported_at, case.id)
    as_main = not _hides_lateness(case, row) if earlier else _hides_lateness(row, case)
    return LinkedCase(
        row.id, row.version, row.number, row.title, symbol_for(row, look), row.reported_at,
        None if metres is None else round(metres), apart.days, photos.get(row.id), earlier, as_main,
    )  # fmt: skip


def _metres_between(one: Incident, other: Incident) -> float | None:
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    return float(distance_m(one.lon, one.lat, [other.lon], [other.lat])[0])


def link_incident(
    actor: Actor, incident_id: int, version: int, main_number: str, reason: str = "", now: datetime | None = None
) -> IncidentView:
    """Link an open case to the open one with that number, or to that one's main; what was linked to it moves along.

    Both keep their numbers, and each gets an entry. Linking what is linked so already changes nothing. Raises NotFound,
    LinkToItself, LinkInCircle, IncidentChanged, HasAnotherMain, LinkOfEnded, MainEndsLater, and ReasonRequired where
    the two do not look the same by the profile's class, metres and days.
    """
    require(actor, Permission.INCIDENT_DISPATCH)
    now, profile = now or utc_now(), current_profile()
    reason = clean_text(reason, "reason", NOTE_LENGTH, required=False)
    with transaction(EVERYWHERE) as session:
        hold(session, LOCK)
        found = find_root_id(session, actor.scope, main_number.strip())
        if found is None:
            raise NotFound(subject="incident")
        chosen, root = found
        if chosen == incident_id:
            raise LinkToItself()
        main = get_incident_for_update(session, actor.scope, root)  # the main is locked before what is linked to it
        if root == incident_id:
            raise LinkInCircle(number=main_number.strip())
        case = get_incident_for_update(session, actor.scope, incident_id)
        if case.main_id != main.id:
            _refuse_link(session, case, main, version)
            if not reason and not _looks_the_same(profile, case, main):
                raise ReasonRequired(action=_A.LINK.value)
            for moved in (case, *list_linked_for_update(session, case.id)):
                _link(session, actor, moved, main, now, reason)
        return view_in(session, profile, case.id, now)


def _refuse_link(session: Session, case: Incident, main: Incident, version: int) -> None:
    refuse_stale(case, version)
    if case.main_id is not None:
        raise HasAnotherMain(number=get_number(session, case.main_id))
    for row in (case, main):
        if IncidentStatus(row.status) not in OPEN:
            raise LinkOfEnded(number=row.number)
    if _hides_lateness(case, main):
        raise MainEndsLater(number=main.number)


def _hides_lateness(case: Incident, main: Incident) -> bool:
    """Both wait for an answer, and the main's may come later."""
    both_wait = IncidentStatus(case.status) in RUNNING and main.answered_at is None
    return both_wait and ends_later(main.due_at, case.due_at)


def _looks_the_same(profile: Profile, case: Incident, main: Incident) -> bool:
    one, other = (Sighting(row.category, row.reported_at) for row in (case, main))
    most, days = profile.thresholds.duplicate_metres.value, profile.thresholds.duplicate_days.value
    return looks_the_same(one, other, _metres_between(case, main), most=most, days=days)


def _link(session: Session, actor: Actor, case: Incident, main: Incident, now: datetime, reason: str) -> None:
    metres = _metres_between(case, main)
    away = {} if metres is None else {"metres": round(metres)}
    case.main_id = main.id
    add_record(session, case, actor, _A.LINK, now, reason, {"main": main.number, "main_id": main.id} | away)
    add_record(session, main, actor, _A.LINK, now, reason, {"linked": case.number, "linked_id": case.id} | away)


def unlink_incident(
    actor: Actor, incident_id: int, version: int, reason: str, now: datetime | None = None
) -> IncidentView:
    """Free a case from its main, for a reason; it stands where it stood, and takes its own steps again.

    Raises NotFound, IncidentChanged, NotLinked, ReasonRequired.
    """
    require(actor, Permission.INCIDENT_DISPATCH)
    now, profile = now or utc_now(), current_profile()
    reason = clean_text(reason, "reason", NOTE_LENGTH, required=False)
    with transaction(EVERYWHERE) as session:
        hold(session, LOCK)
        main_id = find_main_id(session, incident_id)
        main = get_incident_for_update(session, EVERYWHERE, main_id) if main_id else None
        case = get_incident_for_update(session, actor.scope, incident_id)
        refuse_stale(case, version)
        if main is None or case.main_id != main.id:
            raise NotLinked()
        if not reason:
            raise ReasonRequired(action=_A.UNLINK.value)
        case.main_id = None
        add_record(session, case, actor, _A.UNLINK, now, reason, {"main": main.number, "main_id": None})
        add_record(session, main, actor, _A.UNLINK, now, reason, {"linked": case.number, "linked_id": case.id})
        return view_in(session, profile, case.id, now)
