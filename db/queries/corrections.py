"""Corrections of attendances, with who asked and who answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from db.models import Activity, Attendance, Person, User, Volunteer
from db.models.corrections import AttendanceCorrection, AttendanceCorrectionAnswer
from db.queries.attendances import visible_attendances
from domain.errors import NotFound
from domain.permissions import Scope


@dataclass(frozen=True)
class CorrectionRow:
    """One correction; times after None = nobody was there, ``is_confirmed`` None = it waits for a second person."""

    id: int
    attendance_id: int
    person_id: int
    name: str
    activity: str
    starts_at: datetime
    came_before: datetime
    left_before: datetime
    minutes_before: int
    came_after: datetime | None
    left_after: datetime | None
    minutes_after: int | None
    reason: str
    asked_by: int | None
    asked_by_name: str | None
    asked_at: datetime
    is_confirmed: bool | None
    answered_by_name: str | None
    answered_at: datetime | None
    note: str | None


@dataclass(frozen=True)
class CorrectedRow:
    """What a confirmed correction says, and what the attendance says; in the order of the corrections."""

    attendance_id: int
    before: tuple[datetime | None, datetime | None, int | None]
    after: tuple[datetime | None, datetime | None, int | None]
    now: tuple[datetime | None, datetime | None, int | None]


def get_correction(session: Session, correction_id: int, scope: Scope) -> CorrectionRow:
    """The correction, or NotFound, outside the scope as well."""
    row = session.execute(_rows().where(AttendanceCorrection.id == correction_id, visible_attendances(scope))).first()
    if row is None:
        raise NotFound(subject="attendance")
    return CorrectionRow(*row)


def list_corrections(session: Session, attendance_id: int, scope: Scope) -> list[CorrectionRow]:
    """Those of an attendance, oldest first."""
    statement = _rows().where(AttendanceCorrection.attendance_id == attendance_id, visible_attendances(scope))
    return [CorrectionRow(*row) for row in session.execute(statement.order_by(AttendanceCorrection.id))]


def list_corrections_of_person(session: Session, person_id: int, limit: int = 100) -> list[CorrectionRow]:
    """Those of a person's attendances, newest first."""
    statement = _rows().where(Volunteer.person_id == person_id).order_by(AttendanceCorrection.id.desc())
    return [CorrectionRow(*row) for row in session.execute(statement.limit(limit))]


def list_waiting_corrections(session: Session, scope: Scope, limit: int = 100) -> list[CorrectionRow]:
    """Those that wait for a second person, oldest first."""
    statement = _rows().where(AttendanceCorrectionAnswer.correction_id.is_(None), visible_attendances(scope))
    return [CorrectionRow(*row) for row in session.execute(statement.order_by(AttendanceCorrection.id).limit(limit))]


def is_correction_waiting(session: Session, attendance_id: int) -> bool:
    """Whether a correction of the attendance waits for its second person."""
    answered = select(AttendanceCorrectionAnswer.correction_id)
    statement = select(func.count(AttendanceCorrection.id)).where(
        AttendanceCorrection.attendance_id == attendance_id, AttendanceCorrection.id.not_in(answered)
    )
    return bool(session.scalar(statement))


def list_corrected(session: Session) -> list[CorrectedRow]:
    """Every confirmed correction beside its attendance, by attendance and in order."""
    made = AttendanceCorrection
    statement = (
        select(
            made.attendance_id, made.came_before, made.left_before, made.minutes_before, made.came_after,
            made.left_after, made.minutes_after, Attendance.checked_in_at, Attendance.checked_out_at,
            Attendance.minutes,
        )
        .join(AttendanceCorrectionAnswer, AttendanceCorrectionAnswer.correction_id == made.id)
        .join(Attendance, Attendance.id == made.attendance_id)
        .where(AttendanceCorrectionAnswer.is_confirmed)
        .order_by(made.attendance_id, made.id)
    )  # fmt: skip
    return [CorrectedRow(row[0], row[1:4], row[4:7], row[7:10]) for row in map(tuple, session.execute(statement))]


def _rows() -> Any:
    made, answer = AttendanceCorrection, AttendanceCorrectionAnswer
    asked, answered = aliased(User), aliased(User)
    columns = (
        made.id, made.attendance_id, Volunteer.person_id, Person.name, Activity.title, Activity.starts_at,
        made.came_before, made.left_before, made.minutes_before, made.came_after, made.left_after, made.minutes_after,
        made.reason, made.asked_by, asked.name, made.asked_at, answer.is_confirmed, answered.name, answer.answered_at,
        answer.note,
    )  # fmt: skip
    return (
        select(*columns)
        .join(Attendance, Attendance.id == made.attendance_id)
        .join(Activity, Activity.id == Attendance.activity_id)
        .join(Volunteer, Volunteer.id == Attendance.volunteer_id)
        .join(Person, Person.id == Volunteer.person_id)
        .outerjoin(answer, answer.correction_id == made.id)
        .outerjoin(asked, asked.id == made.asked_by)
        .outerjoin(answered, answered.id == answer.answered_by)
    )
