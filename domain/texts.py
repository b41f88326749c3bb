"""Texts that people type: what is kept of them, and what is refused. Markup is text like any other and is kept."""

import unicodedata

from domain.errors import InvalidText

_KEPT = {"\n", "\t"}
# Signs that turn the direction of the text around them, with which a name can be made to look like another.
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# No characters at all: a drawing or a sheet in which one stands cannot be opened.
_NOWHERE = set("\ufffe\uffff")
_REFUSED = _TURNING | _NOWHERE
# Signs without ink that come along when something is copied; two names that differ in them alone look the same.
_INKLESS = dict.fromkeys(map(ord, "\u00ad\u200b\u2060"))
# Not all of class C: a rare character of a name may be newer than this table (Cn) or of a private area (Co).
_WITHOUT_INK = frozenset(("Zs", "Zl", "Zp", "Cf"))
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters by class, nothing to the eye


class EmptyText(InvalidText):
    """A field that must be filled is empty. Values: field."""

    code = "empty_text"


class TextTooLong(InvalidText):
    """Values: field, most, length."""

    code = "text_too_long"


class ControlCharacters(InvalidText):
    """Characters that cannot be shown. Values: field."""

    code = "control_characters"


def clean_line(text: str | None, field: str, most: int, *, required: bool = True) -> str:
    """One line as it is stored: composed (NFC), trimmed, runs of white space made one space.

    ``field`` names the field for the refusal (its text is ``fields.<field>``), ``most`` is the greatest length.
    Raises EmptyText, TextTooLong, ControlCharacters.
    """
    return _checked(" ".join((text or "").split()), field, most, required)


def clean_text(text: str | None, field: str, most: int, *, required: bool = True) -> str:
    """Several lines as they are stored: composed, trimmed, line ends made LF. Refusals as in ``clean_line``."""
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return _checked("\n".join(line.rstrip() for line in lines).strip(), field, most, required)


def _checked(text: str, field: str, most: int, required: bool) -> str:
    text = unicodedata.normalize("NFC", text.translate(_INKLESS)).strip()
    if required and not any(_has_ink(char) for char in text):
        raise EmptyText(field=field)
    if any((unicodedata.category(char) in ("Cc", "Cs") and char not in _KEPT) or char in _REFUSED for char in text):
        raise ControlCharacters(field=field)
    if len(text) > most:
        raise TextTooLong(field=field, most=most, length=len(text))
    return text


def _has_ink(char: str) -> bool:
    return unicodedata.category(char) not in _WITHOUT_INK and char not in _BLANK
