"""A duty is done, or exchanged with consent (feature D6)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from db.models import RotaConfirmation, RotaDuty, RotaSwap, RotaSwapAnswer
from db.queries import rotas as rows
from db.queries.areas import get_area
from db.queries.audit import add_audit_entry
from db.session import reading, transaction
from domain.clock import local_date, utc_now
from domain.errors import NotFound
from domain.permissions import EVERYWHERE, Actor, Permission, may, require
from domain.rotas import (
    AwayThen,
    DutyElsewhere,
    DutyNotNow,
    DutyOver,
    NotOnRota,
    NotYourDuty,
    Slot,
    SwapAnswer,
    SwapOver,
    TwiceOnOneSlot,
    is_away,
)
from services.accounts.scopes import covers
from services.incidents.places import MissingPlace, place_of
from services.visits.earning import settle_day_out


@dataclass(frozen=True)
class OwnDuty:
    """A duty of one's own that has not ended, with the name of its rota."""

    id: int
    rota_id: int
    rota: str
    starts_on: date
    ends_on: date
    confirmed: bool


def list_own_duties(actor: Actor, now: datetime | None = None) -> list[OwnDuty]:
    """One's own duties from today on, the nearest first; empty for an account without a person."""
    require(actor, Permission.ROTA_SEE)
    if actor.person_id is None:
        return []
    today = local_date(now or utc_now())
    with reading(EVERYWHERE) as session:
        names = {rota.id: rota.name for rota in rows.list_rotas(session)}
        duties = rows.list_duties(session, person_id=actor.person_id)
    return [
        OwnDuty(duty.id, duty.rota_id, names[duty.rota_id], duty.starts_on, duty.ends_on, duty.confirmed_at is not None)
        for duty in duties
        if duty.ends_on >= today
    ]


def confirm_duty(
    actor: Actor, duty_id: int, lon: float | None = None, lat: float | None = None, now: datetime | None = None
) -> None:
    """Say that a duty is done: who has it, at a place in the rota's area (degrees, EPSG:4326); or for them somebody
    with ROTA_CONFIRM, without a place. Said twice, it is said once.

    Raises DutyNotNow, MissingPlace, InvalidPlace, DutyElsewhere, NotYourDuty, NotFound.
    """
    require(actor, Permission.ROTA_SEE)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        duty = _seen(session, actor, duty_id)
        own = actor.person_id is not None and duty.person_id == actor.person_id
        if duty.person_id is None or not (own or may(actor, Permission.ROTA_CONFIRM)):
            raise NotYourDuty()
        if not duty.starts_on <= local_date(now) or (own and local_date(now) > duty.ends_on):
            raise DutyNotNow()
        if own:
            _check_place(session, duty, lon, lat, local_date(now))
        if rows.is_confirmed(session, duty_id):
            return
        session.add(
            RotaConfirmation(
                rota_id=duty.rota_id, duty_id=duty_id, person_id=duty.person_id, lon=lon, lat=lat,
                user_id=actor.user_id or None, at=now,
            )
        )  # fmt: skip
        settle_day_out(session, actor, duty.person_id, min(local_date(now), duty.ends_on), now)
        add_audit_entry(session, actor.user_id, "rota.done", "rota", now, duty.rota_id, f"duty {duty_id}")


def _check_place(session: Session, duty: RotaDuty, lon: float | None, lat: float | None, day: date) -> None:
    if lon is None or lat is None:
        raise MissingPlace()
    area = place_of(session, lon, lat, None, day).area
    rota = rows.get_rota(session, duty.rota_id)
    if area is None or not area.path.startswith(get_area(session, rota.area_id).path):
        raise DutyElsewhere()


def _seen(session: Session, actor: Actor, duty_id: int) -> RotaDuty:
    """A duty that is one's own or lies in one's areas, locked. Raises NotFound."""
    duty = rows.get_duty(session, duty_id, lock=True)
    own = actor.person_id is not None and duty.person_id == actor.person_id
    if not own and not _runs(session, actor, duty.rota_id):
        raise NotFound(subject="duty")
    return duty


def _seen_with_others(session: Session, actor: Actor, duty_id: int) -> RotaDuty:
    """A duty of one's areas, or of a rota on which one stands, wherever one's account belongs; locked.

    Raises NotFound.
    """
    duty = rows.get_duty(session, duty_id, lock=True)
    stands = actor.person_id is not None and rows.is_on_rota(session, duty.rota_id, actor.person_id)
    return duty if stands else _seen(session, actor, duty_id)


def _runs(session: Session, actor: Actor, rota_id: int) -> bool:
    """Whether the rota lies in the actor's areas: then they may speak for others on it."""
    return covers(actor, get_area(session, rows.get_rota(session, rota_id).area_id).path)


def ask_swap(actor: Actor, duty_id: int, other_id: int, now: datetime | None = None) -> int:
    """Ask who has another duty of the rota to exchange it for one's own; returns the swap's id.

    Standing on the rota gives the right to ask. A secretary of its area asks for somebody: the other still has to
    agree. Raises NotYourDuty, DutyOver, TwiceOnOneSlot, AwayThen, NotOnRota, NotFound.
    """
    require(actor, Permission.ROTA_SEE)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        duty, other = (_seen_with_others(session, actor, one) for one in (duty_id, other_id))
        asks_for = may(actor, Permission.ROTA_EDIT) and _runs(session, actor, duty.rota_id)
        if duty.person_id is None or not (duty.person_id == actor.person_id or asks_for):
            raise NotYourDuty()
        _check_swap(session, duty, other, local_date(now))
        swap = RotaSwap(
            rota_id=duty.rota_id, duty_id=duty_id, other_id=other_id, asked_by=duty.person_id,
            asked_of=other.person_id or 0, user_id=actor.user_id or None, at=now,
        )  # fmt: skip
        session.add(swap)
        session.flush()
        add_audit_entry(session, actor.user_id, "rota.swap", "rota", now, duty.rota_id, f"swap {swap.id}")
        return swap.id


def _check_swap(session: Session, duty: RotaDuty, other: RotaDuty, today: date) -> None:
    """Refuse an exchange that would put somebody twice into a slot, into an absence, or into the past."""
    if duty.rota_id != other.rota_id or duty.person_id is None or other.person_id is None:
        raise NotOnRota()
    if min(duty.starts_on, other.starts_on) <= today:
        raise DutyOver()
    if duty.person_id == other.person_id or duty.starts_on == other.starts_on:
        raise TwiceOnOneSlot()
    absences = rows.map_absences(session, duty.rota_id)
    on_duty = {(row.starts_on, row.person_id) for row in rows.list_duty_rows(session, duty.rota_id)}
    for person, slot in ((duty.person_id, other), (other.person_id, duty)):
        if is_away(absences, person, Slot(slot.starts_on, slot.ends_on)):
            raise AwayThen()
        if (slot.starts_on, person) in on_duty:
            raise TwiceOnOneSlot()


def answer_swap(actor: Actor, swap_id: int, answer: SwapAnswer, now: datetime | None = None) -> None:
    """Agree to a swap or not: by who was asked, or on their word by somebody with ROTA_CONFIRM there who did not ask.

    Raises SwapOver, NotYourDuty, NotFound, and what ``ask_swap`` raises where things have changed.
    """
    require(actor, Permission.ROTA_SEE)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        swap = rows.get_swap(session, swap_id)
        duties = sorted((swap.duty_id, swap.other_id))  # one order everywhere, so that two cannot wait for each other
        for duty_id in duties:
            _seen_with_others(session, actor, duty_id)
        _check_answerer(session, actor, swap)
        duty, other = rows.get_duty(session, swap.duty_id), rows.get_duty(session, swap.other_id)
        if rows.is_answered(session, swap_id) or (duty.person_id, other.person_id) != (swap.asked_by, swap.asked_of):
            raise SwapOver()
        if answer is SwapAnswer.ACCEPTED:
            _check_swap(session, duty, other, local_date(now))
            duty.person_id, other.person_id = swap.asked_of, swap.asked_by
        session.add(
            RotaSwapAnswer(
                rota_id=swap.rota_id, swap_id=swap_id, answer=answer.value, user_id=actor.user_id or None, at=now
            )
        )
        add_audit_entry(session, actor.user_id, f"rota.{answer}", "rota", now, swap.rota_id, f"swap {swap_id}")


def _check_answerer(session: Session, actor: Actor, swap: RotaSwap) -> None:
    if actor.person_id is not None and actor.person_id == swap.asked_of:
        return
    for_them = may(actor, Permission.ROTA_CONFIRM) and _runs(session, actor, swap.rota_id)
    if not for_them or swap.user_id in actor.accounts or actor.person_id == swap.asked_by:
        raise NotYourDuty()
