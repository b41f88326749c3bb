"""Volunteers: teams, the roll, joining and leaving (feature E1)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from db.models import Person, Volunteer
from db.queries import volunteers as rows
from db.queries.audit import add_audit_entry
from db.queries.receipts import add_receipt, find_receipt
from db.queries.volunteers import VolunteerFilter, VolunteerRow
from db.session import reading, transaction
from domain.clock import day_end, day_start, local_date, utc_now
from domain.errors import NotFound, Refusal, StaleRecord
from domain.paging import page_within
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.texts import clean_line
from services.lists.search_keys import search_key
from services.people.contacts import check_agreed, note_agreed
from services.people.register import clean_phone

PAGE_SIZE = 30


class AlreadyVolunteer(Refusal):
    """The person is on the roll already. Values: name."""

    code = "already_volunteer"


class LeavesBeforeJoining(Refusal):
    """The day of leaving lies before the day of joining. Values: day."""

    code = "leaves_before_joining"


class AlreadyLeft(Refusal):
    """The volunteer left before. Values: day."""

    code = "already_left"


@dataclass(frozen=True)
class TeamNode:
    """A team in the order of the tree; ``depth`` 0 is a brigade, or a team of its own."""

    id: int
    key: str
    name: str
    parent_id: int | None
    depth: int


@dataclass(frozen=True)
class VolunteerForm:
    """What people type. ``person_id`` names somebody who is known already; else a person of that name is added.

    ``agreed``: whether the volunteer agreed to be reached by the phone number.
    """

    name: str
    team_id: int | None
    area_id: int | None
    phone: str = ""
    person_id: int | None = None
    agreed: bool = False


@dataclass(frozen=True)
class VolunteerView:
    """A volunteer on the roll; ``minutes`` is the service of the calendar year, 0 where it was not asked for."""

    id: int
    version: int
    person_id: int
    name: str
    team_id: int | None
    team: str | None
    area_id: int | None
    area: str | None
    joined_on: date
    left_on: date | None
    minutes: int = 0


@dataclass(frozen=True)
class VolunteerPage:
    """One page of the roll, how many the search found in all, and how many pages that makes (at least 1)."""

    volunteers: tuple[VolunteerView, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Namesake:
    """Somebody of the same name whom the actor may see."""

    person_id: int
    name: str
    area: str | None
    is_volunteer: bool


def list_teams(actor: Actor) -> tuple[TeamNode, ...]:
    """The teams, each under its brigade."""
    require(actor, Permission.ACTIVITY_SEE)
    with reading(EVERYWHERE) as session:
        teams = rows.list_teams(session)
    below: dict[int | None, list[TeamNode]] = {}
    for team in teams:
        below.setdefault(team.parent_id, []).append(TeamNode(team.id, team.key, team.name, team.parent_id, 0))
    return tuple(_walk(below, None, 0))


def _walk(below: dict[int | None, list[TeamNode]], parent: int | None, depth: int) -> list[TeamNode]:
    found: list[TeamNode] = []
    for team in below.get(parent, []):
        found.append(TeamNode(team.id, team.key, team.name, team.parent_id, depth))
        found += _walk(below, team.id, depth + 1)
    return found


def list_volunteers(
    actor: Actor,
    *,
    search: str = "",
    team_id: int | None = None,
    area_path: str | None = None,
    with_left: bool = False,
    page: int = 1,
    now: datetime | None = None,
) -> VolunteerPage:
    """A page of the roll by name, found by part of a name, its pinyin or initials; a brigade includes its teams."""
    require(actor, Permission.VOLUNTEER_SEE)
    day = local_date(now or utc_now())
    teams = None if team_id is None else _with_below(list_teams(actor), team_id)
    which = VolunteerFilter(search=search, team_ids=teams, area_path=area_path, with_left=with_left)
    with reading(EVERYWHERE) as session:
        total = rows.count_volunteers(session, which, actor.scope, day)
        page, pages = page_within(page, total, PAGE_SIZE)
        found = rows.list_volunteers(session, which, actor.scope, day, PAGE_SIZE, (page - 1) * PAGE_SIZE)
        since, until = day_start(date(day.year, 1, 1)), day_end(day)
        minutes = rows.map_minutes_by_volunteer(session, [row.id for row in found], since, until)
    return VolunteerPage(tuple(_view(row, minutes.get(row.id, 0)) for row in found), total, page, pages)


def _with_below(teams: tuple[TeamNode, ...], team_id: int) -> tuple[int, ...]:
    found = {team_id}
    for team in teams:  # parents come first
        if team.parent_id in found:
            found.add(team.id)
    return tuple(sorted(found))


def get_volunteer(actor: Actor, volunteer_id: int) -> VolunteerView:
    """One volunteer. Raises NotFound, outside the actor's areas as well."""
    require(actor, Permission.VOLUNTEER_SEE)
    with reading(EVERYWHERE) as session:
        return _view(rows.get_volunteer_row(session, volunteer_id, actor.scope))


def list_namesakes(actor: Actor, name: str) -> list[Namesake]:
    """People of exactly this name whom the actor may see, so that nobody is entered twice."""
    require(actor, Permission.VOLUNTEER_EDIT)
    wanted = " ".join(name.split())
    if not wanted:
        return []
    with reading(actor.scope) as session:
        found = rows.list_namesakes(session, wanted)
    return [Namesake(row.person_id, row.name, row.area, row.volunteer_id is not None) for row in found]


def register_volunteer(actor: Actor, form: VolunteerForm, form_key: str, now: datetime | None = None) -> VolunteerView:
    """Put somebody on the roll from today; the same form again answers with the same volunteer.

    Somebody who left comes back. Raises InvalidText, InvalidPhone, ContactWithoutConsent, AlreadyVolunteer, NotFound
    (person, team), PermissionDenied for an area outside the actor's own.
    """
    require(actor, Permission.VOLUNTEER_EDIT)
    now = now or utc_now()
    name = clean_line(form.name, "person_name", 60)
    phone = clean_phone(form.phone)
    check_agreed(phone, form.agreed)
    with transaction(actor.scope) as session:
        volunteer_id = find_receipt(session, actor.user_id, "volunteer", form_key)
        if volunteer_id is None:
            person = _person(session, form, name, phone)
            if phone and form.person_id is None:
                note_agreed(session, actor, person.id, now)
            volunteer_id = _enter(session, person, form, local_date(now))
            add_receipt(session, actor.user_id, "volunteer", form_key, volunteer_id, now)
            add_audit_entry(session, actor.user_id, "register", "volunteer", now, volunteer_id)
            session.flush()
        return _view(rows.get_volunteer_row(session, volunteer_id, actor.scope))


def _person(session: Session, form: VolunteerForm, name: str, phone: str | None) -> Person:
    if form.person_id is not None:
        known = session.get(Person, form.person_id)
        if known is None:
            raise NotFound(subject="person")
        return known
    person = Person(name=name, name_key=search_key(name), phone=phone, area_id=form.area_id)
    session.add(person)
    session.flush()
    return person


def _enter(session: Session, person: Person, form: VolunteerForm, day: date) -> int:
    if form.team_id is not None:
        rows.get_team(session, form.team_id)
    volunteer = rows.find_volunteer_by_person(session, person.id)
    if volunteer is not None and volunteer.left_on is None:
        raise AlreadyVolunteer(name=person.name)
    if volunteer is None:
        volunteer = Volunteer(person_id=person.id)
        session.add(volunteer)
    volunteer.team_id, volunteer.area_id = form.team_id, form.area_id
    volunteer.joined_on, volunteer.left_on = day, None
    session.flush()
    return volunteer.id


def move_volunteer(
    actor: Actor, volunteer_id: int, team_id: int | None, area_id: int | None, version: int
) -> VolunteerView:
    """Give a volunteer another team or area. Raises NotFound, StaleRecord, PermissionDenied for a foreign area."""
    require(actor, Permission.VOLUNTEER_EDIT)
    with transaction(actor.scope) as session:
        volunteer = _editable(session, actor, volunteer_id, version)
        if team_id is not None:
            rows.get_team(session, team_id)
        volunteer.team_id, volunteer.area_id = team_id, area_id
        session.flush()
        return _view(rows.get_volunteer_row(session, volunteer_id, actor.scope))


def end_volunteer(
    actor: Actor, volunteer_id: int, day: date, version: int, now: datetime | None = None
) -> VolunteerView:
    """The volunteer is on the roll until ``day`` (exclusive); what was served stays.

    Raises LeavesBeforeJoining, AlreadyLeft, NotFound, StaleRecord.
    """
    require(actor, Permission.VOLUNTEER_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        volunteer = _editable(session, actor, volunteer_id, version)
        if volunteer.left_on is not None:
            raise AlreadyLeft(day=volunteer.left_on.isoformat())
        if day < volunteer.joined_on:
            raise LeavesBeforeJoining(day=volunteer.joined_on.isoformat())
        volunteer.left_on = day
        add_audit_entry(session, actor.user_id, "leave", "volunteer", now, volunteer_id, day.isoformat())
        session.flush()
        return _view(rows.get_volunteer_row(session, volunteer_id, actor.scope))


def _editable(session: Session, actor: Actor, volunteer_id: int, version: int) -> Volunteer:
    volunteer = rows.get_volunteer(session, volunteer_id, actor.scope)
    if volunteer.version != version:
        raise StaleRecord()
    return volunteer


def _view(row: VolunteerRow, minutes: int = 0) -> VolunteerView:
    return VolunteerView(
        row.id, row.version, row.person_id, row.name, row.team_id, row.team, row.area_id, row.area,
        row.joined_on, row.left_on, minutes,
    )  # fmt: skip
