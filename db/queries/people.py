"""People, the posts they hold, and who leads a grid."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.models import Person, PostHolding
from domain.errors import NotFound


@dataclass(frozen=True)
class Leader:
    """Who leads an area today."""

    area_id: int
    person_id: int
    name: str
    phone: str | None
    post: str


def list_leaders_by_area(
    session: Session, area_ids: Collection[int], posts: Collection[str], day: date
) -> dict[int, Leader]:
    """Area id → its leader on a day: the holder of one of ``posts`` (the latest, where there are several)."""
    rows = session.execute(
        select(PostHolding.area_id, Person.id, Person.name, Person.phone, PostHolding.post)
        .join(Person, Person.id == PostHolding.person_id)
        .where(
            PostHolding.area_id.in_(area_ids),
            PostHolding.post.in_(posts),
            PostHolding.valid_from <= day,
            or_(PostHolding.valid_to.is_(None), PostHolding.valid_to > day),
        )
        .order_by(PostHolding.valid_from, PostHolding.id)
    )
    return {row[0]: Leader(*row) for row in rows}


def get_person(session: Session, person_id: int, *, lock: bool = False) -> Person:
    """The person, or NotFound. ``lock``: until the end of the transaction nobody else gets it locked."""
    found = session.get(Person, person_id, with_for_update=True if lock else None)
    if found is None:
        raise NotFound(subject="person")
    return found
