"""轮值: a rota is made, made anew for the days to come, and shown with the state of each duty (feature D6)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from db.models import Rota, RotaDuty
from db.queries import rotas as rows
from db.queries.areas import get_area
from db.queries.audit import add_audit_entry
from db.queries.locks import AREAS, share
from db.queries.people import get_person
from db.queries.receipts import add_receipt, find_receipt
from db.queries.rotas import DutyRow, RotaRow, SwapRow
from db.session import reading, transaction
from domain.assignments import Span, check_within
from domain.clock import local_date, utc_now
from domain.errors import NotFound, StaleRecord
from domain.periods import Period
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.rotas import (
    Absence,
    AbsentNotOnRota,
    DutyState,
    InvalidRota,
    RotaStep,
    RotaWithoutMembers,
    Slot,
    duty_state,
    loads_of,
    make_duties,
    slots_between,
)
from domain.texts import clean_line
from services.accounts.scopes import covers, require_inside


@dataclass(frozen=True)
class RotaForm:
    """What a secretary gives; ``absences``: (person, days away). Slots stay when a rota is made anew."""

    name: str
    area_id: int
    people: tuple[int, ...]
    starts_on: date
    ends_on: date
    step: RotaStep = RotaStep.DAY
    seats: int = 1
    absences: tuple[tuple[int, Absence], ...] = ()
    form_key: str = ""


@dataclass(frozen=True)
class DutyView(DutyRow):
    """A duty with its state on the day asked for."""

    state: DutyState


@dataclass(frozen=True)
class RotaCard:
    """A rota with its duties, members and swaps; ``loads``: person → duties.

    ``in_areas``: it lies in the actor's areas, who else may read it because they stand on it.
    """

    rota: RotaRow
    duties: list[DutyView]
    members: dict[int, str]
    swaps: list[SwapRow]
    absences: dict[int, list[Absence]]
    in_areas: bool
    loads: dict[int, int] = field(default_factory=dict)

    @property
    def missed(self) -> list[DutyView]:
        """Duties whose days have passed without anybody saying that they were done, the newest first."""
        return [duty for duty in reversed(self.duties) if duty.state is DutyState.MISSED]


def list_rotas(actor: Actor) -> list[RotaRow]:
    """The rotas of the actor's areas and those on which the actor stands, the newest first."""
    require(actor, Permission.ROTA_SEE)
    with reading(actor.scope) as session:
        return rows.list_rotas(session)


def get_rota_card(actor: Actor, rota_id: int, now: datetime | None = None) -> RotaCard:
    """One rota of the actor's areas, or on which the actor stands. Raises NotFound."""
    require(actor, Permission.ROTA_SEE)
    today = local_date(now or utc_now())
    with reading(actor.scope) as session:
        found = rows.list_rotas(session, rota_id)
        if not found:
            raise NotFound(subject="rota")
        duties = rows.list_duties(session, rota_id)
        members, swaps = rows.map_members(session, rota_id), rows.list_waiting_swaps(session, rota_id)
        absences = rows.map_absences(session, rota_id)
    patrols = _patrols(found)[rota_id]
    views = [_view(duty, patrols, today) for duty in duties]
    loads = loads_of([duty.person_id] for duty in duties if duty.person_id is not None)
    return RotaCard(found[0], views, members, swaps, absences, covers(actor, found[0].area_path), loads)


def list_duties_of(actor: Actor, period: Period, now: datetime | None = None) -> list[tuple[RotaRow, DutyView]]:
    """The duties of all rotas that the actor sees and that lie in a period, by rota, day and seat, each with its rota.

    A statement for each of these rotas, and two.
    """
    require(actor, Permission.ROTA_SEE)
    today = local_date(now or utc_now())
    with reading(actor.scope) as session:
        rotas = {rota.id: rota for rota in rows.list_rotas(session)}
        duties = [duty for duty in rows.list_duties(session, period=period) if duty.rota_id in rotas]
    patrols = _patrols([rotas[rota_id] for rota_id in dict.fromkeys(duty.rota_id for duty in duties)])
    views = [(rotas[duty.rota_id], _view(duty, patrols[duty.rota_id], today)) for duty in duties]
    return sorted(views, key=lambda found: (found[0].name, found[0].id, found[1].starts_on, found[1].seat))


def _patrols(rotas: Sequence[RotaRow]) -> dict[int, set[tuple[int, date]]]:
    """Rota id → who was on patrol in its area when. A patrol counts for the duty whoever asks."""
    with reading(EVERYWHERE) as session:
        return {rota.id: rows.list_patrol_days(session, rota) for rota in rotas}


def _view(duty: DutyRow, patrols: set[tuple[int, date]], today: date) -> DutyView:
    walked = any(person == duty.person_id and duty.starts_on <= day <= duty.ends_on for person, day in patrols)
    done = duty.confirmed_at is not None or walked
    slot = Slot(duty.starts_on, duty.ends_on)
    return DutyView(**vars(duty), state=duty_state(slot, today, taken=duty.person_id is not None, done=done))


def make_rota(actor: Actor, form: RotaForm, now: datetime | None = None) -> int:
    """Make a rota; returns its id, the same for the same form sent twice.

    Raises RotaWithoutMembers, AbsentNotOnRota, InvalidRota, AreaNotValidThen, InvalidText, PermissionDenied, NotFound.
    """
    require(actor, Permission.ROTA_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        share(session, AREAS)
        known = find_receipt(session, actor.user_id, "rota", form.form_key)
        if known is not None:
            return known
        area = get_area(session, form.area_id)
        require_inside(actor, area.path)
        slots = slots_between(form.starts_on, form.ends_on, form.step)
        check_within(Span(form.starts_on, form.ends_on), area.valid_from, area.valid_to)
        duties = make_duties(_people(session, form), slots, form.seats, _absences(form))
        rota = Rota(
            area_id=area.id, name=clean_line(form.name, "rota_name", 60), step=form.step.value, seats=form.seats,
            starts_on=form.starts_on, ends_on=form.ends_on, created_by=actor.user_id or None, created_at=now,
        )  # fmt: skip
        session.add(rota)
        session.flush()
        _store(session, rota, form)
        _add_duties(session, rota, slots, duties)
        add_receipt(session, actor.user_id, "rota", form.form_key, rota.id, now)
        add_audit_entry(session, actor.user_id, "rota.make", "rota", now, rota.id, rota.name)
        return rota.id


def remake_rota(actor: Actor, rota_id: int, version: int, form: RotaForm, now: datetime | None = None) -> None:
    """Hand out the duties that have not begun anew, to other members or around other absences; the loads so far count.

    ``version`` is what the form showed: of two secretaries the second is told (StaleRecord). Days and seats stay.
    Raises RotaWithoutMembers, AbsentNotOnRota, PermissionDenied (one stands on it, no more), NotFound.
    """
    require(actor, Permission.ROTA_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        rota = rows.get_rota(session, rota_id, lock=True)
        require_inside(actor, get_area(session, rota.area_id).path)
        if rota.version != version:
            raise StaleRecord()
        people = _people(session, form)
        rota.name = clean_line(form.name, "rota_name", 60)
        rows.touch_rota(rota, now)
        _store(session, rota, form)
        _hand_out(session, rota, people, _absences(form), local_date(now))
        add_audit_entry(session, actor.user_id, "rota.remake", "rota", now, rota_id, rota.name)


def _hand_out(session: Session, rota: Rota, people: list[int], absences: dict[int, list[Absence]], today: date) -> None:
    every = rows.list_duty_rows(session, rota.id)
    coming = [duty for duty in every if duty.starts_on > today]
    loads = loads_of([duty.person_id] for duty in every if duty.starts_on <= today and duty.person_id is not None)
    slots = sorted({(duty.starts_on, duty.ends_on) for duty in coming})
    made = make_duties(people, [Slot(*slot) for slot in slots], rota.seats, absences, loads)
    for duty in coming:  # nobody may stand twice in a slot, not for a moment
        duty.person_id = None
    session.flush()
    chosen = {slot[0]: on_duty for slot, on_duty in zip(slots, made, strict=True)}
    for duty in coming:
        on_duty = chosen[duty.starts_on]
        duty.person_id = on_duty[duty.seat] if duty.seat < len(on_duty) else None


def _people(session: Session, form: RotaForm) -> list[int]:
    people = list(dict.fromkeys(form.people))
    if not people:
        raise RotaWithoutMembers()
    for person in people:
        get_person(session, person)
    return people


def _absences(form: RotaForm) -> dict[int, list[Absence]]:
    found: dict[int, list[Absence]] = {}
    for person, away in form.absences:
        if away.last < away.first:
            raise InvalidRota()
        if person not in form.people:
            raise AbsentNotOnRota()
        found.setdefault(person, []).append(away)
    return found


def _store(session: Session, rota: Rota, form: RotaForm) -> None:
    rows.set_members(session, rota.id, list(dict.fromkeys(form.people)))
    rows.set_absences(session, rota.id, list(form.absences))


def _add_duties(session: Session, rota: Rota, slots: Sequence[Slot], duties: Sequence[Sequence[int]]) -> None:
    for slot, on_duty in zip(slots, duties, strict=True):
        for seat in range(rota.seats):
            person = on_duty[seat] if seat < len(on_duty) else None
            session.add(RotaDuty(rota_id=rota.id, starts_on=slot.first, ends_on=slot.last, seat=seat, person_id=person))
