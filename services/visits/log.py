"""Visits and patrols: the place fills the grid; a correction is a new record (feature D5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from db.models import Visit, VisitPhoto
from db.queries import visits as rows
from db.queries.areas import AreaRow, get_area_row, list_areas_by_id
from db.queries.assignments import list_held_by_person
from db.queries.audit import add_audit_entry
from db.queries.incident_places import AreaVersion
from db.queries.photos import get_photo
from db.queries.receipts import add_receipt, find_receipt
from db.queries.visits import VISIT, VisitRow
from db.session import reading, transaction
from domain.clock import local_date, utc_now
from domain.errors import NotFound
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.pledges import EvidenceKind
from domain.texts import clean_line
from domain.visits import NOTE_LENGTH, NotOwnVisit, VisitCorrected, VisitKind, VisitOutside, check_note
from services.accounts.scopes import covers, require_inside
from services.incidents.photos import prepare_photos
from services.incidents.places import place_of
from services.pledges.earning import follow_record
from services.system.installations import current_profile
from services.visits.earning import settle_day_out

OWN_ROWS = 30


@dataclass(frozen=True)
class VisitForm:
    """What people give: a point in degrees (EPSG:4326) or a grid; ``photo``: bytes of a picture, or nothing."""

    kind: VisitKind
    lon: float | None = None
    lat: float | None = None
    area_id: int | None = None
    note: str = ""
    photo: bytes | None = None
    form_key: str = ""


@dataclass(frozen=True)
class VisitPlace:
    """Where a visit would be counted."""

    area_id: int
    name: str
    community: str


def log_visit(actor: Actor, form: VisitForm, now: datetime | None = None) -> int:
    """Record a visit or patrol as of now; returns its id, the same for the same form sent twice.

    A day on which a person was out earns once, by the tariff of that day.

    Raises MissingPlace, InvalidPlace, VisitOutside, NumberInNote, InvalidText, PermissionDenied (a grid that is not the
    actor's), and what ``prepare_photos`` raises.
    """
    require(actor, Permission.VISIT_LOG)
    now = now or utc_now()
    photos = prepare_photos((form.photo,)) if form.photo else []
    with transaction(EVERYWHERE) as session:
        known = find_receipt(session, actor.user_id, VISIT, form.form_key)
        if known is not None:
            return known
        visit = _row(session, actor, form, now, now)
        session.add(visit)
        session.flush()
        session.add_all(VisitPhoto(visit_id=visit.id, taken_at=now, **vars(photo)) for photo in photos)
        _settle_day(session, actor, visit, now)
        add_receipt(session, actor.user_id, VISIT, form.form_key, visit.id, now)
        add_audit_entry(session, actor.user_id, "visit.log", VISIT, now, visit.id)
        return visit.id


def correct_visit(actor: Actor, visit_id: int, form: VisitForm, now: datetime | None = None) -> int:
    """Replace one's own record by a new one of the same moment; returns the new id. The old one stays, uncounted.

    Raises VisitCorrected for a record that was replaced already, NotOwnVisit, NotFound, and what ``log_visit`` raises.
    """
    require(actor, Permission.VISIT_LOG)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        old = _own(session, actor, visit_id)
        visit = _row(session, actor, form, old.at, now)
        return _replace(session, actor, old, visit, now)


def withdraw_visit(actor: Actor, visit_id: int, now: datetime | None = None) -> int:
    """Let one's own record count no more, by a new record that says so; a day without any other loses its points.

    Raises VisitCorrected, NotOwnVisit, NotFound.
    """
    require(actor, Permission.VISIT_LOG)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        old = _own(session, actor, visit_id)
        visit = Visit(
            kind=old.kind, at=old.at, lon=old.lon, lat=old.lat, area_id=old.area_id, person_id=old.person_id,
            note=old.note, withdrawn=True, created_by=actor.user_id or None, created_at=now,
        )  # fmt: skip
        _replace(session, actor, old, visit, now)
        _settle_day(session, actor, old, now)
        return visit.id


def _replace(session: Session, actor: Actor, old: Visit, new: Visit, now: datetime) -> int:
    new.corrects_id = old.id
    session.add(new)
    follow_record(session, actor, EvidenceKind.VISIT, old.id, now)
    add_audit_entry(session, actor.user_id, "visit.correct", VISIT, now, new.id, f"visit {old.id}")
    return new.id


def _own(session: Session, actor: Actor, visit_id: int) -> Visit:
    visit = rows.get_visit(session, visit_id)
    own = visit.created_by is not None and visit.created_by == actor.user_id
    if not own and not covers(actor, rows.map_paths(session, [visit.area_id]).get(visit.area_id)):
        raise NotFound(subject="visit")
    if not own:
        raise NotOwnVisit()
    if visit.withdrawn or rows.is_corrected(session, visit_id):
        raise VisitCorrected()
    return visit


def _row(session: Session, actor: Actor, form: VisitForm, at: datetime, now: datetime) -> Visit:
    area, lon, lat = _grid_at(session, form.lon, form.lat, form.area_id, local_date(at))
    require_inside(actor, area.path)
    note = clean_line(form.note, "visit_note", NOTE_LENGTH, required=False)
    check_note(note)
    return Visit(
        kind=VisitKind(form.kind).value, at=at, lon=lon, lat=lat, area_id=area.id, person_id=actor.person_id, note=note,
        withdrawn=False, created_by=actor.user_id or None, created_at=now,
    )  # fmt: skip


def _grid_at(
    session: Session, lon: float | None, lat: float | None, area_id: int | None, day: date
) -> tuple[AreaVersion, float | None, float | None]:
    """The grid or finer area that held a place on a day. Raises VisitOutside and what ``place_of`` raises."""
    place = place_of(session, lon, lat, area_id, day)
    if place.area is None:
        raise VisitOutside()
    profile = current_profile()
    if get_area_row(session, place.area.id).level in profile.level_keys[: profile.grid_depth]:
        raise VisitOutside()
    return place.area, place.lon, place.lat


def _settle_day(session: Session, actor: Actor, visit: Visit, now: datetime) -> None:
    if visit.person_id is not None:
        settle_day_out(session, actor, visit.person_id, local_date(visit.at), now)


def find_place(
    actor: Actor, lon: float | None, lat: float | None, area_id: int | None, now: datetime | None = None
) -> VisitPlace:
    """The grid that a form would be counted for, before it is sent. Raises what ``log_visit`` raises for its place."""
    require(actor, Permission.VISIT_LOG)
    with reading(EVERYWHERE) as session:
        area, _, _ = _grid_at(session, lon, lat, area_id, local_date(now or utc_now()))
        require_inside(actor, area.path)
        return _named(session, [get_area_row(session, area.id)])[0]


def list_own_grids(actor: Actor, now: datetime | None = None) -> list[VisitPlace]:
    """The grids that are the actor's: that of the account, else those looked after today within its scope."""
    require(actor, Permission.VISIT_LOG)
    level, day = current_profile().grid_level.value, local_date(now or utc_now())
    with reading(EVERYWHERE) as session:
        ids = [actor.area_id] if actor.area_id is not None else []
        if actor.person_id is not None:
            ids += [held.area for held in list_held_by_person(session, actor.person_id) if held.span.holds(day)]
        found = list_areas_by_id(session, ids)
        own = [found[key] for key in dict.fromkeys(ids) if key in found]
        return _named(session, [row for row in own if row.level == level and covers(actor, row.path)])


def _named(session: Session, areas: Sequence[AreaRow]) -> list[VisitPlace]:
    above = list_areas_by_id(session, {row.parent_id for row in areas if row.parent_id})
    return [VisitPlace(row.id, row.name, above[row.parent_id].name if row.parent_id in above else "") for row in areas]


def list_own_visits(actor: Actor) -> list[VisitRow]:
    """One's own visits and patrols that count, the newest first; at most 30."""
    require(actor, Permission.VISIT_LOG)
    with reading(actor.scope) as session:
        return rows.list_visits(session, by_user=actor.user_id, limit=OWN_ROWS)


def get_visit_photo(actor: Actor, photo_id: int) -> tuple[bytes, str]:
    """JPEG bytes of a picture in the actor's scope, and a tag that names the content. Raises NotFound."""
    require(actor, Permission.VISIT_LOG)
    with reading(actor.scope) as session:
        photo = get_photo(session, VisitPhoto, photo_id)
    return photo.content, photo.sha256
