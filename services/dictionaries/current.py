"""The dictionary of incidents as everything else reads it: names, limits, closing standards by version (feature C2)."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from config.profiles import Profile
from db.queries.dictionaries import find_newest_version, list_dictionary_entries
from db.session import database, reading
from domain.clocks import Calendar, Limit, due_at
from domain.dictionaries import Dictionary, DictionaryEntry, Words
from domain.permissions import EVERYWHERE
from services.system import installations

KEPT_SECONDS = 5.0  # for so long a version that another process imported may go unnoticed by what is only shown


class Case(Protocol):
    """What the dictionary is asked about: an incident's row, its view, or a form."""

    @property
    def category(self) -> str: ...
    @property
    def condition(self) -> str: ...
    @property
    def urgency(self) -> str: ...
    @property
    def dictionary_version(self) -> int: ...


@dataclass(frozen=True)
class Asked:
    """A case that does not stand in the database yet."""

    category: str
    urgency: str
    condition: str = ""
    dictionary_version: int = 0  # 0 = the newest


@dataclass(frozen=True)
class _Kept:
    installation: object  # what the dictionary was read for: another one is read anew
    newest: tuple[int, datetime] | None
    until: float
    dictionary: Dictionary


_kept: dict[str, _Kept] = {}


def current_dictionary(session: Session | None = None) -> Dictionary:
    """The dictionary of the database in use. With a ``session`` its newest version is asked for in it, else it may be
    some seconds old. A database that has none goes by its profile's.
    """
    url, installation = database().url, installations.current_installation()
    kept = _kept.get(url)
    if kept is not None and kept.installation is not installation:
        kept = None
    if kept is not None and session is None and time.monotonic() < kept.until:
        return kept.dictionary
    if session is None:
        with reading(EVERYWHERE) as own:
            found = _read(own, kept, installation)
    else:
        found = _read(session, kept, installation)
    _kept[url] = found
    return found.dictionary


def forget_dictionary() -> None:
    """Read it anew at the next call (after an import)."""
    _kept.clear()


def _read(session: Session, kept: _Kept | None, installation: object) -> _Kept:
    newest, until = find_newest_version(session), time.monotonic() + KEPT_SECONDS
    if kept is not None and kept.newest == newest:
        return _Kept(installation, newest, until, kept.dictionary)
    if newest is None:
        found = Dictionary(1, installations.current_profile().entries)
    else:
        found = Dictionary(newest[0], list_dictionary_entries(session))
    return _Kept(installation, newest, until, found)


def entry_of(case: Case) -> DictionaryEntry:
    """What a case was filed under. Raises NotFound for a class that its version does not have."""
    return current_dictionary().entry(case.category, case.condition, case.dictionary_version or None)


def category_name(key: str, version: int | None = None) -> Words:
    """The name of a class in a version, None = the newest; the key itself where no version ever had it."""
    return current_dictionary().category_name(key, version)


def limits_of(profile: Profile, case: Case) -> tuple[Limit, ...]:
    """The limits of which the one that ends first holds: the entry's, and the urgency's where it has one."""
    own = profile.urgency(case.urgency).limit
    return (entry_of(case).limit, *((own.limit,) if own else ()))


def limit_of(profile: Profile, case: Case, start: datetime, calendar: Calendar) -> Limit:
    """The limit that holds for a case from ``start`` on. Raises NotFound for a class that its version does not have."""
    return min(limits_of(profile, case), key=lambda limit: due_at(start, limit, calendar))
