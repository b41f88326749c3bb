"""The talent pool as staff search it: surname, skills, area, never without consent (feature E6)."""

from dataclasses import dataclass
from datetime import datetime

from db.queries import talents as rows
from db.queries.audit import add_audit_entry
from db.queries.talents import TalentFilter, TalentRow
from db.session import reading, transaction
from domain.clock import utc_now
from domain.names import surname_of
from domain.paging import page_within
from domain.permissions import Actor, Permission, require
from domain.texts import clean_line
from services.lists.search_keys import search_key
from services.system.installations import current_profile
from services.talents.own import keys_of

PAGE_SIZE = 30


@dataclass(frozen=True)
class TalentSearch:
    """What is looked for: a skill, words of what people say or of a skill's name (pinyin, too), an area and below."""

    skill: str | None = None
    words: str = ""
    area_path: str | None = None


@dataclass(frozen=True)
class TalentView:
    """A person of the pool: surname, skills (keys), what they say, when (OfferTime keys), home area."""

    person_id: int
    surname: str
    area: str
    skills: tuple[str, ...]
    sentence: str
    times: tuple[str, ...]
    has_phone: bool


@dataclass(frozen=True)
class TalentPage:
    """A page of the pool under a search; ``page`` counts from 1. ``by_skill``: the whole search without its skill."""

    talents: list[TalentView]
    total: int
    page: int
    pages: int
    by_skill: dict[str, int]


EVERY_TALENT = TalentSearch()


def find_talents(actor: Actor, which: TalentSearch = EVERY_TALENT, page: int = 1) -> TalentPage:
    """The people of the scope who agreed to be found, by name; three statements whatever their number."""
    require(actor, Permission.TALENT_SEE)
    skills = [skill.key for skill in current_profile().skills]
    with reading(actor.scope) as session:
        wanted = _filter(which)
        total = rows.count_talents(session, wanted)
        page, pages = page_within(page, total, PAGE_SIZE)
        found = rows.list_talents(session, wanted, PAGE_SIZE, (page - 1) * PAGE_SIZE)
        by_skill = rows.count_talents_by_skill(session, skills, _filter(which, any_skill=True))
    return TalentPage([talent_view(row) for row in found], total, page, pages, by_skill)


def _filter(which: TalentSearch, *, any_skill: bool = False) -> TalentFilter:
    words = " ".join(which.words.split())
    named = tuple(
        skill.key for skill in current_profile().skills
        if words and words.casefold() in search_key(skill.name.zh, skill.name.en)
    )  # fmt: skip
    return TalentFilter(None if any_skill else which.skill, words, named, which.area_path)


def get_talent(actor: Actor, person_id: int) -> TalentView:
    """One person of the pool. Raises NotFound outside the scope and without consent."""
    require(actor, Permission.TALENT_SEE)
    with reading(actor.scope) as session:
        return talent_view(rows.get_talent_row(session, person_id))


def talent_view(row: TalentRow) -> TalentView:
    """A row as lists show it: without given name and phone."""
    return TalentView(
        row.person_id, surname_of(row.name), row.area or "", keys_of(row.skills), row.sentence, keys_of(row.times),
        bool(row.phone),
    )  # fmt: skip


def uncover_talent(actor: Actor, person_id: int, reason: str, now: datetime | None = None) -> tuple[str, str]:
    """Whole name and phone of somebody in the pool. Who asked, when and why is recorded with the other looks.

    Raises EmptyText without a reason, NotFound outside the scope and without consent.
    """
    require(actor, Permission.PERSON_SEE)
    require(actor, Permission.CONTACT_SEE)
    reason = clean_line(reason, "reason", 200)
    with transaction(actor.scope) as session:
        row = rows.get_talent_row(session, person_id)
        add_audit_entry(session, actor.user_id, "person.uncover_phone", "person", now or utc_now(), person_id, reason)
    return row.name, row.phone or ""
