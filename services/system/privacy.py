"""What is held of reporters and why, who looked at whose contact, who agreed to what (feature N6), which lists
went out (N4).
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.queries import consents
from db.queries.audit import count_actions, list_actions
from db.queries.contacts import count_contacts, count_looks_by_user, find_last_audit
from db.queries.contacts import list_looks as query_looks
from db.session import reading
from domain.clock import utc_now
from domain.names import surname_of
from domain.paging import page_within
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.system.installations import current_profile
from services.system.retention import PURGED

LOOKS = ("incident.uncover_contact", "person.uncover_phone")
EXPORTS = ("list.export", "areas.export")
PAGE_SIZE = 50


@dataclass(frozen=True)
class Look:
    """One look at a contact. ``number``: of the case, "" for a person, of whom ``person`` is the family name.

    ``by`` "" is the program itself.
    """

    at: datetime
    by: str
    subject_id: int
    number: str
    person: str
    reason: str


@dataclass(frozen=True)
class Looker:
    """How often somebody looked, ever."""

    user_id: int
    name: str
    looks: int


@dataclass(frozen=True)
class LookPage:
    """A page of the looks, newest first, and who looked how often."""

    rows: list[Look]
    total: int
    page: int
    pages: int
    lookers: list[Looker]


@dataclass(frozen=True)
class ExportNote:
    """A list that somebody took out as a file. ``subject`` names the list, ``detail`` format and rows; ``by`` "" is the
    program itself.
    """

    at: datetime
    by: str
    subject: str
    detail: str


@dataclass(frozen=True)
class ExportPage:
    """A page of the exports, newest first."""

    rows: list[ExportNote]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Word:
    """What a person, of whom the family name is shown, said on a purpose; ``by`` who entered it, "" the program."""

    at: datetime
    by: str
    person: str
    purpose: str
    given: bool
    channel: str
    note: str


@dataclass(frozen=True)
class WordPage:
    """A page of the words, newest first."""

    rows: list[Word]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Held:
    """Cases that hold a reporter's contact: open, ended, and of these those to be erased at the next ``purge``.

    ``days`` after its end a case loses it; ``purged_at`` and ``purged``: when that was done last, for how many.
    """

    still_open: int
    ended: int
    due: int
    days: int
    purged_at: datetime | None
    purged: int


def list_looks(actor: Actor, user_id: int | None = None, page: int = 1) -> LookPage:
    """Who looked at whose contact, all or those of one account, 50 to a page from 1."""
    require(actor, Permission.USER_MANAGE)
    with reading(EVERYWHERE) as session:
        by_user = count_looks_by_user(session, LOOKS)
        total = sum(number for user, _, number in by_user if user_id is None or user == user_id)
        page, pages = page_within(page, total, PAGE_SIZE)
        rows = query_looks(session, LOOKS, user_id, (page - 1) * PAGE_SIZE, PAGE_SIZE)
    looks = [
        Look(at, by or "", subject or 0, number or "", f"{surname_of(person)}**" if person else "", reason)
        for at, by, _, subject, reason, number, person in rows
    ]
    lookers = [Looker(user, name or "", number) for user, name, number in by_user if user is not None]
    return LookPage(looks, total, page, pages, lookers)


def list_exports(actor: Actor, page: int = 1) -> ExportPage:
    """Which lists went out as files, when, by whom, 50 to a page from 1."""
    require(actor, Permission.USER_MANAGE)
    with reading(EVERYWHERE) as session:
        total = count_actions(session, EXPORTS)
        page, pages = page_within(page, total, PAGE_SIZE)
        rows = list_actions(session, EXPORTS, (page - 1) * PAGE_SIZE, PAGE_SIZE)
    return ExportPage(
        [ExportNote(at, by or "", subject, detail) for at, by, subject, detail in rows], total, page, pages
    )


def list_words(actor: Actor, page: int = 1) -> WordPage:
    """Who agreed to what and who withdrew, when, entered by whom, 50 to a page from 1."""
    require(actor, Permission.USER_MANAGE)
    with reading(EVERYWHERE) as session:
        total = consents.count_words(session)
        page, pages = page_within(page, total, PAGE_SIZE)
        rows = consents.list_words(session, (page - 1) * PAGE_SIZE, PAGE_SIZE)
    words = [Word(at, by or "", f"{surname_of(person)}**", *said) for at, by, person, *said in rows]
    return WordPage(words, total, page, pages)


def held_contacts(actor: Actor, now: datetime | None = None) -> Held:
    """How many contacts are held, for how long still, and when they were purged last."""
    require(actor, Permission.USER_MANAGE)
    days = current_profile().contact_retention_days.value
    with reading(EVERYWHERE) as session:
        counts = count_contacts(session, (now or utc_now()) - timedelta(days=days))
        last = find_last_audit(session, PURGED)
    purged = json.loads(last.detail)["cases"] if last else 0
    return Held(counts.still_open, counts.ended, counts.due, days, last.at if last else None, purged)
