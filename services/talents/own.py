"""One's own part in the talent pool: what one offers, and every word on whether one is in it (feature E6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.models import Person, TalentOffer
from db.queries.audit import add_audit_entry
from db.queries.consents import ConsentRow as OwnWord
from db.queries.consents import list_consents
from db.queries.people import get_person
from db.queries.talents import find_offer
from db.session import reading, transaction
from domain.clock import utc_now
from domain.errors import StaleRecord
from domain.permissions import Actor, Permission, require
from domain.talents import NoSkillOffered, OfferTime, check_sentence
from domain.texts import clean_line
from services.lists.search_keys import search_key
from services.people.register import join_skills
from services.shop.members import own_person
from services.talents.consents import POOL

SENTENCE_LENGTH = 120


@dataclass(frozen=True)
class OfferForm:
    """What somebody offers: skills of the profile, a sentence, when (OfferTime keys)."""

    skills: Sequence[str]
    sentence: str = ""
    times: Sequence[str] = ()


@dataclass(frozen=True)
class OwnTalent:
    """One's own offer, whether one is found by it, and every word given, the newest first.

    ``version`` is the person's and the offer's, for the form.
    """

    skills: tuple[str, ...]
    sentence: str
    times: tuple[str, ...]
    in_pool: bool
    words: list[OwnWord]
    version: tuple[int, int]


def get_own_talent(actor: Actor) -> OwnTalent | None:
    """The actor's own part; None for an account without a person."""
    require(actor, Permission.TALENT_OWN)
    if actor.person_id is None:
        return None
    with reading(actor.scope) as session:
        person, offer = get_person(session, actor.person_id), find_offer(session, actor.person_id)
        words = list_consents(session, actor.person_id, POOL)
    given = bool(words) and words[0].given
    return OwnTalent(
        keys_of(person.skills), offer.sentence if offer else "", keys_of(offer.times if offer else ""),
        given and bool(person.skills), words, _version(person, offer),
    )  # fmt: skip


def keys_of(stored: str) -> tuple[str, ...]:
    """Keys that are stored with commas between them."""
    return tuple(filter(None, stored.split(",")))


def _version(person: Person, offer: TalentOffer | None) -> tuple[int, int]:
    return person.version, offer.version if offer else 0


def save_offer(actor: Actor, version: tuple[int, int], form: OfferForm, now: datetime | None = None) -> None:
    """Keep what the actor offers; whoever is not in the pool is not found by it.

    Raises StaleRecord, NoSkillOffered, NumberInSentence, InvalidText, NotFound for an account without a person.
    """
    require(actor, Permission.TALENT_OWN)
    sentence = clean_line(form.sentence, "talent_sentence", SENTENCE_LENGTH, required=False)
    check_sentence(sentence)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        person = get_person(session, own_person(actor), lock=True)
        offer = find_offer(session, person.id)
        if _version(person, offer) != version:
            raise StaleRecord()
        _fill(session, person, offer or TalentOffer(person_id=person.id), form, sentence)
        add_audit_entry(session, actor.user_id, "talent.offer", "person", now, person.id, person.skills)


def _fill(session: Session, person: Person, offer: TalentOffer, form: OfferForm, sentence: str) -> None:
    skills = join_skills(form.skills)
    if not skills:
        raise NoSkillOffered()
    person.skills = skills
    offer.sentence, offer.sentence_key = sentence, search_key(sentence) if sentence else ""
    offer.times = ",".join(time for time in OfferTime if time in form.times)
    session.add(offer)
