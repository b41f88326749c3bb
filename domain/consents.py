"""Consents of people to a purpose: given and withdrawn, the last word holds (feature E6, decision 0200)."""

from enum import StrEnum

from domain.errors import Refusal


class ConsentPurpose(StrEnum):
    """What a person agrees to."""

    TALENT_POOL = "talent_pool"
    CONTACT = "contact"


class ConsentChannel(StrEnum):
    """How a word was given: by the person's own account, or on paper or by word, entered by somebody else."""

    OWN_ACCOUNT = "own_account"
    ON_PAPER = "on_paper"
    SAID = "said"


class ContactWithoutConsent(Refusal):
    """A phone number of somebody who has not agreed to be called: it is not kept."""

    code = "contact_without_consent"


class ConsentAsBefore(Refusal):
    """The person has said so already: nothing would change."""

    code = "consent_as_before"


def check_consent_changes(given: bool, present: bool) -> None:
    """Refuse (ConsentAsBefore) a word that changes nothing; ``present``: whether consent holds now."""
    if given == present:
        raise ConsentAsBefore()
