"""People and the posts they hold (feature A5). Nothing of ID numbers, religion or health is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from db.models import Person
from db.queries.areas import get_area_by_code
from db.queries.audit import add_audit_entry
from db.queries.people import (
    HoldingRow,
    PeopleFilter,
    PersonRow,
    count_people,
    get_person,
    get_person_row,
    list_holdings,
    list_people,
)
from db.queries.receipts import add_receipt, find_receipt
from db.session import reading, transaction
from domain.clock import local_date, utc_now
from domain.errors import Refusal, StaleRecord
from domain.names import mask_phone
from domain.paging import page_within
from domain.permissions import Actor, Permission, require
from domain.texts import clean_line
from services.lists.search_keys import search_key
from services.organisations.tree import get_own
from services.people.contacts import check_agreed, forget_phone, note_agreed
from services.people.posts import PostView, post_view
from services.system.installations import current_profile

PAGE_SIZE = 50
PHONE_LENGTH = 32


class InvalidPhone(Refusal):
    """A phone number with other signs than digits, +, -, spaces and brackets, or with too few digits."""

    code = "invalid_phone"


@dataclass(frozen=True)
class PersonView:
    """A person; ``phone`` is masked, ``skills`` are keys of the profile's skills, ``posts`` the present ones."""

    id: int
    name: str
    phone: str
    is_party_member: bool
    organisation_id: int | None
    organisation: str
    area_id: int | None
    area_code: str
    area: str
    skills: tuple[str, ...]
    posts: tuple[PostView, ...]
    version: int


@dataclass(frozen=True)
class PeoplePage:
    """A page of people; ``page`` counts from 1."""

    people: list[PersonView]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class PersonForm:
    """A person. ``area`` is the code of the home area, "" for none; ``phone`` None: as it was, "": erased.

    ``agreed``: whether the person agreed to be reached by the number, which is else not kept.
    """

    name: str
    phone: str | None
    is_party_member: bool = False
    organisation_id: int | None = None
    area: str = ""
    skills: Sequence[str] = ()
    form_key: str = ""
    agreed: bool = False


def find_people(
    actor: Actor, which: PeopleFilter | None = None, page: int = 1, now: datetime | None = None
) -> PeoplePage:
    """A page of the people in the actor's scope, by name. Each counts once, whatever posts it holds."""
    require(actor, Permission.PERSON_SEE)
    which, day = which or PeopleFilter(), local_date(now or utc_now())
    with reading(actor.scope) as session:
        total = count_people(session, which, day)
        page, pages = page_within(page, total, PAGE_SIZE)
        rows = list_people(session, which, day, PAGE_SIZE, (page - 1) * PAGE_SIZE)
        posts = list_holdings(session, person_ids=[row.id for row in rows], day=day)
    return PeoplePage([_view(row, posts) for row in rows], total, page, pages)


def get_person_view(actor: Actor, person_id: int, now: datetime | None = None) -> PersonView:
    """One person of the scope. Raises NotFound."""
    require(actor, Permission.PERSON_SEE)
    with reading(actor.scope) as session:
        posts = list_holdings(session, person_ids=[person_id], day=local_date(now or utc_now()))
        return _view(get_person_row(session, person_id), posts)


def _view(row: PersonRow, posts: list[HoldingRow]) -> PersonView:
    return PersonView(
        row.id, row.name, mask_phone(row.phone), row.is_party_member, row.organisation_id, row.organisation or "",
        row.area_id, row.area_code or "", row.area or "", tuple(filter(None, row.skills.split(","))),
        tuple(post_view(held) for held in posts if held.person_id == row.id), row.version,
    )  # fmt: skip


def add_person(actor: Actor, form: PersonForm, now: datetime | None = None) -> int:
    """Record a person; returns the id, the same for the same form sent twice.

    Raises InvalidText, InvalidPhone, ContactWithoutConsent, NotFound (organisation, area), PermissionDenied for a
    home outside the scope.
    """
    require(actor, Permission.PERSON_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        known = find_receipt(session, actor.user_id, "person", form.form_key)
        if known is not None:
            return known
        person = Person()
        _fill(session, actor, person, form, local_date(now))
        person.phone = clean_phone(form.phone or "")
        check_agreed(person.phone, form.agreed)
        session.add(person)
        session.flush()
        if person.phone:
            note_agreed(session, actor, person.id, now)
        add_receipt(session, actor.user_id, "person", form.form_key, person.id, now)
        add_audit_entry(session, actor.user_id, "person.add", "person", now, person.id)
        return person.id


def edit_person(actor: Actor, person_id: int, version: int, form: PersonForm, now: datetime | None = None) -> None:
    """Change a person. Raises StaleRecord and what ``add_person`` raises."""
    require(actor, Permission.PERSON_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        person = get_person(session, person_id, lock=True)
        if person.version != version:
            raise StaleRecord()
        _fill(session, actor, person, form, local_date(now))
        _follow_phone(session, actor, person, form, now)
        add_audit_entry(session, actor.user_id, "person.edit", "person", now, person_id)


def _fill(session: Session, actor: Actor, person: Person, form: PersonForm, day: date) -> None:
    person.name = clean_line(form.name, "person_name", 60)
    person.name_key = search_key(person.name)[:200]
    person.is_party_member = form.is_party_member
    if form.organisation_id and form.organisation_id != person.organisation_id:
        get_own(session, actor, form.organisation_id, day)
    person.organisation_id = form.organisation_id or None
    person.area_id = get_area_by_code(session, form.area).id if form.area else None
    person.skills = join_skills(form.skills)


def _follow_phone(session: Session, actor: Actor, person: Person, form: PersonForm, now: datetime) -> None:
    """Keep another number, or erase it; each is a word of the person."""
    phone = person.phone if form.phone is None else clean_phone(form.phone)
    if phone and phone != person.phone:
        check_agreed(phone, form.agreed)
        person.phone = phone
        note_agreed(session, actor, person.id, now)
    elif person.phone and not phone:
        forget_phone(session, actor, person, "", now)


def join_skills(skills: Iterable[str]) -> str:
    """Keys of the profile's skills as they are stored; what the profile does not know is left out."""
    return ",".join(sorted(set(skills) & {skill.key for skill in current_profile().skills}))


def clean_phone(text: str) -> str | None:
    """A phone number as it is stored; None for an empty one. Raises InvalidPhone, InvalidText."""
    phone = clean_line(text, "phone", PHONE_LENGTH, required=False)
    if phone and (set(phone) - set("0123456789+-() ") or sum(sign.isdigit() for sign in phone) < 5):
        raise InvalidPhone()
    return phone or None


def uncover_phone(actor: Actor, person_id: int, reason: str, now: datetime | None = None) -> str:
    """The whole phone number, "" without one. Who asked, when and why is recorded; without a reason EmptyText."""
    require(actor, Permission.PERSON_SEE)
    require(actor, Permission.CONTACT_SEE)
    reason = clean_line(reason, "reason", 200)
    with transaction(actor.scope) as session:
        person = get_person(session, person_id)
        add_audit_entry(session, actor.user_id, "person.uncover_phone", "person", now or utc_now(), person_id, reason)
        return person.phone or ""
