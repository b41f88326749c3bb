"""Party organisations: the tree, the areas they look after, and which areas have none (features A1, A8)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session

from db.models import Area, Organisation, OrganisationArea, Person, PostHolding
from domain.errors import NotFound


@dataclass(frozen=True)
class OrganisationRow:
    """An organisation; ``path`` holds the ids from the top ("/1/5/")."""

    id: int
    code: str
    name: str
    tier: str
    parent_id: int | None
    path: str
    valid_from: date
    valid_to: date | None
    version: int


@dataclass(frozen=True)
class LinkRow:
    """An area that an organisation looks after, from a day until a day (exclusive)."""

    id: int
    organisation_id: int
    area_id: int
    area_code: str
    area: str
    level: str
    area_path: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class LevelArea:
    """An area of a level, the name of the one above it, and whether it has an organisation of its own."""

    id: int
    code: str
    name: str
    kind: str
    path: str
    parent: str
    has_organisation: bool


@dataclass(frozen=True)
class AreaOrganisation:
    """An organisation and an area that it looks after."""

    area_id: int
    organisation_id: int
    tier: str
    path: str


_ROW = (
    Organisation.id, Organisation.code, Organisation.name, Organisation.tier, Organisation.parent_id,
    Organisation.path, Organisation.valid_from, Organisation.valid_to, Organisation.version,
)  # fmt: skip


def valid_on(model: Any, day: date) -> ColumnElement[bool]:
    """Whether a row with ``valid_from`` and ``valid_to`` (exclusive) is valid on a day."""
    return and_(model.valid_from <= day, or_(model.valid_to.is_(None), model.valid_to > day))


def list_organisations(session: Session, day: date) -> list[OrganisationRow]:
    """Every organisation of a day, by code."""
    statement = select(*_ROW).where(valid_on(Organisation, day)).order_by(Organisation.code, Organisation.id)
    return [OrganisationRow(*row) for row in session.execute(statement)]


def get_organisation(session: Session, organisation_id: int) -> Organisation:
    """The organisation, or NotFound."""
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound(subject="organisation")
    return found


def map_parents_for_move(session: Session) -> dict[int, int | None]:
    """Id → parent's id of every organisation, locked: of two moves that would make a circle the second waits."""
    rows = session.execute(select(Organisation.id, Organisation.parent_id).order_by(Organisation.id).with_for_update())
    return {row.id: row.parent_id for row in rows}


def move_paths(session: Session, old_path: str, new_path: str) -> None:
    """Put everything under ``old_path`` under ``new_path``, the top of it included."""
    inside = Organisation.path.startswith(old_path, autoescape=True)
    moved = literal(new_path).concat(func.substr(Organisation.path, len(old_path) + 1))
    session.execute(update(Organisation).where(inside).values(path=moved).execution_options(synchronize_session=False))


def count_parts(session: Session, organisation_id: int, day: date) -> int:
    """How many organisations lie right under one on a day."""
    inside = Organisation.parent_id == organisation_id
    return session.scalar(select(func.count(Organisation.id)).where(inside, valid_on(Organisation, day))) or 0


def count_members(session: Session, organisation_id: int) -> int:
    """How many people belong to an organisation, whatever the scope."""
    people = Person.__table__
    return session.scalar(select(func.count()).where(people.c.organisation_id == organisation_id)) or 0


def end_all_of(session: Session, organisation_id: int, last: date) -> None:
    """End what is open of an organisation: its links and the posts in it; ``last`` is the first day without them.

    What would begin later never begins: it ends on its first day.
    """
    for model in (OrganisationArea, PostHolding):
        end = case((model.valid_from > last, model.valid_from), else_=last)
        open_ones = or_(model.valid_to.is_(None), model.valid_to > last)
        session.execute(update(model).where(model.organisation_id == organisation_id, open_ones).values(valid_to=end))


def list_root_paths(session: Session, area_paths: Collection[str], day: date) -> tuple[str, ...]:
    """Paths of the organisations that look after areas of these subtrees: what lies under them is in the scope."""
    if not area_paths:
        return ()
    statement = (
        select(Organisation.path)
        .join(OrganisationArea, OrganisationArea.organisation_id == Organisation.id)
        .join(Area, Area.id == OrganisationArea.area_id)
        .where(
            or_(*(Area.path.startswith(path, autoescape=True) for path in area_paths)),
            valid_on(OrganisationArea, day),
            valid_on(Organisation, day),
        )
    )
    return tuple(sorted(set(session.scalars(statement))))


def list_links(session: Session, organisation_id: int) -> list[LinkRow]:
    """The areas of an organisation, past ones too, the present ones first."""
    statement = (
        select(
            OrganisationArea.id, OrganisationArea.organisation_id, Area.id, Area.code, Area.name, Area.level, Area.path,
            OrganisationArea.valid_from, OrganisationArea.valid_to,
        )
        .join(Area, Area.id == OrganisationArea.area_id)
        .where(OrganisationArea.organisation_id == organisation_id)
        .order_by(OrganisationArea.valid_to.is_not(None), Area.code, OrganisationArea.valid_from.desc())
    )  # fmt: skip
    return [LinkRow(*row) for row in session.execute(statement)]


def get_link(session: Session, link_id: int) -> OrganisationArea:
    """The link, or NotFound."""
    found = session.get(OrganisationArea, link_id)
    if found is None:
        raise NotFound(subject="organisation_area")
    return found


def count_areas_by_organisation(session: Session, day: date) -> dict[int, int]:
    """Organisation → areas that it looks after on a day."""
    statement = select(OrganisationArea.organisation_id, func.count(OrganisationArea.area_id.distinct()))
    rows = session.execute(statement.where(valid_on(OrganisationArea, day)).group_by(OrganisationArea.organisation_id))
    return {row[0]: row[1] for row in rows}


def count_members_by_organisation(session: Session) -> dict[int, int]:
    """Organisation → party members of the scope who belong to it."""
    statement = select(Person.organisation_id, func.count(Person.id)).where(Person.is_party_member.is_(True))
    rows = session.execute(statement.group_by(Person.organisation_id))
    return {organisation: number for organisation, number in rows if organisation is not None}


def count_posts_by_organisation(session: Session, day: date) -> dict[int, int]:
    """Organisation → posts held in it on a day by people of the scope."""
    statement = (
        select(PostHolding.organisation_id, func.count(PostHolding.id))
        .join(Person, Person.id == PostHolding.person_id)
        .where(valid_on(PostHolding, day))
        .group_by(PostHolding.organisation_id)
    )
    rows = session.execute(statement)
    return {organisation: number for organisation, number in rows if organisation is not None}


def list_level_areas(
    session: Session, level: str, tiers: Sequence[str], day: date, area_paths: Collection[str] = ()
) -> list[LevelArea]:
    """The areas of a level (under the paths, where there are any), by code, each with whether it is organised.

    An area is organised when an organisation of one of ``tiers`` looks after it on the day.
    """
    above = Area.__table__.alias("above")
    link = (
        exists()
        .where(
            OrganisationArea.area_id == Area.id,
            OrganisationArea.organisation_id == Organisation.id,
            Organisation.tier.in_(tiers),
            valid_on(OrganisationArea, day),
            valid_on(Organisation, day),
        )
        .correlate(Area)
    )
    columns = (Area.id, Area.code, Area.name, Area.kind, Area.path, func.coalesce(above.c.name, ""), link)
    statement = (
        select(*columns)
        .outerjoin(above, above.c.id == Area.parent_id)
        .where(Area.level == level, valid_on(Area, day))
        .order_by(Area.code)
    )
    if area_paths:
        statement = statement.where(or_(*(Area.path.startswith(path, autoescape=True) for path in area_paths)))
    return [LevelArea(*row) for row in session.execute(statement)]


def list_organisations_of_areas(
    session: Session, area_ids: Collection[int], tiers: Sequence[str], day: date
) -> list[AreaOrganisation]:
    """The organisations of ``tiers`` that look after areas on a day."""
    columns: tuple[Any, ...] = (OrganisationArea.area_id, Organisation.id, Organisation.tier, Organisation.path)
    statement = (
        select(*columns)
        .join(Organisation, Organisation.id == OrganisationArea.organisation_id)
        .where(OrganisationArea.area_id.in_(area_ids), Organisation.tier.in_(tiers))
        .where(valid_on(OrganisationArea, day), valid_on(Organisation, day))
    )
    return [AreaOrganisation(*row) for row in session.execute(statement)]
