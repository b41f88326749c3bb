"""The same place again: where cases of one class come back within a year (feature C7, decision 0131)."""

import threading
from collections import Counter, OrderedDict, defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import shapely

from config.profiles import Profile
from db.queries.areas import AreaRow, list_areas_by_id
from db.queries.incidents import list_records
from db.queries.repeats import list_place_words, list_points_since
from db.session import reading
from domain.clock import from_local, local_date, utc_now
from domain.errors import NotFound
from domain.paging import page_within
from domain.permissions import Actor, Permission, Scope, require
from geo.gathering import gather
from services.areas.tree import State, current_state
from services.dictionaries.current import current_dictionary
from services.incidents.views import IncidentView, look_at, view_of
from services.maps.overlays import Overlay, OverlayShape, keep_overlay
from services.system.installations import current_profile

DAYS = 365
MANY, KEPT_FOR = 20_000, timedelta(minutes=5)  # of so many cases the places may be so old
_KEPT = 16  # scopes
MOST_CASES = 100  # of one place that are listed
OVERLAY_KIND = "overlaps"  # the style of the map's script


@dataclass(frozen=True)
class RepeatFilter:
    """Which places: of a family or class of the profile, whose middle lies in an area. ``page`` counts from 1."""

    family: str | None = None
    category: str | None = None
    area_id: int | None = None
    page: int = 1
    page_size: int = 20


@dataclass(frozen=True)
class RepeatPlace:
    """One place. ``id`` is that of the case in its middle, at ``lon`` and ``lat`` (EPSG:4326).

    ``cases``: those that are nobody's duplicate; ``callers``: with their duplicates. ``case_ids``: newest first.
    """

    id: int
    category: str
    lon: float
    lat: float
    area_id: int | None
    cases: int
    callers: int
    still_open: int
    first_at: datetime
    last_at: datetime
    case_ids: tuple[int, ...]
    area_name: str | None = None
    words: str = ""


@dataclass(frozen=True)
class RepeatPage:
    """A page of the places, most cases first: ``cases`` of ``looked_at`` lie in ``total`` places, as of ``as_of``."""

    rows: list[RepeatPlace]
    total: int
    page: int
    pages: int
    cases: int
    looked_at: int
    metres: float
    least: int
    as_of: datetime


@dataclass(frozen=True)
class _Found:
    state: State
    places: tuple[RepeatPlace, ...]
    looked_at: int
    at: datetime


_store: OrderedDict[tuple[object, ...], _Found] = OrderedDict()
_lock = threading.Lock()


def list_repeat_places(actor: Actor, which: RepeatFilter | None = None, now: datetime | None = None) -> RepeatPage:
    """The places in the actor's scope with at least the profile's number of cases of one class in a year."""
    require(actor, Permission.INDICATOR_SEE)
    which, profile = which or RepeatFilter(), current_profile()
    kept = _kept(actor, now)
    found = kept.places
    with reading(actor.scope) as session:
        areas = list_areas_by_id(session, {place.area_id for place in found if place.area_id})
        wanted = _wanted(found, which, areas)
        page, pages = page_within(which.page, len(wanted), which.page_size)
        rows = wanted[(page - 1) * which.page_size : page * which.page_size]
        words = list_place_words(session, [place.id for place in rows])
    shown = [replace(row, area_name=_name(areas, row.area_id), words=words.get(row.id, "")) for row in rows]
    cases = sum(place.cases for place in wanted)
    return RepeatPage(shown, len(wanted), page, pages, cases, kept.looked_at, *_limits(profile), kept.at)


def _wanted(found: tuple[RepeatPlace, ...], which: RepeatFilter, areas: dict[int, AreaRow]) -> list[RepeatPlace]:
    classes = {which.category} if which.category else None
    if which.family and classes is None:
        classes = {
            item.key
            for family in current_dictionary().families
            if family.key == which.family
            for item in family.classes
        }
    inside = f"/{which.area_id}/" if which.area_id is not None else "/"
    return [
        place
        for place in found
        if (classes is None or place.category in classes)
        and (which.area_id is None or (place.area_id in areas and inside in areas[place.area_id].path))
    ]


def _name(areas: dict[int, AreaRow], area_id: int | None) -> str | None:
    return areas[area_id].name if area_id in areas else None


def list_repeat_cases(
    actor: Actor, place_id: int, now: datetime | None = None
) -> tuple[RepeatPlace, list[IncidentView]]:
    """A place and its cases, newest first, at most a hundred. Raises NotFound where there is none any more."""
    require(actor, Permission.INDICATOR_SEE)
    require(actor, Permission.INCIDENT_SEE)
    now, profile = now or utc_now(), current_profile()
    place = next((one for one in _kept(actor, now).places if one.id == place_id), None)
    if place is None:
        raise NotFound(subject="place")
    with reading(actor.scope) as session:
        records = list_records(session, place.case_ids[:MOST_CASES])
        areas = list_areas_by_id(session, {place.area_id} if place.area_id else ())
        words = list_place_words(session, [place.id])
    look = look_at(profile, now)
    named = replace(place, area_name=_name(areas, place.area_id), words=words.get(place.id, ""))
    return named, [view_of(record, look) for record in records]


def repeats_overlay(actor: Actor, rows: list[RepeatPlace]) -> Overlay:
    """The places of a page as shapes of the map, in their order."""
    require(actor, Permission.INDICATOR_SEE)
    return keep_overlay(actor, [OverlayShape(shapely.Point(row.lon, row.lat), OVERLAY_KIND) for row in rows])


def _limits(profile: Profile) -> tuple[float, int]:
    return profile.thresholds.duplicate_metres.value, profile.thresholds.repeat_cases.value


def _kept(actor: Actor, now: datetime | None) -> _Found:
    """The places of the actor's scope, as they are; among very many cases as they were some minutes ago at most."""
    now, scope, limits = now or utc_now(), replace(actor.scope, person_id=None), _limits(current_profile())
    state, day = current_state().of("incidents"), local_date(now)
    key = (state.database, state.stamp, scope, day, limits)
    with _lock:
        kept = _store.get(key)
    if kept and (kept.state == state or (kept.looked_at > MANY and timedelta() <= now - kept.at < KEPT_FOR)):
        return kept
    found = _Found(state, *_places(state, scope, day, *limits), now)
    with _lock:
        _store[key] = found
        _store.move_to_end(key)
        while len(_store) > _KEPT:
            _store.popitem(last=False)
    return found


def _places(state: State, scope: Scope, day: date, metres: float, least: int) -> tuple[tuple[RepeatPlace, ...], int]:
    """Every place of a scope in the year up to and with a Shanghai day, and how many cases were looked at."""
    since = from_local(day - timedelta(days=DAYS), time())
    with state.database.reading(scope) as session:
        rows = list_points_since(session, since, from_local(day + timedelta(days=1), time()))
    duplicates = Counter(row.main_id for row in rows if row.main_id is not None)
    by_class: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if row.main_id is None:
            by_class[row.category].append(row)
    found = [
        _place(members[place.centre], [members[n] for n in place.members], duplicates)
        for members in by_class.values()
        for place in gather([row.lon for row in members], [row.lat for row in members], metres, least)
    ]
    found.sort(key=lambda place: (-place.cases, -place.callers, -place.last_at.timestamp(), place.id))
    return tuple(found), len(rows)


def _place(centre: Any, members: list[Any], duplicates: Counter[int]) -> RepeatPlace:
    return RepeatPlace(
        centre.id, centre.category, centre.lon, centre.lat, centre.area_id, len(members),
        len(members) + sum(duplicates[row.id] for row in members), sum(bool(row.is_open) for row in members),
        members[0].reported_at, members[-1].reported_at, tuple(row.id for row in reversed(members)),
    )  # fmt: skip
