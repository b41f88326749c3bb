"""践诺: services that fulfil a pledge. A record counts for one pledge only, and once; nothing is deleted (D3)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from db.models import Pledge, PledgeEvidence, PledgeMark, PledgePhoto
from db.queries import pledges as rows
from db.queries.audit import add_audit_entry
from db.queries.locks import hold
from db.queries.photos import get_photo
from db.queries.pledge_services import list_services
from db.queries.pledges import CONFIRMED, WITHDRAWN, PledgeFilter
from db.queries.receipts import add_receipt, find_receipt
from db.queries.service_records import LOADERS, RecordQuery, ServiceRecord, list_records
from db.scope import everywhere
from db.session import reading, transaction
from domain.clock import local_date, utc_now
from domain.errors import NotFound
from domain.permissions import Actor, Permission, may, require
from domain.pledge_services import SamePlaceCounted, repeated
from domain.pledges import (
    BY_HAND,
    EvidenceKind,
    EvidenceNotWaiting,
    EvidenceWithdrawn,
    NotTheirRecord,
    OwnPledge,
    PledgeJudged,
    PledgeUnit,
    RecordCounted,
    UnitNotOfRecord,
    check_day,
    check_quantity,
)
from domain.texts import clean_line
from services.incidents.photos import prepare_photos
from services.pledges.earning import add_withdrawal, settle_pledge
from services.pledges.measures import grace_days, measure_of, visit_metres
from services.pledges.register import limited


@dataclass(frozen=True)
class EvidenceForm:
    """A service for a pledge: of a record (``record_id``), or noted by hand (``happened_on`` and ``note``).

    ``quantity`` in the pledge's unit; None takes what the record says. ``photo``: bytes of a picture, or nothing.
    """

    pledge_id: int
    kind: EvidenceKind
    record_id: int | None = None
    quantity: float | None = None
    happened_on: date | None = None
    note: str = ""
    photo: bytes | None = None
    form_key: str = ""


def list_candidates(actor: Actor, pledge_id: int) -> list[ServiceRecord]:
    """Records of who made the pledge that could count for it and count for none yet, the newest first.

    Only those of its days and in its unit. Raises NotFound.
    """
    require(actor, Permission.PLEDGE_FULFIL)
    with reading(actor.scope) as session:
        pledge = _own_or_led(session, actor, pledge_id)
        counted = rows.list_counted_records(session, pledge.person_id)
        query = RecordQuery(pledge.person_id, since=pledge.starts_on)
        found = [record for kind in LOADERS for record in list_records(session, kind, query)]
    last, unit = pledge.due_on + timedelta(days=grace_days()), PledgeUnit(pledge.unit)
    fits = [
        record
        for record in found
        if record.day <= last and unit in record.quantities and (record.kind.value, record.id) not in counted
    ]
    return sorted(fits, key=lambda record: (-record.day.toordinal(), record.kind, record.id))


def log_evidence(actor: Actor, form: EvidenceForm, now: datetime | None = None) -> int:
    """Let a service count for a pledge; returns the evidence's id, the same for the same form sent twice.

    One's own, or with PLEDGE_CONFIRM somebody's of the scope. What is noted by hand waits for a second person.
    Raises RecordCounted, SamePlaceCounted, NotTheirRecord, UnitNotOfRecord, InvalidQuantity, EvidenceOutsidePledge,
    PledgeJudged, InvalidText, NotFound, and what ``prepare_photos`` raises.
    """
    require(actor, Permission.PLEDGE_FULFIL)
    now = now or utc_now()
    photos = prepare_photos((form.photo,)) if form.photo else []
    with transaction(actor.scope) as session:
        known = find_receipt(session, actor.user_id, "evidence", form.form_key)
        if known is not None:
            return known
        pledge = _own_or_led(session, actor, form.pledge_id, lock=True)
        if rows.list_verdicts(session, PledgeFilter(ids=(pledge.id,))):
            raise PledgeJudged()
        row = _row(session, pledge, form, local_date(now))
        row.created_by, row.created_at = actor.user_id or None, now
        session.add(row)
        session.flush()
        _check_place(session, row)
        session.add_all(
            PledgePhoto(pledge_id=row.pledge_id, evidence_id=row.id, taken_at=now, **vars(photo)) for photo in photos
        )
        settle_pledge(session, actor, pledge, now)
        add_receipt(session, actor.user_id, "evidence", form.form_key, row.id, now)
        add_audit_entry(session, actor.user_id, "pledge.evidence", "pledge", now, pledge.id, f"evidence {row.id}")
        return row.id


def _check_place(session: Session, row: PledgeEvidence) -> None:
    """Refuse (SamePlaceCounted) a place's second service of a day; the pledge is held, so the first is known."""
    with everywhere(session):
        services = list_services(session, PledgeFilter(ids=(row.pledge_id,)))[row.pledge_id]
    metres = visit_metres()
    if row.id in repeated(services, metres):
        raise SamePlaceCounted(metres=f"{metres:g}")


def _own_or_led(session: Session, actor: Actor, pledge_id: int, *, lock: bool = False) -> Pledge:
    """The pledge, where it is the actor's or of somebody whom the actor may enter services for."""
    pledge = rows.get_pledge(session, pledge_id, lock=lock)
    if not rows.list_pledges(session, limited(actor, PledgeFilter(ids=(pledge_id,)))):
        raise NotFound(subject="pledge")
    if pledge.person_id != actor.person_id:
        require(actor, Permission.PLEDGE_CONFIRM)
    return pledge


def _row(session: Session, pledge: Pledge, form: EvidenceForm, today: date) -> PledgeEvidence:
    note = clean_line(form.note, "evidence_note", 400, required=form.kind in BY_HAND)
    if form.kind in BY_HAND:
        quantity, day, record, turn = form.quantity or 0, form.happened_on or today, None, 0
        check_quantity(quantity, PledgeUnit(pledge.unit))
    else:
        found, turn = _record(session, pledge, form)
        record, day, most = found.id, found.day, found.quantities[PledgeUnit(pledge.unit)]
        quantity = most if form.quantity is None else form.quantity
        check_quantity(quantity, PledgeUnit(pledge.unit), most)
    check_day(measure_of(pledge), day, today, grace_days())
    return PledgeEvidence(
        pledge_id=pledge.id, person_id=pledge.person_id, kind=form.kind.value, record_id=record, turn=turn,
        happened_on=day, quantity=quantity, note=note,
    )  # fmt: skip


def _record(session: Session, pledge: Pledge, form: EvidenceForm) -> tuple[ServiceRecord, int]:
    """The record, and how often it was withdrawn before."""
    record_id = form.record_id or 0
    hold(session, f"evidence/{pledge.person_id}/{form.kind}/{record_id}")
    found = list_records(session, form.kind, RecordQuery(pledge.person_id, ids=[record_id]))
    if not found:
        raise NotTheirRecord()
    if PledgeUnit(pledge.unit) not in found[0].quantities:
        raise UnitNotOfRecord()
    entered, withdrawn = rows.count_turns(session, pledge.person_id, form.kind.value, record_id)
    if entered > withdrawn:
        raise RecordCounted()
    return found[0], withdrawn


def confirm_evidence(actor: Actor, evidence_id: int, now: datetime | None = None) -> None:
    """Be the second person of what was noted by hand. Raises OwnPledge, EvidenceNotWaiting, NotFound."""
    require(actor, Permission.PLEDGE_CONFIRM)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        row = rows.get_evidence(session, evidence_id)
        pledge = rows.get_pledge(session, row.pledge_id, lock=True)
        if actor.person_id == pledge.person_id or row.created_by in actor.accounts:
            raise OwnPledge()
        if EvidenceKind(row.kind) not in BY_HAND or rows.list_marks(session, row.id):
            raise EvidenceNotWaiting()
        _confirm(session, actor, row, now)
        settle_pledge(session, actor, pledge, now)


def withdraw_evidence(actor: Actor, evidence_id: int, reason: str, now: datetime | None = None) -> None:
    """Take evidence out of the count, with the reason on record; it stays in the list.

    By who entered it, whose pledge it is, or with PLEDGE_EDIT. Raises EvidenceWithdrawn, PledgeJudged, InvalidText,
    NotFound, PermissionDenied.
    """
    require(actor, Permission.PLEDGE_FULFIL)
    now, reason = now or utc_now(), clean_line(reason, "reason", 400)
    with transaction(actor.scope) as session:
        row = rows.get_evidence(session, evidence_id)
        pledge = rows.get_pledge(session, row.pledge_id, lock=True)
        if actor.user_id != row.created_by and actor.person_id != pledge.person_id:
            require(actor, Permission.PLEDGE_EDIT)
        if WITHDRAWN in rows.list_marks(session, row.id):
            raise EvidenceWithdrawn()
        if rows.list_verdicts(session, PledgeFilter(ids=(pledge.id,))) and not may(actor, Permission.PLEDGE_EDIT):
            raise PledgeJudged()
        add_withdrawal(session, actor, row, reason, now)
        settle_pledge(session, actor, pledge, now)


def _confirm(session: Session, actor: Actor, row: PledgeEvidence, now: datetime) -> None:
    by = actor.user_id or None
    mark = PledgeMark(pledge_id=row.pledge_id, evidence_id=row.id, mark=CONFIRMED, reason="", user_id=by, at=now)
    session.add(mark)
    add_audit_entry(session, actor.user_id, f"pledge.{CONFIRMED}", "pledge", now, row.pledge_id, f"evidence {row.id}")


def get_evidence_photo(actor: Actor, photo_id: int) -> tuple[bytes, str]:
    """JPEG bytes of a picture in the scope, and a tag of its content. Raises PermissionDenied, NotFound."""
    require(actor, Permission.PLEDGE_SEE)
    with reading(actor.scope) as session:
        photo = get_photo(session, PledgePhoto, photo_id)
        if not rows.list_pledges(session, limited(actor, PledgeFilter(ids=(photo.pledge_id,)))):
            raise NotFound(subject="photo")
    return photo.content, photo.sha256
