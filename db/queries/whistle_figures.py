"""Sums over whistles and the answers of departments: how many, how fast, how rated; and the cases behind."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import Session

from db.models import Area, Incident, User, Whistle, WhistleAnswer
from db.queries.conditions import Window, seconds_between
from domain.whistles import AnswerPart


@dataclass(frozen=True)
class AnswerSums:
    """What a department did about the whistles of a period.

    ``due``: answers that should be there by the end of the period: those that came, and those awaited past their
    deadline. ``seconds``: from the whistle to the report-in, over those that came.
    """

    department_id: int
    department: str
    called: int
    waived: int
    came: int
    in_time: int
    due: int
    seconds: float
    rated: int
    ratings: int


@dataclass(frozen=True)
class WhistledCase:
    """A case behind a figure."""

    id: int
    number: str
    title: str
    area_name: str | None
    status: str
    blown_at: datetime


def _blown(window: Window) -> ColumnElement[bool]:
    return and_(Whistle.blown_at >= window.start, Whistle.blown_at < window.until)


def count_whistles_by_area(session: Session, window: Window) -> dict[int | None, int]:
    """Finest area of the case → whistles blown in a period."""
    statement = (
        select(Incident.area_id, func.count(Whistle.id))
        .select_from(Whistle)
        .join(Incident, Incident.id == Whistle.incident_id)
        .where(_blown(window))
        .group_by(Incident.area_id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def sum_answers(session: Session, window: Window) -> list[AnswerSums]:
    """The answers to the whistles of a period by department, by name."""
    answer, parts = WhistleAnswer, _parts()
    came = parts[AnswerPart.CAME]
    late_awaited = and_(answer.reported_at.is_(None), answer.waived_at.is_(None), answer.due_at < window.until)
    columns = (
        func.count(answer.id).label("called"), _count(parts[AnswerPart.WAIVED]).label("waived"),
        _count(came).label("came"),
        _count(parts[AnswerPart.IN_TIME]).label("in_time"), _count(or_(came, late_awaited)).label("due"),
        func.sum(case((came, seconds_between(Whistle.blown_at, answer.reported_at)))).label("seconds"),
        func.count(answer.rating).label("rated"), func.sum(answer.rating).label("ratings"),
    )  # fmt: skip
    statement = (
        select(User.id.label("department_id"), User.name.label("department"), *columns)
        .select_from(answer)
        .join(Whistle, Whistle.id == answer.whistle_id)
        .join(User, User.id == answer.department_id)
        .where(_blown(window))
        .group_by(User.id, User.name)
        .order_by(User.name, User.id)
    )
    return [
        AnswerSums(**dict(row._mapping) | {"seconds": float(row.seconds or 0), "ratings": int(row.ratings or 0)})
        for row in session.execute(statement)
    ]


def _parts() -> dict[AnswerPart, ColumnElement[bool]]:
    """The answers that each figure counts, and the list behind it holds."""
    answer = WhistleAnswer
    return {
        AnswerPart.CALLED: true(),
        AnswerPart.WAIVED: answer.waived_at.is_not(None),
        AnswerPart.IN_TIME: answer.reported_at <= answer.due_at,
        AnswerPart.CAME: answer.reported_at.is_not(None),
        AnswerPart.RATED: answer.rating.is_not(None),
    }


def _count(which: ColumnElement[bool]) -> Any:
    return func.count(case((which, 1)))


def list_whistled_cases(
    session: Session, window: Window, area_path: str | None, department_id: int | None, limit: int,
    part: AnswerPart = AnswerPart.CALLED,
) -> list[WhistledCase]:  # fmt: skip
    """Cases whistled for in a period, the newest whistle first: below an area, or with an answer of a department,
    of which ``part`` says more.
    """
    which = [_blown(window)]
    if area_path is not None:
        which.append(Area.path.startswith(area_path))
    if department_id is not None:
        answered = (WhistleAnswer.department_id == department_id, _parts()[part])
        own = select(WhistleAnswer.whistle_id).where(*answered)
        which.append(Whistle.id.in_(own))
    statement = (
        select(Incident.id, Incident.number, Incident.title, Area.name, Incident.status, Whistle.blown_at)
        .select_from(Whistle)
        .join(Incident, Incident.id == Whistle.incident_id)
        .outerjoin(Area, Area.id == Incident.area_id)
        .where(*which)
        .order_by(Whistle.blown_at.desc(), Whistle.id.desc())
        .limit(limit)
    )
    return [WhistledCase(*row) for row in session.execute(statement)]
