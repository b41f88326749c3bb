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
    note: str, now: datetime, *, as_before: bool = False,
) -> None:  # fmt: skip
    """Write a word of a person, who may be seen, and its line in the audit.

    Raises ConsentAsBefore where nothing would change; ``as_before``: such a word is written as well.
    """
    hold_consent(session, person_id, purpose.value)
    words = list_consents(session, person_id, purpose.value)
    if not as_before:
        check_consent_changes(given, bool(words) and words[0].given)
    word = Consent(
        person_id=person_id, purpose=purpose.value, sequence=words[0].sequence + 1 if words else 1, given=given,
        channel=channel.value, note=note, user_id=actor.user_id or None, at=now,
    )  # fmt: skip
    session.add(word)
    did = "consent.give" if given else "consent.withdraw"
    detail = f"{purpose.value} {channel.value} {note}".strip()
    add_audit_entry(session, actor.user_id, did, "person", now, person_id, detail)
