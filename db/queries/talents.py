"""The talent pool: people who agreed to be found by what they can do. Every statement here asks for their consent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, false, func, literal, or_, select
from sqlalchemy.orm import Session

from db.models import Area, Person, TalentOffer
from db.queries.consents import has_consented
from domain.consents import ConsentPurpose
from domain.errors import NotFound


@dataclass(frozen=True)
class TalentRow:
    """A person of the pool. ``name`` and ``phone`` are not for lists: services show the surname."""

    person_id: int
    name: str
    phone: str | None
    area_id: int | None
    area: str | None
    area_path: str | None
    skills: str
    sentence: str
    times: str


@dataclass(frozen=True)
class TalentFilter:
    """Which talents; None = all. ``words`` is part of what they say; ``word_skills`` are skills that it names."""

    skill: str | None = None
    words: str = ""
    word_skills: tuple[str, ...] = ()
    area_path: str | None = None


_TALENT: tuple[Any, ...] = (
    Person.id, Person.name, Person.phone, Person.area_id, Area.name, Area.path, Person.skills,
    func.coalesce(TalentOffer.sentence, ""), func.coalesce(TalentOffer.times, ""),
)  # fmt: skip


def list_talents(session: Session, which: TalentFilter, limit: int | None = None, offset: int = 0) -> list[TalentRow]:
    """The pool in the scope by name, which says nothing of worth."""
    statement = _from_pool(*_TALENT).where(*_conditions(which)).order_by(Person.name_key, Person.id)
    return [TalentRow(*row) for row in session.execute(statement.limit(limit).offset(offset))]


def get_talent_row(session: Session, person_id: int) -> TalentRow:
    """One person of the pool, or NotFound: outside the scope and without consent as well."""
    found = session.execute(_from_pool(*_TALENT).where(Person.id == person_id)).first()
    if found is None:
        raise NotFound(subject="talent")
    return TalentRow(*found)


def count_talents(session: Session, which: TalentFilter) -> int:
    """How many ``list_talents`` would list in all."""
    return session.scalar(_from_pool(func.count(Person.id)).where(*_conditions(which))) or 0


def count_talents_by_skill(session: Session, skills: Sequence[str], which: TalentFilter) -> dict[str, int]:
    """Skill → people of the pool who have it; who has several counts in each."""
    sums = [func.coalesce(func.sum(case((has_skill(skill), 1), else_=0)), 0) for skill in skills]
    row = session.execute(_from_pool(*sums).where(*_conditions(which))).one()
    return dict(zip(skills, map(int, row), strict=True))


def find_offer(session: Session, person_id: int) -> TalentOffer | None:
    """What a person wrote, if anything; in the pool or not."""
    return session.scalar(select(TalentOffer).where(TalentOffer.person_id == person_id))


def has_skill(skill: str) -> ColumnElement[bool]:
    """Whether a person has a skill."""
    return (literal(",") + Person.skills + ",").contains(f",{skill},", autoescape=True)


def _from_pool(*columns: Any) -> Any:
    return (
        select(*columns)
        .select_from(Person)
        .outerjoin(Area, Area.id == Person.area_id)
        .outerjoin(TalentOffer, TalentOffer.person_id == Person.id)
        .where(Person.skills != "", has_consented(Person.id, ConsentPurpose.TALENT_POOL.value))
    )


def _conditions(which: TalentFilter) -> list[ColumnElement[bool]]:
    found = []
    if which.skill is not None:
        found.append(has_skill(which.skill))
    if which.words:
        found.append(or_(_says(which.words), _has_any(which.word_skills)))
    if which.area_path is not None:
        found.append(Area.path.startswith(which.area_path, autoescape=True))
    return found


def _says(words: str) -> ColumnElement[bool]:
    return TalentOffer.sentence_key.contains(words.casefold(), autoescape=True)


def _has_any(skills: Collection[str]) -> ColumnElement[bool]:
    return or_(false(), *(has_skill(skill) for skill in skills))
