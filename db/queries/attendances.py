"""Attendance: who signed up, who came, how long; each row with its source."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from db.models import (
    Activity,
    Area,
    Attendance,
    AttendanceCorrection,
    AttendanceCorrectionAnswer,
    Person,
    Team,
    User,
    Volunteer,
)
from domain.errors import NotFound
from domain.permissions import Scope


@dataclass(frozen=True)
class AttendanceRow:
    """One volunteer at one activity, with names."""

    id: int
    version: int
    activity_id: int
    activity: str
    starts_at: datetime
    ends_at: datetime
    volunteer_id: int
    person_id: int
    name: str
    team: str | None
    area: str | None
    signed_up_at: datetime | None
    cancelled_at: datetime | None
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    minutes: int | None
    source: str
    entered_by: int | None
    entered_by_name: str | None
    confirmed_by: int | None
    confirmed_by_name: str | None
    note: str
    queue_number: int | None
    moved_up_at: datetime | None
    queue_place: int  # 1 = the next to move up; 0 for who has a place
    corrections: int  # confirmed ones


def visible_attendances(scope: Scope) -> ColumnElement[bool]:
    """The filter of a scope, for statements that name people of other areas at an activity of one's own."""
    return true() if scope.everywhere else Attendance.visible_to(scope)


def find_attendance(session: Session, activity_id: int, volunteer_id: int, *, lock: bool = False) -> Attendance | None:
    """The volunteer's row at the activity, withdrawn or not."""
    statement = select(Attendance).where(Attendance.activity_id == activity_id, Attendance.volunteer_id == volunteer_id)
    return session.scalar(statement.with_for_update() if lock else statement)


def get_attendance(session: Session, attendance_id: int, scope: Scope) -> Attendance:
    """The row, locked for writing, or NotFound when it does not exist or lies outside the scope."""
    found = session.scalar(
        select(Attendance).where(Attendance.id == attendance_id, visible_attendances(scope)).with_for_update()
    )
    if found is None:
        raise NotFound(subject="attendance")
    return found


def get_attendance_row(session: Session, attendance_id: int) -> AttendanceRow:
    """The row with names, or NotFound."""
    row = session.execute(_rows().where(Attendance.id == attendance_id)).first()
    if row is None:
        raise NotFound(subject="attendance")
    return AttendanceRow(*row)


def count_taken_places(session: Session, activity_id: int) -> int:
    """How many have signed up and not withdrawn, those who wait for a place left out."""
    statement = select(func.count(Attendance.id)).where(Attendance.activity_id == activity_id, *has_place())
    return session.scalar(statement) or 0


def next_queue_number(session: Session, activity_id: int) -> int:
    """The turn of who signs up now and has to wait. Ask with the activity locked."""
    last = session.scalar(select(func.max(Attendance.queue_number)).where(Attendance.activity_id == activity_id))
    return (last or 0) + 1


def list_first_waiting(session: Session, activity_id: int, limit: int | None) -> list[Attendance]:
    """Those whose turn comes next, locked; ``limit`` None = all."""
    statement = select(Attendance).where(Attendance.activity_id == activity_id, Attendance.queue_number.is_not(None))
    return list(session.scalars(statement.order_by(Attendance.queue_number).limit(limit).with_for_update()))


def list_inside(session: Session, activity_id: int) -> list[Attendance]:
    """Those who came and have not gone, locked, in the order in which accounts of points are held."""
    statement = select(Attendance).where(Attendance.activity_id == activity_id, _inside())
    return list(session.scalars(statement.order_by(Attendance.volunteer_id).with_for_update()))


def list_inside_elsewhere(
    session: Session, volunteer_id: int, activity_id: int, now: datetime
) -> list[tuple[Attendance, str]]:
    """(row, title) of other activities that go on now and that the volunteer came to and did not leave; locked."""
    statement = (
        select(Attendance, Activity.title)
        .join(Activity, Activity.id == Attendance.activity_id)
        .where(Attendance.volunteer_id == volunteer_id, Attendance.activity_id != activity_id, _inside())
        .where(Activity.ends_at > now, Activity.cancelled_at.is_(None))
        .order_by(Attendance.id)
        .with_for_update(of=Attendance)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def _inside() -> ColumnElement[bool]:
    return Attendance.checked_in_at.is_not(None) & Attendance.checked_out_at.is_(None)


def find_overlap(
    session: Session, volunteer_id: int, activity_id: int, came_at: datetime, left_at: datetime
) -> tuple[str, datetime, datetime] | None:
    """(title, came, left) of another activity at which the volunteer was in that time, entries that wait as well."""
    statement = (
        select(Activity.title, Attendance.checked_in_at, Attendance.checked_out_at)
        .join(Activity, Activity.id == Attendance.activity_id)
        .where(Attendance.volunteer_id == volunteer_id, Attendance.activity_id != activity_id)
        .where(Attendance.cancelled_at.is_(None))
        .where(Attendance.checked_in_at < left_at, Attendance.checked_out_at > came_at)
        .order_by(Attendance.checked_in_at, Attendance.id)
    )
    row = session.execute(statement.limit(1)).first()
    return (row[0], row[1], row[2]) if row and row[1] and row[2] else None


def map_queue_places(session: Session, person_id: int, activity_ids: Collection[int]) -> dict[int, int]:
    """Activity id → the person's place on its waiting list, 1 = next, where they wait."""
    statement = (
        select(Attendance.activity_id, _queue_place())
        .join(Volunteer, Volunteer.id == Attendance.volunteer_id)
        .where(
            Volunteer.person_id == person_id,
            Attendance.activity_id.in_(activity_ids),
            Attendance.queue_number.is_not(None),
        )
    )
    return {activity: place for activity, place in session.execute(statement)}


def has_place() -> list[ColumnElement[bool]]:
    """Neither withdrawn nor waiting."""
    return [Attendance.cancelled_at.is_(None), Attendance.queue_number.is_(None)]


def list_attendances_by_activity(session: Session, activity_id: int, scope: Scope) -> list[AttendanceRow]:
    """Those of an activity that the scope shows and that are not withdrawn, by name; then who waits.

    Run it EVERYWHERE.
    """
    statement = _rows().where(
        Attendance.activity_id == activity_id, Attendance.cancelled_at.is_(None), visible_attendances(scope)
    )
    turn = func.coalesce(Attendance.queue_number, 0)
    order = (turn, Person.name_key, Attendance.id)
    return [AttendanceRow(*row) for row in session.execute(statement.order_by(*order))]


def list_attendances_by_person(session: Session, person_id: int, limit: int = 50) -> list[AttendanceRow]:
    """A person's own, newest activity first, withdrawn ones left out."""
    statement = _rows().where(Volunteer.person_id == person_id, Attendance.cancelled_at.is_(None))
    ordered = statement.order_by(Activity.starts_at.desc(), Attendance.id.desc()).limit(limit)
    return [AttendanceRow(*row) for row in session.execute(ordered)]


def find_own_attendance(session: Session, activity_id: int, person_id: int) -> AttendanceRow | None:
    """A person's own at an activity; none where it was withdrawn."""
    statement = _rows().where(
        Attendance.activity_id == activity_id, Volunteer.person_id == person_id, Attendance.cancelled_at.is_(None)
    )
    row = session.execute(statement).first()
    return AttendanceRow(*row) if row else None


def list_attendances_of_person(session: Session, person_id: int, activity_ids: Collection[int]) -> list[Attendance]:
    """A person's rows at some activities, withdrawn ones too."""
    statement = (
        select(Attendance)
        .join(Volunteer, Volunteer.id == Attendance.volunteer_id)
        .where(Volunteer.person_id == person_id, Attendance.activity_id.in_(activity_ids))
    )
    return list(session.scalars(statement))


def list_waiting_entries(session: Session, scope: Scope, limit: int = 100) -> list[AttendanceRow]:
    """Manual entries that no second person has confirmed, oldest activity first."""
    statement = _rows().where(_is_waiting(), visible_attendances(scope))
    return [AttendanceRow(*row) for row in session.execute(statement.order_by(Activity.starts_at).limit(limit))]


def sum_minutes_by_person(session: Session, person_id: int, since: Sequence[datetime | None]) -> list[tuple[int, int]]:
    """For each instant: minutes that count and number of attendances of a person from then on (None = ever)."""
    columns = []
    for start in since:
        late = true() if start is None else Attendance.checked_in_at >= start
        columns += [func.sum(case((late, Attendance.minutes), else_=0)), func.sum(case((late, 1), else_=0))]
    statement = (
        select(*columns)
        .join(Volunteer, Volunteer.id == Attendance.volunteer_id)
        .where(Volunteer.person_id == person_id, *counted())
    )
    found = [int(value or 0) for value in session.execute(statement).one()]
    return list(zip(found[::2], found[1::2], strict=True))


def counted(since: datetime | None = None, until: datetime | None = None) -> list[ColumnElement[bool]]:
    """Attendances whose minutes count: not withdrawn, confirmed if entered by hand; checked in [since, until)."""
    found = [
        Attendance.minutes.is_not(None),
        Attendance.cancelled_at.is_(None),
        or_(Attendance.source != "manual", Attendance.confirmed_by.is_not(None)),
    ]
    if since is not None:
        found.append(Attendance.checked_in_at >= since)
    if until is not None:
        found.append(Attendance.checked_in_at < until)
    return found


def _is_waiting() -> ColumnElement[bool]:
    return (Attendance.source == "manual") & Attendance.confirmed_by.is_(None) & Attendance.cancelled_at.is_(None)


def _queue_place() -> Any:
    """How many wait at the same activity up to this one's turn."""
    ahead = aliased(Attendance)
    return (
        select(func.count(ahead.id))
        .where(ahead.activity_id == Attendance.activity_id, ahead.queue_number <= Attendance.queue_number)
        .correlate(Attendance)
        .scalar_subquery()
    )


def _corrections() -> Any:
    return (
        select(func.count(AttendanceCorrection.id))
        .join(AttendanceCorrectionAnswer, AttendanceCorrectionAnswer.correction_id == AttendanceCorrection.id)
        .where(AttendanceCorrection.attendance_id == Attendance.id, AttendanceCorrectionAnswer.is_confirmed)
        .correlate(Attendance)
        .scalar_subquery()
    )


def _rows() -> Any:
    first, second = aliased(User), aliased(User)
    columns = (
        Attendance.id, Attendance.version, Attendance.activity_id, Activity.title, Activity.starts_at,
        Activity.ends_at, Attendance.volunteer_id, Volunteer.person_id, Person.name, Team.name, Area.name,
        Attendance.signed_up_at, Attendance.cancelled_at, Attendance.checked_in_at, Attendance.checked_out_at,
        Attendance.minutes, Attendance.source, Attendance.entered_by, first.name, Attendance.confirmed_by,
        second.name, Attendance.note, Attendance.queue_number, Attendance.moved_up_at, _queue_place(), _corrections(),
    )  # fmt: skip
    return (
        select(*columns)
        .join(Activity, Activity.id == Attendance.activity_id)
        .join(Volunteer, Volunteer.id == Attendance.volunteer_id)
        .join(Person, Person.id == Volunteer.person_id)
        .outerjoin(Team, Team.id == Volunteer.team_id)
        .outerjoin(Area, Area.id == Volunteer.area_id)
        .outerjoin(first, first.id == Attendance.entered_by)
        .outerjoin(second, second.id == Attendance.confirmed_by)
    )
