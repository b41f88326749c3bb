"""People, the posts they hold, and who leads a grid."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from db.models import Area, Organisation, Person, PostHolding
from db.queries.assignments import holders_on
from db.queries.organisations import valid_on
from domain.errors import NotFound


@dataclass(frozen=True)
class Leader:
    """Who leads an area today."""

    area_id: int
    person_id: int
    name: str
    phone: str | None
    post: str


_LEADER: tuple[Any, ...] = (PostHolding.area_id, Person.id, Person.name, Person.phone, PostHolding.post)


def list_leaders_by_area(
    session: Session, area_ids: Collection[int], posts: Collection[str], day: date
) -> dict[int, Leader]:
    """Area id → its leader on a day: the holder of one of ``posts`` (the latest, where there are several)."""
    rows = session.execute(
        select(*_LEADER)
        .join(Person, Person.id == PostHolding.person_id)
        .where(PostHolding.area_id.in_(area_ids), PostHolding.post.in_(posts), valid_on(PostHolding, day))
        .order_by(PostHolding.valid_from, PostHolding.id)
    )
    return {row[0]: Leader(*row) for row in rows}


def get_person(session: Session, person_id: int, *, lock: bool = False) -> Person:
    """The person, or NotFound. ``lock``: until the end of the transaction nobody else gets it locked."""
    found = session.get(Person, person_id, with_for_update=True if lock else None)
    if found is None:
        raise NotFound(subject="person")
    return found


@dataclass(frozen=True)
class PeopleFilter:
    """Which people; what is left out is not asked. ``search``: part of a name, its pinyin, its initials.

    ``organisation_path`` = of that organisation or one under it; ``post`` = holds it on the day asked for; ``holders``
    = holds any; ``several`` = holds more than one; ``unassigned`` = a party member who looks after no grid that day.
    """

    search: str = ""
    members: bool = False
    holders: bool = False
    several: bool = False
    unassigned: bool = False
    post: str | None = None
    organisation_path: str | None = None


@dataclass(frozen=True)
class PersonRow:
    """A person with the names of organisation and home area. ``phone`` is not for the screen: services mask it."""

    id: int
    name: str
    phone: str | None
    is_party_member: bool
    organisation_id: int | None
    organisation: str | None
    area_id: int | None
    area_code: str | None
    area: str | None
    skills: str
    version: int


@dataclass(frozen=True)
class HoldingRow:
    """A post that a person holds in an organisation or area, from a day until a day (exclusive; None = still)."""

    id: int
    person_id: int
    person: str
    post: str
    organisation_id: int | None
    organisation: str | None
    area_id: int | None
    area: str | None
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class PostCount:
    """A day's posts: people who hold any (each once), posts held (each counted), people who hold several (A5)."""

    people: int
    posts: int
    several: int


def map_names(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """Person id → name."""
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {row[0]: row[1] for row in rows}


_PERSON: tuple[Any, ...] = (
    Person.id, Person.name, Person.phone, Person.is_party_member, Person.organisation_id, Organisation.name,
    Person.area_id, Area.code, Area.name, Person.skills, Person.version,
)  # fmt: skip
_HOLDING: tuple[Any, ...] = (
    PostHolding.id, Person.id, Person.name, PostHolding.post, PostHolding.organisation_id, Organisation.name,
    PostHolding.area_id, Area.name, PostHolding.valid_from, PostHolding.valid_to,
)  # fmt: skip


def list_people(
    session: Session, which: PeopleFilter, day: date, limit: int | None = None, offset: int = 0
) -> list[PersonRow]:
    """The people of the scope, by name."""
    statement = (
        select(*_PERSON)
        .outerjoin(Organisation, Organisation.id == Person.organisation_id)
        .outerjoin(Area, Area.id == Person.area_id)
        .where(*_conditions(which, day))
        .order_by(Person.name_key, Person.id)
    )
    return [PersonRow(*row) for row in session.execute(statement.limit(limit).offset(offset))]


def get_person_row(session: Session, person_id: int) -> PersonRow:
    """One person, or NotFound."""
    statement = select(*_PERSON).outerjoin(Organisation, Organisation.id == Person.organisation_id)
    found = session.execute(statement.outerjoin(Area, Area.id == Person.area_id).where(Person.id == person_id)).first()
    if found is None:
        raise NotFound(subject="person")
    return PersonRow(*found)


def count_people(session: Session, which: PeopleFilter, day: date) -> int:
    """How many people of the scope the filter lets through."""
    return session.scalar(select(func.count(Person.id)).where(*_conditions(which, day))) or 0


def list_holdings(
    session: Session,
    *,
    person_ids: Collection[int] | None = None,
    organisation_id: int | None = None,
    day: date | None = None,
) -> list[HoldingRow]:
    """Posts held by people of the scope, the newest first; of some people, in one organisation, on one day."""
    statement = (
        select(*_HOLDING)
        .join(Person, Person.id == PostHolding.person_id)
        .outerjoin(Organisation, Organisation.id == PostHolding.organisation_id)
        .outerjoin(Area, Area.id == PostHolding.area_id)
        .order_by(PostHolding.valid_to.is_not(None), PostHolding.valid_from.desc(), PostHolding.id)
    )
    if person_ids is not None:
        statement = statement.where(PostHolding.person_id.in_(person_ids))
    if organisation_id is not None:
        statement = statement.where(PostHolding.organisation_id == organisation_id)
    if day is not None:
        statement = statement.where(valid_on(PostHolding, day))
    return [HoldingRow(*row) for row in session.execute(statement)]


def get_holding(session: Session, holding_id: int) -> PostHolding:
    """The post held, or NotFound; also where its holder is outside the scope."""
    statement = select(PostHolding).join(Person, Person.id == PostHolding.person_id)
    found = session.scalar(statement.where(PostHolding.id == holding_id).with_for_update(of=PostHolding))
    if found is None:
        raise NotFound(subject="post")
    return found


def count_posts(session: Session, day: date) -> PostCount:
    """Headcount and post count of the scope on a day."""
    held = (
        select(func.count(PostHolding.id).label("posts"))
        .join(Person, Person.id == PostHolding.person_id)
        .where(valid_on(PostHolding, day))
        .group_by(PostHolding.person_id)
        .subquery()
    )
    several = func.sum(case((held.c.posts > 1, 1), else_=0))
    people, posts, double = session.execute(
        select(func.count(), func.sum(held.c.posts), several).select_from(held)
    ).one()
    return PostCount(people, int(posts or 0), int(double or 0))


def count_holders_by_post(session: Session, day: date) -> dict[str, int]:
    """Post → how often it is held in the scope on a day."""
    statement = (
        select(PostHolding.post, func.count(PostHolding.id))
        .join(Person, Person.id == PostHolding.person_id)
        .where(valid_on(PostHolding, day))
        .group_by(PostHolding.post)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def _conditions(which: PeopleFilter, day: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if text := which.search.strip():
        found.append(Person.name_key.contains(text.casefold(), autoescape=True))
    if which.members or which.unassigned:
        found.append(Person.is_party_member.is_(True))
    if which.unassigned:
        found.append(Person.id.not_in(holders_on(day)))
    if which.organisation_path:
        inside = Organisation.path.startswith(which.organisation_path, autoescape=True)
        found.append(Person.organisation_id.in_(select(Organisation.id).where(inside)))
    if which.holders or which.several or which.post:
        held = select(PostHolding.person_id).where(valid_on(PostHolding, day))
        if which.post:
            held = held.where(PostHolding.post == which.post)
        if which.several:
            held = held.group_by(PostHolding.person_id).having(func.count(PostHolding.id) > 1)
        found.append(Person.id.in_(held))
    return found
