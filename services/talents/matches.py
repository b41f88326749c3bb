"""Who could meet a need, with reasons; a person decides whom to ask, and the one asked answers (feature E6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.models import TalentAsk, TalentNeed
from db.queries import talent_needs as rows
from db.queries.audit import add_audit_entry
from db.queries.consents import hold_consent
from db.queries.talent_needs import AskRow, NeedRow
from db.queries.talents import TalentFilter, TalentRow, list_talents
from db.session import reading, transaction
from domain.clock import utc_now
from domain.errors import NotFound, StaleRecord
from domain.permissions import Actor, Permission, require
from domain.talents import (
    AskAnswered,
    AskState,
    Candidate,
    LeftOut,
    Match,
    MatchReason,
    NeedNotOpen,
    NeedState,
    NotSuggested,
    SomebodyAsked,
    Wanted,
    match,
)
from services.shop.members import own_person
from services.system.installations import current_profile
from services.talents.consents import POOL
from services.talents.own import keys_of
from services.talents.pool import TalentView, talent_view

MOST_SUGGESTED, MOST_OWN_ASKS = 6, 50
ASKED_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class Suggestion:
    """Somebody who may be asked for a need, and why."""

    talent: TalentView
    reasons: tuple[MatchReason, ...]


@dataclass(frozen=True)
class Suggestions:
    """Whom to ask, at most MOST_SUGGESTED of ``found``, and how many with the skill are left out for what."""

    suggestions: list[Suggestion]
    found: int
    left_out: dict[LeftOut, int]


@dataclass(frozen=True)
class OwnAsk(AskRow):
    """A question to the actor; ``may_answer``: it waits, and its time has not passed."""

    may_answer: bool


def suggest_talents(actor: Actor, need_id: int, now: datetime | None = None) -> Suggestions:
    """Whom of the scope to ask for a need; few statements whatever the size of the pool. Raises NotFound."""
    require(actor, Permission.TALENT_ASK)
    now = now or utc_now()
    with reading(actor.scope) as session:
        need = rows.get_need_row(session, need_id)
        talents = list_talents(session, TalentFilter(skill=need.skill))
        matches, left_out = _matches(session, need, talents, now)
    by_id = {row.person_id: row for row in talents}
    chosen = [Suggestion(talent_view(by_id[one.person_id]), one.reasons) for one in matches[:MOST_SUGGESTED]]
    return Suggestions(chosen, len(matches), dict(left_out))


def _matches(
    session: Session, need: NeedRow, talents: list[TalentRow], now: datetime
) -> tuple[list[Match], dict[LeftOut, int]]:
    busy = rows.list_busy_people(session, need.starts_at, need.until, need.activity_id)
    asks, asked = rows.count_asks_by_person(session, now - ASKED_WITHIN), rows.list_asked_people(session, need.id)
    candidates = [
        Candidate(
            row.person_id, row.area_path or "", keys_of(row.times), row.person_id in busy,
            asks.get(row.person_id, 0), row.person_id in asked,
        )
        for row in talents
    ]  # fmt: skip
    most = current_profile().thresholds.talent_asks.value
    return match(candidates, Wanted(need.area_path or "", need.starts_at, most))


def ask_talent(actor: Actor, need_id: int, version: int, person_id: int, now: datetime | None = None) -> int:
    """Ask somebody who is suggested for a need whose ``version`` the page showed; returns the question's id.

    The suggestion with its reasons and who confirmed it are kept. Raises StaleRecord, NeedNotOpen, SomebodyAsked,
    NotSuggested, NotFound.
    """
    require(actor, Permission.TALENT_ASK)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        hold_consent(session, person_id, POOL)
        need = rows.get_need(session, need_id)
        row = _open_row(session, need, version, now)
        talents = list_talents(session, TalentFilter(skill=row.skill))
        found = next((one for one in _matches(session, row, talents, now)[0] if one.person_id == person_id), None)
        if found is None:
            raise NotSuggested()
        ask = TalentAsk(
            need_id=need_id, person_id=person_id, state=AskState.WAITING.value, reasons=",".join(found.reasons),
            asked_by=actor.user_id or None, asked_at=now,
        )  # fmt: skip
        rows.touch(need)
        session.add(ask)
        session.flush()
        add_audit_entry(session, actor.user_id, "talent.ask", "talent_need", now, need_id, f"{person_id} {ask.reasons}")
        return ask.id


def _open_row(session: Session, need: TalentNeed, version: int, now: datetime) -> NeedRow:
    row = rows.get_need_row(session, need.id)
    _check_open(row, now)
    if row.ask_id is not None:
        raise SomebodyAsked()
    if need.version != version:
        raise StaleRecord()
    return row


def _check_open(row: NeedRow, now: datetime) -> None:
    if row.state != NeedState.OPEN.value or row.is_cancelled or row.until <= now:
        raise NeedNotOpen()


def take_back_ask(actor: Actor, ask_id: int, version: int, now: datetime | None = None) -> None:
    """The question need not be answered any more. Raises AskAnswered, StaleRecord, NotFound."""
    require(actor, Permission.TALENT_ASK)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        ask, need = rows.get_ask(session, ask_id)
        _check_waits(ask, version)
        ask.state, ask.answered_at = AskState.TAKEN_BACK.value, now
        rows.touch(need)
        add_audit_entry(session, actor.user_id, "talent.take_back", "talent_need", now, ask.need_id)


def _check_waits(ask: TalentAsk, version: int) -> None:
    if ask.state != AskState.WAITING.value:
        raise AskAnswered()
    if ask.version != version:
        raise StaleRecord()


def list_own_asks(actor: Actor, now: datetime | None = None) -> list[OwnAsk]:
    """What the actor was asked, what waits first; empty for an account without a person."""
    require(actor, Permission.TALENT_OWN)
    now = now or utc_now()
    if actor.person_id is None:
        return []
    with reading(actor.scope) as session:
        found = rows.list_asks_of_person(session, actor.person_id, MOST_OWN_ASKS)
    return [OwnAsk(**vars(row), may_answer=row.state == AskState.WAITING.value and row.until > now) for row in found]


def count_own_asks(actor: Actor, now: datetime | None = None) -> int:
    """How many questions wait for the actor's answer; one statement, none for an account without a person."""
    require(actor, Permission.TALENT_OWN)
    if actor.person_id is None:
        return 0
    with reading(actor.scope) as session:
        return rows.count_waiting_asks(session, actor.person_id, now or utc_now())


def answer_ask(actor: Actor, ask_id: int, version: int, accept: bool, now: datetime | None = None) -> None:
    """The actor says yes, and the need is met, or no, and somebody else can be asked.

    Raises AskAnswered, NeedNotOpen once its time has passed, StaleRecord, NotFound for a question to somebody else.
    """
    require(actor, Permission.TALENT_OWN)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        ask, need = rows.get_ask(session, ask_id)
        if ask.person_id != own_person(actor):
            raise NotFound(subject="ask")
        _check_waits(ask, version)
        _check_open(rows.get_need_row(session, need.id), now)
        ask.state = AskState.ACCEPTED.value if accept else AskState.DECLINED.value
        ask.answered_at = now
        rows.touch(need)
        if accept:
            need.state = NeedState.MET.value
        add_audit_entry(session, actor.user_id, f"talent.{ask.state}", "talent_need", now, need.id)
