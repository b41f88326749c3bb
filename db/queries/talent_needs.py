"""Needs for skills, and who of the talent pool is asked for them; nobody is named who left the pool."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, and_, case, func, select, union, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from db.models import Activity, Area, Attendance, Person, Station, TalentAsk, TalentNeed, User, Volunteer
from db.queries.consents import has_consented
from domain.consents import ConsentPurpose
from domain.errors import NotFound
from domain.talents import AskState, NeedState

_STANDING = (AskState.WAITING.value, AskState.ACCEPTED.value)
_STARTS = func.coalesce(Activity.starts_at, TalentNeed.starts_at)
_UNTIL = func.coalesce(Activity.ends_at, TalentNeed.until)


@dataclass(frozen=True)
class NeedRow:
    """A need with names. ``asked`` is who is asked, or accepted; None for nobody, or somebody who left the pool."""

    id: int
    skill: str
    text: str
    area_id: int | None
    area: str | None
    area_path: str | None
    activity_id: int | None
    activity: str | None
    station: str | None
    starts_at: datetime
    until: datetime
    state: str
    created_by: str | None
    version: int
    ask_id: int | None
    ask_state: str | None
    ask_version: int | None
    asked: str | None
    asked_by: str | None
    asked_at: datetime | None
    reasons: str | None
    declined: int
    is_cancelled: bool


@dataclass(frozen=True)
class AskRow:
    """A question to somebody, as that person reads it."""

    id: int
    state: str
    version: int
    asked_at: datetime
    asked_by: str | None
    reasons: str
    skill: str
    text: str
    area: str | None
    activity: str | None
    station: str | None
    starts_at: datetime
    until: datetime
    answered_at: datetime | None


def list_needs(session: Session, states: tuple[str, ...], limit: int) -> list[NeedRow]:
    """Needs of the scope in some states: what begins first stands first."""
    statement = _needs().where(TalentNeed.state.in_(states)).order_by(_STARTS, TalentNeed.id)
    return [_row(row) for row in session.execute(statement.limit(limit))]


def get_need_row(session: Session, need_id: int) -> NeedRow:
    """One need, or NotFound."""
    found = session.execute(_needs().where(TalentNeed.id == need_id)).first()
    if found is None:
        raise NotFound(subject="need")
    return _row(found)


def get_need(session: Session, need_id: int) -> TalentNeed:
    """The need for changing, locked until the end of the transaction; or NotFound."""
    found = session.get(TalentNeed, need_id, with_for_update=True)
    if found is None:
        raise NotFound(subject="need")
    return found


def get_ask(session: Session, ask_id: int) -> tuple[TalentAsk, TalentNeed]:
    """The question for changing with its need, which is locked first; or NotFound."""
    need_id = session.scalar(select(TalentAsk.need_id).where(TalentAsk.id == ask_id))
    if need_id is None:
        raise NotFound(subject="ask")
    need = get_need(session, need_id)
    return session.get_one(TalentAsk, ask_id), need


def touch(need: TalentNeed) -> None:
    """Give a need a new version: who looked at it before is told."""
    flag_modified(need, "state")


def _row(row: Any) -> NeedRow:
    values = [*row[:-1], row[-1] is not None]
    return NeedRow(*values)


def _needs() -> Any:
    asks = TalentAsk.__table__.alias()
    declined = (
        select(func.count()).select_from(asks)
        .where(asks.c.need_id == TalentNeed.id, asks.c.state == AskState.DECLINED.value).scalar_subquery()
    )  # fmt: skip
    maker, asker = User.__table__.alias("maker"), User.__table__.alias("asker")
    shown = case((has_consented(Person.id, ConsentPurpose.TALENT_POOL.value), Person.name))
    columns = (
        TalentNeed.id, TalentNeed.skill, TalentNeed.text, TalentNeed.area_id, Area.name, Area.path,
        TalentNeed.activity_id, Activity.title, Station.name, _STARTS, _UNTIL, TalentNeed.state, maker.c.name,
        TalentNeed.version, TalentAsk.id, TalentAsk.state, TalentAsk.version, shown, asker.c.name, TalentAsk.asked_at,
        TalentAsk.reasons, declined, Activity.cancelled_at,
    )  # fmt: skip
    return (
        select(*columns)
        .select_from(TalentNeed)
        .outerjoin(Area, Area.id == TalentNeed.area_id)
        .outerjoin(Activity, Activity.id == TalentNeed.activity_id)
        .outerjoin(Station, Station.id == TalentNeed.station_id)
        .outerjoin(TalentAsk, and_(TalentAsk.need_id == TalentNeed.id, TalentAsk.state.in_(_STANDING)))
        .outerjoin(Person, Person.id == TalentAsk.person_id)
        .outerjoin(maker, maker.c.id == TalentNeed.created_by)
        .outerjoin(asker, asker.c.id == TalentAsk.asked_by)
    )


def list_asks_of_person(session: Session, person_id: int, limit: int) -> list[AskRow]:
    """What somebody was asked, what waits first, then the newest."""
    statement: Any = (
        select(
            TalentAsk.id, TalentAsk.state, TalentAsk.version, TalentAsk.asked_at, User.name, TalentAsk.reasons,
            TalentNeed.skill, TalentNeed.text, Area.name, Activity.title, Station.name, _STARTS, _UNTIL,
            TalentAsk.answered_at,
        )
        .join(TalentNeed, TalentNeed.id == TalentAsk.need_id)
        .outerjoin(Area, Area.id == TalentNeed.area_id)
        .outerjoin(Activity, Activity.id == TalentNeed.activity_id)
        .outerjoin(Station, Station.id == TalentNeed.station_id)
        .outerjoin(User, User.id == TalentAsk.asked_by)
        .where(TalentAsk.person_id == person_id)
        .order_by(TalentAsk.state != AskState.WAITING.value, TalentAsk.asked_at.desc(), TalentAsk.id.desc())
    )  # fmt: skip
    return [AskRow(*row) for row in session.execute(statement.limit(limit))]


def list_asked_people(session: Session, need_id: int) -> set[int]:
    """Who was asked for a need, whatever came of it."""
    return set(session.scalars(select(TalentAsk.person_id).where(TalentAsk.need_id == need_id)))


def count_asks_by_person(session: Session, since: datetime) -> dict[int, int]:
    """Person → questions since a moment, in every area: who is asked often is asked often."""
    asks = TalentAsk.__table__.c
    rows = session.execute(
        select(asks.person_id, func.count()).where(asks.asked_at >= since, asks.state != AskState.TAKEN_BACK.value)
        .group_by(asks.person_id)
    )  # fmt: skip
    return {person: count for person, count in rows}


def count_waiting_asks(session: Session, person_id: int, now: datetime) -> int:
    """How many questions wait for somebody's answer whose time has not passed."""
    statement = (
        select(func.count(TalentAsk.id))
        .join(TalentNeed, TalentNeed.id == TalentAsk.need_id)
        .outerjoin(Activity, Activity.id == TalentNeed.activity_id)
        .where(TalentAsk.person_id == person_id, TalentAsk.state == AskState.WAITING.value, now < _UNTIL)
    )
    return session.scalar(statement) or 0


def list_busy_people(session: Session, starts_at: datetime, until: datetime, but_activity: int | None) -> set[int]:
    """Who has a place at another activity in that time, or said yes to another need; in every area."""
    activities, attendances, volunteers = Activity.__table__.c, Attendance.__table__.c, Volunteer.__table__.c
    asks, needs = TalentAsk.__table__.c, TalentNeed.__table__.c
    at_activities = select(volunteers.person_id).where(
        attendances.volunteer_id == volunteers.id, attendances.activity_id == activities.id,
        attendances.cancelled_at.is_(None), activities.cancelled_at.is_(None),
        activities.starts_at < until, activities.ends_at > starts_at,
        activities.id != (but_activity or 0),
    )  # fmt: skip
    promised = select(asks.person_id).where(
        asks.need_id == needs.id, asks.state == AskState.ACCEPTED.value, needs.starts_at < until,
        needs.until > starts_at,
    )  # fmt: skip
    return set(session.scalars(union(at_activities, promised)))


def lapse_asks_of_person(session: Session, person_id: int, now: datetime) -> int:
    """Let everything that somebody is asked, or promised for a time to come, lapse; their needs are open again.

    In every area: who leaves the pool leaves it everywhere. Returns how many questions.
    """
    asks, needs = cast(Table, TalentAsk.__table__), cast(Table, TalentNeed.__table__)
    coming = select(needs.c.id).where(needs.c.until > now)
    standing = (asks.c.person_id == person_id, asks.c.state.in_(_STANDING), asks.c.need_id.in_(coming))
    met = select(asks.c.need_id).where(*standing)
    session.execute(
        update(needs).where(needs.c.id.in_(met), needs.c.state == NeedState.MET.value)
        .values(state=NeedState.OPEN.value, version=needs.c.version + 1, updated_at=now)
    )  # fmt: skip
    lapsed = update(asks).where(*standing)
    values = {"state": AskState.LAPSED.value, "answered_at": now, "version": asks.c.version + 1, "updated_at": now}
    return session.execute(lapsed.values(values)).rowcount  # type: ignore[attr-defined, no-any-return]


def list_need_faults(session: Session) -> list[str]:
    """Needs that are met without one who accepted, or the other way round."""
    accepted = (
        select(TalentAsk.need_id).where(TalentAsk.state == AskState.ACCEPTED.value).subquery()
    )  # fmt: skip
    rows = session.execute(
        select(TalentNeed.id, TalentNeed.state, accepted.c.need_id)
        .outerjoin(accepted, accepted.c.need_id == TalentNeed.id)
        .where((TalentNeed.state == NeedState.MET.value) != (accepted.c.need_id.is_not(None)))
    )
    return [f"need {row[0]} is {row[1]}, accepted: {'yes' if row[2] else 'no'}" for row in rows][:20]
