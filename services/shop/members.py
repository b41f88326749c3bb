"""Whose points: one's own, or those of a member whom the actor may see."""

from sqlalchemy.orm import Session

from db.queries.points import is_visible_person
from domain.errors import NotFound
from domain.permissions import Actor


def own_person(actor: Actor) -> int:
    """The actor's person. Raises NotFound for an account without one."""
    if actor.person_id is None:
        raise NotFound(subject="person")
    return actor.person_id


def visible_person(session: Session, actor: Actor, person_id: int) -> int:
    """A person who lives or serves in the actor's areas. Raises NotFound."""
    if not is_visible_person(session, person_id, actor.scope):
        raise NotFound(subject="person")
    return person_id
