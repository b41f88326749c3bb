"""Who agreed to be in the talent pool; each word is kept, the last one holds (feature E6, decision 0200)."""

from datetime import datetime

from sqlalchemy.orm import Session

from db.queries.people import get_person
from db.queries.talent_needs import lapse_asks_of_person
from db.session import transaction
from domain.clock import utc_now
from domain.consents import ConsentChannel, ConsentPurpose
from domain.permissions import Actor, Permission, require
from domain.talents import NoSkillOffered
from domain.texts import clean_line
from services.people.consents import say_consent
from services.shop.members import own_person

POOL = ConsentPurpose.TALENT_POOL.value


def say_own_consent(actor: Actor, given: bool, now: datetime | None = None) -> None:
    """Join the pool, or leave it: from the next moment on nobody finds the actor there.

    Raises ConsentAsBefore, NoSkillOffered, NotFound for an account without a person.
    """
    require(actor, Permission.TALENT_OWN)
    with transaction(actor.scope) as session:
        _say(session, actor, own_person(actor), given, ConsentChannel.OWN_ACCOUNT, "", now or utc_now())


def record_consent(actor: Actor, person_id: int, given: bool, note: str, now: datetime | None = None) -> None:
    """Enter what a person of the scope said on paper; ``note`` says which paper, and where it is kept.

    Raises ConsentAsBefore, NoSkillOffered, EmptyText, NotFound.
    """
    require(actor, Permission.PERSON_EDIT)
    note = clean_line(note, "consent_note", 200)
    with transaction(actor.scope) as session:
        _say(session, actor, person_id, given, ConsentChannel.ON_PAPER, note, now or utc_now())


def _say(
    session: Session, actor: Actor, person_id: int, given: bool, channel: ConsentChannel, note: str, now: datetime
) -> None:
    person = get_person(session, person_id)
    say_consent(session, actor, person_id, ConsentPurpose.TALENT_POOL, given, channel, note, now)
    if given and not person.skills:
        raise NoSkillOffered()
    if not given:
        lapse_asks_of_person(session, person_id, now)
