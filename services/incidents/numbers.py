"""Numbers of incidents: QT-20260317-0142 is the 142nd of that Shanghai day in 青棠街道."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from config.settings import settings

_KINDS = re.compile(r"(街道|社区|片区|城区|新区|市|区|县|镇|乡)$")
MOST_LETTERS = 4


@lru_cache
def number_prefix(name: str) -> str:
    """The initials of a place's name without the word for its kind, upper case; LG where it has no letters."""
    proper = _KINDS.sub("", name.strip()) or name
    parts = [part for word in proper.split() for part in lazy_pinyin(word, style=Style.FIRST_LETTER)]
    letters = "".join(part[0] for part in parts if part[:1].isascii() and part[:1].isalpha())
    return letters[:MOST_LETTERS].upper() or "LG"


def number_series(name: str, day: date) -> str:
    """The series (db.queries.receipts.next_number) that counts the incidents of a place's day."""
    return f"incidents/{number_prefix(name)}/{day:%Y%m%d}"


def incident_number(name: str, day: date, number: int) -> str:
    """The number of the ``number``-th incident of a day; ``name`` is that of the top area."""
    return next(incident_numbers(name, day, number, 1))


def incident_numbers(name: str, day: date, first: int, count: int) -> Iterator[str]:
    """The numbers of ``count`` incidents of a day, from the ``first``-th on."""
    head = f"{number_prefix(name)}-{day:%Y%m%d}-"
    return (f"{head}{number:04d}" for number in range(first, first + count))


def code_key() -> bytes:
    """The key of the codes with which reporters read their cases; another LINGE_SECRET makes other codes."""
    return hmac.new(settings().resolved_secret().encode(), b"case code", hashlib.sha256).digest()
