"""Refusals: what the program declines to do, in words that have a text in every catalog.

A refusal is expected. It is shown to the user in their language through the key ``errors.<code>`` and logged at
info. Everything else is unexpected: the user sees a reference number and the trace goes to the log.
"""


class Refusal(Exception):
    """An expected "no".

    ``code`` names the text (``errors.<code>``); keyword values fill its placeholders.
    """

    code = "refused"

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(f"{self.code} {values}" if values else self.code)


class NotFound(Refusal):
    """The record does not exist, or the actor's scope does not show it: the two look alike on purpose."""

    code = "not_found"


class PermissionDenied(Refusal):
    """The actor's role may not do this."""

    code = "permission_denied"


class StaleRecord(Refusal):
    """Somebody else saved this record since the form was opened."""

    code = "stale_record"


class DatabaseAway(Refusal):
    """The database did not answer; nothing was written."""

    code = "database_away"


class InvalidText(Refusal):
    """A text field is empty, too long, or holds characters that cannot be shown."""

    code = "invalid_text"
