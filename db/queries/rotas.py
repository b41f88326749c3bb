"""Rotas, their duties, swaps and confirmations (feature D6)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import flag_modified

from db.models import (
    Area,
    AreaCarried,
    Person,
    Rota,
    RotaAbsence,
    RotaConfirmation,
    RotaDuty,
    RotaMember,
    RotaSwap,
    RotaSwapAnswer,
    Visit,
)
from db.queries.visits import counts
from domain.clock import day_end, day_start, local_date
from domain.errors import NotFound
from domain.periods import Period
from domain.rotas import Absence
from domain.visits import VisitKind

# Past the filter of people: who may see a rota sees who is on it, wherever they live.
_NAMES = Person.__table__.alias("on_rota")


@dataclass(frozen=True)
class RotaRow:
    """A rota as a list shows it."""

    id: int
    version: int
    name: str
    area_id: int
    area: str
    area_path: str
    step: str
    seats: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class DutyRow:
    """A duty; ``confirmed_at`` where somebody said that it was done."""

    id: int
    version: int
    rota_id: int
    starts_on: date
    ends_on: date
    seat: int
    person_id: int | None
    person: str | None
    confirmed_at: datetime | None


@dataclass(frozen=True)
class SwapRow:
    """A swap that waits for its answer."""

    id: int
    duty_id: int
    other_id: int
    asked_by: int
    asked_of: int
    at: datetime


def list_rotas(session: Session, rota_id: int | None = None) -> list[RotaRow]:
    """The rotas of the scope, the newest first."""
    statement = (
        select(
            Rota.id, Rota.version, Rota.name, Rota.area_id, Area.name, Area.path, Rota.step, Rota.seats, Rota.starts_on,
            Rota.ends_on,
        )
        .join(Area, Area.id == Rota.area_id)
        .order_by(Rota.ends_on.desc(), Rota.id.desc())
    )  # fmt: skip
    if rota_id is not None:
        statement = statement.where(Rota.id == rota_id)
    return [RotaRow(*tuple(row)) for row in session.execute(statement)]


def get_rota(session: Session, rota_id: int, *, lock: bool = False) -> Rota:
    """The rota, or NotFound."""
    found = session.get(Rota, rota_id, with_for_update=True if lock else None)
    if found is None:
        raise NotFound(subject="rota")
    return found


def touch_rota(rota: Rota, now: datetime) -> None:
    """Write the rota anew even where only its duties change, so that its version counts on within a second, too."""
    rota.updated_at = now
    flag_modified(rota, "updated_at")


def get_duty(session: Session, duty_id: int, *, lock: bool = False) -> RotaDuty:
    """The duty, or NotFound."""
    found = session.get(RotaDuty, duty_id, with_for_update=True if lock else None)
    if found is None:
        raise NotFound(subject="duty")
    return found


def get_swap(session: Session, swap_id: int) -> RotaSwap:
    """The swap, or NotFound."""
    found = session.get(RotaSwap, swap_id)
    if found is None:
        raise NotFound(subject="swap")
    return found


def list_duties(
    session: Session, rota_id: int | None = None, person_id: int | None = None, period: Period | None = None
) -> list[DutyRow]:
    """Duties of a rota, of a person, or that lie in a period at least in part; by day and seat."""
    statement = (
        select(
            RotaDuty.id, RotaDuty.version, RotaDuty.rota_id, RotaDuty.starts_on, RotaDuty.ends_on, RotaDuty.seat,
            RotaDuty.person_id, _NAMES.c.name, RotaConfirmation.at,
        )
        .outerjoin(_NAMES, _NAMES.c.id == RotaDuty.person_id)
        .outerjoin(RotaConfirmation, RotaConfirmation.duty_id == RotaDuty.id)
        .order_by(RotaDuty.starts_on, RotaDuty.seat)
    )  # fmt: skip
    if rota_id is not None:
        statement = statement.where(RotaDuty.rota_id == rota_id)
    if person_id is not None:
        statement = statement.where(RotaDuty.person_id == person_id)
    if period is not None:
        statement = statement.where(RotaDuty.starts_on <= period.last, RotaDuty.ends_on >= period.first)
    return [DutyRow(*tuple(row)) for row in session.execute(statement)]


def list_duty_rows(session: Session, rota_id: int) -> list[RotaDuty]:
    """The same as rows to change."""
    statement = select(RotaDuty).where(RotaDuty.rota_id == rota_id).order_by(RotaDuty.starts_on, RotaDuty.seat)
    return list(session.scalars(statement))


def map_members(session: Session, rota_id: int) -> dict[int, str]:
    """Person id → name of those on the rota now, in the order in which they were put on it."""
    statement = (
        select(RotaMember.person_id, _NAMES.c.name)
        .join(_NAMES, _NAMES.c.id == RotaMember.person_id)
        .where(RotaMember.rota_id == rota_id, RotaMember.left.is_(False))
        .order_by(RotaMember.id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def is_on_rota(session: Session, rota_id: int, person_id: int) -> bool:
    """Whether somebody stands on the rota now."""
    statement = select(RotaMember.id).where(
        RotaMember.rota_id == rota_id, RotaMember.person_id == person_id, RotaMember.left.is_(False)
    )
    return session.scalar(statement) is not None


def set_members(session: Session, rota_id: int, people: list[int]) -> None:
    """Let these be the members; who was one before and is not any more has left."""
    known = {row.person_id: row for row in session.scalars(select(RotaMember).where(RotaMember.rota_id == rota_id))}
    for person, row in known.items():
        row.left = person not in people
    session.add_all(RotaMember(rota_id=rota_id, person_id=one, left=False) for one in people if one not in known)


def map_absences(session: Session, rota_id: int) -> dict[int, list[Absence]]:
    """Person id → when they are away."""
    found: dict[int, list[Absence]] = defaultdict(list)
    columns = (RotaAbsence.person_id, RotaAbsence.starts_on, RotaAbsence.ends_on)
    for person, first, last in session.execute(select(*columns).where(RotaAbsence.rota_id == rota_id)):
        found[person].append(Absence(first, last))
    return found


def set_absences(session: Session, rota_id: int, absences: list[tuple[int, Absence]]) -> None:
    """Let these be the absences of a rota."""
    session.execute(delete(RotaAbsence).where(RotaAbsence.rota_id == rota_id))
    session.add_all(
        RotaAbsence(rota_id=rota_id, person_id=person, starts_on=away.first, ends_on=away.last)
        for person, away in absences
    )


def list_waiting_swaps(session: Session, rota_id: int) -> list[SwapRow]:
    """Swaps of a rota without an answer."""
    columns = (RotaSwap.id, RotaSwap.duty_id, RotaSwap.other_id, RotaSwap.asked_by, RotaSwap.asked_of, RotaSwap.at)
    statement = (
        select(*columns)
        .outerjoin(RotaSwapAnswer, RotaSwapAnswer.swap_id == RotaSwap.id)
        .where(RotaSwap.rota_id == rota_id, RotaSwapAnswer.id.is_(None))
        .order_by(RotaSwap.id)
    )
    return [SwapRow(*row) for row in session.execute(statement)]


def is_answered(session: Session, swap_id: int) -> bool:
    """Whether a swap has its answer."""
    return session.scalar(select(RotaSwapAnswer.id).where(RotaSwapAnswer.swap_id == swap_id)) is not None


def is_confirmed(session: Session, duty_id: int) -> bool:
    """Whether somebody said that the duty was done."""
    return session.scalar(select(RotaConfirmation.id).where(RotaConfirmation.duty_id == duty_id)) is not None


def list_patrol_days(session: Session, rota: RotaRow) -> set[tuple[int, date]]:
    """(person, Shanghai day) of patrols that count in a rota's area and its parts on its days.

    The area is also the one that the rota had before grids were changed (feature A4).
    """
    before = aliased(Area)
    came = (
        exists()
        .where(AreaCarried.subject == "rota", AreaCarried.subject_id == rota.id, before.id == AreaCarried.old_id)
        .where(Area.path.like(before.path + "%"))
    )
    statement = (
        select(Visit.person_id, Visit.at)
        .join(Area, Area.id == Visit.area_id)
        .where(counts(), Visit.kind == VisitKind.PATROL.value, Visit.person_id.is_not(None))
        .where(Visit.at >= day_start(rota.starts_on), Visit.at < day_end(rota.ends_on))
        .where(or_(Area.path.like(f"{rota.area_path}%"), came))
    )
    return {(row[0] or 0, local_date(row[1])) for row in session.execute(statement)}
