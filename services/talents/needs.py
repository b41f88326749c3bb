"""Needs: a skill that is wanted at a place and time by an activity, a station or an area (feature E6)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.models import TalentNeed
from db.queries import talent_needs as rows
from db.queries.activities import get_activity
from db.queries.areas import get_area
from db.queries.audit import add_audit_entry
from db.queries.locks import AREAS, share
from db.queries.receipts import add_receipt, find_receipt
from db.queries.stations import get_station
from db.queries.talent_needs import NeedRow
from db.session import reading, transaction
from domain.assignments import Span, check_within
from domain.clock import local_date, utc_now
from domain.errors import StaleRecord
from domain.names import surname_of
from domain.permissions import Actor, Permission, require
from domain.talents import AskState, InvalidNeedTimes, NeedNotOpen, NeedPlaceMissing, NeedState
from domain.texts import clean_line
from services.accounts.scopes import require_inside
from services.system.installations import current_profile

MOST_NEEDS = 200


@dataclass(frozen=True)
class NeedForm:
    """What is wanted: a skill of the profile, words, one of activity, station and area; times but for an activity."""

    skill: str
    text: str
    activity_id: int | None = None
    station_id: int | None = None
    area_id: int | None = None
    starts_at: datetime | None = None
    until: datetime | None = None
    form_key: str = ""


@dataclass(frozen=True)
class NeedView(NeedRow):
    """A need; ``asked`` is a surname. ``is_over``: its time has passed, or its activity was cancelled."""

    is_over: bool


def list_needs(actor: Actor, states: tuple[NeedState, ...], now: datetime | None = None) -> list[NeedView]:
    """The needs of the scope in some states, at most MOST_NEEDS, what begins first stands first; one statement."""
    require(actor, Permission.TALENT_SEE)
    now = now or utc_now()
    with reading(actor.scope) as session:
        found = rows.list_needs(session, tuple(state.value for state in states), MOST_NEEDS)
    return [need_view(row, now) for row in found]


def get_need(actor: Actor, need_id: int, now: datetime | None = None) -> NeedView:
    """One need of the scope. Raises NotFound."""
    require(actor, Permission.TALENT_SEE)
    with reading(actor.scope) as session:
        return need_view(rows.get_need_row(session, need_id), now or utc_now())


def need_view(row: NeedRow, now: datetime) -> NeedView:
    """A row as it is shown: a surname alone, "" for nobody who may be named."""
    shown = vars(row) | {"asked": surname_of(row.asked) if row.asked else ""}
    return NeedView(**shown, is_over=row.is_cancelled or row.until <= now)


def add_need(actor: Actor, form: NeedForm, now: datetime | None = None) -> int:
    """Record a need; returns its id, the same for the same form sent twice.

    Raises NeedPlaceMissing, InvalidNeedTimes, AreaNotValidThen, InvalidText, NotFound, PermissionDenied outside the
    scope.
    """
    require(actor, Permission.TALENT_ASK)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        share(session, AREAS)
        known = find_receipt(session, actor.user_id, "talent_need", form.form_key)
        if known is not None:
            return known
        need = _need(session, actor, form, now)
        session.add(need)
        session.flush()
        add_receipt(session, actor.user_id, "talent_need", form.form_key, need.id, now)
        add_audit_entry(session, actor.user_id, "talent.need", "talent_need", now, need.id, need.skill)
        return need.id


def _need(session: Session, actor: Actor, form: NeedForm, now: datetime) -> TalentNeed:
    skill, text = current_profile().skill(form.skill).key, clean_line(form.text, "need_text", 200)
    area_id, starts_at, until = _place(session, form)
    area = get_area(session, area_id) if area_id else None
    require_inside(actor, area.path if area else None)
    if starts_at is None or until is None or until <= starts_at or until <= now:
        raise InvalidNeedTimes()
    if area:
        check_within(Span(local_date(until)), area.valid_from, area.valid_to)
    return TalentNeed(
        skill=skill, text=text, area_id=area_id, activity_id=form.activity_id, station_id=form.station_id,
        starts_at=starts_at, until=until, state=NeedState.OPEN.value, created_by=actor.user_id or None, created_at=now,
    )  # fmt: skip


def _place(session: Session, form: NeedForm) -> tuple[int | None, datetime | None, datetime | None]:
    """The area and the times; an activity brings its own."""
    if sum(place is not None for place in (form.activity_id, form.station_id, form.area_id)) != 1:
        raise NeedPlaceMissing()
    if form.activity_id is not None:
        activity = get_activity(session, form.activity_id)
        if activity.cancelled_at is not None:
            raise NeedNotOpen()
        return activity.area_id, activity.starts_at, activity.ends_at
    area = get_station(session, form.station_id).area_id if form.station_id is not None else form.area_id
    return area, form.starts_at, form.until


def withdraw_need(actor: Actor, need_id: int, version: int, now: datetime | None = None) -> None:
    """The skill is not needed any more; who is asked need not answer. Raises StaleRecord, NeedNotOpen, NotFound."""
    require(actor, Permission.TALENT_ASK)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        need = rows.get_need(session, need_id)
        if need.version != version:
            raise StaleRecord()
        if need.state != NeedState.OPEN.value:
            raise NeedNotOpen()
        need.state = NeedState.WITHDRAWN.value
        row = rows.get_need_row(session, need_id)
        if row.ask_id is not None:
            ask, _ = rows.get_ask(session, row.ask_id)
            ask.state, ask.answered_at = AskState.LAPSED.value, now
        add_audit_entry(session, actor.user_id, "talent.need_withdraw", "talent_need", now, need_id)
