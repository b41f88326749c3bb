"""Lists as files, with the right to export and a record of each export; no contact is in any of them (feature N4)."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from config.profiles import Profile
from config.texts import text
from db.queries.audit import add_audit_entry
from db.session import transaction
from domain.clock import local_date, utc_now
from domain.errors import NotFound, Refusal
from domain.names import mask_phone
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.dictionaries.current import category_name
from services.incidents.cases import IncidentFilter, list_incidents
from services.incidents.repeats import RepeatFilter, list_repeat_places
from services.incidents.suspensions import map_suspended_ages
from services.incidents.views import IncidentView
from services.lists.files import ListFormat, list_file
from services.people.assignments import get_coverage
from services.people.register import PeopleFilter, find_people
from services.people.volunteers import list_volunteers
from services.stations.register import list_stations
from services.system.installations import current_profile
from services.talents.pool import TalentSearch, find_talents

MOST = 50_000
# A mobile number in any of its spellings, full-width digits and +86 too, and a number with an area code.
_PHONE = re.compile(r"(?<!\d)(?:(?:\+?86[-\s]?)?[1１][3-9３-９]\d(?:[-\s]?\d{4}){2}|[0０]\d{2,3}[-\s]?\d{7,8})(?!\d)")


class ListTooLong(Refusal):
    """More rows than one file takes: filter first. Values: rows, most."""

    code = "list_too_long"


def export_rows(
    actor: Actor, subject: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], format: ListFormat,
    language: str, now: datetime | None = None, *, permission: Permission = Permission.EXPORT,
) -> bytes:  # fmt: skip
    """Rows as a file. ``subject`` names the list (its text: ``exports.list.<subject>``), ``columns`` are text keys.

    Who, when, which list and how many rows is recorded. ``permission``: another right, for what is one's own. Raises
    ListTooLong.
    """
    require(actor, permission)
    if len(rows) > MOST:
        raise ListTooLong(rows=len(rows), most=MOST)
    header = [text(language, f"exports.column.{name}") for name in columns]
    content = list_file(format, text(language, f"exports.list.{subject}"), header, rows)
    with transaction(EVERYWHERE) as session:
        detail = f"{format} {len(rows)}"
        add_audit_entry(session, actor.user_id, "list.export", subject, now or utc_now(), detail=detail)
    return content


_INCIDENT = (
    "number", "external_number", "reported_at", "category", "urgency", "source", "title", "description", "place",
    "area", "status", "level", "handler", "due_at", "closed_at", "overdue_hours", "reopened", "lon", "lat",
)  # fmt: skip


def export_incidents(
    actor: Actor, which: IncidentFilter, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """The incidents of a filter, all pages of it. The reporter is not among the columns. Raises ListTooLong."""
    require(actor, Permission.EXPORT)
    profile = current_profile()
    page = list_incidents(actor, replace(which, page=1, page_size=MOST), now)
    if page.total > MOST:
        raise ListTooLong(rows=page.total, most=MOST)
    rows = [_incident_row(profile, view, language) for view in page.rows]
    return export_rows(actor, "incidents", _INCIDENT, rows, format, language, now)


_SUSPENDED = (
    "number", "external_number", "category", "title", "place", "area", "handler", "suspended_at", "suspended_days",
    "suspended_age", "review_on", "review_reached",
)  # fmt: skip


def export_suspended(
    actor: Actor, which: IncidentFilter, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """The suspended incidents (挂账) of a filter with their ages, the longest suspended first. Raises ListTooLong."""
    require(actor, Permission.EXPORT)
    now = now or utc_now()
    page = list_incidents(actor, replace(which, suspended=True, page=1, page_size=MOST), now)
    if page.total > MOST:
        raise ListTooLong(rows=page.total, most=MOST)
    ages = map_suspended_ages(actor, now)
    found = sorted(((view, ages[view.id]) for view in page.rows if view.id in ages), key=lambda pair: pair[1].since)
    rows = [
        (view.number, view.external_number, class_name(view.category, view.dictionary_version, language),
         without_phones(view.title), without_phones(view.place), view.area_name, view.handler_name, age.since, age.days,
         text(language, f"incidents.ages.{age.group}"), view.review_on,
         yes(view.review_on is not None and view.review_on <= local_date(now), language))
        for view, age in found
    ]  # fmt: skip
    return export_rows(actor, "suspended", _SUSPENDED, rows, format, language, now)


def yes(value: bool, language: str) -> str:
    """Yes or no in the reader's language."""
    return text(language, "exports.yes" if value else "exports.no")


def _incident_row(profile: Profile, view: IncidentView, language: str) -> tuple[Any, ...]:
    late = view.overdue_seconds
    return (
        view.number, view.external_number, view.reported_at,
        class_name(view.category, view.dictionary_version, language),
        name_of(profile.urgency, view.urgency, language), name_of(profile.source, view.source, language),
        without_phones(view.title), without_phones(view.description), without_phones(view.place), view.area_name,
        _status(profile, view, language), text(language, f"case.level.{view.level}"), view.handler_name, view.due_at,
        view.closed_at, None if late is None else round(late / 3600, 1), view.reopened_count, view.lon, view.lat,
    )  # fmt: skip


def name_of(find: Callable[[str], Any], key: str, language: str) -> str:
    """The name of a value of the profile; the key itself once the profile has it no more."""
    try:
        name = find(key).name
    except NotFound:
        return key
    return str(name.en if language == "en" else name.zh)


def class_name(key: str, version: int | None, language: str) -> str:
    """The name of a class of incidents in a version of the dictionary, None = the newest."""
    name = category_name(key, version)
    return name.en if language == "en" else name.zh


def _status(profile: Profile, view: IncidentView, language: str) -> str:
    try:
        name = profile.lane(view.lane).step(view.status).name
    except NotFound:
        return str(view.status)
    return name.en if language == "en" else name.zh


def without_phones(words: str) -> str:
    """Words of a case in which somebody's mobile number stands, with the number masked."""
    return _PHONE.sub(lambda found: mask_phone(found.group()), words)


def export_stations(
    actor: Actor, format: ListFormat, language: str, *, kind: str | None = None, search: str = "",
    open_now: bool = False, with_closed: bool = False, now: datetime | None = None,
) -> bytes:  # fmt: skip
    """The stations of a filter, with the phone number that is public."""
    require(actor, Permission.EXPORT)
    profile = current_profile()
    found = list_stations(
        actor, kind=kind, search=search, open_now=open_now, with_closed=with_closed, now=now
    )  # fmt: skip
    rows = [
        (one.code, one.name, name_of(profile.station_kind, one.kind, language), one.address, one.phone, one.area,
         one.lon, one.lat, one.valid_from, one.valid_to)
        for one in found
    ]  # fmt: skip
    columns = ("code", "name", "kind", "address", "public_phone", "area", "lon", "lat", "valid_from", "valid_to")
    return export_rows(actor, "stations", columns, rows, format, language, now)


def export_volunteers(
    actor: Actor, format: ListFormat, language: str, *, search: str = "", team_id: int | None = None,
    with_left: bool = False, now: datetime | None = None,
) -> bytes:  # fmt: skip
    """The roll under a filter."""
    require(actor, Permission.EXPORT)
    found = collect_pages(
        lambda page: list_volunteers(
            actor, search=search, team_id=team_id, with_left=with_left, page=page, now=now
        ),
        lambda page: page.volunteers,
    )  # fmt: skip
    rows = [(one.name, one.team, one.area, one.joined_on, one.left_on, round(one.minutes / 60, 1)) for one in found]
    columns = ("person", "team", "area", "joined_on", "left_on", "hours")
    return export_rows(actor, "volunteers", columns, rows, format, language, now)


def export_people(
    actor: Actor, which: PeopleFilter, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """The people of a filter with their present posts; phone numbers are left out."""
    require(actor, Permission.EXPORT)
    profile = current_profile()
    found = collect_pages(lambda page: find_people(actor, which, page, now), lambda page: page.people)
    posts = ["、".join(name_of(profile.post, post.post, language) for post in one.posts) for one in found]
    rows = [(one.name, one.organisation, one.area, held) for one, held in zip(found, posts, strict=True)]
    return export_rows(actor, "people", ("person", "organisation", "area", "posts"), rows, format, language, now)


def export_talents(
    actor: Actor, which: TalentSearch, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """The talent pool under a search as it is shown: surname, skills, area, own words; nobody without consent."""
    require(actor, Permission.EXPORT)
    profile = current_profile()
    found = collect_pages(lambda page: find_talents(actor, which, page), lambda page: page.talents)
    rows = [
        (one.surname, "、".join(name_of(profile.skill, key, language) for key in one.skills), one.area,
         without_phones(one.sentence))
        for one in found
    ]  # fmt: skip
    return export_rows(actor, "talents", ("surname", "skills", "area", "offer"), rows, format, language, now)


def export_repeats(
    actor: Actor, which: RepeatFilter, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """The places where cases of one class come back, all pages of the filter. Raises ListTooLong."""
    require(actor, Permission.EXPORT)
    page = list_repeat_places(actor, replace(which, page=1, page_size=MOST), now)
    if page.total > MOST:
        raise ListTooLong(rows=page.total, most=MOST)
    rows = [
        (class_name(one.category, None, language), one.area_name, one.cases, one.callers, one.still_open, one.first_at,
         one.last_at, one.lon, one.lat)
        for one in page.rows
    ]  # fmt: skip
    columns = ("category", "area", "cases", "callers", "still_open", "first_at", "last_at", "lon", "lat")
    return export_rows(actor, "repeats", columns, rows, format, language, now)


def export_coverage(actor: Actor, format: ListFormat, language: str, now: datetime | None = None) -> bytes:
    """Every grid of the actor's scope with its number of members."""
    require(actor, Permission.EXPORT)
    rows = [(one.code, one.name, one.parent, one.households, one.members) for one in get_coverage(actor).grids]
    columns = ("code", "name", "above", "households", "members")
    return export_rows(actor, "coverage", columns, rows, format, language, now)


def collect_pages(ask: Callable[[int], Any], rows_of: Callable[[Any], Iterable[Any]]) -> list[Any]:
    """All rows of a list that comes in pages. Raises ListTooLong."""
    first = ask(1)
    if first.total > MOST:
        raise ListTooLong(rows=first.total, most=MOST)
    found = list(rows_of(first))
    for number in range(2, first.pages + 1):
        found += rows_of(ask(number))
    return found
