"""The words of people on a purpose: every one is kept, the last one holds (decisions 0200, 0220)."""

from datetime import datetime

from sqlalchemy.orm import Session

from db.models import Consent
from db.queries.audit import add_audit_entry
from db.queries.consents import hold_consent, list_consents
from domain.consents import ConsentChannel, ConsentPurpose, check_consent_changes
from domain.permissions import Actor


def say_consent(
    session: Session, actor: Actor, person_id: int, purpose: ConsentPurpose, given: bool, channel: ConsentChannel,
    note: str, now: datetime,
) -> None:  # fmt: skip
    """Write a word of a person, who may be seen. Raises ConsentAsBefore where nothing would change."""
    hold_consent(session, person_id, purpose.value)
    words = list_consents(session, person_id, purpose.value)
    check_consent_changes(given, bool(words) and words[0].given)
    add_word(session, actor, person_id, purpose, given, channel, note, now, words[0].sequence + 1 if words else 1)


def add_word(
    session: Session, actor: Actor, person_id: int, purpose: ConsentPurpose, given: bool, channel: ConsentChannel,
    note: str, now: datetime, sequence: int,
) -> None:  # fmt: skip
    """The row and its line in the audit; ``sequence`` is the next of this person and purpose, which is held."""
    word = Consent(
        person_id=person_id, purpose=purpose.value, sequence=sequence, given=given, channel=channel.value, note=note,
        user_id=actor.user_id or None, at=now,
    )  # fmt: skip
    session.add(word)
    did = "consent.give" if given else "consent.withdraw"
    detail = f"{purpose.value} {channel.value} {note}".strip()
    add_audit_entry(session, actor.user_id, did, "person", now, person_id, detail)
