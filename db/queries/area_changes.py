"""Areas that end, what came of them, and the record of changes (feature A4). Whatever the scope."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import false, func, or_, select, update
from sqlalchemy.orm import Session

from db.models import (
    Area,
    AreaCarried,
    AreaChange,
    AreaSuccession,
    Assignment,
    Organisation,
    OrganisationArea,
    Person,
    Pledge,
    Plot,
    PostHolding,
    Rota,
    Station,
    TalentNeed,
    User,
    Volunteer,
)
from db.queries.layers import bump_layers
from domain.clock import utc_now

_ids = Collection[int]


def lock_areas(session: Session, area_ids: _ids) -> None:
    """Hold the areas and all within them until the commit: nothing new can refer to them meanwhile."""
    paths = session.scalars(select(Area.path).where(Area.id.in_(area_ids))).all()
    within = or_(false(), *(Area.path.startswith(path, autoescape=True) for path in paths))
    statement = select(Area.id).where(within, Area.valid_to.is_(None)).order_by(Area.id)
    session.execute(statement.with_for_update()).all()


def list_codes_ever(session: Session) -> set[str]:
    """The codes of all areas, present and past."""
    return set(session.scalars(select(Area.code)))


def end_areas(session: Session, area_ids: _ids, day: date) -> None:
    """Let areas end: the day is the first without them."""
    table: Any = Area.__table__
    statement = update(table).where(table.c.id.in_(area_ids), table.c.valid_to.is_(None))
    session.execute(statement.values(valid_to=day, version=table.c.version + 1, updated_at=utc_now()))
    bump_layers(session, ["areas"])


@dataclass(frozen=True)
class ChangeRow:
    """A change as it was made, who made it, and what is still to be confirmed."""

    id: int
    kind: str
    day: date
    reason: str
    figures: dict[str, Any]
    made_at: datetime
    made_by: str | None
    waiting: int


def list_changes(session: Session, limit: int = 100) -> list[ChangeRow]:
    """Changes, the latest first."""
    waiting = (
        select(func.count(AreaCarried.id))
        .where(AreaCarried.change_id == AreaChange.id, AreaCarried.confirmed_at.is_(None))
        .correlate(AreaChange)
        .scalar_subquery()
    )
    columns = (
        AreaChange.id, AreaChange.kind, AreaChange.day, AreaChange.reason, AreaChange.figures, AreaChange.made_at,
        User.name, waiting,
    )  # fmt: skip
    statement = select(*columns).outerjoin(User, User.id == AreaChange.made_by)
    return [ChangeRow(*row) for row in session.execute(statement.order_by(AreaChange.id.desc()).limit(limit))]


@dataclass(frozen=True)
class SuccessionRow:
    """An area that ended on a day and one that took its place or a part of it."""

    change_id: int
    kind: str
    day: date
    old_id: int
    new_id: int


def list_successions(session: Session, change_ids: _ids | None = None) -> list[SuccessionRow]:
    """Which area came of which, of some changes or all, in the order they were made."""
    columns = (AreaChange.id, AreaChange.kind, AreaChange.day, AreaSuccession.old_id, AreaSuccession.new_id)
    statement = select(*columns).join(AreaChange, AreaChange.id == AreaSuccession.change_id)
    if change_ids is not None:
        statement = statement.where(AreaChange.id.in_(change_ids))
    return [SuccessionRow(*row) for row in session.execute(statement.order_by(AreaSuccession.id))]


def list_predecessors(session: Session, area_id: int) -> list[int]:
    """The areas of which one came, those of which these came, and so on."""
    earlier = select(AreaSuccession.old_id).where(AreaSuccession.new_id == area_id).cte("earlier", recursive=True)
    earlier = earlier.union(select(AreaSuccession.old_id).join(earlier, AreaSuccession.new_id == earlier.c.old_id))
    return list(session.scalars(select(earlier.c.old_id).order_by(earlier.c.old_id)))


def get_carried(session: Session, carried_id: int) -> AreaCarried | None:
    """What went along, locked until the commit."""
    return session.scalar(select(AreaCarried).where(AreaCarried.id == carried_id).with_for_update())


def list_carried(session: Session) -> list[AreaCarried]:
    """What went along and waits for somebody to confirm it, by change."""
    statement = select(AreaCarried).where(AreaCarried.confirmed_at.is_(None))
    return list(session.scalars(statement.order_by(AreaCarried.change_id, AreaCarried.subject, AreaCarried.id)))


def ends_of(session: Session, area_ids: _ids) -> dict[int, date]:
    """Id → the first day without it, of the areas that have ended."""
    statement = select(Area.id, Area.valid_to).where(Area.id.in_(area_ids), Area.valid_to.is_not(None))
    return {row.id: row.valid_to for row in session.execute(statement)}


_PERSONS_OF: dict[str, Any] = {"assignment": Assignment, "post": PostHolding, "volunteer": Volunteer}
_NAMES_OF: dict[str, Any] = {
    "station": Station.name, "person": Person.name, "account": User.name, "pledge": Pledge.text, "plot": Plot.name,
    "rota": Rota.name, "need": TalentNeed.text,
}  # fmt: skip
CARRIED_MODELS: dict[str, Any] = (
    _PERSONS_OF | {"organisation": OrganisationArea} | {subject: name.class_ for subject, name in _NAMES_OF.items()}
)


def map_carried_names(session: Session, subject: str, ids: _ids) -> dict[int, str]:
    """Id of a carried record → what it is called: the person, the organisation, its own name or words."""
    if subject in _PERSONS_OF:
        model = _PERSONS_OF[subject]
        statement = select(model.id, Person.name).join(Person, Person.id == model.person_id).where(model.id.in_(ids))
    elif subject == "organisation":
        link = OrganisationArea
        statement = select(link.id, Organisation.name).join(Organisation, Organisation.id == link.organisation_id)
        statement = statement.where(link.id.in_(ids))
    else:
        model = CARRIED_MODELS[subject]
        statement = select(model.id, _NAMES_OF[subject]).where(model.id.in_(ids))
    return {row_id: name for row_id, name in session.execute(statement)}


def list_successors(session: Session, area_id: int) -> list[int]:
    """The ids of the areas that took an area's place."""
    statement = select(AreaSuccession.new_id).where(AreaSuccession.old_id == area_id)
    return list(session.scalars(statement.order_by(AreaSuccession.id)))
