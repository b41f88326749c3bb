"""What a member agrees to show to everybody, field by field, and the links that open the page (feature D4)."""

import secrets
from datetime import datetime

from db.models import CardConsent, CardLink
from db.queries.audit import add_audit_entry
from db.queries.cards import get_link, list_consents
from db.queries.locks import hold
from db.queries.people import get_person
from db.session import transaction
from domain.cards import IDENTITY, LinkRevoked, NoConsent, check_consent
from domain.clock import utc_now
from domain.permissions import Actor, Permission, require
from domain.texts import clean_line
from services.cards.cards import require_card

TOKEN_BYTES = 24  # 192 bits: nobody guesses it


def change_consent(
    actor: Actor, person_id: int, field: str, given: bool, basis: str = "", now: datetime | None = None
) -> None:
    """Agree to show a field, or withdraw that, which hides it at once. The member, or the office from a signed paper.

    ``basis`` names the paper and is needed where somebody else enters it. Raises UnknownCardField, ConsentUnchanged,
    InvalidText, NotFound, PermissionDenied.
    """
    require_card(actor, Permission.CARD_EDIT, person_id)
    own, now = person_id == actor.person_id, now or utc_now()
    if not own:
        require(actor, Permission.PERSON_EDIT)
    basis = clean_line(basis, "consent_basis", 200, required=not own)
    with transaction(actor.scope) as session:
        get_person(session, person_id, lock=True)
        check_consent(field, given, {key: row.given for key, row in list_consents(session, person_id).items()})
        row = CardConsent(person_id=person_id, field=field, given=given, basis=basis, at=now)
        row.user_id = actor.user_id or None
        session.add(row)
        action = "card.agree" if given else "card.withdraw"
        add_audit_entry(session, actor.user_id, action, "person", now, person_id, f"{field} {basis}".strip())


def make_link(actor: Actor, person_id: int, now: datetime | None = None) -> str:
    """A new link to a member's public page; returns its token. Raises NoConsent, NotFound, PermissionDenied."""
    require_card(actor, Permission.CARD_EDIT, person_id)
    if person_id != actor.person_id:
        require(actor, Permission.PERSON_EDIT)
    now, token = now or utc_now(), secrets.token_urlsafe(TOKEN_BYTES)
    with transaction(actor.scope) as session:
        hold(session, f"card/{person_id}")
        get_person(session, person_id)
        consents = list_consents(session, person_id)
        if IDENTITY not in consents or not consents[IDENTITY].given:
            raise NoConsent()
        session.add(CardLink(person_id=person_id, token=token, made_at=now, made_by=actor.user_id or None))
        add_audit_entry(session, actor.user_id, "card.link", "person", now, person_id)
    return token


def revoke_link(actor: Actor, link_id: int, now: datetime | None = None) -> None:
    """Close a link for good. Raises LinkRevoked, NotFound, PermissionDenied."""
    require(actor, Permission.CARD_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        link = get_link(session, link_id)
        if link.person_id != actor.person_id:
            require(actor, Permission.PERSON_EDIT)
        if link.revoked_at is not None:
            raise LinkRevoked()
        link.revoked_at, link.revoked_by = now, actor.user_id or None
        add_audit_entry(session, actor.user_id, "card.revoke", "person", now, link.person_id)
