"""Consent to be reached by phone: given with the number, withdrawn with it; the number is in none of the words.

Decision 0220. Whoever withdraws is not called any more from the next moment on: the number is gone, the word stays.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from db.models import Consent, Person
from db.queries.consents import ConsentRow, list_consents
from db.queries.people import get_person
from db.session import reading, transaction
from domain.clock import utc_now
from domain.consents import ConsentAsBefore, ConsentChannel, ConsentPurpose, ContactWithoutConsent
from domain.permissions import Actor, Permission, require
from domain.texts import clean_line
from domain.visits import check_note
from services.people.consents import say_consent


def withdraw_contact(actor: Actor, person_id: int, note: str, now: datetime | None = None) -> None:
    """Enter that a person of the scope is not to be called any more; ``note`` says how they said so.

    The number is erased. Raises ConsentAsBefore where there is neither number nor consent, EmptyText, NumberInNote,
    NotFound.
    """
    require(actor, Permission.PERSON_EDIT)
    note = clean_line(note, "consent_note", 200)
    check_note(note)
    with transaction(actor.scope) as session:
        person = get_person(session, person_id, lock=True)
        if not person.phone and not has_agreed(session, person_id):
            raise ConsentAsBefore()
        forget_phone(session, actor, person, note, now or utc_now())


def list_contact_words(actor: Actor, person_id: int) -> list[ConsentRow]:
    """What a person of the scope said about being called, the newest first. Raises NotFound."""
    require(actor, Permission.PERSON_SEE)
    with reading(actor.scope) as session:
        get_person(session, person_id)
        return list_consents(session, person_id, ConsentPurpose.CONTACT.value)


def check_agreed(phone: str | None, agreed: bool) -> None:
    """Refuse (ContactWithoutConsent) to keep the number of somebody who has not agreed."""
    if phone and not agreed:
        raise ContactWithoutConsent()


def note_agreed(session: Session, actor: Actor, person_id: int, now: datetime) -> None:
    """Write the word of somebody whose number is kept from now on; another number while consent holds needs none."""
    if not has_agreed(session, person_id):
        say_consent(session, actor, person_id, ConsentPurpose.CONTACT, True, ConsentChannel.SAID, "", now)


def forget_phone(session: Session, actor: Actor, person: Person, note: str, now: datetime) -> None:
    """Erase the number of a person, with the word on it, of whom no word was kept before as well."""
    person.phone = None
    say_consent(
        session, actor, person.id, ConsentPurpose.CONTACT, False, ConsentChannel.SAID, note, now, as_before=True
    )  # fmt: skip


def imported_word(actor: Actor, person_id: int, note: str, now: datetime) -> Consent:
    """The first word of somebody whose table says that they agreed; the import has one line in the audit."""
    return Consent(
        person_id=person_id, purpose=ConsentPurpose.CONTACT.value, sequence=1, given=True,
        channel=ConsentChannel.ON_PAPER.value, note=note, user_id=actor.user_id or None, at=now,
    )  # fmt: skip


def has_agreed(session: Session, person_id: int) -> bool:
    """Whether the last word of a person on being called is yes."""
    words = list_consents(session, person_id, ConsentPurpose.CONTACT.value)
    return bool(words) and words[0].given
