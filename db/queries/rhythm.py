"""Rhythm: how many activities each area and team had, and what the records say of who took part (feature E5)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from db.models import Activity, Area, Attendance, PledgeEvidence, PledgeMark, Team, Volunteer
from db.queries.attendances import counted


@dataclass(frozen=True)
class Held:
    """How many activities an area (its path) or a team had in a period: over by then, and still to come."""

    area_path: str | None
    team_id: int | None
    over: int
    ahead: int


@dataclass(frozen=True)
class Part:
    """One volunteer's records of a period. ``home``: the path of the area that the volunteer belongs to."""

    volunteer_id: int
    home: str | None
    team_id: int | None
    hobby_times: int
    minutes: int
    governing_times: int


def list_held(session: Session, start: datetime, end: datetime, now: datetime) -> list[Held]:
    """Activities that begin in [start, end) and are not cancelled, by area and team."""
    over = func.sum(case((Activity.ends_at <= now, 1), else_=0))
    statement = (
        select(Area.path, Activity.team_id, over, func.count(Activity.id) - over)
        .outerjoin(Area, Area.id == Activity.area_id)
        .where(Activity.starts_at >= start, Activity.starts_at < end, Activity.cancelled_at.is_(None))
        .group_by(Area.path, Activity.team_id)
    )
    return [Held(path, team, int(done), int(ahead)) for path, team, done, ahead in session.execute(statement)]


def list_parts(
    session: Session, start: datetime, end: datetime, hobby: Collection[str], governing: Collection[str]
) -> list[Part]:
    """Every volunteer with attendances that count in [start, end): times at such kinds, and minutes."""
    statement = (
        select(
            Volunteer.id, Area.path, Volunteer.team_id,
            func.sum(case((Activity.kind.in_(hobby), 1), else_=0)),
            func.sum(Attendance.minutes),
            func.sum(case((Activity.kind.in_(governing), 1), else_=0)),
        )
        .join(Attendance, Attendance.volunteer_id == Volunteer.id)
        .join(Activity, Activity.id == Attendance.activity_id)
        .outerjoin(Area, Area.id == Volunteer.area_id)
        .where(*counted(start, end))
        .group_by(Volunteer.id, Area.path, Volunteer.team_id)
    )  # fmt: skip
    return [Part(row[0], row[1], row[2], *(int(value or 0) for value in row[3:])) for row in session.execute(statement)]


def list_pledge_services(session: Session, first: date, after: date) -> list[tuple[int, str | None, int | None, int]]:
    """(volunteer, home, team, times) of those who kept a pledge in [first, after): services not withdrawn."""
    withdrawn = select(PledgeMark.evidence_id).where(PledgeMark.mark == "withdrawn")
    statement = (
        select(Volunteer.id, Area.path, Volunteer.team_id, func.count(PledgeEvidence.id))
        .join(PledgeEvidence, PledgeEvidence.person_id == Volunteer.person_id)
        .outerjoin(Area, Area.id == Volunteer.area_id)
        .where(
            PledgeEvidence.happened_on >= first,
            PledgeEvidence.happened_on < after,
            PledgeEvidence.id.not_in(withdrawn),
        )
        .group_by(Volunteer.id, Area.path, Volunteer.team_id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(statement)]


def list_teams_at_work(session: Session) -> list[tuple[int, str]]:
    """(id, name) of the teams; a brigade above others is none of them."""
    above = select(Team.parent_id).where(Team.parent_id.is_not(None))
    statement = select(Team.id, Team.name).where(Team.id.not_in(above)).order_by(Team.id)
    return [(number, name) for number, name in session.execute(statement)]


@dataclass(frozen=True)
class TakenPart:
    """An activity and how many volunteers of a unit it counts; ``minutes`` of them together."""

    activity_id: int
    title: str
    kind: str
    starts_at: datetime
    people: int
    minutes: int


def list_taken_part(
    session: Session, start: datetime, end: datetime, volunteers: Collection[int], kinds: Collection[str] | None,
    limit: int = 100,
) -> list[TakenPart]:  # fmt: skip
    """Activities in [start, end) with attendances of these volunteers that count, newest first; of some kinds."""
    statement = (
        select(
            Activity.id, Activity.title, Activity.kind, Activity.starts_at, func.count(Attendance.id),
            func.sum(Attendance.minutes),
        )
        .join(Attendance, Attendance.activity_id == Activity.id)
        .where(*counted(start, end), Attendance.volunteer_id.in_(volunteers))
        .group_by(Activity.id, Activity.title, Activity.kind, Activity.starts_at)
    )  # fmt: skip
    if kinds is not None:
        statement = statement.where(Activity.kind.in_(kinds))
    statement = statement.order_by(Activity.starts_at.desc(), Activity.id.desc()).limit(limit)
    return [TakenPart(*row[:5], int(row[5] or 0)) for row in session.execute(statement)]


def list_beginnings(session: Session, start: datetime, end: datetime) -> list[tuple[datetime, str]]:
    """(beginning, kind) of every activity that begins in [start, end) and is not cancelled."""
    statement = select(Activity.starts_at, Activity.kind).where(
        Activity.starts_at >= start, Activity.starts_at < end, Activity.cancelled_at.is_(None)
    )
    return [(starts_at, kind) for starts_at, kind in session.execute(statement)]
