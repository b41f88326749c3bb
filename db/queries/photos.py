"""Pictures of any kind of record, with what they show."""

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from db.models import Photograph
from domain.errors import NotFound

P = TypeVar("P", bound=Photograph)


def get_photo(session: Session, model: type[P], photo_id: int) -> P:
    """A picture in the scope with its content. Raises NotFound."""
    which = select(model).where(model.id == photo_id).options(undefer(model.content))
    found = session.scalars(which).first()
    if found is None:
        raise NotFound(subject="photo")
    return found
