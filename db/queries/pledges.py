"""Pledges, what counts for them, what is said of them (feature D3)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import flag_modified

from db.models import (
    Area,
    Person,
    Pledge,
    PledgeEvidence,
    PledgeMark,
    PledgePhoto,
    PledgeRating,
    PledgeVerdict,
    User,
)
from domain.errors import NotFound
from domain.pledges import BY_HAND

CONFIRMED, WITHDRAWN = "confirmed", "withdrawn"
KINDS_BY_HAND = sorted(kind.value for kind in BY_HAND)


@dataclass(frozen=True)
class PledgeFilter:
    """Which pledges; what is left out is not asked.

    ``public_or_of``: only public ones and those of this person (0: public ones alone).
    """

    ids: tuple[int, ...] | None = None
    person_id: int | None = None
    area_id: int | None = None
    post: str | None = None
    search: str = ""
    public_or_of: int | None = None


EVERY = PledgeFilter()


@dataclass(frozen=True)
class PledgeRow:
    """A pledge with the names that a list shows; ``community`` is the area above the grid."""

    id: int
    version: int
    person_id: int
    person: str
    area_id: int
    area_code: str
    area: str
    community: str
    post: str
    text: str
    amount: float
    unit: str
    starts_on: date
    due_on: date
    is_public: bool


@dataclass(frozen=True)
class EvidenceRow:
    """A piece of evidence with who entered, confirmed and withdrew it; ``photo_id`` of its picture."""

    id: int
    pledge_id: int
    kind: str
    record_id: int | None
    happened_on: date
    quantity: float
    note: str
    created_by: int | None
    created_by_name: str | None
    created_at: datetime
    confirmed_by_name: str | None
    confirmed_at: datetime | None
    withdrawn_by_name: str | None
    withdrawn_at: datetime | None
    reason: str | None
    photo_id: int | None


@dataclass(frozen=True)
class VerdictRow:
    """What the secretary said, the newest."""

    verdict: str
    words: str
    by: str | None
    at: datetime


def get_pledge(session: Session, pledge_id: int, *, lock: bool = False) -> Pledge:
    """The pledge, or NotFound. ``lock``: nobody else gets it locked until the end of the transaction."""
    found = session.get(Pledge, pledge_id, with_for_update=True if lock else None)
    if found is None:
        raise NotFound(subject="pledge")
    return found


def touch(pledge: Pledge, now: datetime) -> None:
    """Give a pledge a new version because of what was said of it: who decides at the same time is told."""
    pledge.updated_at = now
    flag_modified(pledge, "updated_at")


def list_pledges(session: Session, which: PledgeFilter = EVERY) -> list[PledgeRow]:
    """The pledges of the scope, by date and id."""
    above = aliased(Area)
    statement = (
        select(
            Pledge.id, Pledge.version, Pledge.person_id, _NAMES.c.name, Area.id, Area.code, Area.name,
            func.coalesce(above.name, ""), Pledge.post, Pledge.text, Pledge.amount, Pledge.unit, Pledge.starts_on,
            Pledge.due_on, Pledge.is_public,
        )
        .join(_NAMES, _NAMES.c.id == Pledge.person_id)
        .join(Area, Area.id == Pledge.area_id)
        .outerjoin(above, above.id == Area.parent_id)
        .where(*_conditions(which))
        .order_by(Pledge.due_on, Pledge.id)
    )  # fmt: skip
    return [PledgeRow(*row) for row in session.execute(statement)]


# Past the filter of people: who may see a pledge for a grid sees whose it is, wherever that person lives.
_NAMES = Person.__table__.alias("pledging")


def _conditions(which: PledgeFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if which.ids is not None:
        found.append(Pledge.id.in_(which.ids))
    if which.person_id is not None:
        found.append(Pledge.person_id == which.person_id)
    if which.area_id is not None:
        found.append(Pledge.area_id == which.area_id)
    if which.post is not None:
        found.append(Pledge.post == which.post)
    if text := which.search.strip().casefold():
        named = select(_NAMES.c.id).where(_NAMES.c.name_key.contains(text, autoescape=True))
        found.append(or_(Pledge.text.contains(text, autoescape=True), Pledge.person_id.in_(named)))
    if which.public_or_of is not None:
        found.append(or_(Pledge.is_public.is_(True), Pledge.person_id == which.public_or_of))
    return found


def of(which: PledgeFilter, column: Any) -> ColumnElement[bool]:
    """That a column names one of the pledges which the filter lets through."""
    return column.in_(select(Pledge.id).where(*_conditions(which)))  # type: ignore[no-any-return]


def marks_by_evidence() -> Any:
    """By evidence: 1 where it was confirmed, 1 where it was withdrawn. What it is joined to is in the scope."""
    marks = PledgeMark.__table__.c

    def has(mark: str) -> Any:
        return func.max(case((marks.mark == mark, 1), else_=0)).label(mark)

    return select(marks.evidence_id, has(CONFIRMED), has(WITHDRAWN)).group_by(marks.evidence_id).subquery("told")


def list_ratings(session: Session, which: PledgeFilter = EVERY) -> dict[int, tuple[int, int]]:
    """Pledge id → number of ratings and their sum."""
    statement = (
        select(PledgeRating.pledge_id, func.count(PledgeRating.id), func.sum(PledgeRating.stars))
        .where(of(which, PledgeRating.pledge_id))
        .group_by(PledgeRating.pledge_id)
    )
    return {row[0]: (row[1], int(row[2])) for row in session.execute(statement)}


def count_slips_by_rater(session: Session, pledge_id: int) -> list[tuple[str, int]]:
    """(name of the account, slips) of who entered the ratings of a pledge, by name; "" for the program."""
    statement = (
        select(User.name, func.count(PledgeRating.id))
        .select_from(PledgeRating)
        .outerjoin(User, User.id == PledgeRating.user_id)
        .where(PledgeRating.pledge_id == pledge_id)
        .group_by(User.name)
    )
    return sorted((row[0] or "", row[1]) for row in session.execute(statement))


def count_slips(session: Session, pledge_id: int, accounts: Collection[int], since: datetime) -> int:
    """How many slips for a pledge these accounts entered from an instant on."""
    mine = PledgeRating.user_id.in_(accounts) & (PledgeRating.at >= since)
    return session.scalar(select(func.count(PledgeRating.id)).where(PledgeRating.pledge_id == pledge_id, mine)) or 0


def list_verdicts(session: Session, which: PledgeFilter = EVERY) -> dict[int, VerdictRow]:
    """Pledge id → its newest verdict."""
    statement = (
        select(PledgeVerdict.pledge_id, PledgeVerdict.verdict, PledgeVerdict.words, User.name, PledgeVerdict.at)
        .outerjoin(User, User.id == PledgeVerdict.user_id)
        .where(of(which, PledgeVerdict.pledge_id))
        .order_by(PledgeVerdict.id)
    )
    return {row[0]: VerdictRow(*row[1:]) for row in session.execute(statement)}


def list_evidence(session: Session, which: PledgeFilter) -> list[EvidenceRow]:
    """Every piece of evidence, withdrawn ones too, the newest service first."""
    marks = PledgeMark.__table__
    confirmed, withdrawn = marks.alias().c, marks.alias().c
    entered, second, third = aliased(User), aliased(User), aliased(User)
    statement = (
        select(
            PledgeEvidence.id, PledgeEvidence.pledge_id, PledgeEvidence.kind, PledgeEvidence.record_id,
            PledgeEvidence.happened_on, PledgeEvidence.quantity, PledgeEvidence.note, PledgeEvidence.created_by,
            entered.name, PledgeEvidence.created_at, second.name, confirmed.at, third.name, withdrawn.at,
            withdrawn.reason, PledgePhoto.id,
        )
        .outerjoin(entered, entered.id == PledgeEvidence.created_by)
        .outerjoin(confirmed.id.table, (confirmed.evidence_id == PledgeEvidence.id) & (confirmed.mark == CONFIRMED))
        .outerjoin(second, second.id == confirmed.user_id)
        .outerjoin(withdrawn.id.table, (withdrawn.evidence_id == PledgeEvidence.id) & (withdrawn.mark == WITHDRAWN))
        .outerjoin(third, third.id == withdrawn.user_id)
        .outerjoin(PledgePhoto, PledgePhoto.evidence_id == PledgeEvidence.id)
        .where(of(which, PledgeEvidence.pledge_id))
        .order_by(PledgeEvidence.happened_on.desc(), PledgeEvidence.id.desc())
    )  # fmt: skip
    return [EvidenceRow(*tuple(row)) for row in session.execute(statement)]


def get_evidence(session: Session, evidence_id: int) -> PledgeEvidence:
    """The evidence, or NotFound."""
    found = session.get(PledgeEvidence, evidence_id)
    if found is None:
        raise NotFound(subject="pledge_evidence")
    return found


def list_marks(session: Session, evidence_id: int) -> set[str]:
    """What was said of a piece of evidence: confirmed, withdrawn."""
    return set(session.scalars(select(PledgeMark.mark).where(PledgeMark.evidence_id == evidence_id)))


def count_turns(session: Session, person_id: int, kind: str, record_id: int) -> tuple[int, int]:
    """How often a record was entered for a person, and how often it was withdrawn again, whatever the scope."""
    evidence, marks = PledgeEvidence.__table__.c, PledgeMark.__table__.c
    same = (evidence.person_id == person_id, evidence.kind == kind, evidence.record_id == record_id)
    entered = session.scalar(select(func.count(evidence.id)).where(*same)) or 0
    gone = select(func.count(marks.id)).where(
        marks.mark == WITHDRAWN, marks.evidence_id.in_(select(evidence.id).where(*same))
    )
    return entered, session.scalar(gone) or 0


def list_counted_records(session: Session, person_id: int) -> set[tuple[str, int]]:
    """(kind, record) that count for a pledge of a person now."""
    marks = marks_by_evidence()
    statement = (
        select(PledgeEvidence.kind, PledgeEvidence.record_id)
        .outerjoin(marks, marks.c.evidence_id == PledgeEvidence.id)
        .where(PledgeEvidence.person_id == person_id, PledgeEvidence.record_id.is_not(None))
        .where(func.coalesce(marks.c.withdrawn, 0) == 0)
    )
    return {(row[0], row[1] or 0) for row in session.execute(statement)}


def list_linked_evidence(session: Session, kind: str | None = None, record_id: int | None = None) -> list[Any]:
    """(id, pledge, person, kind, record, day, quantity, unit) of evidence that counts and names a record."""
    marks = marks_by_evidence()
    this = () if kind is None else (PledgeEvidence.kind == kind, PledgeEvidence.record_id == record_id)
    statement = (
        select(
            PledgeEvidence.id, PledgeEvidence.pledge_id, PledgeEvidence.person_id, PledgeEvidence.kind,
            PledgeEvidence.record_id, PledgeEvidence.happened_on, PledgeEvidence.quantity, Pledge.unit,
            Pledge.person_id.label("pledged_by"),
        )
        .join(Pledge, Pledge.id == PledgeEvidence.pledge_id)
        .outerjoin(marks, marks.c.evidence_id == PledgeEvidence.id)
        .where(PledgeEvidence.kind.not_in(KINDS_BY_HAND), func.coalesce(marks.c.withdrawn, 0) == 0, *this)
        .order_by(PledgeEvidence.id)
    )  # fmt: skip
    return list(session.execute(statement))


def list_repeated_records(session: Session) -> list[Any]:
    """(person, kind, record, pieces) of records that count more than once: more entered than withdrawn, plus one."""
    marks = marks_by_evidence()
    open_ones = func.count(PledgeEvidence.id)
    statement = (
        select(PledgeEvidence.person_id, PledgeEvidence.kind, PledgeEvidence.record_id, open_ones)
        .outerjoin(marks, marks.c.evidence_id == PledgeEvidence.id)
        .where(PledgeEvidence.record_id.is_not(None), func.coalesce(marks.c.withdrawn, 0) == 0)
        .group_by(PledgeEvidence.person_id, PledgeEvidence.kind, PledgeEvidence.record_id)
        .having(open_ones > 1)
    )
    return list(session.execute(statement))
